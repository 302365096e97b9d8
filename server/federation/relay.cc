#include "server/federation/relay.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/partial_tree.h"
#include "proto/record/proof.h"
#include "server/federation/limits.h"
#include "storage/tree/proofs.h"

namespace liaison::federation {
namespace {

constexpr size_t kRowsAtOnce = 1000;

bool MayRelay(const Policy& policy, absl::string_view peer, absl::string_view origin) {
  const auto found = policy.peers().find(peer);
  if (found == policy.peers().end()) return false;
  const std::vector<std::string>& relays = found->second.relays;
  return std::find(relays.begin(), relays.end(), origin) != relays.end();
}

void AddRegistry(const pb::PullLaneRequest& request, const Replica::Registry& registry,
                 pb::PullLaneResponse* response) {
  size_t size_bytes = 0;
  for (uint64_t index = request.registry_size();
       index < registry.entries.size() && size_bytes < kMaxRegistryBytes; ++index) {
    pb::RegistryTreeEntry& entry = *response->add_registry();
    entry.set_leaf(registry.entries[index].leaf);
    entry.set_header(registry.entries[index].header);
    size_bytes += entry.ByteSizeLong();
  }
}

// Of subtrees that stand there as they are: a hash that nobody showed is none.
absl::StatusOr<std::vector<record::Hash>> Shown(const ForeignTree& tree, uint64_t begin,
                                                uint64_t end) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<record::Hash> hashes,
                           storage::SubtreeHashes(tree, record::CoverOf(begin, end)));
  for (const record::Hash& hash : hashes) {
    if (hash == record::Hash()) {
      return absl::DataLossError(absl::StrCat("leaves ", begin, " to ", end,
                                              " were not shown here in a way that can be proven"));
    }
  }
  return hashes;
}

// Empty where what was shown here does not suffice: a lane that has settled all of the head it
// knows needs none.
std::vector<record::Hash> Consistency(const ForeignTree& tree, uint64_t older, const Head& head) {
  const auto root = storage::RootOfSize(tree, older);
  auto hashes = storage::ConsistencyProof(tree, older, head.size);
  if (!root.ok() || !hashes.ok() ||
      !record::VerifyConsistency(older, head.size, *root, head.root, *hashes).ok()) {
    return {};
  }
  return *std::move(hashes);
}

pb::PullLaneResponse CannotProve(uint64_t older, uint64_t newer) {
  pb::PullLaneResponse response;
  response.set_nothing_because(
      absl::StrCat("it relays this log, and cannot prove that the checkpoint of ", newer,
                   " goes on from that of ", older, ": whose log it is can"));
  return response;
}

}  // namespace

absl::StatusOr<pb::PullLaneResponse> Relay::Serve(absl::string_view peer,
                                                  const pb::PullLaneRequest& request) const {
  if (!MayRelay(*rooms_.source->policy(), peer, request.origin())) {
    return record::Error(record::Reason::kNotFound,
                         absl::StrCat("this hub does not relay the lane of ", request.origin()));
  }
  LIAISON_ASSIGN_OR_RETURN(const Origin origin, ParseOrigin(request.origin()));
  pb::PullLaneResponse response;
  const Replica* replica = rooms_.replicas->Find(origin.name);
  const std::optional<Head> head = replica == nullptr ? std::nullopt : replica->whole();
  if (!head) {
    response.set_nothing_because("it relays this log, and nothing of it has come there whole yet");
    return response;
  }
  const std::shared_ptr<const Replica::Registry> registry = replica->registry();
  response.set_head(head->note);
  response.set_registry_head(registry->head.note);
  response.set_rules(rooms_.source->policy()->SendRules(peer));
  const ForeignTree tree(rooms_.entry, origin.name);
  if (request.head_size() > 0 && request.head_size() < head->size) {
    const std::vector<record::Hash> consistency = Consistency(tree, request.head_size(), *head);
    if (consistency.empty() && request.settled() != request.head_size()) {
      return CannotProve(request.head_size(), head->size);
    }
    for (const record::Hash& hash : consistency) {
      response.add_consistency(std::string(hash.bytes()));
    }
  }
  AddRegistry(request, *registry, &response);
  if (request.registry_size() + response.registry_size() < registry->entries.size()) {
    return response;
  }
  // What enters from here on and stands before what the peer has settled by then is late.
  response.set_late_through(rooms_.log->head().sequence);
  Pieces pieces(request, response.ByteSizeLong(), &response);
  if (request.settled() > 0 && request.late_after() < response.late_through()) {
    LIAISON_RETURN_IF_ERROR(AddLate(peer, origin, request, *head, &pieces, &response));
  }
  if (request.settled() >= head->size) return response;
  LIAISON_RETURN_IF_ERROR(AddPieces(peer, origin, request, head->size, &pieces));
  // Where two lanes withheld different stretches, and the finer one is behind, there is a moment
  // in which this cannot be proven: nothing is new then.
  const auto hashes_of = [&tree](uint64_t begin, uint64_t end) { return Shown(tree, begin, end); };
  if (!AddCovers(hashes_of, head->size, &response).ok()) {
    response.clear_pieces();
    response.clear_rest();
    if (response.late().empty()) {
      response.set_nothing_because(
          absl::StrCat("it relays this log, and cannot prove what comes behind ", request.settled(),
                       " yet: it was shown that in larger stretches"));
    }
  }
  return response;
}

