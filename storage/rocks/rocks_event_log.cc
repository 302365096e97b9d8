#include "storage/rocks/rocks_event_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "storage/base/fault_point.h"
#include "storage/format/postings.h"
#include "storage/format/stored.h"
#include "storage/rocks/backup_maker.h"
#include "storage/rocks/event_cursor.h"
#include "storage/rocks/redactions.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"
#include "storage/rocks/term_index.h"
#include "storage/rocks/tree_rows.h"
#include "storage/tree/proofs.h"

namespace liaison::storage {
namespace {

// Room that the batch keeps from one group to the next.
constexpr size_t kBatchKeptSizeBytes = 8 << 20;
constexpr absl::Duration kRetryFullDiskAfter = absl::Seconds(5);
// How long Heal waits for those who are reading. They go on unharmed when it gives up.
constexpr absl::Duration kMaxWaitForReaders = absl::Seconds(2);
constexpr absl::Duration kReaderPoll = absl::Milliseconds(1);

std::string DatabasePath(const std::string& data_dir) { return absl::StrCat(data_dir, "/db"); }

// Views into `bytes`, which keeps them alive.
absl::StatusOr<EventRow> ReadRow(const Database& database, uint64_t sequence,
                                 rocksdb::PinnableSlice* bytes) {
  LIAISON_ASSIGN_OR_RETURN(const bool found,
                           database.GetPinned(Family::kEvents, NumberKey(sequence), bytes));
  if (!found) return EventMissing(sequence);
  EventRow row;
  LIAISON_RETURN_IF_ERROR(ParseEventRow(ToView(*bytes), &row));
  return row;
}

absl::Status NoEvent(uint64_t sequence) {
  return absl::NotFoundError(absl::StrCat("there is no event ", sequence));
}

absl::Status NoHeadFile(const std::string& data_dir, uint64_t sequence) {
  return absl::DataLossError(absl::StrCat(
      HeadFilePath(data_dir), " is missing, and the log beside it ends at event ", sequence,
      ": whether acknowledged events are missing cannot be told. Bring the file back from where "
      "this folder was copied, or open the log once with accept_missing_head_file if you know that "
      "nothing is missing."));
}

absl::Status NoDatabase(const std::string& data_dir, const HeadFile& head_file) {
  return absl::DataLossError(absl::StrCat(data_dir, " has a head file but no log: the log ",
                                          head_file.log_id.ToString(), " had reached event ",
                                          head_file.sequence,
                                          ". Restore the whole folder, or choose an empty "
                                          "one to start a new log."));
}

absl::Status CheckNotRestoring(rocksdb::FileSystem* files, const std::string& data_dir) {
  LIAISON_ASSIGN_OR_RETURN(const bool restoring,
                           FileExists(files, absl::StrCat(data_dir, "/", kRestoringFolder)));
  if (!restoring) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("a restore into ", data_dir, " was cut short: run it again, it begins anew"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogOnDisk>> RocksEventLog::Open(const OpenOptions& options,
                                                               rocksdb::Env* env) {
  rocksdb::FileSystem* files = env->GetFileSystem().get();
  LIAISON_RETURN_IF_ERROR(MakeFolders(files, options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Acquire(options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<HeadFile> head_file,
                           ReadHeadFile(files, options.data_dir));
  const std::string path = DatabasePath(options.data_dir);
  LIAISON_ASSIGN_OR_RETURN(const bool exists, Database::Exists(path, env));
  if (!exists) LIAISON_RETURN_IF_ERROR(CheckNotRestoring(files, options.data_dir));
  if (head_file && !exists) return NoDatabase(options.data_dir, *head_file);

  LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                           Database::Open(path, options, /*create=*/!head_file, env));
  LIAISON_FAULT_POINT("open.database_open");
  LIAISON_ASSIGN_OR_RETURN(LogIdentity identity, LoadOrMakeIdentity(database.get()));
  LIAISON_FAULT_POINT("open.identity_there");
  LIAISON_ASSIGN_OR_RETURN(Recovered recovered, Recover(*database));
  if (head_file) {
    LIAISON_RETURN_IF_ERROR(CheckAgainstHeadFile(*database, options.data_dir, identity.log_id,
                                                 recovered.head, *head_file));
  } else if (recovered.head.sequence > 0 && !options.accept_missing_head_file) {
    return NoHeadFile(options.data_dir, recovered.head.sequence);
  }
  LIAISON_FAULT_POINT("open.compared");
  std::unique_ptr<RocksEventLog> log(new RocksEventLog(options, env, std::move(lock),
                                                       std::move(database), std::move(identity),
                                                       std::move(recovered)));
  // What was recovered is served from now on, so it counts as acknowledged.
  LIAISON_RETURN_IF_ERROR(log->SyncHeadFile());
  return std::unique_ptr<LogOnDisk>(std::move(log));
}

RocksEventLog::RocksEventLog(OpenOptions options, rocksdb::Env* env, FolderLock lock,
                             std::shared_ptr<Database> database, LogIdentity identity,
                             Recovered recovered)
    : options_(std::move(options)),
      env_(env),
      lock_(std::move(lock)),
      identity_(std::move(identity)),
      database_(std::move(database)),
      builder_(std::make_unique<BatchBuilder>(*database_, std::move(recovered.state))),
      head_(recovered.head),
      readable_(database_) {}

RocksEventLog::~RocksEventLog() {
  // A head file that lags behind is still true.
  SyncHeadFile().IgnoreError();
}

// --- writing -------------------------------------------------------------------------------------

absl::StatusOr<Committed> RocksEventLog::Append(const Group& group) {
  if (!write_failure_.ok()) return write_failure_;
  LIAISON_RETURN_IF_ERROR(builder_->Check(group));
  if (group.events.empty() && group.rows.empty() && group.erased.empty()) {
    return Committed{head(), {}};
  }
  if (absl::Status failed = database_->background_error(); !failed.ok()) return FailWrites(failed);
  LIAISON_RETURN_IF_ERROR(CheckRoom());
  LIAISON_FAULT_POINT("append.checked");
  batch_.Clear();
  absl::StatusOr<Committed> committed = builder_->Build(group, &batch_);
  if (!committed.ok()) return FailWrites(committed.status());
  LIAISON_FAULT_POINT("append.built");
  const rocksdb::Status written = database_->WriteSynced(&batch_);
  if (!written.ok()) {
    // Where an error in the background stopped the writer, it is the one that says why.
    const absl::Status failed = database_->background_error();
    return FailWrites(failed.ok() ? FromRocks(written, "cannot write the log") : failed);
  }
  LIAISON_FAULT_POINT("append.written");
  if (batch_.Data().capacity() > kBatchKeptSizeBytes) batch_ = rocksdb::WriteBatch();
  {
    absl::MutexLock lock(&mu_);
    head_ = committed->head;
  }
  LIAISON_FAULT_POINT("append.published");
  return committed;
}

absl::Status RocksEventLog::SyncHeadFile() {
  if (!write_failure_.ok()) return write_failure_;
  const Head head = this->head();
  if (head_file_sequence_ == head.sequence) return absl::OkStatus();
  const HeadFile file{identity_.log_id, head.sequence, head.root};
  LIAISON_FAULT_POINT("head_file.begun");
  const absl::Status replaced = ReplaceFile(env_->GetFileSystem().get(),
                                            HeadFilePath(options_.data_dir), EncodeHeadFile(file));
  if (!replaced.ok()) return FailWrites(replaced);
  LIAISON_FAULT_POINT("head_file.done");
  head_file_sequence_ = head.sequence;
  return absl::OkStatus();
}

absl::Status RocksEventLog::CheckRoom() const {
  uint64_t free_size_bytes = 0;
  const rocksdb::IOStatus asked = env_->GetFileSystem()->GetFreeSpace(
      options_.data_dir, rocksdb::IOOptions(), &free_size_bytes, nullptr);
  // Where that cannot be told the write itself will.
  if (!asked.ok() || free_size_bytes >= options_.reserve_size_bytes) return absl::OkStatus();
  return record::Error(record::Reason::kDiskFull,
                       absl::StrCat("the disk of the log has ", free_size_bytes,
                                    " bytes left, and ", options_.reserve_size_bytes,
                                    " are kept in reserve: nothing is taken until there is room"))
      .RetryAfter(kRetryFullDiskAfter);
}

// Pages that a failed sync did not write may be dropped by the kernel, and a second sync would
// succeed without them: there is no way on but to open the log again and look. For want of room
// that can be done in place: opening writes whatever it finds in the write-ahead log to new, synced
// files, so nothing rests on pages that were dropped. A disk that fails otherwise is not trusted
// again before a person has looked.
absl::Status RocksEventLog::FailWrites(const absl::Status& cause) {
  may_heal_ = absl::IsResourceExhausted(cause);
  write_failure_ = record::Error(
      record::Reason::kLogWriteFailed,
      absl::StrCat("the log could not be written, and takes no more until ",
                   may_heal_ ? "there is room: " : "the hub is started again: ", cause.message(),
                   ". Whether it has what was under way is not known: send that again then, which "
                   "has one effect"));
  return write_failure_;
}

absl::Status RocksEventLog::Heal() {
  if (write_failure_.ok()) {
    const absl::Status failed = database_->background_error();
    if (failed.ok()) return CheckRoom();
    FailWrites(failed).IgnoreError();
  }
  if (!may_heal_) return write_failure_;
  LIAISON_RETURN_IF_ERROR(CheckRoom());
  LIAISON_RETURN_IF_ERROR(CloseDatabase());
  const absl::Status opened = OpenAgain();
  {
    absl::MutexLock lock(&mu_);
    readable_ = database_;
    opening_ = false;
  }
  if (!opened.ok()) {
    // What contradicts what was acknowledged is never served or written again.
    if (!absl::IsResourceExhausted(opened)) return FailWrites(opened);
    return write_failure_;
  }
  write_failure_ = absl::OkStatus();
  head_file_sequence_.reset();
  return SyncHeadFile();
}

absl::Status RocksEventLog::CloseDatabase() {
  if (database_ == nullptr) return absl::OkStatus();
  StopBackup();  // it holds the database, and a disk that is full of nothing better
  {
    absl::MutexLock lock(&mu_);
    readable_.reset();
    opening_ = true;
  }
  builder_.reset();
  // Nobody gets it any more, so the count only falls.
  const absl::Time deadline = absl::Now() + kMaxWaitForReaders;
  while (database_.use_count() > 1 && absl::Now() < deadline) absl::SleepFor(kReaderPoll);
  if (database_.use_count() == 1) {
    database_.reset();
    return absl::OkStatus();
  }
  absl::MutexLock lock(&mu_);
  readable_ = database_;
  opening_ = false;
  return write_failure_;
}

absl::Status RocksEventLog::OpenAgain() {
  LIAISON_ASSIGN_OR_RETURN(
      std::shared_ptr<Database> database,
      Database::Open(DatabasePath(options_.data_dir), options_, /*create=*/false, env_));
  LIAISON_ASSIGN_OR_RETURN(const LogIdentity identity, LoadOrMakeIdentity(database.get()));
  LIAISON_ASSIGN_OR_RETURN(Recovered recovered, Recover(*database));
  // Memory knows to the event what was acknowledged.
  const Head before = head();
  LIAISON_RETURN_IF_ERROR(CheckAgainstHeadFile(*database, options_.data_dir, identity.log_id,
                                               recovered.head,
                                               {identity_.log_id, before.sequence, before.root}));
  builder_ = std::make_unique<BatchBuilder>(*database, std::move(recovered.state));
  database_ = std::move(database);
  absl::MutexLock lock(&mu_);
  head_ = recovered.head;
  return absl::OkStatus();
}

// --- reading -------------------------------------------------------------------------------------

Head RocksEventLog::head() const {
  absl::ReaderMutexLock lock(&mu_);
  return head_;
}

absl::StatusOr<RocksEventLog::View> RocksEventLog::Look() const {
  absl::ReaderMutexLock lock(&mu_, absl::Condition(
                                       +[](const bool* opening) { return !*opening; }, &opening_));
  if (readable_ == nullptr) return absl::UnavailableError("the log is being opened again");
  return View{head_, readable_};
}

absl::StatusOr<StoredEvent> RocksEventLog::Read(uint64_t sequence) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  if (sequence == 0 || sequence > view.head.sequence) return NoEvent(sequence);
  rocksdb::PinnableSlice bytes;
  LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(*view.database, sequence, &bytes));
  StoredEvent event{sequence, std::string(row.leaf), std::string(row.header), {}};
  for (const uint16_t kind : row.section_kinds()) {
    rocksdb::PinnableSlice section;
    LIAISON_ASSIGN_OR_RETURN(
        const bool found,
        view.database->GetPinned(Family::kSections, SectionKey(sequence, kind), &section));
    if (!found) return SectionMissing(sequence, kind);
    event.sections.emplace_back().kind = kind;
    LIAISON_RETURN_IF_ERROR(ParseSectionRow(ToView(section), &event.sections.back()));
  }
  return event;
}

absl::StatusOr<StoredEvent> RocksEventLog::ReadHeader(uint64_t sequence) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  if (sequence == 0 || sequence > view.head.sequence) return NoEvent(sequence);
  rocksdb::PinnableSlice bytes;
  LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(*view.database, sequence, &bytes));
  return StoredEvent{sequence, std::string(row.leaf), std::string(row.header), {}};
}

absl::StatusOr<std::vector<std::optional<StoredSection>>> RocksEventLog::ReadSections(
    absl::Span<const uint64_t> sequences, uint16_t kind) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  std::vector<std::string> keys;
  keys.reserve(sequences.size());
  for (const uint64_t sequence : sequences) {
    if (sequence == 0 || sequence > view.head.sequence) return NoEvent(sequence);
    keys.push_back(SectionKey(sequence, kind));
  }
  std::vector<rocksdb::PinnableSlice> rows;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<bool> found,
                           view.database->GetManyPinned(Family::kSections, keys, &rows));
  std::vector<std::optional<StoredSection>> sections(sequences.size());
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (found[i]) {
      sections[i].emplace().kind = kind;
      LIAISON_RETURN_IF_ERROR(ParseSectionRow(ToView(rows[i]), &*sections[i]));
      continue;
    }
    // It has none, or one is missing: its row says which.
    rocksdb::PinnableSlice bytes;
    LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(*view.database, sequences[i], &bytes));
    const auto kinds = row.section_kinds();
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
      return SectionMissing(sequences[i], kind);
    }
  }
  return sections;
}

