#include "server/rpc/federation_why.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/way_out.h"
#include "server/federation/arrival.h"
#include "server/federation/delivery.h"
#include "server/federation/origin.h"
#include "server/rpc/event_key.h"
#include "server/sequencer/first_event.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

// Of the registry's tree the entry that is the event at `sequence`; nullopt where it has none.
absl::StatusOr<std::optional<uint64_t>> RegistryIndexOf(const storage::EventLog& log,
                                                        const pb::EventHeader& header,
                                                        uint64_t sequence) {
  if (header.type() != pb::EVENT_TYPE_KEY && header.type() != pb::EVENT_TYPE_ORGANISATION) {
    return {std::nullopt};
  }
  // Ascending sequences.
  uint64_t first = 0;
  uint64_t end = log.head().registry_size;
  while (first < end) {
    const uint64_t middle = first + (end - first) / 2;
    LIAISON_ASSIGN_OR_RETURN(const std::string bytes, log.ReadRegistryLeaf(middle));
    LIAISON_ASSIGN_OR_RETURN(const record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
    if (leaf.sequence == sequence) return std::make_optional(middle);
    if (leaf.sequence < sequence) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return {std::nullopt};
}

// Where a relayed event comes from, as what proves it says.
absl::StatusOr<std::string> OriginOf(const storage::EventLog& log, uint64_t sequence) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> evidence,
                           log.GetRow(storage::Table::kForeign, storage::ForeignKey(sequence)));
  if (!evidence) return absl::DataLossError(absl::StrCat("nothing proves event ", sequence));
  return record::OriginIn(*evidence);
}

// An event of this log, and the lane by which it goes.
struct Going {
  storage::StoredEvent event;
  record::Leaf leaf;
  pb::EventHeader header;
  federation::Sent sent;
};

// True iff it changes or takes back what was said in the log that this one goes on from, and no key
// signed both: to peers they are of two origins. See record::MayErase.
absl::StatusOr<bool> IsAboutFormerLog(const storage::EventLog& log, const std::string& hub,
                                      const Going& going) {
  const std::vector<record::Hash> followed = federation::FollowedBy(going.header);
  if (followed.empty()) return false;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> quote,
                           log.FindByIdentity(sequencer::QuoteIdentity(hub, log.log_id())));
  if (!quote) return false;
  for (const record::Hash& digest : followed) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> target, log.FindByDigest(digest));
    if (!target || *target > *quote) continue;
    LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log.ReadHeader(*target));
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
    pb::EventHeader header;
    if (leaf.relayed || !header.ParseFromString(event.header)) continue;
    const bool by_one_hand =
        record::IsOfOneKey(going.leaf, leaf) && (going.header.type() != pb::EVENT_TYPE_REDACTION ||
                                                 going.header.author() == header.author());
    if (!by_one_hand) return true;
  }
  return false;
}

// Where another hub's event stands in the registry that is served with its lane.
std::optional<uint64_t> RegistryIndexIn(const federation::Replicas* replicas,
                                        const federation::Sent& sent) {
  const federation::Replica* const replica =
      replicas == nullptr ? nullptr : replicas->Find(sent.origin);
  if (replica == nullptr) return std::nullopt;
  const auto entry = federation::FindEntry(*replica->registry(), sent.sequence, record::Hash());
  return entry ? std::make_optional(entry->number - 1) : std::nullopt;
}

