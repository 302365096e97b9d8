#include "server/federation/attached_lines.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::federation {

// Cancel ends what waits now, and what comes.
class AttachedLines::Line final : public PeerLine {
 public:
  Line(AttachedLines* lines, std::string peer) : lines_(*lines), peer_(std::move(peer)) {}

  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return lines_.Pull(peer_, request, &cancelled_);
  }
  void Cancel() override {
    absl::MutexLock lock(&lines_.mu_);
    cancelled_ = true;
  }

 private:
  AttachedLines& lines_;
  const std::string peer_;
  bool cancelled_ = false;  // guarded by lines_.mu_
};

std::unique_ptr<PeerLine> AttachedLines::LineTo(const std::string& peer) {
  return std::make_unique<Line>(this, peer);
}

void AttachedLines::Attach(const std::string& peer, std::shared_ptr<Stream> stream) {
  std::shared_ptr<Stream> before;
  {
    absl::MutexLock lock(&mu_);
    before = std::exchange(streams_[peer], std::move(stream));
  }
  if (before == nullptr) return;
  Detach(peer, before.get());
  before->End(absl::AbortedError("the same peer has called again: its newest line stays"));
}

void AttachedLines::Detach(const std::string& peer, const Stream* stream) {
  absl::MutexLock lock(&mu_);
  const auto found = streams_.find(peer);
  if (found != streams_.end() && found->second.get() == stream) streams_.erase(found);
  for (auto& [number, waiting] : waiting_) {
    if (waiting->stream.get() != stream || waiting->answered) continue;
    waiting->answer = absl::UnavailableError("the line that the peer kept open here broke");
    waiting->answered = true;
  }
}

bool AttachedLines::Answer(const std::string& peer, const Stream* stream, pb::LaneAnswer answer) {
  absl::MutexLock lock(&mu_);
  const auto asked = streams_.find(peer);
  const auto found = waiting_.find(answer.number());
  if (asked == streams_.end() || asked->second.get() != stream || found == waiting_.end() ||
      found->second->stream.get() != stream || found->second->answered) {
    return false;
  }
  Waiting& waiting = *found->second;
  if (answer.has_pulled()) {
    waiting.answer = std::move(*answer.mutable_pulled());
  } else {
    absl::Status error = record::FromProto(answer.error());
    if (error.ok()) error = absl::UnavailableError("the peer answered nothing");
    waiting.answer = std::move(error);
  }
  waiting.answered = true;
  return true;
}

AttachedLines::PulledOr AttachedLines::Pull(const std::string& peer,
                                            const pb::PullLaneRequest& request,
                                            const bool* cancelled) {
  Waiting waiting;
  pb::LaneQuestion question;
  *question.mutable_pull() = request;
  {
    absl::MutexLock lock(&mu_);
    if (*cancelled) return absl::CancelledError("this hub goes");
    const auto found = streams_.find(peer);
    if (found == streams_.end()) {
      return absl::UnavailableError(
          absl::StrCat(peer, " cannot be dialled, and has not called: it keeps no line open here"));
    }
    waiting.stream = found->second;
    question.set_number(++last_number_);
    waiting_[question.number()] = &waiting;
  }
  waiting.stream->Ask(question);
  const auto over = [&] { return waiting.answered || *cancelled; };
  bool in_time = false;
  {
    absl::MutexLock lock(&mu_);
    in_time = mu_.AwaitWithTimeout(absl::Condition(&over), timeout_);
    waiting_.erase(question.number());
  }
  if (!in_time) {
    waiting.stream->End(absl::DeadlineExceededError("a question was not answered in time"));
    return absl::UnavailableError(
        absl::StrCat("no answer within ", absl::FormatDuration(timeout_)));
  }
  if (!waiting.answered) return absl::CancelledError("this hub goes");
  return std::move(waiting.answer);
}

}  // namespace liaison::federation
