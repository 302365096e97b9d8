// Attach: questions and hints out, answers and hints in.

#include "server/rpc/attach.h"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/fanout/limits.h"
#include "server/federation/attached_lines.h"
#include "server/federation/limits.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"
#include "server/rpc/write_watch.h"
#include "server/transparency/head_news.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;
using record::Error;
using record::Reason;

// An AttachCall reads one frame, acts on it, and reads the next; questions and hints go out one
// write at a time, and of hints that wait there is one. It is finished once, by whoever finds that
// nothing is under way any more. Nobody waits here: whoever asks does so on a thread of their own.
//
// Shared by gRPC (until OnDone), the worker that acts, the registry, and the lines (until Detach).
class AttachCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public federation::AttachedLines::Stream,
                         public transparency::HeadNews::Listener,
                         public OpenStream,
                         public std::enable_shared_from_this<AttachCall> {
 public:
  AttachCall(const Hub& hub, const FederationDesk& desk, grpc::CallbackServerContext* context)
      : hub_(hub),
        desk_(desk),
        context_(context),
        watch_(hub.slow_consumer_timeout, fanout::kUntakenStatusGrace) {}

  void Start(std::shared_ptr<AttachCall> self) {
    self_ = std::move(self);
    absl::Status opened = Enter();
    if (opened.ok()) {
      absl::MutexLock lock(&mu_);
      reading_ = true;
      has_news_ = true;  // whatever was signed since the last line broke
    }
    if (opened.ok()) opened = AddStream(hub_, principal_, *context_, self_);
    if (!opened.ok()) {
      {
        absl::MutexLock lock(&mu_);
        finished_ = true;
      }
      return EndCall(hub_, opened, [self = self_, opened] { self->Finish(ToGrpcStatus(opened)); });
    }
    StartRead(&read_);
    desk_.news->Add(self_);
    desk_.attached->Attach(peer_, self_);
    desk_.exchange->Called(peer_);
    desk_.exchange->Hinted(peer_);
    // Whoever ended it before it was the peer's line could not take it back.
    if (IsFinished()) desk_.attached->Detach(peer_, this);
    Continue();
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
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      watch_.Ended(absl::Now());
      if (!ok) broken_ = true;
    }
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
    self_.reset();
  }

  // federation::AttachedLines::Stream.
  void Ask(const pb::LaneQuestion& question) override {
    pb::AttachResponse frame;
    *frame.mutable_question() = question;
    {
      absl::MutexLock lock(&mu_);
      if (!finished_) out_.push_back(SerializeMessage(frame));
    }
    Continue();
  }
  void End(const absl::Status& why) override {
    {
      absl::MutexLock lock(&mu_);
      if (!ending_) ending_ = why;
    }
    Continue();
  }

  // transparency::HeadNews::Listener.
  void OnHead() override {
    {
      absl::MutexLock lock(&mu_);
      has_news_ = true;
    }
    Continue();
  }

  // OpenStream.
  void Tick(absl::Time now) override {
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      // Whoever takes nothing asks again once they do; there is no position to be told.
      if (watch_.Look(now) != WriteWatch::Verdict::kFine) context_->TryCancel();
    }
    absl::Status stays = hub_.gate->CheckStays(principal_, now);
    // Nor does whom a person has blocked meanwhile, or another policy no longer names so.
    if (stays.ok()) stays = CheckIsPeer();
    if (!stays.ok()) End(stays);
  }
  void Drain() override {
    End(Error(Reason::kShuttingDown, "the hub is shutting down; call again")
            .RetryAfter(absl::Seconds(1)));
  }

 private:
  absl::Status Enter() {
    LIAISON_ASSIGN_OR_RETURN(principal_, rpc::Enter<pb::AttachRequest>(*context_, hub_, 0));
    LIAISON_ASSIGN_OR_RETURN(peer_, PeerOf(desk_, principal_));
    return absl::OkStatus();
  }

  absl::Status CheckIsPeer() const {
    LIAISON_ASSIGN_OR_RETURN(const std::string peer, PeerOf(desk_, principal_));
    if (peer == peer_) return absl::OkStatus();
    return Error(Reason::kNotPermitted, "the policy has another name for this peer: call again");
  }

  bool IsFinished() {
    absl::MutexLock lock(&mu_);
    return finished_;
  }

  void Act() {
    absl::Status acted = hub_.gate->CheckStays(principal_, absl::Now());
    if (acted.ok()) acted = ActOnFrame();
    {
      absl::MutexLock lock(&mu_);
      acting_ = false;
      if (!acted.ok() && !ending_) ending_ = acted;
    }
    Continue();
  }

  // What was asked for costs the peer nothing, as what is pulled of a peer that was dialled.
  absl::Status ActOnFrame() {
    const size_t size_bytes = read_.Length();
    pb::AttachRequest frame;
    absl::Status parsed = size_bytes <= record::kMaxMessageSizeBytes
                              ? ParseMessage(read_, &frame)
                              : record::FieldInvalid("frame", "is too large");
    read_ = grpc::ByteBuffer();
    if (parsed.ok() && frame.has_answer() &&
        desk_.attached->Answer(peer_, this, std::move(*frame.mutable_answer()))) {
      return absl::OkStatus();
    }
    LIAISON_RETURN_IF_ERROR(Charge(hub_, principal_, *context_, size_bytes));
    if (frame.has_news()) desk_.exchange->Hinted(peer_);
    return parsed;
  }

  // REQUIRES: there is something to be written.
  grpc::ByteBuffer TakeFrame() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (std::exchange(has_news_, false)) {
      pb::AttachResponse frame;
      frame.mutable_news();
      return SerializeMessage(frame);
    }
    grpc::ByteBuffer frame = std::move(out_.front());
    out_.pop_front();
    return frame;
  }

  // Does whatever can be done now: write, read on, or finish.
  void Continue() {
    enum { kNothing, kWrite, kFinish } act = kNothing;
    bool read_on = false;
    absl::Status status;
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      const bool leaving = reads_done_ || broken_ || ending_;
      if (!writing_ && !leaving && (has_news_ || !out_.empty())) {
        written_ = TakeFrame();
        writing_ = true;
        watch_.Began(absl::Now());
        act = kWrite;
      } else if (!writing_ && !acting_ && leaving) {
        finished_ = true;
        status = broken_   ? absl::CancelledError("the peer is gone")
                 : ending_ ? *ending_
                           : absl::OkStatus();
        act = kFinish;
      }
      if (act != kFinish && !reading_ && !acting_ && !leaving) {
        reading_ = true;
        read_on = true;
      }
    }
    if (read_on) StartRead(&read_);
    if (act == kWrite) StartWrite(&written_);
    if (act != kFinish) return;
    desk_.attached->Detach(peer_, this);
    EndCall(hub_, status,
            [keep = shared_from_this(), status] { keep->Finish(ToGrpcStatus(status)); });
  }

  const Hub& hub_;
  const FederationDesk& desk_;
  grpc::CallbackServerContext* const context_;
  // Set before anybody else knows of the call.
  auth::Principal principal_;
  std::string peer_;
  std::shared_ptr<AttachCall> self_;  // gRPC's share

  grpc::ByteBuffer read_;     // gRPC's, or the worker's that acts
  grpc::ByteBuffer written_;  // gRPC's, while it is written

  absl::Mutex mu_;
  WriteWatch watch_ ABSL_GUARDED_BY(mu_);
  // Not yet written: one of each lane and one errand at most, whoever asks waits.
  std::deque<grpc::ByteBuffer> out_ ABSL_GUARDED_BY(mu_);
  bool has_news_ ABSL_GUARDED_BY(mu_) = false;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool acting_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;  // the peer has closed its side
  bool broken_ ABSL_GUARDED_BY(mu_) = false;      // the peer is gone
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mu_);  // this side ends it
};

}  // namespace

absl::StatusOr<std::string> PeerOf(const FederationDesk& desk, const auth::Principal& principal) {
  const auto policy = desk.book->policy();
  const std::string* peer = policy->PeerCallingAs(principal.organisation);
  if (peer == nullptr) {
    return Error(Reason::kNotPermitted,
                 absl::StrCat("no peer of this hub calls as ",
                              principal.organisation.empty() ? "nobody" : principal.organisation));
  }
  LIAISON_RETURN_IF_ERROR(desk.exchange->CheckServed(*peer));
  return *peer;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartAttach(
    const Hub& hub, const FederationDesk& desk, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<AttachCall>(hub, desk, context);
  AttachCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
