#include <memory>
#include <set>
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

std::string Share(bool known, double share) {
  return known ? absl::StrFormat("%.1f%%", 100 * share) : "-";
}

std::string Ratio(bool known, double ratio) { return known ? absl::StrFormat("%.2f", ratio) : "-"; }

template <typename Rows>
std::string RowsText(const char* what, const Rows& rows, size_t width) {
  Table table({what, "INPUTS", "SHARE", "ORGS", "RECORDERS", "PARTICIPANTS", "SHARE", "NRIS",
               "SHARE", "INPUTS:PART."});
  for (const v1::RepresentationRow& row : rows) {
    table.Add({row.column(), absl::StrCat(row.inputs()),
               Share(row.has_share_of_inputs(), row.share_of_inputs()),
               absl::StrCat(row.organisations()), absl::StrCat(row.recorders()),
               absl::StrCat(row.participants()),
               Share(row.has_share_of_participants(), row.share_of_participants()),
               absl::StrCat(row.nris()), Share(row.has_share_of_nris(), row.share_of_nris()),
               Ratio(row.has_inputs_to_participants(), row.inputs_to_participants())});
  }
  return table.Render(width);
}

// `of 2 attendances: events 12 40`, the rows' together; and those that count no more.
std::string AttendancesText(const v1::GetRepresentationResponse& response) {
  std::set<uint64_t> behind;
  for (const auto* rows : {&response.by_stakeholder_group(), &response.by_region()}) {
    for (const v1::RepresentationRow& row : *rows) {
      behind.insert(row.attendance_sequences().begin(), row.attendance_sequences().end());
    }
  }
  std::string text = absl::StrCat(" (", Counted(response.attendances(), "attendance"),
                                  behind.empty() ? "" : ": ", absl::StrJoin(behind, " "));
  if (response.attendances_replaced_size() > 0) {
    absl::StrAppend(&text, "; a later one of the same meeting took the place of ",
                    absl::StrJoin(response.attendances_replaced(), " "));
  }
  return text + ")";
}

absl::Status PrintRepresentation(Session* session, const v1::GetRepresentationResponse& response) {
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    return console.Line(ToLine(RepresentationToJson(response)));
  }
  const size_t width = TextWidth(console);
  std::string text = absl::StrCat(RowsText("GROUP", response.by_stakeholder_group(), width), "\n",
                                  RowsText("REGION", response.by_region(), width));
  if (response.silences_size() > 0) absl::StrAppend(&text, "\nNot heard:\n");
  for (const std::string& silence : response.silences()) {
    absl::StrAppend(&text, Paragraph(silence, width, 2));
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  console.Note(absl::StrCat(
      response.window().cycle().empty() ? "" : absl::StrCat(response.window().cycle(), ": "),
      Counted(response.inputs(), "input"), ", ", Counted(response.participants(), "participant"),
      AttendancesText(response), ", ", Counted(response.nris(), "initiative"), ", up to event ",
      response.as_of_sequence(), "; nothing is weighted"));
  return absl::OkStatus();
}

absl::Status RunRepresentation(Session* session, const v1::Window& window, bool follow) {
  v1::WatchViewRequest watched;
  *watched.mutable_representation()->mutable_window() = window;
  if (follow) {
    return FollowView(session, std::move(watched), [session](const v1::WatchViewResponse& view) {
      return PrintRepresentation(session, view.representation());
    });
  }
  LIAISON_ASSIGN_OR_RETURN(
      const auto response,
      RadarClient(session->connection()).Representation(watched.representation()));
  return PrintRepresentation(session, response);
}

std::string GapText(const v1::TopicGap& gap, size_t width) {
  std::string head = absl::StrCat(gap.topic(), gap.label().empty() ? "" : "  ", gap.label(), ": ",
                                  Counted(gap.organisations(), "organisation"));
  if (gap.individuals() > 0) {
    absl::StrAppend(&head, ", ",
                    Counted(gap.individuals(), "input of a person who speaks for themselves",
                            "inputs of people who speak for themselves"));
  }
  std::string text = Paragraph(head, width, 0);
  for (const v1::GapWork& work : gap.work()) {
    absl::StrAppend(
        &text, Paragraph(absl::StrCat(Short(v1::DecisionState_descriptor(), work.state()), ": #",
                                      work.decision().sequence(), " ", work.decision().title(),
                                      work.owner().empty() ? "" : ", owner ", work.owner(),
                                      work.steward().empty() ? "" : ", steward ", work.steward()),
                         width, 4));
  }
  for (const v1::GapCandidate& candidate : gap.could()) {
    absl::StrAppend(
        &text, Paragraph(absl::StrCat(
                             "could: ", candidate.organisation(), ". ", candidate.why(), " (",
                             SequencesText(candidate.sequences(), candidate.sequences_size()), ")"),
                         width, 4));
  }
  return text;
}