absl::StatusOr<std::optional<Relay::Held>> Relay::Find(const Origin& origin, uint64_t sequence,
                                                       const std::string& digest) const {
  const absl::StatusOr<record::Hash> hash = record::Hash::Parse(digest);
  if (!hash.ok()) return std::optional<Held>();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> here, rooms_.log->FindByDigest(*hash));
  if (!here) return std::optional<Held>();
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> evidence,
      rooms_.log->GetRow(storage::Table::kForeign, storage::ForeignKey(*here)));
  if (!evidence) return std::optional<Held>();
  LIAISON_ASSIGN_OR_RETURN(record::Evidence foreign, record::DecodeForeign(*evidence));
  Held held;
  LIAISON_ASSIGN_OR_RETURN(held.event, rooms_.log->ReadHeader(*here));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(held.event.leaf));
  if (!leaf.relayed || leaf.relayed->origin_name_hash != origin.name_hash ||
      leaf.relayed->sequence != sequence) {
    return std::optional<Held>();
  }
  held.leaf = std::move(foreign.leaf);
  return std::optional<Held>(std::move(held));
}

absl::StatusOr<std::optional<pb::LaneItem>> Relay::ItemFor(absl::string_view peer,
                                                           uint64_t sequence, Held held) const {
  pb::EventHeader header;
  if (!header.ParseFromString(held.event.header)) {
    return absl::DataLossError(
        absl::StrCat("the header of ", held.event.sequence, " does not parse"));
  }
  LIAISON_ASSIGN_OR_RETURN(const Ruling ruling, rooms_.source->RuleOnHeader(peer, header));
  if (!ruling.passes) return std::optional<pb::LaneItem>();
  LIAISON_ASSIGN_OR_RETURN(held.event, rooms_.log->Read(held.event.sequence));
  pb::LaneItem item;
  item.set_sequence(sequence);
  item.set_leaf(std::move(held.leaf));
  for (const storage::StoredSection& section : held.event.sections) {
    *item.add_sections() = SectionOf(section, ruling);
  }
  item.set_header(std::move(held.event.header));
  return std::make_optional(std::move(item));
}

absl::Status Relay::AddPieces(absl::string_view peer, const Origin& origin,
                              const pb::PullLaneRequest& request, uint64_t head_size,
                              Pieces* pieces) const {
  const std::string prefix = TreeRowPrefix(origin.name);
  uint64_t end = request.settled();
  std::string after = end == 0 ? "" : TreeRowKey(origin.name, end - 1);
  for (uint64_t looked = 0; looked < kMaxLookedAt && pieces->has_room();) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             rooms_.entry->List(prefix, after, kRowsAtOnce));
    if (kept.empty()) break;
    for (const KeptRow& each : kept) {
      uint64_t index = 0;
      rows::TreeRow row;
      if (!absl::SimpleHexAtoi(absl::string_view(each.key).substr(prefix.size()), &index) ||
          !row.ParseFromString(each.value)) {
        return absl::DataLossError(absl::StrCat("the row ", each.key, " does not parse"));
      }
      if (index >= head_size || !pieces->has_room()) return absl::OkStatus();
      ++looked;
      LIAISON_ASSIGN_OR_RETURN(std::optional<Held> held, Find(origin, index + 1, row.digest()));
      std::optional<pb::LaneItem> item;
      if (held) {
        LIAISON_ASSIGN_OR_RETURN(item, ItemFor(peer, index + 1, *std::move(held)));
      }
      if (!item) {
        pieces->Keep(end + 1, index + 1);
      } else {
        // What nobody showed here, in front of it.
        if (index > end) pieces->Keep(end + 1, index);
        if (!pieces->Show(*std::move(item))) return absl::OkStatus();
      }
      end = index + 1;
    }
    after = kept.back().key;
  }
  return absl::OkStatus();
}

