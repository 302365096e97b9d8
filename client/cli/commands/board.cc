#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/commands/commands.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/liaison_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::StatusOr<v1::WeightedCriterion> ParseWeight(const std::string& text) {
  v1::WeightedCriterion criterion;
  const size_t at = text.rfind('=');
  double weight = 0;
  if (at == std::string::npos || at == 0 || !absl::SimpleAtod(text.substr(at + 1), &weight)) {
    return absl::InvalidArgumentError(absl::StrCat("`", text, "`: write a weight as relevance=2"));
  }
  criterion.set_criterion(text.substr(0, at));
  criterion.set_weight(weight);
  return criterion;
}

std::string CapacityText(const v1::Capacity& capacity) {
  return absl::StrFormat("%d slots, %d hours, %d people", capacity.slots(), capacity.hours(),
                         capacity.people());
}

// What adopted work holds already, and what the candidates that fit leave.
void NoteCapacity(const v1::GetBoardResponse& board, Console* console) {
  for (const v1::BoardHolding& held : board.held()) {
    console->Note(absl::StrFormat(
        "already held: %s by %d, %s, %s", CapacityText(held.takes()), held.decision().sequence(),
        Short(v1::DecisionState_descriptor(), held.state()), held.decision().title()));
  }
  console->Note(absl::StrCat("of ", CapacityText(board.capacity()), ", ",
                             CapacityText(board.held_capacity()),
                             " are held already; what fits leaves ", CapacityText(board.left())));
}

absl::Status RunBoard(Session* session, const v1::GetBoardRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto board, LiaisonClient(session->connection()).Board(request));
  if (session->format() == Format::kJson) return PrintMessage(session, board);
  Table table({"RANK", "SCORE", "ASSESSED", "RECUSED", "FITS", "SEQUENCE", "CANDIDATE"});
  for (const v1::BoardCandidate& candidate : board.candidates()) {
    table.Add({candidate.rank() == 0 ? "-" : absl::StrCat(candidate.rank()),
               candidate.rank() == 0 ? "-" : absl::StrFormat("%.2f", candidate.score()),
               absl::StrCat(candidate.assessed()), absl::StrCat(candidate.recused()),
               candidate.fits() ? "yes" : candidate.why_not(),
               absl::StrCat(candidate.candidate().sequence()), candidate.candidate().title()});
  }
  LIAISON_RETURN_IF_ERROR(session->console().Bytes(table.Render(session->console().width())));
  NoteCapacity(board, &session->console());
  for (const v1::BoardSwap& swap : board.swaps()) {
    session->console().Note(absl::StrFormat(
        "with %s weighing %s, at %.2f, %d comes before %d%s", swap.criterion(),
        swap.more() ? "more" : "less", swap.weight(), swap.overtakes(), swap.overtaken(),
        swap.changes_what_fits() ? ", and other candidates fit" : ""));
  }
  if (!board.withheld_until().empty()) {
    session->console().Note(absl::StrCat("averages are shown once the evaluation is over, after ",
                                         board.withheld_until()));
  }
  return absl::OkStatus();
}

// What a decision lacks, as one says it: whose objection waits for an answer, too.
std::string MissingText(const v1::DecisionView& decision) {
  std::vector<std::string> missing;
  for (const std::string& field : decision.missing()) {
    if (field != "decision.answers") {
      missing.push_back(field == "references"
                            ? "inputs considered"
                            : absl::StrReplaceAll(field, {{"decision.", ""}, {"_", " "}}));
      continue;
    }
    for (const v1::PositionView& position : decision.positions()) {
      if (position.kind() != v1::POSITION_KIND_OBJECT || position.answered()) continue;
      const std::string& whose = position.organisation();
      missing.push_back(absl::StrCat("an answer to ", whose.empty() ? "an individual" : whose));
    }
  }
  return absl::StrJoin(missing, ", ");
}

absl::Status RunDecisions(Session* session, const std::string& cycle, const std::string& event) {
  const LiaisonClient client(session->connection());
  std::vector<v1::DecisionView> decisions;
  if (event.empty()) {
    v1::ListDecisionsRequest request;
    request.set_cycle(cycle);
    LIAISON_ASSIGN_OR_RETURN(decisions, client.Decisions(std::move(request)));
  } else {
    LIAISON_ASSIGN_OR_RETURN(const EventKey key, ParseEventKey(event));
    LIAISON_ASSIGN_OR_RETURN(
        v1::DecisionView one,
        std::visit([&](const auto& name) { return client.Decision(name); }, key));
    decisions.push_back(std::move(one));
  }
  Table table({"SEQUENCE", "STATE", "PRIORITY", "DUE", "MISSING", "TITLE"});
  for (const v1::DecisionView& one : decisions) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, one));
    const std::string missing = MissingText(one);
    table.Add({absl::StrCat(one.decision().sequence()),
               Short(v1::DecisionState_descriptor(), one.state()),
               one.facts().priority() == 0 ? "-" : absl::StrCat(one.facts().priority()),
               one.facts().outcome_due_on(), missing.empty() ? "nothing" : missing,
               one.decision().title()});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(table.Render(session->console().width()));
}

