#include "liaison/transparency_client.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

// A hub that is asked signs within moments.
constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(20);

absl::Status Unexpected(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the hub's answer is none: ", what));
}

// Of a mock, for one.
class NoTransparency final : public TransparencyConnection {
 public:
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      const v1::GetInclusionProofRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest&) override {
    return None();
  }
  absl::StatusOr<v1::ListLeafHashesResponse> ListLeafHashes(
      const v1::ListLeafHashesRequest&) override {
    return None();
  }
  absl::StatusOr<v1::ListLeavesResponse> ListLeaves(const v1::ListLeavesRequest&) override {
    return None();
  }
  absl::StatusOr<v1::ListRegistryEntriesResponse> ListRegistryEntries(
      const v1::ListRegistryEntriesRequest&) override {
    return None();
  }

 private:
  static absl::Status None() {
    return absl::UnimplementedError("this connection knows no checkpoints");
  }
};

}  // namespace

TransparencyClient::TransparencyClient(std::shared_ptr<Connection> connection)
    : connection_(std::dynamic_pointer_cast<TransparencyConnection>(connection)) {
  if (connection_ == nullptr) connection_ = std::make_shared<NoTransparency>();
}

absl::StatusOr<v1::GetCheckpointResponse> TransparencyClient::Checkpoint(
    uint64_t covering, absl::Duration patience) const {
  const absl::Time deadline = absl::Now() + patience;
  v1::GetCheckpointRequest request;
  request.set_covering(covering);
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(v1::GetCheckpointResponse response,
                             connection_->GetCheckpoint(request));
    if (response.size() >= covering) return response;
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat("the hub has signed up to ", response.size(),
                                                      ", and not yet up to ", covering));
    }
    absl::SleepFor(kAskAgainAfter);
  }
}

absl::StatusOr<v1::GetInclusionProofResponse> TransparencyClient::Inclusion(
    const v1::GetInclusionProofRequest& request) const {
  return connection_->GetInclusionProof(request);
}

absl::StatusOr<v1::GetConsistencyProofResponse> TransparencyClient::Consistency(
    const v1::GetConsistencyProofRequest& request) const {
  return connection_->GetConsistencyProof(request);
}

absl::Status TransparencyClient::LeafHashes(
    v1::Tree tree, uint64_t begin_index, uint64_t end_index,
    const std::function<absl::Status(const record::Hash&)>& take) const {
  v1::ListLeafHashesRequest request;
  request.set_tree(tree);
  request.set_end_index(end_index);
  while (begin_index < end_index) {
    request.set_begin_index(begin_index);
    LIAISON_ASSIGN_OR_RETURN(const v1::ListLeafHashesResponse response,
                             connection_->ListLeafHashes(request));
    absl::string_view rest = response.hashes();
    if (rest.empty() || rest.size() % record::kHashSizeBytes != 0 ||
        rest.size() / record::kHashSizeBytes > end_index - begin_index) {
      return Unexpected("leaf hashes");
    }
    for (; !rest.empty(); rest.remove_prefix(record::kHashSizeBytes)) {
      LIAISON_RETURN_IF_ERROR(
          take(record::Hash::FromBytes(rest.substr(0, record::kHashSizeBytes))));
      ++begin_index;
    }
  }
  return absl::OkStatus();
}

absl::Status TransparencyClient::Leaves(
    uint64_t first_sequence, uint64_t last_sequence,
    const std::function<absl::Status(const v1::LeafEntry&)>& take) const {
  v1::ListLeavesRequest request;
  request.set_last_sequence(last_sequence);
  while (first_sequence <= last_sequence) {
    request.set_first_sequence(first_sequence);
    LIAISON_ASSIGN_OR_RETURN(const v1::ListLeavesResponse response,
                             connection_->ListLeaves(request));
    if (response.entries().empty()) return Unexpected("leaves");
    for (const v1::LeafEntry& entry : response.entries()) {
      if (entry.sequence() != first_sequence++) return Unexpected("leaves out of order");
      LIAISON_RETURN_IF_ERROR(take(entry));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::RegistryTreeEntry>> TransparencyClient::Registry(
    uint64_t size) const {
  std::vector<v1::RegistryTreeEntry> entries;
  v1::ListRegistryEntriesRequest request;
  while (entries.size() < size) {
    request.set_begin_index(entries.size());
    LIAISON_ASSIGN_OR_RETURN(v1::ListRegistryEntriesResponse response,
                             connection_->ListRegistryEntries(request));
    if (response.entries().empty()) return Unexpected("the registry ends before its checkpoint");
    for (v1::RegistryTreeEntry& entry : *response.mutable_entries()) {
      if (entries.size() < size) entries.push_back(std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<std::vector<record::Hash>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  std::vector<record::Hash> parsed;
  parsed.reserve(hashes.size());
  for (const std::string& bytes : hashes) {
    const absl::StatusOr<record::Hash> hash = record::Hash::Parse(bytes);
    if (!hash.ok()) return Unexpected(hash.status().message());
    parsed.push_back(*hash);
  }
  return parsed;
}

}  // namespace liaison
