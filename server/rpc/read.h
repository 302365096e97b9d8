// The reading methods.
#ifndef LIAISON_SERVER_RPC_READ_H_
#define LIAISON_SERVER_RPC_READ_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/directory_service.pb.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Events are not parsed on their way out: these answers are bytes.
absl::StatusOr<grpc::ByteBuffer> GetEvent(const Hub& hub, const auth::Principal& principal,
                                          const pb::GetEventRequest& request);
grpc::ServerUnaryReactor* StartListEvents(const Hub& hub, grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response);

absl::StatusOr<pb::GetHubResponse> GetHub(const Hub& hub, const auth::Principal& principal,
                                          const pb::GetHubRequest& request);
absl::StatusOr<pb::GetOrganisationResponse> GetOrganisation(
    const Hub& hub, const auth::Principal& principal, const pb::GetOrganisationRequest& request);
absl::StatusOr<pb::ListOrganisationsResponse> ListOrganisations(
    const Hub& hub, const auth::Principal& principal, const pb::ListOrganisationsRequest& request);
absl::StatusOr<pb::GetTopicSchemeResponse> GetTopicScheme(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::GetTopicSchemeRequest& request);
absl::StatusOr<pb::ListTopicSchemesResponse> ListTopicSchemes(
    const Hub& hub, const auth::Principal& principal, const pb::ListTopicSchemesRequest& request);
absl::StatusOr<pb::GetCycleResponse> GetCycle(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetCycleRequest& request);
absl::StatusOr<pb::ListCyclesResponse> ListCycles(const Hub& hub, const auth::Principal& principal,
                                                  const pb::ListCyclesRequest& request);

// What the log amounts to for the caller.
absl::StatusOr<pb::GetTrailResponse> GetTrail(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetTrailRequest& request);
absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Hub& hub,
                                                      const auth::Principal& principal,
                                                      const pb::ListRequestsRequest& request);
absl::StatusOr<pb::ListContributionsResponse> ListContributions(
    const Hub& hub, const auth::Principal& principal, const pb::ListContributionsRequest& request);
absl::StatusOr<pb::ListUndisposedResponse> ListUndisposed(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::ListUndisposedRequest& request);
absl::StatusOr<pb::GetReadingPlanResponse> GetReadingPlan(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::GetReadingPlanRequest& request);
absl::StatusOr<pb::GetBoardResponse> GetBoard(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetBoardRequest& request);
absl::StatusOr<pb::GetDecisionResponse> GetDecision(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::GetDecisionRequest& request);
absl::StatusOr<pb::ListDecisionsResponse> ListDecisions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListDecisionsRequest& request);
absl::StatusOr<pb::ListPositionsResponse> ListPositions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListPositionsRequest& request);
absl::StatusOr<pb::SuggestFormatsResponse> SuggestFormats(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::SuggestFormatsRequest& request);
absl::StatusOr<pb::GetCycleOpeningResponse> GetCycleOpening(
    const Hub& hub, const auth::Principal& principal, const pb::GetCycleOpeningRequest& request);

// What many say, who is heard, what nobody works on.
absl::StatusOr<pb::GetRadarResponse> GetRadar(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetRadarRequest& request);
absl::StatusOr<pb::ListTopicEventsResponse> ListTopicEvents(
    const Hub& hub, const auth::Principal& principal, const pb::ListTopicEventsRequest& request);
absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::ListTopicLinksRequest& request);
absl::StatusOr<pb::GetRepresentationResponse> GetRepresentation(
    const Hub& hub, const auth::Principal& principal, const pb::GetRepresentationRequest& request);
absl::StatusOr<pb::ListGapsResponse> ListGaps(const Hub& hub, const auth::Principal& principal,
                                              const pb::ListGapsRequest& request);
absl::StatusOr<pb::ListDuplicatesResponse> ListDuplicates(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::ListDuplicatesRequest& request);
absl::StatusOr<pb::GetDigestResponse> GetDigest(const Hub& hub, const auth::Principal& principal,
                                                const pb::GetDigestRequest& request);
absl::StatusOr<pb::GetMeetingPackResponse> GetMeetingPack(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::GetMeetingPackRequest& request);

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSubscribe(const Hub& hub,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchView(const Hub& hub,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_READ_H_
