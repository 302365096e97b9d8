#include "tests/unit/client/cli/fake_hub.h"

#include <deque>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"
#include "proto/record/signature.h"
#include "tests/unit/client/fake_log.h"

namespace liaison::testing {
namespace {

google::protobuf::Timestamp Now() {
  google::protobuf::Timestamp time;
  time.set_seconds(absl::ToUnixSeconds(absl::Now()));
  return time;
}

// A complaint about `field` of the item at `index`, as a hub words it.
absl::Status WithIndex(const absl::Status& status, int index) {
  const auto violations = record::FieldViolationsOf(status);
  if (violations.empty()) return status;
  return record::FieldInvalid(absl::StrCat("items[", index, "].draft.", violations[0].field),
                              violations[0].description);
}

}  // namespace

// One Subscribe call: all there is, and then silence.
class FakeHub::Frames : public SubscribeStream {
 public:
  Frames(std::deque<v1::SubscribeResponse> frames, absl::Status failure)
      : frames_(std::move(frames)), failure_(std::move(failure)) {}

  absl::StatusOr<std::optional<v1::SubscribeResponse>> Read(absl::Duration timeout) override {
    if (!failure_.ok()) return failure_;
    if (!frames_.empty()) {
      v1::SubscribeResponse frame = std::move(frames_.front());
      frames_.pop_front();
      return frame;
    }
    cancelled_.WaitForNotificationWithTimeout(timeout);
    return absl::DeadlineExceededError("nothing came");
  }
  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    if (!cancelled_.HasBeenNotified()) cancelled_.Notify();
  }

 private:
  std::deque<v1::SubscribeResponse> frames_;
  const absl::Status failure_;
  absl::Mutex mutex_;
  absl::Notification cancelled_;
};

// One Backup call.
class BackupFrames : public BackupStream {
 public:
  BackupFrames(std::deque<v1::BackupResponse> frames, absl::Status failure)
      : frames_(std::move(frames)), failure_(std::move(failure)) {}

  absl::StatusOr<std::optional<v1::BackupResponse>> Read(absl::Duration) override {
    if (!failure_.ok()) return failure_;
    if (frames_.empty()) return std::nullopt;
    v1::BackupResponse frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }
  void Cancel() override {}

 private:
  std::deque<v1::BackupResponse> frames_;
  const absl::Status failure_;
};

// One WatchView call.
class FakeHub::Watched : public ViewStream {
 public:
  Watched(std::deque<v1::WatchViewResponse> frames, absl::Status failure)
      : frames_(std::move(frames)), failure_(std::move(failure)) {}

  absl::StatusOr<std::optional<v1::WatchViewResponse>> Read(absl::Duration) override {
    if (!failure_.ok()) return failure_;
    if (frames_.empty()) return record::Error(record::Reason::kNotFound, "that is all");
    v1::WatchViewResponse frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }
  void Cancel() override {}

 private:
  std::deque<v1::WatchViewResponse> frames_;
  const absl::Status failure_;
};

// One PublishStream call.
class FakeHub::Stream : public PublishFrameStream {
 public:
  explicit Stream(std::shared_ptr<FakeHub> hub) : hub_(std::move(hub)) {
    v1::PublishStreamResponse settings;
    settings.mutable_settings()->set_max_inflight_frames(8);
    settings.mutable_settings()->set_max_inflight_bytes(1 << 20);
    settings.mutable_settings()->set_max_frame_items(100);
    settings.mutable_settings()->set_max_frame_bytes(1 << 20);
    answers_.push_back(std::move(settings));
  }