absl::StatusOr<std::vector<StoredEvent>> RocksEventLog::ReadHeaders(
    absl::Span<const uint64_t> sequences) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  std::vector<std::string> keys;
  keys.reserve(sequences.size());
  for (const uint64_t sequence : sequences) {
    if (sequence == 0 || sequence > view.head.sequence) return NoEvent(sequence);
    keys.push_back(NumberKey(sequence));
  }
  std::vector<rocksdb::PinnableSlice> rows;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<bool> found,
                           view.database->GetManyPinned(Family::kEvents, keys, &rows));
  std::vector<StoredEvent> events;
  events.reserve(sequences.size());
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (!found[i]) return EventMissing(sequences[i]);
    EventRow row;
    LIAISON_RETURN_IF_ERROR(ParseEventRow(ToView(rows[i]), &row));
    events.push_back({sequences[i], std::string(row.leaf), std::string(row.header), {}});
  }
  return events;
}

absl::Status RocksEventLog::Scan(uint64_t after,
                                 const std::function<bool(const EventView&)>& visit) const {
  return Walk(after, EventCursor::Parts::kAll, visit);
}

absl::Status RocksEventLog::ScanHeaders(uint64_t after,
                                        const std::function<bool(const EventView&)>& visit) const {
  return Walk(after, EventCursor::Parts::kHeaders, visit);
}

