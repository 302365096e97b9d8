#include "storage/rocks/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/macros.h"
#include "storage/base/coding.h"
#include "storage/rocks/info_log.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"

namespace liaison::storage {
namespace {

constexpr double kBloomBitsPerKey = 10;  // one lookup in a hundred reads a block for nothing
constexpr int kMaxOpenFiles = 512;       // half of what a process may open by default
constexpr int kBackgroundJobs = 4;  // one flushes, three compact: small families never queue long
constexpr size_t kScanBlockSizeBytes = 16 << 10;  // read in order
constexpr size_t kPointBlockSizeBytes = 4 << 10;  // read one by one
constexpr int kCacheShardBits = 4;                // few readers at once; a shard holds any block
constexpr size_t kBytesPerHashBucket = 128;       // of a write buffer: about an event each
// Of families with hashed keys: runs of about one size are merged once there are so many of all.
constexpr int kHashedRuns = 8;
constexpr unsigned kHashedLeastRuns = 4;
constexpr unsigned kHashedSizeRatioPercent = 20;
constexpr size_t kReadOnlyCacheSizeBytes = 8 << 20;
// Fresh files of an ordered family do not overlap: many of them cost a reader little, so they need
// not hold the writer up as early as RocksDB would.
constexpr int kOrderedSlowdownFiles = 48;
constexpr int kOrderedStopFiles = 96;

enum class Access {
  kScan,    // read in order; keys are dense, so a filter would never say no
  kNumber,  // read by exact key that is there
  kPoint,   // read by exact key that often is not there, and in order
  kHashed,  // read by exact key that often is not there, never in order
};

// Of the write buffers. What an event of 1 KiB writes to each family, so that all are flushed at
// the same pace and none in crumbs.
constexpr size_t kAllShares = 64;

struct FamilyShape {
  Family family;
  Access access;
  bool ordered;     // rows are only ever added behind the last
  bool compressed;  // hashes and digests do not get smaller
  size_t share;     // of kAllShares
};

// In order of Family.
constexpr FamilyShape kShapes[] = {
    {Family::kMeta, Access::kNumber, false, false, 1},
    {Family::kEvents, Access::kScan, true, true, 16},
    {Family::kSections, Access::kScan, true, true, 32},
    {Family::kTree, Access::kNumber, true, false, 4},
    {Family::kRegistry, Access::kScan, true, false, 1},
    {Family::kRegistryTree, Access::kNumber, true, false, 1},
    {Family::kIdentity, Access::kHashed, false, true, 4},
    {Family::kDigest, Access::kHashed, false, false, 3},
    {Family::kIndex, Access::kScan, false, true, 1},
    {Family::kTables, Access::kPoint, false, true, 1},
};
static_assert(std::size(kShapes) == kFamilyNames.size(), "every family has a shape");

constexpr bool InOrderAndShared() {
  size_t shares = 0;
  for (size_t i = 0; i < std::size(kShapes); ++i) {
    if (static_cast<size_t>(kShapes[i].family) != i) return false;
    shares += kShapes[i].share;
  }
  return shares == kAllShares;
}
static_assert(InOrderAndShared(), "shapes are in order, and their shares are the whole");

rocksdb::DBOptions DatabaseOptions(const OpenOptions& options, bool create, rocksdb::Env* env) {
  rocksdb::DBOptions rocks;
  rocks.env = env;
  rocks.create_if_missing = create;
  rocks.create_missing_column_families = true;  // a creation that a crash cut short goes on
  // A torn tail is what a crash leaves and is dropped. Whether anything acknowledged was in it is
  // seen by comparison with the head file.
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocks.track_and_verify_wals_in_manifest = true;  // a log file that vanished is seen
  rocks.paranoid_checks = true;
  // Of whole files, in the manifest: what no block's sum covers is found by a scrub.
  rocks.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // There is one writer: no threads to share the memtable with.
  rocks.allow_concurrent_memtable_write = false;
  rocks.enable_write_thread_adaptive_yield = false;
  // A family that is hardly written must not keep old log files alive for ever.
  rocks.max_total_wal_size = 4 * options.write_buffer_size_bytes;
  rocks.max_background_jobs = kBackgroundJobs;
  rocks.max_open_files = kMaxOpenFiles;
  rocks.stats_dump_period_sec = 0;
  return rocks;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const FamilyShape& shape, const OpenOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // so that the cache is all the memory there is
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In pieces: as one block, the filter of a large file would not fit into a shard of the cache,
  // and every new event would read all of it to learn that its id is new.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_size = shape.access == Access::kScan ? kScanBlockSizeBytes : kPointBlockSizeBytes;

  const size_t write_buffer_size_bytes = options.write_buffer_size_bytes / kAllShares * shape.share;
  rocksdb::ColumnFamilyOptions family;
  if (shape.access == Access::kPoint || shape.access == Access::kHashed) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  }
  if (shape.access == Access::kPoint) {
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = 0.02;
  }
  if (shape.access == Access::kHashed) {
    // Keys come in no order: in a sorted memtable each would cost as much as all else that an event
    // writes. The whole key is the prefix, so an iterator would need total_order_seek.
    family.prefix_extractor.reset(rocksdb::NewNoopTransform());
    family.memtable_factory.reset(rocksdb::NewHashLinkListRepFactory(
        std::max<size_t>(1, write_buffer_size_bytes / kBytesPerHashBucket)));
    // Fresh keys fall between all others, so levels would write the whole family anew for every
    // few write buffers: storage/doc/2026-11-24-runs-for-hashed-keys.md.
    family.compaction_style = rocksdb::kCompactionStyleUniversal;
    family.compaction_options_universal.size_ratio = kHashedSizeRatioPercent;
    family.compaction_options_universal.min_merge_width = kHashedLeastRuns;
    family.level0_file_num_compaction_trigger = kHashedRuns;
  }
  if (shape.ordered) {
    family.level0_slowdown_writes_trigger = kOrderedSlowdownFiles;
    family.level0_stop_writes_trigger = kOrderedStopFiles;
  }
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = write_buffer_size_bytes;
  family.level_compaction_dynamic_level_bytes = true;
  family.compression = shape.compressed ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  return family;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Descriptors(const OpenOptions& options) {
  const std::shared_ptr<rocksdb::Cache> cache =
      rocksdb::NewLRUCache(options.block_cache_size_bytes, kCacheShardBits);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const FamilyShape& shape : kShapes) {
    families.emplace_back(std::string(kFamilyNames[static_cast<size_t>(shape.family)]),
                          FamilyOptions(shape, options, cache));
  }
  return families;
}

// A database whose files refer to one that is not there has lost it.
absl::Status CannotOpen(const rocksdb::Status& status, const std::string& path) {
  absl::Status failed = FromRocks(status, absl::StrCat("cannot open ", path));
  return absl::IsNotFound(failed) ? absl::DataLossError(failed.message()) : failed;
}

absl::Status CheckFamilies(const rocksdb::DBOptions& options, const std::string& path) {
  std::vector<std::string> found;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, path, &found);
  if (!status.ok()) return CannotOpen(status, path);
  for (const std::string& name : found) {
    if (std::find(kFamilyNames.begin(), kFamilyNames.end(), name) == kFamilyNames.end()) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " has a part named `", name,
          "` that this version does not know: ", "a newer version wrote it. Start that version."));
    }
  }
  return absl::OkStatus();
}

}  // namespace

