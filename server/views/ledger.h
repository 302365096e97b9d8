// Headers of all events, and which event names which.
#ifndef LIAISON_SERVER_VIEWS_LEDGER_H_
#define LIAISON_SERVER_VIEWS_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "igf/liaison/v1/event.pb.h"
#include "storage/event_log.h"

namespace liaison::views {

namespace pb = ::igf::liaison::v1;

// Place of an event in the ledger: sequence - 1.
using Index = uint32_t;

struct Entry {
  uint64_t sequence = 0;
  int64_t hub_time_us = 0;
  std::string digest;
  pb::EventHeader header;  // without commitments and key
  Index root = 0;          // of its chain; itself where it revises nothing
};

// A Ledger is derived from the log, and kept up to date whenever it is asked. Thread-safe; it holds
// a lock while it is looked at.
class Ledger {
 public:
  // `log` must outlive it.
  explicit Ledger(const storage::EventLog* log) : log_(log) {}

  // Takes in what the log has beyond it. DATA_LOSS where a header or leaf does not parse.
  absl::Status CatchUp() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex& mutex() const ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  const storage::EventLog& log() const { return *log_; }

  // All of these need the lock, shared.
  const std::vector<Entry>& entries() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return entries_; }
  std::optional<Index> Find(absl::string_view digest) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Those that name the digest in a reference or in their facts, in order.
  const std::vector<Index>& Naming(absl::string_view digest) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The versions of a chain after its root, in order.
  const std::vector<Index>& Versions(Index root) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  const std::vector<Index>& OfType(pb::EventType type) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

 private:
  absl::Status Take(const storage::EventLog::EventView& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const storage::EventLog* const log_;
  mutable absl::Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Index> by_digest_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::vector<Index>> naming_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Index, std::vector<Index>> versions_ ABSL_GUARDED_BY(mutex_);
  std::map<pb::EventType, std::vector<Index>> by_type_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_LEDGER_H_