absl::Status RocksEventLog::Walk(uint64_t after, EventCursor::Parts parts,
                                 const std::function<bool(const EventView&)>& visit) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  EventCursor cursor(*view.database, after, view.head.sequence, parts);
  EventView event;
  while (cursor.Next(&event)) {
    if (!visit(event)) return absl::OkStatus();
  }
  return cursor.status();
}

absl::StatusOr<std::optional<uint64_t>> RocksEventLog::Find(Family family,
                                                            absl::string_view key) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence, view.database->GetNumber(family, key));
  if (sequence && *sequence > view.head.sequence) sequence.reset();
  return sequence;
}

absl::StatusOr<std::optional<uint64_t>> RocksEventLog::FindByIdentity(
    absl::string_view identity) const {
  return Find(Family::kIdentity, identity);
}

absl::StatusOr<std::optional<uint64_t>> RocksEventLog::FindByDigest(
    const record::Hash& digest) const {
  return Find(Family::kDigest, digest.bytes());
}

absl::StatusOr<uint64_t> RocksEventLog::FirstAtOrAfter(int64_t hub_time_us) const {
  // Hub time never decreases along the log. Invariant: everything before `low` is earlier,
  // everything from `high` on is not.
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  uint64_t low = earliest();
  uint64_t high = view.head.sequence + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    rocksdb::PinnableSlice bytes;
    LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(*view.database, middle, &bytes));
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(row.leaf));
    if (leaf.hub_time_us < hub_time_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

uint64_t RocksEventLog::indexed_through() const { return CompleteBlocksEnd(head().sequence); }

absl::StatusOr<std::vector<uint64_t>> RocksEventLog::NextWithTerm(absl::string_view term,
                                                                  uint64_t after) const {
  if (term.size() > kMaxTermSizeBytes) return std::vector<uint64_t>();
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  return FindPostings(*view.database, term, after, CompleteBlocksEnd(view.head.sequence));
}

absl::StatusOr<std::optional<std::string>> RocksEventLog::GetRow(Table table,
                                                                 absl::string_view key) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  return view.database->Get(Family::kTables, TableKey(table, key));
}