absl::Status RunFormats(Session* session, const v1::SuggestFormatsRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto response,
                           LiaisonClient(session->connection()).SuggestFormats(request));
  Console& console = session->console();
  for (const v1::FormatAdvice& advice : response.advice()) {
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(PrintMessage(session, advice));
      continue;
    }
    std::string text = absl::StrCat(advice.name(), advice.fits() ? ": fits\n" : ": does not fit\n");
    for (const std::string& sentence : advice.for_it()) {
      absl::StrAppend(&text, "  + ", sentence, "\n");
    }
    for (const std::string& sentence : advice.against_it()) {
      absl::StrAppend(&text, "  - ", sentence, "\n");
    }
    absl::StrAppend(&text, "  It wants ", advice.wants(), ".\n");
    LIAISON_RETURN_IF_ERROR(console.Bytes(text));
  }
  return absl::OkStatus();
}

absl::Status RunCycle(Session* session, const std::string& cycle, const std::string& from) {
  LIAISON_ASSIGN_OR_RETURN(const auto opening,
                           LiaisonClient(session->connection()).CycleOpening(cycle, from));
  if (session->format() == Format::kJson) return PrintMessage(session, opening);
  Table table({"WHAT", "SEQUENCE", "STATE", "TITLE"});
  const auto add_decision = [&](const char* what, const v1::DecisionView& one) {
    table.Add({what, absl::StrCat(one.decision().sequence()),
               Short(v1::DecisionState_descriptor(), one.state()), one.decision().title()});
  };
  for (const v1::DecisionView& one : opening.unfinished()) add_decision("unfinished", one);
  for (const v1::DecisionView& one : opening.outcomes()) add_decision("outcome", one);
  for (const v1::LiaisonRequest& one : opening.open_requests()) {
    table.Add({"open request", absl::StrCat(one.request().sequence()),
               Short(v1::RequestState_descriptor(), one.state()), one.request().title()});
  }
  for (const v1::EventSummary& one : opening.undisposed()) {
    table.Add({"undisposed", absl::StrCat(one.sequence()), "", one.title()});
  }
  for (const v1::EventSummary& one : opening.carried_over()) {
    table.Add({"carried over", absl::StrCat(one.sequence()), "", one.title()});
  }
  return session->console().Bytes(table.Render(session->console().width()));
}

}  // namespace

void AddBoard(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "board", "Candidates of a cycle against what it can hold",
      "  liaison board --cycle 2027\n"
      "  liaison board --cycle 2027 --weight relevance=2 --weight diversity=1\n"
      "\n"
      "Averages, spreads, counts and recusals; single scores stay with the MAG. Below the table\n"
      "stands how the order changes when one weight changes.\n",
      "The work");
  struct Arguments {
    std::string cycle;
    std::vector<std::string> weights;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--cycle", arguments->cycle, "Which cycle")->required()->type_name("CYCLE");
  command->add_option("--weight", arguments->weights, "Weight of a criterion; may be repeated")
      ->type_name("NAME=N");
  command->callback([=] {
    session->Choose([=]() -> absl::Status {
      v1::GetBoardRequest request;
      request.set_cycle(arguments->cycle);
      for (const std::string& weight : arguments->weights) {
        LIAISON_ASSIGN_OR_RETURN(*request.add_criteria(), ParseWeight(weight));
      }
      return RunBoard(session, request);
    });
  });
}

void AddDecisions(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "decisions", "Decisions, and what each of them lacks",
                                 "  liaison decisions --cycle 2027\n"
                                 "  liaison decisions 1042 --output json\n",
                                 "The work");
  auto cycle = std::make_shared<std::string>();
  auto event = std::make_shared<std::string>();
  command->add_option("EVENT", *event, "Only this one: its sequence or digest");
  command->add_option("--cycle", *cycle, "Only of this cycle")->type_name("CYCLE");
  command->callback(
      [=] { session->Choose([=] { return RunDecisions(session, *cycle, *event); }); });
}

void AddFormats(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "formats", "Which format of work suits an outcome, and why",
      "  liaison formats --outcome key-messages --by 2027-12-31 --cycle 2027\n"
      "\n"
      "Outcomes: nothing, exchange, key-messages, good-practice, policy-options, standing-work,\n"
      "regional-picture, ask-of-organisation.\n",
      "The work");
  auto request = std::make_shared<v1::SuggestFormatsRequest>();
  struct Arguments {
    std::string outcome, from, by, cycle;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--outcome", arguments->outcome, "What is wanted at the end")
      ->required()
      ->type_name("KIND");
  command->add_option("--from", arguments->from, "When the work begins (default: today)")
      ->type_name("DATE");
  command->add_option("--by", arguments->by, "When the outcome is due")
      ->required()
      ->type_name("DATE");
  command->add_option("--cycle", arguments->cycle, "Whose capacity counts")->type_name("CYCLE");
  command->callback([=] {
    session->Choose([=] {
      request->set_outcome(arguments->outcome);
      request->set_cycle(arguments->cycle);
      request->mutable_time_frame()->set_starts_on(arguments->from);
      request->mutable_time_frame()->set_ends_on(arguments->by);
      return RunFormats(session, *request);
    });
  });
}

void AddCycle(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "cycle", "What a cycle opens with: what the last one left, and what came of it",
      "  liaison cycle 2027\n"
      "  liaison cycle 2027 --from 2025 --output json\n",
      "The work");
  auto cycle = std::make_shared<std::string>();
  auto from = std::make_shared<std::string>();
  command->add_option("CYCLE", *cycle, "The one that opens")->required();
  command->add_option("--from", *from, "The last one (default: the one before)")
      ->type_name("CYCLE");
  command->callback([=] { session->Choose([=] { return RunCycle(session, *cycle, *from); }); });
}

}  // namespace liaison::cli
