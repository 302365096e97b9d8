// WatchView: a view, made again when the log has grown, sent when it has changed.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/view_content.h"
#include "server/fanout/limits.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/read.h"
#include "server/rpc/status.h"
#include "server/rpc/view_call.h"
#include "server/rpc/watch_desk.h"
#include "server/rpc/write_watch.h"
#include "server/views/views.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

// What is watched is whole each time: a page would be of a log that has gone on.
absl::Status CheckHasNoPages(const std::string& token, absl::string_view field) {
  if (token.empty()) return absl::OkStatus();
  return record::FieldInvalid(field, "what is watched has no pages");
}

absl::StatusOr<pb::WatchViewResponse> Make(const Hub& hub, const auth::Principal& principal,
                                           const pb::WatchViewRequest& request) {
  pb::WatchViewResponse response;
  LIAISON_ASSIGN_OR_RETURN(const auto reading, Read(hub, principal));
  switch (request.view_case()) {
    case pb::WatchViewRequest::kRadar: {
      LIAISON_RETURN_IF_ERROR(CheckHasNoPages(request.radar().page_token(), "radar.page_token"));
      LIAISON_ASSIGN_OR_RETURN(*response.mutable_radar(),
                               views::GetRadar(*reading, request.radar()));
      break;
    }
    case pb::WatchViewRequest::kRepresentation: {
      LIAISON_ASSIGN_OR_RETURN(*response.mutable_representation(),
                               views::GetRepresentation(*reading, request.representation()));
      break;
    }
    case pb::WatchViewRequest::kGaps: {
      LIAISON_RETURN_IF_ERROR(CheckHasNoPages(request.gaps().page_token(), "gaps.page_token"));
      LIAISON_ASSIGN_OR_RETURN(*response.mutable_gaps(), views::ListGaps(*reading, request.gaps()));
      break;
    }
    case pb::WatchViewRequest::kDigest: {
      LIAISON_ASSIGN_OR_RETURN(*response.mutable_digest(),
                               views::GetDigest(*reading, request.digest()));
      break;
    }
    case pb::WatchViewRequest::VIEW_NOT_SET:
      return record::FieldInvalid("view", "one of radar, representation, gaps, digest");
  }
  LIAISON_RETURN_IF_ERROR(reading->status());
  response.set_as_of_sequence(reading->Head());
  return response;
}

