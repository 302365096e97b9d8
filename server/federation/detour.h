// The line to a peer that is dialled and may also keep one open here.
#ifndef LIAISON_SERVER_FEDERATION_DETOUR_H_
#define LIAISON_SERVER_FEDERATION_DETOUR_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/backoff.h"
#include "server/federation/lane_puller.h"

namespace liaison::federation {

// A Detour dials. Where nobody is reached there, the peer is asked over the line that it keeps open
// here, until somebody is: that is tried again after pauses as in Backoff, by one call at a time,
// so that an address which swallows calls does not hold up every lane. A question that has an
// answer, be it a refusal, is asked once. Thread-safe.
class Detour final : public PeerLine {
 public:
  struct Options {
    std::unique_ptr<PeerLine> dialled;
    std::unique_ptr<PeerLine> attached;
    std::function<absl::Time()> now;
    std::function<double()> roll;  // uniformly from [0, 1); thread-safe
  };
  explicit Detour(Options options) : options_(std::move(options)) {}

  // UNAVAILABLE, with what is wrong at the address, where nobody is reached by either.
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override;
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override;
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override;
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override;
  bool HasNewWay() override;
  std::string Warning() override;
  void Cancel() override;

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(absl::StatusOr<Response> (PeerLine::*method)(const Request&),
                                const Request& request);
  // How a call begins.
  enum class Way {
    kDials,  // as all do while somebody is reached there
    kTries,  // the only one to do so
    kGoesRound,
  };
  Way Begin();
  // What it came to, of a call that has dialled.
  void Dialled(Way way, const absl::Status& status);
  void WentRound(const absl::Status& status);

  const Options options_;
  absl::Mutex mu_;
  Backoff backoff_ ABSL_GUARDED_BY(mu_);  // of the address
  bool is_tried_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status unreached_ ABSL_GUARDED_BY(mu_);  // OK as long as somebody is reached there
  bool goes_round_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_DETOUR_H_
