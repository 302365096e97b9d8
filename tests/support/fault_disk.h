// A disk in memory that does what disks do on a bad day.
#ifndef LIAISON_TESTS_SUPPORT_FAULT_DISK_H_
#define LIAISON_TESTS_SUPPORT_FAULT_DISK_H_

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace liaison::testing {

// What is asked of a disk.
enum class Call { kOpen, kRead, kWrite, kSync, kRename, kDelete, kMakeFolder, kLook };
inline constexpr std::array<absl::string_view, 8> kCallNames = {
    "open", "read", "write", "sync", "rename", "delete", "make_folder", "look"};

// The calls that fail.
struct Failure {
  enum class Error { kIo, kNoSpace };

  uint64_t first = 1;        // counted from when the failure is set
  bool lasting = false;      // every later one too
  std::optional<Call> call;  // only calls of this kind are counted; all where nullopt
  Error error = Error::kIo;
};

// What became of what was not synced when the power went. Names survive in the order in which they
// changed, up to some moment: every journaling file system promises that, and RocksDB needs it (its
// CURRENT is renamed before the folder of the new MANIFEST is synced). Content has no order.
enum class Survival {
  kNothing,  // whatever was not synced is gone
  kPrefix,   // of each file a part from the front
  kEach,     // as kPrefix, and now and then all of a file, as if the kernel had written it
  // As kEach, and the last block of each file is not what was written: zeros or anything. Not of a
  // manifest (storage/doc/2026-11-24-power-loss.md).
  kTornBlocks,
  kEverything,  // as after a kill
};
inline constexpr std::array<absl::string_view, 5> kSurvivalNames = {"nothing", "prefix", "each",
                                                                    "torn_blocks", "everything"};

// A FaultDisk is RocksDB's file system on memory. It follows POSIX to the letter: content is on
// disk once its file was synced, a name once its folder was. After a failed sync what was to be
// written is dropped, and the next sync succeeds without it, as Linux does. Thread-safe.
//
// Names of folders are full paths; `/` is there from the start.
class FaultDisk {
 public:
  FaultDisk();
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  rocksdb::Env* env() { return env_.get(); }

  // --- failing calls -----------------------------------------------------------------------------

  void Fail(const Failure& failure);
  void StopFailing();
  // A write that fails has written a part; a call that fails has done nothing else.
  uint64_t failed_calls() const;
  uint64_t calls() const;
  uint64_t calls(Call call) const;

  // --- losing power ------------------------------------------------------------------------------

  // The power goes during the n-th call from now. That call is done in part, by `seed`; every later
  // one fails.
  void LosePowerAtCall(uint64_t n, uint64_t seed);
  void LosePower();
  bool power() const;
  // Back on, with what survived. REQUIRES: whoever had files open has closed them.
  void RestorePower(Survival survival, uint64_t seed);
  // Sync says yes and does nothing: what a log that does not sync looks like.
  void PretendToSync(bool pretend);

  // --- filling up --------------------------------------------------------------------------------

  void SetCapacity(uint64_t size_bytes);
  uint64_t used_size_bytes() const;

  // --- flipping bits -----------------------------------------------------------------------------

  // In what is read from now on; what is on disk stays.
  void FlipBitWhenRead(const std::string& path, uint64_t bit);
  void StopFlipping();
  // Of each read, how many had a flipped bit in them.
  uint64_t flipped_reads() const;

  // --- looking -----------------------------------------------------------------------------------

  // Every file with its size, in order of name.
  std::vector<std::pair<std::string, uint64_t>> Files() const;

  // What is on disk, synced or not, to go back to. REQUIRES: nobody has files open.
  using Image = std::map<std::string, std::string>;
  Image Save() const;
  void Load(const Image& image);

 private:
  friend class FaultFiles;

  // A file or a folder, whatever its names.
  struct Node {
    bool is_folder = false;
    std::string data;
    size_t synced = 0;      // of data, from the front
    bool dropping = false;  // a sync failed
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;
  // Names in one folder that changed together; null is gone.
  struct Change {
    std::string folder;
    std::vector<std::pair<std::string, NodePtr>> names;
  };

  // OK where the call may be done. Each call of a file begins with it.
  rocksdb::IOStatus Begin(Call call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What a call that was done returns: nobody hears the answer of a dying disk.
  rocksdb::IOStatus Done() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // True during the very call at which the power goes.
  bool Dying() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return dying_; }
  uint64_t Lot(uint64_t choices) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  rocksdb::IOStatus Open(const std::string& path, NodePtr* node);
  rocksdb::IOStatus Create(const std::string& path, bool keep_content, NodePtr* node);
  rocksdb::IOStatus Append(Node* node, absl::string_view data);
  rocksdb::IOStatus Truncate(Node* node, uint64_t size);
  rocksdb::IOStatus SyncFile(Node* node);
  rocksdb::IOStatus SyncFolder(const std::string& path);
  // A view of what is read, in `scratch`.
  rocksdb::IOStatus Read(const Node* node, const std::string& path, uint64_t offset, size_t size,
                         char* scratch, rocksdb::Slice* result);
  rocksdb::IOStatus Rename(const std::string& from, const std::string& to);
  rocksdb::IOStatus Delete(const std::string& path);
  rocksdb::IOStatus MakeFolder(const std::string& path, bool may_exist);
  rocksdb::IOStatus Look(const std::string& path, NodePtr* node);
  uint64_t SizeOf(const Node* node) const;
  rocksdb::IOStatus List(const std::string& path, std::vector<std::string>* names);
  rocksdb::IOStatus FreeSpace(uint64_t* size_bytes);

  void Apply(const Change& change, Names* names) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Enter(Change change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t UsedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Names SurvivingNames(Survival survival) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LoseContent(Survival survival, bool manifest, Node* node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  std::unique_ptr<rocksdb::Env> env_;

  mutable absl::Mutex mu_;
  Names names_ ABSL_GUARDED_BY(mu_);                   // as every process sees them
  Names durable_ ABSL_GUARDED_BY(mu_);                 // as they are on disk
  std::vector<Change> unsynced_ ABSL_GUARDED_BY(mu_);  // from durable_ to names_, in order

  std::array<uint64_t, kCallNames.size()> calls_ ABSL_GUARDED_BY(mu_) = {};
  std::optional<Failure> failure_ ABSL_GUARDED_BY(mu_);
  uint64_t failure_counted_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t failed_calls_ ABSL_GUARDED_BY(mu_) = 0;

  bool power_ ABSL_GUARDED_BY(mu_) = true;
  bool dying_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t calls_to_live_ ABSL_GUARDED_BY(mu_) = 0;  // 0: for ever
  bool pretend_to_sync_ ABSL_GUARDED_BY(mu_) = false;
  std::mt19937_64 lots_ ABSL_GUARDED_BY(mu_);

  uint64_t capacity_size_bytes_ ABSL_GUARDED_BY(mu_) = std::numeric_limits<uint64_t>::max();

  struct Flip {
    std::string path;
    uint64_t bit;
  };
  std::optional<Flip> flip_ ABSL_GUARDED_BY(mu_);
  uint64_t flipped_reads_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_FAULT_DISK_H_
