// What this hub can prove to others of another hub's log.
#ifndef LIAISON_SERVER_FEDERATION_REPLICA_H_
#define LIAISON_SERVER_FEDERATION_REPLICA_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/foreign.h"
#include "proto/record/partial_tree.h"
#include "server/federation/entry.h"
#include "server/federation/lane.h"
#include "server/federation/origin.h"
#include "server/federation/origin_registry.h"
#include "server/federation/verify_item.h"
#include "storage/tree/node_reader.h"

namespace liaison::federation {

// A Replica is shared by all lanes of one origin under one key: each adds what it proved, whichever
// peer it had it from. Thread-safe.
class Replica {
 public:
  // The entry outlives it.
  Replica(Entry* entry, const std::string& origin) : Replica(entry, origin, origin) {}
  Replica(Entry* entry, std::string origin, std::string kept_as)
      : entry_(*entry), origin_(std::move(origin)), kept_as_(std::move(kept_as)) {}

  // What stands for the origin in the keys of the rows that its checkpoints prove.
  const std::string& kept_as() const { return kept_as_; }

  // As it was kept: the registry, and how far some lane was whole, also one that is asked no more.
  // Once, before anything else.
  absl::Status Load(const record::NoteVerifier& key);

  // Another head of that size with another root, whoever's lane it came by; nullopt where there is
  // none, and then this one is remembered.
  std::optional<Head> Contradiction(const Head& head);

  // The largest that anybody has shown, or was kept; nullopt: none.
  std::optional<Head> newest() const;

  // The newest head up to which some lane dealt with everything. nullopt: none yet.
  std::optional<Head> whole() const;
  void SetWhole(const Head& head);

  // As the head of the same moment proves it.
  struct Registry {
    std::vector<RegistryEntry> entries;
    Head head;
  };
  std::shared_ptr<const Registry> registry() const;
  // Keeps what is behind those that are there. `entries` follow each other from `first`.
  absl::Status AddRegistry(uint64_t first, const std::vector<RegistryEntry>& entries,
                           const Head& head);

  // Whoever settles a batch holds it, from TreeRows to the write: lanes of one origin fill in what
  // the others could not see.
  absl::Mutex& settling() ABSL_LOCK_RETURNED(settling_) { return settling_; }
  // What a batch shows of the tree, with one judgement for each item.
  struct Shown {
    const Batch* batch;
    const record::PartialTree* tree;  // null where only late ones came
    absl::Span<const Judgement> items;
    absl::Span<const Judgement> late;  // empty where they do not count
    uint64_t settled;                  // how far it is dealt with
  };
  // The rows that say so, whole: with what others have shown. ALREADY_EXISTS where that was
  // something else.
  absl::StatusOr<std::vector<KeptRow>> TreeRows(const Shown& shown) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(settling_);
  using Rows = std::map<uint64_t, rows::TreeRow>;  // by the index of their leaf
  // The same of one event by its own evidence, whose head this is; it keeps none of them. DATA_LOSS
  // where that does not lead there.
  absl::StatusOr<Rows> RowsOf(const record::Evidence& evidence, const Head& head) const;

 private:
  absl::Status LoadRegistry(const record::NoteVerifier& registry_key);
  absl::Status LoadWhole(const record::NoteVerifier& key);
  absl::Status AddPieces(const Shown& shown, Rows* rows) const;
  // Of what came late: its leaf, and all that its proof says of the tree beside it.
  absl::Status AddWay(const Item& item, const Judgement& judgement, uint64_t size,
                      Rows* rows) const;
  absl::Status Merge(uint64_t index, const rows::TreeRow& row, Rows* rows) const;

  Entry& entry_;
  const std::string origin_;
  const std::string kept_as_;
  absl::Mutex settling_;
  mutable absl::Mutex mu_;
  std::map<uint64_t, Head> heads_ ABSL_GUARDED_BY(mu_);  // by size; the largest ones
  std::optional<Head> whole_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const Registry> registry_ ABSL_GUARDED_BY(mu_) = std::make_shared<Registry>();
};

// One for each origin of the policy and the key that is pinned for it. Where another key is pinned,
// what the one before has proven is set aside: nothing of it is compared, or served as proven, and
// lanes begin anew, for which what is in the log already is a duplicate. It stands where it stood
// for whoever pins that key again. Thread-safe.
class Replicas {
 public:
  explicit Replicas(Entry* entry) : entry_(*entry) {}
  // Made at the first call; that key is the one that counts from now on. DATA_LOSS where what was
  // kept of it contradicts itself.
  absl::StatusOr<Replica*> Of(const std::string& origin, const record::NoteVerifier& key);
  // By the key that counts. nullptr: nothing of it was ever asked for.
  const Replica* Find(absl::string_view origin) const;

  // Why nothing new of the origin's reaches this hub, for whoever is served it from here; empty: it
  // does, as far as anybody knows.
  void SetDeaf(const std::string& origin, std::string why);
  std::string deaf(absl::string_view origin) const;

 private:
  // The first key of an origin has its rows under the origin's name, every other one under a name
  // of its own.
  absl::StatusOr<std::string> KeptAs(const std::string& origin,
                                     const record::NoteVerifier& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Entry& entry_;
  mutable absl::Mutex mu_;
  // By origin and vkey. None is taken out: whoever serves may be reading.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Replica>> replicas_
      ABSL_GUARDED_BY(mu_);
  std::map<std::string, Replica*, std::less<>> in_force_ ABSL_GUARDED_BY(mu_);  // by origin
  std::map<std::string, std::string, std::less<>> deaf_ ABSL_GUARDED_BY(mu_);   // by origin
};

// An origin's tree as it was kept, see Replica. A node of which nobody showed anything is a
// DATA_LOSS, like a row that is missing. Thread-safe; the entry outlives it.
class ForeignTree final : public storage::NodeReader {
 public:
  // `rows` stand in place of those that were kept.
  ForeignTree(const Entry* entry, std::string kept_as, Replica::Rows rows = {})
      : entry_(*entry), kept_as_(std::move(kept_as)), rows_(std::move(rows)) {}
  absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                        std::vector<std::string>* rows) const override;

 private:
  const Entry& entry_;
  const std::string kept_as_;
  const Replica::Rows rows_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_REPLICA_H_
