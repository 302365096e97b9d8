#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/liaison_client.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

absl::Status RunTriage(Session* session, const std::string& cycle) {
  LIAISON_ASSIGN_OR_RETURN(const auto inputs,
                           LiaisonClient(session->connection()).Undisposed(cycle));
  Table table({"SEQUENCE", "AUTHOR", "LANGUAGE", "TITLE"});
  for (const v1::EventSummary& input : inputs) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, input));
    table.Add({absl::StrCat(input.sequence()),
               input.contributor().empty() ? input.author() : input.contributor(), input.language(),
               input.title()});
  }
  session->console().Note(
      absl::StrCat(Counted(inputs.size(), "input waits", "inputs wait"), " for a disposition"));
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(table.Render(session->console().width()));
}

absl::Status RunReadingPlan(Session* session, const v1::GetReadingPlanRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto plan,
                           LiaisonClient(session->connection()).ReadingPlan(request));
  if (session->format() == Format::kJson) return PrintMessage(session, plan);
  Table table({"MEMBER", "INPUTS", "UNREAD", "MINUTES LEFT", "WHICH"});
  for (const v1::ReadingShare& share : plan.shares()) {
    std::string which;
    for (const v1::EventSummary& input : share.inputs()) {
      absl::StrAppend(&which, which.empty() ? "" : " ", input.sequence());
    }
    table.Add({share.member(), absl::StrCat(share.inputs_size()), absl::StrCat(share.unread_size()),
               absl::StrCat(share.minutes_left()), which});
  }
  LIAISON_RETURN_IF_ERROR(session->console().Bytes(table.Render(session->console().width())));
  for (const v1::ReadingShortfall& shortfall : plan.shortfalls()) {
    session->console().Note(absl::StrCat("input ", shortfall.input().sequence(), " has ",
                                         shortfall.found(), " readers free of conflicts, not ",
                                         shortfall.wanted()));
  }
  return absl::OkStatus();
}

}  // namespace

void AddTriage(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "triage", "Inputs of a cycle that nobody has disposed of",
                                 "  liaison triage --cycle 2027\n", "The work");
  auto cycle = std::make_shared<std::string>();
  command->add_option("--cycle", *cycle, "Which cycle")->required()->type_name("CYCLE");
  command->callback([=] { session->Choose([=] { return RunTriage(session, *cycle); }); });
}

void AddReadingPlan(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "reading-plan", "Who reads which inputs, and how long that takes",
      "  liaison --as org/igf-mag reading-plan --cycle 2027\n"
      "  liaison --as org/igf-mag/seat-1 reading-plan --cycle 2027 --member org/igf-mag/seat-1\n"
      "\n"
      "For the MAG and the secretariat: nobody reads what they declared a conflict about.\n",
      "The work");
  struct Arguments {
    std::string cycle;
    std::string member;
    uint32_t readers = 2;
    uint32_t words_per_minute = 200;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--cycle", arguments->cycle, "Which cycle")->required()->type_name("CYCLE");
  command->add_option("--member", arguments->member, "Only this member's share")->type_name("ORG");
  command->add_option("--readers", arguments->readers, "Readers of each input")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--words-per-minute", arguments->words_per_minute, "How fast people read")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->callback([=] {
    session->Choose([=] {
      v1::GetReadingPlanRequest request;
      request.set_cycle(arguments->cycle);
      request.set_member(arguments->member);
      request.set_readers_per_input(arguments->readers);
      request.set_words_per_minute(arguments->words_per_minute);
      return RunReadingPlan(session, request);
    });
  });
}

}  // namespace liaison::cli
