#include "server/federation/source.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/partial_tree.h"
#include "server/federation/entry.h"
#include "server/federation/limits.h"
#include "server/federation/origin.h"
#include "server/federation/pieces.h"
#include "server/federation/rows.pb.h"
#include "server/transparency/proofs.h"
#include "storage/tree/proofs.h"

namespace liaison::federation {
namespace {

using record::Error;
using record::Reason;

absl::StatusOr<pb::EventHeader> ParseHeader(uint64_t sequence, absl::string_view bytes) {
  pb::EventHeader header;
  if (!header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(absl::StrCat("the header of ", sequence, " does not parse"));
  }
  return header;
}

}  // namespace

absl::StatusOr<pb::PullLaneResponse> Source::Serve(absl::string_view peer,
                                                   const pb::PullLaneRequest& request) const {
  if (request.origin() != origin()) {
    return Error(Reason::kNotFound, absl::StrCat("this hub serves the lane of ", origin()));
  }
  LIAISON_RETURN_IF_ERROR(CheckKnown(peer, request));
  LIAISON_RETURN_IF_ERROR(signer_.condition());
  const std::shared_ptr<const transparency::Published> published = signer_.published();
  if (published == nullptr) return absl::InternalError("this hub has signed nothing yet");
  const transparency::TreeHead& head = published->log.head;
  pb::PullLaneResponse response;
  response.set_head(published->log.note);
  response.set_registry_head(published->registry.note);
  response.set_cosign_since(cosign_since_s_);
  response.set_rules(policy_()->SendRules(peer));
  if (request.head_size() > 0 && request.head_size() < head.size) {
    const transparency::LogTree tree = signer_.tree(storage::Tree::kLog);
    LIAISON_ASSIGN_OR_RETURN(const transparency::TreeHead older,
                             transparency::HeadAt(tree, request.head_size()));
    LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> hashes,
                             transparency::ProveConsistency(tree, older, head));
    for (const record::Hash& hash : hashes) response.add_consistency(std::string(hash.bytes()));
  }
  const uint64_t registry_size = published->registry.head.size;
  LIAISON_RETURN_IF_ERROR(AddRegistry(request, registry_size, &response));
  const uint64_t known = request.registry_size() + response.registry_size();
  if (known < registry_size || request.settled() >= head.size) return response;
  LIAISON_RETURN_IF_ERROR(AddPieces(peer, request, head.size, &response));
  const transparency::LogTree tree = signer_.tree(storage::Tree::kLog);
  const auto hashes_of = [&tree](uint64_t begin, uint64_t end) {
    return storage::SubtreeHashes(tree, record::CoverOf(begin, end));
  };
  LIAISON_RETURN_IF_ERROR(AddCovers(hashes_of, head.size, &response));
  return response;
}

absl::Status Source::CheckKnown(absl::string_view peer, const pb::PullLaneRequest& request) const {
  if (look_ != nullptr) {
    absl::Status is_ours = look_(request.head_note(), peer);
    if (absl::IsDataLoss(is_ours)) {
      return Error(Reason::kReadOnly, absl::StrCat("this hub is read-only: ", is_ours.message()));
    }
    if (absl::IsInternal(is_ours)) return is_ours;
    if (!is_ours.ok()) return record::FieldInvalid("head_note", is_ours.message());
  }
  // By its word alone, which stops nobody.
  const uint64_t end = log_.head().sequence;
  const auto beyond = [end](absl::string_view field) {
    return record::FieldInvalid(field,
                                absl::StrCat("this log has ", end, " events: was it set back?"));
  };
  if (request.settled() > end) return beyond("settled");
  return request.head_size() > end ? beyond("head_size") : absl::OkStatus();
}

absl::Status Source::AddRegistry(const pb::PullLaneRequest& request, uint64_t size,
                                 pb::PullLaneResponse* response) const {
  size_t size_bytes = 0;
  for (uint64_t index = request.registry_size(); index < size && size_bytes < kMaxRegistryBytes;
       ++index) {
    LIAISON_ASSIGN_OR_RETURN(std::string bytes, log_.ReadRegistryLeaf(index));
    LIAISON_ASSIGN_OR_RETURN(const record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
    LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, log_.ReadHeader(leaf.sequence));
    pb::RegistryTreeEntry& entry = *response->add_registry();
    entry.set_leaf(std::move(bytes));
    entry.set_header(std::move(event.header));
    size_bytes += entry.ByteSizeLong();
  }
  return absl::OkStatus();
}

