#include "tests/unit/client/outbox/paper_hub.h"

#include <algorithm>
#include <deque>

#include "proto/record/errors.h"

namespace liaison::testing {

class PaperHub::Stream : public PublishFrameStream {
 public:
  explicit Stream(std::shared_ptr<PaperHub> hub) : hub_(std::move(hub)) {
    v1::PublishStreamResponse settings;
    settings.mutable_settings()->set_max_inflight_frames(8);
    settings.mutable_settings()->set_max_inflight_bytes(8 << 20);
    settings.mutable_settings()->set_max_frame_items(1000);
    settings.mutable_settings()->set_max_frame_bytes(1 << 20);
    answers_.push_back(std::move(settings));
  }

  bool Write(const v1::PublishStreamRequest& frame) override {
    v1::PublishStreamResponse response;
    response.mutable_results()->set_frame_id(frame.frame_id());
    bool cut = false;
    {
      absl::MutexLock lock(&hub_->mutex_);
      for (const v1::PublishItem& item : frame.items()) {
        if (hub_->cut_after_ == 0) cut = true;
        if (cut) break;
        *response.mutable_results()->add_results() = hub_->Take(item);
        if (hub_->cut_after_.has_value() && --*hub_->cut_after_ == 0) cut = true;
      }
      if (cut) hub_->failure_ = absl::UnavailableError("the line is cut");
    }
    absl::MutexLock lock(&mutex_);
    if (!cut) answers_.push_back(std::move(response));
    return !cut;
  }
  void WritesDone() override {
    absl::MutexLock lock(&mutex_);
    done_ = true;
  }
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration timeout) override {
    std::function<void()> before_answer;
    {
      absl::MutexLock lock(&hub_->mutex_);
      if (!hub_->failure_.ok()) return hub_->failure_;
      if (!hub_->not_let_in_.ok()) return hub_->not_let_in_;
      before_answer = hub_->before_answer_;
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &Stream::MayRead),
                            std::min(timeout, absl::Milliseconds(5)));
    if (!answers_.empty()) {
      v1::PublishStreamResponse answer = std::move(answers_.front());
      answers_.pop_front();
      if (before_answer && answer.has_results()) before_answer();
      return answer;
    }
    if (done_) return std::nullopt;
    return absl::DeadlineExceededError("nothing came");
  }
  void Cancel() override { WritesDone(); }

 private:
  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return done_ || !answers_.empty(); }

  const std::shared_ptr<PaperHub> hub_;
  absl::Mutex mutex_;
  std::deque<v1::PublishStreamResponse> answers_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

void PaperHub::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(status);
  cut_after_.reset();
}

void PaperHub::LetNobodyIn(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  not_let_in_ = std::move(status);
}

void PaperHub::CutAfter(int events) {
  absl::MutexLock lock(&mutex_);
  cut_after_ = events;
}

void PaperHub::JudgeBy(std::function<absl::Status(const std::string&)> judge) {
  absl::MutexLock lock(&mutex_);
  judge_ = std::move(judge);
}

void PaperHub::GiveReceiptsOf(std::string log_id) {
  absl::MutexLock lock(&mutex_);
  receipts_of_ = std::move(log_id);
}

void PaperHub::BeforeAnswer(std::function<void()> what) {
  absl::MutexLock lock(&mutex_);
  before_answer_ = std::move(what);
}

std::vector<std::string> PaperHub::log() const {
  absl::MutexLock lock(&mutex_);
  return log_;
}

std::vector<std::string> PaperHub::tries(const std::string& event_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = tries_.find(event_id);
  return found == tries_.end() ? std::vector<std::string>() : found->second;
}

int PaperHub::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

v1::PublishResult PaperHub::Take(const v1::PublishItem& item) {
  v1::EventHeader header;
  if (item.has_signed_()) header.ParseFromString(item.signed_().header());
  const std::string author = item.has_draft() ? item.draft().author() : header.author();
  const std::string id = item.has_draft() ? item.draft().event_id() : header.event_id();
  tries_[id].push_back(item.SerializeAsString());
  v1::PublishResult result;
  const absl::Status verdict = judge_ ? judge_(id) : absl::OkStatus();
  if (!verdict.ok()) {
    *result.mutable_error() = record::ToProto(verdict);
    return result;
  }
  const auto [place, is_new] = known_.emplace(std::make_pair(author, id), log_.size() + 1);
  if (is_new) log_.push_back(id);
  v1::Receipt& receipt = *result.mutable_receipt();
  receipt.set_event_id(id);
  receipt.mutable_position()->set_log_id(receipts_of_);
  receipt.mutable_position()->set_sequence(place->second);
  receipt.set_duplicate(!is_new);
  return result;
}

absl::StatusOr<v1::GetHubResponse> PaperHub::GetHub(const v1::GetHubRequest&) {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  if (!failure_.ok()) return failure_;
  v1::GetHubResponse hub;
  hub.set_hub("paper");
  hub.mutable_head()->set_log_id(log_id_);
  hub.mutable_head()->set_sequence(log_.size());
  return hub;
}

std::unique_ptr<PublishFrameStream> PaperHub::PublishStream() {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  return std::make_unique<Stream>(shared_from_this());
}

}  // namespace liaison::testing
