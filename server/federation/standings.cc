#include "server/federation/standings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/way_out.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

template <typename Row>
absl::StatusOr<Row> FindRow(const Entry& entry, const std::string& key) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, entry.Find(key));
  Row row;
  if (bytes && !row.ParseFromString(*bytes)) {
    return absl::DataLossError(absl::StrCat("the row ", key, " does not parse"));
  }
  return row;
}

absl::Status NotFrom(absl::string_view what) {
  return record::Error(record::Reason::kTransitionNotAllowed, absl::StrCat("it ", what));
}

}  // namespace

absl::Status BlockedHere() {
  return record::Error(record::Reason::kNotPermitted,
                       "an operator of this hub has blocked this peer");
}

rows::PeerRow Standings::Peer::ToRow() const {
  rows::PeerRow row;
  *row.mutable_state() = state.ToRow();
  *row.mutable_backoff() = backoff.ToRow();
  row.set_last_contact_us(absl::ToUnixMicros(last_contact));
  return row;
}

absl::Status Standings::Load(const Policy& policy, absl::Time now) {
  absl::Status all;
  const auto blocked = [&](const absl::Status& why) {
    if (all.ok()) all = why;
    PeerState state;
    state
        .Block("this hub",
               absl::StrCat("what was kept of it cannot be read, so that nobody knows whether it "
                            "was blocked: ",
                            why.message()),
               now)
        .IgnoreError();
    return state;
  };
  absl::MutexLock lock(&mu_);
  for (const auto& [name, ignored] : policy.peers()) {
    const auto row = FindRow<rows::PeerRow>(*options_.entry, PeerRowKey(name));
    Peer& peer = peers_[name];
    peer.state = row.ok() ? PeerState(row->state()) : blocked(row.status());
    if (!row.ok()) continue;
    peer.backoff = Backoff(row->backoff(), now);
    peer.last_contact = absl::FromUnixMicros(row->last_contact_us());
  }
  for (const auto& [name, ignored] : policy.origins()) {
    auto row = FindRow<rows::PeerState>(*options_.entry, OriginRowKey(name));
    origins_[name] = row.ok() ? PeerState(*std::move(row)) : blocked(row.status());
  }
  return all;
}

bool Standings::MayPull(const std::string& peer, const std::string& origin, absl::Time now) const {
  absl::MutexLock lock(&mu_);
  const auto found = peers_.find(peer);
  const auto of = origins_.find(origin);
  return found != peers_.end() && of != origins_.end() && found->second.state.MayPull(now) &&
         found->second.backoff.MayTry(now) && of->second.MayPull(now);
}

void Standings::Reached(const std::string& peer, absl::Time now) {
  ChangePeer(peer, [now](Peer* standing) {
    standing->state.Reached(now);
    standing->backoff.Succeeded();
    standing->may_probe = false;
    standing->reached = true;
    standing->last_contact = now;
  });
}

void Standings::HangUp() {
  absl::MutexLock lock(&mu_);
  hung_up_ = true;
}

void Standings::Missed(const std::string& peer, absl::string_view why,
                       std::optional<absl::Duration> asked, absl::Time now) {
  {
    absl::MutexLock lock(&mu_);
    if (hung_up_) return;
  }
  ChangePeer(peer, [&](Peer* standing) {
    const absl::Time heard = options_.now();
    // None is under way for as long as that: the clock was ahead.
    const bool is_next = now >= standing->missed || standing->missed - now > 2 * kPullTimeout;
    standing->missed = heard;
    if (is_next) standing->state.Missed(now, why);
    standing->backoff.Failed(now, options_.roll(), asked);
  });
}

void Standings::Called(const std::string& peer, absl::Time now) {
  ChangePeer(peer, [now](Peer* standing) {
    if (standing->backoff.MayTry(now)) return;
    if (standing->backoff.Called(now)) standing->may_probe = true;
  });
}

void Standings::HasNewWay(const std::string& peer) {
  options_.report(absl::StrCat("the profile for ", peer, " is another by now: it is used"));
  ChangePeer(peer, [](Peer* standing) {
    standing->backoff.Succeeded();
    standing->may_probe = false;
  });
}

bool Standings::TakeProbe(const std::string& peer, const std::string& origin, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto found = peers_.find(peer);
  const auto of = origins_.find(origin);
  if (found == peers_.end() || of == origins_.end() || !found->second.state.MayPull(now) ||
      !of->second.MayPull(now)) {
    return false;
  }
  return std::exchange(found->second.may_probe, false);
}

void Standings::FaultOfPeer(const std::string& peer, rows::Cause cause, absl::string_view why,
                            absl::Time now) {
  ChangePeer(peer, [&](Peer* standing) { standing->state.Fault(cause, why, now); });
  options_.report(absl::StrCat("the peer ", peer, " is left alone: ", why));
}