absl::Status PrintGaps(Session* session, const v1::ListGapsResponse& response) {
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(ToPlainJson(response)));
  const std::pair<v1::GapState, const char*> states[] = {
      {v1::GAP_STATE_NOBODY, "NOBODY WORKS ON"},
      {v1::GAP_STATE_PROPOSED, "WORK IS PROPOSED ON"},
      {v1::GAP_STATE_WORKED_ON, "SOMEBODY WORKS ON"}};
  const size_t width = TextWidth(console);
  std::string text;
  for (const auto& [state, heading] : states) {
    std::string of_state;
    for (const v1::TopicGap& gap : response.gaps()) {
      if (gap.state() == state) absl::StrAppend(&of_state, GapText(gap, width));
    }
    if (of_state.empty()) continue;
    absl::StrAppend(&text, text.empty() ? "" : "\n", heading, "\n", of_state);
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  const bool more = static_cast<uint32_t>(response.gaps_size()) < response.total_topics();
  console.Note(absl::StrCat(response.gaps_size(), " of ", Counted(response.total_topics(), "topic"),
                            more ? "; --all shows them all" : ""));
  return absl::OkStatus();
}

struct GapsArguments {
  WindowArguments window;
  bool only_nobody = false;
  uint32_t max = 50;
  bool all = false;
  bool follow = false;
};

absl::Status RunGaps(Session* session, const GapsArguments& arguments) {
  v1::ListGapsRequest request;
  *request.mutable_window() = arguments.window.Window();
  request.set_only_nobody(arguments.only_nobody);
  request.set_max_topics(arguments.all ? kRowsOfAPage : arguments.max);
  if (arguments.follow) {
    v1::WatchViewRequest watched;
    *watched.mutable_gaps() = request;
    return FollowView(session, std::move(watched), [session](const v1::WatchViewResponse& view) {
      return PrintGaps(session, view.gaps());
    });
  }
  const RadarClient client(session->connection());
  LIAISON_ASSIGN_OR_RETURN(v1::ListGapsResponse response,
                           arguments.all ? client.AllGaps(request) : client.Gaps(request));
  response.clear_next_page_token();
  return PrintGaps(session, response);
}

}  // namespace

void AddRepresentation(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "representation", "Who is heard beside who is there, and who is silent",
      "  liaison representation --cycle 2025\n"
      "  liaison representation --cycle 2025 --output json | jq .by_region\n"
      "  liaison representation --from 2027-01-01 --follow\n"
      "\n"
      "Inputs beside participants and national and regional initiatives, by stakeholder group and\n"
      "by region. Nothing is weighted. INPUTS:PART. above 1: more is heard from them than they "
      "are\n"
      "there. ORGS: independent organisations behind the inputs; RECORDERS: those who wrote them\n"
      "down. The names of the columns are those of the IGF's own tables.\n",
      "The radar");
  struct Arguments {
    WindowArguments window;
    bool follow = false;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->window.AddTo(command);
  command->add_flag("--follow", arguments->follow, "Again whenever it has changed");
  command->callback([=] {
    session->Choose(
        [=] { return RunRepresentation(session, arguments->window.Window(), arguments->follow); });
  });
}

void AddGaps(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "gaps", "What is raised and nobody works on, and who could",
                                 "  liaison gaps --cycle 2027\n"
                                 "  liaison gaps --cycle 2027 --only-nobody --max 10\n"
                                 "  liaison gaps --cycle 2027 --follow --output json\n",
                                 "The radar");
  auto arguments = std::make_shared<GapsArguments>();
  arguments->window.AddTo(command);
  command->add_flag("--only-nobody", arguments->only_nobody, "Only what nobody works on");
  CLI::Option* most = command->add_option("--max", arguments->max, "Topics to show")
                          ->check(CLI::Range(1, 500))
                          ->capture_default_str()
                          ->type_name("N");
  CLI::Option* all =
      command->add_flag("--all", arguments->all, "All topics, however many")->excludes(most);
  command->add_flag("--follow", arguments->follow, "Again whenever it has changed")->excludes(all);
  command->callback([=] { session->Choose([=] { return RunGaps(session, *arguments); }); });
}

}  // namespace liaison::cli
