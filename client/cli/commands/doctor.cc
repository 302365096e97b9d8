#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/commands/commands.h"
#include "client/cli/diagnosis.h"
#include "client/cli/draft_json.h"
#include "client/cli/line_probe.h"
#include "client/cli/table.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::Status Print(Session* session, const Finding& finding) {
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    Json json = {{"check", finding.check}, {"ok", finding.ok}, {"detail", finding.detail}};
    if (!finding.way_out.empty()) json["way_out"] = finding.way_out;
    return console.Line(ToLine(json));
  }
  const char* colour = finding.ok ? "\033[32m" : "\033[31m";
  const std::string word = absl::StrFormat("%-7s", finding.ok ? "ok" : "problem");
  std::string line = absl::StrFormat(
      "%s  %-10s  %s", console.colours() ? absl::StrCat(colour, word, "\033[0m") : word,
      finding.check, Printable(finding.detail));
  if (!finding.way_out.empty()) absl::StrAppend(&line, "\n         -> ", finding.way_out);
  return console.Line(line);
}

absl::Status RunDoctor(Session* session) {
  const std::string& hub = session->options().hub;
  std::vector<Finding> findings =
      Diagnose(session->connection(), hub, session->options().acting_as);
  // gRPC does not say why it has no connection; and what is about to end is said in time.
  if (!findings.front().ok || session->profile() != nullptr) {
    const Line line = ProbeLine(hub, session->profile(), session->timeout());
    for (Finding& finding : JudgeLine(line, session->profile(), absl::Now())) {
      findings.push_back(std::move(finding));
    }
  }
  for (const Finding& finding : findings) LIAISON_RETURN_IF_ERROR(Print(session, finding));
  const auto problems = std::count_if(findings.begin(), findings.end(),
                                      [](const Finding& finding) { return !finding.ok; });
  if (problems == 0) return absl::OkStatus();
  // The findings are the message; what is left to say is the exit code.
  const Finding& connection = findings.front();
  return connection.ok ? absl::UnknownError("") : absl::UnavailableError("");
}

}  // namespace

void AddDoctor(CLI::App* app, Session* session) {
  CLI::App* command =
      AddCommand(app, "doctor", "Check the connection, the hub and its log; say what to do",
                 "  liaison doctor\n"
                 "  liaison --hub 127.0.0.1:7411 doctor --output json\n"
                 "\n"
                 "Exit code 0 if all is well, 4 without a connection, 1 for any other problem.\n",
                 "Hub");
  command->callback([=] { session->Choose([=] { return RunDoctor(session); }); });
}

}  // namespace liaison::cli
