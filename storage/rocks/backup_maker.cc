#include "storage/rocks/backup_maker.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/macros.h"
#include "storage/base/folder_lock.h"
#include "storage/rocks/log_check.h"
#include "storage/rocks/recovery.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"

namespace liaison::storage {
namespace {

// How often a backup is begun again because something was erased while it was made.
constexpr int kMaxAttempts = 5;
// So many ranges are rewritten one by one; more of them as one.
constexpr size_t kMaxRanges = 64;
constexpr uint64_t kReportEveryBytes = 4 << 20;
// A write that is in the write-ahead log is in the backup a moment before head() tells of it.
constexpr absl::Duration kMaxWaitForHead = absl::Seconds(30);
constexpr absl::Duration kHeadPoll = absl::Milliseconds(1);

}  // namespace

absl::Status CompactAway(const Database& database, const std::vector<Redaction>& redactions) {
  std::vector<ErasedSection> sections;
  std::vector<std::string> keys;
  for (const Redaction& redaction : redactions) {
    if (!redaction.erased) continue;
    const ErasedSection& section = *redaction.erased;
    // Nearly all were rewritten long ago.
    if (CheckErased(database, {section}).ok()) continue;
    sections.push_back(section);
    keys.push_back(SectionKey(section.sequence, section.kind));
  }
  if (keys.empty()) return absl::OkStatus();
  std::sort(keys.begin(), keys.end());
  const bool as_one = keys.size() > kMaxRanges;
  rocksdb::ColumnFamilyHandle* family = database.family(Family::kSections);
  LIAISON_RETURN_IF_ERROR(database.FlushAll());
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;  // others go on beside it
  for (const std::string& key : keys) {
    const rocksdb::Slice begin(key);
    const rocksdb::Slice end(as_one ? keys.back() : key);
    const rocksdb::Status compacted = database.rocks()->CompactRange(options, family, &begin, &end);
    if (!compacted.ok()) return FromRocks(compacted, "cannot rewrite erased sections");
    if (as_one) break;
  }
  // What waited as control state before it was an event has left rows there that nobody reads.
  const std::string control_begin = TableKey(Table::kControl, "");
  const std::string control_end(1, static_cast<char>(static_cast<char>(Table::kControl) + 1));
  const rocksdb::Slice begin(control_begin);
  const rocksdb::Slice end(control_end);
  const rocksdb::Status compacted =
      database.rocks()->CompactRange(options, database.family(Family::kTables), &begin, &end);
  if (!compacted.ok()) return FromRocks(compacted, "cannot rewrite control state");
  return CheckErased(database, sections);
}

BackupMaker::BackupMaker(const EventLog* log, const Database* database, rocksdb::Env* env,
                         const BackupOptions* options)
    : log_(log),
      database_(database),
      env_(env),
      options_(*options),
      folder_(env->GetFileSystem().get(), options->folder) {}

absl::StatusOr<BackupMade> BackupMaker::Make() {
  LIAISON_RETURN_IF_ERROR(MakeFolders(env_->GetFileSystem().get(), folder_.path()));
  LIAISON_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(folder_.path()));
  LIAISON_RETURN_IF_ERROR(OpenEngine());
  LIAISON_ASSIGN_OR_RETURN(Manifests manifests, TidyUp());
  LIAISON_RETURN_IF_ERROR(CheckRoom());
  const std::set<std::string> known = FilesOf(manifests);

  std::optional<BackupManifest> manifest;
  for (int attempt = 0; attempt < kMaxAttempts && !manifest; ++attempt) {
    const uint64_t compacted_through = log_->head().sequence;
    LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> redactions,
                             RedactionsOf(*log_, 0, compacted_through));
    LIAISON_RETURN_IF_ERROR(CompactAway(*database_, redactions));
    const int64_t begun_us = absl::ToUnixMicros(absl::Now());
    LIAISON_ASSIGN_OR_RETURN(const uint32_t number, Copy());
    LIAISON_ASSIGN_OR_RETURN(manifest, Examine(number, begun_us, compacted_through));
    if (!manifest) {
      LIAISON_RETURN_IF_ERROR(FromEngine(engine_->DeleteBackup(number), "cannot begin again"));
    }
  }
  if (!manifest) {
    return absl::UnavailableError("sections were erased all the while: try again in a quiet hour");
  }
  LIAISON_RETURN_IF_ERROR(folder_.Write(*manifest));

  BackupMade made;
  made.made = manifest->info;
  made.copied_size_bytes = SizeOfOthers(manifest->info.number, known);
  manifests.emplace(manifest->info.number, *manifest);
  LIAISON_ASSIGN_OR_RETURN(made.holding_erased, HoldingErased(manifests));
  if (options_.purge_erased && !made.holding_erased.empty()) {
    // The history of backups is given up for one: that one had better be good.
    LIAISON_RETURN_IF_ERROR(Verify(*manifest));
    const std::vector<uint32_t> holding = made.holding_erased;
    for (uint32_t number : holding) {
      // Even where something has been erased since this very moment.
      if (number == manifest->info.number) continue;
      LIAISON_RETURN_IF_ERROR(Remove(number, &manifests, &made));
    }
  }
  while (manifests.size() > std::max<size_t>(options_.keep, 1)) {
    LIAISON_RETURN_IF_ERROR(Remove(manifests.begin()->first, &manifests, &made));
  }
  for (const auto& [number, kept] : manifests) made.kept.push_back(kept.info);
  return made;
}

