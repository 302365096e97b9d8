#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/paragraph.h"
#include "client/cli/plain_json.h"
#include "client/cli/table.h"
#include "client/cli/view_arguments.h"
#include "client/cli/view_json.h"
#include "client/cli/view_output.h"
#include "liaison/radar_client.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

// For programs every event is named as far as the hub goes; for people a few are enough.
constexpr uint32_t kEventsForPrograms = 100;
constexpr uint32_t kEventsForPeople = 3;

struct RadarArguments {
  WindowArguments window;
  std::string previous;
  std::vector<std::string> weights;
  std::vector<std::string> stop_list;
  std::vector<std::string> topics;
  uint32_t max_topics = 20;
  uint32_t events = 0;
  bool all = false;
  bool explain = false;
  bool follow = false;
};

double CountOf(const v1::RadarTopic& topic, absl::string_view part) {
  for (const v1::RadarPart& one : topic.parts()) {
    if (one.part() == part) return one.count();
  }
  return 0;
}

std::string Number(double value) {
  return value == static_cast<int64_t>(value) ? absl::StrCat(static_cast<int64_t>(value))
                                              : absl::StrFormat("%.2f", value);
}

template <typename List>
std::string Evidence(const List& list) {
  std::vector<std::string> texts;
  for (const v1::RadarEvidence& one : list) texts.push_back(EvidenceText(one));
  return absl::StrJoin(texts, "; ");
}

std::string TopicName(const v1::RadarTopic& topic) {
  return topic.label().empty() ? topic.topic() : absl::StrCat(topic.topic(), "  ", topic.label());
}

// How one topic comes to its score, and who is behind it.
std::string Explained(const v1::RadarTopic& topic, size_t width) {
  std::string text = absl::StrCat("\n", Paragraph(TopicName(topic), width, 0));
  for (const v1::RadarPart& part : topic.parts()) {
    const std::string weighs =
        part.weighs_as() == part.count() ? "" : absl::StrFormat(" weigh as %.1f", part.weighs_as());
    absl::StrAppend(
        &text,
        Paragraph(absl::StrFormat("%.1f points: %s %s%s. %s", part.points(), part.part(),
                                  Number(part.count()), weighs, part.meaning()),
                  width, 2),
        Paragraph(Evidence(part.evidence()), width, 6));
  }
  if (topic.contributors_size() > 0) {
    absl::StrAppend(&text, Paragraph("Raised by:", width, 2));
    for (const v1::RadarContributor& one : topic.contributors()) {
      absl::StrAppend(&text, Paragraph(ContributorText(one), width, 6));
    }
  }
  const v1::RadarIndividuals& people = topic.individuals();
  if (people.events() > 0) {
    const std::string others =
        people.unregistered_events() == 0
            ? ""
            : absl::StrCat(", or in ",
                           Counted(people.unregistered_names(), "name that is not registered",
                                   "names that are not registered"),
                           " (", people.unregistered_events(), "),");
    absl::StrAppend(
        &text, Paragraph(absl::StrCat(
                             Counted(people.events(), "input of a person who speaks for themselves",
                                     "inputs of people who speak for themselves"),
                             others, " shown and not weighed: ",
                             SequencesText(people.sequences(), people.events())),
                         width, 2));
  }
  const std::pair<const char*, std::string> rest[] = {
      {"Have reservations: ", Evidence(topic.reserves())},
      {"Object: ", Evidence(topic.objects())},
      {"Not heard, stakeholder groups: ", absl::StrJoin(topic.missing_stakeholder_groups(), ", ")},
      {"Not heard, regions: ", absl::StrJoin(topic.missing_regions(), ", ")},
      {"Compared with: ", absl::StrJoin(topic.compared_with(), ", ")}};
  for (const auto& [name, what] : rest) {
    if (!what.empty()) absl::StrAppend(&text, Paragraph(absl::StrCat(name, what), width, 2));
  }
  for (const std::string& sentence : topic.why_above_next()) {
    absl::StrAppend(&text, Paragraph(absl::StrCat("> ", sentence), width, 2));
  }
  return text;
}

std::string WeightsText(const v1::RadarWeights& weights) {
  std::vector<std::string> texts;
  const auto* type = weights.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const double weight = weights.GetReflection()->GetDouble(weights, type->field(i));
    texts.push_back(absl::StrCat(type->field(i)->name(), "=", weight));
  }
  return absl::StrJoin(texts, ",");
}