void Standings::FaultOfOrigin(const std::string& origin, rows::Cause cause, absl::string_view why,
                              absl::Time now) {
  options_.report(absl::StrCat("the origin ", origin, " is left alone: ", why));
  absl::MutexLock keeping(&keep_mu_);
  std::string row;
  {
    absl::MutexLock lock(&mu_);
    PeerState& state = origins_[origin];
    state.Fault(cause, why, now);
    row = state.ToRow().SerializeAsString();
  }
  KeepRow(OriginRowKey(origin), row);
}

void Standings::ChangePeer(const std::string& peer, const std::function<void(Peer*)>& change) {
  absl::MutexLock keeping(&keep_mu_);
  std::string row;
  {
    absl::MutexLock lock(&mu_);
    Peer& standing = peers_[peer];
    // That all is well, once more, is not worth a write.
    const std::string before = standing.ToRowWithoutContact().SerializeAsString();
    change(&standing);
    if (standing.ToRowWithoutContact().SerializeAsString() == before) return;
    row = standing.ToRow().SerializeAsString();
  }
  KeepRow(PeerRowKey(peer), row);
}

void Standings::KeepRow(const std::string& key, const std::string& row) {
  const absl::Status kept = options_.entry->Keep(key, row);
  // What is not kept because this hub goes is found out again.
  if (record::ReasonOf(kept) == record::Reason::kShuttingDown) return;
  if (!kept.ok()) options_.report(absl::StrCat(key, " is not kept: ", kept.message()));
}

absl::Status Standings::ByHand(const std::string& peer_or_origin, const Change& change) {
  absl::MutexLock keeping(&keep_mu_);
  std::string key, row;
  std::optional<Peer> peer;
  std::optional<PeerState> origin;
  {
    absl::MutexLock lock(&mu_);
    if (const auto found = peers_.find(peer_or_origin); found != peers_.end()) {
      peer = found->second;
      LIAISON_RETURN_IF_ERROR(change(&peer->state));
      peer->backoff.Succeeded();
      key = PeerRowKey(peer_or_origin);
      row = peer->ToRow().SerializeAsString();
    } else if (const auto of = origins_.find(peer_or_origin); of != origins_.end()) {
      origin = of->second;
      LIAISON_RETURN_IF_ERROR(change(&*origin));
      key = OriginRowKey(peer_or_origin);
      row = origin->ToRow().SerializeAsString();
    } else {
      return record::Error(record::Reason::kNotFound,
                           absl::StrCat("this hub's policy has neither a peer nor an origin `",
                                        peer_or_origin, "`"))
          .With(record::kWayOut, "`liaison federation peers` lists both.");
    }
  }
  // Nobody else changes it meanwhile: they wait for keep_mu_.
  LIAISON_RETURN_IF_ERROR(options_.entry->Keep(key, row));
  absl::MutexLock lock(&mu_);
  if (peer) peers_[peer_or_origin] = *std::move(peer);
  if (origin) origins_[peer_or_origin] = *std::move(origin);
  return absl::OkStatus();
}

absl::Status Standings::Block(const std::string& peer_or_origin, absl::string_view by,
                              absl::string_view why, absl::Time now) {
  return ByHand(peer_or_origin, [&](PeerState* state) {
    if (state->StateAt(now) != rows::STATE_BLOCKED) return state->Block(by, why, now);
    return NotFrom(
        absl::StrCat("is blocked already, by ", state->ToRow().set_by(), ": ", state->why()));
  });
}

absl::Status Standings::Release(const std::string& peer_or_origin, absl::string_view by,
                                absl::string_view why, absl::Time now) {
  return ByHand(peer_or_origin, [&](PeerState* state) {
    if (state->StateAt(now) != rows::STATE_ACTIVE) return state->Release(by, why, now);
    return NotFrom("is active: there is nothing to release it from");
  });
}

bool Standings::Knows(const std::string& peer) const {
  absl::MutexLock lock(&mu_);
  return peers_.count(peer) > 0;
}

bool Standings::IsBlocked(const std::string& peer_or_origin) const {
  const auto blocked = [](const PeerState& state) {
    return state.ToRow().state() == rows::STATE_BLOCKED;
  };
  absl::MutexLock lock(&mu_);
  const auto peer = peers_.find(peer_or_origin);
  if (peer != peers_.end()) return blocked(peer->second.state);
  const auto origin = origins_.find(peer_or_origin);
  return origin != origins_.end() && blocked(origin->second);
}

Standings::PeerStanding Standings::OfPeer(const std::string& peer, absl::Time now) const {
  absl::MutexLock lock(&mu_);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return {rows::STATE_UNSPECIFIED, {}};
  return {found->second.state.StateAt(now), found->second.ToRow(), found->second.reached};
}

Standings::OriginStanding Standings::OfOrigin(const std::string& origin, absl::Time now) const {
  absl::MutexLock lock(&mu_);
  const auto found = origins_.find(origin);
  if (found == origins_.end()) return {rows::STATE_UNSPECIFIED, {}};
  return {found->second.StateAt(now), found->second.ToRow()};
}

}  // namespace liaison::federation