absl::Status BackupMaker::OpenEngine() {
  rocksdb::BackupEngineOptions options(folder_.path(), env_);
  options.callback_trigger_interval_size = kReportEveryBytes;
  rocksdb::BackupEngine* engine = nullptr;
  LIAISON_RETURN_IF_ERROR(FromEngine(rocksdb::BackupEngine::Open(options, env_, &engine),
                                     absl::StrCat("cannot open ", folder_.path())));
  engine_.reset(engine);
  return absl::OkStatus();
}

absl::StatusOr<BackupMaker::Manifests> BackupMaker::TidyUp() {
  Manifests complete;
  auto manifests = folder_.Manifests();
  if (!manifests.ok() && !absl::IsNotFound(manifests.status())) return manifests.status();
  std::set<uint32_t> copied;
  std::vector<rocksdb::BackupInfo> infos;
  engine_->GetBackupInfo(&infos);
  for (const rocksdb::BackupInfo& info : infos) copied.insert(info.backup_id);
  std::vector<uint32_t> broken;
  engine_->GetCorruptedBackups(&broken);
  if (manifests.ok()) {
    for (const auto& [number, manifest] : *manifests) {
      if (copied.count(number) != 0) {
        // A damaged manifest leaves its backup where it is, for a person to look at.
        copied.erase(number);
        if (manifest.ok()) complete.emplace(number, *manifest);
      } else if (std::find(broken.begin(), broken.end(), number) == broken.end()) {
        LIAISON_RETURN_IF_ERROR(folder_.Remove(number));
      }
    }
  }
  for (uint32_t number : copied) {
    LIAISON_RETURN_IF_ERROR(FromEngine(engine_->DeleteBackup(number),
                                       absl::StrCat("cannot remove unfinished backup ", number)));
  }
  return complete;
}

absl::Status BackupMaker::CheckRoom() const {
  uint64_t free_size_bytes = 0;
  const rocksdb::IOStatus asked = env_->GetFileSystem()->GetFreeSpace(
      folder_.path(), rocksdb::IOOptions(), &free_size_bytes, nullptr);
  // Where that cannot be told the copying will.
  if (!asked.ok() || free_size_bytes >= options_.reserve_size_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the disk of ", folder_.path(), " has ", free_size_bytes, " bytes left, and ",
                   options_.reserve_size_bytes, " are kept in reserve: make room there"));
}

absl::StatusOr<uint32_t> BackupMaker::Copy() {
  absl::Status failed;
  uint64_t copied_size_bytes = 0;
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = true;  // small files at the end instead of a long write-ahead log
  // Called from the one thread that copies.
  options.progress_callback = [&] {
    copied_size_bytes += kReportEveryBytes;
    options_.observer({"copying", copied_size_bytes, 0});
    if (failed.ok()) failed = CheckRoom();
    if (failed.ok() && stopped_) failed = absl::UnavailableError("the backup was stopped");
    if (!failed.ok()) engine_->StopBackup();
  };
  if (stopped_) return absl::UnavailableError("the backup was stopped");
  options_.observer({"copying", 0, 0});
  rocksdb::BackupID number = 0;
  const rocksdb::IOStatus made =
      engine_->CreateNewBackupWithMetadata(options, database_->rocks(), "", &number);
  if (made.ok() && failed.ok()) return number;
  // What was copied in vain takes no room; where even that fails the next backup does it.
  engine_->GarbageCollect().PermitUncheckedError();
  if (!failed.ok()) return failed;
  return FromEngine(made, absl::StrCat("cannot copy the log to ", folder_.path()));
}

