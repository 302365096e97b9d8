// What other hubs have of this hub's own log, behind where a backup of it ends.
#ifndef LIAISON_SERVER_FEDERATION_OWN_TAIL_H_
#define LIAISON_SERVER_FEDERATION_OWN_TAIL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/leaf.h"
#include "proto/record/signed_note.h"
#include "server/federation/lane.h"
#include "server/federation/lane_puller.h"
#include "server/federation/origin.h"
#include "server/federation/policy.h"
#include "server/federation/wire.h"
#include "server/transparency/proofs.h"
#include "storage/event_log.h"

namespace liaison::federation {

// An OwnTail asks for this log's own lane from where its copy ends, of one peer after the other,
// and puts together what each has of it. Nothing is believed that does not lead, together with the
// copy, to a head that the log's own key has signed: so it is proven at the same time that the copy
// is a prefix of what was signed. Not thread-safe.
class OwnTail {
 public:
  // `log` is the copy, and does not grow as long as this is used. `tree` is its log tree, and `key`
  // that of its checkpoints. `policy` has the keys of the origins of what the log had from
  // elsewhere; null: nothing of that is taken. They outlive it.
  OwnTail(const storage::EventLog* log, const transparency::LogTree* tree, record::NoteVerifier key,
          const Policy* policy);

  // Takes all that the peer has. OK where it answered, whatever that was; DATA_LOSS where a head
  // that the log's key has signed contradicts the copy, or another such head: two histories. Any
  // other error is the line's: ask again. `progress` is told up to where it has come, of how many.
  absl::Status Ask(const std::string& peer, PeerLine* line,
                   const std::function<void(uint64_t done, uint64_t of)>& progress);
  // A head of this log that was kept elsewhere. DATA_LOSS as above; INVALID_ARGUMENT for what is
  // none.
  absl::Status Know(absl::string_view note);
  // An event of this log that was kept elsewhere. Nothing proves it but the root, once all of the
  // tail is there.
  void Add(storage::StoredEvent event);

  // The newest head that anybody has shown; nullopt where nobody has.
  std::optional<Head> newest() const;
  // A head for which a peer's answer did not lead from the copy to it, and nobody else's did:
  // either that answer was bad, or the log has two histories.
  std::optional<Head> doubtful() const;
  // DATA_LOSS where the log, which has all of the tail by now, contradicts a head.
  absl::Status CheckHeads(const storage::EventLog& recovered);
  // A person would want to know: whose answer was not to be believed, and why.
  const std::vector<std::string>& remarks() const { return remarks_; }
  // Both of the heads that contradict each other: signed notes.
  const std::vector<std::string>& evidence() const { return evidence_; }

  // What is missing up to the newest head: events of which nothing, or not every section, is there.
  std::vector<Gap> missing() const;
  // All of the events that somebody has, ascending, as the log had them: sections that were erased
  // since are, and those that nobody has are `withheld`.
  std::vector<storage::StoredEvent> events() const;
  // How many are from elsewhere, and not all of their sections have come.
  size_t without_words() const;
  // Of those that are from elsewhere, by sequence: record::EncodeForeign.
  std::map<uint64_t, std::string> evidence_of_relayed() const;

 private:
  struct KnownHead {
    record::Hash root;
    std::string note;
    bool proven = false;  // that the copy leads to it
    bool failed = false;  // somebody should have proven it
  };
  struct Part {
    record::Leaf leaf;
    storage::StoredEvent event;  // sections that are not here are `withheld`
    std::string evidence = {};   // of one from elsewhere
  };
  // Where one peer's lane stands.
  struct Standing {
    uint64_t settled = 0;
    uint64_t registry_size = 0;
    std::optional<record::PartialTree> tree;  // of what is behind, beyond the copy
  };

  // False once the peer has no more, or what it said cannot be used.
  absl::StatusOr<bool> TakeAnswer(const std::string& peer, Pulled pulled, Standing* standing);
  absl::Status TakeHead(const Head& head);
  absl::Status Contradiction(const Head& head, const std::string& other, absl::string_view what);
  absl::StatusOr<std::optional<record::PartialTree>> Prove(const Head& head, const Batch& batch,
                                                           const Standing& standing);
  absl::StatusOr<std::vector<record::Hash>> CoverBefore(uint64_t end,
                                                        const Standing& standing) const;
  absl::Status TakeItem(const Item& item);
  // What proves that another hub's event is what the leaf speaks of, and stands at its origin, as
  // the key says that the policy pins; and nothing else of the bytes.
  absl::StatusOr<std::string> CheckRelayed(const record::Leaf& leaf, absl::string_view bytes) const;
  static size_t SizeOf(const Part& part);
  void TakePart(Part part);
  bool IsWhole(const Part& part) const;
  bool HasAllWords(const Part& part) const;
  void Remark(const std::string& peer, absl::string_view what);

  const storage::EventLog& log_;
  const transparency::LogTree& tree_;
  const record::NoteVerifier key_;
  const Policy* const policy_;
  const uint64_t size_;  // of the copy

  std::map<uint64_t, KnownHead> heads_;               // by size
  std::map<uint64_t, Part> parts_;                    // by sequence
  std::set<std::pair<uint64_t, uint16_t>> redacted_;  // by sequence and kind of section
  uint64_t kept_bytes_ = 0;
  std::vector<std::string> remarks_;
  std::vector<std::string> evidence_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_OWN_TAIL_H_