absl::Status PrintRadar(Session* session, const RadarArguments& arguments,
                        const v1::GetRadarResponse& radar) {
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(RadarToJson(radar)));
  const size_t width = TextWidth(console);
  Table table({"SCORE", "ORGS", "REGIONS", "GROUPS", "NRIS", "ACTIONS", "CHANGE", "TOPIC"});
  for (const v1::RadarTopic& topic : radar.topics()) {
    table.Add({absl::StrFormat("%.1f", topic.score()), absl::StrCat(topic.organisations()),
               absl::StrCat(topic.regions()), absl::StrCat(topic.stakeholder_groups()),
               absl::StrCat(topic.nris()), Number(CountOf(topic, "actions")),
               topic.compared_with_size() == 0 ? "-" : Number(CountOf(topic, "change")),
               TopicName(topic)});
  }
  std::string text = table.Render(width);
  if (arguments.explain) {
    for (const v1::RadarTopic& topic : radar.topics()) {
      absl::StrAppend(&text, Explained(topic, width));
    }
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  console.Note(absl::StrCat(
      radar.topics_size(), " of ", Counted(radar.total_topics(), "topic"),
      radar.window().cycle().empty() ? "" : absl::StrCat(" of ", radar.window().cycle()),
      radar.previous_cycle().empty() ? ""
                                     : absl::StrCat(", compared with ", radar.previous_cycle()),
      ", up to event ", radar.as_of_sequence(), "; weights ", WeightsText(radar.weights()),
      arguments.explain ? "" : "; --explain tells why"));
  return absl::OkStatus();
}

absl::StatusOr<v1::GetRadarRequest> RequestOf(Session* session, const RadarArguments& arguments) {
  v1::GetRadarRequest request;
  *request.mutable_window() = arguments.window.Window();
  request.set_previous_cycle(arguments.previous);
  for (const std::string& topic : arguments.stop_list) request.add_stop_list(topic);
  for (const std::string& topic : arguments.topics) request.add_topics(topic);
  request.set_max_topics(arguments.all ? kRowsOfAPage : arguments.max_topics);
  request.set_events_per_contributor(arguments.events > 0                 ? arguments.events
                                     : session->format() == Format::kJson ? kEventsForPrograms
                                                                          : kEventsForPeople);
  if (arguments.weights.empty()) return request;
  LIAISON_ASSIGN_OR_RETURN(
      *request.mutable_weights(),
      UsualBut(RadarClient(session->connection()), request.window(), arguments.weights));
  return request;
}

absl::Status RunRadar(Session* session, const RadarArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const v1::GetRadarRequest request, RequestOf(session, arguments));
  if (arguments.follow) {
    v1::WatchViewRequest watched;
    *watched.mutable_radar() = request;
    return FollowView(session, std::move(watched), [&](const v1::WatchViewResponse& view) {
      return PrintRadar(session, arguments, view.radar());
    });
  }
  const RadarClient client(session->connection());
  LIAISON_ASSIGN_OR_RETURN(v1::GetRadarResponse radar,
                           arguments.all ? client.WholeRadar(request) : client.Radar(request));
  radar.clear_next_page_token();
  return PrintRadar(session, arguments, radar);
}

std::string LinkText(const v1::TopicLink& link, size_t width) {
  std::string text =
      Paragraph(absl::StrFormat("%s + %s: %d organisations raise both, %.1f would by chance",
                                link.first(), link.second(), link.both(), link.expected()),
                width, 0);
  absl::StrAppend(&text, Paragraph(link.why(), width, 2));
  for (const v1::TopicLinkEvidence& one : link.evidence()) {
    std::string seen = one.together_size() > 0
                           ? absl::StrCat("both in ", absl::StrJoin(one.together(), " "))
                           : absl::StrCat(absl::StrJoin(one.of_first(), " "), " | ",
                                          absl::StrJoin(one.of_second(), " "));
    absl::StrAppend(&text,
                    Paragraph(absl::StrCat(one.organisation(), one.region().empty() ? "" : ", ",
                                           one.region(), ": ", seen),
                              width, 6));
  }
  return text;
}

absl::Status RunTopicLinks(Session* session, const v1::ListTopicLinksRequest& request, bool all) {
  const RadarClient client(session->connection());
  LIAISON_ASSIGN_OR_RETURN(v1::ListTopicLinksResponse response,
                           all ? client.AllTopicLinks(request) : client.TopicLinks(request));
  response.clear_next_page_token();
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(ToPlainJson(response)));
  const size_t width = TextWidth(console);
  std::string text;
  for (const v1::TopicLink& link : response.links()) absl::StrAppend(&text, LinkText(link, width));
  if (response.left_out_size() > 0) absl::StrAppend(&text, "\nLinked to nothing:\n");
  for (const v1::LeftOut& one : response.left_out()) {
    absl::StrAppend(&text, Paragraph(absl::StrCat(one.name(), ": ", one.why()), width, 2));
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  console.Note(
      absl::StrCat(response.links_size(), " of ", Counted(response.total_links(), "link"),
                   response.complete() ? "" : "; there were more pairs than were looked at"));
  return absl::OkStatus();
}

absl::Status RunTopicEvents(Session* session, const v1::ListTopicEventsRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto inputs,
                           RadarClient(session->connection()).TopicEvents(request));
  Table table({"SEQUENCE", "WHOSE", "LANGUAGE", "TITLE"});
  for (const v1::EventSummary& input : inputs) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, input));
    table.Add({absl::StrCat(input.sequence()),
               input.contributor().empty() ? input.author() : input.contributor(), input.language(),
               input.title()});
  }
  session->console().Note(Counted(inputs.size(), "input"));
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(table.Render(session->console().width()));
}

}  // namespace

