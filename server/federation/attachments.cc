#include "server/federation/attachments.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {

// What belongs to one peer.
class Attachments::Attachment final : public transparency::HeadNews::Listener {
 public:
  Attachment(std::string name, OpenPeerStream opening)
      : peer(std::move(name)), open(std::move(opening)) {}

  void OnHead() override { has_news = true; }

  const std::string peer;
  const OpenPeerStream open;
  std::atomic<bool> has_news{false};
  bool pulled = false;  // over the stream that is open: who never asks need not be told
  bool heard = false;   // something, over that stream

  absl::Mutex mu;
  PeerStream* stream ABSL_GUARDED_BY(mu) = nullptr;  // to be cancelled
  std::string trouble ABSL_GUARDED_BY(mu);
};

absl::StatusOr<std::unique_ptr<Attachments>> Attachments::Start(Options options) {
  std::unique_ptr<Attachments> made(new Attachments(std::move(options)));
  for (const auto& [name, peer] : made->options_.policy->peers()) {
    if (peer.address.empty()) continue;
    LIAISON_ASSIGN_OR_RETURN(OpenPeerStream opening, made->options_.dial(peer));
    made->attachments_.push_back(std::make_shared<Attachment>(name, std::move(opening)));
  }
  for (const std::shared_ptr<Attachment>& each : made->attachments_) {
    made->options_.news->Add(each);
    made->threads_.emplace_back([raw = made.get(), one = each.get()] { raw->Run(one); });
  }
  return made;
}

Attachments::~Attachments() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (const std::shared_ptr<Attachment>& each : attachments_) {
    absl::MutexLock lock(&each->mu);
    if (each->stream != nullptr) each->stream->Cancel();
  }
  for (std::thread& thread : threads_) thread.join();
}

void Attachments::Run(Attachment* attachment) {
  absl::Duration ceiling = kFirstPause;
  while (true) {
    const absl::Time began = options_.now();
    const absl::Status ended = Keep(attachment);
    if (!attachment->heard) SetTrouble(ended, attachment);
    if (options_.now() - began >= kSteadyStream) ceiling = kFirstPause;
    const absl::Duration asked =
        std::clamp(record::RetryDelayOf(ended).value_or(absl::ZeroDuration()), absl::ZeroDuration(),
                   kLongestAsked);
    absl::MutexLock lock(&mu_);
    const absl::Duration pause = asked + ceiling * std::clamp(options_.roll(), 0.0, 1.0);
    ceiling = std::min(2 * ceiling, kLongestAttachPause);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
  }
}

std::string Attachments::TroubleOf(const std::string& peer) const {
  for (const std::shared_ptr<Attachment>& each : attachments_) {
    if (each->peer != peer) continue;
    absl::MutexLock lock(&each->mu);
    return each->trouble;
  }
  return "";
}

void Attachments::SetTrouble(const absl::Status& trouble, Attachment* attachment) {
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) return;
  }
  const std::string why = WhyNotAnswered(trouble, kMaxWhySizeBytes);
  {
    absl::MutexLock lock(&attachment->mu);
    if (std::exchange(attachment->trouble, why) == why) return;
  }
  if (options_.report == nullptr) return;
  options_.report(
      why.empty()
          ? absl::StrCat("the line that is kept open to ", attachment->peer, " stands again")
          : absl::StrCat("no line can be kept open to ", attachment->peer, ": ", why));
}

absl::Status Attachments::Keep(Attachment* attachment) {
  attachment->pulled = attachment->heard = false;
  const std::unique_ptr<PeerStream> stream = attachment->open();
  {
    absl::MutexLock lock(&mu_);
    absl::MutexLock known(&attachment->mu);
    if (stopping_) return absl::CancelledError("this hub goes");
    attachment->stream = stream.get();
  }
  absl::Status ended;
  while (true) {
    auto frame = stream->Read(attachment->pulled ? kHintPause : kPullPause);
    if (absl::IsDeadlineExceeded(frame.status())) {
      // Nothing came: what is new here is said below.
    } else if (!frame.ok() || !*frame) {
      ended = frame.status();
      break;
    } else if (!Act(**frame, stream.get(), attachment)) {
      continue;  // Read says why
    }
    if (!attachment->pulled || !attachment->has_news.exchange(false)) continue;
    pb::AttachRequest news;
    news.mutable_news();
    stream->Write(news);
  }
  absl::MutexLock known(&attachment->mu);
  attachment->stream = nullptr;
  return ended;
}

bool Attachments::Act(const pb::AttachResponse& frame, PeerStream* stream, Attachment* attachment) {
  if (!std::exchange(attachment->heard, true)) SetTrouble(absl::OkStatus(), attachment);
  if (frame.has_news()) options_.on_news(attachment->peer);
  if (!frame.has_question()) return true;
  const pb::LaneQuestion& question = frame.question();
  // What is signed from here on may be news to whoever pulls.
  if (question.has_pull() && !std::exchange(attachment->pulled, true)) attachment->has_news = false;
  const absl::Time began = options_.now();
  absl::StatusOr<pb::LaneAnswer> served = options_.serve(attachment->peer, question);
  const absl::Duration spent = options_.now() - began;
  pb::AttachRequest request;
  pb::LaneAnswer& answer = *request.mutable_answer();
  if (served.ok()) {
    answer = *std::move(served);
  } else {
    *answer.mutable_error() = record::ToProto(served.status());
  }
  answer.set_number(question.number());
  const bool written = stream->Write(request);
  Rest(spent);
  return written;
}

void Attachments::Rest(absl::Duration spent) {
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                       std::min(kAnswerRestFactor * spent, kLongestAnswerRest));
}

}  // namespace liaison::federation
