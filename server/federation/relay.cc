#include "server/federation/relay.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/partial_tree.h"
#include "proto/record/proof.h"
#include "server/federation/limits.h"
#include "server/sequencer/verbatim.h"
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

// A row of the tree, and of which leaf.
struct IndexedRow {
  uint64_t index = 0;
  rows::TreeRow row;
};

absl::StatusOr<IndexedRow> ReadTreeRow(absl::string_view prefix, const KeptRow& kept) {
  IndexedRow read;
  if (absl::SimpleHexAtoi(absl::string_view(kept.key).substr(prefix.size()), &read.index) &&
      read.row.ParseFromString(kept.value)) {
    return read;
  }
  return absl::DataLossError(absl::StrCat("the row ", kept.key, " does not parse"));
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

// With its proof in the head, where the tree has that; the leaf is the item's.
bool Prove(const ForeignTree& tree, const Head& head, const std::string& leaf, pb::LaneItem* item) {
  const uint64_t index = item->sequence() - 1;
  const auto proof = storage::InclusionProof(tree, index, head.size);
  if (!proof.ok() ||
      !record::VerifyInclusion(index, head.size, record::LeafHash(leaf), *proof, head.root).ok()) {
    return false;
  }
  for (const record::Hash& hash : *proof) item->add_proof(std::string(hash.bytes()));
  return true;
}

pb::PullLaneResponse CannotProve(uint64_t older, uint64_t newer) {
  pb::PullLaneResponse response;
  response.set_nothing_because(
      absl::StrCat("it relays this log, and cannot prove that the checkpoint of ", newer,
                   " goes on from that of ", older, ": whose log it is can"));
  return response;
}

}  // namespace

// Peers go on asking for the log that this one goes on from, until their policies name this one.
absl::Status Relay::NotRelayed(const std::string& origin) const {
  const std::string& own = rooms_.source->origin();
  LIAISON_ASSIGN_OR_RETURN(const Origin parsed, ParseOrigin(own));
  LIAISON_ASSIGN_OR_RETURN(const std::string quote, sequencer::FindQuote(parsed.hub, *rooms_.log));
  const auto former = record::ParseCheckpoint(quote.substr(0, quote.find("\n\n") + 1));
  return record::Error(record::Reason::kNotFound,
                       former.ok() && former->origin == origin
                           ? absl::StrCat("that log ended at ", former->size, ", and goes on as ",
                                          own, ": enter that one in the policy, with its key")
                           : absl::StrCat("this hub does not relay the lane of ", origin));
}

