#include "server/federation/arrival.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/counted.h"
#include "proto/record/leaf.h"
#include "server/federation/lane.h"
#include "server/federation/peer_state.h"
#include "server/federation/told.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {
namespace {

using record::Counted;

// One lane that might have brought it.
struct Way {
  const PeerStatus* peer;
  const LaneStatus* lane;
};

class Answer {
 public:
  explicit Answer(uint64_t origin_sequence) { said_.set_origin_sequence(origin_sequence); }

  void Say(const std::string& what) { said_.add_reasons(what); }
  // Of what several lanes say what is more certain stands: that is their order.
  void Set(pb::ArrivalState state, const std::string& peer = "") {
    if (has_state() && said_.state() <= state) return;
    said_.set_state(state);
    said_.set_peer(peer);
  }
  bool has_state() const { return said_.state() != pb::ARRIVAL_STATE_UNSPECIFIED; }
  void SetHere(uint64_t sequence) { said_.set_sequence(sequence); }
  // Of the lane whose state stands.
  void SetRemark(const rows::Remark& remark, const std::string& peer) {
    if (said_.peer() != peer) return;
    pb::LaneRemark& told = *said_.mutable_remark();
    told.set_sequence(remark.sequence());
    told.set_verdict(remark.verdict());
    told.set_reason(remark.reason());
    told.set_detail(remark.detail());
  }
  pb::ExplainArrivalResponse Take() { return std::move(said_); }