absl::StatusOr<Going> FindGoing(const FederationDesk& desk, const storage::EventLog& log,
                                uint64_t sequence) {
  Going going;
  LIAISON_ASSIGN_OR_RETURN(going.event, log.ReadHeader(sequence));
  LIAISON_ASSIGN_OR_RETURN(going.leaf, record::DecodeLeaf(going.event.leaf));
  if (!going.header.ParseFromString(going.event.header)) {
    return absl::DataLossError(absl::StrCat("the header of ", sequence, " does not parse"));
  }
  if (going.leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(going.sent.origin, OriginOf(log, sequence));
    going.sent.sequence = going.sent.signed_through = going.leaf.relayed->sequence;
    going.sent.local = sequence;
    going.sent.registry_index = RegistryIndexIn(desk.replicas, going.sent);
    return going;
  }
  const auto published = desk.signer->published();
  going.sent.origin = desk.source->origin();
  going.sent.sequence = sequence;
  going.sent.signed_through = published == nullptr ? 0 : published->log.head.size;
  LIAISON_ASSIGN_OR_RETURN(going.sent.registry_index, RegistryIndexOf(log, going.header, sequence));
  LIAISON_ASSIGN_OR_RETURN(const federation::Origin own,
                           federation::ParseOrigin(going.sent.origin));
  LIAISON_ASSIGN_OR_RETURN(going.sent.about_former_log, IsAboutFormerLog(log, own.hub, going));
  return going;
}

// Those that the event has, of what the rule lets go.
std::set<pb::SectionKind> SectionsOf(const pb::EventHeader& header,
                                     const federation::Ruling& ruling) {
  std::set<pb::SectionKind> sections;
  for (const pb::SectionCommitment& commitment : header.commitments()) {
    if (ruling.sections.count(commitment.kind()) > 0) sections.insert(commitment.kind());
  }
  return sections;
}

std::map<std::string, federation::PeerStatus> StatusesOf(const FederationDesk& desk) {
  std::map<std::string, federation::PeerStatus> statuses;
  for (federation::PeerStatus& status : desk.exchange->status()) {
    const std::string name = status.peer;
    statuses.emplace(name, std::move(status));
  }
  return statuses;
}

// The relayed event that is that one at its origin; 0 where there is none. Reads every leaf there
// is, at worst: for a person who asks, now and then.
absl::StatusOr<uint64_t> FindRelayed(const storage::EventLog& log, absl::string_view origin,
                                     uint64_t origin_sequence) {
  const record::Hash name_hash = record::Sha256Of(origin);
  uint64_t found = 0;
  absl::Status failed;
  LIAISON_RETURN_IF_ERROR(log.ScanHeaders(0, [&](const storage::EventLog::EventView& event) {
    const auto leaf = record::DecodeLeaf(event.leaf);
    failed = leaf.status();
    if (!failed.ok()) return false;
    if (leaf->relayed && leaf->relayed->sequence == origin_sequence &&
        leaf->relayed->origin_name_hash == name_hash) {
      found = event.sequence;
    }
    return found == 0;
  }));
  LIAISON_RETURN_IF_ERROR(failed);
  return found;
}

// What that hub has from elsewhere, and this one as well, whichever way: as the leaf says that is
// kept of it.
absl::Status LookElsewhere(const Hub& hub, const federation::Replica& replica,
                           federation::Arriving* arriving) {
  const uint64_t sequence = arriving->origin_sequence;
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> kept,
      hub.log->GetRow(storage::Table::kControl,
                      federation::TailRowKey(replica.kept_as(), sequence - 1)));
  if (!kept) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(*kept));
  if (leaf.sequence != sequence) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> local, hub.log->FindByDigest(leaf.digest));
  if (!local) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, hub.log->ReadHeader(*local));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf ours, record::DecodeLeaf(event.leaf));
  arriving->came_from.clear();
  if (ours.relayed) {
    LIAISON_ASSIGN_OR_RETURN(arriving->came_from, OriginOf(*hub.log, *local));
  }
  arriving->local = *local;
  arriving->relayed_there = true;
  return absl::OkStatus();
}

