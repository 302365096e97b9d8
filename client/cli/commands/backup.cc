// liaison admin backup, verify-backup, restore. The first asks a hub; the others have the hub's own
// program do it, on files.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/hub_program.h"
#include "client/cli/table.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

// --- backup --------------------------------------------------------------------------------------

Json ToJson(const v1::BackupEntry& entry) {
  return {{"backup", entry.number()},
          {"log_id", entry.head().log_id()},
          {"head", entry.head().sequence()},
          {"root", Base64(entry.root())},
          {"begun", TimeText(ToTime(entry.begin_time()))},
          {"last_event", TimeText(ToTime(entry.last_event_time()))},
          {"size_bytes", entry.size_bytes()},
          {"holds_erased", entry.holds_erased()}};
}

std::string ToText(const v1::BackupMade& made, size_t width) {
  Table table({"backup", "begun", "events", "bytes", ""});
  for (const v1::BackupEntry& entry : made.kept()) {
    std::string note = entry.number() == made.made().number() ? "new" : "";
    if (entry.holds_erased()) note = "holds words erased since";
    table.Add({absl::StrCat(entry.number()), TimeText(ToTime(entry.begin_time())),
               absl::StrCat(entry.head().sequence()), absl::StrCat(entry.size_bytes()), note});
  }
  return table.Render(width);
}

void AddNotes(const v1::BackupMade& made, Console* console) {
  std::vector<uint32_t> holding;
  for (const v1::BackupEntry& entry : made.kept()) {
    if (entry.holds_erased()) holding.push_back(entry.number());
  }
  if (!made.removed().empty()) {
    console->Note(absl::StrCat("Removed: ", absl::StrJoin(made.removed(), ", "), "."));
  }
  if (holding.empty()) return;
  console->Note(absl::StrCat(
      "Backups that hold words which have been erased since: ", absl::StrJoin(holding, ", "),
      ". They go as newer ones come, or at once with --purge-erased."));
}

std::string ProgressText(const std::string& step, uint64_t done, uint64_t of) {
  if (of != 0) return absl::StrCat(step, ": ", done, " of ", of);
  return done == 0 ? step : absl::StrCat(step, ": ", done);
}

absl::StatusOr<v1::BackupMade> Follow(Session* session, BackupStream* stream) {
  std::optional<v1::BackupMade> made;
  while (true) {
    absl::StatusOr<std::optional<v1::BackupResponse>> frame = stream->Read(session->timeout());
    if (absl::IsDeadlineExceeded(frame.status())) {
      return absl::DeadlineExceededError(
          "nothing was heard of the backup for too long; the hub may go on with it");
    }
    if (!frame.ok()) return frame.status();
    if (!frame->has_value()) break;
    if ((*frame)->has_made()) made = (*frame)->made();
    if (!(*frame)->has_progress()) continue;
    const v1::BackupProgress& progress = (*frame)->progress();
    session->console().Progress(absl::StrCat(
        "backup: ", ProgressText(Printable(progress.step()), progress.done(), progress.of())));
  }
  if (!made) return absl::UnknownError("the hub ended without telling of a backup");
  return *std::move(made);
}

absl::Status RunBackup(Session* session, bool purge_erased) {
  v1::BackupRequest request;
  request.set_purge_erased(purge_erased);
  const std::unique_ptr<BackupStream> stream = session->connection()->Backup(request);
  LIAISON_ASSIGN_OR_RETURN(const v1::BackupMade made, Follow(session, stream.get()));
  Console& console = session->console();
  if (session->format() == Format::kTable) {
    LIAISON_RETURN_IF_ERROR(console.Bytes(ToText(made, console.width())));
  } else {
    Json json = ToJson(made.made());
    json["copied_bytes"] = made.copied_bytes();
    json["kept"] = Json::array();
    for (const v1::BackupEntry& entry : made.kept()) json["kept"].push_back(ToJson(entry));
    json["removed"] = made.removed();
    LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
  }
  AddNotes(made, &console);
  return absl::OkStatus();
}

