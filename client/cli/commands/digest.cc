#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/paragraph.h"
#include "client/cli/plain_json.h"
#include "client/cli/view_arguments.h"
#include "client/cli/view_output.h"
#include "liaison/radar_client.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

const std::map<std::string, v1::DigestRole>& Roles() {
  static const auto& roles =
      *new std::map<std::string, v1::DigestRole>{{"mag", v1::DIGEST_ROLE_MAG},
                                                 {"partner", v1::DIGEST_ROLE_PARTNER},
                                                 {"public", v1::DIGEST_ROLE_PUBLIC}};
  return roles;
}

// `#1042 title (org/a, fr)`.
std::string EventText(const v1::EventSummary& event) {
  return absl::StrCat("#", event.sequence(), " ", event.title(), " (",
                      event.contributor().empty() ? event.author() : event.contributor(),
                      event.language().empty() ? "" : ", ", event.language(), ")");
}

// Of what is shown, and of all where that is more.
std::string MinutesText(double shown, double all) {
  return all > shown ? absl::StrFormat("%.0f of %.0f minutes", shown, all)
                     : absl::StrFormat("%.0f %s", shown, shown == 1 ? "minute" : "minutes");
}

uint32_t NotShown(const v1::DigestSection& section) {
  const auto shown = static_cast<uint32_t>(section.items_size());
  return section.total() - std::min(section.total(), shown);
}

// The verbs that go through all of them.
std::string WhereTheRestIs(const std::string& section) {
  const std::string requests = "liaison requests has all that is asked";
  return section == "answer" ? requests + "." : requests + ", liaison triage all inputs that wait.";
}

std::string SectionText(const v1::DigestSection& section, size_t width) {
  std::string text = absl::StrFormat(
      "%s (%d%s, %s)\n", absl::AsciiStrToUpper(section.name()), section.items_size(),
      NotShown(section) > 0 ? absl::StrCat(" of ", section.total()) : "",
      MinutesText(section.minutes(), section.minutes_of_all()));
  for (const v1::DigestItem& item : section.items()) {
    absl::StrAppend(
        &text,
        Paragraph(absl::StrCat(item.due_on().empty() ? "" : absl::StrCat(item.due_on(), "  "),
                               EventText(item.event())),
                  width, 2),
        Paragraph(item.why(), width, 6));
  }
  if (section.not_looked_at() > 0) {
    absl::StrAppend(&text, Paragraph(absl::StrCat("There may be more: ", section.not_looked_at(),
                                                  " were not looked at."),
                                     width, 2));
  }
  const bool waits = section.name() != "know";
  if (waits && NotShown(section) + section.not_looked_at() > 0) {
    absl::StrAppend(&text, Paragraph(absl::StrCat(NotShown(section), " more are not shown: ",
                                                  WhereTheRestIs(section.name())),
                                     width, 2));
  }
  return text;
}

// What is to know comes once: whoever goes on does not see it again.
std::string NotShownText(const v1::GetDigestResponse& digest) {
  for (const v1::DigestSection& section : digest.sections()) {
    if (section.name() != "know" || NotShown(section) == 0) continue;
    return absl::StrCat(NotShown(section),
                        " more to know are not shown, nor will be next time: see --max; ");
  }
  return "";
}

absl::Status PrintDigest(Session* session, const v1::GetDigestResponse& digest) {
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(ToPlainJson(digest)));
  std::string text;
  for (const v1::DigestSection& section : digest.sections()) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", SectionText(section, TextWidth(console)));
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  console.Note(absl::StrFormat(
      "for the role %s: %s; %s%s: liaison digest --since %d",
      Short(v1::DigestRole_descriptor(), digest.role()),
      MinutesText(digest.minutes(), digest.minutes_of_all()), NotShownText(digest),
      digest.more() ? "there is more to know than one digest holds, and the next has it"
                    : "next time",
      digest.through_sequence()));
  return absl::OkStatus();
}

absl::Status RunDigest(Session* session, const v1::GetDigestRequest& request, bool follow) {
  if (follow) {
    v1::WatchViewRequest watched;
    *watched.mutable_digest() = request;
    return FollowView(session, std::move(watched), [session](const v1::WatchViewResponse& view) {
      return PrintDigest(session, view.digest());
    });
  }
  LIAISON_ASSIGN_OR_RETURN(const auto digest, RadarClient(session->connection()).Digest(request));
  return PrintDigest(session, digest);
}

std::string DuplicateText(const v1::Duplicate& one, size_t width) {
  std::vector<std::string> words;
  for (const v1::SharedWord& word : one.words()) words.push_back(word.word());
  std::string text =
      absl::StrCat(Paragraph(absl::StrFormat("%.2f  %s%s", one.score(), EventText(one.first()),
                                             one.opposite()      ? ", and perhaps the opposite:"
                                             : one.same_author() ? ", and of the same organisation:"
                                                                 : ""),
                             width, 0),
                   Paragraph(EventText(one.second()), width, 6), Paragraph(one.why(), width, 6));
  if (!words.empty()) {
    absl::StrAppend(&text,
                    Paragraph(absl::StrCat("words: ", absl::StrJoin(words, ", ")), width, 6));
  }
  if (one.topics_size() > 0) {
    absl::StrAppend(
        &text, Paragraph(absl::StrCat("topics: ", absl::StrJoin(one.topics(), ", ")), width, 6));
  }
  if (one.has_grouping()) {
    absl::StrAppend(&text,
                    Paragraph(absl::StrCat("grouped by ", EventText(one.grouping())), width, 6));
  }
  return text;
}