  bool Write(const v1::PublishStreamRequest& frame) override {
    v1::PublishStreamResponse response;
    response.mutable_results()->set_frame_id(frame.frame_id());
    {
      absl::MutexLock lock(&hub_->mutex_);
      for (int i = 0; i < frame.items_size(); ++i) {
        v1::PublishResult& result = *response.mutable_results()->add_results();
        absl::StatusOr<v1::Receipt> receipt =
            refused_
                ? record::Error(record::Reason::kPredecessorFailed, "an earlier one was refused")
                : hub_->Take(frame.items(i), i, /*dry_run=*/false);
        if (receipt.ok()) {
          *result.mutable_receipt() = *std::move(receipt);
        } else {
          *result.mutable_error() = record::ToProto(receipt.status());
          refused_ = true;
        }
      }
    }
    absl::MutexLock lock(&mutex_);
    answers_.push_back(std::move(response));
    return true;
  }
  void WritesDone() override {
    absl::MutexLock lock(&mutex_);
    done_ = true;
  }
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration timeout) override {
    {
      absl::MutexLock lock(&hub_->mutex_);
      if (!hub_->failure_.ok()) return hub_->failure_;
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &Stream::MayRead), timeout);
    if (!answers_.empty()) {
      v1::PublishStreamResponse answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    }
    if (done_) return std::nullopt;
    return absl::DeadlineExceededError("nothing came");
  }
  void Cancel() override { WritesDone(); }

 private:
  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return done_ || !answers_.empty(); }

  const std::shared_ptr<FakeHub> hub_;
  bool refused_ = false;  // by the writing thread only
  absl::Mutex mutex_;
  std::deque<v1::PublishStreamResponse> answers_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

void FakeHub::Refuse(Judge judge) {
  absl::MutexLock lock(&mutex_);
  judge_ = std::move(judge);
}

void FakeHub::set_names_items(bool names) {
  absl::MutexLock lock(&mutex_);
  names_items_ = names;
}

size_t FakeHub::dry_runs() const {
  absl::MutexLock lock(&mutex_);
  return dry_runs_;
}

void FakeHub::Sign(uint64_t sequence) {
  const record::SigningKey key = record::SigningKey::Generate();
  absl::MutexLock lock(&mutex_);
  events_[sequence - 1] = Serve(drafts_[sequence - 1], sequence, &key);
}

void FakeHub::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(status);
}

void FakeHub::set_hub(v1::GetHubResponse hub) {
  absl::MutexLock lock(&mutex_);
  hub_ = std::move(hub);
}

void FakeHub::set_views(Views views) {
  absl::MutexLock lock(&mutex_);
  views_ = std::move(views);
}

std::string FakeHub::asked() const {
  absl::MutexLock lock(&mutex_);
  return asked_;
}

size_t FakeHub::size() const {
  absl::MutexLock lock(&mutex_);
  return events_.size();
}

std::vector<v1::Draft> FakeHub::drafts() const {
  absl::MutexLock lock(&mutex_);
  return drafts_;
}

void FakeHub::Tamper(uint64_t sequence, const std::function<void(v1::Event*)>& change) {
  absl::MutexLock lock(&mutex_);
  change(&events_[sequence - 1]);
}

absl::StatusOr<v1::Receipt> FakeHub::Take(const v1::PublishItem& item, int index, bool dry_run) {
  const v1::Draft& draft = item.draft();
  if (judge_) {
    const absl::Status verdict = judge_(draft);
    if (!verdict.ok()) return WithIndex(verdict, index);
  }
  const auto known = by_name_.find({draft.author(), draft.event_id()});
  if (known != by_name_.end() &&
      draft.SerializeAsString() != drafts_[known->second - 1].SerializeAsString()) {
    absl::Status reused = record::Error(record::Reason::kEventIdReused, "published other content")
                              .With("sequence", known->second);
    if (!names_items_) return reused;
    return record::WithMetadata(std::move(reused), "item", static_cast<uint64_t>(index));
  }
  v1::Receipt receipt;
  receipt.set_event_id(draft.event_id());
  receipt.set_attested(true);
  if (dry_run) return receipt;
  const auto [place, is_new] =
      by_name_.emplace(std::make_pair(draft.author(), draft.event_id()), events_.size() + 1);
  if (is_new) {
    drafts_.push_back(draft);
    events_.push_back(Serve(draft, place->second));
  }
  const v1::Event& event = events_[place->second - 1];
  *receipt.mutable_position() = At(event.sequence());
  receipt.set_duplicate(!is_new);
  receipt.set_digest(event.digest());
  const record::Hash leaf_hash = record::LeafHash(event.leaf());
  receipt.set_leaf_hash(std::string(leaf_hash.bytes()));
  *receipt.mutable_hub_time() = event.hub_time();
  receipt.set_durability(v1::DURABILITY_FSYNC);
  return receipt;
}

