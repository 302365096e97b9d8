#include "client/internal/grpc_hub_stub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/internal/grpc_status.h"
#include "client/internal/grpc_streams.h"
#include "igf/liaison/v1/admin_service.grpc.pb.h"
#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/enrolment_service.grpc.pb.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/liaison_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "igf/liaison/v1/radar_service.grpc.pb.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"

namespace liaison::internal {
namespace {

constexpr absl::Duration kProbeTimeout = absl::Milliseconds(200);

class GrpcHubStub : public HubStub {
 public:
  GrpcHubStub(std::shared_ptr<grpc::Channel> channel, std::string address)
      : channel_(std::move(channel)),
        address_(std::move(address)),
        publish_(v1::PublishService::NewStub(channel_)),
        event_(v1::EventService::NewStub(channel_)),
        directory_(v1::DirectoryService::NewStub(channel_)),
        liaison_(v1::LiaisonService::NewStub(channel_)),
        radar_(v1::RadarService::NewStub(channel_)),
        transparency_(v1::TransparencyService::NewStub(channel_)),
        admin_(v1::AdminService::NewStub(channel_)),
        enrolment_(v1::EnrolmentService::NewStub(channel_)) {}

  std::unique_ptr<PublishFrameStream> PublishStream(
      std::unique_ptr<grpc::ClientContext> context) override {
    return OpenPublishStream(*publish_, std::move(context), address_);
  }
  std::unique_ptr<SubscribeStream> Subscribe(std::unique_ptr<grpc::ClientContext> context,
                                             const v1::SubscribeRequest& request) override {
    return OpenSubscribeStream(*event_, std::move(context), request, address_);
  }
  absl::StatusOr<v1::PublishResponse> Publish(grpc::ClientContext& context,
                                              const v1::PublishRequest& request) override {
    return Call(*publish_, &v1::PublishService::Stub::Publish, context, request);
  }
  absl::StatusOr<v1::GetEventResponse> GetEvent(grpc::ClientContext& context,
                                                const v1::GetEventRequest& request) override {
    return Call(*event_, &v1::EventService::Stub::GetEvent, context, request);
  }
  absl::StatusOr<v1::ListEventsResponse> ListEvents(grpc::ClientContext& context,
                                                    const v1::ListEventsRequest& request) override {
    return Call(*event_, &v1::EventService::Stub::ListEvents, context, request);
  }
  absl::StatusOr<v1::GetHubResponse> GetHub(grpc::ClientContext& context,
                                            const v1::GetHubRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::GetHub, context, request);
  }
  absl::StatusOr<v1::GetOrganisationResponse> GetOrganisation(
      grpc::ClientContext& context, const v1::GetOrganisationRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::GetOrganisation, context, request);
  }
  absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      grpc::ClientContext& context, const v1::ListOrganisationsRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::ListOrganisations, context, request);
  }
  absl::StatusOr<v1::GetTopicSchemeResponse> GetTopicScheme(
      grpc::ClientContext& context, const v1::GetTopicSchemeRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::GetTopicScheme, context, request);
  }
  absl::StatusOr<v1::ListTopicSchemesResponse> ListTopicSchemes(
      grpc::ClientContext& context, const v1::ListTopicSchemesRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::ListTopicSchemes, context, request);
  }
  absl::StatusOr<v1::GetCycleResponse> GetCycle(grpc::ClientContext& context,
                                                const v1::GetCycleRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::GetCycle, context, request);
  }
  absl::StatusOr<v1::ListCyclesResponse> ListCycles(grpc::ClientContext& context,
                                                    const v1::ListCyclesRequest& request) override {
    return Call(*directory_, &v1::DirectoryService::Stub::ListCycles, context, request);
  }
  absl::StatusOr<v1::GetTrailResponse> GetTrail(grpc::ClientContext& context,
                                                const v1::GetTrailRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::GetTrail, context, request);
  }
  absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      grpc::ClientContext& context, const v1::ListRequestsRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::ListRequests, context, request);
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      grpc::ClientContext& context, const v1::ListContributionsRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::ListContributions, context, request);
  }
  absl::StatusOr<v1::ListUndisposedResponse> ListUndisposed(
      grpc::ClientContext& context, const v1::ListUndisposedRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::ListUndisposed, context, request);
  }
  absl::StatusOr<v1::GetReadingPlanResponse> GetReadingPlan(
      grpc::ClientContext& context, const v1::GetReadingPlanRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::GetReadingPlan, context, request);
  }
  absl::StatusOr<v1::GetBoardResponse> GetBoard(grpc::ClientContext& context,
                                                const v1::GetBoardRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::GetBoard, context, request);
  }
  absl::StatusOr<v1::GetDecisionResponse> GetDecision(
      grpc::ClientContext& context, const v1::GetDecisionRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::GetDecision, context, request);
  }
  absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(
      grpc::ClientContext& context, const v1::ListDecisionsRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::ListDecisions, context, request);
  }
  absl::StatusOr<v1::ListPositionsResponse> ListPositions(
      grpc::ClientContext& context, const v1::ListPositionsRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::ListPositions, context, request);
  }
  absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      grpc::ClientContext& context, const v1::SuggestFormatsRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::SuggestFormats, context, request);
  }
  absl::StatusOr<v1::GetCycleOpeningResponse> GetCycleOpening(
      grpc::ClientContext& context, const v1::GetCycleOpeningRequest& request) override {
    return Call(*liaison_, &v1::LiaisonService::Stub::GetCycleOpening, context, request);
  }
  absl::StatusOr<v1::GetRadarResponse> GetRadar(grpc::ClientContext& context,
                                                const v1::GetRadarRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::GetRadar, context, request);
  }
  absl::StatusOr<v1::ListTopicEventsResponse> ListTopicEvents(
      grpc::ClientContext& context, const v1::ListTopicEventsRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::ListTopicEvents, context, request);
  }
  absl::StatusOr<v1::ListTopicLinksResponse> ListTopicLinks(
      grpc::ClientContext& context, const v1::ListTopicLinksRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::ListTopicLinks, context, request);
  }
  absl::StatusOr<v1::GetRepresentationResponse> GetRepresentation(
      grpc::ClientContext& context, const v1::GetRepresentationRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::GetRepresentation, context, request);
  }
  absl::StatusOr<v1::ListGapsResponse> ListGaps(grpc::ClientContext& context,
                                                const v1::ListGapsRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::ListGaps, context, request);
  }
  absl::StatusOr<v1::ListDuplicatesResponse> ListDuplicates(
      grpc::ClientContext& context, const v1::ListDuplicatesRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::ListDuplicates, context, request);
  }
  absl::StatusOr<v1::GetDigestResponse> GetDigest(grpc::ClientContext& context,
                                                  const v1::GetDigestRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::GetDigest, context, request);
  }
  absl::StatusOr<v1::GetMeetingPackResponse> GetMeetingPack(
      grpc::ClientContext& context, const v1::GetMeetingPackRequest& request) override {
    return Call(*radar_, &v1::RadarService::Stub::GetMeetingPack, context, request);
  }
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      grpc::ClientContext& context, const v1::GetCheckpointRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::GetCheckpoint, context, request);
  }
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      grpc::ClientContext& context, const v1::GetInclusionProofRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::GetInclusionProof, context,
                request);
  }
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      grpc::ClientContext& context, const v1::GetConsistencyProofRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::GetConsistencyProof, context,
                request);
  }
  absl::StatusOr<v1::ListLeafHashesResponse> ListLeafHashes(
      grpc::ClientContext& context, const v1::ListLeafHashesRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::ListLeafHashes, context, request);
  }
  absl::StatusOr<v1::ListLeavesResponse> ListLeaves(grpc::ClientContext& context,
                                                    const v1::ListLeavesRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::ListLeaves, context, request);
  }
  absl::StatusOr<v1::ListRegistryEntriesResponse> ListRegistryEntries(
      grpc::ClientContext& context, const v1::ListRegistryEntriesRequest& request) override {
    return Call(*transparency_, &v1::TransparencyService::Stub::ListRegistryEntries, context,
                request);
  }
  std::unique_ptr<ViewStream> WatchView(std::unique_ptr<grpc::ClientContext> context,
                                        const v1::WatchViewRequest& request) override {
    return OpenViewStream(*radar_, std::move(context), request, address_);
  }
  absl::StatusOr<v1::AcceptClockResponse> AcceptClock(
      grpc::ClientContext& context, const v1::AcceptClockRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::AcceptClock, context, request);
  }
  absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      grpc::ClientContext& context, const v1::CreateTokenRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::CreateToken, context, request);
  }
  absl::StatusOr<v1::CreateInvitationResponse> CreateInvitation(
      grpc::ClientContext& context, const v1::CreateInvitationRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::CreateInvitation, context, request);
  }
  absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(
      grpc::ClientContext& context, const v1::RenewCertificateRequest& request) override {
    return Call(*enrolment_, &v1::EnrolmentService::Stub::RenewCertificate, context, request);
  }
  absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
      grpc::ClientContext& context, const v1::ListAuditEntriesRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::ListAuditEntries, context, request);
  }
  absl::StatusOr<v1::EraseResponse> Erase(grpc::ClientContext& context,
                                          const v1::EraseRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::Erase, context, request);
  }
  absl::StatusOr<v1::ExplainReadingResponse> ExplainReading(
      grpc::ClientContext& context, const v1::ExplainReadingRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::ExplainReading, context, request);
  }
  absl::StatusOr<v1::ListLeavingResponse> ListLeaving(
      grpc::ClientContext& context, const v1::ListLeavingRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::ListLeaving, context, request);
  }
  absl::StatusOr<v1::ListApprovalsResponse> ListApprovals(
      grpc::ClientContext& context, const v1::ListApprovalsRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::ListApprovals, context, request);
  }
  absl::StatusOr<v1::ApproveResponse> Approve(grpc::ClientContext& context,
                                              const v1::ApproveRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::Approve, context, request);
  }
  absl::StatusOr<v1::RefuseResponse> Refuse(grpc::ClientContext& context,
                                            const v1::RefuseRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::Refuse, context, request);
  }
  absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
      grpc::ClientContext& context, const v1::ListCredentialsRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::ListCredentials, context, request);
  }
  absl::StatusOr<v1::RevokeCredentialResponse> RevokeCredential(
      grpc::ClientContext& context, const v1::RevokeCredentialRequest& request) override {
    return Call(*admin_, &v1::AdminService::Stub::RevokeCredential, context, request);
  }
  std::unique_ptr<BackupStream> Backup(std::unique_ptr<grpc::ClientContext> context,
                                       const v1::BackupRequest& request) override {
    return OpenBackupStream(*admin_, std::move(context), request, address_);
  }

 private:
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                grpc::ClientContext& context, const Request& request) {
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
        channel_->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_READY) {
      return WhyNotConnected();
    }
    return FromGrpc(status, address_);
  }

  // A call that waits for the connection cannot tell why there was none. One that does not wait
  // can.
  absl::Status WhyNotConnected() {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kProbeTimeout));
    v1::GetHubResponse response;
    const grpc::Status status = directory_->GetHub(&context, v1::GetHubRequest(), &response);
    return absl::UnavailableError(absl::StrCat("could not connect to ", address_, ": ",
                                               status.error_code() == grpc::StatusCode::UNAVAILABLE
                                                   ? status.error_message()
                                                   : "no answer in time"));
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string address_;
  const std::unique_ptr<v1::PublishService::Stub> publish_;
  const std::unique_ptr<v1::EventService::Stub> event_;
  const std::unique_ptr<v1::DirectoryService::Stub> directory_;
  const std::unique_ptr<v1::LiaisonService::Stub> liaison_;
  const std::unique_ptr<v1::RadarService::Stub> radar_;
  const std::unique_ptr<v1::TransparencyService::Stub> transparency_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
  const std::unique_ptr<v1::EnrolmentService::Stub> enrolment_;
};

}  // namespace

std::unique_ptr<HubStub> MakeGrpcHubStub(std::shared_ptr<grpc::Channel> channel,
                                         std::string address) {
  return std::make_unique<GrpcHubStub>(std::move(channel), std::move(address));
}

}  // namespace liaison::internal
