#include "client/internal/metadata_hub_stub.h"

#include <optional>
#include <utility>

#include "client/internal/channel.h"
#include "proto/record/macros.h"

namespace liaison::internal {
namespace {

// A stream that never was.
template <typename Stream, typename Frame>
class UnopenedStream : public Stream {
 public:
  explicit UnopenedStream(absl::Status why) : why_(std::move(why)) {}
  absl::StatusOr<std::optional<Frame>> Read(absl::Duration) override { return why_; }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

class UnopenedPublishFrameStream : public PublishFrameStream {
 public:
  explicit UnopenedPublishFrameStream(absl::Status why) : why_(std::move(why)) {}
  bool Write(const v1::PublishStreamRequest&) override { return false; }
  void WritesDone() override {}
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration) override {
    return why_;
  }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

}  // namespace

MetadataHubStub::MetadataHubStub(std::unique_ptr<HubStub> next, std::string acting_as,
                                 std::string token)
    : next_(std::move(next)), acting_as_(std::move(acting_as)), token_(std::move(token)) {}

absl::Status MetadataHubStub::Prepare(grpc::ClientContext& context) const {
  return SayWhoCalls(acting_as_, token_, &context);
}

std::unique_ptr<PublishFrameStream> MetadataHubStub::PublishStream(
    std::unique_ptr<grpc::ClientContext> context) {
  if (absl::Status status = Prepare(*context); !status.ok()) {
    return std::make_unique<UnopenedPublishFrameStream>(std::move(status));
  }
  return next_->PublishStream(std::move(context));
}

std::unique_ptr<SubscribeStream> MetadataHubStub::Subscribe(
    std::unique_ptr<grpc::ClientContext> context, const v1::SubscribeRequest& request) {
  if (absl::Status status = Prepare(*context); !status.ok()) {
    return std::make_unique<UnopenedStream<SubscribeStream, v1::SubscribeResponse>>(
        std::move(status));
  }
  return next_->Subscribe(std::move(context), request);
}

absl::StatusOr<v1::PublishResponse> MetadataHubStub::Publish(grpc::ClientContext& context,
                                                             const v1::PublishRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->Publish(context, request);
}

absl::StatusOr<v1::GetEventResponse> MetadataHubStub::GetEvent(grpc::ClientContext& context,
                                                               const v1::GetEventRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetEvent(context, request);
}

absl::StatusOr<v1::ListEventsResponse> MetadataHubStub::ListEvents(
    grpc::ClientContext& context, const v1::ListEventsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListEvents(context, request);
}

absl::StatusOr<v1::GetHubResponse> MetadataHubStub::GetHub(grpc::ClientContext& context,
                                                           const v1::GetHubRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetHub(context, request);
}

absl::StatusOr<v1::GetOrganisationResponse> MetadataHubStub::GetOrganisation(
    grpc::ClientContext& context, const v1::GetOrganisationRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetOrganisation(context, request);
}

absl::StatusOr<v1::ListOrganisationsResponse> MetadataHubStub::ListOrganisations(
    grpc::ClientContext& context, const v1::ListOrganisationsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListOrganisations(context, request);
}

absl::StatusOr<v1::GetTopicSchemeResponse> MetadataHubStub::GetTopicScheme(
    grpc::ClientContext& context, const v1::GetTopicSchemeRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetTopicScheme(context, request);
}

absl::StatusOr<v1::ListTopicSchemesResponse> MetadataHubStub::ListTopicSchemes(
    grpc::ClientContext& context, const v1::ListTopicSchemesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListTopicSchemes(context, request);
}

absl::StatusOr<v1::GetCycleResponse> MetadataHubStub::GetCycle(grpc::ClientContext& context,
                                                               const v1::GetCycleRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetCycle(context, request);
}

absl::StatusOr<v1::ListCyclesResponse> MetadataHubStub::ListCycles(
    grpc::ClientContext& context, const v1::ListCyclesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListCycles(context, request);
}

absl::StatusOr<v1::GetTrailResponse> MetadataHubStub::GetTrail(grpc::ClientContext& context,
                                                               const v1::GetTrailRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetTrail(context, request);
}

absl::StatusOr<v1::ListRequestsResponse> MetadataHubStub::ListRequests(
    grpc::ClientContext& context, const v1::ListRequestsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListRequests(context, request);
}

absl::StatusOr<v1::ListContributionsResponse> MetadataHubStub::ListContributions(
    grpc::ClientContext& context, const v1::ListContributionsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListContributions(context, request);
}

absl::StatusOr<v1::ListUndisposedResponse> MetadataHubStub::ListUndisposed(
    grpc::ClientContext& context, const v1::ListUndisposedRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListUndisposed(context, request);
}

absl::StatusOr<v1::GetReadingPlanResponse> MetadataHubStub::GetReadingPlan(
    grpc::ClientContext& context, const v1::GetReadingPlanRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetReadingPlan(context, request);
}

absl::StatusOr<v1::GetBoardResponse> MetadataHubStub::GetBoard(grpc::ClientContext& context,
                                                               const v1::GetBoardRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetBoard(context, request);
}

absl::StatusOr<v1::GetDecisionResponse> MetadataHubStub::GetDecision(
    grpc::ClientContext& context, const v1::GetDecisionRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetDecision(context, request);
}

absl::StatusOr<v1::ListDecisionsResponse> MetadataHubStub::ListDecisions(
    grpc::ClientContext& context, const v1::ListDecisionsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListDecisions(context, request);
}

absl::StatusOr<v1::ListPositionsResponse> MetadataHubStub::ListPositions(
    grpc::ClientContext& context, const v1::ListPositionsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListPositions(context, request);
}

absl::StatusOr<v1::SuggestFormatsResponse> MetadataHubStub::SuggestFormats(
    grpc::ClientContext& context, const v1::SuggestFormatsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->SuggestFormats(context, request);
}

absl::StatusOr<v1::GetCycleOpeningResponse> MetadataHubStub::GetCycleOpening(
    grpc::ClientContext& context, const v1::GetCycleOpeningRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetCycleOpening(context, request);
}

absl::StatusOr<v1::GetRadarResponse> MetadataHubStub::GetRadar(grpc::ClientContext& context,
                                                               const v1::GetRadarRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetRadar(context, request);
}

absl::StatusOr<v1::ListTopicEventsResponse> MetadataHubStub::ListTopicEvents(
    grpc::ClientContext& context, const v1::ListTopicEventsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListTopicEvents(context, request);
}

absl::StatusOr<v1::ListTopicLinksResponse> MetadataHubStub::ListTopicLinks(
    grpc::ClientContext& context, const v1::ListTopicLinksRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListTopicLinks(context, request);
}

absl::StatusOr<v1::GetRepresentationResponse> MetadataHubStub::GetRepresentation(
    grpc::ClientContext& context, const v1::GetRepresentationRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetRepresentation(context, request);
}

absl::StatusOr<v1::ListGapsResponse> MetadataHubStub::ListGaps(grpc::ClientContext& context,
                                                               const v1::ListGapsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListGaps(context, request);
}

absl::StatusOr<v1::ListDuplicatesResponse> MetadataHubStub::ListDuplicates(
    grpc::ClientContext& context, const v1::ListDuplicatesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListDuplicates(context, request);
}

absl::StatusOr<v1::GetDigestResponse> MetadataHubStub::GetDigest(
    grpc::ClientContext& context, const v1::GetDigestRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetDigest(context, request);
}

absl::StatusOr<v1::GetMeetingPackResponse> MetadataHubStub::GetMeetingPack(
    grpc::ClientContext& context, const v1::GetMeetingPackRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetMeetingPack(context, request);
}

absl::StatusOr<v1::GetCheckpointResponse> MetadataHubStub::GetCheckpoint(
    grpc::ClientContext& context, const v1::GetCheckpointRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetCheckpoint(context, request);
}

absl::StatusOr<v1::GetInclusionProofResponse> MetadataHubStub::GetInclusionProof(
    grpc::ClientContext& context, const v1::GetInclusionProofRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetInclusionProof(context, request);
}

absl::StatusOr<v1::GetConsistencyProofResponse> MetadataHubStub::GetConsistencyProof(
    grpc::ClientContext& context, const v1::GetConsistencyProofRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->GetConsistencyProof(context, request);
}

absl::StatusOr<v1::ListLeafHashesResponse> MetadataHubStub::ListLeafHashes(
    grpc::ClientContext& context, const v1::ListLeafHashesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListLeafHashes(context, request);
}

absl::StatusOr<v1::ListLeavesResponse> MetadataHubStub::ListLeaves(
    grpc::ClientContext& context, const v1::ListLeavesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListLeaves(context, request);
}

absl::StatusOr<v1::ListRegistryEntriesResponse> MetadataHubStub::ListRegistryEntries(
    grpc::ClientContext& context, const v1::ListRegistryEntriesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListRegistryEntries(context, request);
}

std::unique_ptr<ViewStream> MetadataHubStub::WatchView(std::unique_ptr<grpc::ClientContext> context,
                                                       const v1::WatchViewRequest& request) {
  if (absl::Status status = Prepare(*context); !status.ok()) {
    return std::make_unique<UnopenedStream<ViewStream, v1::WatchViewResponse>>(std::move(status));
  }
  return next_->WatchView(std::move(context), request);
}

absl::StatusOr<v1::AcceptClockResponse> MetadataHubStub::AcceptClock(
    grpc::ClientContext& context, const v1::AcceptClockRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->AcceptClock(context, request);
}

absl::StatusOr<v1::CreateTokenResponse> MetadataHubStub::CreateToken(
    grpc::ClientContext& context, const v1::CreateTokenRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->CreateToken(context, request);
}

absl::StatusOr<v1::CreateInvitationResponse> MetadataHubStub::CreateInvitation(
    grpc::ClientContext& context, const v1::CreateInvitationRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->CreateInvitation(context, request);
}

absl::StatusOr<v1::RenewCertificateResponse> MetadataHubStub::RenewCertificate(
    grpc::ClientContext& context, const v1::RenewCertificateRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->RenewCertificate(context, request);
}

absl::StatusOr<v1::ListAuditEntriesResponse> MetadataHubStub::ListAuditEntries(
    grpc::ClientContext& context, const v1::ListAuditEntriesRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListAuditEntries(context, request);
}

absl::StatusOr<v1::EraseResponse> MetadataHubStub::Erase(grpc::ClientContext& context,
                                                         const v1::EraseRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->Erase(context, request);
}

absl::StatusOr<v1::ExplainReadingResponse> MetadataHubStub::ExplainReading(
    grpc::ClientContext& context, const v1::ExplainReadingRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ExplainReading(context, request);
}

absl::StatusOr<v1::ListLeavingResponse> MetadataHubStub::ListLeaving(
    grpc::ClientContext& context, const v1::ListLeavingRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListLeaving(context, request);
}

absl::StatusOr<v1::ListApprovalsResponse> MetadataHubStub::ListApprovals(
    grpc::ClientContext& context, const v1::ListApprovalsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListApprovals(context, request);
}

absl::StatusOr<v1::ApproveResponse> MetadataHubStub::Approve(grpc::ClientContext& context,
                                                             const v1::ApproveRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->Approve(context, request);
}

absl::StatusOr<v1::RefuseResponse> MetadataHubStub::Refuse(grpc::ClientContext& context,
                                                           const v1::RefuseRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->Refuse(context, request);
}

absl::StatusOr<v1::ListCredentialsResponse> MetadataHubStub::ListCredentials(
    grpc::ClientContext& context, const v1::ListCredentialsRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->ListCredentials(context, request);
}

absl::StatusOr<v1::RevokeCredentialResponse> MetadataHubStub::RevokeCredential(
    grpc::ClientContext& context, const v1::RevokeCredentialRequest& request) {
  LIAISON_RETURN_IF_ERROR(Prepare(context));
  return next_->RevokeCredential(context, request);
}

std::unique_ptr<BackupStream> MetadataHubStub::Backup(std::unique_ptr<grpc::ClientContext> context,
                                                      const v1::BackupRequest& request) {
  if (absl::Status status = Prepare(*context); !status.ok()) {
    return std::make_unique<UnopenedStream<BackupStream, v1::BackupResponse>>(std::move(status));
  }
  return next_->Backup(std::move(context), request);
}

}  // namespace liaison::internal