absl::StatusOr<std::optional<BackupManifest>> BackupMaker::Examine(uint32_t number,
                                                                   int64_t begun_us,
                                                                   uint64_t compacted_through) {
  BackupManifest manifest;
  LIAISON_ASSIGN_OR_RETURN(manifest.engine_meta, folder_.EngineMeta(number));
  rocksdb::BackupInfo engine_info;
  LIAISON_RETURN_IF_ERROR(
      FromEngine(engine_->GetBackupInfo(number, &engine_info), absl::StrCat("backup ", number)));
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Database> copy, OpenBackup(*engine_, number));
  // How far it goes is read from the copy itself: the log went on while it was made.
  LIAISON_ASSIGN_OR_RETURN(const Recovered recovered, Recover(*copy));
  manifest.info = {number, log_->log_id(), recovered.head, begun_us, engine_info.size};
  const absl::Time deadline = absl::Now() + kMaxWaitForHead;
  while (log_->head().sequence < recovered.head.sequence && absl::Now() < deadline && !stopped_) {
    absl::SleepFor(kHeadPoll);
  }
  LIAISON_ASSIGN_OR_RETURN(const record::Hash root, log_->RootAt(recovered.head.sequence));
  if (root != recovered.head.root) {
    return absl::DataLossError(absl::StrCat("the copy has root ", recovered.head.root.ToHex(),
                                            " at event ", recovered.head.sequence, ", the log has ",
                                            root.ToHex()));
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> since,
                           RedactionsOf(*log_, compacted_through, recovered.head.sequence));
  if (!since.empty()) return std::optional<BackupManifest>();
  return std::optional<BackupManifest>(manifest);
}

absl::Status BackupMaker::Verify(const BackupManifest& manifest) {
  const uint32_t number = manifest.info.number;
  LIAISON_RETURN_IF_ERROR(FromEngine(engine_->VerifyBackup(number, /*verify_with_checksum=*/true),
                                     absl::StrCat("backup ", number)));
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Database> copy, OpenBackup(*engine_, number));
  return CheckAgainstManifest(*copy, manifest, options_.observer).status();
}

absl::StatusOr<std::vector<uint32_t>> BackupMaker::HoldingErased(const Manifests& manifests) const {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> redactions,
                           RedactionsOf(*log_, 0, log_->head().sequence));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRedaction> kept,
                           ReadRedactions(env_->GetFileSystem().get(), folder_.path()));
  std::set<uint32_t> holding;
  const auto note = [&](uint32_t number, bool has_target, bool has_redaction) {
    if (has_target && !has_redaction) holding.insert(number);
  };
  for (const Redaction& redaction : redactions) {
    if (!redaction.erased) continue;
    LIAISON_ASSIGN_OR_RETURN(const StoredEvent target, log_->Read(redaction.erased->sequence));
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(target.leaf));
    // By time, so that backups of an earlier incarnation of this log are judged as well.
    for (const auto& [number, manifest] : manifests) {
      const int64_t last_us = manifest.info.head.hub_time_us;
      note(number, leaf.hub_time_us <= last_us, redaction.leaf.hub_time_us <= last_us);
    }
  }
  // What was erased in a log that is no more.
  for (const KeptRedaction& redaction : kept) {
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(redaction.leaf));
    for (const auto& [number, manifest] : manifests) {
      if (manifest.info.log_id != redaction.log_id) continue;
      const uint64_t last = manifest.info.head.sequence;
      // Where another hub's redaction found its target, its leaf does not say: it may be there.
      const bool has_target = leaf.relayed || leaf.redaction->target_sequence <= last;
      note(number, has_target, leaf.sequence <= last);
    }
  }
  return std::vector<uint32_t>(holding.begin(), holding.end());
}

absl::Status BackupMaker::Remove(uint32_t number, Manifests* manifests, BackupMade* made) {
  LIAISON_RETURN_IF_ERROR(folder_.Remove(number));
  LIAISON_RETURN_IF_ERROR(
      FromEngine(engine_->DeleteBackup(number), absl::StrCat("cannot remove backup ", number)));
  manifests->erase(number);
  made->removed.push_back(number);
  auto& holding = made->holding_erased;
  holding.erase(std::remove(holding.begin(), holding.end(), number), holding.end());
  return absl::OkStatus();
}

std::set<std::string> BackupMaker::FilesOf(const Manifests& manifests) const {
  std::set<std::string> files;
  for (const auto& [number, manifest] : manifests) {
    rocksdb::BackupInfo info;
    if (!engine_->GetBackupInfo(number, &info, /*include_file_details=*/true).ok()) continue;
    for (const rocksdb::BackupFileInfo& file : info.file_details) {
      files.insert(file.relative_filename);
    }
  }
  return files;
}

uint64_t BackupMaker::SizeOfOthers(uint32_t number, const std::set<std::string>& known) const {
  rocksdb::BackupInfo info;
  if (!engine_->GetBackupInfo(number, &info, /*include_file_details=*/true).ok()) return 0;
  uint64_t size_bytes = 0;
  for (const rocksdb::BackupFileInfo& file : info.file_details) {
    if (known.count(file.relative_filename) == 0) size_bytes += file.size;
  }
  return size_bytes;
}

}  // namespace liaison::storage
