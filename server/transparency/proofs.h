// Proofs out of the stored trees, each verified before it is given away.
#ifndef LIAISON_SERVER_TRANSPARENCY_PROOFS_H_
#define LIAISON_SERVER_TRANSPARENCY_PROOFS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/hash.h"
#include "storage/event_log.h"
#include "storage/tree/node_reader.h"
#include "storage/trees.h"

namespace liaison::transparency {

// A LogTree reads one of a log's trees. Thread-safe. Log and trees, which are its own, must outlive
// it.
class LogTree final : public storage::NodeReader {
 public:
  LogTree(const storage::EventLog* log, const storage::TreeStore* trees, storage::Tree tree)
      : log_(*log), trees_(*trees), tree_(tree) {}

  // Of the tree as it is now.
  uint64_t size() const;
  absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                        std::vector<std::string>* rows) const override;

 private:
  const storage::EventLog& log_;
  const storage::TreeStore& trees_;
  const storage::Tree tree_;
};

// The tree of so many leaves, and its root: what a proof has to lead to.
struct TreeHead {
  uint64_t size = 0;
  record::Hash root;
};

struct Inclusion {
  record::Hash leaf_hash;
  std::vector<record::Hash> hashes;
};

// All of these are thread-safe. OUT_OF_RANGE beyond the tree; DATA_LOSS where what is stored does
// not lead to the root, and then nothing is given away.

// The tree as it was at that size; `size` is at most the tree's.
absl::StatusOr<TreeHead> HeadAt(const LogTree& tree, uint64_t size);
absl::StatusOr<Inclusion> ProveInclusion(const LogTree& tree, uint64_t index, const TreeHead& head);
absl::StatusOr<std::vector<record::Hash>> ProveConsistency(const LogTree& tree,
                                                           const TreeHead& older,
                                                           const TreeHead& newer);
// Of the leaves from `begin` to before `end`.
absl::StatusOr<std::vector<record::Hash>> LeafHashes(const LogTree& tree, uint64_t begin,
                                                     uint64_t end);

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_PROOFS_H_
