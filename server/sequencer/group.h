// One group on its way to disk: what was accepted so far, and how it changes the answers.
#ifndef LIAISON_SERVER_SEQUENCER_GROUP_H_
#define LIAISON_SERVER_SEQUENCER_GROUP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/decide.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"
#include "server/sequencer/proposal.h"
#include "server/sequencer/recent.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

// A Group is a Lookup over the log and everything accepted since: a statement is decided against
// what stands before it, whether that is on disk yet or not. Accept changes the state; Rollback
// undoes what came after a Mark. Not thread-safe.
class Group final : public domain::Lookup {
 public:
  // All must outlive the group.
  Group(const storage::EventLog* log, domain::State* state, RecentReads* recent)
      : log_(log), state_(state), recent_(recent) {}

  absl::StatusOr<std::optional<domain::KnownEvent>> ByIdentity(
      absl::string_view author, absl::string_view event_id) const override;
  absl::StatusOr<std::optional<domain::KnownEvent>> ByDigest(
      const record::Hash& digest) const override;
  absl::StatusOr<std::shared_ptr<const domain::KnownHeader>> Header(
      const record::Hash& digest) const override;
  absl::StatusOr<std::optional<record::Hash>> LatestRevision(
      const record::Hash& root) const override;
  absl::StatusOr<std::optional<std::string>> Row(absl::string_view key) const override;
  absl::StatusOr<std::vector<domain::KeyedRow>> Rows(absl::string_view prefix) const override;

  // Room for so many events.
  void Reserve(size_t events);
  // Takes the statement in at this leaf. The state moves on. An error where the log cannot be read:
  // then nothing has changed.
  absl::Status Accept(domain::Statement statement, const record::Leaf& leaf);

  // Writes the row, and those that it guards, with the group. ABORTED where something else than
  // what is expected stands there, in the log or by what came before in the group. Rollback to an
  // earlier mark does not take it back: it is the last thing that a proposal does.
  absl::Status ChangeControl(const ControlChange& change);

  struct Mark {
    domain::State state;
    size_t events;
  };
  Mark mark() const { return {*state_, writes_.events.size()}; }
  // Forgets everything accepted since the mark.
  void Rollback(const Mark& mark);

  bool empty() const { return writes_.events.empty() && writes_.rows.empty(); }
  const storage::Group& writes() const { return writes_; }
  // They are on disk: what is remembered of the log is what it holds now.
  void RememberRows() const;
  // Hands them over. The group is not to be used any more.
  storage::Group Release() && { return std::move(writes_); }

 private:
  // What Accept changed, so that Rollback can take it back.
  struct Undo {
    std::string identity;  // empty: it has no name here
    record::Hash digest;
    size_t rows;
    size_t erased;
  };
  domain::KnownEvent Known(size_t index) const;
  void Put(storage::Table table, std::string key, std::optional<std::string> value);
  // The group's own row, which may say that there is none; nullptr where it has not touched it.
  const storage::Row* Touched(storage::Table table, absl::string_view key) const;

  const storage::EventLog* log_;
  domain::State* state_;
  RecentReads* recent_;
  storage::Group writes_;
  std::vector<Undo> undo_;
  absl::flat_hash_map<std::string, size_t> by_identity_;
  absl::flat_hash_map<record::Hash, size_t> by_digest_;
  // Of the group's own events.
  mutable absl::flat_hash_map<record::Hash, std::shared_ptr<const domain::KnownHeader>>
      own_headers_;
  // Where the rows of a key stand among the writes, ascending: the last one counts. The key has the
  // table in front.
  absl::btree_map<std::string, std::vector<size_t>> rows_;
};

// The stored event in the domain's terms. DATA_LOSS where its bytes do not parse.
absl::StatusOr<domain::KnownEvent> ToKnownEvent(storage::StoredEvent event);
// The receipt that a retry of this event gets.
Receipt ReceiptOf(const domain::KnownEvent& original, absl::string_view event_id);
// Names an event by author and id, in a log. nullopt where there is none. Thread-safe.
absl::StatusOr<std::optional<domain::KnownEvent>> FindByIdentity(const storage::EventLog& log,
                                                                 absl::string_view author,
                                                                 absl::string_view event_id);

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_GROUP_H_
