// The views. Each is a function of one reading; lists come page by page, and the next page's key
// stands where the page token goes.
#ifndef LIAISON_SERVER_VIEWS_VIEWS_H_
#define LIAISON_SERVER_VIEWS_VIEWS_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/radar_service.pb.h"
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

// --- the radar and what is beside it -------------------------------------------------------------

// As it is watched: the first rows, which no others follow.
absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading,
                                              const pb::GetRadarRequest& request);
absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading,
                                              const pb::ListGapsRequest& request);

// Pages of a ranking have the size that the request names.
absl::StatusOr<pb::GetRadarResponse> GetRadar(const Reading& reading,
                                              const pb::GetRadarRequest& request,
                                              const PageArguments& page);
absl::StatusOr<pb::ListTopicEventsResponse> ListTopicEvents(
    const Reading& reading, const pb::ListTopicEventsRequest& request, const PageArguments& page);
absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(const Reading& reading,
                                                          const pb::ListTopicLinksRequest& request,
                                                          const PageArguments& page);
absl::StatusOr<pb::GetRepresentationResponse> GetRepresentation(
    const Reading& reading, const pb::GetRepresentationRequest& request);
absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading,
                                              const pb::ListGapsRequest& request,
                                              const PageArguments& page);
absl::StatusOr<pb::ListDuplicatesResponse> ListDuplicates(const Reading& reading,
                                                          const pb::ListDuplicatesRequest& request,
                                                          const PageArguments& page);
absl::StatusOr<pb::GetDigestResponse> GetDigest(const Reading& reading,
                                                const pb::GetDigestRequest& request);
absl::StatusOr<pb::GetMeetingPackResponse> GetMeetingPack(const Reading& reading,
                                                          const pb::GetMeetingPackRequest& request);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_VIEWS_H_
