#include "server/federation/delivery.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/counted.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {
namespace {

using record::Counted;

google::protobuf::Timestamp ToProto(int64_t us) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(us);
}

std::string SectionsOf(const Ruling& ruling) {
  std::vector<std::string> names;
  for (const pb::SectionKind kind : ruling.sections) {
    names.push_back(
        absl::AsciiStrToLower(absl::StripPrefix(pb::SectionKind_Name(kind), "SECTION_KIND_")));
  }
  return names.empty() ? "its header alone" : absl::StrCat("with ", absl::StrJoin(names, ", "));
}

// How far the peer is, by its own word. True iff it is behind the event.
bool TellReceipt(const Sent& sent, const AtPeer& at, pb::PeerDelivery* delivery) {
  const rows::Receipt& receipt = *at.receipt;
  const auto say = [&](const std::string& what) { delivery->add_reasons(what); };
  if (receipt.settled() >= sent.sequence && at.by_other_rules) {
    say(absl::StrCat("When ", at.peer,
                     " went past it the rules were others, and kept it: it goes "
                     "through the log anew."));
    return false;
  }
  if (receipt.settled() >= sent.sequence && receipt.late_after() < sent.local) {
    say(absl::StrCat("It came here when ", at.peer, " was past it: it goes there as a late one."));
    return false;
  }
  if (receipt.settled() >= sent.sequence) {
    say(absl::StrCat(at.peer, " says that it has dealt with everything up to ", receipt.settled(),
                     ", since ", TimeOf(receipt.settled_us()), "."));
    say(absl::StrCat("That is its own word, and it may have turned the event away",
                     at.ruling.sections.empty()
                         ? ""
                         : ", or have had its header alone before, and then took no more of it",
                     ". There, `liaison federation why ", sent.origin, " ", sent.sequence,
                     "` tells."));
    return true;
  }
  if (receipt.furthest() >= sent.sequence) {
    say(absl::StrCat(at.peer, " had said that it was at ", receipt.furthest(), ", and is at ",
                     receipt.settled(), " now: it was brought back from a copy, or began anew."));
  } else {
    say(absl::StrCat(at.peer, " has dealt with ", receipt.settled(), " of ",
                     Counted(sent.sequence, "event"), " up to this one, by its own word."));
  }
  return false;
}

bool TellRegistry(const Sent& sent, const AtPeer& at, pb::PeerDelivery* delivery) {
  const uint64_t entry = *sent.registry_index + 1;
  const bool is_ours = sent.local == 0;
  delivery->set_rule(is_ours ? "the registry goes to every peer"
                             : absl::StrCat("the registry of ", sent.origin, " goes with its log"));
  delivery->add_reasons(
      absl::StrCat("It is entry ", entry, " of the registry",
                   is_ours ? ", which goes to every peer"
                           : absl::StrCat(" of ", sent.origin, ", which goes with its log"),
                   ", whatever the rules say."));
  if (!at.receipt) return false;
  const uint64_t has = at.receipt->registry_size();
  if (has < entry) {
    delivery->add_reasons(absl::StrCat(at.peer, " has ", Counted(has, "entry", "entries"),
                                       " of it, by its own word."));
    return false;
  }
  delivery->add_reasons(absl::StrCat(at.peer, " says that it has proven ",
                                     Counted(has, "entry", "entries"), " of it, since ",
                                     TimeOf(at.receipt->registry_us()), ". That is its own word."));
  return true;
}

// Why it is still on its way.
void TellDelay(const Sent& sent, const AtPeer& at, absl::Time now, pb::PeerDelivery* delivery) {
  const auto say = [&](const std::string& what) { delivery->add_reasons(what); };
  if (sent.signed_through < sent.sequence) {
    say("No checkpoint covers the event yet, and nothing goes before that.");
  }
  if (!at.receipt) {
    say(absl::StrCat(at.peer, " has never asked for ", sent.origin, "."));
    if (at.organisation.empty()) {
      say("The policy does not say as which organisation it calls here.");
    }
  } else if (now - absl::FromUnixMicros(at.receipt->asked_us()) > kAsksStill) {
    say(absl::StrCat("It asked last at ", TimeOf(at.receipt->asked_us()),
                     ": it does not run, does not reach this hub, or leaves it alone."));
  }
  const rows::PeerState& state = at.standing.row.state();
  if (at.standing.state == rows::STATE_QUARANTINED || at.standing.state == rows::STATE_BLOCKED) {
    say(absl::StrCat("This hub has left ", at.peer, " alone since ", TimeOf(state.since_us()), ": ",
                     state.why()));
  }
}

