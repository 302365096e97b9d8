#include "tests/crash/storage_faults.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "storage/rocks/rocks_event_log.h"

namespace liaison::testing {
namespace {

using storage::Committed;
using storage::EventLog;
using storage::Group;

// About as many calls as it takes to open a log, and to write forty groups.
constexpr uint64_t kCallsOfOpening = 600;
constexpr uint64_t kCallsOfWriting = 400;

storage::OpenOptions SmallLog(const std::string& folder) {
  storage::OpenOptions options;
  options.data_dir = folder;
  options.block_cache_size_bytes = 256 << 10;
  options.reserve_size_bytes = 1 << 20;
  options.write_buffer_size_bytes = 64 << 10;  // so that files are flushed and compacted
  return options;
}

absl::StatusOr<std::unique_ptr<EventLog>> Open(const std::string& folder, FaultDisk* disk) {
  return storage::RocksEventLog::Open(SmallLog(folder), disk->env());
}

bool IsWriteFailure(const absl::Status& status) {
  return record::ReasonOf(status) == record::Reason::kLogWriteFailed;
}

void NoteSeed(uint64_t seed, Findings* findings) {
  for (std::string& note : findings->notes) note = absl::StrCat("seed ", seed, ": ", note);
}

// --- losing power --------------------------------------------------------------------------------

// One log through its losses of power.
class PowerLossRun {
 public:
  PowerLossRun(const PowerLossOptions& options, uint64_t seed, PowerLossReport* report)
      : options_(options), lots_(seed), model_(lots_(), ShapeBy(&lots_)), report_(report) {
    disk_.PretendToSync(options.pretend_to_sync);
  }

  Findings Run() {
    Findings findings;
    for (uint64_t lives = 1 + lots_() % 3; lives > 0 && findings.clean(); --lives) {
      Live(&findings);
      Examine(&findings);
    }
    return findings;
  }

 private:
  static LogModel::Shape ShapeBy(std::mt19937_64* lots) {
    LogModel::Shape shape;
    const uint64_t lot = (*lots)() % 4;
    if (lot == 0) shape = {400, 60};  // fills blocks of the index
    if (lot == 1) shape = {3, 4000};  // fills write buffers
    return shape;
  }

  // Small numbers are as likely as large ones: most of what is delicate comes early.
  uint64_t CallsToLive(uint64_t most) {
    const double lot = std::uniform_real_distribution<double>(0, std::log(most))(lots_);
    return static_cast<uint64_t>(std::exp(lot));
  }

  void Live(Findings* findings) {
    const bool while_opening = lots_() % 4 == 0;
    if (while_opening) disk_.LosePowerAtCall(CallsToLive(kCallsOfOpening), lots_());
    auto log = Open(options_.folder, &disk_);
    if (log.ok()) {
      if (!while_opening) disk_.LosePowerAtCall(CallsToLive(kCallsOfWriting), lots_());
      WriteUntilDark(log->get(), findings);
    } else if (disk_.power()) {
      findings->Note(&findings->refused, absl::StrCat("open: ", log.status().ToString()));
    } else {
      ++report_->while_opening;
    }
    // An orderly end now and then, and the power goes afterwards.
    if (log.ok() && disk_.power() && lots_() % 4 == 0) log->reset();
    disk_.LosePower();
  }

  void WriteUntilDark(EventLog* log, Findings* findings) {
    for (uint64_t groups = 1 + lots_() % 40; groups > 0 && disk_.power(); --groups) {
      Group group = model_.Next();
      const absl::StatusOr<Committed> committed = log->Append(group);
      if (committed.ok()) {
        model_.Acknowledge(group);
        ++report_->acknowledged_groups;
        report_->acknowledged_events += group.events.size();
      } else if (disk_.power()) {
        findings->Note(&findings->refused, absl::StrCat("Append: ", committed.status().ToString()));
        return;
      } else {
        ++report_->doubtful_groups;
        doubtful_ = true;
        model_.Doubt(std::move(group));
        return;
      }
      if (lots_() % 4 == 0) log->SyncHeadFile().IgnoreError();  // fails when the power goes
    }
  }

  // Opens what survived, and asks it for everything.
  void Examine(Findings* findings) {
    ++report_->power_losses;
    const Survival survival = static_cast<Survival>(lots_() % kSurvivalNames.size());
    ++report_->survivals[std::string(kSurvivalNames[static_cast<size_t>(survival)])];
    disk_.RestorePower(survival, lots_());
    auto log = Open(options_.folder, &disk_);
    if (!log.ok()) {
      // The head file sees that acknowledged events are gone.
      uint64_t* count = absl::IsDataLoss(log.status()) ? &findings->lost : &findings->refused;
      findings->Note(count, absl::StrCat("open after the power (",
                                         kSurvivalNames[static_cast<size_t>(survival)],
                                         "): ", log.status().ToString()));
      return;
    }
    const uint64_t before = model_.size();
    findings->Add(model_.Compare(**log, LogModel::Errors::kAreRefusals));
    if (doubtful_ && model_.size() > before) ++report_->doubtful_groups_kept;
    doubtful_ = false;
  }

