// A hub in memory behind the Connection seam: enough of one to run the program against.
#ifndef LIAISON_TESTS_UNIT_CLIENT_CLI_FAKE_HUB_H_
#define LIAISON_TESTS_UNIT_CLIENT_CLI_FAKE_HUB_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "liaison/connection.h"

namespace liaison::testing {

// A FakeHub takes drafts, gives receipts, and serves what it took. By itself it refuses only other
// content under a known event id; a test says what else. Thread-safe.
class FakeHub : public Connection, public std::enable_shared_from_this<FakeHub> {
 public:
  // What becomes of a draft: OK to take it.
  using Judge = std::function<absl::Status(const v1::Draft&)>;
  void Refuse(Judge judge) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether ErrorInfo names the item that had a batch refused; older hubs do not.
  void set_names_items(bool names) ABSL_LOCKS_EXCLUDED(mutex_);
  // Every call fails with this from now on.
  void Fail(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  void set_hub(v1::GetHubResponse hub) ABSL_LOCKS_EXCLUDED(mutex_);

  // What the radar's calls answer.
  struct Views {
    v1::GetRadarResponse radar;
    v1::ListTopicEventsResponse topic_events;
    v1::ListTopicLinksResponse topic_links;
    v1::GetRepresentationResponse representation;
    v1::ListGapsResponse gaps;
    v1::ListDuplicatesResponse duplicates;
    v1::GetDigestResponse digest;
    v1::GetMeetingPackResponse pack;
    // Of WatchView, which then ends with an error that is final.
    std::vector<v1::WatchViewResponse> watched;
  };
  void set_views(Views views) ABSL_LOCKS_EXCLUDED(mutex_);
  // The last of the radar's calls, in protobuf's text form.
  std::string asked() const ABSL_LOCKS_EXCLUDED(mutex_);

  size_t dry_runs() const ABSL_LOCKS_EXCLUDED(mutex_);  // calls of Publish
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<v1::Draft> drafts() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Serves the event at `sequence` as one that its author had signed.
  void Sign(uint64_t sequence) ABSL_LOCKS_EXCLUDED(mutex_);
  // Changes what is served at `sequence`.
  void Tamper(uint64_t sequence, const std::function<void(v1::Event*)>& change)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<v1::PublishResponse> Publish(const v1::PublishRequest& request) override;
  std::unique_ptr<PublishFrameStream> PublishStream() override;
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) override;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) override;
  std::unique_ptr<SubscribeStream> Subscribe(const v1::SubscribeRequest& request) override;
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
  // Two frames: progress and a backup of what is there.
  std::unique_ptr<BackupStream> Backup(const v1::BackupRequest& request) override;

 private:
  class Frames;
  class Stream;
  class Watched;

  // Takes one draft and gives its receipt; `index` is its place in the request.
  absl::StatusOr<v1::Receipt> Take(const v1::PublishItem& item, int index, bool dry_run)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Keeps what was asked and answers with what was set.
  template <typename Request, typename Response>
  absl::StatusOr<Response> AnswerView(const Request& request, Response Views::*response)
      ABSL_LOCKS_EXCLUDED(mutex_);
  const v1::Event* Find(const v1::GetEventRequest& request) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  bool names_items_ ABSL_GUARDED_BY(mutex_) = true;
  size_t dry_runs_ ABSL_GUARDED_BY(mutex_) = 0;
  Judge judge_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  Views views_ ABSL_GUARDED_BY(mutex_);
  std::string asked_ ABSL_GUARDED_BY(mutex_);
  v1::GetHubResponse hub_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Draft> drafts_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, size_t> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_CLIENT_CLI_FAKE_HUB_H_
