// Consume: credit and settlements in, deliveries and results out.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/limits.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"
#include "server/rpc/subscriptions.h"
#include "server/rpc/write_watch.h"
#include "server/subscriptions/limits.h"

namespace liaison::rpc {
namespace {

namespace subs = ::liaison::subscriptions;
using google::protobuf::util::TimeUtil;
using record::Error;
using record::Reason;

// Settlements that wait for their answer; beyond it the stream is not read.
constexpr size_t kMaxUnanswered = 16;

// A frame on its way out, and the deliveries in it.
struct Outgoing {
  grpc::ByteBuffer buffer;
  size_t size_bytes = 0;  // of the deliveries
  std::vector<std::string> ack_tokens;
};

// ConsumeResponse{deliveries: Deliveries{...}} around what is serialised already.
Outgoing ToFrame(const std::vector<subs::Delivery>& deliveries, size_t begin, size_t end) {
  Outgoing out;
  std::string inner;
  for (size_t i = begin; i < end; ++i) {
    AppendDelivery(deliveries[i], &inner);
    out.ack_tokens.push_back(deliveries[i].ack_token);
  }
  std::string prefix;
  fanout::AppendVarint(pb::ConsumeResponse::kDeliveriesFieldNumber << 3 | 2, &prefix);
  fanout::AppendVarint(inner.size(), &prefix);
  const grpc::Slice slices[] = {grpc::Slice(prefix), grpc::Slice(inner)};
  out.buffer = grpc::ByteBuffer(slices, 2);
  out.size_bytes = inner.size();
  return out;
}

absl::StatusOr<absl::Duration> HeartbeatInterval(const pb::ConsumeStart& start) {
  if (!start.has_heartbeat_interval()) return absl::Seconds(record::kDefaultHeartbeat_s);
  const absl::Duration interval = absl::Seconds(start.heartbeat_interval().seconds()) +
                                  absl::Nanoseconds(start.heartbeat_interval().nanos());
  if (interval < absl::Seconds(record::kMinHeartbeat_s) ||
      interval > absl::Seconds(record::kMaxHeartbeat_s)) {
    return record::FieldInvalid("start.heartbeat_interval", "between 1 s and 60 s");
  }
  return interval;
}

// A ConsumeCall reads one frame, acts on it, and reads the next; what comes of it, and deliveries,
// go out one write at a time. It is finished once, by whoever finds that nothing is under way any
// more.
//
// Shared by gRPC (until OnDone), the worker that acts, the registry, and the desk (until Detach).
class ConsumeCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                          public subs::Consumer,
                          public OpenStream,
                          public std::enable_shared_from_this<ConsumeCall> {
 public:
  ConsumeCall(const Hub& hub, grpc::CallbackServerContext* context)
      : hub_(hub),
        context_(context),
        watch_(hub.slow_consumer_timeout, fanout::kUntakenStatusGrace) {}

  void Start(std::shared_ptr<ConsumeCall> self) {
    self_ = std::move(self);
    absl::StatusOr<auth::Principal> principal = Enter<pb::ConsumeRequest>(*context_, hub_, 0);
    absl::Status opened = principal.status();
    if (principal.ok()) principal_ = *std::move(principal);
    if (opened.ok() && principal_.organisation.empty()) {
      opened = NameFor(principal_, "anything").status();
    }
    if (opened.ok()) {
      absl::MutexLock lock(&mu_);
      reading_ = true;
      watch_.Rested(absl::Now());
    }
    if (opened.ok()) opened = AddStream(hub_, principal_, *context_, self_);
    if (opened.ok()) return StartRead(&read_);
    {
      absl::MutexLock lock(&mu_);
      finished_ = true;
    }
    EndCall(hub_, opened, [self = self_, opened] { self->Finish(ToGrpcStatus(opened)); });
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      reading_ = false;
      acting_ = ok;
      if (!ok) reads_done_ = true;
    }
    if (!ok) return Continue();
    CountMessage(hub_, *context_, read_.Length());
    hub_.pool->Post([self = shared_from_this()] { self->Act(); });
  }