// A WatchCall has one right to drive, as a SubscribeCall has: a worker holds it, or the write in
// flight, or it rests until a tick finds that there is something to do. So there is never a second
// write, nor a second Finish. While a reader takes nothing, nothing is made for it.
//
// Shared by gRPC (until OnDone), the worker that drives, and the registry.
class WatchCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                        public OpenStream,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  WatchCall(const Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request)
      : hub_(hub),
        context_(context),
        raw_request_(request),
        writes_(hub.slow_consumer_timeout, fanout::kUntakenStatusGrace) {}

  void Start(std::shared_ptr<WatchCall> self) {
    self_ = std::move(self);
    CountMessage(hub_, *context_, raw_request_->Length());
    hub_.pool->Post([call = self_] { call->Open(); });
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (!writes_.Ended(absl::Now())) return;
    }
    if (!ok) return FinishWith(absl::CancelledError("the watcher is gone"));
    Rest();
  }

  void OnCancel() override {
    bool mine = false;
    {
      absl::MutexLock lock(&mu_);
      cancelled_ = true;
      mine = std::exchange(resting_, false);
    }
    if (mine) FinishWith(absl::CancelledError("the watcher is gone"));
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&mu_);
      done_ = true;
    }
    hub_.streams->Remove(this);
    seat_.reset();
    self_.reset();
  }

  void Tick(absl::Time now) override {
    enum { kNothing, kEndSlow, kMake, kHeartbeat } step = kNothing;
    {
      absl::MutexLock lock(&mu_);
      if (done_) return;
      const WriteWatch::Verdict verdict = writes_.Look(now);
      if (verdict == WriteWatch::Verdict::kBreakOff) context_->TryCancel();
      if (verdict == WriteWatch::Verdict::kEnd) step = kEndSlow;
      if (verdict == WriteWatch::Verdict::kFine && resting_) {
        if (pace_.IsDue(hub_.tail->head(), now)) step = kMake;
        if (step == kNothing && writes_.idle(now) >= HeartbeatDue()) step = kHeartbeat;
        resting_ = step == kNothing;
      }
    }
    if (step == kEndSlow) EndSlow();
    if (step == kMake) PostMaking();
    if (step == kHeartbeat) WriteHeartbeat();
  }

  void Drain() override {
    bool mine = false;
    {
      absl::MutexLock lock(&mu_);
      draining_ = true;
      mine = std::exchange(resting_, false);
    }
    if (mine) FinishWith(ShuttingDown());
  }

 private:
  static absl::Duration HeartbeatDue() {
    return absl::Seconds(record::kDefaultHeartbeat_s) - absl::Milliseconds(125);
  }
  static absl::Status ShuttingDown() {
    return Error(Reason::kShuttingDown, "the hub is shutting down").RetryAfter(absl::Seconds(1));
  }

  void Open() {
    if (const absl::Status opened = TakeSeat(); !opened.ok()) return FinishWith(opened);
    PostMaking();
  }

  absl::Status TakeSeat() {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             Enter<pb::WatchViewRequest>(*context_, hub_, raw_request_->Length()));
    LIAISON_RETURN_IF_ERROR(ParseMessage(*raw_request_, &request_));
    LIAISON_ASSIGN_OR_RETURN(seat_, hub_.watches->Take());
    return AddStream(hub_, principal, *context_, shared_from_this());
  }

  void PostMaking() {
    hub_.watches->Post([call = shared_from_this()] { call->MakeAgain(); });
  }

  // Holds the right to drive; gives it to a write, lays it down, or ends the call.
  void MakeAgain() {
    if (const absl::Status wanted = StillWanted(); !wanted.ok()) return FinishWith(wanted);
    const absl::Time began = absl::Now();
    absl::StatusOr<pb::WatchViewResponse> made = MakeForCaller();
    if (!made.ok()) return FinishWith(made.status());
    as_of_ = made->as_of_sequence();
    const record::Hash digest = record::Sha256Of(record::ViewContent(*made));
    {
      absl::MutexLock lock(&mu_);
      pace_.Made(as_of_, began, absl::Now());
    }
    if (sent_.has_value() && *sent_ == digest) return Rest();
    sent_ = digest;
    Write(SerializeMessage(*made));
  }

  // What the caller may read can change; it is asked each time.
  absl::StatusOr<pb::WatchViewResponse> MakeForCaller() const {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             EnterAgain<pb::WatchViewRequest>(*context_, hub_));
    return Make(hub_, principal, request_);
  }

  absl::Status StillWanted() {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return absl::CancelledError("the watcher is gone");
    return draining_ ? ShuttingDown() : absl::OkStatus();
  }

  // Lays the right to drive down, unless the call is to end.
  void Rest() {
    {
      absl::MutexLock lock(&mu_);
      resting_ = !cancelled_ && !draining_;
      if (resting_) return;
    }
    FinishWith(StillWanted());
  }

  void WriteHeartbeat() {
    if (absl::Status in = EnterAgain<pb::WatchViewRequest>(*context_, hub_).status(); !in.ok()) {
      return FinishWith(in);
    }
    pb::WatchViewResponse heartbeat;
    heartbeat.set_as_of_sequence(as_of_);
    Write(SerializeMessage(heartbeat));
  }

  // See SubscribeCall: the write that is not taken has the right to drive and will not give it
  // back.
  void EndSlow() {
    FinishWith(Error(Reason::kSlowConsumer,
                     "nothing was read from this stream for too long; watch the view again")
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
  const grpc::ByteBuffer* const raw_request_;
  std::shared_ptr<WatchCall> self_;  // gRPC's share
  std::unique_ptr<WatchDesk::Seat> seat_;

  // Belong to whoever holds the right to drive.
  pb::WatchViewRequest request_;
  std::optional<record::Hash> sent_;  // of the view that was sent last
  uint64_t as_of_ = 0;
  grpc::ByteBuffer buffer_;

  absl::Mutex mu_;
  WatchPace pace_ ABSL_GUARDED_BY(mu_);
  WriteWatch writes_ ABSL_GUARDED_BY(mu_);
  bool resting_ ABSL_GUARDED_BY(mu_) = false;  // nobody holds the right to drive
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchView(const Hub& hub,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request) {
  auto call = std::make_shared<WatchCall>(hub, context, request);
  WatchCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