 private:
  pb::ExplainArrivalResponse said_;
};

void TellHere(const Arriving& event, Answer* answer) {
  answer->Set(pb::ARRIVAL_STATE_HERE);
  answer->SetHere(event.local);
  if (event.relayed_there) {
    return answer->Say(absl::StrCat(
        "It is event ", event.local, " of this log, ",
        event.came_from.empty() ? "published here" : absl::StrCat("from ", event.came_from), ". ",
        event.origin, " has it from elsewhere, as ", event.origin_sequence,
        ": its leaf there came here, and its checkpoint covers that."));
  }
  if (event.came_from == event.origin) {
    answer->Say(absl::StrCat("It is event ", event.local, " of this log, as it came from ",
                             event.origin, ", where it is ", event.origin_sequence, "."));
  } else {
    answer->Say(absl::StrCat(
        "This log has the very same event as ", event.local, ", ",
        event.came_from.empty() ? "published here" : absl::StrCat("from ", event.came_from),
        ": a second copy leaves nothing."));
  }
  if (!event.without_content) return;
  // Who that was is not kept. It need not be one that is asked today: the policy may have been
  // another one then, or this log was recovered from its peers.
  answer->Say(
      "Its content did not come with it, and does not come later either, by whichever peer: "
      "whoever showed it first let its header go alone, or had its content erased.");
}

// Of an organisation or a key, which no lane need bring.
void TellRegistered(const Arriving& event, Answer* answer) {
  const Arriving::Entry& entry = *event.in_registry;
  answer->Set(pb::ARRIVAL_STATE_IN_REGISTRY);
  answer->Say(absl::StrCat("It came with the registry of ", event.origin, ", as entry ",
                           entry.number, " of ", entry.of,
                           ", whatever the policies say: ", entry.says,
                           ", for all that stands behind ", entry.sequence, " of that log."));
}

// Nobody is asked for it.
void TellNotPulled(const Arriving& event, const Policy& policy, Answer* answer) {
  answer->Set(pb::ARRIVAL_STATE_NOT_PULLED);
  if (policy.origins().count(event.origin) == 0) {
    return answer->Say(absl::StrCat("This hub's policy has no origin ", event.origin,
                                    ": none of its events is taken."));
  }
  bool named = false;
  for (const auto& [name, peer] : policy.peers()) {
    if (std::count(peer.origins.begin(), peer.origins.end(), event.origin) == 0) continue;
    named = true;
    answer->Say(absl::StrCat("It is to come from ", name, ", and no line to that hub is up."));
  }
  if (!named) answer->Say("The policy names no peer to pull this origin from.");
}

const rows::Remark* RemarkOn(uint64_t sequence, const rows::Lane& lane) {
  const rows::Remark* newest = nullptr;
  for (const rows::Remark& remark : lane.remarks()) {
    if (remark.sequence() == sequence) newest = &remark;
  }
  return newest;
}

void TellRemark(const rows::Remark& remark, const Way& way, Answer* answer) {
  const std::string& peer = way.peer->peer;
  const std::string why =
      absl::StrCat(WordsFor(remark.reason()),
                   remark.detail().empty() ? "" : absl::StrCat(" (", remark.detail(), ")"));
  if (remark.verdict() == NameOf(Verdict::kWithheld)) {
    answer->Set(pb::ARRIVAL_STATE_NOT_TAKEN, peer);
    answer->SetRemark(remark, peer);
    return answer->Say(absl::StrCat("It came from ", peer, " and was not taken: ", why, "."));
  }
  if (way.lane->lane.settled() < remark.sequence()) {
    // The peer's fault: a good copy may come.
    answer->Set(pb::ARRIVAL_STATE_NOT_YET, peer);
    answer->SetRemark(remark, peer);
    return answer->Say(absl::StrCat(
        "What ", peer, " sent of it is wrong, and a good copy is waited for: ", why, "."));
  }
  answer->Set(pb::ARRIVAL_STATE_REJECTED, peer);
  answer->SetRemark(remark, peer);
  answer->Say(absl::StrCat("It came from ", peer, " and was rejected for good: ", why, "."));
}

const rows::Passed* StretchWith(uint64_t sequence, const rows::Lane& lane) {
  for (const rows::Passed& passed : lane.passed()) {
    if (passed.first() <= sequence && sequence <= passed.last()) return &passed;
  }
  return nullptr;
}

void TellPassed(const rows::Passed& passed, const Way& way, Answer* answer) {
  const std::string& peer = way.peer->peer;
  if (passed.verdict() == kNotShown) {
    answer->Set(pb::ARRIVAL_STATE_NOT_SHOWN, peer);
    return answer->Say(absl::StrCat(peer,
                                    " proved that an event stands there, and did not show it: "
                                    "the policy of a hub on the way keeps it."));
  }
  if (passed.verdict() == NameOf(Verdict::kElsewhere)) {
    answer->Set(pb::ARRIVAL_STATE_NOT_SHOWN, peer);
    return answer->Say(absl::StrCat(peer,
                                    " proved that another hub's event stands there: it comes "
                                    "from that hub's log, and not from this one."));
  }
  answer->Set(pb::ARRIVAL_STATE_HERE, peer);
  answer->Say(absl::StrCat("When it came from ", peer,
                           " this log had the very same event already; ask with its digest to "
                           "hear where."));
}

void TellStandings(const Way& way, Answer* answer) {
  const std::string& peer = way.peer->peer;
  const rows::PeerRow& row = way.peer->standing.row;
  const std::string since = TimeOf(row.state().since_us());
  const std::string ends = row.state().until_us() > 0
                               ? absl::StrCat(" It ends at ", TimeOf(row.state().until_us()), ".")
                               : std::string(" Only a person ends that.");
  const std::string last = row.last_contact_us() > 0
                               ? absl::StrCat("answered last at ", TimeOf(row.last_contact_us()))
                               : std::string("has never answered");
  switch (way.peer->standing.state) {
    case rows::STATE_QUARANTINED:
      answer->Say(absl::StrCat("Nothing is taken from ", peer, " since ", since, ": ",
                               row.state().why(), ".", ends));
      break;
    case rows::STATE_BLOCKED:
      answer->Say(absl::StrCat(row.state().set_by(), " has blocked ", peer, " since ", since, ": ",
                               row.state().why()));
      break;
    default:
      if (row.backoff().failures() > 0) {
        answer->Say(absl::StrCat(peer, " ", last, ", and did not the last ",
                                 Counted(row.backoff().failures(), "time"),
                                 "; it is tried again at ", TimeOf(row.backoff().until_us()), "."));
      } else {
        answer->Say(absl::StrCat(peer, " ", last, "."));
      }
  }
  const rows::State of_origin = way.lane->standing.state;
  if (of_origin == rows::STATE_QUARANTINED || of_origin == rows::STATE_BLOCKED) {
    const rows::PeerState& origin = way.lane->standing.row;
    answer->Say(absl::StrCat("Nothing of ", way.lane->origin, " is taken since ",
                             TimeOf(origin.since_us()), ", from whomever: ", origin.why(), "."));
  }
}

void TellDistance(uint64_t sequence, const Way& way, Answer* answer) {
  const LaneStatus& lane = *way.lane;
  const std::string& peer = way.peer->peer;
  if (lane.gap) {
    answer->Say(absl::StrCat("The lane from ", peer, " stands: what is missing is ",
                             lane.gap->first, " to ", lane.gap->last, "."));
  } else if (lane.lane.head_size() < sequence) {
    answer->Say(absl::StrCat("The newest checkpoint that came from ", peer, " covers ",
                             Counted(lane.lane.head_size(), "event"), "."));
  } else {
    answer->Say(absl::StrCat("The lane from ", peer, " is at ", lane.lane.settled(), " of ",
                             lane.lane.head_size(), "."));
  }
  if (!lane.trouble.empty()) {
    answer->Say(absl::StrCat("The lane from ", peer, " stands: ", lane.trouble, "."));
  }
}

void TellWay(uint64_t sequence, const Way& way, Answer* answer) {
  const rows::Lane& lane = way.lane->lane;
  if (const rows::Remark* remark = RemarkOn(sequence, lane); remark != nullptr) {
    TellRemark(*remark, way, answer);
  } else if (const rows::Passed* passed = StretchWith(sequence, lane); passed != nullptr) {
    TellPassed(*passed, way, answer);
  } else if (lane.settled() >= sequence) {
    answer->Say(absl::StrCat("The lane from ", way.peer->peer,
                             " went past it, longer ago than what was said of it is kept."));
  }
  if (lane.settled() < sequence) {
    TellDistance(sequence, way, answer);
    TellStandings(way, answer);
  }
}

std::string SaysOf(const pb::EventHeader& header) {
  if (header.type() != pb::EVENT_TYPE_KEY) return "an organisation is registered or changed";
  const std::string& of = header.key().organisation();
  return header.key().action() == pb::KEY_ACTION_REVOKE
             ? absl::StrCat("a key of ", of, " is revoked")
             : absl::StrCat("a key of ", of, " is in force");
}

}  // namespace

