#include "client/cli/view_arguments.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "client/cli/suggest.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

constexpr absl::Duration kLookInterval = absl::Seconds(1);
constexpr size_t kMinWidth = 80;
constexpr size_t kMaxWidth = 100;

std::string CheckDay(const std::string& text) {
  absl::CivilDay day;
  if (text.size() == 10 && absl::ParseCivilTime(text, &day)) return "";
  return absl::StrCat("`", text, "` is no day; write 2027-01-31");
}

}  // namespace

void WindowArguments::AddTo(CLI::App* command) {
  command->add_option("--cycle", cycle, "Inputs of this cycle")->type_name("CYCLE");
  command->add_option("--from", from, "Inputs from this day on (UTC, as the hub took them in)")
      ->check(CheckDay)
      ->type_name("DAY");
  command->add_option("--until", until, "Inputs up to this day, itself included")
      ->check(CheckDay)
      ->type_name("DAY");
}

v1::Window WindowArguments::Window() const {
  v1::Window window;
  window.set_cycle(cycle);
  if (!from.empty()) window.mutable_days()->set_starts_on(from);
  if (!until.empty()) window.mutable_days()->set_ends_on(until);
  return window;
}

absl::StatusOr<v1::RadarWeights> ParseWeights(const std::vector<std::string>& texts,
                                              v1::RadarWeights usual) {
  const auto* type = v1::RadarWeights::descriptor();
  std::vector<std::string> known;
  known.reserve(type->field_count());
  for (int i = 0; i < type->field_count(); ++i) known.push_back(type->field(i)->name());
  std::set<std::string> given;
  for (const std::string& text : texts) {
    for (const absl::string_view piece : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(piece, absl::MaxSplits('=', 1));
      double weight = 0;
      if (!absl::SimpleAtod(parts.second, &weight)) {
        return absl::InvalidArgumentError(
            absl::StrCat("`", piece, "`: write weights as organisations=3,regions=2"));
      }
      const auto* field = type->FindFieldByName(parts.first);
      if (field == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("the radar has no part `", parts.first, "`",
                                                       DidYouMean(parts.first, known), "; it has ",
                                                       absl::StrJoin(known, ", ")));
      }
      if (!given.insert(parts.first).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("`", parts.first, "` is given two weights; give it one"));
      }
      usual.GetReflection()->SetDouble(&usual, field, weight);
    }
  }
  return usual;
}

std::string CheckWeights(const std::string& text) {
  return std::string(ParseWeights({text}, v1::RadarWeights()).status().message());
}

absl::StatusOr<v1::RadarWeights> UsualBut(const RadarClient& client, const v1::Window& window,
                                          const std::vector<std::string>& texts) {
  v1::GetRadarRequest request;
  *request.mutable_window() = window;
  request.set_max_topics(1);
  LIAISON_ASSIGN_OR_RETURN(const v1::GetRadarResponse radar, client.Radar(request));
  return ParseWeights(texts, radar.weights());
}

size_t TextWidth(const Console& console) {
  const size_t width = console.width();
  return width == 0 ? kMaxWidth : std::clamp(width, kMinWidth, kMaxWidth);
}

std::string SequencesText(const google::protobuf::RepeatedField<uint64_t>& sequences,
                          uint64_t events) {
  const auto named = static_cast<uint64_t>(sequences.size());
  if (named == 0) return Counted(events, "event");
  return absl::StrCat(events == 1 ? "event " : "events ", absl::StrJoin(sequences, " "),
                      events > named ? absl::StrCat(" and ", events - named, " more") : "");
}

std::string EvidenceText(const v1::RadarEvidence& evidence) {
  std::string text = absl::StrJoin(evidence.organisations(), ", ");
  const uint32_t named = static_cast<uint32_t>(evidence.organisations_size());
  if (evidence.total_organisations() > named) {
    absl::StrAppend(&text, " and ", evidence.total_organisations() - named, " more");
  }
  if (evidence.sequences_size() > 0) {
    absl::StrAppend(&text, " (", SequencesText(evidence.sequences(), evidence.events()), ")");
  }
  // Nobody is counted as what is missing.
  if (text.empty() || evidence.counted_as().empty()) return evidence.counted_as() + text;
  return absl::StrCat(evidence.counted_as(), ": ", text);
}

std::string SaidHeading(const v1::PackPage& page) {
  const uint64_t all = page.topic().events() + page.topic().individuals().events();
  const auto shown = static_cast<uint64_t>(page.inputs_size());
  return shown < all ? absl::StrCat("What was said: ", shown, " of ", Counted(all, "input"))
                     : "What was said";
}

