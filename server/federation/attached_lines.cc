#include "server/federation/attached_lines.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::federation {
namespace {

absl::Status NothingAnswered() { return absl::UnavailableError("the peer answered nothing"); }

}  // namespace

// Cancel ends what waits now, and what comes.
class AttachedLines::Line final : public PeerLine {
 public:
  Line(AttachedLines* lines, std::string peer) : lines_(*lines), peer_(std::move(peer)) {}

  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    pb::LaneQuestion question;
    *question.mutable_pull() = request;
    LIAISON_ASSIGN_OR_RETURN(pb::LaneAnswer answer, Ask(std::move(question)));
    if (!answer.has_pulled()) return NothingAnswered();
    return std::move(*answer.mutable_pulled());
  }
  absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(
      const pb::GetEvidenceRequest& request) override {
    pb::LaneQuestion question;
    *question.mutable_evidence() = request;
    LIAISON_ASSIGN_OR_RETURN(pb::LaneAnswer answer, Ask(std::move(question)));
    if (!answer.has_evidence()) return NothingAnswered();
    return std::move(*answer.mutable_evidence());
  }
  absl::StatusOr<pb::GetConsistencyProofResponse> GetConsistencyProof(
      const pb::GetConsistencyProofRequest& request) override {
    pb::LaneQuestion question;
    *question.mutable_consistency() = request;
    LIAISON_ASSIGN_OR_RETURN(pb::LaneAnswer answer, Ask(std::move(question)));
    if (!answer.has_consistency()) return NothingAnswered();
    return std::move(*answer.mutable_consistency());
  }
  absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
      const pb::AddCosignaturesRequest& request) override {
    pb::LaneQuestion question;
    *question.mutable_cosignatures() = request;
    LIAISON_ASSIGN_OR_RETURN(pb::LaneAnswer answer, Ask(std::move(question)));
    if (!answer.has_cosignatures()) return NothingAnswered();
    return std::move(*answer.mutable_cosignatures());
  }
  void Cancel() override {
    absl::MutexLock lock(&lines_.mu_);
    cancelled_ = true;
  }

 private:
  AnswerOr Ask(pb::LaneQuestion question) {
    return lines_.Ask(peer_, std::move(question), &cancelled_);
  }

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
  if (answer.has_error()) {
    absl::Status error = record::FromProto(answer.error());
    waiting.answer = error.ok() ? NothingAnswered() : std::move(error);
  } else {
    waiting.answer = std::move(answer);
  }
  waiting.answered = true;
  return true;
}

AttachedLines::AnswerOr AttachedLines::Ask(const std::string& peer, pb::LaneQuestion question,
                                           const bool* cancelled) {
  Waiting waiting;
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
