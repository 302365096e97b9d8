#include "server/federation/attached_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "proto/record/errors.h"

namespace liaison::federation {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

// A stream that keeps what it is asked, and is answered by the test.
class Stream final : public AttachedLines::Stream {
 public:
  void Ask(const pb::LaneQuestion& question) override {
    absl::MutexLock lock(&mu_);
    questions_.push_back(question);
  }
  void End(const absl::Status& why) override {
    absl::MutexLock lock(&mu_);
    ended_ = why;
  }
  // Once there is one.
  pb::LaneQuestion Question(size_t index) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return questions_.size() > index; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&there), kPatience));
    return there() ? questions_[index] : pb::LaneQuestion();
  }
  absl::Status ended() {
    absl::MutexLock lock(&mu_);
    return ended_;
  }

 private:
  absl::Mutex mu_;
  std::vector<pb::LaneQuestion> questions_;
  absl::Status ended_;
};

pb::PullLaneRequest Asking(uint64_t settled) {
  pb::PullLaneRequest request;
  request.set_settled(settled);
  return request;
}
pb::LaneAnswer AnswerTo(const pb::LaneQuestion& question, const std::string& head) {
  pb::LaneAnswer answer;
  answer.set_number(question.number());
  answer.mutable_pulled()->set_head(head);
  return answer;
}

// One pull, on a thread of its own.
class Pull {
 public:
  Pull(PeerLine* line, uint64_t settled)
      : thread_([this, line, settled] { answer_ = line->PullLane(Asking(settled)); }) {}
  ~Pull() { Join().IgnoreError(); }
  absl::StatusOr<pb::PullLaneResponse> Join() {
    if (thread_.joinable()) thread_.join();
    return answer_;
  }

 private:
  absl::StatusOr<pb::PullLaneResponse> answer_ = absl::UnknownError("not yet");
  std::thread thread_;
};

class AttachedLinesTest : public ::testing::Test {
 protected:
  AttachedLines lines_{kPatience};
  std::shared_ptr<Stream> stream_ = std::make_shared<Stream>();
  std::unique_ptr<PeerLine> line_ = lines_.LineTo("nri");
};

TEST_F(AttachedLinesTest, WhoHasNotCalledIsNotThere) {
  lines_.Attach("somebody", stream_);
  const absl::Status status = line_->PullLane(Asking(0)).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("has not called"));
}

TEST_F(AttachedLinesTest, AnswersGoToWhoAsked) {
  lines_.Attach("nri", stream_);
  Pull first(line_.get(), 1);
  const pb::LaneQuestion asked = stream_->Question(0);
  Pull second(line_.get(), 2);
  const pb::LaneQuestion other = stream_->Question(1);
  EXPECT_EQ(asked.pull().settled(), 1u);
  EXPECT_EQ(other.pull().settled(), 2u);
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), AnswerTo(other, "of the second")));
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), AnswerTo(asked, "of the first")));
  EXPECT_EQ(first.Join()->head(), "of the first");
  EXPECT_EQ(second.Join()->head(), "of the second");
}

TEST_F(AttachedLinesTest, ARefusalIsOne) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  pb::LaneAnswer answer;
  answer.set_number(stream_->Question(0).number());
  *answer.mutable_error() = record::ToProto(
      record::Error(record::Reason::kNotFound, "no such lane").RetryAfter(absl::Seconds(7)));
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), answer));
  const absl::Status refused = pull.Join().status();
  EXPECT_EQ(record::ReasonOf(refused), record::Reason::kNotFound);
  EXPECT_EQ(record::RetryDelayOf(refused), absl::Seconds(7));
}

TEST_F(AttachedLinesTest, WhatIsNoAnswerIsNone) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  const pb::LaneQuestion question = stream_->Question(0);
  const auto other = std::make_shared<Stream>();
  lines_.Attach("other", other);
  pb::LaneAnswer guessed = AnswerTo(question, "forged");
  EXPECT_FALSE(lines_.Answer("other", other.get(), guessed)) << "another peer's question";
  EXPECT_FALSE(lines_.Answer("nri", other.get(), guessed)) << "not its stream";
  guessed.set_number(question.number() + 1);
  EXPECT_FALSE(lines_.Answer("nri", stream_.get(), guessed)) << "no question";
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), AnswerTo(question, "true")));
  EXPECT_FALSE(lines_.Answer("nri", stream_.get(), AnswerTo(question, "twice")));
  EXPECT_EQ(pull.Join()->head(), "true");
  EXPECT_FALSE(lines_.Answer("nri", stream_.get(), AnswerTo(question, "late")));
}