class Database::BackgroundErrors final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    absl::MutexLock lock(&mu_);
    if (first_.ok() && !error->ok()) first_ = FromRocks(*error, "in the background");
  }

  // RocksDB's own recovery goes on with a write-ahead log that ends in half a record: it may flush
  // one family past that record while the log is closed to be healed, and then none opens again.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                            bool* auto_recovery) override {
    error.PermitUncheckedError();
    *auto_recovery = false;
  }

  absl::Status first() const {
    absl::MutexLock lock(&mu_);
    return first_;
  }

 private:
  mutable absl::Mutex mu_;
  absl::Status first_ ABSL_GUARDED_BY(mu_);
};

Database::Database(std::shared_ptr<const BackgroundErrors> background_errors,
                   std::shared_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db,
                   std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : background_errors_(std::move(background_errors)),
      env_(std::move(env)),
      db_(std::move(db)),
      handles_(std::move(handles)) {}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
}

absl::StatusOr<bool> Database::Exists(const std::string& path, rocksdb::Env* env) {
  return FileExists(env->GetFileSystem().get(), path + "/CURRENT");
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         const OpenOptions& options, bool create,
                                                         rocksdb::Env* env) {
  rocksdb::DBOptions rocks_options = DatabaseOptions(options, create, env);
  const auto background_errors = std::make_shared<BackgroundErrors>();
  rocks_options.listeners.push_back(background_errors);
  rocks_options.info_log = NewInfoLog(path + ".log");
  LIAISON_ASSIGN_OR_RETURN(const bool exists, Exists(path, env));
  if (exists) LIAISON_RETURN_IF_ERROR(CheckFamilies(rocks_options, path));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(rocks_options, path, Descriptors(options), &handles, &db);
  if (!status.ok()) return CannotOpen(status, path);
  return std::unique_ptr<Database>(new Database(
      background_errors, nullptr, std::unique_ptr<rocksdb::DB>(db), std::move(handles)));
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReadOnly(const std::string& path,
                                                                 std::shared_ptr<rocksdb::Env> env,
                                                                 Tail tail) {
  OpenOptions options;
  options.block_cache_size_bytes = kReadOnlyCacheSizeBytes;
  rocksdb::DBOptions rocks_options = DatabaseOptions(
      options, /*create=*/false, env == nullptr ? rocksdb::Env::Default() : env.get());
  if (tail == Tail::kWhole) {
    rocks_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  }
  rocks_options.create_missing_column_families = false;
  rocks_options.info_log = NoInfoLog();
  LIAISON_RETURN_IF_ERROR(CheckFamilies(rocks_options, path));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(rocks_options, path, Descriptors(options), &handles, &db);
  if (!status.ok()) return CannotOpen(status, path);
  return std::unique_ptr<Database>(new Database(std::make_shared<BackgroundErrors>(),
                                                std::move(env), std::unique_ptr<rocksdb::DB>(db),
                                                std::move(handles)));
}

absl::StatusOr<bool> Database::GetPinned(Family name, absl::string_view key,
                                         rocksdb::PinnableSlice* value) const {
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), family(name), ToSlice(key), value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return FromRocks(status, "cannot read the log");
  return true;
}

