#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/internal/backoff.h"
#include "client/internal/clock.h"
#include "client/internal/resumable.h"
#include "google/protobuf/util/time_util.h"
#include "liaison/durable_subscription.h"
#include "liaison/error.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

using google::protobuf::util::TimeUtil;

// Verdicts go out together once there are so many.
constexpr size_t kMaxBatch = 100;
// What a hub takes at once: settlements in a frame, and tokens that a member says it holds.
constexpr size_t kMaxSettlements = 1000;
constexpr size_t kMaxHeld = 10'000;
// Heartbeats that may be missing.
constexpr int kMissedHeartbeats = 3;
constexpr absl::Duration kHeartbeat = absl::Seconds(5);
// Until what the hub's log did not take is said again.
constexpr absl::Duration kAgainAfter = absl::Seconds(1);
// How long a stop waits for the hub's last word.
constexpr absl::Duration kStopPatience = absl::Seconds(5);

// In frames of `batch`, as many as it takes.
void AppendFrames(uint64_t batch, const std::vector<v1::Settlement>& said,
                  std::vector<v1::ConsumeRequest>* frames) {
  for (size_t i = 0; i < said.size(); ++i) {
    if (i % kMaxSettlements == 0) frames->emplace_back().mutable_settlements()->set_batch(batch);
    *frames->back().mutable_settlements()->add_settlements() = said[i];
  }
}

ConsumeOptions WithinBounds(ConsumeOptions options) {
  options.max_buffered = std::clamp<uint32_t>(options.max_buffered, 1, uint32_t{kMaxHeld});
  options.max_buffered_size_bytes = std::max<uint64_t>(options.max_buffered_size_bytes, 1);
  return options;
}

v1::Settlement ReleaseOf(const v1::Delivery& delivery) {
  v1::Settlement release;
  release.set_ack_token(delivery.ack_token());
  release.set_action(v1::SETTLE_ACTION_RELEASE);
  return release;
}

}  // namespace

Verdict Verdict::Retry(std::string reason, std::optional<absl::Duration> delay) {
  Verdict verdict(v1::SETTLE_ACTION_RETRY);
  verdict.reason_ = std::move(reason);
  verdict.delay_ = delay;
  return verdict;
}

Verdict Verdict::DeadLetter(std::string reason) {
  Verdict verdict(v1::SETTLE_ACTION_DEAD_LETTER);
  verdict.reason_ = std::move(reason);
  return verdict;
}

v1::Settlement Verdict::ToSettlement(std::string ack_token) const {
  v1::Settlement settlement;
  settlement.set_ack_token(std::move(ack_token));
  settlement.set_action(action_);
  settlement.set_reason(reason_);
  if (delay_) {
    *settlement.mutable_delay() =
        TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(*delay_));
  }
  return settlement;
}

// The caller's thread handles; one of its own connects, reads, and extends leases. Between them: a
// buffer of deliveries, and the verdicts of which the hub has not said that it has them.
class DurableConsumer::Impl {
 public:
  Impl(std::shared_ptr<DurableConnection> connection, std::string subscription,
       ConsumeOptions options)
      : connection_(std::move(connection)),
        name_(std::move(subscription)),
        options_(WithinBounds(std::move(options))),
        member_(options_.member) {}

  absl::Status Run(const Handler& handler) {
    std::thread reader([this] {
      KeepReading();
      absl::MutexLock lock(&mu_);
      reader_done_ = true;
    });
    HandleAll(handler);
    GiveBack();
    Close();
    reader.join();
    absl::MutexLock lock(&mu_);
    return end_;
  }

