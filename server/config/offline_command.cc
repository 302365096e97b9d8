#include "server/config/offline_command.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace liaison::config {
namespace {

constexpr char kVerify[] = "verify-backup";
constexpr char kRestore[] = "restore";
constexpr char kInit[] = "init";
constexpr char kScrub[] = "scrub";

constexpr char kScrubExamples[] = R"(
Examples:
  liaisond scrub --data-dir /var/lib/liaison --keys-dir /etc/liaison/keys

Reads every byte of a log that no hub has open, and what was signed of it; changes nothing. What was
found is one line of JSON on standard output; the exit code is 7 where something is damaged.)";

constexpr char kInitExamples[] = R"(
Examples:
  liaisond init --data-dir /var/lib/liaison --keys-dir /etc/liaison/keys --hosts hub.example.org
  liaison --profile /etc/liaison/keys/administrator info

Makes the hub's certificate authority, an empty log, and the first administrator, as a folder that
holds a certificate with its key, a token, and the hub's address: give it to whoever runs the hub,
and to nobody else. Afterwards the hub asks everybody who they are. What is there is not changed.)";

constexpr char kVerifyExamples[] = R"(
Examples:
  liaisond verify-backup --from /var/backups/liaison
  liaisond verify-backup --from /var/backups/liaison --number 12

Reads every byte and changes nothing. What was found is one line of JSON on standard output.
`liaison admin verify-backup` shows it to people.)";

constexpr char kRestoreExamples[] = R"(
Examples:
  liaisond restore --from /var/backups/liaison --data-dir /var/lib/liaison
  liaisond restore --from /var/backups/liaison --data-dir /var/lib/liaison \
    --keys-dir /etc/liaison/keys --federation-policy /etc/liaison/federation.toml

The data folder must be empty or not there. The log gets a new log_id: subscribers are told, and
start again. What was erased after the backup is erased again.
With the policy, the hub's peers are asked first what they have of the log behind the backup. If all
of it comes back the log stays the one that it was, with its log_id.
`liaison admin restore` shows it to people.)";

}  // namespace

bool IsOffline(const std::vector<std::string>& args) {
  return !args.empty() &&
         (args[0] == kVerify || args[0] == kRestore || args[0] == kInit || args[0] == kScrub);
}

namespace {

void AddPeerOptions(CLI::App* app, OfflineCommand* command) {
  CLI::Option* keys =
      app->add_option("--keys-dir", command->keys_dir, "folder that the log's key is in");
  CLI::Option* policy =
      app->add_option("--federation-policy", command->federation_policy,
                      "whose peers are asked what they have of the log behind the backup")
          ->needs(keys);
  app->add_option("--without-peer", command->without_peer,
                  "one of them that is not asked, by its name in the policy; may be repeated")
      ->needs(policy);
  app->add_flag("--without-peers", command->without_peers,
                "no peer is asked: the log begins anew, and quotes its last checkpoint if it is in "
                "the folder of keys")
      ->excludes(policy);
}

void AddBackupOptions(CLI::App* app, OfflineCommand* command) {
  app->add_option("--from", command->from, "folder of the backups")->required();
  app->add_option("--number", command->number, "which of them [the newest]")
      ->check(CLI::PositiveNumber);
  if (command->what == OfflineCommand::What::kRestore) {
    app->add_option("--data-dir", command->data_dir, "folder that the log is to be in")->required();
    AddPeerOptions(app, command);
  }
  app->add_flag("--progress", command->progress, "lines of JSON meanwhile");
}

void AddInitOptions(CLI::App* app, OfflineCommand* command) {
  app->add_option("--data-dir", command->data_dir, "folder that the log is to be in")->required();
  app->add_option("--keys-dir", command->keys_dir, "folder that the keys are to be in")->required();
  app->add_option("--hub", command->hub, "name before the slash of this hub's audiences [igf]");
  app->add_option("--hosts", command->hosts,
                  "names and addresses by which partners reach it, with commas [localhost]")
      ->delimiter(',');
  app->add_option("--port", command->port, "at which they reach it [7410]")
      ->check(CLI::Range(1, 65535));
  app->add_option("--administrator", command->administrator,
                  "organisation that runs it [org/igf-secretariat]");
  app->add_flag("--again", command->again,
                "another administrator, where the files of the first are lost");
}

void AddScrubOptions(CLI::App* app, OfflineCommand* command) {
  app->add_option("--data-dir", command->data_dir, "folder of the log")->required();
  app->add_option("--keys-dir", command->keys_dir, "folder of the keys [DATA_DIR/keys]");
}

struct Words {
  const char* description;
  const char* examples;
};

Words WordsOf(OfflineCommand::What what) {
  switch (what) {
    case OfflineCommand::What::kInit:
      return {"Makes what a hub on the open Internet needs: keys, a log, an administrator.",
              kInitExamples};
    case OfflineCommand::What::kScrub:
      return {"Looks for damage in a log, and compares it with what was signed of it.",
              kScrubExamples};
    case OfflineCommand::What::kRestore:
      return {"Makes a log of a backup, in an empty folder.", kRestoreExamples};
    case OfflineCommand::What::kVerify:
      return {"Checks a backup: its files' sums, and the log in it by its root.", kVerifyExamples};
  }
  return {};
}

}  // namespace

absl::StatusOr<OfflineCommand> ParseOffline(const std::vector<std::string>& args) {
  OfflineCommand command;
  if (args[0] == kRestore) command.what = OfflineCommand::What::kRestore;
  if (args[0] == kInit) command.what = OfflineCommand::What::kInit;
  if (args[0] == kScrub) command.what = OfflineCommand::What::kScrub;
  const Words words = WordsOf(command.what);
  CLI::App app(words.description, absl::StrCat("liaisond ", args[0]));
  app.footer(words.examples);
  if (command.what == OfflineCommand::What::kInit) {
    AddInitOptions(&app, &command);
  } else if (command.what == OfflineCommand::What::kScrub) {
    AddScrubOptions(&app, &command);
  } else {
    AddBackupOptions(&app, &command);
  }
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