// Rules that stand no more let it go.
void TellWent(const Sent& sent, const AtPeer& at, pb::PeerDelivery* delivery) {
  const bool has = at.went_through >= sent.sequence;
  delivery->set_state(has ? pb::DELIVERY_STATE_CONFIRMED : pb::DELIVERY_STATE_KEPT);
  if (has) {
    delivery->add_reasons(absl::StrCat(
        "It went there by rules that stand no more: ", at.peer, " has said that it had dealt with ",
        Counted(at.went_through, "event"), " by those, and has it, by its own word."));
  } else {
    delivery->add_reasons(absl::StrCat("Rules that stand no more let it go; ", at.peer,
                                       " has not said that it came so far by those, and may have "
                                       "it."));
  }
  delivery->add_reasons(absl::StrCat("Today's policy keeps it: ", at.ruling.rule,
                                     ". What retracts or erases it follows it all the same."));
}

void TellKept(const Sent& sent, const AtPeer& at, pb::PeerDelivery* delivery) {
  if (at.went) return TellWent(sent, at, delivery);
  delivery->set_state(pb::DELIVERY_STATE_KEPT);
  delivery->add_reasons(
      absl::StrCat("This hub's policy keeps it from ", at.peer, ": ", at.ruling.rule, "."));
  if (!at.receipt || at.receipt->settled() < sent.sequence) return;
  delivery->add_reasons(absl::StrCat(at.peer, " is past it, at ", at.receipt->settled(),
                                     ": by this policy it has the proof that an event stands "
                                     "there, and nothing of it from here."));
}

// Whatever the peer has dealt with, nothing followed from it where that came by the former log.
void TellFormerLog(const Sent& sent, const AtPeer& at, pb::PeerDelivery* delivery) {
  if (!sent.about_former_log || delivery->state() == pb::DELIVERY_STATE_KEPT) return;
  delivery->set_state(pb::DELIVERY_STATE_NOT_YET);
  delivery->add_reasons(absl::StrCat(
      "What it is about was said in the log that this one goes on from. Where ", at.peer,
      " has that from there, this changes nothing of it: ask its operator to look, and to erase it "
      "there."));
}

}  // namespace

pb::PeerDelivery TellDelivery(const Sent& sent, const AtPeer& at, absl::Time now) {
  pb::PeerDelivery delivery;
  delivery.set_peer(at.peer);
  delivery.set_rule(at.ruling.rule);
  if (at.receipt) {
    delivery.set_settled(at.receipt->settled());
    *delivery.mutable_settle_time() = ToProto(at.receipt->settled_us());
    *delivery.mutable_ask_time() = ToProto(at.receipt->asked_us());
  }
  bool confirmed = false;
  if (sent.registry_index) {
    confirmed = TellRegistry(sent, at, &delivery);
  } else if (!at.ruling.passes) {
    TellKept(sent, at, &delivery);
    TellFormerLog(sent, at, &delivery);
    return delivery;
  } else {
    for (const pb::SectionKind kind : at.ruling.sections) delivery.add_sections(kind);
    delivery.add_reasons(
        absl::StrCat("It goes by ", at.ruling.rule, ", ", SectionsOf(at.ruling), "."));
    confirmed = at.receipt && TellReceipt(sent, at, &delivery);
  }
  delivery.set_state(confirmed ? pb::DELIVERY_STATE_CONFIRMED : pb::DELIVERY_STATE_NOT_YET);
  if (!confirmed) TellDelay(sent, at, now, &delivery);
  TellFormerLog(sent, at, &delivery);
  return delivery;
}

}  // namespace liaison::federation
