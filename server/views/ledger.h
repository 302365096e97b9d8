// What the log's headers say, in few bytes: who said what kind of thing, when, about which event.
#ifndef LIAISON_SERVER_VIEWS_LEDGER_H_
#define LIAISON_SERVER_VIEWS_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/leaf.h"
#include "server/views/cells.h"
#include "server/views/string_table.h"
#include "storage/event_log.h"

namespace liaison::views {

namespace pb = ::igf::liaison::v1;

// Who speaks, to whom, for whom: what decides who may read an event, and for whom it counts. There
// are few of these. An organisation's name is its own at its hub only: one of another hub has that
// hub's before it, `HOST:HUB:org/a`, which is within no organisation of ours and registered
// nowhere.
struct Voice {
  std::string author;
  std::string audience;
  std::string contributor;  // the organisation recorded for, else the author; empty: an individual
  pb::StakeholderGroup group = pb::STAKEHOLDER_GROUP_UNSPECIFIED;  // of an individual
  pb::Region region = pb::REGION_UNSPECIFIED;                      // of an individual
  std::string origin = {};  // the hub it comes from, HOST/HUB/LOG_ID; empty: this one

  bool relayed() const { return !origin.empty(); }
};

struct Entry {
  int64_t hub_time_us = 0;
  Index root = 0;       // of its chain; itself where it revises nothing
  uint32_t voice = 0;   // Ledger::voice
  uint32_t cycle = 0;   // Ledger::name
  uint32_t topics = 0;  // Ledger::topics
  // Of a position the root of what it is on, of a retraction that of what it takes back; itself
  // where that is not known.
  Index about = 0;
  pb::EventType type = pb::EVENT_TYPE_UNSPECIFIED;
  uint8_t position_kind = 0;  // of a position
  bool asks = false;          // something of its addressees
  bool asks_action = false;   // a signal for action
  // Of a root, to spare others the look: it has later versions; a version has been retracted.
  bool has_versions = false;
  bool has_retraction = false;
  bool relayed = false;  // from another hub
};

// One event names another.
struct Naming {
  Index from = 0;
  pb::Relation relation = pb::RELATION_UNSPECIFIED;  // unspecified: in its facts
  bool disposes = false;                             // a disposition, of an input
};

// A Ledger is derived from the log, and kept up to date whenever it is asked. Thread-safe; it holds
// a lock while it is looked at. Headers stay in the log: an event takes some 140 bytes here.
class Ledger {
 public:
  // `log` must outlive it.
  explicit Ledger(const storage::EventLog* log) : log_(log) {}

  // Takes in what the log has beyond it. DATA_LOSS where a header or leaf does not parse.
  absl::Status CatchUp() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes in at most so many, and tells whether there are more: whoever asks in between need not
  // wait for a long log.
  absl::StatusOr<bool> Advance(uint64_t most) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex& mutex() const ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  const storage::EventLog& log() const { return *log_; }