absl::Status Relay::AddLate(absl::string_view peer, const Origin& origin,
                            const pb::PullLaneRequest& request, const Head& head, Pieces* pieces,
                            pb::PullLaneResponse* response) const {
  const ForeignTree tree(rooms_.entry, origin.name);
  uint64_t looked = request.late_after();
  const uint64_t end = std::min(request.settled(), head.size);
  const uint64_t first = looked;
  while (looked < response->late_through()) {
    if (looked - first > kMaxLookedAt) {
      response->set_late_through(looked);
      return absl::OkStatus();
    }
    LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> found,
                             rooms_.log->ListRows(storage::Table::kForeign, "",
                                                  storage::ForeignKey(looked), kRowsAtOnce));
    if (found.empty()) return absl::OkStatus();
    for (const auto& [key, evidence] : found) {
      LIAISON_ASSIGN_OR_RETURN(const uint64_t here, storage::SequenceInForeignKey(key));
      if (here > response->late_through()) return absl::OkStatus();
      LIAISON_ASSIGN_OR_RETURN(const record::Evidence foreign, record::DecodeForeign(evidence));
      LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(foreign.leaf));
      LIAISON_ASSIGN_OR_RETURN(std::optional<Held> held,
                               leaf.sequence > end
                                   ? absl::StatusOr<std::optional<Held>>(std::nullopt)
                                   : Find(origin, leaf.sequence, std::string(leaf.digest.bytes())));
      std::optional<pb::LaneItem> item;
      if (held) {
        LIAISON_ASSIGN_OR_RETURN(item, ItemFor(peer, leaf.sequence, *std::move(held)));
      }
      if (item) {
        const auto proof = storage::InclusionProof(tree, leaf.sequence - 1, head.size);
        const bool proven =
            proof.ok() && record::VerifyInclusion(leaf.sequence - 1, head.size,
                                                  record::LeafHash(foreign.leaf), *proof, head.root)
                              .ok();
        // Without a proof, or room, it waits for the next batch.
        for (const record::Hash& hash : proven ? *proof : std::vector<record::Hash>()) {
          item->add_proof(std::string(hash.bytes()));
        }
        if (!proven || !pieces->ShowLate(*std::move(item))) {
          response->set_late_through(looked);
          return absl::OkStatus();
        }
      }
      looked = here;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::PullLaneResponse> ServeLane(const Source& source, const Relay* relay,
                                               Receipts* receipts, const std::string& peer,
                                               const pb::PullLaneRequest& request, absl::Time now) {
  const bool relays = request.origin() != source.origin() && relay != nullptr;
  absl::StatusOr<pb::PullLaneResponse> served =
      relays ? relay->Serve(peer, request) : source.Serve(peer, request);
  if (!served.ok()) return served;
  // Nobody has dealt with more than there is, whatever they say.
  const Reach reach = relays ? relay->reach(request.origin()) : source.reach();
  pb::PullLaneRequest said = request;
  said.set_settled(std::min<uint64_t>(said.settled(), reach.log));
  said.set_registry_size(std::min<uint64_t>(said.registry_size(), reach.registry));
  receipts->Note(peer, said, now);
  return served;
}

Reach Relay::reach(absl::string_view origin) const {
  const Replica* replica = rooms_.replicas->Find(origin);
  const std::optional<Head> whole = replica == nullptr ? std::nullopt : replica->whole();
  if (!whole) return {};
  return {whole->size, replica->registry()->entries.size()};
}

}  // namespace liaison::federation
