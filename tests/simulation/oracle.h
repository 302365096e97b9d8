// What must come out, said a second time and as plainly as possible.
#ifndef LIAISON_TESTS_SIMULATION_ORACLE_H_
#define LIAISON_TESTS_SIMULATION_ORACLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/record/error_reason.h"
#include "server/sequencer/hub_clock.h"
#include "server/sequencer/proposal.h"
#include "storage/event_log.h"
#include "tests/simulation/history.h"

namespace liaison::simulation {

namespace pb = ::igf::liaison::v1;

// One statement as it was said, and the event that it became.
struct Said {
  std::string header_bytes;
  pb::EventHeader header;
  record::Hash digest;
  std::string signature;
  std::string draft;  // its bytes; empty where the author signed
  struct Part {
    int kind = 0;
    std::string salt;
    std::string data;
    uint64_t erased_by = 0;  // sequence of the redaction; 0: it stands
  };
  std::vector<Part> parts;

  // Once it is an event.
  record::Leaf leaf;
  std::string leaf_bytes;
};

// What one statement is to be answered with.
struct Expected {
  std::optional<record::Reason> refused;
  bool duplicate = false;
  uint64_t sequence = 0;  // 0 where it was a dry run
};

// One proposal on its way.
struct Asked {
  std::vector<Said> said;
  std::vector<domain::ChainCheck> checks;
  bool atomic = true;
  bool dry_run = false;
  bool accept_clock = false;
  std::shared_ptr<sequencer::Fence> fence;
  size_t size_bytes = 0;

  bool decided = false;
  bool answered = false;
  std::vector<Expected> expected;
};

// An Oracle watches what goes into the hub and what comes out, and knows by itself what is right: a
// vector of events, maps, loops over everything. It outlives the hub. Not thread-safe.
class Oracle {
 public:
  explicit Oracle(History* history) : history_(history) {}

  static std::shared_ptr<Asked> Describe(const sequencer::Proposal& proposal);

  // --- the hub's life ----------------------------------------------------------------------------
  // Before the sequencer looks at the log. `clock_row` as the log has it.
  void HubOpens(const storage::EventLog& log, const sequencer::ClockReading& now,
                const std::optional<std::string>& clock_row);
  void HubEnded();
  // The operator was told that the clock is accepted.
  void ClockAccepted(const std::optional<std::string>& clock_row);

  // --- the write path ----------------------------------------------------------------------------
  bool QueueIsFullFor(const Asked& asked) const;
  // The log holds all of it already, as it is said here.
  bool AllStand(const Asked& asked) const;
  void Queued(std::shared_ptr<Asked> asked);
  void Taken(const std::vector<sequencer::Proposal>& proposals, const sequencer::ClockReading& now);
  void WriteFailed();
  void Committed(const storage::Group& group, const storage::Head& head);
  // `asked` was answered: from the order where it was decided, from the log otherwise.
  void Answered(Asked* asked, const sequencer::Answers& answers);
  // The round is over: everything that was taken is answered.
  void RoundEnds(const storage::Head& head, uint64_t registry_size);

  // --- the read path -----------------------------------------------------------------------------
  // Of the events that are committed.
  uint64_t head() const { return committed_; }
  const Said& event(uint64_t sequence) const { return events_[sequence - 1]; }
  bool failed() const { return failed_; }
  const sequencer::ClockReading& trusted() const { return trusted_; }
  // As of the last commit.
  bool IsRegistered(const std::string& organisation) const;
  bool IsOfKind(const std::string& organisation, pb::OrganisationKind kind) const;
  bool PartIsErased(const Said::Part& part) const {
    return part.erased_by != 0 && part.erased_by <= committed_;
  }
  size_t waiting() const { return queue_.size(); }
  // The whole tree, from nothing.
  record::Hash Root() const;

 private:
  Expected Decide(const Asked& asked, const Said& said);
  std::optional<record::Reason> DecideNew(const Said& said, record::Leaf* leaf) const;
  bool MayRegister(const pb::EventHeader& header) const;
  bool ChecksHold(const Asked& asked) const;
  void DecideProposal(Asked* asked);
  // As of the log's first `through` events.
  std::optional<record::Reason> Compare(const Said& said, const Said& original,
                                        uint64_t through) const;
  const Said* Find(const Said& said) const;
  void Apply(Said event);
  void TruncateTo(size_t count);
  void AdoptFirst(const storage::EventLog& log);
  bool AdoptFirst(const std::string& header, const std::string& leaf,
                  const std::vector<storage::StoredSection>& sections);
  void CheckEvent(const storage::NewEvent& event, const Said& expected);

  History* const history_;
  std::deque<std::shared_ptr<Asked>> queue_;
  size_t queued_size_bytes_ = 0;
  std::vector<std::shared_ptr<Asked>> taken_;
  std::map<std::shared_ptr<sequencer::Fence>, bool> fences_;  // closed

  // All that was accepted: the first `committed_` stand in the log, the others are being written.
  std::vector<Said> events_;
  uint64_t committed_ = 0;
  std::vector<Said> limbo_;  // was being written when a write failed or the hub ended
  bool failed_ = false;
  record::Uuid log_id_;

  // What the events amount to.
  std::map<std::pair<std::string, std::string>, size_t> by_identity_;
  std::map<record::Hash, size_t> by_digest_;
  std::map<record::Hash, record::Hash> chains_;
  std::map<std::string, pb::OrganisationKind> kinds_;
  struct Key {
    std::string organisation;
    bool revoked = false;
  };
  std::map<record::Hash, Key> keys_;
  uint64_t registry_size_ = 0;
  std::map<std::string, pb::OrganisationKind> committed_kinds_;
  uint64_t committed_registry_size_ = 0;

  sequencer::ClockReading trusted_;
  std::optional<int64_t> now_us_;  // of the group in hand; none where the clock has jumped
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_ORACLE_H_
