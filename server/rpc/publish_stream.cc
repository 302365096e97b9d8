// PublishStream: frames in, results out, 1:1 and in order.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/rpc/limits.h"
#include "server/rpc/publish.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"
#include "server/sequencer/submit.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

absl::Status PredecessorFailed() {
  return Error(Reason::kPredecessorFailed,
               "not written, because something on this stream before it was refused");
}

pb::PublishStreamResponse Settings() {
  pb::PublishStreamResponse response;
  pb::PublishSettings* settings = response.mutable_settings();
  settings->set_max_inflight_frames(record::kMaxInflightFrames);
  settings->set_max_inflight_bytes(record::kMaxInflightSizeBytes);
  settings->set_max_frame_items(record::kMaxBatchItems);
  settings->set_max_frame_bytes(record::kMaxBatchSizeBytes);
  return response;
}

// A PublishStreamCall keeps three things going at once, each at most one at a time: a read, the
// admission of what was read (on a thread that may wait, so that order is kept), and a write. What
// is in flight between them is bounded by the window: beyond it, it stops reading.
//
// Shared by gRPC (until OnDone), the worker that admits, and the proposals under way.
class PublishStreamCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                public OpenStream,
                                public std::enable_shared_from_this<PublishStreamCall> {
 public:
  PublishStreamCall(const Hub& hub, grpc::CallbackServerContext* context)
      : hub_(hub), context_(context), log_id_(hub.log->log_id().ToString()) {}

  void Start(std::shared_ptr<PublishStreamCall> self) {
    self_ = std::move(self);
    {
      // Before anybody else knows of the stream: nobody may finish it first.
      absl::MutexLock lock(&mu_);
      writing_ = true;
      reading_ = true;
      written_ = SerializeMessage(Settings());
    }
    absl::StatusOr<auth::Principal> principal = Enter<pb::PublishStreamRequest>(*context_, hub_, 0);
    absl::Status opened = principal.status();
    if (principal.ok()) principal_ = *std::move(principal);
    if (opened.ok()) opened = AddStream(hub_, principal_, *context_, self_);
    if (!opened.ok()) {
      {
        absl::MutexLock lock(&mu_);
        finished_ = true;
      }
      EndCall(hub_, opened, [self = self_, opened] { self->Finish(ToGrpcStatus(opened)); });
      return;
    }
    StartWrite(&written_);
    StartRead(&read_);
  }

  void OnReadDone(bool ok) override {
    if (ok) CountMessage(hub_, *context_, read_.Length());
    bool admit = false;
    bool read_on = false;
    {
      absl::MutexLock lock(&mu_);
      reading_ = false;
      if (!ok) {
        reads_done_ = true;
      } else {
        inflight_size_bytes_ += read_.Length();
        frames_.push_back({read_.Length(), std::nullopt});
        inbox_.push_back(std::move(read_));
        read_ = grpc::ByteBuffer();
        admit = !std::exchange(admitting_, true);
        read_on = MayRead();
        reading_ = read_on;
        last_frame_ = absl::Now();
      }
    }
    if (admit) hub_.pool->Post([self = shared_from_this()] { self->Admit(); });
    if (read_on) StartRead(&read_);
    Continue();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
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

  // After a refusal on a stream that stops there, the client is to close; one that does not is
  // closed upon.
  void Tick(absl::Time now) override {
    {
      absl::MutexLock lock(&mu_);
      if (!stopped_ || now - last_frame_ < kStoppedStreamGrace) return;
      ending_ = true;
      ending_status_ = PredecessorFailed();
    }
    Continue();
  }

  void Drain() override {
    {
      absl::MutexLock lock(&mu_);
      ending_ = true;
      ending_status_ = Error(Reason::kShuttingDown,
                             "the hub is shutting down; send again what has "
                             "no result yet")
                           .RetryAfter(absl::Seconds(1));
    }
    Continue();
  }

 private:
  static constexpr absl::Duration kStoppedStreamGrace = absl::Seconds(2);

  // One frame that was read and not yet answered.
  struct PendingFrame {
    size_t size_bytes;
    std::optional<pb::PublishResults> results;
  };

  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !reads_done_ && !broken_ && !ending_ && frames_.size() < record::kMaxInflightFrames &&
           inflight_size_bytes_ < record::kMaxInflightSizeBytes;
  }

  // Takes frames from the inbox one after the other, on a worker.
  void Admit() {
    while (true) {
      grpc::ByteBuffer buffer;
      uint64_t number = 0;
      {
        absl::MutexLock lock(&mu_);
        if (inbox_.empty()) {
          admitting_ = false;
          break;
        }
        buffer = inbox_.front();
        inbox_.pop_front();
        number = admitted_++;
      }
      AdmitFrame(buffer, number);
    }
    Continue();
  }

  void AdmitFrame(const grpc::ByteBuffer& buffer, uint64_t number) {
    pb::PublishStreamRequest frame;
    if (absl::Status parsed = ParseMessage(buffer, &frame); !parsed.ok()) {
      // It was read all the same.
      const absl::Status charged = Charge(hub_, principal_, *context_, buffer.Length());
      Refuse(number, 0, 1, charged.ok() ? parsed : charged);
      return;
    }
    std::shared_ptr<sequencer::Fence> fence;
    absl::Status refusal;
    {
      absl::MutexLock lock(&mu_);
      if (number == 0) fence_->lets_judgements_pass = frame.on_error() == pb::ON_ERROR_CONTINUE;
      fence = fence_;
      if (stopped_) refusal = PredecessorFailed();
      if (number == 0 && !pb::OnError_IsValid(frame.on_error())) {
        refusal = Error(Reason::kEnumUnknown, "on_error has a value that this hub does not know")
                      .Field("on_error", "STOP or CONTINUE");
      }
    }
    // What breaks the settings gets one result: it must not be multiplied by what it claims.
    const size_t count = frame.items_size() > record::kMaxBatchItems
                             ? 1
                             : static_cast<size_t>(std::max(frame.items_size(), 1));
    if (refusal.ok()) refusal = hub_.gate->CheckStays(principal_, absl::Now());
    if (refusal.ok()) refusal = Charge(hub_, principal_, *context_, buffer.Length());
    if (refusal.ok()) refusal = CheckFrame(frame, buffer.Length());
    sequencer::Proposal proposal;
    if (refusal.ok()) {
      absl::StatusOr<std::vector<domain::ChainCheck>> checks = ParseChecks(frame.checks());
      refusal = checks.status();
      if (checks.ok()) proposal.checks = *std::move(checks);
    }
    if (!refusal.ok()) {
      Refuse(number, frame.frame_id(), count, refusal);
      return;
    }
    proposal.atomic = frame.atomic();
    proposal.fence = fence;
    // What is refused here already: its answer, by index.
    auto refused = std::make_shared<std::vector<RefusedItem>>();
    for (size_t i = 0; i < count; ++i) {
      absl::StatusOr<domain::Statement> statement = AdmitFrom(
          hub_, principal_, *pb::PublishStreamRequest::descriptor(), *context_,
          std::move(*frame.mutable_items(static_cast<int>(i))), absl::StrCat("items[", i, "]"));
      if (statement.ok()) {
        proposal.size_bytes += admission::SizeBytes(*statement);
        proposal.statements.push_back(*std::move(statement));
        continue;
      }
      refused->emplace_back(i, statement.status());
      if (proposal.atomic || fence->IsClosedBy(refused->back().second)) break;
    }
    if (proposal.atomic && !refused->empty()) {
      RefuseAtomic(number, frame.frame_id(), count, refused->front());
      return;
    }
    if (proposal.atomic) {
      if (std::optional<RefusedItem> repeat = FindRepeat(proposal.statements)) {
        RefuseAtomic(number, frame.frame_id(), count, *repeat);
        return;
      }
    }
    if (absl::Status hidden = HideChains(hub_, principal_, &proposal); !hidden.ok()) {
      Refuse(number, frame.frame_id(), count, hidden);
      return;
    }
    HoldForSecond(hub_, principal_, *pb::PublishStreamRequest::descriptor(), *context_, &proposal);
    Propose(std::move(proposal), number, frame.frame_id(), count, std::move(refused));
  }

  static absl::Status CheckFrame(const pb::PublishStreamRequest& frame, size_t size_bytes) {
    LIAISON_RETURN_IF_ERROR(CheckBatch(frame.items(), size_bytes));
    if (frame.checks_size() > 0 && !frame.atomic()) {
      return record::FieldInvalid("checks", "checks are of a whole frame: set `atomic`");
    }
    return absl::OkStatus();
  }

  // Puts the answers of the order between those that were given here already.
  void Propose(sequencer::Proposal proposal, uint64_t number, uint64_t frame_id, size_t count,
               std::shared_ptr<std::vector<RefusedItem>> refused) {
    // Frames behind this one are not to be written, even before its answer is in. Those before it
    // are: it is not the fence, which the order itself closes, that stops here.
    if (!refused->empty() && proposal.fence->IsClosedBy(refused->back().second)) {
      absl::MutexLock lock(&mu_);
      stopped_ = true;
    }
    proposal.done = [self = shared_from_this(), number, frame_id, count,
                     refused](sequencer::Answers answers) {
      sequencer::Answers all;
      all.reserve(count);
      auto next_refused = refused->begin();
      auto next_answer = answers.begin();
      while (all.size() < count) {
        if (next_refused != refused->end() && next_refused->first == all.size()) {
          all.push_back((next_refused++)->second);
        } else if (next_answer != answers.end()) {
          all.push_back(std::move(*next_answer++));
        } else {
          all.push_back(PredecessorFailed());
        }
      }
      self->Answer(number, frame_id, std::move(all));
    };
    if (proposal.statements.empty()) {
      proposal.done({});
      return;
    }
    absl::Status proposed = sequencer::Submit(*hub_.log, hub_.proposals, std::move(proposal));
    if (!proposed.ok()) Refuse(number, frame_id, count, proposed);
  }

  // For a reason that is no item's own: each gets it, with the time to wait where there is one.
  void Refuse(uint64_t number, uint64_t frame_id, size_t count, const absl::Status& status) {
    {
      // At once, however late the answer is.
      absl::MutexLock lock(&mu_);
      if (fence_->IsClosedBy(status)) stopped_ = true;
    }
    EndCall(hub_, status, [self = shared_from_this(), number, frame_id, count, status] {
      self->Answer(number, frame_id,
                   sequencer::Answers(count, absl::StatusOr<sequencer::Receipt>(status)));
    });
  }

  void RefuseAtomic(uint64_t number, uint64_t frame_id, size_t count, const RefusedItem& refused) {
    sequencer::Answers answers(
        count,
        absl::StatusOr<sequencer::Receipt>(absl::Status(Error(
            Reason::kPredecessorFailed, absl::StrCat("not written, because item ", refused.first,
                                                     " of the batch was refused")))));
    answers[refused.first] = refused.second;
    Answer(number, frame_id, std::move(answers));
  }

  void Answer(uint64_t number, uint64_t frame_id, sequencer::Answers answers) {
    pb::PublishResults results;
    results.set_frame_id(frame_id);
    for (const absl::StatusOr<sequencer::Receipt>& answer : answers) {
      pb::PublishResult* result = results.add_results();
      if (answer.ok()) {
        *result->mutable_receipt() = ToProto(*answer, log_id_);
      } else {
        *result->mutable_error() = record::ToProto(answer.status());
      }
    }
    {
      absl::MutexLock lock(&mu_);
      const std::shared_ptr<sequencer::Fence> fence = fence_;
      if (std::any_of(answers.begin(), answers.end(), [&fence](const auto& answer) {
            return !answer.ok() && fence->IsClosedBy(answer.status());
          })) {
        stopped_ = true;
      }
      frames_[number - answered_].results = std::move(results);
    }
    Continue();
  }

  // Does whatever can be done now: write the next results, read on, or finish.
  void Continue() {
    enum { kNothing, kWrite, kFinish } act = kNothing;
    bool read_on = false;
    absl::Status status;
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      if (broken_) DropAnswered();
      if (!writing_ && !broken_ && !frames_.empty() && frames_.front().results) {
        pb::PublishStreamResponse response;
        *response.mutable_results() = *std::move(frames_.front().results);
        written_ = SerializeMessage(response);
        PopFrame();
        writing_ = true;
        act = kWrite;
      } else if (!writing_ && !admitting_ && frames_.empty() &&
                 (reads_done_ || broken_ || ending_)) {
        finished_ = true;
        status = reads_done_ && !broken_ ? absl::OkStatus() : ending_status_;
        if (broken_) status = absl::CancelledError("the stream broke");
        act = kFinish;
      }
      if (act != kFinish && !reading_ && MayRead()) {
        reading_ = true;
        read_on = true;
      }
    }
    if (read_on) StartRead(&read_);
    if (act == kWrite) StartWrite(&written_);
    if (act == kFinish) Finish(ToGrpcStatus(status));
  }

  void PopFrame() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    inflight_size_bytes_ -= frames_.front().size_bytes;
    frames_.pop_front();
    ++answered_;
  }

  // Nobody hears the answers any more.
  void DropAnswered() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    while (!frames_.empty() && frames_.front().results) PopFrame();
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const std::string log_id_;
  auth::Principal principal_;                // set before anything is read
  std::shared_ptr<PublishStreamCall> self_;  // gRPC's share

  // gRPC's, while a read or a write is under way.
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;

  absl::Mutex mu_;
  std::deque<grpc::ByteBuffer> inbox_ ABSL_GUARDED_BY(mu_);  // read, not yet admitted
  std::deque<PendingFrame> frames_ ABSL_GUARDED_BY(mu_);     // read, not yet answered
  size_t inflight_size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t admitted_ ABSL_GUARDED_BY(mu_) = 0;  // frames taken from the inbox
  uint64_t answered_ ABSL_GUARDED_BY(mu_) = 0;  // frames popped; number of frames_.front()
  std::shared_ptr<sequencer::Fence> fence_ ABSL_GUARDED_BY(mu_) =
      std::make_shared<sequencer::Fence>();
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;  // something was refused: so is all that follows
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool admitting_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;  // the client has closed its side
  bool broken_ ABSL_GUARDED_BY(mu_) = false;      // the client is gone
  bool ending_ ABSL_GUARDED_BY(mu_) = false;      // this side ends it
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status ending_status_ ABSL_GUARDED_BY(mu_);
  absl::Time last_frame_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartPublishStream(
    const Hub& hub, grpc::CallbackServerContext* context) {
  auto call = std::make_shared<PublishStreamCall>(hub, context);
  PublishStreamCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