  const PowerLossOptions& options_;
  std::mt19937_64 lots_;
  LogModel model_;
  FaultDisk disk_;
  bool doubtful_ = false;
  PowerLossReport* const report_;
};

// --- failing calls -------------------------------------------------------------------------------

// The same work over a disk of which one call, or every one from it on, fails.
class NthCallRun {
 public:
  NthCallRun(const NthCallOptions& options, uint64_t n, NthCallReport* report)
      : options_(options), n_(n), model_(options.seed, {8, 1500}), report_(report) {}

  // False: nothing failed.
  bool Run(Findings* findings) {
    disk_.Fail({n_, options_.lasting, std::nullopt, options_.error});
    Work(findings);
    const bool failed = disk_.failed_calls() > 0;
    disk_.StopFailing();
    if (failed && !noticed_) ++report_->unnoticed;
    // What was not synced may be there or not: both ways in turn.
    if (n_ % 2 == 0) {
      disk_.LosePower();
      disk_.RestorePower(Survival::kNothing, n_);
    }
    Examine(findings);
    return failed;
  }

 private:
  void Work(Findings* findings) {
    auto log = Open(options_.folder, &disk_);
    if (!log.ok()) {
      ++report_->refused_opens;
      noticed_ = true;
      return;
    }
    for (int i = 0; i < 14; ++i) {
      if (!AppendOne(log->get(), findings)) break;
      if (i % 5 == 0) Notice((*log)->SyncHeadFile());
    }
    findings->Add(Asked(**log));
    log->reset();
    // Opening again is a part of the work: recovery has calls of its own.
    log = Open(options_.folder, &disk_);
    Notice(log.status());
    if (log.ok() && !settled_) findings->Add(Asked(**log));
  }

  void Notice(const absl::Status& status) { noticed_ |= !status.ok(); }

  Findings Asked(const EventLog& log) {
    Findings found = model_.Compare(log, LogModel::Errors::kAreAllowed);
    noticed_ |= found.errors > 0;
    return found;
  }

  // False: the log takes no more.
  bool AppendOne(EventLog* log, Findings* findings) {
    const Group group = model_.Next();
    const absl::StatusOr<Committed> committed = log->Append(group);
    if (committed.ok()) {
      model_.Acknowledge(group);
      return true;
    }
    noticed_ = true;
    if (!IsWriteFailure(committed.status())) {
      ++report_->refused_appends;
      return true;
    }
    ++report_->failed_writes;
    if (log->Append(group).ok()) {
      ++report_->acknowledged_after_failure;
      findings->Note(&findings->wrongly_served, "an Append was taken after one had failed");
    }
    model_.Doubt(group);
    if (log->Heal().ok()) {
      ++report_->healed;
      model_.Settle(*log);
      return true;
    }
    settled_ = true;
    return false;
  }

  void Examine(Findings* findings) {
    auto log = Open(options_.folder, &disk_);
    if (!log.ok()) {
      findings->Note(absl::IsDataLoss(log.status()) ? &findings->lost : &findings->refused,
                     absl::StrCat("open afterwards: ", log.status().ToString()));
      return;
    }
    findings->Add(model_.Compare(**log, LogModel::Errors::kAreRefusals));
    const Group group = model_.Next();
    const absl::StatusOr<Committed> committed = (*log)->Append(group);
    if (!committed.ok()) {
      findings->Note(&findings->refused, absl::StrCat("Append: ", committed.status().ToString()));
      return;
    }
    model_.Acknowledge(group);
    findings->Add(model_.Compare(**log, LogModel::Errors::kAreRefusals));
  }

  const NthCallOptions& options_;
  const uint64_t n_;
  LogModel model_;
  FaultDisk disk_;
  bool noticed_ = false;
  bool settled_ = false;  // a group is in doubt: only Examine may look
  NthCallReport* const report_;
};

// --- filling up --------------------------------------------------------------------------------

class FullDiskRun {
 public:
  FullDiskRun(const FullDiskOptions& options, uint64_t seed, FullDiskReport* report)
      : options_(options),
        lots_(seed),
        reserve_size_bytes_(seed % 2 == 0 ? 0 : 512 << 10),
        model_(lots_(), {12, 4000}),
        report_(report) {}

