// Mocks for tests of code that uses this library, without a hub. Needs GoogleMock.
//
//   auto connection = std::make_shared<liaison::mocks::MockConnection>();
//   EXPECT_CALL(*connection, Publish).WillOnce(Return(response));
//   liaison::PublishClient client(connection);
#ifndef LIAISON_MOCKS_MOCK_CONNECTION_H_
#define LIAISON_MOCKS_MOCK_CONNECTION_H_

#include <gmock/gmock.h>

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "liaison/connection.h"

namespace liaison::mocks {

// Thread-safe as far as GoogleMock is: set expectations first, then call.
class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::StatusOr<v1::PublishResponse>, Publish, (const v1::PublishRequest&),
              (override));
  MOCK_METHOD(std::unique_ptr<PublishFrameStream>, PublishStream, (), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetEventResponse>, GetEvent, (const v1::GetEventRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListEventsResponse>, ListEvents, (const v1::ListEventsRequest&),
              (override));
  MOCK_METHOD(std::unique_ptr<SubscribeStream>, Subscribe, (const v1::SubscribeRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetHubResponse>, GetHub, (const v1::GetHubRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetOrganisationResponse>, GetOrganisation,
              (const v1::GetOrganisationRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListOrganisationsResponse>, ListOrganisations,
              (const v1::ListOrganisationsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetTopicSchemeResponse>, GetTopicScheme,
              (const v1::GetTopicSchemeRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListTopicSchemesResponse>, ListTopicSchemes,
              (const v1::ListTopicSchemesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetCycleResponse>, GetCycle, (const v1::GetCycleRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListCyclesResponse>, ListCycles, (const v1::ListCyclesRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetTrailResponse>, GetTrail, (const v1::GetTrailRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListRequestsResponse>, ListRequests,
              (const v1::ListRequestsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListContributionsResponse>, ListContributions,
              (const v1::ListContributionsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListUndisposedResponse>, ListUndisposed,
              (const v1::ListUndisposedRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetReadingPlanResponse>, GetReadingPlan,
              (const v1::GetReadingPlanRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetBoardResponse>, GetBoard, (const v1::GetBoardRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetDecisionResponse>, GetDecision, (const v1::GetDecisionRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListDecisionsResponse>, ListDecisions,
              (const v1::ListDecisionsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListPositionsResponse>, ListPositions,
              (const v1::ListPositionsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::SuggestFormatsResponse>, SuggestFormats,
              (const v1::SuggestFormatsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetCycleOpeningResponse>, GetCycleOpening,
              (const v1::GetCycleOpeningRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetRadarResponse>, GetRadar, (const v1::GetRadarRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListTopicEventsResponse>, ListTopicEvents,
              (const v1::ListTopicEventsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListTopicLinksResponse>, ListTopicLinks,
              (const v1::ListTopicLinksRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetRepresentationResponse>, GetRepresentation,
              (const v1::GetRepresentationRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListGapsResponse>, ListGaps, (const v1::ListGapsRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListDuplicatesResponse>, ListDuplicates,
              (const v1::ListDuplicatesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetDigestResponse>, GetDigest, (const v1::GetDigestRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetMeetingPackResponse>, GetMeetingPack,
              (const v1::GetMeetingPackRequest&), (override));
  MOCK_METHOD(std::unique_ptr<ViewStream>, WatchView, (const v1::WatchViewRequest&), (override));
  MOCK_METHOD(absl::StatusOr<absl::Time>, AcceptClock, (), (override));
  MOCK_METHOD(absl::StatusOr<v1::CreateTokenResponse>, CreateToken, (const v1::CreateTokenRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::CreateInvitationResponse>, CreateInvitation,
              (const v1::CreateInvitationRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RenewCertificateResponse>, RenewCertificate,
              (const v1::RenewCertificateRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListAuditEntriesResponse>, ListAuditEntries,
              (const v1::ListAuditEntriesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::EraseResponse>, Erase, (const v1::EraseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ExplainReadingResponse>, ExplainReading,
              (const v1::ExplainReadingRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListLeavingResponse>, ListLeaving, (const v1::ListLeavingRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ListApprovalsResponse>, ListApprovals,
              (const v1::ListApprovalsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ApproveResponse>, Approve, (const v1::ApproveRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::RefuseResponse>, Refuse, (const v1::RefuseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListCredentialsResponse>, ListCredentials,
              (const v1::ListCredentialsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RevokeCredentialResponse>, RevokeCredential,
              (const v1::RevokeCredentialRequest&), (override));
  MOCK_METHOD(std::unique_ptr<BackupStream>, Backup, (const v1::BackupRequest&), (override));
};

// A Read that has nothing to give must let its timeout pass, as a real stream does, before it
// returns DEADLINE_EXCEEDED.
class MockSubscribeStream : public SubscribeStream {
 public:
  MOCK_METHOD(absl::StatusOr<std::optional<v1::SubscribeResponse>>, Read, (absl::Duration),
              (override));
  MOCK_METHOD(void, Cancel, (), (override));
};

class MockViewStream : public ViewStream {
 public:
  MOCK_METHOD(absl::StatusOr<std::optional<v1::WatchViewResponse>>, Read, (absl::Duration),
              (override));
  MOCK_METHOD(void, Cancel, (), (override));
};

class MockBackupStream : public BackupStream {
 public:
  MOCK_METHOD(absl::StatusOr<std::optional<v1::BackupResponse>>, Read, (absl::Duration),
              (override));
  MOCK_METHOD(void, Cancel, (), (override));
};

class MockPublishFrameStream : public PublishFrameStream {
 public:
  MOCK_METHOD(bool, Write, (const v1::PublishStreamRequest&), (override));
  MOCK_METHOD(void, WritesDone, (), (override));
  MOCK_METHOD(absl::StatusOr<std::optional<v1::PublishStreamResponse>>, Read, (absl::Duration),
              (override));
  MOCK_METHOD(void, Cancel, (), (override));
};

}  // namespace liaison::mocks

#endif  // LIAISON_MOCKS_MOCK_CONNECTION_H_