// --- verify-backup and restore -------------------------------------------------------------------

struct OfflineArguments {
  std::string from;
  uint32_t number = 0;
  std::string data_dir;
  std::vector<std::string> peers;  // further words of restore
};

absl::Status ToStatus(int exit_code, const std::string& error) {
  const std::string message =
      error.empty() ? absl::StrCat("liaisond ended with ", exit_code) : error;
  switch (exit_code) {
    case 5:
      return absl::NotFoundError(message);
    case 6:
      return absl::InvalidArgumentError(message);
    case 7:
      return absl::DataLossError(message);
    default:
      return absl::UnknownError(message);
  }
}

// What the program found, as it says it.
absl::StatusOr<Json> RunOffline(Session* session, const char* command,
                                const OfflineArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const std::string program, FindHubProgram());
  std::vector<std::string> words = {command, "--from", arguments.from};
  if (arguments.number != 0) {
    words.insert(words.end(), {"--number", absl::StrCat(arguments.number)});
  }
  if (!arguments.data_dir.empty()) words.insert(words.end(), {"--data-dir", arguments.data_dir});
  words.insert(words.end(), arguments.peers.begin(), arguments.peers.end());
  if (session->console().stderr_is_terminal()) words.push_back("--progress");
  Json found;
  std::string error;
  LIAISON_ASSIGN_OR_RETURN(
      const int exit_code, RunProgram(program, words, [&](absl::string_view line) {
        const Json json =
            Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
        if (json.is_discarded() || !json.is_object()) return;
        if (json.contains("progress")) {
          const Json& progress = json["progress"];
          return session->console().Progress(absl::StrCat(
              command, ": ",
              ProgressText(progress.value("step", ""), progress.value("done", uint64_t{0}),
                           progress.value("of", uint64_t{0}))));
        }
        if (json.contains("note")) return session->console().Note(json.value("note", ""));
        if (json.contains("error")) {
          error = json.value("error", "");
        } else {
          found = json;
        }
      }));
  if (exit_code != 0) return ToStatus(exit_code, error);
  if (found.is_null()) return absl::UnknownError("liaisond said nothing");
  return found;
}

absl::Status Print(Session* session, const Json& found) {
  return session->format() == Format::kJson ? session->console().Line(ToLine(found))
                                            : session->console().Bytes(ToIndentedText(found));
}

absl::Status RunVerify(Session* session, const OfflineArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const Json found, RunOffline(session, "verify-backup", arguments));
  return Print(session, found);
}

absl::Status RunRestore(Session* session, const OfflineArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const Json found, RunOffline(session, "restore", arguments));
  LIAISON_RETURN_IF_ERROR(Print(session, found));
  Console& console = session->console();
  if (found.value("same_log", false)) {
    console.Note(
        absl::StrCat("The log is the one that it was: ", found.value("recovered", uint64_t{0}),
                     " events behind the backup came from elsewhere."));
    return absl::OkStatus();
  }
  if (const std::string why = found.value("why_new", ""); !why.empty()) {
    console.Note(absl::StrCat("The log begins anew: ", why, "."));
    console.Note(
        "Peers have what the old log said from there, and take none of it back for the new one: "
        "what is erased or retracted here from now on has to be erased there by their operators. "
        "Ask them; `liaison federation confirmed EVENT` says of which.");
  }
  if (const std::string file = found.value("tail_file", ""); !file.empty()) {
    console.Note(absl::StrCat("What is known of the rest is in ", file,
                              " in the data folder: tell the authors, and delete it then."));
  }
  const std::string until = found.value("complete_until", "");
  console.Note(until.empty()
                   ? "The backup is of an empty log: whatever was acknowledged is not in it."
                   : absl::StrCat("What was acknowledged after ", until,
                                  " is not in it: whoever published then should do so again."));
  console.Note("The log has a new log_id: subscribers are told, and start again.");
  return absl::OkStatus();
}

