#include "server/rpc/read.h"
#include "server/rpc/view_call.h"
#include "server/views/views.h"

namespace liaison::rpc {

absl::StatusOr<pb::GetTrailResponse> GetTrail(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetTrailRequest& request) {
  return Page<pb::GetTrailResponse>(hub, principal, request, views::GetTrail);
}

absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Hub& hub,
                                                      const auth::Principal& principal,
                                                      const pb::ListRequestsRequest& request) {
  return Page<pb::ListRequestsResponse>(hub, principal, request, views::ListRequests);
}

absl::StatusOr<pb::ListContributionsResponse> ListContributions(
    const Hub& hub, const auth::Principal& principal, const pb::ListContributionsRequest& request) {
  return Page<pb::ListContributionsResponse>(hub, principal, request, views::ListContributions);
}

absl::StatusOr<pb::ListUndisposedResponse> ListUndisposed(
    const Hub& hub, const auth::Principal& principal, const pb::ListUndisposedRequest& request) {
  return Page<pb::ListUndisposedResponse>(hub, principal, request, views::ListUndisposed);
}

absl::StatusOr<pb::ListDecisionsResponse> ListDecisions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListDecisionsRequest& request) {
  return Page<pb::ListDecisionsResponse>(hub, principal, request, views::ListDecisions);
}

absl::StatusOr<pb::ListPositionsResponse> ListPositions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListPositionsRequest& request) {
  return Page<pb::ListPositionsResponse>(hub, principal, request, views::ListPositions);
}

absl::StatusOr<pb::GetReadingPlanResponse> GetReadingPlan(
    const Hub& hub, const auth::Principal& principal, const pb::GetReadingPlanRequest& request) {
  return Whole<pb::GetReadingPlanResponse>(hub, principal, request, views::GetReadingPlan);
}

absl::StatusOr<pb::GetBoardResponse> GetBoard(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetBoardRequest& request) {
  return Whole<pb::GetBoardResponse>(hub, principal, request, views::GetBoard);
}

absl::StatusOr<pb::GetDecisionResponse> GetDecision(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::GetDecisionRequest& request) {
  return Whole<pb::GetDecisionResponse>(hub, principal, request, views::GetDecision);
}

absl::StatusOr<pb::SuggestFormatsResponse> SuggestFormats(
    const Hub& hub, const auth::Principal& principal, const pb::SuggestFormatsRequest& request) {
  return Whole<pb::SuggestFormatsResponse>(hub, principal, request, views::SuggestFormats);
}

absl::StatusOr<pb::GetCycleOpeningResponse> GetCycleOpening(
    const Hub& hub, const auth::Principal& principal, const pb::GetCycleOpeningRequest& request) {
  return Whole<pb::GetCycleOpeningResponse>(hub, principal, request, views::GetCycleOpening);
}

}  // namespace liaison::rpc
