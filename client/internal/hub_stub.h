// The calls of a hub as they go over the wire, one method for each, so that what every call needs
// (metadata now, tracing or tokens later) is added by a decorator.
#ifndef LIAISON_CLIENT_INTERNAL_HUB_STUB_H_
#define LIAISON_CLIENT_INTERNAL_HUB_STUB_H_

#include <grpcpp/client_context.h>

#include <memory>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "igf/liaison/v1/enrolment_service.pb.h"
#include "igf/liaison/v1/transparency_service.pb.h"
#include "liaison/connection.h"

namespace liaison::internal {

// A HubStub makes one attempt at a call; the context brings its deadline. Thread-safe.
class HubStub {
 public:
  virtual ~HubStub() = default;

  virtual absl::StatusOr<v1::PublishResponse> Publish(grpc::ClientContext& context,
                                                      const v1::PublishRequest& request) = 0;
  virtual std::unique_ptr<PublishFrameStream> PublishStream(
      std::unique_ptr<grpc::ClientContext> context) = 0;

  virtual absl::StatusOr<v1::GetEventResponse> GetEvent(grpc::ClientContext& context,
                                                        const v1::GetEventRequest& request) = 0;
  virtual absl::StatusOr<v1::ListEventsResponse> ListEvents(
      grpc::ClientContext& context, const v1::ListEventsRequest& request) = 0;
  virtual std::unique_ptr<SubscribeStream> Subscribe(std::unique_ptr<grpc::ClientContext> context,
                                                     const v1::SubscribeRequest& request) = 0;

  virtual absl::StatusOr<v1::GetHubResponse> GetHub(grpc::ClientContext& context,
                                                    const v1::GetHubRequest& request) = 0;
  virtual absl::StatusOr<v1::GetOrganisationResponse> GetOrganisation(
      grpc::ClientContext& context, const v1::GetOrganisationRequest& request) = 0;
  virtual absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      grpc::ClientContext& context, const v1::ListOrganisationsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetTopicSchemeResponse> GetTopicScheme(
      grpc::ClientContext& context, const v1::GetTopicSchemeRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicSchemesResponse> ListTopicSchemes(
      grpc::ClientContext& context, const v1::ListTopicSchemesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCycleResponse> GetCycle(grpc::ClientContext& context,
                                                        const v1::GetCycleRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCyclesResponse> ListCycles(
      grpc::ClientContext& context, const v1::ListCyclesRequest& request) = 0;

  virtual absl::StatusOr<v1::GetTrailResponse> GetTrail(grpc::ClientContext& context,
                                                        const v1::GetTrailRequest& request) = 0;
  virtual absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      grpc::ClientContext& context, const v1::ListRequestsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      grpc::ClientContext& context, const v1::ListContributionsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListUndisposedResponse> ListUndisposed(
      grpc::ClientContext& context, const v1::ListUndisposedRequest& request) = 0;
  virtual absl::StatusOr<v1::GetReadingPlanResponse> GetReadingPlan(
      grpc::ClientContext& context, const v1::GetReadingPlanRequest& request) = 0;
  virtual absl::StatusOr<v1::GetBoardResponse> GetBoard(grpc::ClientContext& context,
                                                        const v1::GetBoardRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDecisionResponse> GetDecision(
      grpc::ClientContext& context, const v1::GetDecisionRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(
      grpc::ClientContext& context, const v1::ListDecisionsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListPositionsResponse> ListPositions(
      grpc::ClientContext& context, const v1::ListPositionsRequest& request) = 0;
  virtual absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      grpc::ClientContext& context, const v1::SuggestFormatsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCycleOpeningResponse> GetCycleOpening(
      grpc::ClientContext& context, const v1::GetCycleOpeningRequest& request) = 0;

  virtual absl::StatusOr<v1::GetRadarResponse> GetRadar(grpc::ClientContext& context,
                                                        const v1::GetRadarRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicEventsResponse> ListTopicEvents(
      grpc::ClientContext& context, const v1::ListTopicEventsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicLinksResponse> ListTopicLinks(
      grpc::ClientContext& context, const v1::ListTopicLinksRequest& request) = 0;
  virtual absl::StatusOr<v1::GetRepresentationResponse> GetRepresentation(
      grpc::ClientContext& context, const v1::GetRepresentationRequest& request) = 0;
  virtual absl::StatusOr<v1::ListGapsResponse> ListGaps(grpc::ClientContext& context,
                                                        const v1::ListGapsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDuplicatesResponse> ListDuplicates(
      grpc::ClientContext& context, const v1::ListDuplicatesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDigestResponse> GetDigest(grpc::ClientContext& context,
                                                          const v1::GetDigestRequest& request) = 0;
  virtual absl::StatusOr<v1::GetMeetingPackResponse> GetMeetingPack(
      grpc::ClientContext& context, const v1::GetMeetingPackRequest& request) = 0;
  virtual std::unique_ptr<ViewStream> WatchView(std::unique_ptr<grpc::ClientContext> context,
                                                const v1::WatchViewRequest& request) = 0;

  virtual absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      grpc::ClientContext& context, const v1::GetCheckpointRequest& request) = 0;
  virtual absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      grpc::ClientContext& context, const v1::GetInclusionProofRequest& request) = 0;
  virtual absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      grpc::ClientContext& context, const v1::GetConsistencyProofRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLeafHashesResponse> ListLeafHashes(
      grpc::ClientContext& context, const v1::ListLeafHashesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLeavesResponse> ListLeaves(
      grpc::ClientContext& context, const v1::ListLeavesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListRegistryEntriesResponse> ListRegistryEntries(
      grpc::ClientContext& context, const v1::ListRegistryEntriesRequest& request) = 0;

  virtual absl::StatusOr<v1::AcceptClockResponse> AcceptClock(
      grpc::ClientContext& context, const v1::AcceptClockRequest& request) = 0;
  virtual absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      grpc::ClientContext& context, const v1::CreateTokenRequest& request) = 0;
  virtual absl::StatusOr<v1::CreateInvitationResponse> CreateInvitation(
      grpc::ClientContext& context, const v1::CreateInvitationRequest& request) = 0;
  virtual absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(
      grpc::ClientContext& context, const v1::RenewCertificateRequest& request) = 0;
  virtual absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
      grpc::ClientContext& context, const v1::ListAuditEntriesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
      grpc::ClientContext& context, const v1::ListCredentialsRequest& request) = 0;
  virtual absl::StatusOr<v1::RevokeCredentialResponse> RevokeCredential(
      grpc::ClientContext& context, const v1::RevokeCredentialRequest& request) = 0;
  virtual std::unique_ptr<BackupStream> Backup(std::unique_ptr<grpc::ClientContext> context,
                                               const v1::BackupRequest& request) = 0;
  virtual absl::StatusOr<v1::EraseResponse> Erase(grpc::ClientContext& context,
                                                  const v1::EraseRequest& request) = 0;
  virtual absl::StatusOr<v1::ExplainReadingResponse> ExplainReading(
      grpc::ClientContext& context, const v1::ExplainReadingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLeavingResponse> ListLeaving(
      grpc::ClientContext& context, const v1::ListLeavingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListApprovalsResponse> ListApprovals(
      grpc::ClientContext& context, const v1::ListApprovalsRequest& request) = 0;
  virtual absl::StatusOr<v1::ApproveResponse> Approve(grpc::ClientContext& context,
                                                      const v1::ApproveRequest& request) = 0;
  virtual absl::StatusOr<v1::RefuseResponse> Refuse(grpc::ClientContext& context,
                                                    const v1::RefuseRequest& request) = 0;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_HUB_STUB_H_
