#include "server/federation/cosigning.h"

#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"

namespace liaison::federation {
namespace {

// Another way to this witness may go on in between.
constexpr int kMaxTries = 3;

absl::StatusOr<std::vector<record::Hash>> AskConsistency(uint64_t older, uint64_t newer,
                                                         PeerLine* line) {
  std::vector<record::Hash> hashes;
  if (older == 0 || older == newer) return hashes;
  pb::GetConsistencyProofRequest request;
  request.set_tree(pb::TREE_LOG);
  request.set_old_size(older);
  request.set_new_size(newer);
  LIAISON_ASSIGN_OR_RETURN(const pb::GetConsistencyProofResponse response,
                           line->GetConsistencyProof(request));
  for (const std::string& bytes : response.hashes()) {
    LIAISON_ASSIGN_OR_RETURN(const record::Hash hash, record::Hash::Parse(bytes));
    hashes.push_back(hash);
  }
  return hashes;
}

}  // namespace

Brought CosignAndBring(const SettledHead& head, const Cosign& cosign, PeerLine* line) {
  uint64_t from = 0;
  Cosigned said;
  for (int i = 0; i < kMaxTries; ++i) {
    auto hashes = AskConsistency(from, head.size, line);
    if (!hashes.ok()) return {hashes.status(), ""};
    said = cosign(record::FormatAddCheckpoint({from, *std::move(hashes), head.note}));
    if (!said.stands_at) break;
    // The larger one was brought, or will be.
    if (*said.stands_at > head.size) return {absl::OkStatus(), ""};
    from = *said.stands_at;
  }
  if (said.lines.empty()) {
    return {
        absl::FailedPreconditionError(absl::StrCat("the head of ", head.size, " of ", head.origin,
                                                   " is not cosigned: ", said.message)),
        said.seen};
  }
  pb::AddCosignaturesRequest request;
  request.set_note(absl::StrCat(head.note, said.lines));
  return {line->AddCosignatures(request).status(), ""};
}

}  // namespace liaison::federation