void AddRadar(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "radar", "Topics that many raise independently of each other, best first",
      "  liaison radar --cycle 2027\n"
      "  liaison radar --cycle 2027 --explain --topic igf-call-2024/25:access\n"
      "  liaison radar --from 2027-01-01 --until 2027-03-31 --stop gip-digwatch:infra\n"
      "  liaison radar --cycle 2027 --weights organisations=3,regions=2,breadth=0\n"
      "  liaison radar --cycle 2027 --follow --output json | my-dashboard\n"
      "\n"
      "Organisations count, not messages: one with 10,000 inputs counts once. Only those that are\n"
      "registered do; people and other names are counted apart. Parts of the score:\n"
      "organisations, regions, stakeholder_groups, nris, actions, support, change, breadth,\n"
      "existing_work, missing_voices; a part that --weights does not name weighs as usual, and "
      "one\n"
      "that weighs 0 is still counted and shown; all 0 is refused. --explain and JSON name events\n"
      "behind each number, --events of each contributor; topic-events has all.\n",
      "The radar");
  auto arguments = std::make_shared<RadarArguments>();
  arguments->window.AddTo(command);
  command
      ->add_option("--compare-with", arguments->previous,
                   "Cycle to compare with (default: the one before)")
      ->type_name("CYCLE");
  command->add_option("--weights", arguments->weights, "Weights of parts; may be repeated")
      ->check(CheckWeights)
      ->type_name("PART=N,...");
  command->add_option("--stop", arguments->stop_list, "A topic that says nothing; may be repeated")
      ->type_name("TOPIC");
  command->add_option("--topic", arguments->topics, "Only this topic; may be repeated")
      ->type_name("TOPIC");
  CLI::Option* most = command->add_option("--max", arguments->max_topics, "Topics to show")
                          ->check(CLI::Range(1, 500))
                          ->capture_default_str()
                          ->type_name("N");
  CLI::Option* all =
      command->add_flag("--all", arguments->all, "All topics, however many")->excludes(most);
  command
      ->add_option("--events", arguments->events,
                   "Events to name of each contributor (default: 3; in JSON 100)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  command->add_flag("--explain", arguments->explain, "How each score comes about, with its events");
  command->add_flag("--follow", arguments->follow, "Again whenever it has changed")->excludes(all);
  command->callback([=] { session->Choose([=] { return RunRadar(session, *arguments); }); });
}

void AddTopicEvents(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "topic-events", "All inputs behind a topic, or behind a row of representation",
      "  liaison topic-events --cycle 2027 --topic igf-call-2024/25:access\n"
      "  liaison topic-events --cycle 2025 --column african --output json\n"
      "\n"
      "Columns are those of `liaison representation`: government, civil_society, "
      "african, ...\n",
      "The radar");
  auto window = std::make_shared<WindowArguments>();
  auto request = std::make_shared<v1::ListTopicEventsRequest>();
  window->AddTo(command);
  auto topic = std::make_shared<std::string>();
  auto column = std::make_shared<std::string>();
  command->add_option("--topic", *topic, "Which topic")->type_name("TOPIC");
  command->add_option("--column", *column, "Only of this group or region")->type_name("COLUMN");
  command->callback([=] {
    session->Choose([=] {
      *request->mutable_window() = window->Window();
      request->set_topic(*topic);
      request->set_column(*column);
      return RunTopicEvents(session, *request);
    });
  });
}

void AddTopicLinks(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "topic-links", "Topics that the same organisations raise, and why that is no chance",
      "  liaison topic-links --cycle 2027\n"
      "  liaison topic-links --cycle 2027 --fewest 5 --chance 0.001 --output json\n",
      "The radar");
  auto request = std::make_shared<v1::ListTopicLinksRequest>();
  struct Arguments {
    WindowArguments window;
    uint32_t fewest = 3;
    double chance = 0.01;
    uint32_t max = 50;
    bool all = false;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->window.AddTo(command);
  command->add_option("--fewest", arguments->fewest, "Organisations that must raise both")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--chance", arguments->chance, "How likely it may be by chance")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("P");
  CLI::Option* most = command->add_option("--max", arguments->max, "Links to show")
                          ->check(CLI::Range(1, 500))
                          ->capture_default_str()
                          ->type_name("N");
  command->add_flag("--all", arguments->all, "All links, however many")->excludes(most);
  command->callback([=] {
    session->Choose([=] {
      *request->mutable_window() = arguments->window.Window();
      request->set_fewest_organisations(arguments->fewest);
      request->set_most_chance(arguments->chance);
      request->set_max_links(arguments->all ? kRowsOfAPage : arguments->max);
      return RunTopicLinks(session, *request, arguments->all);
    });
  });
}

}  // namespace liaison::cli