absl::StatusOr<federation::Arriving> FindArriving(const Hub& hub,
                                                  const pb::ExplainArrivalRequest& request) {
  federation::Arriving arriving;
  arriving.origin = request.origin();
  if (request.key_case() == pb::ExplainArrivalRequest::kSequence) {
    if (request.sequence() == 0) return record::FieldInvalid("sequence", "counts from 1");
    arriving.origin_sequence = request.sequence();
    LIAISON_ASSIGN_OR_RETURN(arriving.local,
                             FindRelayed(*hub.log, request.origin(), request.sequence()));
    arriving.came_from = request.origin();
    return arriving;
  }
  if (request.key_case() != pb::ExplainArrivalRequest::kDigest) {
    return record::FieldInvalid("key", "one of sequence, digest");
  }
  const absl::StatusOr<record::Hash> digest = record::Hash::Parse(request.digest());
  if (!digest.ok()) return record::FieldInvalid("digest", "a digest has 32 bytes");
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> local, hub.log->FindByDigest(*digest));
  if (!local) return arriving;
  arriving.local = *local;
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, hub.log->ReadHeader(*local));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (!leaf.relayed) return arriving;
  LIAISON_ASSIGN_OR_RETURN(arriving.came_from, OriginOf(*hub.log, *local));
  if (arriving.came_from == arriving.origin) arriving.origin_sequence = leaf.relayed->sequence;
  return arriving;
}

// False where it is not in the log, or was erased.
absl::StatusOr<bool> IsWithoutContent(const storage::EventLog& log, uint64_t sequence) {
  if (sequence == 0) return false;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<std::optional<storage::StoredSection>> content,
                           log.ReadSections({sequence}, pb::SECTION_KIND_CONTENT));
  return content.front() && content.front()->withheld;
}

// How far the peer said to be under rules that let the event go.
uint64_t WentThrough(const FederationDesk& desk, const federation::rows::Receipt& receipt,
                     const std::string& who, const federation::Described& described) {
  const auto let_go = [&](const std::string& rules) {
    return desk.former->LetGoBy(rules, who, described);
  };
  uint64_t through = let_go(receipt.rules()) ? receipt.settled() : 0;
  for (const federation::rows::Receipt::Before& before : receipt.before()) {
    if (let_go(before.rules())) through = std::max<uint64_t>(through, before.settled());
  }
  return through;
}

}  // namespace

absl::StatusOr<std::optional<federation::Ruling>> RuleByRegistry(
    const FederationDesk& desk, const storage::EventLog& log,
    const storage::EventLog::EventView& event, absl::string_view peer,
    const federation::Policy& policy) {
  const std::optional<federation::Ruling> none;
  pb::EventHeader header;
  if (!header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()))) {
    return absl::DataLossError(absl::StrCat("the header of ", event.sequence, " does not parse"));
  }
  if (header.type() != pb::EVENT_TYPE_KEY && header.type() != pb::EVENT_TYPE_ORGANISATION) {
    return none;
  }
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (!leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> index,
                             RegistryIndexOf(log, header, event.sequence));
    return index ? std::make_optional(federation::RuleOfRegistry("")) : none;
  }
  federation::Sent sent;
  LIAISON_ASSIGN_OR_RETURN(sent.origin, OriginOf(log, event.sequence));
  sent.sequence = leaf.relayed->sequence;
  if (!policy.MayRelay(peer, sent.origin)) return none;
  return RegistryIndexIn(desk.replicas, sent)
             ? std::make_optional(federation::RuleOfRegistry(sent.origin))
             : none;
}