  void Run(Findings* findings) {
    auto log = OpenWithReserve();
    for (uint64_t times = 1 + lots_() % 4; log.ok() && times > 0; --times) {
      disk_.SetCapacity(disk_.used_size_bytes() + reserve_size_bytes_ + 1 + lots_() % (1 << 20));
      if (!FillUp(log->get(), findings) || !MakeRoom(log->get(), findings)) return;
    }
    if (log.ok()) log->reset();
    log = OpenWithReserve();
    if (!log.ok()) {
      findings->Note(&findings->refused, log.status().ToString());
      return;
    }
    findings->Add(model_.Compare(**log, LogModel::Errors::kAreRefusals));
  }

 private:
  absl::StatusOr<std::unique_ptr<EventLog>> OpenWithReserve() {
    storage::OpenOptions options = SmallLog(options_.folder);
    options.reserve_size_bytes = reserve_size_bytes_;
    return storage::RocksEventLog::Open(options, disk_.env());
  }

  // Appends until the log takes no more, and counts how it said so.
  absl::Status AppendUntilRefused(EventLog* log) {
    for (int i = 0; i < 2000; ++i) {
      const Group group = model_.Next();
      const absl::Status refused = log->Append(group).status();
      if (refused.ok()) {
        model_.Acknowledge(group);
        report_->acknowledged_events += group.events.size();
        const absl::Status synced = i % 8 == 0 ? log->SyncHeadFile() : absl::OkStatus();
        if (synced.ok()) continue;
        ++report_->failed_writes;
        return synced;
      }
      if (record::ReasonOf(refused) == record::Reason::kDiskFull) {
        ++report_->refused_early;
      } else {
        ++report_->failed_writes;
        model_.Doubt(group);
      }
      return refused;
    }
    return absl::OkStatus();
  }

  // False: there is no going on.
  bool FillUp(EventLog* log, Findings* findings) {
    const absl::Status refused = AppendUntilRefused(log);
    ++report_->times_full;
    if (!IsWriteFailure(refused) && record::ReasonOf(refused) != record::Reason::kDiskFull) {
      findings->Note(&findings->refused, absl::StrCat("when full: ", refused.ToString()));
      return false;
    }
    const Group more = model_.Next();
    if (log->Append(more).ok()) {
      // Below the reserve RocksDB may have made room itself; after a failed write nothing helps.
      if (IsWriteFailure(refused)) {
        findings->Note(&findings->wrongly_served, "an Append was taken after one had failed");
        return false;
      }
      model_.Acknowledge(more);
    }
    const Findings read = model_.Compare(*log, LogModel::Errors::kAreAllowed);
    findings->Add(read);
    if (read.errors > 0) findings->Note(&findings->refused, "reads stopped while full");
    report_->reads_while_full += model_.size();
    return true;
  }

  bool MakeRoom(EventLog* log, Findings* findings) {
    // Asked again and again while there is none, as the sequencer does.
    for (int i = 0; i < 2; ++i) log->Heal().IgnoreError();
    disk_.SetCapacity(disk_.used_size_bytes() + (64 << 20));
    // An error that the background met while the disk was full may be told only now.
    absl::Status taken;
    for (int attempt = 0; attempt < 3; ++attempt) {
      taken = HealAndAppend(log, findings);
      if (!IsWriteFailure(taken)) break;
    }
    if (taken.ok()) {
      ++report_->healed;
    } else {
      findings->Note(&findings->refused, absl::StrCat("with room again: ", taken.ToString()));
    }
    return taken.ok();
  }

  absl::Status HealAndAppend(EventLog* log, Findings* findings) {
    const absl::Time began = absl::Now();
    const absl::Status healed = log->Heal();
    report_->heal_ms_max =
        std::max(report_->heal_ms_max, absl::ToDoubleMilliseconds(absl::Now() - began));
    if (!healed.ok()) return healed;
    const uint64_t before = model_.size();
    findings->Add(model_.Compare(*log, LogModel::Errors::kAreRefusals));
    if (model_.size() > before) ++report_->unknown_found;
    const Group group = model_.Next();
    const absl::Status taken = log->Append(group).status();
    if (taken.ok()) {
      model_.Acknowledge(group);
    } else if (IsWriteFailure(taken)) {
      model_.Doubt(group);
    }
    return taken;
  }