absl::StatusOr<v1::PublishResponse> FakeHub::Publish(const v1::PublishRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  if (request.dry_run()) ++dry_runs_;
  // All or none: judged first, taken then.
  for (int i = 0; i < request.items_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(Take(request.items(i), i, /*dry_run=*/true).status());
  }
  v1::PublishResponse response;
  for (int i = 0; i < request.items_size(); ++i) {
    LIAISON_ASSIGN_OR_RETURN(*response.add_receipts(),
                             Take(request.items(i), i, request.dry_run()));
  }
  return response;
}

std::unique_ptr<PublishFrameStream> FakeHub::PublishStream() {
  return std::make_unique<Stream>(shared_from_this());
}

const v1::Event* FakeHub::Find(const v1::GetEventRequest& request) const {
  for (size_t i = 0; i < events_.size(); ++i) {
    const v1::Event& event = events_[i];
    if (request.has_sequence() && request.sequence() == event.sequence()) return &event;
    if (request.has_digest() && request.digest() == event.digest()) return &event;
    if (request.has_name() && request.name().author() == drafts_[i].author() &&
        request.name().event_id() == drafts_[i].event_id()) {
      return &event;
    }
  }
  return nullptr;
}

absl::StatusOr<v1::GetEventResponse> FakeHub::GetEvent(const v1::GetEventRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  const v1::Event* event = Find(request);
  if (event == nullptr) return record::Error(record::Reason::kNotFound, "there is no such event");
  v1::GetEventResponse response;
  *response.mutable_event() = *event;
  response.set_log_id(std::string(kLogId));
  return response;
}

absl::StatusOr<v1::ListEventsResponse> FakeHub::ListEvents(const v1::ListEventsRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  v1::ListEventsResponse response;
  uint64_t after = request.after().sequence();
  if (!request.page_token().empty()) after = std::stoull(request.page_token());
  const size_t page_size = request.page_size() == 0 ? 100 : request.page_size();
  for (; after < events_.size() && static_cast<size_t>(response.events_size()) < page_size;
       ++after) {
    *response.add_events() = events_[after];
  }
  *response.mutable_position() = At(after);
  if (after < events_.size()) response.set_next_page_token(absl::StrCat(after));
  return response;
}

std::unique_ptr<SubscribeStream> FakeHub::Subscribe(const v1::SubscribeRequest& request) {
  absl::MutexLock lock(&mutex_);
  const uint64_t head = events_.size();
  uint64_t start = request.after().sequence();
  if (request.start_at() == v1::START_AT_LIVE) start = head;
  std::deque<v1::SubscribeResponse> frames = {Confirmed(start, head)};
  for (uint64_t sequence = start + 1; sequence <= head; ++sequence) {
    v1::SubscribeResponse frame;
    *frame.mutable_events()->add_events() = events_[sequence - 1];
    *frame.mutable_events()->mutable_position() = At(sequence);
    frames.push_back(std::move(frame));
  }
  frames.push_back(CaughtUp(head));
  if (request.stop_at_head()) {
    frames.push_back(Closing(v1::CLOSING_REASON_STOPPED_AT_HEAD, head));
  }
  return std::make_unique<Frames>(std::move(frames), failure_);
}

absl::StatusOr<v1::GetHubResponse> FakeHub::GetHub(const v1::GetHubRequest&) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  v1::GetHubResponse hub = hub_;
  *hub.mutable_head() = At(events_.size());
  *hub.mutable_time() = Now();
  std::vector<record::Hash> leaves;
  for (const v1::Event& event : events_) leaves.push_back(record::LeafHash(event.leaf()));
  const record::Hash root = record::RootOf(leaves);
  hub.set_root(std::string(root.bytes()));
  return hub;
}

