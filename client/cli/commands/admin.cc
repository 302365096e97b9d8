#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::Status RunAcceptClock(Session* session) {
  LIAISON_ASSIGN_OR_RETURN(const absl::Time time, session->connection()->AcceptClock());
  if (session->format() == Format::kJson) {
    return session->console().Line(ToLine({{"time", TimeText(time)}}));
  }
  return session->console().Line(
      absl::StrCat("The hub goes on; the time it stamps next is ", TimeText(time), "."));
}

}  // namespace

void AddAdmin(CLI::App* app, Session* session, const FederationConnector& connector) {
  CLI::App* command = AddCommand(app, "admin", "For the hub's operator",
                                 "  liaison admin backup\n"
                                 "  liaison admin invite org/eurodig\n"
                                 "  liaison admin credentials\n"
                                 "  liaison admin accept-clock\n",
                                 "Hub");
  command->require_subcommand(1);
  CLI::App* accept = AddCommand(
      command, "accept-clock", "Take the hub's clock as it is now for true",
      "  liaison admin accept-clock\n"
      "\n"
      "A hub stops taking events when its clock has jumped by more than five minutes, lest one\n"
      "wrong clock spoil the log. Set the clock right first; then this command lets it go on.\n");
  accept->callback([=] { session->Choose([=] { return RunAcceptClock(session); }); });
  AddBackup(command, session);
  AddInvite(command, session);
  AddToken(command, session);
  AddCredentials(command, session);
  AddKeys(command, session);
  AddApprovals(command, session);
  AddErase(command, session, connector);
  AddWhy(command, session);
  AddAudit(command, session);
}

}  // namespace liaison::cli
