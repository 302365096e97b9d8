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

// What an answer needs, and nobody showed; nullopt where it has all of it.
std::optional<record::Subtree> FirstUnknown(const ForeignTree& tree, uint64_t size,
                                            const pb::PullLaneResponse& response) {
  const auto unknown = [&tree](uint64_t begin, uint64_t end) -> std::optional<record::Subtree> {
    for (const record::Subtree& subtree : record::CoverOf(begin, end)) {
      if (!Shown(tree, subtree.begin(), subtree.end()).ok()) return subtree;
    }
    return std::nullopt;
  };
  uint64_t end = 0;
  for (const pb::LanePiece& piece : response.pieces()) {
    end = piece.last();
    if (!piece.items().empty()) continue;
    if (const auto found = unknown(piece.first() - 1, piece.last())) return found;
  }
  return unknown(end, size);
}

// The smallest one around it, behind what is settled, that somebody showed as a whole.
std::optional<record::Subtree> KnownAround(const ForeignTree& tree, record::Subtree subtree,
                                           uint64_t settled, uint64_t size) {
  while (true) {
    subtree = {subtree.level + 1, subtree.index / 2};
    if (subtree.begin() < settled || subtree.end() > size ||
        subtree.end() - subtree.begin() > kMaxClosedLeaves) {
      return std::nullopt;
    }
    if (Shown(tree, subtree.begin(), subtree.end()).ok()) return subtree;
  }
}

// The largest one that has the leaf; nullptr: none.
const record::Subtree* ClosedAround(absl::Span<const record::Subtree> closed, uint64_t index) {
  const record::Subtree* around = nullptr;
  for (const record::Subtree& each : closed) {
    if (index < each.begin() || index >= each.end()) continue;
    if (around == nullptr || around->level < each.level) around = &each;
  }
  return around;
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
  if (!rooms_.source->policy()->MayRelay(peer, request.origin()) &&
      !rooms_.source->Relayed(peer, request.origin())) {
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
  response.set_rules(rules(peer, origin.name));
  const ForeignTree tree(rooms_.entry, replica->kept_as());
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
  const Asked asked{peer, request, origin, replica->kept_as(), *head};
  if (request.settled() > 0 && request.late_after() < response.late_through()) {
    LIAISON_RETURN_IF_ERROR(AddLate(asked, &pieces, &response));
  }
  if (request.settled() >= head->size) {
    // All that is here is not all that there is, where nothing more of it comes here.
    const std::string deaf = rooms_.replicas->deaf(origin.name);
    if (!deaf.empty()) {
      response.set_nothing_because(absl::StrCat("it relays this log, and ", deaf));
    }
    return response;
  }
  LIAISON_RETURN_IF_ERROR(AddProven(asked, pieces, &response));
  return response;
}

absl::Status Relay::AddProven(const Asked& asked, const Pieces& room,
                              pb::PullLaneResponse* response) const {
  const ForeignTree tree(rooms_.entry, asked.kept_as);
  const auto hashes_of = [&tree](uint64_t begin, uint64_t end) { return Shown(tree, begin, end); };
  const uint64_t late_through = response->late_through();
  std::vector<record::Subtree> closed;
  while (true) {
    Pieces pieces = room;
    LIAISON_RETURN_IF_ERROR(AddPieces(asked, closed, &pieces, response));
    if (AddCovers(hashes_of, asked.head.size, response).ok()) return absl::OkStatus();
    // Two lanes withheld different stretches, and the finer one stands in one of the other's: what
    // is in there cannot be proven beside the rest until it goes on, which it may never do.
    const auto unknown = FirstUnknown(tree, asked.head.size, *response);
    response->clear_pieces();
    response->clear_rest();
    response->set_late_through(late_through);
    const auto around = unknown && closed.size() < kMaxClosed
                            ? KnownAround(tree, *unknown, asked.request.settled(), asked.head.size)
                            : std::nullopt;
    if (!around) {
      if (!response->late().empty()) return absl::OkStatus();
      response->set_nothing_because(
          absl::StrCat("it relays this log, and cannot prove what comes behind ",
                       asked.request.settled(), " yet: it was shown that in larger stretches"));
      return absl::OkStatus();
    }
    closed.push_back(*around);
  }
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
  return HeldAt(origin, sequence, *here, std::move(foreign.leaf));
}

absl::StatusOr<std::optional<Relay::Held>> Relay::HeldAt(const Origin& origin, uint64_t sequence,
                                                         uint64_t here, std::string leaf) const {
  Held held;
  LIAISON_ASSIGN_OR_RETURN(held.event, rooms_.log->ReadHeader(here));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf ours, record::DecodeLeaf(held.event.leaf));
  if (!ours.relayed || ours.relayed->origin_name_hash != origin.name_hash ||
      ours.relayed->sequence != sequence) {
    return std::optional<Held>();
  }
  held.leaf = std::move(leaf);
  return std::optional<Held>(std::move(held));
}