absl::StatusOr<v1::GetOrganisationResponse> FakeHub::GetOrganisation(
    const v1::GetOrganisationRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListOrganisationsResponse> FakeHub::ListOrganisations(
    const v1::ListOrganisationsRequest&) {
  absl::MutexLock lock(&mutex_);
  v1::ListOrganisationsResponse response;
  for (size_t i = 0; i < drafts_.size(); ++i) {
    if (!drafts_[i].has_organisation()) continue;
    v1::OrganisationEntry& entry = *response.add_entries();
    *entry.mutable_organisation() = drafts_[i].organisation();
    entry.set_sequence(i + 1);
  }
  return response;
}
absl::StatusOr<v1::GetTopicSchemeResponse> FakeHub::GetTopicScheme(
    const v1::GetTopicSchemeRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListTopicSchemesResponse> FakeHub::ListTopicSchemes(
    const v1::ListTopicSchemesRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetCycleResponse> FakeHub::GetCycle(const v1::GetCycleRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListCyclesResponse> FakeHub::ListCycles(const v1::ListCyclesRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetTrailResponse> FakeHub::GetTrail(const v1::GetTrailRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListRequestsResponse> FakeHub::ListRequests(const v1::ListRequestsRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListContributionsResponse> FakeHub::ListContributions(
    const v1::ListContributionsRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListUndisposedResponse> FakeHub::ListUndisposed(
    const v1::ListUndisposedRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetReadingPlanResponse> FakeHub::GetReadingPlan(
    const v1::GetReadingPlanRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetBoardResponse> FakeHub::GetBoard(const v1::GetBoardRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetDecisionResponse> FakeHub::GetDecision(const v1::GetDecisionRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListDecisionsResponse> FakeHub::ListDecisions(const v1::ListDecisionsRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::ListPositionsResponse> FakeHub::ListPositions(const v1::ListPositionsRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::SuggestFormatsResponse> FakeHub::SuggestFormats(
    const v1::SuggestFormatsRequest&) {
  return absl::UnimplementedError("not here");
}
absl::StatusOr<v1::GetCycleOpeningResponse> FakeHub::GetCycleOpening(
    const v1::GetCycleOpeningRequest&) {
  return absl::UnimplementedError("not here");
}
std::unique_ptr<BackupStream> FakeHub::Backup(const v1::BackupRequest& request) {
  absl::MutexLock lock(&mutex_);
  std::deque<v1::BackupResponse> frames(2);
  frames[0].mutable_progress()->set_step("copying");
  v1::BackupMade* made = frames[1].mutable_made();
  made->mutable_made()->set_number(2);
  made->mutable_made()->mutable_head()->set_sequence(events_.size());
  v1::BackupEntry* older = made->add_kept();
  older->set_number(1);
  older->set_holds_erased(!request.purge_erased());
  *made->add_kept() = made->made();
  return std::make_unique<BackupFrames>(std::move(frames), failure_);
}

template <typename Request, typename Response>
absl::StatusOr<Response> FakeHub::AnswerView(const Request& request, Response Views::*response) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  asked_ = request.ShortDebugString();
  return views_.*response;
}

absl::StatusOr<v1::GetRadarResponse> FakeHub::GetRadar(const v1::GetRadarRequest& request) {
  return AnswerView(request, &Views::radar);
}
absl::StatusOr<v1::ListTopicEventsResponse> FakeHub::ListTopicEvents(
    const v1::ListTopicEventsRequest& request) {
  return AnswerView(request, &Views::topic_events);
}
absl::StatusOr<v1::ListTopicLinksResponse> FakeHub::ListTopicLinks(
    const v1::ListTopicLinksRequest& request) {
  return AnswerView(request, &Views::topic_links);
}
absl::StatusOr<v1::GetRepresentationResponse> FakeHub::GetRepresentation(
    const v1::GetRepresentationRequest& request) {
  return AnswerView(request, &Views::representation);
}
absl::StatusOr<v1::ListGapsResponse> FakeHub::ListGaps(const v1::ListGapsRequest& request) {
  return AnswerView(request, &Views::gaps);
}
absl::StatusOr<v1::ListDuplicatesResponse> FakeHub::ListDuplicates(
    const v1::ListDuplicatesRequest& request) {
  return AnswerView(request, &Views::duplicates);
}
absl::StatusOr<v1::GetDigestResponse> FakeHub::GetDigest(const v1::GetDigestRequest& request) {
  return AnswerView(request, &Views::digest);
}
absl::StatusOr<v1::GetMeetingPackResponse> FakeHub::GetMeetingPack(
    const v1::GetMeetingPackRequest& request) {
  return AnswerView(request, &Views::pack);
}
std::unique_ptr<ViewStream> FakeHub::WatchView(const v1::WatchViewRequest& request) {
  absl::MutexLock lock(&mutex_);
  asked_ = request.ShortDebugString();
  return std::make_unique<Watched>(
      std::deque<v1::WatchViewResponse>(views_.watched.begin(), views_.watched.end()), failure_);
}

absl::StatusOr<v1::CreateTokenResponse> FakeHub::CreateToken(
    const v1::CreateTokenRequest& request) {
  v1::CreateTokenResponse response;
  response.mutable_credential()->set_id("0011223344556677");
  response.mutable_credential()->set_organisation(request.organisation());
  response.mutable_credential()->set_role(request.role());
  response.mutable_credential()->mutable_expire_time()->set_seconds(1'800'000'000);
  response.set_secret("igfl_pat_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3ARIfP");
  return response;
}

absl::StatusOr<v1::CreateInvitationResponse> FakeHub::CreateInvitation(
    const v1::CreateInvitationRequest& request) {
  v1::CreateInvitationResponse response;
  response.mutable_credential()->set_id("8899aabbccddeeff");
  response.mutable_credential()->set_organisation(request.organisation());
  response.mutable_credential()->set_role(request.role());
  response.mutable_credential()->mutable_expire_time()->set_seconds(1'800'000'000);
  response.set_secret("igfl_inv_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3ARIfP.00ff");
  response.set_link("https://hub.example.org/join/" + response.secret());
  return response;
}

absl::StatusOr<v1::RenewCertificateResponse> FakeHub::RenewCertificate(
    const v1::RenewCertificateRequest&) {
  return absl::UnimplementedError("not in this test");
}

absl::StatusOr<v1::ListAuditEntriesResponse> FakeHub::ListAuditEntries(
    const v1::ListAuditEntriesRequest&) {
  return v1::ListAuditEntriesResponse();
}

absl::StatusOr<v1::EraseResponse> FakeHub::Erase(const v1::EraseRequest&) {
  return v1::EraseResponse();
}

absl::StatusOr<v1::ExplainReadingResponse> FakeHub::ExplainReading(
    const v1::ExplainReadingRequest&) {
  return v1::ExplainReadingResponse();
}

absl::StatusOr<v1::ListLeavingResponse> FakeHub::ListLeaving(const v1::ListLeavingRequest&) {
  return v1::ListLeavingResponse();
}

absl::StatusOr<v1::ListApprovalsResponse> FakeHub::ListApprovals(const v1::ListApprovalsRequest&) {
  return v1::ListApprovalsResponse();
}

absl::StatusOr<v1::ApproveResponse> FakeHub::Approve(const v1::ApproveRequest&) {
  return v1::ApproveResponse();
}

absl::StatusOr<v1::RefuseResponse> FakeHub::Refuse(const v1::RefuseRequest&) {
  return v1::RefuseResponse();
}

absl::StatusOr<v1::ListCredentialsResponse> FakeHub::ListCredentials(
    const v1::ListCredentialsRequest&) {
  return v1::ListCredentialsResponse();
}

absl::StatusOr<v1::RevokeCredentialResponse> FakeHub::RevokeCredential(
    const v1::RevokeCredentialRequest& request) {
  v1::RevokeCredentialResponse response;
  response.mutable_credential()->set_id(request.id());
  response.mutable_credential()->mutable_revoke_time()->set_seconds(1'800'000'000);
  return response;
}

absl::StatusOr<absl::Time> FakeHub::AcceptClock() { return absl::FromUnixSeconds(1'800'000'000); }

}  // namespace liaison::testing
