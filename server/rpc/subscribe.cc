// Subscribe: a cursor and one write in flight.

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/fanout/cursor.h"
#include "server/fanout/limits.h"
#include "server/rpc/frames.h"
#include "server/rpc/position.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/read.h"
#include "server/rpc/status.h"
#include "server/rpc/write_watch.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

absl::StatusOr<absl::Duration> HeartbeatInterval(const pb::SubscribeRequest& request) {
  if (!request.has_heartbeat_interval()) return absl::Seconds(record::kDefaultHeartbeat_s);
  const absl::Duration interval = absl::Seconds(request.heartbeat_interval().seconds()) +
                                  absl::Nanoseconds(request.heartbeat_interval().nanos());
  if (interval < absl::Seconds(record::kMinHeartbeat_s) ||
      interval > absl::Seconds(record::kMaxHeartbeat_s)) {
    return record::FieldInvalid("heartbeat_interval", "between 1 s and 60 s");
  }
  return interval;
}

absl::StatusOr<uint64_t> StartAfter(const Hub& hub, const pb::SubscribeRequest& request) {
  const storage::EventLog& log = *hub.log;
  const uint64_t head = hub.tail->head();
  switch (request.start_case()) {
    case pb::SubscribeRequest::kAfter:
      return ResolvePosition({log.log_id(), log.earliest(), head}, request.after(), "after");
    case pb::SubscribeRequest::kSince:
      return ResolveTime(log, request.since(), "since");
    case pb::SubscribeRequest::kStartAt:
      if (request.start_at() == pb::START_AT_BEGINNING) return log.earliest() - 1;
      if (request.start_at() == pb::START_AT_LIVE) return head;
      if (!pb::StartAt_IsValid(request.start_at())) {
        return absl::Status(Error(Reason::kEnumUnknown,
                                  "start_at has a value that this hub does "
                                  "not know")
                                .Field("start_at", "BEGINNING or LIVE"));
      }
      break;
    case pb::SubscribeRequest::START_NOT_SET:
      break;
  }
  return absl::Status(Error(Reason::kStartRequired,
                            "say where to start: after a position, since a time, or start_at "
                            "BEGINNING or LIVE")
                          .Field("start", "one of after, since, start_at"));
}