absl::StatusOr<std::vector<EventLog::KeyValue>> RocksEventLog::ListRows(Table table,
                                                                        absl::string_view prefix,
                                                                        absl::string_view after,
                                                                        size_t limit) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  const std::string start = TableKey(table, prefix);
  const std::string end = PrefixEnd(start);
  const rocksdb::Slice upper_bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      view.database->rocks()->NewIterator(options, view.database->family(Family::kTables)));
  // The smallest key greater than `after` is `after` with a NUL behind it.
  const std::string next =
      after.empty() ? start : TableKey(table, absl::StrCat(after, absl::string_view("\0", 1)));
  std::vector<KeyValue> rows;
  for (iterator->Seek(std::max(start, next)); iterator->Valid() && rows.size() < limit;
       iterator->Next()) {
    rows.push_back({std::string(ToView(iterator->key()).substr(1)), iterator->value().ToString()});
  }
  if (!iterator->status().ok()) return FromRocks(iterator->status(), "cannot read a table");
  return rows;
}

// --- the trees -----------------------------------------------------------------------------------

absl::StatusOr<record::Hash> RocksEventLog::RootAt(uint64_t size) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  if (size > view.head.sequence) {
    return absl::OutOfRangeError(
        absl::StrCat("the log has ", view.head.sequence, " events, not yet ", size));
  }
  if (size == view.head.sequence) return view.head.root;
  return RootOfSize(TreeRows(*view.database, Family::kTree), size);
}

