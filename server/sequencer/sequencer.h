// What orders, decides and commits.
#ifndef LIAISON_SERVER_SEQUENCER_SEQUENCER_H_
#define LIAISON_SERVER_SEQUENCER_SEQUENCER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/domain/state.h"
#include "server/sequencer/group.h"
#include "server/sequencer/hub_clock.h"
#include "server/sequencer/proposal.h"
#include "server/sequencer/proposal_log.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

// Told of every commit, in the round that made it: neither call may block.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  // The group is on disk and not yet acknowledged: whoever holds a receipt can already read.
  virtual void OnCommitted(storage::Group group, const storage::Head& head) = 0;
  // The acknowledgements are on their way: wake whoever waits.
  virtual void OnAcknowledged() = 0;
  // The log was opened again and may hold events that OnCommitted never told of.
  virtual void OnReopened(const storage::Head& head) = 0;
};

struct SequencerOptions {
  std::string hub = "igf";  // names the author of the log's first event, `org/igf-hub`
  ClockSource clock_source = ReadSystemClocks;
  // What a log is brought to; less to test an upgrade and to measure what the later rules cost.
  uint32_t rules_version = domain::kCurrentRulesVersion;
  // Why nothing may be written as long as this process runs: to read is all. OK where it may.
  absl::Status read_only;
  // Runs the answering of a group: here and now, or on a thread of its own, so that the next group
  // need not wait until every answer of this one is on the wire. Must run all that it is given.
  std::function<void(std::function<void()>)> answer_on = [](const auto& answering) { answering(); };
};

// A Sequencer takes proposals in order, decides each, commits all it found waiting with one fsync,
// and answers. It owns the state; there is no lock around it. It has no thread either: whoever
// calls RunRound is the one writer (SequencerThread in a hub).
//
// Open and RunRound have one caller at a time. The other calls are thread-safe.
class Sequencer {
 public:
  // All three must outlive the sequencer.
  Sequencer(storage::EventLog* log, ProposalLog* proposals, CommitObserver* observer,
            SequencerOptions options);

  // Rebuilds the state from the log. A log that is new, or under earlier rules, gets the event that
  // puts those of this program in force. Once, and before anything else.
  absl::Status Open();
  // One round of work: takes what waits in the order, for a second at most where nothing does, and
  // commits and answers it. False once the order is closed and everything in it is answered.
  bool RunRound();

  // What the registry says, as of the last commit.
  std::shared_ptr<const domain::Registry> registry() const;
  // What the directory says, as of the last commit.
  std::shared_ptr<const domain::Directory> directory() const;
  // OK while events are taken; otherwise why not.
  absl::Status condition() const;

 private:
  absl::Status Rebuild();
  // After a failed write: asks the log whether it can go on.
  void Heal();
  // The rules of this program are in force from here on; the first event of a new log.
  absl::Status WriteRules();
  absl::Status KeepClock();
  void RunGroup(std::vector<Proposal> proposals);
  Answers DecideProposal(Proposal* proposal, const absl::StatusOr<int64_t>& now, Group* group);
  // `hold`: null for what enters.
  absl::StatusOr<Receipt> DecideStatement(domain::Statement statement, bool dry_run,
                                          const Hold* hold, const absl::StatusOr<int64_t>& now,
                                          Group* group);
  Answers AcceptClock();
  Answers DecideControl(const ControlChange& change, Group* group) const;
  void Answer(std::vector<Proposal> proposals, std::vector<Answers> answers);
  void Publish(const absl::StatusOr<int64_t>& now);
  void SyncHeadFile(bool at_once);

  storage::EventLog* const log_;
  ProposalLog* const proposals_;
  CommitObserver* const observer_;
  const SequencerOptions options_;

  // Belong to whoever runs the round.
  domain::State state_;
  RecentReads recent_;
  std::unique_ptr<HubClock> clock_;
  absl::Status failure_;  // of the disk; OK again where it could heal
  int64_t asked_to_heal_us_ = std::numeric_limits<int64_t>::min() / 2;  // by the boot clock
  bool head_file_lags_ = false;
  // By the boot clock: wall time may stand still or go back, and the file would with it.
  int64_t head_file_synced_us_ = std::numeric_limits<int64_t>::min() / 2;

  // What is shown to others.
  mutable absl::Mutex mu_;
  std::shared_ptr<const domain::Registry> registry_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const domain::Directory> directory_ ABSL_GUARDED_BY(mu_);
  absl::Status condition_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_SEQUENCER_H_
