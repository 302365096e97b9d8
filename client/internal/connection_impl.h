// A Connection over a stub: deadlines, and retries where they are safe.
#ifndef LIAISON_CLIENT_INTERNAL_CONNECTION_IMPL_H_
#define LIAISON_CLIENT_INTERNAL_CONNECTION_IMPL_H_

#include <memory>

#include "client/internal/clock.h"
#include "client/internal/hub_stub.h"
#include "client/internal/retry.h"
#include "liaison/connection.h"
#include "liaison/options.h"
#include "liaison/transparency_connection.h"

namespace liaison::internal {

class ConnectionImpl : public Connection, public TransparencyConnection {
 public:
  // `clock` must outlive it.
  ConnectionImpl(std::unique_ptr<HubStub> stub, RetryOptions retry, Clock* clock);

  absl::StatusOr<v1::PublishResponse> Publish(const v1::PublishRequest& request) override;
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) override;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) override;
  absl::StatusOr<v1::GetHubResponse> GetHub(const v1::GetHubRequest& request) override;
  absl::StatusOr<v1::GetOrganisationResponse> GetOrganisation(
      const v1::GetOrganisationRequest& request) override;
  absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      const v1::ListOrganisationsRequest& request) override;
  absl::StatusOr<v1::GetTopicSchemeResponse> GetTopicScheme(
      const v1::GetTopicSchemeRequest& request) override;
  absl::StatusOr<v1::ListTopicSchemesResponse> ListTopicSchemes(
      const v1::ListTopicSchemesRequest& request) override;
  absl::StatusOr<v1::GetCycleResponse> GetCycle(const v1::GetCycleRequest& request) override;
  absl::StatusOr<v1::ListCyclesResponse> ListCycles(const v1::ListCyclesRequest& request) override;
  absl::StatusOr<v1::GetTrailResponse> GetTrail(const v1::GetTrailRequest& request) override;
  absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      const v1::ListRequestsRequest& request) override;
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request) override;
  absl::StatusOr<v1::ListUndisposedResponse> ListUndisposed(
      const v1::ListUndisposedRequest& request) override;
  absl::StatusOr<v1::GetReadingPlanResponse> GetReadingPlan(
      const v1::GetReadingPlanRequest& request) override;
  absl::StatusOr<v1::GetBoardResponse> GetBoard(const v1::GetBoardRequest& request) override;
  absl::StatusOr<v1::GetDecisionResponse> GetDecision(
      const v1::GetDecisionRequest& request) override;
  absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(
      const v1::ListDecisionsRequest& request) override;
  absl::StatusOr<v1::ListPositionsResponse> ListPositions(
      const v1::ListPositionsRequest& request) override;
  absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      const v1::SuggestFormatsRequest& request) override;
  absl::StatusOr<v1::GetCycleOpeningResponse> GetCycleOpening(
      const v1::GetCycleOpeningRequest& request) override;
  absl::StatusOr<v1::GetRadarResponse> GetRadar(const v1::GetRadarRequest& request) override;
  absl::StatusOr<v1::ListTopicEventsResponse> ListTopicEvents(
      const v1::ListTopicEventsRequest& request) override;
  absl::StatusOr<v1::ListTopicLinksResponse> ListTopicLinks(
      const v1::ListTopicLinksRequest& request) override;
  absl::StatusOr<v1::GetRepresentationResponse> GetRepresentation(
      const v1::GetRepresentationRequest& request) override;
  absl::StatusOr<v1::ListGapsResponse> ListGaps(const v1::ListGapsRequest& request) override;
  absl::StatusOr<v1::ListDuplicatesResponse> ListDuplicates(
      const v1::ListDuplicatesRequest& request) override;
  absl::StatusOr<v1::GetDigestResponse> GetDigest(const v1::GetDigestRequest& request) override;
  absl::StatusOr<v1::GetMeetingPackResponse> GetMeetingPack(
      const v1::GetMeetingPackRequest& request) override;
  std::unique_ptr<ViewStream> WatchView(const v1::WatchViewRequest& request) override;
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest& request) override;
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      const v1::GetInclusionProofRequest& request) override;
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request) override;
  absl::StatusOr<v1::ListLeafHashesResponse> ListLeafHashes(
      const v1::ListLeafHashesRequest& request) override;
  absl::StatusOr<v1::ListLeavesResponse> ListLeaves(const v1::ListLeavesRequest& request) override;
  absl::StatusOr<v1::ListRegistryEntriesResponse> ListRegistryEntries(
      const v1::ListRegistryEntriesRequest& request) override;
  std::unique_ptr<PublishFrameStream> PublishStream() override;
  std::unique_ptr<SubscribeStream> Subscribe(const v1::SubscribeRequest& request) override;
  absl::StatusOr<absl::Time> AcceptClock() override;
  absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      const v1::CreateTokenRequest& request) override;
  absl::StatusOr<v1::CreateInvitationResponse> CreateInvitation(
      const v1::CreateInvitationRequest& request) override;
  absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(
      const v1::RenewCertificateRequest& request) override;
  absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
      const v1::ListAuditEntriesRequest& request) override;
  absl::StatusOr<v1::EraseResponse> Erase(const v1::EraseRequest& request) override;
  absl::StatusOr<v1::ExplainReadingResponse> ExplainReading(
      const v1::ExplainReadingRequest& request) override;
  absl::StatusOr<v1::ListLeavingResponse> ListLeaving(
      const v1::ListLeavingRequest& request) override;
  absl::StatusOr<v1::ListApprovalsResponse> ListApprovals(
      const v1::ListApprovalsRequest& request) override;
  absl::StatusOr<v1::ApproveResponse> Approve(const v1::ApproveRequest& request) override;
  absl::StatusOr<v1::RefuseResponse> Refuse(const v1::RefuseRequest& request) override;
  absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
      const v1::ListCredentialsRequest& request) override;
  absl::StatusOr<v1::RevokeCredentialResponse> RevokeCredential(
      const v1::RevokeCredentialRequest& request) override;
  std::unique_ptr<BackupStream> Backup(const v1::BackupRequest& request) override;

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(absl::StatusOr<Response> (HubStub::*method)(grpc::ClientContext&,
                                                                            const Request&),
                                const Request& request,
                                Idempotency idempotency = Idempotency::kIdempotent);

  const std::unique_ptr<HubStub> stub_;
  const RetryOptions retry_;
  Clock* const clock_;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_CONNECTION_IMPL_H_