absl::StatusOr<std::string> RocksEventLog::ReadRegistryLeaf(uint64_t index) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  if (index >= view.head.registry_size) {
    return absl::NotFoundError(absl::StrCat("the registry has no leaf ", index));
  }
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> leaf,
                           view.database->Get(Family::kRegistry, NumberKey(index)));
  if (!leaf) return absl::DataLossError(absl::StrCat("registry leaf ", index, " is missing"));
  return *std::move(leaf);
}

const TreeStore& TreesOf(const LogOnDisk& log) {
  return dynamic_cast<const RocksEventLog&>(log);  // there is no other
}

absl::Status RocksEventLog::ReadTreeRows(Tree tree, absl::Span<const uint64_t> indexes,
                                         std::vector<std::string>* rows) const {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  const bool is_log = tree == Tree::kLog;
  const uint64_t size = is_log ? view.head.sequence : view.head.registry_size;
  for (const uint64_t index : indexes) {
    if (index < size) continue;
    return absl::OutOfRangeError(absl::StrCat("the tree has ", size, " leaves, and not ", index));
  }
  return TreeRows(*view.database, is_log ? Family::kTree : Family::kRegistryTree)
      .ReadRows(indexes, rows);
}

// --- backup --------------------------------------------------------------------------------------

absl::StatusOr<BackupMade> RocksEventLog::BackUp(const BackupOptions& options) {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  BackupMaker maker(this, view.database.get(), env_, &options);
  {
    absl::MutexLock lock(&backup_mu_);
    if (backup_ != nullptr) {
      return absl::Status(
          record::Error(record::Reason::kBackupRunning, "a backup is being made already"));
    }
    backup_ = &maker;
  }
  absl::Status ready = CheckRoom();  // what is flushed needs some as well
  if (ready.ok()) ready = KeepRedactions(options.folder, 0).status();
  absl::StatusOr<BackupMade> made = ready.ok() ? maker.Make() : absl::StatusOr<BackupMade>(ready);
  {
    absl::MutexLock lock(&backup_mu_);
    backup_ = nullptr;
  }
  if (made.ok() || record::ReasonOf(made.status())) return made;
  return absl::Status(record::Error(record::Reason::kBackupFailed, made.status().message()));
}