absl::StatusOr<pb::PullLaneResponse> Relay::Serve(absl::string_view peer,
                                                  const pb::PullLaneRequest& request) const {
  if (!rooms_.source->policy()->MayRelay(peer, request.origin()) &&
      !rooms_.source->Relayed(peer, request.origin())) {
    return NotRelayed(request.origin());
  }
  LIAISON_ASSIGN_OR_RETURN(const Origin origin, ParseOrigin(request.origin()));
  pb::PullLaneResponse response;
  const Replica* replica = rooms_.replicas->Find(origin.name);
  const std::optional<Head> head = replica == nullptr ? std::nullopt : replica->whole();
  if (!head) {
    const std::string deaf = rooms_.replicas->deaf(origin.name);
    response.set_nothing_because(
        deaf.empty()
            ? "it relays this log, and nothing of it has come there whole yet"
            : absl::StrCat("it relays this log, of which nothing has come there whole yet, "
                           "and ",
                           deaf));
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
  Asked asked{peer, request, origin, replica->kept_as(), *head, false};
  if (request.give_back()) {
    // To anybody else the log may have shown less.
    LIAISON_ASSIGN_OR_RETURN(asked.gives_back, rooms_.source->CameBy(peer, origin.name));
  }
  LIAISON_RETURN_IF_ERROR(AddItems(asked, &response));
  LIAISON_ASSIGN_OR_RETURN(const record::Hash mark, rooms_.log->RootAt(response.late_through()));
  response.set_late_mark(std::string(mark.bytes()));
  return response;
}

absl::Status Relay::AddItems(const Asked& asked, pb::PullLaneResponse* response) const {
  const pb::PullLaneRequest& request = asked.request;
  const uint64_t late_after = LateAfter(request);
  // What enters from here on and stands before what the peer has settled by then is late.
  response->set_late_through(rooms_.log->head().sequence);
  Pieces pieces(request, response->ByteSizeLong(), response);
  if (request.head_size() > asked.head.size) {
    // Under a head that is older than its own it takes nothing.
    response->set_late_through(std::min<uint64_t>(late_after, response->late_through()));
  } else if (request.settled() > 0 && late_after < response->late_through()) {
    if (request.settled() < asked.head.size) pieces.LeaveRoomBesideLate();
    LIAISON_RETURN_IF_ERROR(AddLate(asked, late_after, &pieces, response));
  }
  if (request.settled() < asked.head.size) return AddProven(asked, pieces, response);
  // All that is here is not all that there is, where nothing more of it comes here.
  const std::string deaf = rooms_.replicas->deaf(asked.origin.name);
  if (!deaf.empty()) {
    response->set_nothing_because(absl::StrCat("it relays this log, and ", deaf));
  }
  return absl::OkStatus();
}

uint64_t Relay::LateAfter(const pb::PullLaneRequest& request) const {
  const uint64_t after = request.late_after();
  if (after == 0 || request.late_mark().empty()) return after;
  const absl::StatusOr<record::Hash> root = rooms_.log->RootAt(after);
  return root.ok() && root->bytes() == request.late_mark() ? after : 0;
}

// The largest one that has the leaf; nullptr: none.
const Relay::Closed* Relay::ClosedAround(absl::Span<const Closed> closed, uint64_t index) {
  const Closed* around = nullptr;
  for (const Closed& each : closed) {
    if (index < each.subtree.begin() || index >= each.subtree.end()) continue;
    if (around == nullptr || around->subtree.level < each.subtree.level) around = &each;
  }
  return around;
}

absl::StatusOr<Relay::Closed> Relay::Close(const Asked& asked, record::Subtree subtree) const {
  Closed closed{subtree};
  const std::string prefix = TreeRowPrefix(asked.kept_as);
  std::string after = subtree.begin() == 0 ? "" : TreeRowKey(asked.kept_as, subtree.begin() - 1);
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             rooms_.entry->List(prefix, after, kRowsAtOnce));
    for (const KeptRow& each : kept) {
      LIAISON_ASSIGN_OR_RETURN(const IndexedRow read, ReadTreeRow(prefix, each));
      if (read.index >= subtree.end()) return closed;
      const absl::StatusOr<record::Hash> digest = record::Hash::Parse(read.row.digest());
      if (!digest.ok()) continue;
      LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> here,
                               rooms_.log->FindByDigest(*digest));
      if (!here || *here >= closed.first_here) continue;
      // The same event of this hub's, or of another origin, is not what comes as late, and may
      // stand long before that.
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Held> held,
                               Find(asked.origin, read.index + 1, read.row.digest()));
      if (held) closed.first_here = *here;
    }
    if (kept.size() < kRowsAtOnce) return closed;
    after = kept.back().key;
  }
}

absl::Status Relay::AddProven(const Asked& asked, const Pieces& room,
                              pb::PullLaneResponse* response) const {
  const ForeignTree tree(rooms_.entry, asked.kept_as);
  const auto hashes_of = [&tree](uint64_t begin, uint64_t end) { return Shown(tree, begin, end); };
  const uint64_t late_through = response->late_through();
  std::vector<Closed> closed;
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
      // Also where there is something late: whoever began anew could prove as little.
      response->set_nothing_because(
          absl::StrCat("it relays this log, and cannot prove what comes behind ",
                       asked.request.settled(), " yet: it was shown that in larger stretches"));
      return absl::OkStatus();
    }
    LIAISON_ASSIGN_OR_RETURN(closed.emplace_back(), Close(asked, *around));
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