  // All of these need the lock, shared.
  const std::vector<Entry>& entries() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return entries_; }
  const Voice& voice(uint32_t number) const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return voices_[number];
  }
  size_t voices() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return voices_.size(); }
  // Cycles and topics.
  const StringTable& names() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return names_; }
  absl::Span<const uint32_t> topics(uint32_t number) const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return topic_lists_[number];
  }
  // nullopt for one that the log has only beyond the ledger.
  absl::StatusOr<std::optional<Index>> Find(absl::string_view digest) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Those that name this very event, in order.
  absl::Span<const Naming> NamingOf(Index index) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The versions of a chain after its root, in order.
  absl::Span<const Index> Versions(Index root) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Span<const Index> OfType(pb::EventType type) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Later versions of signals and reports, in order.
  absl::Span<const Index> ChangesOfInputs() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return changes_of_inputs_;
  }
  // Roots of signals and reports of which a version is of the cycle; of those of which one counts
  // for the contributor; and roots of which a version asks for something. In order.
  absl::Span<const Index> InputsOf(absl::string_view cycle) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Span<const Index> InputsBy(absl::string_view contributor) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Roots of positions on these, in order.
  absl::Span<const Index> PositionsOf(absl::string_view cycle) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  const std::map<std::string, std::vector<Index>>& contributors() const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return inputs_by_;
  }
  absl::Span<const Index> Asking() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return asking_; }
  // The same by everybody who asks or is asked in a version.
  const std::map<std::string, std::vector<Index>>& asking_with() const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return asking_with_;
  }
  const Cells& cells() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return cells_; }

 private:
  absl::Status Take(const storage::EventLog::EventView& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a header names that the ledger has.
  struct NamedEvent {
    Index target = 0;
    pb::Relation relation = pb::RELATION_UNSPECIFIED;
    bool disposes = false;

    friend bool operator<(const NamedEvent& a, const NamedEvent& b) {
      return std::tie(a.target, a.relation, a.disposes) <
             std::tie(b.target, b.relation, b.disposes);
    }
  };
  using Named = std::set<NamedEvent>;
  // Leaves of what a relayed event names what it has a say in here.
  absl::Status Heed(const record::Leaf& leaf, Named* named) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Named> NamedBy(const pb::EventHeader& header) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void TakeRequest(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeInput(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakePosition(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of inputs, by root: those whose count the event may change.
  std::set<Index> InputsTouchedBy(pb::EventType type, const Named& named) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // True iff a disposition takes its inputs into it.
  static bool IsInto(pb::EventType type, const NamedEvent& named);
  // True iff what went into it may wait again, or wait no more.
  bool MovesWhatIsIn(pb::EventType type, const NamedEvent& named) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The roots of all that dispositions took into it.
  std::vector<Index> InputsIn(Index root) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The chain from its root on.
  std::vector<Index> VersionsWithRoot(Index root) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsRetraction(const Naming& naming) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Counted CountedOf(Index root) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // `origin` as in Voice.
  uint32_t VoiceOf(const pb::EventHeader& header, const std::string& origin)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> OriginOf(const record::Leaf& leaf)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint32_t TopicsOf(const pb::EventHeader& header) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const storage::EventLog* const log_;
  mutable absl::Mutex mutex_;
  pb::EventHeader header_ ABSL_GUARDED_BY(mutex_);  // being taken in; keeps its room
  std::string key_ ABSL_GUARDED_BY(mutex_);         // the same, of its voice and its topics
  // By the hash of their names: one look at the evidence for each hub.
  absl::flat_hash_map<record::Hash, std::string> origins_ ABSL_GUARDED_BY(mutex_);
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::vector<Voice> voices_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, uint32_t> voice_numbers_ ABSL_GUARDED_BY(mutex_);
  StringTable names_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<uint32_t>> topic_lists_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, uint32_t> topic_list_numbers_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Index, std::vector<Naming>> naming_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Index, std::vector<Index>> versions_ ABSL_GUARDED_BY(mutex_);
  std::map<pb::EventType, std::vector<Index>> by_type_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint32_t, std::vector<Index>> inputs_of_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint32_t, std::vector<Index>> positions_of_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Index>> inputs_by_ ABSL_GUARDED_BY(mutex_);
  // The same by voice, nullptr for those of individuals: an event has its voice's number anyway.
  std::vector<std::vector<Index>*> inputs_by_voice_ ABSL_GUARDED_BY(mutex_);
  std::vector<Index> changes_of_inputs_ ABSL_GUARDED_BY(mutex_);
  std::vector<Index> asking_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Index>> asking_with_ ABSL_GUARDED_BY(mutex_);
  // By disposition: the roots of the inputs it disposes of.
  absl::flat_hash_map<Index, std::vector<Index>> disposed_by_ ABSL_GUARDED_BY(mutex_);
  // By disposition: what it takes its inputs into.
  absl::flat_hash_map<Index, Index> into_ ABSL_GUARDED_BY(mutex_);
  // What inputs may have gone into, by root, and was gone at any time: groupings that were
  // dissolved, inputs that were taken back, decisions that were withdrawn.
  absl::flat_hash_set<Index> gone_ ABSL_GUARDED_BY(mutex_);
  Cells cells_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_LEDGER_H_