absl::Status Source::AddPieces(absl::string_view peer, const pb::PullLaneRequest& request,
                               uint64_t head_size, pb::PullLaneResponse* response) const {
  const uint64_t after = request.settled();
  const uint64_t last = after + std::min(head_size - after, kMaxLookedAt);
  Pieces pieces(request, response->ByteSizeLong(), response);
  pieces.SplitAt(request.split_at());
  absl::Status failed;
  const std::shared_ptr<const Policy> policy = policy_();
  LeavesAlone known;
  const auto take = [&](const storage::EventLog::EventView& event) -> absl::StatusOr<bool> {
    LIAISON_ASSIGN_OR_RETURN(const Ruling ruling, RuleOn(peer, event, *policy));
    if (!ruling.passes) {
      // Older ones nobody keeps.
      const bool kept = request.bare_leaves() && event.sequence + kMaxTailLeaves > head_size;
      LIAISON_ASSIGN_OR_RETURN(const bool alone, kept ? ShowsLeaf(peer, event, *policy, &known)
                                                      : absl::StatusOr<bool>(false));
      if (alone) {
        pb::LaneItem item;
        item.set_sequence(event.sequence);
        item.set_leaf(std::string(event.leaf));
        return pieces.Show(std::move(item));
      }
      pieces.Keep(event.sequence, event.sequence);
      return true;
    }
    LIAISON_ASSIGN_OR_RETURN(pb::LaneItem item, ItemOf(event.sequence, ruling));
    return pieces.Show(std::move(item));
  };
  LIAISON_RETURN_IF_ERROR(log_.ScanHeaders(after, [&](const storage::EventLog::EventView& event) {
    const absl::StatusOr<bool> goes_on = take(event);
    failed = goes_on.status();
    return failed.ok() && *goes_on && event.sequence < last && pieces.has_room();
  }));
  return failed;
}

absl::StatusOr<pb::LaneItem> Source::ItemOf(uint64_t sequence, const Ruling& ruling) const {
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, log_.Read(sequence));
  pb::LaneItem item;
  item.set_sequence(sequence);
  for (const storage::StoredSection& section : event.sections) {
    *item.add_sections() = SectionOf(section, ruling);
  }
  item.set_leaf(std::move(event.leaf));
  item.set_header(std::move(event.header));
  return item;
}

absl::StatusOr<bool> Source::ShowsLeaf(absl::string_view peer,
                                       const storage::EventLog::EventView& event,
                                       const Policy& policy, LeavesAlone* known) const {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (!leaf.relayed) return false;
  if (known->origins.empty()) {
    for (const auto& [name, origin] : policy.origins()) {
      known->origins[record::Sha256Of(name)] = name;
    }
  }
  const auto found = known->origins.find(leaf.relayed->origin_name_hash);
  if (found == known->origins.end()) return false;
  const std::string& origin = found->second;
  const auto [came, is_new] = known->came_by.try_emplace(origin, false);
  if (is_new) {
    LIAISON_ASSIGN_OR_RETURN(came->second, CameBy(peer, origin, policy, known));
  }
  if (came->second) return true;
  if (!policy.MayRelay(peer, origin)) return false;
  LIAISON_ASSIGN_OR_RETURN(const pb::EventHeader header, ParseHeader(event.sequence, event.header));
  LIAISON_ASSIGN_OR_RETURN(const Ruling ruling, RuleOnHeader(peer, header, policy));
  return ruling.passes;
}

absl::StatusOr<bool> Source::CameBy(absl::string_view peer, const std::string& origin) const {
  LeavesAlone known;
  return CameBy(peer, origin, *policy_(), &known);
}