absl::Status Relay::AddPieces(const Asked& asked, absl::Span<const Closed> closed, Pieces* pieces,
                              pb::PullLaneResponse* response) const {
  const std::string prefix = TreeRowPrefix(asked.kept_as);
  uint64_t end = asked.request.settled();
  std::string after = end == 0 ? "" : TreeRowKey(asked.kept_as, end - 1);
  uint64_t looked = 0;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             rooms_.entry->List(prefix, after, kRowsAtOnce));
    if (kept.empty()) return absl::OkStatus();
    after = kept.back().key;
    for (const KeptRow& each : kept) {
      LIAISON_ASSIGN_OR_RETURN(const IndexedRow read, ReadTreeRow(prefix, each));
      const uint64_t index = read.index;
      if (const Closed* const around = ClosedAround(closed, index); around != nullptr) {
        pieces->Keep(end + 1, around->subtree.end());
        end = around->subtree.end();
        response->set_late_through(
            std::min<uint64_t>(response->late_through(), around->first_here - 1));
        after = TreeRowKey(asked.kept_as, end - 1);
        break;
      }
      if (++looked > kMaxLookedUp || !pieces->has_room()) return absl::OkStatus();
      if (index >= asked.head.size) return absl::OkStatus();
      LIAISON_ASSIGN_OR_RETURN(std::optional<Held> held,
                               Find(asked.origin, index + 1, read.row.digest()));
      std::optional<pb::LaneItem> item;
      if (held) {
        LIAISON_ASSIGN_OR_RETURN(item,
                                 ItemFor(asked.peer, asked.origin, index + 1, *std::move(held)));
      } else if (asked.gives_back) {
        LIAISON_ASSIGN_OR_RETURN(item, GiveBack(asked, index, read.row.hashes()));
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

absl::Status Relay::AddLate(const Asked& asked, uint64_t after, Pieces* pieces,
                            pb::PullLaneResponse* response) const {
  uint64_t looked = after;  // up to there
  uint64_t count = 0;
  while (looked < response->late_through() && count < kMaxLookedUp) {
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
  if (Prove(ForeignTree(rooms_.entry, asked.kept_as), asked.head, foreign.leaf, &*late.item)) {
    return late;
  }
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           rooms_.entry->Find(TreeRowKey(asked.kept_as, leaf.sequence - 1)));
  rows::TreeRow row;
  if (bytes && row.ParseFromString(*bytes) && row.digest() == digest) return Late{{}, true};
  // It came back without its row, with a log that was lost, and no lane may ever bring it again:
  // its own evidence stands in for that. What only a key that is pinned no longer has proven is
  // waited for in vain.
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Replica::Rows> rows, RowsOf(asked, foreign));
  if (!rows) return Late();
  const ForeignTree with_evidence(rooms_.entry, asked.kept_as, *rows);
  if (Prove(with_evidence, asked.head, foreign.leaf, &*late.item)) return late;
  return Late{{}, true};
}

absl::StatusOr<std::optional<Replica::Rows>> Relay::RowsOf(const Asked& asked,
                                                           const record::Evidence& foreign) const {
  const std::optional<Replica::Rows> none;
  const std::shared_ptr<const Policy> policy = rooms_.source->policy();
  const auto origin = policy->origins().find(asked.origin.name);
  const Replica* const replica = rooms_.replicas->Find(asked.origin.name);
  if (origin == policy->origins().end() || replica == nullptr) return none;
  const absl::StatusOr<Head> head = OpenHead(origin->second.key, foreign.proof.checkpoint);
  if (!head.ok()) return none;
  absl::StatusOr<Replica::Rows> rows = replica->RowsOf(foreign, *head);
  // One that contradicts what lanes have proven is not shown.
  if (absl::IsAlreadyExists(rows.status())) return none;
  LIAISON_RETURN_IF_ERROR(rows.status());
  return std::make_optional(*std::move(rows));
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
  if (relays) said.set_late_after(relay->LateAfter(request));
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
