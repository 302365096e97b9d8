#include "client/internal/connection_impl.h"

#include <utility>

#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/macros.h"

namespace liaison::internal {

ConnectionImpl::ConnectionImpl(std::unique_ptr<HubStub> stub, RetryOptions retry, Clock* clock)
    : stub_(std::move(stub)), retry_(retry), clock_(clock) {}

template <typename Request, typename Response>
absl::StatusOr<Response> ConnectionImpl::Call(
    absl::StatusOr<Response> (HubStub::*method)(grpc::ClientContext&, const Request&),
    const Request& request, Idempotency idempotency) {
  return Retry<Response>(retry_, idempotency, clock_, [&](absl::Duration timeout) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    // A hub that is just restarting is waited for; and gRPC 1.51 now and then fails a connection
    // that is perfectly well.
    context.set_wait_for_ready(true);
    return (stub_.get()->*method)(context, request);
  });
}

absl::StatusOr<v1::PublishResponse> ConnectionImpl::Publish(const v1::PublishRequest& request) {
  return Call(&HubStub::Publish, request);
}

absl::StatusOr<v1::GetEventResponse> ConnectionImpl::GetEvent(const v1::GetEventRequest& request) {
  return Call(&HubStub::GetEvent, request);
}

absl::StatusOr<v1::ListEventsResponse> ConnectionImpl::ListEvents(
    const v1::ListEventsRequest& request) {
  return Call(&HubStub::ListEvents, request);
}

absl::StatusOr<v1::GetHubResponse> ConnectionImpl::GetHub(const v1::GetHubRequest& request) {
  return Call(&HubStub::GetHub, request);
}

absl::StatusOr<v1::GetOrganisationResponse> ConnectionImpl::GetOrganisation(
    const v1::GetOrganisationRequest& request) {
  return Call(&HubStub::GetOrganisation, request);
}

absl::StatusOr<v1::ListOrganisationsResponse> ConnectionImpl::ListOrganisations(
    const v1::ListOrganisationsRequest& request) {
  return Call(&HubStub::ListOrganisations, request);
}

absl::StatusOr<v1::GetTopicSchemeResponse> ConnectionImpl::GetTopicScheme(
    const v1::GetTopicSchemeRequest& request) {
  return Call(&HubStub::GetTopicScheme, request);
}

absl::StatusOr<v1::ListTopicSchemesResponse> ConnectionImpl::ListTopicSchemes(
    const v1::ListTopicSchemesRequest& request) {
  return Call(&HubStub::ListTopicSchemes, request);
}

absl::StatusOr<v1::GetCycleResponse> ConnectionImpl::GetCycle(const v1::GetCycleRequest& request) {
  return Call(&HubStub::GetCycle, request);
}

absl::StatusOr<v1::ListCyclesResponse> ConnectionImpl::ListCycles(
    const v1::ListCyclesRequest& request) {
  return Call(&HubStub::ListCycles, request);
}

absl::StatusOr<v1::GetTrailResponse> ConnectionImpl::GetTrail(const v1::GetTrailRequest& request) {
  return Call(&HubStub::GetTrail, request);
}

absl::StatusOr<v1::ListRequestsResponse> ConnectionImpl::ListRequests(
    const v1::ListRequestsRequest& request) {
  return Call(&HubStub::ListRequests, request);
}

absl::StatusOr<v1::ListContributionsResponse> ConnectionImpl::ListContributions(
    const v1::ListContributionsRequest& request) {
  return Call(&HubStub::ListContributions, request);
}

absl::StatusOr<v1::ListUndisposedResponse> ConnectionImpl::ListUndisposed(
    const v1::ListUndisposedRequest& request) {
  return Call(&HubStub::ListUndisposed, request);
}

absl::StatusOr<v1::GetReadingPlanResponse> ConnectionImpl::GetReadingPlan(
    const v1::GetReadingPlanRequest& request) {
  return Call(&HubStub::GetReadingPlan, request);
}

