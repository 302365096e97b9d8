#include "tests/bench/bare_log.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/status.h"

namespace liaison::bench {
namespace {

constexpr size_t kMaxGroupEvents = 2048;
constexpr size_t kMaxWaitingGroups = 64;  // for their answers
constexpr size_t kWriteBufferSizeBytes = 64 << 20;
constexpr size_t kBlockCacheSizeBytes = 64 << 20;

}  // namespace

std::string SequenceKey(uint64_t sequence) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, sequence >>= 8) key[i] = static_cast<char>(sequence);
  return key;
}

uint64_t SequenceOf(const rocksdb::Slice& key) {
  uint64_t sequence = 0;
  for (int i = 0; i < 8; ++i) sequence = sequence << 8 | static_cast<uint8_t>(key[i]);
  return sequence;
}

rocksdb::Options BareOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.allow_concurrent_memtable_write = false;  // there is one writer
  options.enable_write_thread_adaptive_yield = false;
  options.write_buffer_size = kWriteBufferSizeBytes;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 4;
  options.level0_slowdown_writes_trigger = 48;  // files of an ordered log do not overlap
  options.level0_stop_writes_trigger = 96;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheSizeBytes);
  table.block_size = 16 << 10;
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

absl::StatusOr<std::unique_ptr<BareLog>> BareLog::Open(const std::string& folder) {
  if (folder.empty()) return std::unique_ptr<BareLog>(new BareLog(nullptr));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(BareOptions(), folder, &db);
  if (!status.ok()) return absl::UnavailableError(status.ToString());
  return std::unique_ptr<BareLog>(new BareLog(std::unique_ptr<rocksdb::DB>(db)));
}

BareLog::BareLog(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {
  if (db_ == nullptr) return;
  {
    absl::MutexLock lock(&mu_);
    head_ = Last();
  }
  committer_ = std::thread([this] { Commit(); });
  answerer_ = std::thread([this] { Answer(); });
}

BareLog::~BareLog() {
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }
  if (committer_.joinable()) committer_.join();
  if (answerer_.joinable()) answerer_.join();
}

uint64_t BareLog::Last() const {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  it->SeekToLast();
  return it->Valid() ? SequenceOf(it->key()) : 0;
}

void BareLog::Add(Work work) {
  if (db_ == nullptr) {
    work.done(1);
    return;
  }
  absl::MutexLock lock(&mu_);
  queue_.push_back(std::move(work));
}

uint64_t BareLog::head() const {
  absl::MutexLock lock(&mu_);
  return head_;
}

// The whole of it: take what waits, write it with one fsync, hand it on.
void BareLog::Commit() {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  rocksdb::WriteBatch batch;
  uint64_t next = head() + 1;
  while (true) {
    Group group;
    group.first = next;
    {
      absl::MutexLock lock(&mu_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return closed_ || (!queue_.empty() && committed_.size() < kMaxWaitingGroups);
      };
      mu_.Await(absl::Condition(&ready));
      if (closed_) return;
      for (size_t events = 0; !queue_.empty() && events < kMaxGroupEvents; queue_.pop_front()) {
        events += queue_.front().events.size();
        group.works.push_back(std::move(queue_.front()));
      }
    }
    batch.Clear();
    for (const Work& work : group.works) {
      for (const absl::string_view event : work.events) {
        batch.Put(SequenceKey(next++), rocksdb::Slice(event.data(), event.size()))
            .PermitUncheckedError();
      }
    }
    const rocksdb::Status status = db_->Write(synced, &batch);
    if (!status.ok()) {
      std::cerr << "bare: " << status.ToString() << "\n";
      std::abort();
    }
    absl::MutexLock lock(&mu_);
    head_ = next - 1;
    committed_.push_back(std::move(group));
  }
}

void BareLog::Answer() {
  while (true) {
    Group group;
    {
      absl::MutexLock lock(&mu_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return closed_ || !committed_.empty();
      };
      mu_.Await(absl::Condition(&ready));
      if (committed_.empty()) return;
      group = std::move(committed_.front());
      committed_.pop_front();
    }
    uint64_t first = group.first;
    for (Work& work : group.works) {
      work.done(first);
      first += work.events.size();
    }
    if (listener_) listener_(group);
  }
}

}  // namespace liaison::bench
