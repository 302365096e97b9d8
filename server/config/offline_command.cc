#include "server/config/offline_command.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace liaison::config {
namespace {

constexpr char kVerify[] = "verify-backup";
constexpr char kRestore[] = "restore";

constexpr char kVerifyExamples[] = R"(
Examples:
  liaisond verify-backup --from /var/backups/liaison
  liaisond verify-backup --from /var/backups/liaison --number 12

Reads every byte and changes nothing. What was found is one line of JSON on standard output.
`liaison admin verify-backup` shows it to people.)";

constexpr char kRestoreExamples[] = R"(
Examples:
  liaisond restore --from /var/backups/liaison --data-dir /var/lib/liaison

The data folder must be empty or not there. The log gets a new log_id: subscribers are told, and
start again. What was erased after the backup is erased again.
`liaison admin restore` shows it to people.)";

}  // namespace

bool IsOffline(const std::vector<std::string>& args) {
  return !args.empty() && (args[0] == kVerify || args[0] == kRestore);
}

absl::StatusOr<OfflineCommand> ParseOffline(const std::vector<std::string>& args) {
  OfflineCommand command;
  const bool restore = args[0] == kRestore;
  command.what = restore ? OfflineCommand::What::kRestore : OfflineCommand::What::kVerify;
  CLI::App app(restore ? "Makes a log of a backup, in an empty folder."
                       : "Checks a backup: its files' sums, and the log in it by its root.",
               absl::StrCat("liaisond ", args[0]));
  app.footer(restore ? kRestoreExamples : kVerifyExamples);
  app.add_option("--from", command.from, "folder of the backups")->required();
  app.add_option("--number", command.number, "which of them [the newest]")
      ->check(CLI::PositiveNumber);
  if (restore) {
    app.add_option("--data-dir", command.data_dir, "folder that the log is to be in")->required();
  }
  app.add_flag("--progress", command.progress, "lines of JSON meanwhile");
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend() - 1));  // as CLI11 wants them
  } catch (const CLI::Success& done) {
    std::ostringstream out;
    std::ostringstream error;
    app.exit(done, out, error);
    command.print = out.str();
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(error.what(), "; `liaisond ", args[0], " --help` lists what there is"));
  }
  return command;
}

}  // namespace liaison::config