absl::StatusOr<std::vector<bool>> Database::GetManyPinned(
    Family name, const std::vector<std::string>& keys,
    std::vector<rocksdb::PinnableSlice>* values) const {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::Status> statuses(keys.size());
  *values = std::vector<rocksdb::PinnableSlice>(keys.size());
  db_->MultiGet(rocksdb::ReadOptions(), family(name), keys.size(), slices.data(), values->data(),
                statuses.data(), /*sorted_input=*/true);
  std::vector<bool> found(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    found[i] = statuses[i].ok();
    if (!statuses[i].ok() && !statuses[i].IsNotFound()) {
      return FromRocks(statuses[i], "cannot read the log");
    }
  }
  return found;
}

absl::StatusOr<std::optional<std::string>> Database::Get(Family name, absl::string_view key) const {
  rocksdb::PinnableSlice value;
  LIAISON_ASSIGN_OR_RETURN(const bool found, GetPinned(name, key, &value));
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(value.ToString());
}

absl::StatusOr<std::optional<uint64_t>> Database::GetNumber(Family name,
                                                            absl::string_view key) const {
  rocksdb::PinnableSlice value;
  LIAISON_ASSIGN_OR_RETURN(const bool found, GetPinned(name, key, &value));
  if (!found) return std::optional<uint64_t>();
  if (value.size() != kNumberSizeBytes) {
    return absl::DataLossError(
        absl::StrCat("a row of `", kFamilyNames[static_cast<size_t>(name)], "` is no number"));
  }
  return std::optional<uint64_t>(LoadU64(ToView(value)));
}

absl::StatusOr<std::optional<uint64_t>> Database::LastNumber(Family name) const {
  const std::unique_ptr<rocksdb::Iterator> iterator(
      db_->NewIterator(rocksdb::ReadOptions(), family(name)));
  iterator->SeekToLast();
  if (!iterator->status().ok()) return FromRocks(iterator->status(), "cannot read the log's end");
  if (!iterator->Valid()) return std::optional<uint64_t>();
  if (iterator->key().size() != kNumberSizeBytes) {
    return absl::DataLossError(absl::StrCat(
        "the last key of `", kFamilyNames[static_cast<size_t>(name)], "` is no number"));
  }
  return std::optional<uint64_t>(LoadU64(ToView(iterator->key())));
}

absl::Status Database::background_error() const { return background_errors_->first(); }

absl::Status Database::FlushAll() const {
  const rocksdb::Status flushed = db_->Flush(rocksdb::FlushOptions(), handles_);
  return flushed.ok() ? absl::OkStatus() : FromRocks(flushed, "cannot flush the log");
}

rocksdb::Status Database::WriteSynced(rocksdb::WriteBatch* batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  return db_->Write(options, batch);
}

}  // namespace liaison::storage
