// A disk that is slow, fails, and forgets what was not synced.
#ifndef LIAISON_TESTS_SIMULATION_DISK_H_
#define LIAISON_TESTS_SIMULATION_DISK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/record/compact_range.h"
#include "proto/record/uuid.h"
#include "storage/event_log.h"
#include "storage/trees.h"

namespace liaison::simulation {

// What is remembered however the hub ends.
struct Disk {
  record::Uuid log_id;
  std::string token_secret;
  uint64_t block_sequences = 1024;  // of the index of terms

  std::vector<storage::StoredEvent> events;
  std::vector<std::string> registry;
  std::map<std::string, uint64_t> identities;
  std::map<record::Hash, uint64_t> digests;
  std::map<std::string, std::vector<uint64_t>> terms;
  std::map<std::pair<storage::Table, std::string>, std::string> rows;
  record::CompactRange tree;
  record::CompactRange registry_tree;
  int64_t hub_time_us = 0;
  uint64_t head_file_sequence = 0;

  // A group that was being written when the hub ended: it is there, or not, when the log is opened
  // again.
  std::optional<storage::Group> limbo;
  bool limbo_is_there = false;

  void Apply(const storage::Group& group);
  storage::Head head() const;
};

// How a write ends.
enum class Fate {
  kDone,
  kFailsAndIsThere,  // the sync fails, the bytes are there all the same
  kFailsAndIsGone,
  kHubDiesAndItIsThere,
  kHubDiesAndItIsGone,
};

// What a SimulatedLog asks of the world around it.
class DiskWorld {
 public:
  virtual ~DiskWorld() = default;
  virtual Fate NextFate() = 0;
  // The disk is busy for a while; others go on. False where the hub has ended meanwhile.
  virtual bool WaitForDisk() = 0;
  virtual void HubDies() = 0;
  // The write that was under way has failed.
  virtual void WriteFailed() = 0;
  // The next scan breaks off with an error.
  virtual bool ScanFails() = 0;
};

// The world in which nothing happens, for tests of what stands on a log.
class QuietWorld final : public DiskWorld {
 public:
  Fate NextFate() override { return Fate::kDone; }
  bool WaitForDisk() override { return true; }
  void HubDies() override {}
  void WriteFailed() override {}
  bool ScanFails() override { return false; }
};

// A SimulatedLog keeps the promises of storage::EventLog over a Disk. It looks at every group as
// strictly as the real one does. Not thread-safe: there is one thread.
class SimulatedLog final : public storage::EventLog, public storage::TreeStore {
 public:
  // Both must outlive the log.
  SimulatedLog(Disk* disk, DiskWorld* world);

  absl::StatusOr<storage::Committed> Append(const storage::Group& group) override;
  absl::Status SyncHeadFile() override;
  absl::Status Heal() override { return failure_; }  // its failures are for good

  record::Uuid log_id() const override { return disk_->log_id; }
  std::string token_secret() const override { return disk_->token_secret; }
  storage::Head head() const override { return disk_->head(); }
  uint64_t earliest() const override { return 1; }
  absl::StatusOr<storage::StoredEvent> Read(uint64_t sequence) const override;
  absl::StatusOr<std::vector<std::optional<storage::StoredSection>>> ReadSections(
      absl::Span<const uint64_t> sequences, uint16_t kind) const override;
  absl::Status Scan(uint64_t after,
                    const std::function<bool(const EventView&)>& visit) const override;
  absl::StatusOr<storage::StoredEvent> ReadHeader(uint64_t sequence) const override;
  absl::StatusOr<std::vector<storage::StoredEvent>> ReadHeaders(
      absl::Span<const uint64_t> sequences) const override;
  absl::Status ScanHeaders(uint64_t after,
                           const std::function<bool(const EventView&)>& visit) const override;
  absl::StatusOr<std::optional<uint64_t>> FindByIdentity(absl::string_view identity) const override;
  absl::StatusOr<std::optional<uint64_t>> FindByDigest(const record::Hash& digest) const override;
  absl::StatusOr<uint64_t> FirstAtOrAfter(int64_t hub_time_us) const override;
  uint64_t indexed_through() const override;
  absl::StatusOr<std::vector<uint64_t>> NextWithTerm(absl::string_view term,
                                                     uint64_t after) const override;
  absl::StatusOr<std::optional<std::string>> GetRow(storage::Table table,
                                                    absl::string_view key) const override;
  absl::StatusOr<std::vector<KeyValue>> ListRows(storage::Table table, absl::string_view prefix,
                                                 absl::string_view after,
                                                 size_t limit) const override;
  absl::StatusOr<record::Hash> RootAt(uint64_t size) const override;
  absl::StatusOr<std::string> ReadRegistryLeaf(uint64_t index) const override;
  absl::Status ReadTreeRows(storage::Tree tree, absl::Span<const uint64_t> indexes,
                            std::vector<std::string>* rows) const override;

 private:
  absl::Status Check(const storage::Group& group) const;

  Disk* const disk_;
  DiskWorld* const world_;
  absl::Status failure_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_DISK_H_
