// One simulated hub with its clock, its disk, its writers and its readers.
#ifndef LIAISON_TESTS_SIMULATION_WORLD_H_
#define LIAISON_TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/admission/admission.h"
#include "server/fanout/tail.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/history.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/random.h"
#include "tests/simulation/schedule.h"

namespace liaison::simulation {

class Reader;
class Writer;
class World;

// The product's own queue; only its waiting is simulated: while the sequencer has nothing to take,
// time passes for everybody else.
class SimulatedOrder final : public sequencer::ProposalLog {
 public:
  explicit SimulatedOrder(World* world) : world_(world) {}
  absl::Status Propose(sequencer::Proposal&& proposal) override;
  std::vector<sequencer::Proposal> Take(absl::Duration wait) override;
  void Close() override;
  bool drained() const override;
  absl::Status condition() const override { return queue_.condition(); }

 private:
  World* const world_;
  sequencer::LocalProposalLog queue_;
  bool closed_ = false;
};

// What runs from one start of the hub to its end.
struct Hub {
  Hub(World* world, Disk* disk, size_t tail_size_bytes);
  SimulatedLog log;
  SimulatedOrder order;
  fanout::Tail tail;
  sequencer::Sequencer sequencer;
  admission::Admission admission;
};

// A World runs one history. Everything happens on one thread: the sequencer's rounds are the main
// loop, and whatever else happens, happens while the sequencer waits for the order, for the disk,
// or between two of its steps. Not thread-safe.
class World final : public DiskWorld, public sequencer::CommitObserver {
 public:
  World(uint64_t seed, History* history);
  ~World() override;

  // Runs to the end, or to the first violation.
  void Run();

  History& history() { return *history_; }
  Random& random() { return random_; }
  Schedule& schedule() { return schedule_; }
  Oracle& oracle() { return oracle_; }
  Hub* hub() { return serving_ && !ended_ ? hub_.get() : nullptr; }  // null while none runs
  bool calm() const { return calm_; }  // nothing fails any more, nobody says anything new
  bool between_commit_and_wake() const { return between_commit_and_wake_; }
  int64_t wall_us() const { return ReadClock().wall_us; }
  sequencer::ClockReading ReadClock() const;

  // Gives the proposal to the hub as a call would. `answered` is called once: with the answers, or
  // with null where the hub ended and nobody knows.
  using Answered = std::function<void(const sequencer::Answers*)>;
  void Submit(sequencer::Proposal proposal, Answered answered);
  std::shared_ptr<Asked>& submitting() { return submitting_; }

  // DiskWorld.
  Fate NextFate() override;
  bool WaitForDisk() override;
  void HubDies() override;
  void WriteFailed() override;
  bool ScanFails() override;

  // sequencer::CommitObserver.
  void OnCommitted(storage::Group group, const storage::Head& head) override;
  void OnAcknowledged() override;
  void OnReopened(const storage::Head& head) override { hub_->tail.OnReopened(head); }

 private:
  bool IsOver() const;
  bool OpenHub();
  void CloseHub();
  void RunHub();
  void Pass(int64_t duration_us);
  void Weather();
  void JumpClock();
  void Operate();
  void CheckHeadFile(int64_t round_began_us);
  void CheckEnd();

  friend class SimulatedOrder;

  History* const history_;
  Random random_;
  Schedule schedule_;
  Disk disk_;
  Oracle oracle_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<Reader>> readers_;

  // What this history is like.
  int64_t active_us_;
  int64_t end_us_;
  int64_t disk_us_;
  size_t tail_size_bytes_;
  uint64_t weather_;  // bits: what may go wrong

  std::unique_ptr<Hub> hub_;
  bool ended_ = true;     // killed, or stopped: whatever it still does, nobody hears
  bool serving_ = false;  // open for writers and readers
  bool closing_ = false;
  bool calm_ = false;
  bool between_commit_and_wake_ = false;
  Fate next_fate_ = Fate::kDone;
  bool scans_fail_ = false;
  int64_t wall_offset_us_ = 0;
  int64_t boot_began_us_ = -1'000'000;
  int boot_ = 1;
  std::optional<int64_t> unsynced_since_us_;  // acknowledged, and not yet in the head file

  std::shared_ptr<Asked> submitting_;
  struct Pending {
    std::shared_ptr<Asked> asked;
    Answered answered;
  };
  std::vector<Pending> pending_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_WORLD_H_
