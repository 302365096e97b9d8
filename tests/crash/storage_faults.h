// What a log must survive, tried by seed.
#ifndef LIAISON_TESTS_CRASH_STORAGE_FAULTS_H_
#define LIAISON_TESTS_CRASH_STORAGE_FAULTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/crash/log_model.h"
#include "tests/support/fault_disk.h"

namespace liaison::testing {

// Each tries one kind of fault on the real log over a FaultDisk and compares it with a LogModel. A
// seed gives the same faults again; RocksDB's background threads make their moments differ a
// little. Not thread-safe; `folder` is a real one, for the log's lock.

using Progress = std::function<void(uint64_t done)>;

// Groups are written; the power goes during a call; what was not synced is lost by lot; the log is
// opened again. One to three times per seed.
struct PowerLossOptions {
  std::string folder;
  uint64_t first_seed = 1;
  uint64_t seeds = 200;
  bool pretend_to_sync = false;  // a log that does not sync: must be found out
};
struct PowerLossReport {
  uint64_t seeds = 0;
  uint64_t power_losses = 0;
  uint64_t while_opening = 0;  // of those
  uint64_t acknowledged_groups = 0;
  uint64_t acknowledged_events = 0;
  uint64_t doubtful_groups = 0;       // cut off by the loss
  uint64_t doubtful_groups_kept = 0;  // of those: found whole afterwards
  std::map<std::string, uint64_t> survivals;
  std::vector<uint64_t> failed_seeds;
  Findings findings;
};
PowerLossReport LosePower(const PowerLossOptions& options, const Progress& progress);

// The same work again and again; the n-th call to the disk fails, for n = 1, 2, ... until a run
// sees no failure.
struct NthCallOptions {
  std::string folder;
  uint64_t seed = 1;
  Failure::Error error = Failure::Error::kIo;
  bool lasting = false;  // all calls from the n-th on
  uint64_t first = 1;    // the first n
  uint64_t step = 1;     // every step-th n only
};
struct NthCallReport {
  uint64_t runs = 0;
  uint64_t last_n = 0;                      // the first at which nothing failed any more
  uint64_t refused_opens = 0;               // the failure kept the log from being opened
  uint64_t failed_writes = 0;               // an Append failed, its outcome unknown
  uint64_t refused_appends = 0;             // an Append was refused, nothing written
  uint64_t healed = 0;                      // of the failed writes: for want of room, and in place
  uint64_t unnoticed = 0;                   // the failure changed nothing that was asked
  uint64_t acknowledged_after_failure = 0;  // appends taken after one had failed: must be 0
  Findings findings;
};
NthCallReport FailEachCall(const NthCallOptions& options, const Progress& progress);

// The disk fills up and gets room again, several times in one life of the log, which must go on
// without being opened by somebody else. One seed with a reserve, the next without.
struct FullDiskOptions {
  std::string folder;
  uint64_t first_seed = 1;
  uint64_t seeds = 20;
};
struct FullDiskReport {
  uint64_t seeds = 0;
  uint64_t times_full = 0;
  uint64_t refused_early = 0;  // DISK_FULL, nothing written
  uint64_t failed_writes = 0;  // LOG_WRITE_FAILED, outcome unknown until healed
  uint64_t unknown_found = 0;  // of those groups: in the log after all
  uint64_t healed = 0;         // of times_full; must be all
  uint64_t reads_while_full = 0;
  uint64_t acknowledged_events = 0;
  double heal_ms_max = 0;  // of opening again in place
  Findings findings;
};
FullDiskReport FillDisk(const FullDiskOptions& options, const Progress& progress);

// A bit of a file is flipped whenever it is read.
struct BitFlipOptions {
  std::string folder;
  uint64_t seed = 1;
  uint64_t flips = 500;  // of each kind of file
};
struct BitFlipCounts {
  uint64_t flips = 0;
  uint64_t never_read = 0;
  uint64_t refused_to_open = 0;
  uint64_t refused_to_read = 0;  // opened, and an error when asked for what is damaged
  uint64_t harmless = 0;         // read, and every answer right
  uint64_t other_errors = 0;     // of the refusals: another code than DATA_LOSS
};
struct BitFlipReport {
  std::map<std::string, BitFlipCounts> kinds;  // by kind of file
  Findings findings;
};
BitFlipReport FlipBits(const BitFlipOptions& options, const Progress& progress);

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_CRASH_STORAGE_FAULTS_H_
