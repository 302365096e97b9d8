#include "server/backup/offline.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/macros.h"
#include "server/backup/reapply.h"
#include "storage/backup.h"

namespace liaison::backup {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kUnaskedRow = "restored/unasked";
constexpr absl::Duration kProgressInterval = absl::Milliseconds(100);

void WriteLine(const Json& json, std::ostream* out) { *out << json.dump() << std::endl; }

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return 5;
    case absl::StatusCode::kFailedPrecondition:
      return 6;
    case absl::StatusCode::kDataLoss:
      return 7;
    default:
      return 1;
  }
}

int Fail(const absl::Status& status, std::ostream* out) {
  WriteLine({{"error", std::string(status.message())}}, out);
  return ExitCodeOf(status);
}

std::string TimeText(int64_t us) {
  return us == 0 ? ""
                 : absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMicros(us),
                                    absl::UTCTimeZone());
}

// As `liaison info` writes them, so that two can be compared.
std::string Base64(const record::Hash& hash) { return absl::Base64Escape(hash.bytes()); }

Json ToJson(const storage::BackupInfo& info) {
  return {{"backup", info.number},
          {"log_id", info.log_id.ToString()},
          {"head", info.head.sequence},
          {"root", Base64(info.head.root)},
          {"registry_size", info.head.registry_size},
          {"registry_root", Base64(info.head.registry_root)},
          {"begun", TimeText(info.begun_us)},
          {"last_event", TimeText(info.head.hub_time_us)},
          {"size_bytes", info.size_bytes}};
}

// How many entries the audit log has, as JSON; null where none is kept, which older hubs did not.
absl::StatusOr<Json> AuditEntries(const OfflineOptions& options, const std::string& data_dir) {
  if (!options.audit) return Json(nullptr);
  const absl::StatusOr<uint64_t> entries = options.audit(data_dir);
  if (absl::IsNotFound(entries.status())) return Json(nullptr);
  if (!entries.ok()) return entries.status();
  return Json(*entries);
}

absl::StatusOr<Json> Verify(const OfflineOptions& options, std::ostream* out) {
  LIAISON_ASSIGN_OR_RETURN(const Json audit_entries, AuditEntries(options, ""));
  LIAISON_ASSIGN_OR_RETURN(
      const storage::VerifiedBackup found,
      storage::VerifyBackup(options.folder, options.number, ObserverOf(options, out)));
  Json json = {{"verified", true}};
  json.update(ToJson(found.info));
  json["sections"] = found.sections;
  json["erased_sections"] = found.erased;
  json["redactions_kept"] = found.redactions;
  json["audit_entries"] = audit_entries;
  return json;
}

Json ToJson(const Continuation& continuation) {
  Json json = {{"same_log", continuation.same_log}, {"recovered", continuation.recovered}};
  if (!continuation.same_log) {
    json["why_new"] = continuation.why;
    json["behind_backup"] = continuation.behind;
    json["known_of_them"] = continuation.known;
    json["tail_file"] = continuation.tail_file;
  }
  json["last_checkpoint"] = continuation.checkpoint;
  return json;
}

absl::StatusOr<Continuation> GoOn(const OfflineOptions& options, storage::Restore* restore) {
  if (options.go_on) return options.go_on(restore);
  return Continuation();
}

// At the end of the log as it is then.
absl::Status MarkUnasked(storage::EventLog* log) {
  storage::Group group;
  group.rows.push_back({storage::Table::kControl, std::string(kUnaskedRow),
                        absl::StrCat(log->log_id().ToString(), " ", log->head().sequence)});
  return log->Append(group).status();
}

absl::StatusOr<Json> DoRestore(const OfflineOptions& options, std::ostream* out) {
  // Before anything is put anywhere.
  LIAISON_RETURN_IF_ERROR(AuditEntries(options, "").status());
  storage::RestoreOptions restore_options{options.folder, options.number, options.data_dir,
                                          ObserverOf(options, out), options.go_on != nullptr};
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<storage::Restore> restore,
                           storage::Restore::Begin(restore_options));
  LIAISON_ASSIGN_OR_RETURN(const Continuation continuation, GoOn(options, restore.get()));
  LIAISON_ASSIGN_OR_RETURN(const Reapplied reapplied,
                           Reapply(restore->redactions(), &restore->log()));
  if (continuation.same_log && reapplied.appended > 0) {
    return absl::DataLossError("an erasure that this log had is not where it was");
  }
  if (!options.go_on) LIAISON_RETURN_IF_ERROR(MarkUnasked(&restore->log()));
  const storage::BackupInfo backup = restore->backup();
  const record::Uuid log_id = restore->log().log_id();
  const storage::Head head = restore->log().head();
  LIAISON_RETURN_IF_ERROR(restore->Finish());
  LIAISON_ASSIGN_OR_RETURN(const Json audit_entries, AuditEntries(options, options.data_dir));
  if (continuation.keep_tail) {
    LIAISON_RETURN_IF_ERROR(
        continuation.keep_tail(absl::StrCat(options.data_dir, "/", continuation.tail_file)));
  }
  Json json = {{"restored", true},
               {"backup", backup.number},
               {"data_dir", options.data_dir},
               {"old_log_id", backup.log_id.ToString()},
               {"log_id", log_id.ToString()},
               {"backup_head", backup.head.sequence},
               {"backup_root", Base64(backup.head.root)},
               {"head", head.sequence},
               {"root", Base64(head.root)},
               {"complete_until",
                TimeText(continuation.same_log ? head.hub_time_us : backup.head.hub_time_us)},
               {"erasures_reapplied", reapplied.appended},
               {"erasures_known", reapplied.known},
               {"erasures_without_target", reapplied.without_target},
               {"audit_entries", audit_entries}};
  if (options.go_on) json.update(ToJson(continuation));
  return json;
}

int Say(const absl::StatusOr<Json>& found, std::ostream* out) {
  if (!found.ok()) return Fail(found.status(), out);
  WriteLine(*found, out);
  return 0;
}

}  // namespace

storage::BackupObserver ObserverOf(const OfflineOptions& options, std::ostream* out) {
  if (!options.progress) return [](const storage::BackupProgress&) {};
  return [out, last = absl::InfinitePast(),
          step = std::string()](const storage::BackupProgress& progress) mutable {
    const absl::Time now = absl::Now();
    if (progress.step == step && now - last < kProgressInterval) return;
    last = now;
    step = std::string(progress.step);
    WriteLine({{"progress", {{"step", step}, {"done", progress.done}, {"of", progress.of}}}}, out);
  };
}

absl::StatusOr<bool> IsUnasked(const storage::EventLog& log) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                           log.GetRow(storage::Table::kControl, kUnaskedRow));
  return row == absl::StrCat(log.log_id().ToString(), " ", log.head().sequence);
}

int VerifyOffline(const OfflineOptions& options, std::ostream* out) {
  return Say(Verify(options, out), out);
}

int RestoreOffline(const OfflineOptions& options, std::ostream* out) {
  return Say(DoRestore(options, out), out);
}

}  // namespace liaison::backup