// Whatever is asked, as a line that was dialled brings it.
TEST_F(AttachedLinesTest, ErrandsGoOverTheLineAsWell) {
  lines_.Attach("nri", stream_);
  pb::GetEvidenceRequest evidence;
  evidence.add_origins("an origin");
  absl::StatusOr<pb::GetEvidenceResponse> told = absl::UnknownError("not yet");
  std::thread asking([&] { told = line_->GetEvidence(evidence); });
  pb::LaneQuestion question = stream_->Question(0);
  EXPECT_EQ(question.evidence().SerializeAsString(), evidence.SerializeAsString());
  pb::LaneAnswer answer;
  answer.set_number(question.number());
  answer.mutable_evidence()->add_evidence()->set_origin("an origin");
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), answer));
  asking.join();
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->SerializeAsString(), answer.evidence().SerializeAsString());

  pb::GetConsistencyProofRequest sizes;
  sizes.set_old_size(3);
  absl::StatusOr<pb::GetConsistencyProofResponse> proof = absl::UnknownError("not yet");
  asking = std::thread([&] { proof = line_->GetConsistencyProof(sizes); });
  question = stream_->Question(1);
  EXPECT_EQ(question.consistency().old_size(), 3u);
  answer.set_number(question.number());
  answer.mutable_consistency()->set_new_size(7);
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), answer));
  asking.join();
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->new_size(), 7u);

  pb::AddCosignaturesRequest note;
  note.set_note("a note");
  absl::StatusOr<pb::AddCosignaturesResponse> taken = absl::UnknownError("not yet");
  asking = std::thread([&] { taken = line_->AddCosignatures(note); });
  question = stream_->Question(2);
  EXPECT_EQ(question.cosignatures().note(), "a note");
  answer.set_number(question.number());
  answer.mutable_cosignatures()->set_enough(true);
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), answer));
  asking.join();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(taken->enough());
}

TEST_F(AttachedLinesTest, AnAnswerToAnotherQuestionIsNone) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  pb::LaneAnswer answer;
  answer.set_number(stream_->Question(0).number());
  answer.mutable_evidence();
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), answer));
  EXPECT_TRUE(absl::IsUnavailable(pull.Join().status()));
}

TEST_F(AttachedLinesTest, AnOutcomeThatIsMissingIsAnError) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  pb::LaneAnswer empty;
  empty.set_number(stream_->Question(0).number());
  EXPECT_TRUE(lines_.Answer("nri", stream_.get(), empty));
  EXPECT_FALSE(pull.Join().ok());
}

TEST_F(AttachedLinesTest, TheNewestStreamStays) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  const pb::LaneQuestion question = stream_->Question(0);
  const auto newer = std::make_shared<Stream>();
  lines_.Attach("nri", newer);
  EXPECT_TRUE(absl::IsUnavailable(pull.Join().status()));
  EXPECT_TRUE(absl::IsAborted(stream_->ended()));
  lines_.Detach("nri", stream_.get());
  EXPECT_FALSE(lines_.Answer("nri", newer.get(), AnswerTo(question, "of the one before")));
  Pull again(line_.get(), 3);
  EXPECT_TRUE(lines_.Answer("nri", newer.get(), AnswerTo(newer->Question(0), "newer")));
  EXPECT_EQ(again.Join()->head(), "newer");
}

TEST_F(AttachedLinesTest, AStreamThatBreaksFailsWhatWasAskedOverItAtOnce) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  stream_->Question(0);
  lines_.Detach("nri", stream_.get());
  EXPECT_TRUE(absl::IsUnavailable(pull.Join().status()));
  EXPECT_THAT(std::string(line_->PullLane(Asking(0)).status().message()),
              HasSubstr("has not called"));
}

TEST_F(AttachedLinesTest, WhoDoesNotAnswerInTimeLosesTheStream) {
  AttachedLines hasty(absl::Milliseconds(20));
  const std::unique_ptr<PeerLine> line = hasty.LineTo("nri");
  hasty.Attach("nri", stream_);
  EXPECT_TRUE(absl::IsUnavailable(line->PullLane(Asking(0)).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(stream_->ended()));
}

TEST_F(AttachedLinesTest, CancelEndsWhatWaitsAndWhatComes) {
  lines_.Attach("nri", stream_);
  Pull pull(line_.get(), 0);
  stream_->Question(0);
  line_->Cancel();
  EXPECT_TRUE(absl::IsCancelled(pull.Join().status()));
  EXPECT_TRUE(absl::IsCancelled(line_->PullLane(Asking(0)).status()));
  EXPECT_TRUE(stream_->ended().ok()) << "the stream is not the line's";
}

}  // namespace
}  // namespace liaison::federation
