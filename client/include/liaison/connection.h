// A Connection is what the clients stand on: one per hub, shared by all of them, mockable.
#ifndef LIAISON_CONNECTION_H_
#define LIAISON_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "igf/liaison/v1/directory_service.pb.h"
#include "igf/liaison/v1/enrolment_service.pb.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "liaison/options.h"

namespace liaison {

namespace v1 = ::igf::liaison::v1;

// One stream of frames towards the reader. Read blocks; Cancel may come from any thread and makes
// it return soon.
class SubscribeStream {
 public:
  virtual ~SubscribeStream() = default;
  // The next frame; nullopt at an orderly end; an error otherwise. DEADLINE_EXCEEDED, and only
  // then, when nothing came within `timeout`: the stream goes on, and Read may be called again.
  virtual absl::StatusOr<std::optional<v1::SubscribeResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// A view and what becomes of it; see SubscribeStream. A response without a view is a heartbeat.
class ViewStream {
 public:
  virtual ~ViewStream() = default;
  virtual absl::StatusOr<std::optional<v1::WatchViewResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// What a hub tells while it makes a backup; see SubscribeStream.
class BackupStream {
 public:
  virtual ~BackupStream() = default;
  virtual absl::StatusOr<std::optional<v1::BackupResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// One stream of publish frames. Write and Read may run beside each other, each in one thread.
class PublishFrameStream {
 public:
  virtual ~PublishFrameStream() = default;
  // False: the stream is broken, Read says why.
  virtual bool Write(const v1::PublishStreamRequest& frame) = 0;
  virtual void WritesDone() = 0;
  // As SubscribeStream::Read.
  virtual absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// A Connection makes single calls, with deadlines and retries where they are safe, and opens
// streams, without: resuming is the business of Subscription, ViewWatch and Publisher.
//
// Thread-safe. Everything returned is independent of the others.
class Connection {
 public:
  virtual ~Connection() = default;

  // Safe to repeat: event ids make publishing twice have one effect.
  virtual absl::StatusOr<v1::PublishResponse> Publish(const v1::PublishRequest& request) = 0;
  virtual std::unique_ptr<PublishFrameStream> PublishStream() = 0;

  virtual absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) = 0;
  virtual absl::StatusOr<v1::ListEventsResponse> ListEvents(
      const v1::ListEventsRequest& request) = 0;
  virtual std::unique_ptr<SubscribeStream> Subscribe(const v1::SubscribeRequest& request) = 0;

  virtual absl::StatusOr<v1::GetHubResponse> GetHub(const v1::GetHubRequest& request) = 0;
  virtual absl::StatusOr<v1::GetOrganisationResponse> GetOrganisation(
      const v1::GetOrganisationRequest& request) = 0;
  virtual absl::StatusOr<v1::ListOrganisationsResponse> ListOrganisations(
      const v1::ListOrganisationsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetTopicSchemeResponse> GetTopicScheme(
      const v1::GetTopicSchemeRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicSchemesResponse> ListTopicSchemes(
      const v1::ListTopicSchemesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCycleResponse> GetCycle(const v1::GetCycleRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCyclesResponse> ListCycles(
      const v1::ListCyclesRequest& request) = 0;

  virtual absl::StatusOr<v1::GetTrailResponse> GetTrail(const v1::GetTrailRequest& request) = 0;
  virtual absl::StatusOr<v1::ListRequestsResponse> ListRequests(
      const v1::ListRequestsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListUndisposedResponse> ListUndisposed(
      const v1::ListUndisposedRequest& request) = 0;
  virtual absl::StatusOr<v1::GetReadingPlanResponse> GetReadingPlan(
      const v1::GetReadingPlanRequest& request) = 0;
  virtual absl::StatusOr<v1::GetBoardResponse> GetBoard(const v1::GetBoardRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDecisionResponse> GetDecision(
      const v1::GetDecisionRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(
      const v1::ListDecisionsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListPositionsResponse> ListPositions(
      const v1::ListPositionsRequest& request) = 0;
  virtual absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      const v1::SuggestFormatsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCycleOpeningResponse> GetCycleOpening(
      const v1::GetCycleOpeningRequest& request) = 0;

  virtual absl::StatusOr<v1::GetRadarResponse> GetRadar(const v1::GetRadarRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicEventsResponse> ListTopicEvents(
      const v1::ListTopicEventsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListTopicLinksResponse> ListTopicLinks(
      const v1::ListTopicLinksRequest& request) = 0;
  virtual absl::StatusOr<v1::GetRepresentationResponse> GetRepresentation(
      const v1::GetRepresentationRequest& request) = 0;
  virtual absl::StatusOr<v1::ListGapsResponse> ListGaps(const v1::ListGapsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDuplicatesResponse> ListDuplicates(
      const v1::ListDuplicatesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDigestResponse> GetDigest(const v1::GetDigestRequest& request) = 0;
  virtual absl::StatusOr<v1::GetMeetingPackResponse> GetMeetingPack(
      const v1::GetMeetingPackRequest& request) = 0;
  virtual std::unique_ptr<ViewStream> WatchView(const v1::WatchViewRequest& request) = 0;

  virtual absl::StatusOr<absl::Time> AcceptClock() = 0;
  virtual absl::StatusOr<v1::CreateTokenResponse> CreateToken(
      const v1::CreateTokenRequest& request) = 0;
  virtual absl::StatusOr<v1::CreateInvitationResponse> CreateInvitation(
      const v1::CreateInvitationRequest& request) = 0;
  virtual absl::StatusOr<v1::RenewCertificateResponse> RenewCertificate(
      const v1::RenewCertificateRequest& request) = 0;
  virtual absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
      const v1::ListAuditEntriesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
      const v1::ListCredentialsRequest& request) = 0;
  virtual absl::StatusOr<v1::RevokeCredentialResponse> RevokeCredential(
      const v1::RevokeCredentialRequest& request) = 0;
  // The backup goes on when the stream is cancelled.
  virtual std::unique_ptr<BackupStream> Backup(const v1::BackupRequest& request) = 0;
  // Who reads what, what must go, and what waits for a second person.
  virtual absl::StatusOr<v1::EraseResponse> Erase(const v1::EraseRequest& request) = 0;
  virtual absl::StatusOr<v1::ExplainReadingResponse> ExplainReading(
      const v1::ExplainReadingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLeavingResponse> ListLeaving(
      const v1::ListLeavingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListApprovalsResponse> ListApprovals(
      const v1::ListApprovalsRequest& request) = 0;
  virtual absl::StatusOr<v1::ApproveResponse> Approve(const v1::ApproveRequest& request) = 0;
  virtual absl::StatusOr<v1::RefuseResponse> Refuse(const v1::RefuseRequest& request) = 0;
};

// A connection to the hub at `address` (`127.0.0.1:7410`), made when first used.
std::shared_ptr<Connection> Connect(const std::string& address, ConnectionOptions options = {});

}  // namespace liaison

#endif  // LIAISON_CONNECTION_H_
