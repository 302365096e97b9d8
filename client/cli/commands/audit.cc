// `liaison admin audit`: who did what.
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::Status RunAudit(Session* session, uint64_t after) {
  Console& console = session->console();
  Table table({"NUMBER", "TIME", "WHO", "METHOD", "ABOUT", "FROM", "HOW"});
  v1::ListAuditEntriesRequest request;
  request.set_after(after);
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListAuditEntriesResponse page,
                             session->connection()->ListAuditEntries(request));
    for (const v1::AuditEntry& entry : page.entries()) {
      if (session->format() == Format::kJson) {
        LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(entry));
        LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
        continue;
      }
      const std::string untold =
          entry.untold() == 0 ? "" : absl::StrCat(", after ", entry.untold(), " more refusals");
      table.Add({absl::StrCat(entry.number()), TimeText(ToTime(entry.time())),
                 absl::StrCat(entry.organisation(), " ", entry.credential_id()), entry.method(),
                 entry.about(), entry.from(), absl::StrCat(entry.reason(), untold)});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return console.Line("Nothing has been written down yet.");
  return console.Bytes(table.Render(console.width()));
}

}  // namespace

void AddAudit(CLI::App* admin, Session* session) {
  CLI::App* command =
      AddCommand(admin, "audit", "Show who let people in, ran the hub, or was refused",
                 "  liaison --token-file auditor.token admin audit\n"
                 "  liaison --token-file auditor.token admin audit --after 1200 --output json\n"
                 "\n"
                 "For auditors alone, who may do nothing else: `liaison admin token create ORG "
                 "--role auditor`.\n"
                 "Each entry holds the hash of the one before: keep the last one you saw, and "
                 "nobody can take\n"
                 "away or change what came before it unseen. What was said stands in no entry.\n");
  auto after = std::make_shared<uint64_t>(0);
  command->add_option("--after", *after, "Those after this number");
  command->callback([=] { session->Choose([=] { return RunAudit(session, *after); }); });
}

}  // namespace liaison::cli
