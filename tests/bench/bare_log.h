// The log of the bare server: one committer thread, synced RocksDB, and nothing else.
#ifndef LIAISON_TESTS_BENCH_BARE_LOG_H_
#define LIAISON_TESTS_BENCH_BARE_LOG_H_

#include <rocksdb/db.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace liaison::bench {

// Events that are to be written together, the bytes they lie in, and whom to tell. Move-only.
struct Work {
  std::shared_ptr<const void> bytes;
  std::vector<absl::string_view> events;
  // The events have the sequences from `first` on, and are on disk. Called by the answering thread.
  absl::AnyInvocable<void(uint64_t first)> done;
};

// A stretch of the log, in the order and with the sequences it was committed.
struct Group {
  uint64_t first = 0;
  std::vector<Work> works;
};

// BareLog commits what was queued since the last commit as one synced WriteBatch. A second thread
// answers, so that the committer is back at the disk meanwhile. Thread-safe.
class BareLog {
 public:
  // Told of every group after it was answered, by the answering thread.
  using Listener = absl::AnyInvocable<void(const Group&)>;

  // An empty `folder` keeps nothing: work is answered at once, by the caller's thread.
  static absl::StatusOr<std::unique_ptr<BareLog>> Open(const std::string& folder);
  ~BareLog();

  void SetListener(Listener listener) { listener_ = std::move(listener); }  // before the first Add
  void Add(Work work);
  // Sequence of the last event on disk.
  uint64_t head() const;
  // Null where nothing is kept. A key is a sequence as 8 bytes, big end first.
  rocksdb::DB* db() const { return db_.get(); }

 private:
  explicit BareLog(std::unique_ptr<rocksdb::DB> db);
  void Commit();
  void Answer();
  uint64_t Last() const;

  const std::unique_ptr<rocksdb::DB> db_;
  Listener listener_;
  mutable absl::Mutex mu_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mu_);
  std::deque<Group> committed_ ABSL_GUARDED_BY(mu_);
  uint64_t head_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::thread committer_;
  std::thread answerer_;
};

std::string SequenceKey(uint64_t sequence);
uint64_t SequenceOf(const rocksdb::Slice& key);  // REQUIRES: 8 bytes
// What the bare server and the RocksDB probe open their database with.
rocksdb::Options BareOptions();

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_BARE_LOG_H_