absl::Status RunDuplicates(Session* session, const v1::ListDuplicatesRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto response,
                           RadarClient(session->connection()).Duplicates(request));
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(ToPlainJson(response)));
  std::string text;
  for (const v1::Duplicate& one : response.duplicates()) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", DuplicateText(one, TextWidth(console)));
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  const auto listed = static_cast<uint32_t>(response.duplicates_size());
  std::string note = absl::StrFormat(
      "%s%s with a score of at least %.2f; %s compared%s",
      response.total() > listed ? absl::StrCat(listed, " of ") : "",
      Counted(std::max(listed, response.total()), "pair"), response.least_score(),
      Counted(response.compared(), "input"),
      response.not_compared() == 0 ? "" : absl::StrCat(", ", response.not_compared(), " not"));
  if (response.shortened() > 0) {
    absl::StrAppend(&note, ", ", response.shortened(), " of them by their first ",
                    Counted(response.shortened_to_bytes(), "byte"));
  }
  if (response.opposite() > 0) {
    absl::StrAppend(&note, "; ", response.opposite(),
                    " of them may want opposite things, and stand below the others: read both");
  }
  console.Note(note + "; to confirm one, publish a grouping: liaison example grouping");
  return absl::OkStatus();
}

}  // namespace

void AddDigest(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "digest", "What there is to decide, to answer and to know, and how long it takes",
      "  liaison --as org/igf-mag digest --cycle 2027\n"
      "  liaison --as org/eurodig digest --since 1042\n"
      "  liaison digest --role public --since 1042 --output json\n",
      "The radar");
  struct Arguments {
    uint64_t since = 0;
    std::string role;
    std::string cycle;
    uint32_t words_per_minute = 0;
    uint32_t max = 50;
    bool follow = false;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--since", arguments->since, "What came after this sequence")
      ->check(CheckSequence)
      ->type_name("N");
  std::vector<std::string> roles;
  for (const auto& [name, role] : Roles()) roles.push_back(name);
  command->add_option("--role", arguments->role, "For whom (default: as the caller is registered)")
      ->check(CLI::IsMember(roles))
      ->type_name("ROLE");
  command->add_option("--cycle", arguments->cycle, "Only of this cycle")->type_name("CYCLE");
  command
      ->add_option("--words-per-minute", arguments->words_per_minute,
                   "How fast people read (default: each language as its readers do)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  command->add_option("--max", arguments->max, "Items of each section")
      ->check(CLI::Range(1, 500))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--follow", arguments->follow, "Again whenever it has changed");
  command->callback([=] {
    session->Choose([=] {
      v1::GetDigestRequest request;
      request.set_after_sequence(arguments->since);
      if (!arguments->role.empty()) request.set_role(Roles().at(arguments->role));
      request.set_cycle(arguments->cycle);
      request.set_words_per_minute(arguments->words_per_minute);
      request.set_max_items(arguments->max);
      return RunDigest(session, request, arguments->follow);
    });
  });
}

constexpr char kDuplicatesHelp[] =
    R"(  liaison duplicates --cycle 2027
  liaison duplicates --like 1042 --least 0.5

Nothing is merged by this. A person of the MAG or the secretariat, who has read both, confirms with
a grouping, which credits all authors. Of the first pair of the list, for example:

  liaison duplicates --cycle 2027 --output json |
    jq -c '.duplicates[0] | {author: "org/igf-mag", audience: "igf/public", language: "en",
      references: [.first, .second | {digest, relation: "RELATION_GROUPS"}],
      grouping: {action: "GROUPING_ACTION_GROUP", title: .first.title, reason: "the same ask"}}' |
    liaison --as org/igf-mag publish -

A later version dissolves it; N is the sequence of the grouping, as the list shows it:

  liaison get N --output json |
    jq -c '{author: "org/igf-mag", audience, language,
      references: [{digest, relation: "RELATION_REVISES"}],
      grouping: {action: "GROUPING_ACTION_DISSOLVE", reason: "they differ"}}' |
    liaison --as org/igf-mag publish -
)";

void AddDuplicates(CLI::App* app, Session* session) {
  CLI::App* command =
      AddCommand(app, "duplicates", "Inputs that seem to say the same, in whatever language",
                 kDuplicatesHelp, "The radar");
  struct Arguments {
    WindowArguments window;
    uint64_t like = 0;
    double least = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->window.AddTo(command);
  command->add_option("--like", arguments->like, "Only those like the input with this sequence")
      ->check(CheckSequence)
      ->type_name("N");
  command->add_option("--least", arguments->least, "Least score, 0 to 1 (default: the hub's)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SCORE");
  command->callback([=] {
    session->Choose([=] {
      v1::ListDuplicatesRequest request;
      *request.mutable_window() = arguments->window.Window();
      request.set_like_sequence(arguments->like);
      request.set_least_score(arguments->least);
      return RunDuplicates(session, request);
    });
  });
}

}  // namespace liaison::cli