std::string WordsFor(absl::string_view reason) {
  static const auto& words = *new std::map<absl::string_view, absl::string_view>{
      {"too-large", "it is larger than an event may be"},
      {"unreadable", "its bytes cannot be read"},
      {"sequence-disagrees", "it says another place than the one it was sent for"},
      {"unproven", "nothing proves that it stands in that log"},
      {"header-disagrees", "its header is not the one that the log names"},
      {"known", "this log has it already"},
      {"other-lane",
       "it comes from another hub by that hub's own lane, or is that hub's own rules"},
      {"shape-wrong", "its header and its place in the log contradict each other"},
      {"registry-behind", "the registry entries that it needs did not come with it"},
      {"key-not-in-force", "the key that signed it was not in force"},
      {"author-is-ours", "its author is registered here, and the key that signed it is not"},
      {"signature-wrong", "its author did not sign it"},
      {"section-disagrees", "what it says is not what its author committed to"},
      {"audience-forged", "it is for an audience of another hub than its own"},
      {"not-taken", "this hub's policy does not take it"},
      {"left-to-its-hub",
       "its words did not come, and the hub whose log it is is asked for them first"}};
  const auto found = words.find(reason);
  return std::string(found == words.end() ? reason : found->second);
}

std::optional<Arriving::Entry> FindEntry(const Replica::Registry& registry, uint64_t sequence,
                                         const record::Hash& digest) {
  const std::vector<RegistryEntry>& entries = registry.entries;
  const auto leaf_of = [](const RegistryEntry& entry) {
    return record::DecodeRegistryLeaf(entry.leaf).value_or(record::RegistryLeaf());
  };
  const auto found =
      sequence > 0 ? std::partition_point(entries.begin(), entries.end(),
                                          [&](const RegistryEntry& entry) {
                                            return leaf_of(entry).sequence < sequence;
                                          })
                   : std::find_if(entries.begin(), entries.end(), [&](const RegistryEntry& entry) {
                       return leaf_of(entry).digest == digest;
                     });
  if (found == entries.end()) return std::nullopt;
  const uint64_t stands_at = leaf_of(*found).sequence;
  pb::EventHeader header;
  if ((sequence > 0 && stands_at != sequence) || !header.ParseFromString(found->header)) {
    return std::nullopt;
  }
  const uint64_t number = found - entries.begin() + 1;
  return Arriving::Entry{number, entries.size(), stands_at, SaysOf(header)};
}

pb::ExplainArrivalResponse TellArrival(const Arriving& event, const Policy& policy,
                                       const std::vector<PeerStatus>& peers) {
  Answer answer(event.origin_sequence);
  std::vector<Way> ways;
  for (const PeerStatus& peer : peers) {
    for (const LaneStatus& lane : peer.lanes) {
      if (lane.origin == event.origin) ways.push_back({&peer, &lane});
    }
  }
  if (event.local > 0) TellHere(event, &answer);
  if (event.in_registry) TellRegistered(event, &answer);
  if (answer.has_state()) return answer.Take();
  if (ways.empty()) {
    TellNotPulled(event, policy, &answer);
    return answer.Take();
  }
  const uint64_t sequence = event.origin_sequence;
  if (sequence == 0) {
    answer.Say(
        "This log has no event of that digest. Ask with its sequence at the origin to hear "
        "what became of it; there, `liaison get DIGEST` has it.");
  }
  bool is_behind = false;
  for (const Way& way : ways) {
    if (sequence > 0) {
      TellWay(sequence, way, &answer);
      is_behind = is_behind || way.lane->lane.settled() < sequence;
    } else {
      TellDistance(way.lane->lane.head_size(), way, &answer);
      TellStandings(way, &answer);
    }
  }
  if (!answer.has_state())
    answer.Set(is_behind ? pb::ARRIVAL_STATE_NOT_YET : pb::ARRIVAL_STATE_UNKNOWN);
  return answer.Take();
}

}  // namespace liaison::federation