absl::StatusOr<pb::ListDeliveriesResponse> ListDeliveries(
    const FederationDesk& desk, const Hub& hub, const auth::Principal&,
    const pb::ListDeliveriesRequest& request) {
  const auto policy = desk.book->policy();
  const auto& peers = policy->peers();
  if (!request.peer().empty() && peers.count(request.peer()) == 0) {
    return Error(Reason::kNotFound,
                 absl::StrCat("this hub's policy has no peer `", request.peer(), "`"))
        .With(record::kWayOut, "`liaison federation peers` lists them.");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, SequenceOf(*hub.log, request));
  if (!sequence) return Error(Reason::kNotFound, "the log has no such event");
  LIAISON_ASSIGN_OR_RETURN(const Going going, FindGoing(desk, *hub.log, *sequence));
  pb::ListDeliveriesResponse response;
  response.set_sequence(*sequence);
  response.set_digest(std::string(going.leaf.digest.bytes()));
  response.set_author(going.header.author());
  response.set_type(going.header.type());
  response.set_audience(going.header.audience());
  response.set_origin(going.sent.origin);
  response.set_origin_sequence(going.sent.sequence);
  const std::map<std::string, federation::PeerStatus> statuses = StatusesOf(desk);
  for (const auto& [name, peer] : peers) {
    if (!request.peer().empty() && request.peer() != name) continue;
    federation::AtPeer at{name, peer.organisation, {}, {}, {federation::rows::STATE_ACTIVE, {}}};
    LIAISON_ASSIGN_OR_RETURN(
        at.ruling,
        desk.source->RuleByItsLane(
            name, {going.event.sequence, going.event.leaf, going.event.header, {}}, *policy));
    at.ruling.sections = SectionsOf(going.header, at.ruling);
    const std::string who = policy->WhoIs(name);
    at.receipt = desk.receipts->Of(who, going.sent.origin);
    const federation::Described described =
        federation::Describe(going.header, {at.ruling.passes, at.ruling.passes});
    at.went = !at.ruling.passes && desk.former->LetGo(who, described, going.leaf);
    if (at.went && at.receipt) at.went_through = WentThrough(desk, *at.receipt, who, described);
    const std::string rules = going.leaf.relayed && desk.relay != nullptr
                                  ? desk.relay->rules(name, going.sent.origin)
                                  : policy->SendRules(name);
    at.by_other_rules = at.receipt && at.receipt->rules() != rules &&
                        !at.receipt->rules().empty() &&
                        !desk.former->LetGoBy(at.receipt->rules(), who, described);
    const auto found = statuses.find(name);
    if (found != statuses.end()) at.standing = found->second.standing;
    federation::Sent sent = going.sent;
    // Another hub's registry goes with the lane.
    if (going.leaf.relayed && !policy->MayRelay(name, sent.origin) &&
        !desk.source->Relayed(name, sent.origin)) {
      sent.registry_index.reset();
    }
    *response.add_deliveries() = federation::TellDelivery(sent, at, absl::Now());
  }
  return response;
}

absl::StatusOr<pb::ExplainArrivalResponse> ExplainArrival(
    const FederationDesk& desk, const Hub& hub, const auth::Principal&,
    const pb::ExplainArrivalRequest& request) {
  if (const auto origin = federation::ParseOrigin(request.origin()); !origin.ok()) {
    return record::FieldInvalid("origin", origin.status().message());
  }
  if (request.origin() == desk.source->origin()) {
    return record::FieldInvalid("origin",
                                "it is this hub's own log; ListDeliveries says who has it");
  }
  LIAISON_ASSIGN_OR_RETURN(federation::Arriving arriving, FindArriving(hub, request));
  const federation::Replica* const replica =
      desk.replicas == nullptr ? nullptr : desk.replicas->Find(request.origin());
  if (replica != nullptr) {
    if (arriving.local == 0 && arriving.origin_sequence > 0) {
      LIAISON_RETURN_IF_ERROR(LookElsewhere(hub, *replica, &arriving));
    }
    arriving.in_registry =
        federation::FindEntry(*replica->registry(), arriving.origin_sequence,
                              record::Hash::Parse(request.digest()).value_or(record::Hash()));
    if (arriving.in_registry) arriving.origin_sequence = arriving.in_registry->sequence;
  }
  LIAISON_ASSIGN_OR_RETURN(arriving.without_content, IsWithoutContent(*hub.log, arriving.local));
  return federation::TellArrival(arriving, *desk.book->policy(), desk.exchange->status());
}

}  // namespace liaison::rpc
