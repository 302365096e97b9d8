// Says on every call whom the caller acts as.
#ifndef LIAISON_CLIENT_INTERNAL_METADATA_HUB_STUB_H_
#define LIAISON_CLIENT_INTERNAL_METADATA_HUB_STUB_H_

#include <memory>
#include <string>

#include "client/internal/hub_stub.h"

namespace liaison::internal {

// A MetadataHubStub adds `liaison-as` to the calls of another stub. Thread-safe.
class MetadataHubStub : public HubStub {
 public:
  // Every call fails with INVALID_ARGUMENT where `acting_as` is neither empty nor an organisation.
  // Nor is a `token` sent that is none.
  MetadataHubStub(std::unique_ptr<HubStub> next, std::string acting_as, std::string token = "");

  absl::StatusOr<v1::PublishResponse> Publish(grpc::ClientContext& context,
                                              const v1::PublishRequest& request) override;
  std::unique_ptr<PublishFrameStream> PublishStream(
      std::unique_ptr<grpc::ClientContext> context) override;
  absl::StatusOr<v1::GetEventResponse> GetEvent(grpc::ClientContext& context,
                                                const v1::GetEventRequest& request) override;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(grpc::ClientContext& context,
                                                    const v1::ListEventsRequest& request) override;
  std::unique_ptr<SubscribeStream> Subscribe(std::unique_ptr<grpc::ClientContext> context,
                                             const v1::SubscribeRequest& request) override;
  absl::StatusOr<v1::GetHubResponse> GetHub(grpc::ClientContext& context,
                                            const v1::GetHubRequest& request) override;
  absl::StatusOr<v1::GetOrganisationResponse> GetOrganisation(
      grpc::ClientContext& context, const v1::GetOrganisationRequest& request) override;
  absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      grpc::ClientContext& context, const v1::ListOrganisationsRequest& request) override;
  absl::StatusOr<v1::GetTopicSchemeResponse> GetTopicScheme(
      grpc::ClientContext& context, const v1::GetTopicSchemeRequest& request) override;
  absl::StatusOr<v1::ListTopicSchemesResponse> ListTopicSchemes(
      grpc::ClientContext& context, const v1::ListTopicSchemesRequest& request) override;
  absl::StatusOr<v1::GetCycleResponse> GetCycle(grpc::ClientContext& context,
                                                const v1::GetCycleRequest& request) override;
  absl::StatusOr<v1::ListCyclesResponse> ListCycles(grpc::ClientContext& context,
                                                    const v1::ListCyclesRequest& request) override;
  absl::StatusOr<v1::GetTrailResponse> GetTrail(grpc::ClientContext& context,
                                                const v1::GetTrailRequest& request) override;
  absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      grpc::ClientContext& context, const v1::ListRequestsRequest& request) override;
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      grpc::ClientContext& context, const v1::ListContributionsRequest& request) override;
  absl::StatusOr<v1::ListUndisposedResponse> ListUndisposed(
      grpc::ClientContext& context, const v1::ListUndisposedRequest& request) override;
  absl::StatusOr<v1::GetReadingPlanResponse> GetReadingPlan(
      grpc::ClientContext& context, const v1::GetReadingPlanRequest& request) override;
  absl::StatusOr<v1::GetBoardResponse> GetBoard(grpc::ClientContext& context,
                                                const v1::GetBoardRequest& request) override;
  absl::StatusOr<v1::GetDecisionResponse> GetDecision(
      grpc::ClientContext& context, const v1::GetDecisionRequest& request) override;
  absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(
      grpc::ClientContext& context, const v1::ListDecisionsRequest& request) override;
  absl::StatusOr<v1::ListPositionsResponse> ListPositions(
      grpc::ClientContext& context, const v1::ListPositionsRequest& request) override;
  absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      grpc::ClientContext& context, const v1::SuggestFormatsRequest& request) override;
  absl::StatusOr<v1::GetCycleOpeningResponse> GetCycleOpening(
      grpc::ClientContext& context, const v1::GetCycleOpeningRequest& request) override;
  absl::StatusOr<v1::GetRadarResponse> GetRadar(grpc::ClientContext& context,
                                                const v1::GetRadarRequest& request) override;
  absl::StatusOr<v1::ListTopicEventsResponse> ListTopicEvents(
      grpc::ClientContext& context, const v1::ListTopicEventsRequest& request) override;
  absl::StatusOr<v1::ListTopicLinksResponse> ListTopicLinks(
      grpc::ClientContext& context, const v1::ListTopicLinksRequest& request) override;
  absl::StatusOr<v1::GetRepresentationResponse> GetRepresentation(
      grpc::ClientContext& context, const v1::GetRepresentationRequest& request) override;
  absl::StatusOr<v1::ListGapsResponse> ListGaps(grpc::ClientContext& context,
                                                const v1::ListGapsRequest& request) override;
  absl::StatusOr<v1::ListDuplicatesResponse> ListDuplicates(
      grpc::ClientContext& context, const v1::ListDuplicatesRequest& request) override;
  absl::StatusOr<v1::GetDigestResponse> GetDigest(grpc::ClientContext& context,
                                                  const v1::GetDigestRequest& request) override;
  absl::StatusOr<v1::GetMeetingPackResponse> GetMeetingPack(
      grpc::ClientContext& context, const v1::GetMeetingPackRequest& request) override;
  std::unique_ptr<ViewStream> WatchView(std::unique_ptr<grpc::ClientContext> context,
                                        const v1::WatchViewRequest& request) override;
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      grpc::ClientContext& context, const v1::GetCheckpointRequest& request) override;
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      grpc::ClientContext& context, const v1::GetInclusionProofRequest& request) override;
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      grpc::ClientContext& context, const v1::GetConsistencyProofRequest& request) override;
  absl::StatusOr<v1::ListLeafHashesResponse> ListLeafHashes(
      grpc::ClientContext& context, const v1::ListLeafHashesRequest& request) override;
  absl::StatusOr<v1::ListLeavesResponse> ListLeaves(grpc::ClientContext& context,
                                                    const v1::ListLeavesRequest& request) override;
  absl::StatusOr<v1::ListRegistryEntriesResponse> ListRegistryEntries(
      grpc::ClientContext& context, const v1::ListRegistryEntriesRequest& request) override;
  absl::StatusOr<v1::AcceptClockResponse> AcceptClock(
      grpc::ClientContext& context, const v1::AcceptClockRequest& request) override;
  absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      grpc::ClientContext& context, const v1::CreateTokenRequest& request) override;
  absl::StatusOr<v1::CreateInvitationResponse> CreateInvitation(
      grpc::ClientContext& context, const v1::CreateInvitationRequest& request) override;
  absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(
      grpc::ClientContext& context, const v1::RenewCertificateRequest& request) override;
  absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
      grpc::ClientContext& context, const v1::ListAuditEntriesRequest& request) override;
  absl::StatusOr<v1::EraseResponse> Erase(grpc::ClientContext& context,
                                          const v1::EraseRequest& request) override;
  absl::StatusOr<v1::ExplainReadingResponse> ExplainReading(
      grpc::ClientContext& context, const v1::ExplainReadingRequest& request) override;
  absl::StatusOr<v1::ListLeavingResponse> ListLeaving(
      grpc::ClientContext& context, const v1::ListLeavingRequest& request) override;
  absl::StatusOr<v1::ListApprovalsResponse> ListApprovals(
      grpc::ClientContext& context, const v1::ListApprovalsRequest& request) override;
  absl::StatusOr<v1::ApproveResponse> Approve(grpc::ClientContext& context,
                                              const v1::ApproveRequest& request) override;
  absl::StatusOr<v1::RefuseResponse> Refuse(grpc::ClientContext& context,
                                            const v1::RefuseRequest& request) override;
  absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
      grpc::ClientContext& context, const v1::ListCredentialsRequest& request) override;
  absl::StatusOr<v1::RevokeCredentialResponse> RevokeCredential(
      grpc::ClientContext& context, const v1::RevokeCredentialRequest& request) override;
  std::unique_ptr<BackupStream> Backup(std::unique_ptr<grpc::ClientContext> context,
                                       const v1::BackupRequest& request) override;

 private:
  // Adds it, or says why it cannot be sent.
  absl::Status Prepare(grpc::ClientContext& context) const;

  const std::unique_ptr<HubStub> next_;
  const std::string acting_as_;
  const std::string token_;
};

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_METADATA_HUB_STUB_H_