  void Stop() {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  uint64_t settled() const {
    absl::MutexLock lock(&mu_);
    return settled_;
  }
  uint64_t refused() const {
    absl::MutexLock lock(&mu_);
    return refused_;
  }

 private:
  struct Held {
    v1::Delivery delivery;
    size_t size_bytes = 0;
  };

  bool Woken() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || ended_ || !buffer_.empty();
  }
  bool AllAnswered() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return ended_ || (unanswered_.empty() && said_.empty());
  }

  // --- the caller's thread
  // ------------------------------------------------------------------------

  void HandleAll(const Handler& handler) {
    while (true) {
      Held held;
      {
        absl::MutexLock lock(&mu_);
        mu_.Await(absl::Condition(this, &Impl::Woken));
        if (stopping_ || ended_) return;
        held = std::move(buffer_.front());
        buffer_.pop_front();
        in_hand_ = held.delivery.ack_token();
      }
      absl::StatusOr<Event> event = Event::Open(held.delivery.event());
      if (!event.ok()) return EndWith(event.status());
      const Verdict verdict = handler(*event, held.delivery.attempt());
      bool flush = false;
      {
        absl::MutexLock lock(&mu_);
        said_.push_back(verdict.ToSettlement(std::exchange(in_hand_, "")));
        ++free_messages_;
        free_size_bytes_ += held.size_bytes;
        flush = buffer_.empty() || said_.size() >= kMaxBatch;
      }
      if (flush) Flush();
    }
  }

  // Says what was decided, and that there is room again.
  void Flush() {
    absl::MutexLock writing(&write_mu_);
    std::vector<v1::ConsumeRequest> frames;
    std::shared_ptr<ConsumeStream> stream;
    {
      absl::MutexLock lock(&mu_);
      for (size_t i = 0; i < said_.size(); i += kMaxSettlements) {
        const auto begin = said_.begin() + static_cast<std::ptrdiff_t>(i);
        const size_t count = std::min(kMaxSettlements, said_.size() - i);
        std::vector<v1::Settlement>& batch = unanswered_[++last_batch_];
        batch.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
        AppendFrames(last_batch_, batch, &frames);
      }
      said_.clear();
      // A stream that is not joined yet hears of it when it is.
      if (!joined_) return;
      stream = stream_;
      if (free_messages_ > 0) {
        v1::Credit& credit = *frames.emplace_back().mutable_credit();
        credit.set_messages(std::exchange(free_messages_, 0));
        credit.set_bytes(std::exchange(free_size_bytes_, 0));
      }
    }
    for (const v1::ConsumeRequest& frame : frames) stream->Write(frame);
  }

  // What was not handled is another's, at once.
  void GiveBack() {
    {
      absl::MutexLock lock(&mu_);
      if (ended_) return;
      leaving_ = true;
      for (const Held& held : buffer_) said_.push_back(ReleaseOf(held.delivery));
      buffer_.clear();
      free_messages_ = 0;
    }
    Flush();
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(this, &Impl::AllAnswered), kStopPatience);
  }

  // In order where the hub still hears: then it need not wait for any lease.
  void Close() {
    std::shared_ptr<ConsumeStream> stream;
    {
      absl::MutexLock writing(&write_mu_);
      absl::MutexLock lock(&mu_);
      closing_ = true;
      stream = stream_;
    }
    if (stream == nullptr) return;
    stream->WritesDone();
    {
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&reader_done_), kStopPatience);
    }
    stream->Cancel();
  }

  // --- the reader's thread
  // ------------------------------------------------------------------------

  void KeepReading() {
    internal::Backoff backoff(options_.initial_backoff, options_.max_backoff);
    internal::FateCounter fates;
    absl::Duration heard = internal::Clock::System()->Elapsed();
    while (true) {
      std::shared_ptr<ConsumeStream> stream = Open();
      bool progress = false;
      const absl::Status lost = ReadAll(stream.get(), &progress);
      {
        absl::MutexLock lock(&mu_);
        joined_ = false;
        stream_ = nullptr;
        if (closing_) return;
      }
      const absl::Duration now = internal::Clock::System()->Elapsed();
      if (progress) {
        heard = now;
        backoff.Reset();
        fates.Progress();
      }
      if (!fates.MayResume(lost) || now - heard >= options_.give_up_after) return EndWith(lost);
      absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&closing_), backoff.Next(RetryDelayOf(lost)));
      if (closing_) return;
    }
  }

  std::shared_ptr<ConsumeStream> Open() {
    std::shared_ptr<ConsumeStream> stream = connection_->Consume();
    v1::ConsumeRequest request;
    v1::ConsumeStart& start = *request.mutable_start();
    start.set_name(name_);
    *start.mutable_heartbeat_interval() =
        TimeUtil::SecondsToDuration(absl::ToInt64Seconds(kHeartbeat));
    {
      absl::MutexLock lock(&mu_);
      // Whoever stopped it meanwhile has seen no stream that could be ended.
      if (closing_) stream->Cancel();
      stream_ = stream;
      start.set_member(member_);
      start.set_epoch(epoch_);
      // More than the hub hears of: what came last is as if it had not come, and comes again.
      for (size_t held = Tokens().size(); held > kMaxHeld && !buffer_.empty(); --held) {
        buffer_.pop_back();
      }
      for (std::string& token : Tokens()) start.add_held(std::move(token));
    }
    stream->Write(request);
    return stream;
  }

  // All that is held: buffered, in hand, or settled in words that the hub may not have heard.
  std::vector<std::string> Tokens() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::vector<std::string> tokens;
    for (const Held& held : buffer_) tokens.push_back(held.delivery.ack_token());
    if (!in_hand_.empty()) tokens.push_back(in_hand_);
    for (const v1::Settlement& one : said_) tokens.push_back(one.ack_token());
    for (const auto& batch : unanswered_) {
      for (const v1::Settlement& one : batch.second) tokens.push_back(one.ack_token());
    }
    return tokens;
  }

  // Until the stream is lost. `progress`: the hub took it up.
  absl::Status ReadAll(ConsumeStream* stream, bool* progress) {
    internal::Clock* const clock = internal::Clock::System();
    absl::Duration heard = clock->Elapsed();
    absl::Duration extended = heard;
    absl::Duration said = heard;
    while (true) {
      const absl::Duration lease = Lease();
      absl::StatusOr<std::optional<v1::ConsumeResponse>> read =
          stream->Read(std::min(lease / 4, kHeartbeat));
      const absl::Duration now = clock->Elapsed();
      if (read.ok() && !read->has_value())
        return absl::UnavailableError("the hub ended the stream");
      if (!read.ok() && !absl::IsDeadlineExceeded(read.status())) return read.status();
      if (read.ok()) {
        heard = now;
        LIAISON_RETURN_IF_ERROR(CheckLog((*read)->joined()));
        if (Take(stream, **read)) *progress = true;
      } else if (now - heard > kMissedHeartbeats * kHeartbeat) {
        stream->Cancel();
        return absl::UnavailableError("nothing heard from the hub");
      }
      if (now - extended >= lease / 3) {
        extended = now;
        Extend(stream);
      }
      if (now - said >= kAgainAfter) {
        said = now;
        if (HasToSayAgain()) Flush();
      }
    }
  }

  // That it is the log that this consumer has read from. One that was put back to an earlier copy
  // goes on with other events at the places of those that it lost; whoever starts a new consumer
  // has decided that this is all right.
  absl::Status CheckLog(const v1::Joined& joined) {
    absl::MutexLock lock(&mu_);
    const v1::Position& head = joined.head();
    if (head.log_id().empty()) return absl::OkStatus();
    if (!log_id_.empty() && head.log_id() != log_id_) {
      return record::Error(Reason::kLogIncarnationChanged,
                           absl::StrCat("this consumer was reading the log ", log_id_,
                                        ", and the hub has another one now: it was recreated, or "
                                        "restored from a backup"))
          .With("log_id", head.log_id())
          .With("head", head.sequence());
    }
    if (head.sequence() < seen_) {
      return record::Error(Reason::kPositionAheadOfLog,
                           absl::StrCat("this consumer has seen event ", seen_,
                                        ", and the hub's log ends at ", head.sequence(),
                                        " now: it was put back to an earlier copy"))
          .With("sequence", seen_)
          .With("head", head.sequence());
    }
    log_id_ = head.log_id();
    seen_ = head.sequence();
    return absl::OkStatus();
  }

  bool HasToSayAgain() {
    absl::MutexLock lock(&mu_);
    return std::exchange(again_, false);
  }

  absl::Duration Lease() const {
    absl::MutexLock lock(&mu_);
    return lease_;
  }

  // True where it says that the hub has taken the stream up.
  bool Take(ConsumeStream* stream, v1::ConsumeResponse& frame) {
    switch (frame.frame_case()) {
      case v1::ConsumeResponse::kJoined:
        Joined(stream, frame.joined());
        return true;
      case v1::ConsumeResponse::kDeliveries:
        Keep(*frame.mutable_deliveries());
        return true;
      case v1::ConsumeResponse::kResults:
        Answered(frame.results());
        return true;
      default:
        return false;
    }
  }

  void Keep(v1::Deliveries& deliveries) {
    bool leaving = false;
    {
      absl::MutexLock lock(&mu_);
      leaving = leaving_;
      for (v1::Delivery& delivery : *deliveries.mutable_deliveries()) {
        if (leaving) {
          said_.push_back(ReleaseOf(delivery));
          continue;
        }
        const size_t size_bytes = delivery.event().ByteSizeLong();
        seen_ = std::max(seen_, delivery.event().sequence());
        buffer_.push_back({std::move(delivery), size_bytes});
      }
    }
    if (leaving) Flush();
  }

  void Joined(ConsumeStream* stream, const v1::Joined& joined) {
    absl::MutexLock writing(&write_mu_);
    std::vector<v1::ConsumeRequest> frames;
    {
      absl::MutexLock lock(&mu_);
      member_ = joined.member();
      epoch_ = joined.epoch();
      lease_ = absl::Seconds(joined.lease().seconds()) + absl::Nanoseconds(joined.lease().nanos());
      joined_ = true;
      for (const auto& batch : unanswered_) AppendFrames(batch.first, batch.second, &frames);
      free_messages_ = 0;
      free_size_bytes_ = 0;
      size_t held_size_bytes = 0;
      for (const Held& held : buffer_) held_size_bytes += held.size_bytes;
      const size_t held = buffer_.size() + (in_hand_.empty() ? 0 : 1);
      if (!leaving_ && held < options_.max_buffered) {
        v1::Credit& credit = *frames.emplace_back().mutable_credit();
        credit.set_messages(options_.max_buffered - static_cast<uint32_t>(held));
        credit.set_bytes(options_.max_buffered_size_bytes -
                         std::min<uint64_t>(held_size_bytes, options_.max_buffered_size_bytes));
      }
    }
    for (const v1::ConsumeRequest& frame : frames) stream->Write(frame);
  }

  void Answered(const v1::SettleResults& results) {
    absl::MutexLock lock(&mu_);
    auto batch = unanswered_.find(results.batch());
    if (batch == unanswered_.end()) return;
    for (size_t i = 0; i < batch->second.size(); ++i) {
      // What a hub does not answer, it is told again.
      switch (static_cast<int>(i) < results.results_size() ? results.results(static_cast<int>(i))
                                                           : v1::SETTLE_RESULT_TRY_AGAIN) {
        case v1::SETTLE_RESULT_OK:
        case v1::SETTLE_RESULT_ALREADY_SETTLED:
          ++settled_;
          break;
        case v1::SETTLE_RESULT_TRY_AGAIN:
          said_.push_back(batch->second[i]);
          again_ = true;
          break;
        default:
          ++refused_;
      }
    }
    unanswered_.erase(batch);
  }

  void Extend(ConsumeStream* stream) {
    absl::MutexLock writing(&write_mu_);
    std::vector<v1::ConsumeRequest> frames;
    {
      absl::MutexLock lock(&mu_);
      if (!joined_) return;
      std::vector<v1::Settlement> said;
      for (std::string& token : Tokens()) {
        v1::Settlement& extend = said.emplace_back();
        extend.set_ack_token(std::move(token));
        extend.set_action(v1::SETTLE_ACTION_EXTEND);
      }
      // Batch 0 is answered to nobody.
      AppendFrames(0, said, &frames);
    }
    for (const v1::ConsumeRequest& frame : frames) stream->Write(frame);
  }

  void EndWith(const absl::Status& why) {
    absl::MutexLock lock(&mu_);
    if (ended_) return;
    ended_ = true;
    end_ = why;
  }

  const std::shared_ptr<DurableConnection> connection_;
  const std::string name_;
  const ConsumeOptions options_;

  absl::Mutex write_mu_ ABSL_ACQUIRED_BEFORE(mu_);  // one writes at a time

  mutable absl::Mutex mu_;
  std::string member_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<ConsumeStream> stream_ ABSL_GUARDED_BY(mu_);
  uint64_t epoch_ ABSL_GUARDED_BY(mu_) = 0;
  std::string log_id_ ABSL_GUARDED_BY(mu_);  // of the log that is read
  uint64_t seen_ ABSL_GUARDED_BY(mu_) = 0;   // of it, for certain
  absl::Duration lease_ ABSL_GUARDED_BY(mu_) = absl::Seconds(30);
  std::deque<Held> buffer_ ABSL_GUARDED_BY(mu_);
  std::string in_hand_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::Settlement> said_ ABSL_GUARDED_BY(mu_);  // not yet sent
  bool again_ ABSL_GUARDED_BY(mu_) = false;                // some of it not for the first time
  std::map<uint64_t, std::vector<v1::Settlement>> unanswered_ ABSL_GUARDED_BY(mu_);
  uint64_t last_batch_ ABSL_GUARDED_BY(mu_) = 0;
  uint32_t free_messages_ ABSL_GUARDED_BY(mu_) = 0;  // room that the hub does not know of
  uint64_t free_size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t settled_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t refused_ ABSL_GUARDED_BY(mu_) = 0;
  bool joined_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;  // handle no more
  bool leaving_ ABSL_GUARDED_BY(mu_) = false;   // take no more
  bool closing_ ABSL_GUARDED_BY(mu_) = false;   // read no more
  bool reader_done_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mu_);
};

DurableConsumer::DurableConsumer(std::shared_ptr<DurableConnection> connection,
                                 std::string subscription, ConsumeOptions options)
    : impl_(std::make_unique<Impl>(std::move(connection), std::move(subscription),
                                   std::move(options))) {}
DurableConsumer::~DurableConsumer() = default;
absl::Status DurableConsumer::Run(const Handler& handler) { return impl_->Run(handler); }
void DurableConsumer::Stop() { impl_->Stop(); }
uint64_t DurableConsumer::settled() const { return impl_->settled(); }
uint64_t DurableConsumer::refused() const { return impl_->refused(); }

}  // namespace liaison