absl::StatusOr<v1::GetBoardResponse> ConnectionImpl::GetBoard(const v1::GetBoardRequest& request) {
  return Call(&HubStub::GetBoard, request);
}

absl::StatusOr<v1::GetDecisionResponse> ConnectionImpl::GetDecision(
    const v1::GetDecisionRequest& request) {
  return Call(&HubStub::GetDecision, request);
}

absl::StatusOr<v1::ListDecisionsResponse> ConnectionImpl::ListDecisions(
    const v1::ListDecisionsRequest& request) {
  return Call(&HubStub::ListDecisions, request);
}

absl::StatusOr<v1::ListPositionsResponse> ConnectionImpl::ListPositions(
    const v1::ListPositionsRequest& request) {
  return Call(&HubStub::ListPositions, request);
}

absl::StatusOr<v1::SuggestFormatsResponse> ConnectionImpl::SuggestFormats(
    const v1::SuggestFormatsRequest& request) {
  return Call(&HubStub::SuggestFormats, request);
}

absl::StatusOr<v1::GetCycleOpeningResponse> ConnectionImpl::GetCycleOpening(
    const v1::GetCycleOpeningRequest& request) {
  return Call(&HubStub::GetCycleOpening, request);
}

absl::StatusOr<v1::GetRadarResponse> ConnectionImpl::GetRadar(const v1::GetRadarRequest& request) {
  return Call(&HubStub::GetRadar, request);
}

absl::StatusOr<v1::ListTopicEventsResponse> ConnectionImpl::ListTopicEvents(
    const v1::ListTopicEventsRequest& request) {
  return Call(&HubStub::ListTopicEvents, request);
}

absl::StatusOr<v1::ListTopicLinksResponse> ConnectionImpl::ListTopicLinks(
    const v1::ListTopicLinksRequest& request) {
  return Call(&HubStub::ListTopicLinks, request);
}

absl::StatusOr<v1::GetRepresentationResponse> ConnectionImpl::GetRepresentation(
    const v1::GetRepresentationRequest& request) {
  return Call(&HubStub::GetRepresentation, request);
}

absl::StatusOr<v1::ListGapsResponse> ConnectionImpl::ListGaps(const v1::ListGapsRequest& request) {
  return Call(&HubStub::ListGaps, request);
}

absl::StatusOr<v1::ListDuplicatesResponse> ConnectionImpl::ListDuplicates(
    const v1::ListDuplicatesRequest& request) {
  return Call(&HubStub::ListDuplicates, request);
}

absl::StatusOr<v1::GetDigestResponse> ConnectionImpl::GetDigest(
    const v1::GetDigestRequest& request) {
  return Call(&HubStub::GetDigest, request);
}

absl::StatusOr<v1::GetMeetingPackResponse> ConnectionImpl::GetMeetingPack(
    const v1::GetMeetingPackRequest& request) {
  return Call(&HubStub::GetMeetingPack, request);
}

absl::StatusOr<v1::GetCheckpointResponse> ConnectionImpl::GetCheckpoint(
    const v1::GetCheckpointRequest& request) {
  return Call(&HubStub::GetCheckpoint, request);
}

absl::StatusOr<v1::GetInclusionProofResponse> ConnectionImpl::GetInclusionProof(
    const v1::GetInclusionProofRequest& request) {
  return Call(&HubStub::GetInclusionProof, request);
}

absl::StatusOr<v1::GetConsistencyProofResponse> ConnectionImpl::GetConsistencyProof(
    const v1::GetConsistencyProofRequest& request) {
  return Call(&HubStub::GetConsistencyProof, request);
}

absl::StatusOr<v1::ListLeafHashesResponse> ConnectionImpl::ListLeafHashes(
    const v1::ListLeafHashesRequest& request) {
  return Call(&HubStub::ListLeafHashes, request);
}

absl::StatusOr<v1::ListLeavesResponse> ConnectionImpl::ListLeaves(
    const v1::ListLeavesRequest& request) {
  return Call(&HubStub::ListLeaves, request);
}