absl::StatusOr<bool> Source::CameBy(absl::string_view peer, const std::string& origin,
                                    const Policy& policy, LeavesAlone* known) const {
  const auto pulls = [&origin](const PeerPolicy& from) {
    return std::count(from.origins.begin(), from.origins.end(), origin) > 0;
  };
  const auto is = policy.peers().find(peer);
  if (is == policy.peers().end() || !pulls(is->second)) return false;
  LIAISON_ASSIGN_OR_RETURN(const Origin parsed, ParseOrigin(origin));
  if (parsed.hub == peer) return true;
  // Any other that it ever came by may have been shown what this one was not.
  for (const auto& [name, other] : policy.peers()) {
    if (name != peer && pulls(other)) return false;
  }
  if (!known->lanes) {
    LIAISON_ASSIGN_OR_RETURN(known->lanes, Lanes());
  }
  if (known->lanes->size() > kMaxLaneRowsLookedAt) return false;
  const std::string by_that_peer = LaneRowKey(peer, origin);
  return std::all_of(known->lanes->begin(), known->lanes->end(), [&](const KnownLane& lane) {
    return (lane.origin && *lane.origin != origin) || absl::StartsWith(lane.key, by_that_peer);
  });
}

absl::StatusOr<std::vector<Source::KnownLane>> Source::Lanes() const {
  LIAISON_ASSIGN_OR_RETURN(
      const std::vector<storage::EventLog::KeyValue> found,
      log_.ListRows(storage::Table::kControl, kLaneRows, "", kMaxLaneRowsLookedAt + 1));
  std::vector<KnownLane> lanes;
  for (const auto& [key, value] : found) {
    rows::Lane row;
    const bool parses = row.ParseFromString(value);
    lanes.push_back({key, parses ? std::make_optional(row.origin()) : std::nullopt});
  }
  return lanes;
}

absl::StatusOr<std::optional<record::Evidence>> Source::EvidenceOf(
    const storage::StoredEvent& event) const {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<std::string> kept,
        log_.GetRow(storage::Table::kForeign, storage::ForeignKey(event.sequence)));
    if (!kept) return absl::DataLossError(absl::StrCat("nothing proves event ", event.sequence));
    LIAISON_ASSIGN_OR_RETURN(record::Evidence evidence, record::DecodeForeign(*kept));
    return std::make_optional(std::move(evidence));
  }
  const std::shared_ptr<const transparency::Published> published = signer_.published();
  if (published == nullptr || published->log.head.size < event.sequence) {
    return std::optional<record::Evidence>();
  }
  record::Evidence evidence;
  evidence.leaf = event.leaf;
  evidence.proof.index = event.sequence - 1;
  evidence.proof.checkpoint = published->log.note;
  LIAISON_ASSIGN_OR_RETURN(evidence.proof.hashes,
                           storage::InclusionProof(signer_.tree(storage::Tree::kLog),
                                                   event.sequence - 1, published->log.head.size));
  return std::make_optional(std::move(evidence));
}

absl::StatusOr<std::optional<pb::LaneItem>> Source::GiveBack(absl::string_view peer,
                                                             std::string relayed_leaf) const {
  const std::optional<pb::LaneItem> nothing;
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(relayed_leaf));
  if (!leaf.relayed) return nothing;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> here, log_.FindByDigest(leaf.digest));
  if (!here) return nothing;
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log_.ReadHeader(*here));
  LIAISON_ASSIGN_OR_RETURN(const Ruling ruling,
                           RuleByItsLane(peer, {*here, event.leaf, event.header, {}}, *policy_()));
  if (!ruling.passes) return nothing;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<record::Evidence> evidence, EvidenceOf(event));
  if (!evidence || !record::CheckForeign(leaf, *evidence).ok()) return nothing;
  LIAISON_ASSIGN_OR_RETURN(pb::LaneItem item, ItemOf(*here, ruling));
  item.set_sequence(leaf.sequence);
  item.set_leaf(std::move(relayed_leaf));
  item.set_evidence(record::EncodeForeign(*evidence));
  return std::make_optional(std::move(item));
}