// A SubscribeCall has one right to drive: whoever holds it steps the cursor, writes, or finishes.
// It is held by a worker, by the write in flight (until OnWriteDone), or rests while the call is
// parked in the tail: taking it from there is Unpark. So there is never a second write, nor a
// second Finish.
//
// Shared by gRPC (until OnDone), the worker that steps, and the registry.
class SubscribeCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                            public fanout::Waiter,
                            public OpenStream,
                            public std::enable_shared_from_this<SubscribeCall> {
 public:
  SubscribeCall(const Hub& hub, grpc::CallbackServerContext* context,
                const grpc::ByteBuffer* request)
      : hub_(hub),
        context_(context),
        request_(request),
        writes_(hub.slow_consumer_timeout, fanout::kUntakenStatusGrace) {}

  void Start(std::shared_ptr<SubscribeCall> self) {
    self_ = std::move(self);
    CountMessage(hub_, *context_, request_->Length());
    hub_.pool->Post([call = self_] { call->Open(); });
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (!writes_.Ended(absl::Now())) return;
    }
    if (!ok) return FinishWith(absl::CancelledError("the subscriber is gone"));
    if (closing_) return FinishWith(absl::OkStatus());
    // In a reaction only what costs next to nothing: the next stretch of the tail as it is.
    if (cheap_) return Drive(false);
    Schedule();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      cancelled_ = true;
    }
    if (hub_.tail->Unpark(this)) FinishWith(absl::CancelledError("the subscriber is gone"));
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&mu_);
      done_ = true;
    }
    hub_.streams->Remove(this);
    self_.reset();
  }

  // fanout::Waiter: the right to drive comes back.
  void Wake() override { Schedule(); }

  void Tick(absl::Time now) override {
    WriteWatch::Verdict verdict;
    bool due = false;
    {
      absl::MutexLock lock(&mu_);
      if (done_) return;
      verdict = writes_.Look(now);
      if (verdict == WriteWatch::Verdict::kBreakOff) context_->TryCancel();
      due = writes_.idle(now) >= heartbeat_interval_ - kTickSlack;
    }
    if (verdict == WriteWatch::Verdict::kEnd) return EndSlow();
    if (verdict != WriteWatch::Verdict::kFine) return;
    const absl::Status stays = hub_.gate->CheckStays(entered_, now);
    if (!stays.ok() && hub_.tail->Unpark(this)) return FinishWith(stays);
    if (due && hub_.tail->Unpark(this)) {
      Write(writer_->Heartbeat(cursor_->position(), hub_.tail->head()));
    }
  }

  void Drain() override {
    {
      absl::MutexLock lock(&mu_);
      draining_ = true;
    }
    if (hub_.tail->Unpark(this)) Schedule();
  }

 private:
  static constexpr absl::Duration kTickSlack = absl::Milliseconds(125);

  void Schedule() {
    hub_.pool->Post([call = shared_from_this()] { call->Drive(true); });
  }

  void Open() {
    absl::Status opened = MakeCursor();
    if (opened.ok()) opened = AddStream(hub_, entered_, *context_, shared_from_this());
    if (!opened.ok()) return FinishWith(opened);
    Drive(true);
  }

  absl::Status MakeCursor() {
    LIAISON_ASSIGN_OR_RETURN(entered_,
                             Enter<pb::SubscribeRequest>(*context_, hub_, request_->Length()));
    pb::SubscribeRequest request;
    LIAISON_RETURN_IF_ERROR(ParseMessage(*request_, &request));
    fanout::CursorOptions options;
    options.principal = entered_;
    LIAISON_ASSIGN_OR_RETURN(options.filter, fanout::Filter::Parse(request.filter()));
    LIAISON_ASSIGN_OR_RETURN(options.after, StartAfter(hub_, request));
    LIAISON_ASSIGN_OR_RETURN(absl::Duration heartbeat_interval, HeartbeatInterval(request));
    if (request.stop_at_head()) options.stop_at = hub_.tail->head();
    cheap_ = options.filter.matches_everything();
    options.renew = [this] { return RenewedPrincipal(); };
    writer_.emplace(hub_.name, hub_.log->log_id().ToString(), hub_.log->earliest(),
                    heartbeat_interval);
    cursor_.emplace(hub_.log, hub_.tail, std::move(options));
    absl::MutexLock lock(&mu_);
    heartbeat_interval_ = heartbeat_interval;
    writes_.Rested(absl::Now());
    return absl::OkStatus();
  }

  // What it may read can change. Whether it may stay is asked before each frame.
  auth::Principal RenewedPrincipal() const {
    return EnterAgain<pb::SubscribeRequest>(*context_, hub_).value_or(auth::Principal{});
  }

  // Holds the right to drive; gives it to a write, to a worker, to the tail, or ends the call.
  void Drive(bool may_read_log) {
    while (true) {
      bool draining = false;
      {
        absl::MutexLock lock(&mu_);
        if (cancelled_) break;
        draining = draining_;
      }
      if (draining) {
        closing_ = true;
        return Write(writer_->Closing(pb::CLOSING_REASON_SHUTTING_DOWN, cursor_->position()));
      }
      if (absl::Status stays = hub_.gate->CheckStays(entered_, absl::Now()); !stays.ok()) {
        return FinishWith(stays);
      }
      absl::StatusOr<fanout::Step> step = cursor_->Next(may_read_log);
      if (!step.ok()) return FinishWith(step.status());
      if (const auto* frame = std::get_if<fanout::Frame>(&*step)) {
        closing_ = frame->kind == fanout::Frame::Kind::kStoppedAtHead;
        return Write(writer_->ToBuffer(*frame));
      }
      if (std::holds_alternative<fanout::NotInMemory>(*step)) return Schedule();
      if (Rest()) return;
    }
    FinishWith(absl::CancelledError("the subscriber is gone"));
  }

  // Lays the right to drive down in the tail. False: it is (again) held here.
  bool Rest() {
    if (!hub_.tail->Park(this, cursor_->position())) return false;
    // A cancellation or a drain that came just before found nobody parked.
    bool wanted = false;
    {
      absl::MutexLock lock(&mu_);
      wanted = cancelled_ || draining_;
    }
    return !wanted || !hub_.tail->Unpark(this);
  }

  // The write that is not taken has the right to drive and will not give it back. The status goes
  // behind what is under way, so that a reader which wakes up learns why the stream ended and can
  // go on after the last position that it read.
  void EndSlow() {
    FinishWith(Error(Reason::kSlowConsumer,
                     "nothing was read from this stream for too long; subscribe again after the "
                     "last position that was read")
                   .RetryAfter(absl::ZeroDuration()));
  }

  void Write(const grpc::ByteBuffer& buffer) {
    buffer_ = buffer;  // shares the slices
    {
      absl::MutexLock lock(&mu_);
      writes_.Began(absl::Now());
    }
    StartWrite(&buffer_);
  }

  void FinishWith(const absl::Status& status) {
    // Finish may run OnDone, which may drop the last reference but for this one.
    EndCall(hub_, status,
            [keep = shared_from_this(), status] { keep->Finish(ToGrpcStatus(status)); });
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  std::shared_ptr<SubscribeCall> self_;  // gRPC's share

  auth::Principal entered_;  // set before the stream is known to anybody

  // Belong to whoever holds the right to drive.
  std::optional<fanout::Cursor> cursor_;
  std::optional<FrameWriter> writer_;
  grpc::ByteBuffer buffer_;
  bool cheap_ = false;
  bool closing_ = false;

  absl::Mutex mu_;
  absl::Duration heartbeat_interval_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  WriteWatch writes_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSubscribe(const Hub& hub,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request) {
  auto call = std::make_shared<SubscribeCall>(hub, context, request);
  SubscribeCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