std::string HeadlineText(const v1::RadarTopic& topic) {
  return absl::StrCat(
      topic.topic(), ", score ", absl::StrFormat("%.1f", topic.score()),
      " of 100: ", Counted(topic.organisations(), "independent organisation"), ", ",
      Counted(topic.regions(), "region"), ", ",
      Counted(topic.stakeholder_groups(), "stakeholder group"), ", ",
      Counted(topic.nris(), "national or regional initiative", "national and regional initiatives"),
      "; ",
      Counted(topic.individuals().events(), "input of a person who speaks for themselves",
              "inputs of people who speak for themselves"),
      ".");
}

std::vector<std::string> FirstOf(std::vector<std::string> texts, size_t most,
                                 const std::string& command) {
  if (texts.size() <= most) return texts;
  const size_t more = texts.size() - most;
  texts.resize(most);
  texts.push_back(absl::StrCat("and ", more, " more: ", command));
  return texts;
}

std::string CommandFor(const std::string& command, const v1::Window& window) {
  std::string text = absl::StrCat("liaison ", command);
  for (const auto& [option, value] :
       {std::pair(" --cycle ", &window.cycle()), std::pair(" --from ", &window.days().starts_on()),
        std::pair(" --until ", &window.days().ends_on())}) {
    if (!value->empty()) absl::StrAppend(&text, option, *value);
  }
  return text;
}

v1::Window CycleOf(const v1::Window& window) {
  v1::Window cycle;
  cycle.set_cycle(window.cycle());
  return cycle;
}

std::string InWords(absl::string_view name) {
  if (name == "nris") return "national and regional initiatives";
  if (name == "weog" || name == "grulac" || name == "igo") return absl::AsciiStrToUpper(name);
  if (absl::ConsumePrefix(&name, "nri_")) return absl::StrCat(name, " initiative");
  return absl::StrReplaceAll(name, {{"_", " "}});
}

std::string NotHeardText(const v1::RadarTopic& topic) {
  std::vector<std::string> missing;
  for (const auto* names : {&topic.missing_stakeholder_groups(), &topic.missing_regions()}) {
    for (const std::string& name : *names) missing.push_back(InWords(name));
  }
  return missing.empty() ? "" : absl::StrCat("Not heard: ", absl::StrJoin(missing, ", "), ".");
}

std::string AuthorText(const v1::PackInput& input) {
  const std::string& whose = input.contributor();
  const std::string& recorder = input.event().author();
  return absl::StrCat(
      whose.empty() ? "a person who speaks for themselves" : whose,
      whose == recorder || recorder.empty() ? "" : absl::StrCat(" (recorded by ", recorder, ")"));
}

std::string ContributorText(const v1::RadarContributor& contributor) {
  std::vector<std::string> is;
  if (contributor.kind() != v1::ORGANISATION_KIND_UNSPECIFIED) {
    is.push_back(InWords(Short(v1::OrganisationKind_descriptor(), contributor.kind())));
  }
  if (contributor.stakeholder_group() != v1::STAKEHOLDER_GROUP_UNSPECIFIED) {
    is.push_back(
        InWords(Short(v1::StakeholderGroup_descriptor(), contributor.stakeholder_group())));
  }
  if (contributor.region() != v1::REGION_UNSPECIFIED) {
    is.push_back(InWords(Short(v1::Region_descriptor(), contributor.region())));
  }
  return absl::StrCat(contributor.organisation(),
                      is.empty() ? "" : absl::StrCat(" (", absl::StrJoin(is, ", "), ")"), ": ",
                      SequencesText(contributor.sequences(), contributor.events()));
}

absl::Status FollowView(Session* session, v1::WatchViewRequest request,
                        const std::function<absl::Status(const v1::WatchViewResponse&)>& show) {
  WatchOptions options;
  options.give_up_after = session->timeout();
  ViewWatch watch = RadarClient(session->connection()).Watch(std::move(request), options);
  bool connected = true;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<v1::WatchViewResponse> view,
                             watch.Next(kLookInterval));
    if (view.has_value()) LIAISON_RETURN_IF_ERROR(show(*view));
    if (watch.ended()) return absl::OkStatus();
    const absl::Status connection = watch.connection_status();
    if (connection.ok() == connected) continue;
    connected = connection.ok();
    session->console().Note(
        connected ? "connected again"
                  : absl::StrCat("no connection (", connection.message(), "); trying again"));
  }
}

}  // namespace liaison::cli
