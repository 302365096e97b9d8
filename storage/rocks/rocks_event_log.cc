#include "storage/rocks/rocks_event_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "storage/base/fault_point.h"
#include "storage/format/postings.h"
#include "storage/format/stored.h"
#include "storage/rocks/event_cursor.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"
#include "storage/rocks/term_index.h"
#include "storage/rocks/tree_rows.h"
#include "storage/tree/proofs.h"

namespace liaison::storage {
namespace {

// Room that the batch keeps from one group to the next.
constexpr size_t kBatchKeptSizeBytes = 8 << 20;

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

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> RocksEventLog::Open(const OpenOptions& options,
                                                              rocksdb::Env* env) {
  rocksdb::FileSystem* files = env->GetFileSystem().get();
  LIAISON_RETURN_IF_ERROR(MakeFolders(files, options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Acquire(options.data_dir));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<HeadFile> head_file,
                           ReadHeadFile(files, options.data_dir));
  const std::string path = absl::StrCat(options.data_dir, "/db");
  LIAISON_ASSIGN_OR_RETURN(const bool exists, Database::Exists(path, env));
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
  std::unique_ptr<RocksEventLog> log(new RocksEventLog(options.data_dir, env, std::move(lock),
                                                       std::move(database), std::move(identity),
                                                       std::move(recovered)));
  // What was recovered is served from now on, so it counts as acknowledged.
  LIAISON_RETURN_IF_ERROR(log->SyncHeadFile());
  return std::unique_ptr<EventLog>(std::move(log));
}

RocksEventLog::RocksEventLog(std::string data_dir, rocksdb::Env* env, FolderLock lock,
                             std::unique_ptr<Database> database, LogIdentity identity,
                             Recovered recovered)
    : data_dir_(std::move(data_dir)),
      env_(env),
      lock_(std::move(lock)),
      database_(std::move(database)),
      identity_(std::move(identity)),
      builder_(*database_, std::move(recovered.state)),
      head_(recovered.head) {}

RocksEventLog::~RocksEventLog() {
  // A head file that lags behind is still true.
  SyncHeadFile().IgnoreError();
}

// --- writing -------------------------------------------------------------------------------------

absl::StatusOr<Committed> RocksEventLog::Append(const Group& group) {
  if (!write_failure_.ok()) return write_failure_;
  LIAISON_RETURN_IF_ERROR(builder_.Check(group));
  LIAISON_FAULT_POINT("append.checked");
  batch_.Clear();
  absl::StatusOr<Committed> committed = builder_.Build(group, &batch_);
  if (!committed.ok()) return FailWrites(committed.status());
  if (batch_.Count() == 0) return committed;
  LIAISON_FAULT_POINT("append.built");
  const rocksdb::Status written = database_->WriteSynced(&batch_);
  if (!written.ok()) return FailWrites(FromRocks(written, "cannot write the log"));
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
  const absl::Status replaced =
      ReplaceFile(env_->GetFileSystem().get(), HeadFilePath(data_dir_), EncodeHeadFile(file));
  if (!replaced.ok()) return FailWrites(replaced);
  LIAISON_FAULT_POINT("head_file.done");
  head_file_sequence_ = head.sequence;
  return absl::OkStatus();
}

// Pages that a failed sync did not write may be dropped by the kernel, and a second sync would
// succeed without them: there is no way on but to open the log again and look.
absl::Status RocksEventLog::FailWrites(const absl::Status& cause) {
  write_failure_ = record::Error(
      record::Reason::kLogWriteFailed,
      absl::StrCat("the log could not be written, and takes no more until the hub is started "
                   "again: ",
                   cause.message()));
  return write_failure_;
}

// --- reading -------------------------------------------------------------------------------------

Head RocksEventLog::head() const {
  absl::ReaderMutexLock lock(&mu_);
  return head_;
}

absl::StatusOr<EventRow> RocksEventLog::ReadRow(uint64_t sequence,
                                                rocksdb::PinnableSlice* bytes) const {
  LIAISON_ASSIGN_OR_RETURN(const bool found,
                           database_->GetPinned(Family::kEvents, NumberKey(sequence), bytes));
  if (!found) return EventMissing(sequence);
  EventRow row;
  LIAISON_RETURN_IF_ERROR(ParseEventRow(ToView(*bytes), &row));
  return row;
}

absl::StatusOr<StoredEvent> RocksEventLog::Read(uint64_t sequence) const {
  if (sequence == 0 || sequence > head().sequence) {
    return absl::NotFoundError(absl::StrCat("there is no event ", sequence));
  }
  rocksdb::PinnableSlice bytes;
  LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(sequence, &bytes));
  StoredEvent event{sequence, std::string(row.leaf), std::string(row.header), {}};
  for (const uint16_t kind : row.section_kinds()) {
    rocksdb::PinnableSlice section;
    LIAISON_ASSIGN_OR_RETURN(
        const bool found,
        database_->GetPinned(Family::kSections, SectionKey(sequence, kind), &section));
    if (!found) return SectionMissing(sequence, kind);
    event.sections.emplace_back().kind = kind;
    LIAISON_RETURN_IF_ERROR(ParseSectionRow(ToView(section), &event.sections.back()));
  }
  return event;
}

absl::Status RocksEventLog::Scan(uint64_t after,
                                 const std::function<bool(const EventView&)>& visit) const {
  EventCursor cursor(*database_, after, head().sequence, EventCursor::Parts::kAll);
  EventView view;
  while (cursor.Next(&view)) {
    if (!visit(view)) return absl::OkStatus();
  }
  return cursor.status();
}

absl::StatusOr<std::optional<uint64_t>> RocksEventLog::Find(Family family,
                                                            absl::string_view key) const {
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence, database_->GetNumber(family, key));
  if (sequence && *sequence > head().sequence) sequence.reset();
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
  uint64_t low = earliest();
  uint64_t high = head().sequence + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    rocksdb::PinnableSlice bytes;
    LIAISON_ASSIGN_OR_RETURN(const EventRow row, ReadRow(middle, &bytes));
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
  return FindPostings(*database_, term, after, indexed_through());
}

absl::StatusOr<std::optional<std::string>> RocksEventLog::GetRow(Table table,
                                                                 absl::string_view key) const {
  return database_->Get(Family::kTables, TableKey(table, key));
}

absl::StatusOr<std::vector<EventLog::KeyValue>> RocksEventLog::ListRows(Table table,
                                                                        absl::string_view prefix,
                                                                        absl::string_view after,
                                                                        size_t limit) const {
  const std::string start = TableKey(table, prefix);
  const std::string end = PrefixEnd(start);
  const rocksdb::Slice upper_bound = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      database_->rocks()->NewIterator(options, database_->family(Family::kTables)));
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
  const Head now = head();
  if (size > now.sequence) {
    return absl::OutOfRangeError(
        absl::StrCat("the log has ", now.sequence, " events, not yet ", size));
  }
  if (size == now.sequence) return now.root;
  return RootOfSize(TreeRows(*database_, Family::kTree), size);
}

absl::StatusOr<std::string> RocksEventLog::ReadRegistryLeaf(uint64_t index) const {
  if (index >= head().registry_size) {
    return absl::NotFoundError(absl::StrCat("the registry has no leaf ", index));
  }
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> leaf,
                           database_->Get(Family::kRegistry, NumberKey(index)));
  if (!leaf) return absl::DataLossError(absl::StrCat("registry leaf ", index, " is missing"));
  return *std::move(leaf);
}

}  // namespace liaison::storage