absl::StatusOr<std::optional<pb::LaneItem>> Relay::ItemFor(absl::string_view peer,
                                                           const Origin& origin, uint64_t sequence,
                                                           Held held) const {
  pb::EventHeader header;
  if (!header.ParseFromString(held.event.header)) {
    return absl::DataLossError(
        absl::StrCat("the header of ", held.event.sequence, " does not parse"));
  }
  LIAISON_ASSIGN_OR_RETURN(
      const Ruling ruling,
      rooms_.source->RuleOnRelayed(peer, origin.name, header, *rooms_.source->policy()));
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

absl::Status Relay::AddPieces(const Asked& asked, absl::Span<const record::Subtree> closed,
                              Pieces* pieces, pb::PullLaneResponse* response) const {
  const std::string prefix = TreeRowPrefix(asked.kept_as);
  uint64_t end = asked.request.settled();
  std::string after = end == 0 ? "" : TreeRowKey(asked.kept_as, end - 1);
  uint64_t looked = 0;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             rooms_.entry->List(prefix, after, kRowsAtOnce));
    if (kept.empty()) return absl::OkStatus();
    for (const KeptRow& each : kept) {
      uint64_t index = 0;
      rows::TreeRow row;
      if (!absl::SimpleHexAtoi(absl::string_view(each.key).substr(prefix.size()), &index) ||
          !row.ParseFromString(each.value)) {
        return absl::DataLossError(absl::StrCat("the row ", each.key, " does not parse"));
      }
      const record::Subtree* const around = ClosedAround(closed, index);
      // One that is closed is looked through to its end: whatever is in there has to come as late.
      if (around == nullptr && (++looked > kMaxLookedUp || !pieces->has_room())) {
        return absl::OkStatus();
      }
      if (index >= asked.head.size) return absl::OkStatus();
      LIAISON_ASSIGN_OR_RETURN(std::optional<Held> held,
                               Find(asked.origin, index + 1, row.digest()));
      if (around != nullptr) {
        if (end < around->end()) pieces->Keep(end + 1, around->end());
        end = around->end();
        if (!held) continue;
        response->set_late_through(
            std::min<uint64_t>(response->late_through(), held->event.sequence - 1));
        continue;
      }
      std::optional<pb::LaneItem> item;
      if (held) {
        LIAISON_ASSIGN_OR_RETURN(item,
                                 ItemFor(asked.peer, asked.origin, index + 1, *std::move(held)));
      } else if (asked.request.give_back()) {
        LIAISON_ASSIGN_OR_RETURN(item, GiveBack(asked, index, row.hashes()));
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
}

absl::StatusOr<std::optional<pb::LaneItem>> Relay::GiveBack(const Asked& asked, uint64_t index,
                                                            absl::string_view hashes) const {
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> leaf,
                           rooms_.entry->Find(TailRowKey(asked.kept_as, index)));
  // That of another place, by now, or not the one that was proven.
  if (!leaf || hashes.substr(0, record::kHashSizeBytes) != record::LeafHash(*leaf).bytes()) {
    return std::optional<pb::LaneItem>();
  }
  return rooms_.source->GiveBack(asked.peer, *std::move(leaf));
}

absl::Status Relay::AddLate(const Asked& asked, Pieces* pieces,
                            pb::PullLaneResponse* response) const {
  uint64_t looked = asked.request.late_after();  // up to there
  uint64_t count = 0;
  while (looked < response->late_through() && count < kMaxLookedAt) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> found,
                             rooms_.log->ListRows(storage::Table::kForeign, "",
                                                  storage::ForeignKey(looked), kRowsAtOnce));
    if (found.empty()) return absl::OkStatus();
    for (const auto& [key, evidence] : found) {
      LIAISON_ASSIGN_OR_RETURN(const uint64_t here, storage::SequenceInForeignKey(key));
      if (here > response->late_through()) return absl::OkStatus();
      LIAISON_ASSIGN_OR_RETURN(Late late, LateItem(asked, here, evidence));
      // Without a proof, or room, it waits for the next batch.
      if (late.waits || (late.item && !pieces->ShowLate(*std::move(late.item)))) {
        response->set_late_through(looked);
        return absl::OkStatus();
      }
      looked = here;
      ++count;
    }
  }
  response->set_late_through(looked);
  return absl::OkStatus();
}

