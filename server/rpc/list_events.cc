// ListEvents: a page of the log. At the log's end it can wait for the first event that comes.

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/fanout/cursor.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/list_wait.h"
#include "server/rpc/page_token.h"
#include "server/rpc/position.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/read.h"
#include "server/rpc/status.h"

namespace liaison::rpc {
namespace {

// What was asked for, understood.
struct Question {
  fanout::Filter filter;
  size_t page_size = 0;
  std::string named;   // in page tokens
  uint64_t after = 0;  // goes on while nothing is found
  ListWait wait;
};

absl::StatusOr<Question> Understand(const Hub& hub, const pb::ListEventsRequest& request) {
  Question question;
  LIAISON_ASSIGN_OR_RETURN(question.filter, fanout::Filter::Parse(request.filter()));
  LIAISON_ASSIGN_OR_RETURN(question.page_size, PageSize(request.page_size()));
  LIAISON_ASSIGN_OR_RETURN(question.wait, ListWait::Of(request.wait_seconds(), absl::Now()));
  question.named = absl::StrCat("events ", request.after().log_id(), " ",
                                request.after().sequence(), " ", request.filter());
  LIAISON_ASSIGN_OR_RETURN(std::string key,
                           ReadPageToken(*hub.log, question.named, request.page_token()));
  if (key.empty()) {
    LIAISON_ASSIGN_OR_RETURN(
        question.after, ResolvePosition({hub.log->log_id(), hub.log->earliest(), hub.tail->head()},
                                        request.after(), "after"));
  } else if (!absl::SimpleAtoi(key, &question.after)) {
    return absl::InternalError("a token made here does not parse");
  }
  return question;
}

struct Page {
  std::string bytes;  // events, serialised
  size_t count = 0;
  uint64_t position = 0;
  bool at_end = false;
};

// A page is what a subscriber would get, up to its size.
absl::StatusOr<Page> ReadPage(const Hub& hub, auth::Principal principal, const Question& question) {
  const uint64_t head = hub.tail->head();
  fanout::CursorOptions options;
  options.principal = std::move(principal);
  options.filter = question.filter;
  options.after = question.after;
  options.stop_at = head;
  fanout::Cursor cursor(hub.log, hub.tail, std::move(options));
  Page page;
  while (!page.at_end && page.count < question.page_size &&
         page.bytes.size() < record::kMaxPageSizeBytes) {
    LIAISON_ASSIGN_OR_RETURN(fanout::Step step, cursor.Next(true, question.page_size - page.count));
    const auto* frame = std::get_if<fanout::Frame>(&step);
    if (frame == nullptr) break;
    page.at_end = frame->kind == fanout::Frame::Kind::kStoppedAtHead;
    page.count += frame->event_count;
    for (const fanout::Frame::Run& run : frame->runs) {
      page.bytes.append(run.chunk->bytes, run.begin, run.end - run.begin);
    }
  }
  page.position = cursor.position();
  page.at_end = page.at_end || page.position >= head;
  return page;
}

grpc::ByteBuffer ToBuffer(const Hub& hub, const Question& question, Page page) {
  static_assert(
      int{pb::ListEventsResponse::kEventsFieldNumber} == int{pb::Events::kEventsFieldNumber},
      "a page is a stretch of events");
  pb::ListEventsResponse rest;
  rest.mutable_position()->set_log_id(hub.log->log_id().ToString());
  rest.mutable_position()->set_sequence(page.position);
  if (!page.at_end) {
    rest.set_next_page_token(MakePageToken(*hub.log, question.named, absl::StrCat(page.position)));
  }
  rest.AppendToString(&page.bytes);
  const grpc::Slice slice(page.bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// A ListCall has one right to drive, as a SubscribeCall has: whoever holds it reads, and answers in
// the end. It is held by a worker, or rests while the call is parked in the tail: no thread waits.
//
// Shared by gRPC (until OnDone), the worker that reads, and the registry.
class ListCall final : public grpc::ServerUnaryReactor,
                       public fanout::Waiter,
                       public OpenStream,
                       public std::enable_shared_from_this<ListCall> {
 public:
  ListCall(const Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
           grpc::ByteBuffer* response)
      : hub_(hub), context_(context), request_(request), answer_(hub, context, response) {}

  void Start(std::shared_ptr<ListCall> self) {
    self_ = std::move(self);
    CountMessage(hub_, *context_, request_->Length());
    hub_.pool->Post([call = self_] { call->Open(); });
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      stops_ = true;
    }
    if (hub_.tail->Unpark(this)) FinishWith(absl::CancelledError("whoever asked is gone"));
  }

  void OnDone() override {
    answer_.Done();
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
    {
      absl::MutexLock lock(&mu_);
      if (done_) return;
    }
    const absl::Status stays = hub_.gate->CheckStays(entered_, now);
    if (!stays.ok() && hub_.tail->Unpark(this)) return FinishWith(stays);
    if (question_.wait.IsOver(now) && hub_.tail->Unpark(this)) Answer(NothingFound());
  }

  // Who waits learns how far they have read, and asks again.
  void Drain() override {
    {
      absl::MutexLock lock(&mu_);
      stops_ = true;
    }
    if (hub_.tail->Unpark(this)) Answer(NothingFound());
  }

 private:
  void Schedule() {
    hub_.pool->Post([call = shared_from_this()] { call->Drive(); });
  }

  void Open() {
    const absl::Status opened = EnterAndUnderstand();
    if (!opened.ok()) return FinishWith(opened);
    Drive();
  }

  absl::Status EnterAndUnderstand() {
    LIAISON_ASSIGN_OR_RETURN(entered_,
                             Enter<pb::ListEventsRequest>(*context_, hub_, request_->Length()));
    answer_.PaidBy(entered_);
    pb::ListEventsRequest request;
    LIAISON_RETURN_IF_ERROR(ParseMessage(*request_, &request));
    LIAISON_ASSIGN_OR_RETURN(question_, Understand(hub_, request));
    return absl::OkStatus();
  }

  // Holds the right to drive; answers, or lays it down in the tail.
  void Drive() {
    while (true) {
      absl::StatusOr<Page> page = Read();
      if (!page.ok()) return FinishWith(page.status());
      if (Stops() || !question_.wait.GoesOn(page->count, page->at_end, absl::Now())) {
        return Answer(*std::move(page));
      }
      after_ = page->position;
      if (absl::Status known = BecomeKnown(); !known.ok()) return FinishWith(known);
      if (Rest()) return;
    }
  }

  // What the caller may read, and has room for, can change while it waits.
  absl::StatusOr<Page> Read() {
    if (!known_) return ReadPage(hub_, entered_, question_);
    LIAISON_ASSIGN_OR_RETURN(auth::Principal principal,
                             EnterAgain<pb::ListEventsRequest>(*context_, hub_));
    LIAISON_RETURN_IF_ERROR(answer_.CheckRoom());
    Question rest = question_;
    rest.after = after_;
    return ReadPage(hub_, std::move(principal), rest);
  }

  absl::Status BecomeKnown() {
    if (known_) return absl::OkStatus();
    known_ = true;
    return AddStream(hub_, entered_, *context_, shared_from_this());
  }

  // False: the right to drive is (again) held here.
  bool Rest() {
    if (!hub_.tail->Park(this, after_)) return false;
    // Whatever came just before found nobody parked.
    return !Stops() || !hub_.tail->Unpark(this);
  }

  bool Stops() {
    absl::MutexLock lock(&mu_);
    return stops_;
  }

  Page NothingFound() const {
    Page page;
    page.position = after_;
    page.at_end = true;
    return page;
  }

  void Answer(Page page) {
    answer_.Set(ToBuffer(hub_, question_, std::move(page)));
    FinishWith(absl::OkStatus());
  }

  void FinishWith(const absl::Status& status) {
    // Finish may run OnDone, which may drop the last reference but for this one.
    EndCall(hub_, status,
            [keep = shared_from_this(), status] { keep->Finish(ToGrpcStatus(status)); });
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  CountedAnswer answer_;
  std::shared_ptr<ListCall> self_;  // gRPC's share

  // Set before the call is known to anybody.
  auth::Principal entered_;
  Question question_;

  // Belong to whoever holds the right to drive.
  uint64_t after_ = 0;
  bool known_ = false;  // to the registry

  absl::Mutex mu_;
  bool stops_ ABSL_GUARDED_BY(mu_) = false;  // whoever asked is gone, or the hub goes
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

grpc::ServerUnaryReactor* StartListEvents(const Hub& hub, grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) {
  auto call = std::make_shared<ListCall>(hub, context, request, response);
  ListCall* reactor = call.get();
  reactor->Start(std::move(call));
  return reactor;
}

}  // namespace liaison::rpc
