#include "server/federation/detour.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {

template <typename Request, typename Response>
absl::StatusOr<Response> Detour::Call(absl::StatusOr<Response> (PeerLine::*method)(const Request&),
                                      const Request& request) {
  const Way way = Begin();
  if (way != Way::kGoesRound) {
    absl::StatusOr<Response> response = ((*options_.dialled).*method)(request);
    Dialled(way, response.status());
    if (!IsUnreached(response.status())) return response;
    absl::StatusOr<Response> other = ((*options_.attached).*method)(request);
    WentRound(other.status());
    return IsUnreached(other.status()) ? response : other;
  }
  absl::StatusOr<Response> other = ((*options_.attached).*method)(request);
  WentRound(other.status());
  if (!IsUnreached(other.status())) return other;
  // There is no way round by now: whoever calls has waited for as long as it means to.
  absl::StatusOr<Response> response = ((*options_.dialled).*method)(request);
  Dialled(way, response.status());
  return response;
}

absl::StatusOr<pb::PullLaneResponse> Detour::PullLane(const pb::PullLaneRequest& request) {
  return Call(&PeerLine::PullLane, request);
}

absl::StatusOr<pb::GetEvidenceResponse> Detour::GetEvidence(const pb::GetEvidenceRequest& request) {
  return Call(&PeerLine::GetEvidence, request);
}

absl::StatusOr<pb::GetConsistencyProofResponse> Detour::GetConsistencyProof(
    const pb::GetConsistencyProofRequest& request) {
  return Call(&PeerLine::GetConsistencyProof, request);
}

absl::StatusOr<pb::AddCosignaturesResponse> Detour::AddCosignatures(
    const pb::AddCosignaturesRequest& request) {
  return Call(&PeerLine::AddCosignatures, request);
}

bool Detour::HasNewWay() {
  if (!options_.dialled->HasNewWay()) return false;
  absl::MutexLock lock(&mu_);
  backoff_.Succeeded();
  return true;
}

std::string Detour::Warning() {
  absl::MutexLock lock(&mu_);
  if (!goes_round_) return "";
  return absl::StrCat("it is asked over the line that it keeps open here, for its address fails: ",
                      Told(unreached_.message(), kMaxRemarkSizeBytes));
}

void Detour::Cancel() {
  options_.dialled->Cancel();
  options_.attached->Cancel();
}

Detour::Way Detour::Begin() {
  const absl::Time now = options_.now();
  absl::MutexLock lock(&mu_);
  if (unreached_.ok()) return Way::kDials;
  if (is_tried_ || !backoff_.MayTry(now)) return Way::kGoesRound;
  is_tried_ = true;
  return Way::kTries;
}

void Detour::Dialled(Way way, const absl::Status& status) {
  const absl::Time now = options_.now();
  absl::MutexLock lock(&mu_);
  if (way == Way::kTries) is_tried_ = false;
  if (IsUnreached(status)) {
    // Of those that were under way when it began to fail one counts.
    if (unreached_.ok() || way == Way::kTries) backoff_.Failed(now, options_.roll());
    unreached_ = status;
    return;
  }
  // This hub goes: nothing is known of the address.
  if (absl::IsCancelled(status)) return;
  unreached_ = absl::OkStatus();
  goes_round_ = false;
  backoff_.Succeeded();
}

void Detour::WentRound(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  goes_round_ = !unreached_.ok() && !IsUnreached(status);
}

}  // namespace liaison::federation
