#include "server/federation/peer_state.h"

#include <algorithm>

#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {
namespace {

absl::Status CheckHand(absl::string_view by, absl::string_view why) {
  if (by.empty()) return record::FieldInvalid("by", "a person's name: who answers for this");
  if (why.empty()) return record::FieldInvalid("reason", "say why, for whoever comes after");
  return absl::OkStatus();
}

}  // namespace

bool NeedsAPerson(rows::Cause cause) {
  switch (cause) {
    case rows::CAUSE_UNPROVEN:
    case rows::CAUSE_BYTES_DISAGREE:
    case rows::CAUSE_SIGNATURE_WRONG:
    case rows::CAUSE_TWO_HISTORIES:
    case rows::CAUSE_OPERATOR:
      return true;
    default:
      return false;
  }
}

rows::State PeerState::StateAt(absl::Time now) const {
  if (row_.state() == rows::STATE_UNSPECIFIED) return rows::STATE_ACTIVE;
  // A suspension that is over is not yet trust: the next call has to go well. One that began while
  // the clock was ahead would last until that day.
  const absl::Time until = absl::FromUnixMicros(row_.until_us());
  const bool over = row_.state() == rows::STATE_QUARANTINED && !NeedsAPerson(row_.cause()) &&
                    (now >= until || until - now > kLongestSuspension);
  return over ? rows::STATE_DEGRADED : row_.state();
}

bool PeerState::MayPull(absl::Time now) const {
  const rows::State state = StateAt(now);
  return state == rows::STATE_ACTIVE || state == rows::STATE_DEGRADED;
}

void PeerState::Set(rows::State state, rows::Cause cause, absl::string_view why, absl::Time now) {
  row_.set_state(state);
  row_.set_cause(cause);
  row_.set_why(Told(why, kMaxWhySizeBytes));
  row_.set_since_us(absl::ToUnixMicros(now));
  row_.clear_until_us();
  row_.clear_set_by();
}

void PeerState::Missed(absl::Time now, absl::string_view why) {
  row_.set_missed_calls(std::min(row_.missed_calls() + 1, kMissedCalls));
  if (row_.missed_calls() < kMissedCalls || StateAt(now) != rows::STATE_ACTIVE) return;
  Set(rows::STATE_DEGRADED, rows::CAUSE_UNREACHABLE, why, now);
}

void PeerState::Reached(absl::Time now) {
  row_.clear_missed_calls();
  if (StateAt(now) == rows::STATE_DEGRADED)
    Set(rows::STATE_ACTIVE, rows::CAUSE_UNSPECIFIED, "", now);
}

void PeerState::Fault(rows::Cause cause, absl::string_view why, absl::Time now) {
  if (row_.state() == rows::STATE_BLOCKED) return;
  const bool waits = row_.state() == rows::STATE_QUARANTINED && NeedsAPerson(row_.cause());
  // The first cause stays: it is the one to be looked into.
  if (waits) return;
  Set(rows::STATE_QUARANTINED, cause, why, now);
  if (NeedsAPerson(cause)) return;
  const bool again = now - absl::FromUnixMicros(row_.overrun_us()) < kOverrunMemory;
  row_.set_overruns(again ? std::min(row_.overruns() + 1, 10u) : 1);
  row_.set_overrun_us(absl::ToUnixMicros(now));
  const absl::Duration suspension =
      std::min(kLongestSuspension, kFirstSuspension * (int64_t{1} << (row_.overruns() - 1)));
  row_.set_until_us(absl::ToUnixMicros(now + suspension));
}

absl::Status PeerState::Block(absl::string_view by, absl::string_view why, absl::Time now) {
  LIAISON_RETURN_IF_ERROR(CheckHand(by, why));
  Set(rows::STATE_BLOCKED, rows::CAUSE_OPERATOR, why, now);
  row_.set_set_by(std::string(by));
  return absl::OkStatus();
}

absl::Status PeerState::Release(absl::string_view by, absl::string_view why, absl::Time now) {
  LIAISON_RETURN_IF_ERROR(CheckHand(by, why));
  Set(rows::STATE_ACTIVE, rows::CAUSE_UNSPECIFIED, why, now);
  row_.set_set_by(std::string(by));
  row_.clear_missed_calls();
  row_.clear_overruns();
  row_.clear_overrun_us();
  return absl::OkStatus();
}

}  // namespace liaison::federation