absl::StatusOr<Relay::Late> Relay::LateItem(const Asked& asked, uint64_t here,
                                            absl::string_view evidence) const {
  LIAISON_ASSIGN_OR_RETURN(const record::Evidence foreign, record::DecodeForeign(evidence));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(foreign.leaf));
  const uint64_t size = asked.head.size;
  if (leaf.sequence > std::min(asked.request.settled(), size)) return Late();
  const std::string digest(leaf.digest.bytes());
  LIAISON_ASSIGN_OR_RETURN(std::optional<Held> held,
                           HeldAt(asked.origin, leaf.sequence, here, foreign.leaf));
  if (!held) return Late();
  Late late;
  LIAISON_ASSIGN_OR_RETURN(late.item,
                           ItemFor(asked.peer, asked.origin, leaf.sequence, *std::move(held)));
  if (!late.item) return late;
  const uint64_t index = leaf.sequence - 1;
  const ForeignTree tree(rooms_.entry, asked.kept_as);
  const auto proof = storage::InclusionProof(tree, index, size);
  if (proof.ok() &&
      record::VerifyInclusion(index, size, record::LeafHash(foreign.leaf), *proof, asked.head.root)
          .ok()) {
    for (const record::Hash& hash : *proof) late.item->add_proof(std::string(hash.bytes()));
    return late;
  }
  // What only a key that is pinned no longer has proven is waited for in vain.
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           rooms_.entry->Find(TreeRowKey(asked.kept_as, index)));
  rows::TreeRow row;
  return Late{std::nullopt, bytes && row.ParseFromString(*bytes) && row.digest() == digest};
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
  const std::string who = source.policy()->WhoIs(peer);
  if (!who.empty()) receipts->Note(who, said, served->rules(), now);
  return served;
}

std::string Relay::rules(absl::string_view peer, absl::string_view origin) const {
  const std::shared_ptr<const Policy> policy = rooms_.source->policy();
  std::string send = policy->SendRules(peer);
  if (policy->MayRelay(peer, origin)) return send;
  // So that a lane which was withdrawn begins anew once it is served again.
  return std::string(record::Sha256Of(absl::StrCat("withdrawn ", send)).bytes());
}

Reach Relay::reach(absl::string_view origin) const {
  const Replica* replica = rooms_.replicas->Find(origin);
  const std::optional<Head> whole = replica == nullptr ? std::nullopt : replica->whole();
  if (!whole) return {};
  return {whole->size, replica->registry()->entries.size()};
}

}  // namespace liaison::federation