absl::StatusOr<v1::ListRegistryEntriesResponse> ConnectionImpl::ListRegistryEntries(
    const v1::ListRegistryEntriesRequest& request) {
  return Call(&HubStub::ListRegistryEntries, request);
}

// Streams do not wait for the connection: whoever resumes them wants to know why there is none.
std::unique_ptr<PublishFrameStream> ConnectionImpl::PublishStream() {
  return stub_->PublishStream(std::make_unique<grpc::ClientContext>());
}

std::unique_ptr<SubscribeStream> ConnectionImpl::Subscribe(const v1::SubscribeRequest& request) {
  return stub_->Subscribe(std::make_unique<grpc::ClientContext>(), request);
}

std::unique_ptr<ViewStream> ConnectionImpl::WatchView(const v1::WatchViewRequest& request) {
  return stub_->WatchView(std::make_unique<grpc::ClientContext>(), request);
}

std::unique_ptr<BackupStream> ConnectionImpl::Backup(const v1::BackupRequest& request) {
  return stub_->Backup(std::make_unique<grpc::ClientContext>(), request);
}

absl::StatusOr<v1::CreateTokenResponse> ConnectionImpl::CreateToken(
    const v1::CreateTokenRequest& request) {
  return Call(&HubStub::CreateToken, request, Idempotency::kNot);
}

absl::StatusOr<v1::CreateInvitationResponse> ConnectionImpl::CreateInvitation(
    const v1::CreateInvitationRequest& request) {
  return Call(&HubStub::CreateInvitation, request, Idempotency::kNot);
}

absl::StatusOr<v1::RenewCertificateResponse> ConnectionImpl::RenewCertificate(
    const v1::RenewCertificateRequest& request) {
  return Call(&HubStub::RenewCertificate, request, Idempotency::kNot);
}

absl::StatusOr<v1::ListAuditEntriesResponse> ConnectionImpl::ListAuditEntries(
    const v1::ListAuditEntriesRequest& request) {
  return Call(&HubStub::ListAuditEntries, request);
}

absl::StatusOr<v1::EraseResponse> ConnectionImpl::Erase(const v1::EraseRequest& request) {
  return Call(&HubStub::Erase, request);
}

absl::StatusOr<v1::ExplainReadingResponse> ConnectionImpl::ExplainReading(
    const v1::ExplainReadingRequest& request) {
  return Call(&HubStub::ExplainReading, request);
}

absl::StatusOr<v1::ListLeavingResponse> ConnectionImpl::ListLeaving(
    const v1::ListLeavingRequest& request) {
  return Call(&HubStub::ListLeaving, request);
}

absl::StatusOr<v1::ListApprovalsResponse> ConnectionImpl::ListApprovals(
    const v1::ListApprovalsRequest& request) {
  return Call(&HubStub::ListApprovals, request);
}

absl::StatusOr<v1::ApproveResponse> ConnectionImpl::Approve(const v1::ApproveRequest& request) {
  return Call(&HubStub::Approve, request);
}

absl::StatusOr<v1::RefuseResponse> ConnectionImpl::Refuse(const v1::RefuseRequest& request) {
  return Call(&HubStub::Refuse, request);
}

absl::StatusOr<v1::ListCredentialsResponse> ConnectionImpl::ListCredentials(
    const v1::ListCredentialsRequest& request) {
  return Call(&HubStub::ListCredentials, request);
}

absl::StatusOr<v1::RevokeCredentialResponse> ConnectionImpl::RevokeCredential(
    const v1::RevokeCredentialRequest& request) {
  return Call(&HubStub::RevokeCredential, request);
}

absl::StatusOr<absl::Time> ConnectionImpl::AcceptClock() {
  LIAISON_ASSIGN_OR_RETURN(
      v1::AcceptClockResponse response,
      Call(&HubStub::AcceptClock, v1::AcceptClockRequest(), Idempotency::kNot));
  return absl::FromUnixNanos(
      google::protobuf::util::TimeUtil::TimestampToNanoseconds(response.time()));
}

}  // namespace liaison::internal