  void OnWriteDone(bool ok) override {
    std::vector<std::string> written;
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      if (!watch_.Ended(absl::Now())) return;
      if (ok) {
        written = std::move(current_.ack_tokens);
        unwritten_size_bytes_ -= current_.size_bytes;
        current_ = Outgoing();
      } else {
        broken_ = true;
      }
    }
    if (!written.empty()) hub_.desk->Began(name_, std::move(written));
    Continue();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      broken_ = true;
    }
    Continue();
  }

  void OnDone() override {
    hub_.streams->Remove(this);
    subs::Name name;
    {
      absl::MutexLock lock(&mu_);
      if (closed_) name = name_;
    }
    // A line that broke looks like a client that closed its side, until now.
    if (!name.name.empty()) {
      hub_.desk->Detach(name, self_, {}, /*in_order=*/!context_->IsCancelled());
    }
    self_.reset();
  }

  // subs::Consumer.
  void Deliver(std::vector<subs::Delivery> deliveries) override {
    std::vector<std::string> too_late;
    {
      absl::MutexLock lock(&mu_);
      for (size_t begin = 0; begin < deliveries.size();) {
        size_t end = begin;
        for (size_t bytes = 0; end < deliveries.size() && bytes < record::kMaxFrameSizeBytes;) {
          bytes += deliveries[end++].event_field.size();
        }
        out_.push_back(ToFrame(deliveries, begin, end));
        unwritten_size_bytes_ += out_.back().size_bytes;
        begin = end;
      }
      if (finished_) too_late = TakeUnwritten();
    }
    if (!too_late.empty()) hub_.desk->Release(name_, std::move(too_late));
    Continue();
  }
  size_t Room() override {
    absl::MutexLock lock(&mu_);
    return subs::kMaxUnwrittenSizeBytes -
           std::min(subs::kMaxUnwrittenSizeBytes, unwritten_size_bytes_);
  }
  void End(const absl::Status& why) override { EndWith(why); }
  std::optional<auth::Principal> Renew() override {
    // The context is there as long as the call is not finished, and it is not while this is held.
    absl::MutexLock lock(&mu_);
    if (finished_) return std::nullopt;
    auto principal = EnterAgain<pb::ConsumeRequest>(*context_, hub_);
    return principal.ok() ? std::make_optional(*std::move(principal)) : std::nullopt;
  }

  // OpenStream.
  void Tick(absl::Time now) override {
    WriteWatch::Verdict verdict;
    bool due = false;
    {
      absl::MutexLock lock(&mu_);
      verdict = watch_.Look(now);
      if (finished_) {
        if (verdict == WriteWatch::Verdict::kBreakOff && slow_) context_->TryCancel();
        return;
      }
      due = joined_ && !writing_ && out_.empty() && watch_.idle(now) >= heartbeat_interval_;
      if (due) {
        pb::ConsumeResponse response;
        *response.mutable_heartbeat()->mutable_time() =
            TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(now));
        out_.push_back({SerializeMessage(response), 0, {}});
      }
    }
    if (verdict == WriteWatch::Verdict::kEnd) return EndSlow();
    if (absl::Status stays = hub_.gate->CheckStays(principal_, now); !stays.ok()) {
      return EndWith(stays);
    }
    if (due) Continue();
  }

  void Drain() override {
    pb::ConsumeResponse response;
    response.mutable_closing()->set_shutting_down(true);
    {
      absl::MutexLock lock(&mu_);
      if (!finished_) out_.push_back({SerializeMessage(response), 0, {}});
    }
    EndWith(Error(Reason::kShuttingDown, "the hub is shutting down; come again as the same member")
                .RetryAfter(absl::Seconds(1)));
  }

 private:
  void EndWith(const absl::Status& why) {
    {
      absl::MutexLock lock(&mu_);
      if (!ending_) ending_ = why;
    }
    Continue();
  }

  // A write that is not taken does not come back; the status goes behind it.
  void EndSlow() {
    std::vector<std::string> unwritten;
    subs::Name name;
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      finished_ = true;
      slow_ = true;
      name = name_;
      unwritten = TakeUnwritten();
    }
    std::shared_ptr<ConsumeCall> keep = shared_from_this();
    hub_.desk->Detach(name, keep, std::move(unwritten), false);
    Finish(ToGrpcStatus(
        Error(Reason::kSlowConsumer, "nothing was read from this stream for too long; come again")
            .RetryAfter(absl::ZeroDuration())));
  }

  void Act() {
    pb::ConsumeRequest request;
    absl::Status acted = hub_.gate->CheckStays(principal_, absl::Now());
    if (acted.ok()) acted = Charge(hub_, principal_, *context_, read_.Length());
    if (acted.ok()) acted = ParseMessage(read_, &request);
    if (acted.ok()) acted = ActOn(request);
    {
      absl::MutexLock lock(&mu_);
      acting_ = false;
      if (!acted.ok() && !ending_) ending_ = acted;
    }
    Continue();
  }

  absl::Status ActOn(const pb::ConsumeRequest& request) {
    if (request.frame_case() == pb::ConsumeRequest::kStart) return Join(request.start());
    if (name_.name.empty()) return record::FieldInvalid("start", "comes first, and says the name");
    if (request.frame_case() == pb::ConsumeRequest::kCredit) {
      Grant(request.credit());
    } else if (request.frame_case() == pb::ConsumeRequest::kSettlements) {
      return Settle(request.settlements());
    }
    return absl::OkStatus();
  }

  absl::Status Join(const pb::ConsumeStart& start) {
    if (!name_.name.empty()) return record::FieldInvalid("start", "only once on a stream");
    LIAISON_ASSIGN_OR_RETURN(const absl::Duration heartbeat, HeartbeatInterval(start));
    std::string member = start.member();
    if (member.empty()) member = record::Uuid::Random().ToString();
    if (!NameFor(principal_, member).ok()) {
      return record::FieldInvalid("start.member",
                                  "at most 64 lower-case letters, digits, -, . and _");
    }
    if (static_cast<uint64_t>(start.held_size()) > subs::kMaxCreditMessages) {
      return record::FieldInvalid("start.held", absl::StrCat("at most ", subs::kMaxCreditMessages));
    }
    LIAISON_ASSIGN_OR_RETURN(subs::Name name, NameFor(principal_, start.name()));
    {
      absl::MutexLock lock(&mu_);
      name_ = std::move(name);
      heartbeat_interval_ = heartbeat;
    }
    hub_.desk->Attach(
        name_, member, start.epoch(), {start.held().begin(), start.held().end()},
        shared_from_this(),
        [self = shared_from_this(), member, heartbeat](const absl::StatusOr<subs::JoinedAs>& as) {
          if (!as.ok()) return self->EndWith(as.status());
          self->Joined(member, heartbeat, *as);
        });
    return absl::OkStatus();
  }

  // What comes with the start, before the desk knows the member, counts as well.
  void Grant(const pb::Credit& credit) {
    {
      absl::MutexLock lock(&mu_);
      if (!joined_) {
        early_messages_ += std::min<uint64_t>(credit.messages(), subs::kMaxCreditMessages);
        early_size_bytes_ += std::min(credit.bytes(), subs::kMaxCreditSizeBytes);
        return;
      }
    }
    hub_.desk->Grant(name_, shared_from_this(), credit.messages(), credit.bytes());
  }

  void Joined(const std::string& member, absl::Duration heartbeat, const subs::JoinedAs& as) {
    pb::ConsumeResponse response;
    pb::Joined& joined = *response.mutable_joined();
    joined.set_member(member);
    joined.set_epoch(as.epoch);
    joined.set_generation(as.generation);
    *joined.mutable_lease() = TimeUtil::MicrosecondsToDuration(as.lease_us);
    *joined.mutable_heartbeat_interval() =
        TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(heartbeat));
    joined.mutable_position()->set_log_id(hub_.log->log_id().ToString());
    joined.mutable_position()->set_sequence(as.position);
    joined.mutable_head()->set_log_id(hub_.log->log_id().ToString());
    joined.mutable_head()->set_sequence(hub_.tail->head());
    bool too_late = false;
    uint64_t messages = 0;
    uint64_t size_bytes = 0;
    {
      absl::MutexLock lock(&mu_);
      too_late = finished_;
      joined_ = true;
      messages = early_messages_;
      size_bytes = early_size_bytes_;
      out_.push_front({SerializeMessage(response), 0, {}});
    }
    if (messages > 0 || size_bytes > 0) {
      hub_.desk->Grant(name_, shared_from_this(), messages, size_bytes);
    }
    if (too_late) hub_.desk->Detach(name_, shared_from_this(), {}, false);
    Continue();
  }

  absl::Status Settle(const pb::Settlements& said) {
    LIAISON_RETURN_IF_ERROR(CheckSettlements(said.settlements()));
    {
      absl::MutexLock lock(&mu_);
      ++unanswered_;
    }
    hub_.desk->Settle(
        name_, {said.settlements().begin(), said.settlements().end()},
        [self = shared_from_this(), batch = said.batch(), count = said.settlements_size()](
            const absl::StatusOr<std::vector<pb::SettleResult>>& results) {
          self->Settled(batch, count, results);
        });
    return absl::OkStatus();
  }

  void Settled(uint64_t batch, int count,
               const absl::StatusOr<std::vector<pb::SettleResult>>& results) {
    pb::ConsumeResponse response;
    response.mutable_results()->set_batch(batch);
    for (int i = 0; i < count; ++i) {
      response.mutable_results()->add_results(results.ok() ? (*results)[i]
                                                           : pb::SETTLE_RESULT_TRY_AGAIN);
    }
    {
      absl::MutexLock lock(&mu_);
      --unanswered_;
      out_.push_back({SerializeMessage(response), 0, {}});
    }
    Continue();
  }

  // The deliveries that never went out.
  std::vector<std::string> TakeUnwritten() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::vector<std::string> tokens = std::move(current_.ack_tokens);
    current_.ack_tokens.clear();
    for (Outgoing& out : out_) {
      for (std::string& token : out.ack_tokens) tokens.push_back(std::move(token));
      out.ack_tokens.clear();
    }
    return tokens;
  }

  // Keeps results and the last word, of what is not written yet.
  std::vector<std::string> DropDeliveries() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::vector<std::string> tokens;
    for (Outgoing& out : out_) {
      for (const std::string& token : out.ack_tokens) tokens.push_back(token);
    }
    out_.erase(std::remove_if(out_.begin(), out_.end(),
                              [](const Outgoing& out) { return !out.ack_tokens.empty(); }),
               out_.end());
    return tokens;
  }

  // Does whatever can be done now: write, read on, or finish.
  void Continue() {
    enum { kNothing, kWrite, kFinish } act = kNothing;
    bool read_on = false;
    bool detach = false;  // a member that closed its side is looked at when it is over
    absl::Status status;
    std::vector<std::string> unwritten;
    subs::Name name;
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      const bool leaving = reads_done_ || ending_;
      if (leaving || broken_) unwritten = DropDeliveries();
      if (broken_) out_.clear();
      if (!writing_ && !out_.empty()) {
        current_ = std::move(out_.front());
        out_.pop_front();
        writing_ = true;
        watch_.Began(absl::Now());
        act = kWrite;
      } else if (!writing_ && !acting_ && (broken_ || (leaving && unanswered_ == 0))) {
        finished_ = true;
        for (std::string& token : TakeUnwritten()) unwritten.push_back(std::move(token));
        closed_ = reads_done_ && !broken_ && !ending_;
        status = broken_   ? absl::CancelledError("the member is gone")
                 : ending_ ? *ending_
                           : absl::OkStatus();
        act = kFinish;
      }
      if (act != kFinish && !reading_ && !acting_ && !leaving && !broken_ &&
          unanswered_ < kMaxUnanswered) {
        reading_ = true;
        read_on = true;
      }
      detach = act == kFinish && !closed_;
      if (detach || !unwritten.empty()) name = name_;
    }
    // Whoever has not begun has no name, and is nobody's member.
    if (detach && !name.name.empty()) {
      hub_.desk->Detach(name, shared_from_this(), std::move(unwritten), /*in_order=*/false);
    } else if (!unwritten.empty()) {
      hub_.desk->Release(name, std::move(unwritten));
    }
    if (read_on) StartRead(&read_);
    if (act == kWrite) StartWrite(&current_.buffer);
    if (act == kFinish) {
      EndCall(hub_, status,
              [keep = shared_from_this(), status] { keep->Finish(ToGrpcStatus(status)); });
    }
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  auth::Principal principal_;          // set before anything is read
  std::shared_ptr<ConsumeCall> self_;  // gRPC's share
  subs::Name name_;                    // set by the first frame, before anybody else asks
  grpc::ByteBuffer read_;              // gRPC's, or the worker's that acts

  absl::Mutex mu_;
  absl::Duration heartbeat_interval_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  WriteWatch watch_ ABSL_GUARDED_BY(mu_);
  std::deque<Outgoing> out_ ABSL_GUARDED_BY(mu_);
  size_t unwritten_size_bytes_ ABSL_GUARDED_BY(mu_) = 0;  // of deliveries
  Outgoing current_;  // gRPC's while it is written; its tokens are guarded by mu_
  size_t unanswered_ ABSL_GUARDED_BY(mu_) = 0;  // settlements
  bool joined_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t early_messages_ ABSL_GUARDED_BY(mu_) = 0;  // credit from before that
  uint64_t early_size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool acting_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;  // the client has closed its side
  bool broken_ ABSL_GUARDED_BY(mu_) = false;      // the client is gone
  bool closed_ ABSL_GUARDED_BY(mu_) = false;      // finished because of reads_done_
  bool slow_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mu_);  // this side ends it
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartConsume(
    const Hub& hub, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<ConsumeCall>(hub, context);
  ConsumeCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