  const FullDiskOptions& options_;
  std::mt19937_64 lots_;
  const uint64_t reserve_size_bytes_;
  LogModel model_;
  FaultDisk disk_;
  FullDiskReport* const report_;
};

// --- flipping bits -------------------------------------------------------------------------------

std::string KindOf(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  if (absl::EndsWith(name, ".sst")) return "sst";
  if (absl::EndsWith(name, ".log")) return "wal";
  if (absl::StartsWith(name, "MANIFEST")) return "manifest";
  if (absl::StartsWith(name, "OPTIONS")) return "options";
  return name;  // CURRENT, IDENTITY, head
}

// A closed log with several files of each kind.
class BitFlipRun {
 public:
  BitFlipRun(const BitFlipOptions& options, BitFlipReport* report)
      : options_(options), lots_(options.seed), model_(options.seed, {40, 700}), report_(report) {
    auto log = Open(options_.folder, &disk_);
    absl::Status made = log.status();
    for (int i = 0; made.ok() && i < 70; ++i) {
      const Group group = model_.Next();
      made = (*log)->Append(group).status();
      if (made.ok()) model_.Acknowledge(group);
    }
    if (log.ok()) log->reset();
    if (!made.ok()) report->findings.Note(&report->findings.refused, made.ToString());
    image_ = disk_.Save();
    for (const auto& [path, size] : disk_.Files()) {
      if (size > 0) files_[KindOf(path)].emplace_back(path, size);
    }
  }

  void Run(const Progress& progress) {
    uint64_t done = 0;
    for (const auto& [kind, files] : files_) {
      BitFlipCounts* counts = &report_->kinds[kind];
      for (uint64_t i = 0; i < options_.flips; ++i) {
        const auto& [path, size] = files[lots_() % files.size()];
        // Half of them when everything is open already: what was read is read again.
        FlipOne(path, lots_() % (size * 8), /*open_first=*/i % 2 == 1, counts);
        progress(++done);
      }
    }
  }

 private:
  void FlipOne(const std::string& path, uint64_t bit, bool open_first, BitFlipCounts* counts) {
    ++counts->flips;
    disk_.Load(image_);
    if (!open_first) disk_.FlipBitWhenRead(path, bit);
    auto log = Open(options_.folder, &disk_);
    if (open_first) disk_.FlipBitWhenRead(path, bit);
    if (!log.ok()) {
      ++counts->refused_to_open;
      if (!absl::IsDataLoss(log.status())) ++counts->other_errors;
    } else {
      Findings found = model_.Compare(**log, LogModel::Errors::kAreAllowed);
      for (std::string& note : found.notes) note = absl::StrCat(path, " bit ", bit, ": ", note);
      report_->findings.Add(found);
      if (found.errors > 0) {
        ++counts->refused_to_read;
      } else if (disk_.flipped_reads() == 0) {
        ++counts->never_read;
      } else {
        ++counts->harmless;
      }
      log->reset();
    }
    disk_.StopFlipping();
  }

  const BitFlipOptions& options_;
  std::mt19937_64 lots_;
  LogModel model_;
  FaultDisk disk_;
  FaultDisk::Image image_;
  std::map<std::string, std::vector<std::pair<std::string, uint64_t>>> files_;
  BitFlipReport* const report_;
};

}  // namespace

PowerLossReport LosePower(const PowerLossOptions& options, const Progress& progress) {
  PowerLossReport report;
  for (uint64_t i = 0; i < options.seeds; ++i) {
    const uint64_t seed = options.first_seed + i;
    Findings findings = PowerLossRun(options, seed, &report).Run();
    ++report.seeds;
    if (!findings.clean()) report.failed_seeds.push_back(seed);
    NoteSeed(seed, &findings);
    report.findings.Add(findings);
    progress(report.seeds);
  }
  return report;
}

NthCallReport FailEachCall(const NthCallOptions& options, const Progress& progress) {
  NthCallReport report;
  for (uint64_t n = options.first;; n += options.step) {
    Findings findings;
    const bool failed = NthCallRun(options, n, &report).Run(&findings);
    for (std::string& note : findings.notes) note = absl::StrCat("call ", n, ": ", note);
    report.findings.Add(findings);
    ++report.runs;
    report.last_n = n;
    progress(n);
    if (!failed) return report;
  }
}

FullDiskReport FillDisk(const FullDiskOptions& options, const Progress& progress) {
  FullDiskReport report;
  for (uint64_t i = 0; i < options.seeds; ++i) {
    const uint64_t seed = options.first_seed + i;
    Findings findings;
    FullDiskRun(options, seed, &report).Run(&findings);
    ++report.seeds;
    NoteSeed(seed, &findings);
    report.findings.Add(findings);
    progress(report.seeds);
  }
  return report;
}

BitFlipReport FlipBits(const BitFlipOptions& options, const Progress& progress) {
  BitFlipReport report;
  BitFlipRun(options, &report).Run(progress);
  return report;
}

}  // namespace liaison::testing