absl::StatusOr<Ruling> Source::RuleOn(absl::string_view peer,
                                      const storage::EventLog::EventView& event,
                                      const Policy& policy) const {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (leaf.kind == record::LeafKind::kRelayed) {
    return Ruling{false, "it has a lane of its own, that of its origin", {}, false};
  }
  LIAISON_ASSIGN_OR_RETURN(const pb::EventHeader header, ParseHeader(event.sequence, event.header));
  if (leaf.kind == record::LeafKind::kRules || header.type() == pb::EVENT_TYPE_RULES) {
    return Ruling{false, "rules are a hub's own", {}, false};
  }
  return RuleOnHeader(peer, header, policy);
}

absl::StatusOr<Ruling> Source::RuleByItsLane(absl::string_view peer,
                                             const storage::EventLog::EventView& event,
                                             const Policy& policy) const {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (!leaf.relayed) return RuleOn(peer, event, policy);
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> evidence,
      log_.GetRow(storage::Table::kForeign, storage::ForeignKey(event.sequence)));
  if (!evidence) return absl::DataLossError(absl::StrCat("nothing proves event ", event.sequence));
  LIAISON_ASSIGN_OR_RETURN(const std::string origin, record::OriginIn(*evidence));
  LIAISON_ASSIGN_OR_RETURN(const pb::EventHeader header, ParseHeader(event.sequence, event.header));
  return RuleOnRelayed(peer, origin, header, policy);
}

absl::StatusOr<Ruling> Source::RuleOnRelayed(absl::string_view peer, absl::string_view origin,
                                             const pb::EventHeader& header,
                                             const Policy& policy) const {
  if (policy.MayRelay(peer, origin)) return RuleOnHeader(peer, header, policy);
  if (Relayed(peer, origin)) {
    LIAISON_ASSIGN_OR_RETURN(Ruling ruling, RuleOnWithdrawn(peer, header));
    if (ruling.passes) return ruling;
  }
  return Ruling{false,
                absl::StrCat("`relays` does not name ", origin, ", whose own hub it goes by"),
                {},
                false};
}

absl::StatusOr<Ruling> Source::RuleOnHeader(absl::string_view peer, const pb::EventHeader& header,
                                            const Policy& policy) const {
  LIAISON_ASSIGN_OR_RETURN(const Behind behind, WhatIsBehind(peer, header, &policy, kMaxFollowed));
  return policy.MayLeave(peer, Describe(header, behind));
}

absl::StatusOr<Ruling> Source::RuleOnWithdrawn(absl::string_view peer,
                                               const pb::EventHeader& header) const {
  LIAISON_ASSIGN_OR_RETURN(const Behind behind,
                           WhatIsBehind(peer, header, /*policy=*/nullptr, kMaxFollowed));
  return RuleOfSend({}, Describe(header, behind));
}

Reach Source::reach() const {
  const std::shared_ptr<const transparency::Published> published = signer_.published();
  if (published == nullptr) return {};
  return {published->log.head.size, published->registry.head.size};
}

absl::StatusOr<Behind> Source::WhatIsBehind(absl::string_view peer, const pb::EventHeader& header,
                                            const Policy* policy, int depth) const {
  Behind found;
  if (depth == 0) return found;
  const std::string who = policy == nullptr ? policy_()->WhoIs(peer) : policy->WhoIs(peer);
  for (const record::Hash& digest : FollowedBy(header)) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, log_.FindByDigest(digest));
    if (!sequence) continue;
    LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log_.ReadHeader(*sequence));
    pb::EventHeader followed;
    if (!followed.ParseFromString(event.header)) continue;
    LIAISON_ASSIGN_OR_RETURN(const Behind further, WhatIsBehind(peer, followed, policy, depth - 1));
    const Described described = Describe(followed, further);
    // What went there once is followed by whatever comes after it.
    const bool goes = policy != nullptr &&
                      (further.goes || policy->MayLeave(peer, Describe(followed, {})).passes);
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
    const bool went =
        goes || described.went || (former_ != nullptr && former_->LetGo(who, described, leaf));
    found.goes = found.goes || goes;
    if (!went || followed.audience() != header.audience()) continue;
    found.went = true;
    found.of_author = found.of_author || followed.author() == header.author();
  }
  return found;
}

}  // namespace liaison::federation