void RocksEventLog::StopBackup() {
  absl::MutexLock lock(&backup_mu_);
  if (backup_ != nullptr) backup_->Stop();
}

absl::StatusOr<uint64_t> RocksEventLog::KeepRedactions(const std::string& folder, uint64_t after) {
  const uint64_t through = head().sequence;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> redactions,
                           RedactionsOf(*this, after, through));
  std::vector<Redaction> all = redactions;
  // What says something of a redaction changes that one's copy.
  for (const Redaction& redaction : redactions) {
    const uint64_t target = redaction.erased ? redaction.erased->sequence : after + 1;
    if (target > after) continue;
    LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> erased,
                             RedactionsOf(*this, target - 1, target));
    all.insert(all.end(), erased.begin(), erased.end());
  }
  absl::MutexLock lock(&redactions_mu_);
  LIAISON_RETURN_IF_ERROR(
      WriteRedactions(env_->GetFileSystem().get(), folder, identity_.log_id, all));
  return through;
}

absl::Status RocksEventLog::CompactErased(uint64_t after) {
  LIAISON_ASSIGN_OR_RETURN(const View view, Look());
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Redaction> redactions,
                           RedactionsOf(*this, after, view.head.sequence));
  return CompactAway(*view.database, redactions);
}

}  // namespace liaison::storage
