// The views. Each is a function of one reading; lists come page by page, and the next page's key
// stands where the page token goes.
#ifndef LIAISON_SERVER_VIEWS_VIEWS_H_
#define LIAISON_SERVER_VIEWS_VIEWS_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "server/views/reading.h"

namespace liaison::views {

absl::StatusOr<pb::GetTrailResponse> GetTrail(const Reading& reading,
                                              const pb::GetTrailRequest& request,
                                              const PageArguments& page);
absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Reading& reading,
                                                      const pb::ListRequestsRequest& request,
                                                      const PageArguments& page);
absl::StatusOr<pb::ListContributionsResponse> ListContributions(
    const Reading& reading, const pb::ListContributionsRequest& request, const PageArguments& page);
absl::StatusOr<pb::ListUndisposedResponse> ListUndisposed(const Reading& reading,
                                                          const pb::ListUndisposedRequest& request,
                                                          const PageArguments& page);
absl::StatusOr<pb::GetReadingPlanResponse> GetReadingPlan(const Reading& reading,
                                                          const pb::GetReadingPlanRequest& request);
absl::StatusOr<pb::GetBoardResponse> GetBoard(const Reading& reading,
                                              const pb::GetBoardRequest& request);
absl::StatusOr<pb::GetDecisionResponse> GetDecision(const Reading& reading,
                                                    const pb::GetDecisionRequest& request);
absl::StatusOr<pb::ListDecisionsResponse> ListDecisions(const Reading& reading,
                                                        const pb::ListDecisionsRequest& request,
                                                        const PageArguments& page);
absl::StatusOr<pb::ListPositionsResponse> ListPositions(const Reading& reading,
                                                        const pb::ListPositionsRequest& request,
                                                        const PageArguments& page);
absl::StatusOr<pb::SuggestFormatsResponse> SuggestFormats(const Reading& reading,
                                                          const pb::SuggestFormatsRequest& request);
absl::StatusOr<pb::GetCycleOpeningResponse> GetCycleOpening(
    const Reading& reading, const pb::GetCycleOpeningRequest& request);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_VIEWS_H_