CLI::App* AddOffline(CLI::App* parent, const char* name, const char* line, const char* examples,
                     OfflineArguments* arguments) {
  CLI::App* command = AddCommand(parent, name, line, examples);
  command->add_option("--from", arguments->from, "Folder of the backups")
      ->required()
      ->type_name("DIR");
  command->add_option("--number", arguments->number, "Which of them (default: the newest)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  return command;
}

// Handed on as they are: liaisond says what goes with what.
void AddPeerOptions(CLI::App* restore, OfflineArguments* arguments) {
  const auto hand_on = [=](const char* flag, const char* type, const char* description) {
    restore
        ->add_option_function<std::vector<std::string>>(
            flag,
            [=](const std::vector<std::string>& values) {
              for (const std::string& value : values) {
                arguments->peers.insert(arguments->peers.end(), {flag, value});
              }
            },
            description)
        ->type_name(type);
  };
  hand_on("--keys-dir", "DIR", "Folder of the log's key");
  hand_on("--federation-policy", "FILE",
          "Ask the peers in it what they have of the log behind the backup");
  hand_on("--without-peer", "NAME", "Do not ask this one; may be repeated");
  restore->add_flag_function(
      "--without-peers", [=](int64_t) { arguments->peers.push_back("--without-peers"); },
      "Ask no peer: the log begins anew");
}

}  // namespace

void AddBackup(CLI::App* admin, Session* session) {
  const auto purge_erased = std::make_shared<bool>(false);
  CLI::App* backup = AddCommand(
      admin, "backup", "Have the hub make a backup while it runs",
      "  liaison admin backup\n"
      "  liaison admin backup --purge-erased\n"
      "\n"
      "The hub writes it to the folder that its setting backup_dir names; only what is new is\n"
      "copied. Copy that folder to another machine: it is all that a restore needs.\n");
  backup->add_flag("--purge-erased", *purge_erased,
                   "Remove backups that hold words erased since, once the new one is verified");
  backup->callback([=] { session->Choose([=] { return RunBackup(session, *purge_erased); }); });

  const auto verified = std::make_shared<OfflineArguments>();
  CLI::App* verify = AddOffline(
      admin, "verify-backup", "Check a backup, byte by byte and by its root",
      "  liaison admin verify-backup --from /var/backups/liaison\n"
      "  liaison admin verify-backup --from /var/backups/liaison --number 12\n"
      "\n"
      "Needs no hub, only liaisond beside this program. Changes nothing. Exit code 7 where\n"
      "something is damaged or missing.\n",
      verified.get());
  verify->callback([=] { session->Choose([=] { return RunVerify(session, *verified); }); });

  const auto restored = std::make_shared<OfflineArguments>();
  CLI::App* restore = AddOffline(
      admin, "restore", "Make a log of a backup, in an empty folder",
      "  liaison admin restore --from /var/backups/liaison --data-dir /var/lib/liaison\n"
      "  liaison admin restore --from /var/backups/liaison --data-dir /var/lib/liaison \\\n"
      "    --keys-dir /etc/liaison/keys --federation-policy /etc/liaison/federation.toml\n"
      "\n"
      "Needs no hub, only liaisond beside this program; start the hub on the folder afterwards.\n"
      "The backup is checked as verify-backup does. What was erased after it is erased again.\n"
      "The log gets a new log_id, so that subscribers are told, and start again. With the policy,\n"
      "the hub's peers are asked first what they have of the log behind the backup: if all of it\n"
      "comes back, the log stays the one that it was.\n",
      restored.get());
  restore->add_option("--data-dir", restored->data_dir, "Folder of the log; empty or not there")
      ->required()
      ->type_name("DIR");
  AddPeerOptions(restore, restored.get());
  restore->callback([=] { session->Choose([=] { return RunRestore(session, *restored); }); });
}

}  // namespace liaison::cli
