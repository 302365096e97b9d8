#include "server/rpc/transparency.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/leaf.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/tile.h"
#include "server/fanout/header_view.h"
#include "server/transparency/proofs.h"
#include "server/transparency/tiles.h"

namespace liaison::rpc {
namespace {

using transparency::LogTree;
using transparency::TreeHead;

// 256 KiB of an answer, and as many rows to read.
constexpr uint64_t kMaxHashesOfAnswer = 8192;

absl::StatusOr<storage::Tree> TreeOf(pb::Tree tree) {
  switch (tree) {
    case pb::TREE_UNSPECIFIED:
    case pb::TREE_LOG:
      return storage::Tree::kLog;
    case pb::TREE_REGISTRY:
      return storage::Tree::kRegistry;
    default:
      return record::FieldInvalid("tree", "TREE_LOG or TREE_REGISTRY");
  }
}

absl::Status CheckWithin(absl::string_view field, uint64_t number, uint64_t most) {
  if (number <= most) return absl::OkStatus();
  return record::Error(record::Reason::kPositionAheadOfLog,
                       absl::StrCat(field, " ", number, " is beyond the tree's end, ", most))
      .With(field, number)
      .With("head", most);
}

absl::StatusOr<std::shared_ptr<const transparency::Published>> PublishedBy(
    const TransparencyDesk& desk) {
  LIAISON_RETURN_IF_ERROR(desk.signer->condition());
  return desk.signer->published();
}

// The tree that a proof is to lead to: of that size, or the newest checkpoint's.
struct Goal {
  TreeHead head;
  std::string note;  // where it is a checkpoint's
};

absl::StatusOr<Goal> GoalOf(const TransparencyDesk& desk, storage::Tree which,
                            absl::string_view field, uint64_t size) {
  if (size == 0) {
    LIAISON_ASSIGN_OR_RETURN(const auto published, PublishedBy(desk));
    const transparency::Signed& newest =
        which == storage::Tree::kLog ? published->log : published->registry;
    const bool is_cosigned = which == storage::Tree::kLog && desk.cosigned != nullptr;
    return Goal{newest.head,
                is_cosigned ? desk.cosigned->WithCosignatures(newest.note) : newest.note};
  }
  const LogTree tree = desk.signer->tree(which);
  LIAISON_RETURN_IF_ERROR(CheckWithin(field, size, tree.size()));
  LIAISON_ASSIGN_OR_RETURN(const TreeHead head, transparency::HeadAt(tree, size));
  return Goal{head, ""};
}

template <typename Response>
void AddHashes(const std::vector<record::Hash>& hashes, Response* response) {
  for (const record::Hash& hash : hashes) response->add_hashes(std::string(hash.bytes()));
}

pb::LeafEntry EntryOf(const auth::Principal& principal, const storage::EventLog::EventView& event) {
  pb::LeafEntry entry;
  entry.set_sequence(event.sequence);
  if (auth::MayRead(principal, fanout::ReadableOf(event.leaf, event.header))) {
    entry.set_leaf(std::string(event.leaf));
    entry.set_header(std::string(event.header));
    return entry;
  }
  entry.set_leaf_hash(std::string(record::LeafHash(event.leaf).bytes()));
  return entry;
}

}  // namespace

absl::StatusOr<pb::GetCheckpointResponse> GetCheckpoint(const TransparencyDesk& desk,
                                                        const auth::Principal&,
                                                        const pb::GetCheckpointRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auto published, PublishedBy(desk));
  LIAISON_RETURN_IF_ERROR(CheckWithin("covering", request.covering(), desk.log->head().sequence));
  if (request.covering() > published->log.head.size) desk.beat->Hurry();
  pb::GetCheckpointResponse response;
  response.set_note(published->log.note);
  response.set_size(published->log.head.size);
  response.set_registry_note(published->registry.note);
  response.set_registry_size(published->registry.head.size);
  response.set_log_origin(desk.signer->origin());
  response.set_log_vkey(desk.signer->verifier().ToString());
  if (desk.cosigned == nullptr) return response;
  response.set_note(desk.cosigned->WithCosignatures(published->log.note));
  const witness::CosignedLog::Witnessed witnessed = desk.cosigned->witnessed();
  response.set_witnessed_note(witnessed.note);
  response.set_witnessed_size(witnessed.size);
  return response;
}

absl::StatusOr<pb::GetInclusionProofResponse> GetInclusionProof(
    const TransparencyDesk& desk, const auth::Principal&,
    const pb::GetInclusionProofRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const storage::Tree which, TreeOf(request.tree()));
  LIAISON_ASSIGN_OR_RETURN(const Goal goal, GoalOf(desk, which, "size", request.size()));
  if (request.leaf_index() >= goal.head.size) {
    return record::Error(record::Reason::kPositionAheadOfLog,
                         absl::StrCat("leaf ", request.leaf_index(),
                                      " does not stand in a tree of ", goal.head.size))
        .With("head", goal.head.size);
  }
  const LogTree tree = desk.signer->tree(which);
  LIAISON_ASSIGN_OR_RETURN(const transparency::Inclusion proof,
                           transparency::ProveInclusion(tree, request.leaf_index(), goal.head));
  pb::GetInclusionProofResponse response;
  AddHashes(proof.hashes, &response);
  response.set_leaf_hash(std::string(proof.leaf_hash.bytes()));
  response.set_size(goal.head.size);
  response.set_note(goal.note);
  return response;
}

absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
    const TransparencyDesk& desk, const auth::Principal&,
    const pb::GetConsistencyProofRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const storage::Tree which, TreeOf(request.tree()));
  LIAISON_ASSIGN_OR_RETURN(const Goal goal, GoalOf(desk, which, "new_size", request.new_size()));
  LIAISON_RETURN_IF_ERROR(CheckWithin("old_size", request.old_size(), goal.head.size));
  const LogTree tree = desk.signer->tree(which);
  LIAISON_ASSIGN_OR_RETURN(const TreeHead older, transparency::HeadAt(tree, request.old_size()));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> hashes,
                           transparency::ProveConsistency(tree, older, goal.head));
  pb::GetConsistencyProofResponse response;
  AddHashes(hashes, &response);
  response.set_new_size(goal.head.size);
  response.set_note(goal.note);
  return response;
}

absl::StatusOr<pb::ListLeafHashesResponse> ListLeafHashes(
    const TransparencyDesk& desk, const auth::Principal&,
    const pb::ListLeafHashesRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const storage::Tree which, TreeOf(request.tree()));
  const LogTree tree = desk.signer->tree(which);
  LIAISON_RETURN_IF_ERROR(CheckWithin("end_index", request.end_index(), tree.size()));
  if (request.begin_index() >= request.end_index()) {
    return record::FieldInvalid("begin_index", "it is below end_index");
  }
  const uint64_t count = std::min(request.end_index() - request.begin_index(), kMaxHashesOfAnswer);
  LIAISON_ASSIGN_OR_RETURN(
      const std::vector<record::Hash> hashes,
      transparency::LeafHashes(tree, request.begin_index(), request.begin_index() + count));
  pb::ListLeafHashesResponse response;
  for (const record::Hash& hash : hashes) {
    response.mutable_hashes()->append(hash.bytes().data(), hash.bytes().size());
  }
  return response;
}

absl::StatusOr<pb::GetTileResponse> GetTile(const TransparencyDesk& desk, const auth::Principal&,
                                            const pb::GetTileRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const storage::Tree which, TreeOf(request.tree()));
  if (request.level() > record::kMaxTileLevel) {
    return record::FieldInvalid("level", absl::StrCat("from 0 to ", record::kMaxTileLevel));
  }
  if (request.width() > record::kTileWidth) {
    return record::FieldInvalid("width", absl::StrCat("from 1 to ", record::kTileWidth));
  }
  const uint64_t width = request.width() == 0 ? record::kTileWidth : request.width();
  const LogTree tree = desk.signer->tree(which);
  const int level = static_cast<int>(request.level());
  LIAISON_RETURN_IF_ERROR(
      CheckWithin("width", width, record::WidthInTree(level, request.index(), tree.size())));
  LIAISON_ASSIGN_OR_RETURN(std::string hashes,
                           transparency::ReadTile(tree, {level, request.index(), width}));
  pb::GetTileResponse response;
  response.set_hashes(std::move(hashes));
  return response;
}

absl::StatusOr<pb::ListLeavesResponse> ListLeaves(const TransparencyDesk& desk,
                                                  const auth::Principal& principal,
                                                  const pb::ListLeavesRequest& request) {
  LIAISON_RETURN_IF_ERROR(
      CheckWithin("last_sequence", request.last_sequence(), desk.log->head().sequence));
  if (request.first_sequence() == 0 || request.first_sequence() > request.last_sequence()) {
    return record::FieldInvalid("first_sequence", "from 1, and not beyond last_sequence");
  }
  pb::ListLeavesResponse response;
  size_t size_bytes = 0;
  LIAISON_RETURN_IF_ERROR(desk.log->ScanHeaders(
      request.first_sequence() - 1, [&](const storage::EventLog::EventView& event) {
        pb::LeafEntry& entry = *response.add_entries();
        entry = EntryOf(principal, event);
        size_bytes += entry.ByteSizeLong();
        return event.sequence < request.last_sequence() && size_bytes < record::kMaxPageSizeBytes;
      }));
  return response;
}

absl::StatusOr<pb::ListRegistryEntriesResponse> ListRegistryEntries(
    const TransparencyDesk& desk, const auth::Principal&,
    const pb::ListRegistryEntriesRequest& request) {
  pb::ListRegistryEntriesResponse response;
  response.set_size(desk.log->head().registry_size);
  size_t size_bytes = 0;
  for (uint64_t index = request.begin_index();
       index < response.size() && size_bytes < record::kMaxPageSizeBytes; ++index) {
    LIAISON_ASSIGN_OR_RETURN(std::string bytes, desk.log->ReadRegistryLeaf(index));
    LIAISON_ASSIGN_OR_RETURN(const record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
    LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, desk.log->ReadHeader(leaf.sequence));
    pb::RegistryTreeEntry* entry = response.add_entries();
    entry->set_leaf(std::move(bytes));
    entry->set_header(std::move(event.header));
    size_bytes += entry->ByteSizeLong();
  }
  return response;
}

}  // namespace liaison::rpc
