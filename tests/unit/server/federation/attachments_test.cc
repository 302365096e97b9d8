#include "server/federation/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "absl/time/clock.h"
#include "fake_entry.h"
#include "proto/record/errors.h"
#include "server/federation/limits.h"
#include "server/federation/questions.h"
#include "server/federation/standings.h"
#include "shown_hub.h"

namespace liaison::federation {
namespace {

using testing::Signal;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Fictional.
constexpr char kPolicy[] = R"(
[peer.igf]
address = "hub.example:7410"
[[peer.igf.send]]
name = "public signals"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"

[peer.nri]
organisation = "org/fictional-nri"
)";

// The far end of all streams, which are one after the other.
class Far {
 public:
  class Stream final : public PeerStream {
   public:
    explicit Stream(Far* far) : far_(*far) {}
    bool Write(const pb::AttachRequest& frame) override {
      absl::MutexLock lock(&far_.mu_);
      far_.written_.push_back(frame);
      return true;
    }
    absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration timeout) override {
      absl::MutexLock lock(&far_.mu_);
      const auto something = [&] { return cancelled_ || !far_.frames_.empty(); };
      if (!far_.mu_.AwaitWithTimeout(absl::Condition(&something), timeout)) {
        return absl::DeadlineExceededError("nothing came");
      }
      if (cancelled_) return absl::CancelledError("cancelled");
      auto frame = std::move(far_.frames_.front());
      far_.frames_.pop_front();
      return frame;
    }
    void Cancel() override {
      absl::MutexLock lock(&far_.mu_);
      cancelled_ = true;
    }

   private:
    Far& far_;
    bool cancelled_ = false;
  };

  std::unique_ptr<PeerStream> Open() {
    absl::MutexLock lock(&mu_);
    opened_.push_back(absl::Now());
    return std::make_unique<Stream>(this);
  }
  void Send(absl::StatusOr<std::optional<pb::AttachResponse>> frame) {
    absl::MutexLock lock(&mu_);
    frames_.push_back(std::move(frame));
  }
  void Ask(uint64_t number, const std::string& origin) {
    pb::AttachResponse frame;
    frame.mutable_question()->set_number(number);
    frame.mutable_question()->mutable_pull()->set_origin(origin);
    Send(frame);
  }
  // Once there is one.
  pb::AttachRequest Written(size_t index) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return written_.size() > index; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&there), kPatience));
    return there() ? written_[index] : pb::AttachRequest();
  }
  size_t written() {
    absl::MutexLock lock(&mu_);
    return written_.size();
  }
  std::vector<absl::Time> AwaitOpened(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return opened_.size() >= count; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&there), kPatience));
    return opened_;
  }

 private:
  absl::Mutex mu_;
  std::deque<absl::StatusOr<std::optional<pb::AttachResponse>>> frames_;
  std::vector<pb::AttachRequest> written_;
  std::vector<absl::Time> opened_;
};

class AttachmentsTest : public ::testing::Test {
 protected:
  void Start(double roll) {
    Attachments::Options options;
    options.policy = &shown_.policy;
    const AnsweringRooms rooms{shown_.source.get(),
                               nullptr,
                               &receipts_,
                               &entry_,
                               nullptr,
                               [](const pb::GetConsistencyProofRequest& request) {
                                 pb::GetConsistencyProofResponse response;
                                 response.set_new_size(request.new_size());
                                 return response;
                               },
                               [](const pb::AddCosignaturesRequest& request)
                                   -> absl::StatusOr<pb::AddCosignaturesResponse> {
                                 if (request.note() != "a note")
                                   return record::FieldInvalid("note", "none of this log");
                                 pb::AddCosignaturesResponse response;
                                 response.set_enough(true);
                                 return response;
                               }};
    options.serve = [rooms](const std::string& peer, const pb::LaneQuestion& question) {
      EXPECT_EQ(peer, "igf");
      return AnswerQuestion(rooms, peer, question, absl::Now());
    };
    options.news = &news_;
    options.dial = [this](const PeerPolicy& peer) -> absl::StatusOr<OpenPeerStream> {
      EXPECT_EQ(peer.address, "hub.example:7410") << "who has no address is not dialled";
      return OpenPeerStream([this] { return far_.Open(); });
    };
    options.on_news = [this](const std::string& peer) {
      EXPECT_EQ(peer, "igf");
      absl::MutexLock lock(&mu_);
      ++heard_;
    };
    options.now = absl::Now;
    options.roll = [roll] { return roll; };
    options.report = [this](const std::string& what) {
      absl::MutexLock lock(&mu_);
      reports_.push_back(what);
    };
    auto started = Attachments::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    attachments_ = *std::move(started);
  }
  bool Heard(int count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return heard_ >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  }

  pb::LaneAnswer AnswerTo(uint64_t number, const std::function<void(pb::LaneQuestion*)>& ask) {
    pb::AttachResponse frame;
    frame.mutable_question()->set_number(number);
    ask(frame.mutable_question());
    const size_t written = far_.written();
    far_.Send(frame);
    const pb::LaneAnswer answer = far_.Written(written).answer();
    EXPECT_EQ(answer.number(), number);
    return answer;
  }

  testing::ShownHub shown_{kPolicy};
  testing::FakeEntry entry_;
  Receipts receipts_{&entry_, [](const std::string& what) { ADD_FAILURE() << what; }};
  transparency::HeadNews news_;
  Far far_;
  absl::Mutex mu_;
  int heard_ = 0;
  std::vector<std::string> reports_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<Attachments> attachments_;
};

TEST_F(AttachmentsTest, WhoAsksOverTheLineGetsWhatThePolicySaysAndNoMore) {
  const uint64_t said = shown_.Publish(Signal("fictional", "org/fictional-a"));
  pb::Draft closed = Signal("fictional", "org/fictional-a");
  closed.set_audience("igf/partners");
  shown_.Publish(closed);
  shown_.Sign();
  Start(0);
  far_.Ask(7, shown_.source->origin());
  const pb::AttachRequest frame = far_.Written(0);
  EXPECT_EQ(frame.answer().number(), 7u);
  const auto served = shown_.source->Serve("igf", [&] {
    pb::PullLaneRequest request;
    request.set_origin(shown_.source->origin());
    return request;
  }());
  ASSERT_TRUE(served.ok());
  EXPECT_EQ(frame.answer().pulled().SerializeAsString(), served->SerializeAsString());
  std::vector<uint64_t> shown;
  for (const pb::LanePiece& piece : frame.answer().pulled().pieces()) {
    for (const pb::LaneItem& item : piece.items()) shown.push_back(item.sequence());
  }
  EXPECT_THAT(shown, ::testing::ElementsAre(said));
}

TEST_F(AttachmentsTest, ARefusalIsAnAnswer) {
  Start(0);
  far_.Ask(1, "hub.example/igf/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01");
  const absl::Status refused = record::FromProto(far_.Written(0).answer().error());
  EXPECT_EQ(record::ReasonOf(refused), record::Reason::kNotFound);
  far_.Ask(2, shown_.source->origin());
  EXPECT_TRUE(far_.Written(1).answer().has_pulled()) << "the line goes on";
}

// What the peer may ask when it calls it may ask over the line, and gets the same.
TEST_F(AttachmentsTest, WhoWitnessesAndWhoAsksForEvidenceIsAnswered) {
  const std::string origin = "hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02";
  ASSERT_TRUE(entry_.Keep(EvidenceRowKey(origin), rows::Evidence().SerializeAsString()).ok());
  Start(0);
  pb::LaneAnswer answer =
      AnswerTo(1, [](pb::LaneQuestion* asked) { asked->mutable_consistency()->set_new_size(7); });
  EXPECT_EQ(answer.consistency().new_size(), 7u);
  answer = AnswerTo(
      2, [](pb::LaneQuestion* asked) { asked->mutable_cosignatures()->set_note("a note"); });
  EXPECT_TRUE(answer.cosignatures().enough());
  answer =
      AnswerTo(3, [](pb::LaneQuestion* asked) { asked->mutable_cosignatures()->set_note("x"); });
  EXPECT_EQ(record::ReasonOf(record::FromProto(answer.error())), record::Reason::kFieldInvalid);
  answer =
      AnswerTo(4, [&](pb::LaneQuestion* asked) { asked->mutable_evidence()->add_origins(origin); });
  EXPECT_EQ(answer.evidence().evidence_size(), 1);
  answer = AnswerTo(5, [](pb::LaneQuestion*) {});
  EXPECT_TRUE(absl::IsUnimplemented(record::FromProto(answer.error())));
}

TEST_F(AttachmentsTest, HintsOfThePeerAreHandedOn) {
  Start(0);
  pb::AttachResponse news;
  news.mutable_news();
  far_.Send(news);
  far_.Send(pb::AttachResponse());  // whatever this is, it is nothing
  far_.Send(news);
  EXPECT_TRUE(Heard(2));
  EXPECT_EQ(far_.written(), 0u);
}

TEST_F(AttachmentsTest, WhoPulledOverTheLineIsToldOfNews) {
  Start(0);
  far_.AwaitOpened(1);
  news_.Tell();
  far_.Ask(1, shown_.source->origin());
  far_.Written(0);
  absl::SleepFor(3 * kHintPause);
  EXPECT_EQ(far_.written(), 1u) << "what was there when it asked is no news";
  const absl::Time began = absl::Now();
  for (int i = 0; i < 100; ++i) news_.Tell();
  // None, unless we were held up.
  const auto pauses = static_cast<size_t>((absl::Now() - began) / kHintPause);
  EXPECT_TRUE(far_.Written(1).has_news());
  absl::SleepFor(3 * kHintPause);
  EXPECT_LE(far_.written(), 3 + pauses) << "once is enough, or twice where it was just being said";
}

TEST_F(AttachmentsTest, ALineThatBreaksIsOpenedAgainAfterAPauseThatGrows) {
  constexpr double kRoll = 0.02;
  for (int i = 0; i < 6; ++i) far_.Send(absl::UnavailableError("nobody there"));
  Start(kRoll);
  const std::vector<absl::Time> opened = far_.AwaitOpened(7);
  for (int i = 0; i < 6; ++i) {
    EXPECT_GE(opened[i + 1] - opened[i], kFirstPause * (1 << i) * kRoll) << i;
  }
}

TEST_F(AttachmentsTest, WhyALineIsRefusedIsSaidOnceUntilItStandsAgain) {
  constexpr double kRoll = 0.01;
  const absl::Status refused = absl::UnauthenticatedError("the certificate has been revoked");
  for (int i = 0; i < 3; ++i) far_.Send(refused);
  Start(kRoll);
  far_.AwaitOpened(4);
  EXPECT_EQ(attachments_->TroubleOf("igf"), "the certificate has been revoked");
  EXPECT_EQ(attachments_->TroubleOf("nri"), "") << "it is not dialled";
  far_.Send(BlockedHere());
  far_.AwaitOpened(5);
  EXPECT_EQ(attachments_->TroubleOf("igf"),
            "it refuses: \"an operator of this hub has blocked this peer\"");
  pb::AttachResponse news;
  news.mutable_news();
  far_.Send(news);
  ASSERT_TRUE(Heard(1));
  EXPECT_EQ(attachments_->TroubleOf("igf"), "");
  far_.Send(absl::UnavailableError("the line broke"));
  far_.AwaitOpened(6);
  EXPECT_EQ(attachments_->TroubleOf("igf"), "") << "one that was open is opened again";
  absl::MutexLock lock(&mu_);
  EXPECT_THAT(reports_, ::testing::ElementsAre(
                            "no line can be kept open to igf: the certificate has been revoked",
                            "no line can be kept open to igf: it refuses: \"an operator of this "
                            "hub has blocked this peer\"",
                            "the line that is kept open to igf stands again"));
}

// A SigningBeat's, with somebody who listens.
class Ear final : public transparency::HeadNews::Listener {
 public:
  void OnHead() override {
    absl::MutexLock lock(&mu_);
    ++heard_;
  }
  bool Await(int count, absl::Duration patience) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return heard_ >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&there), patience);
  }

 private:
  absl::Mutex mu_;
  int heard_ = 0;
};

TEST(HeadNewsTest, WhoListensIsToldSoonAndOfWhatIsNewAlone) {
  testing::ShownHub shown(kPolicy);
  transparency::HeadNews news;
  auto ear = std::make_shared<Ear>();
  news.Add(ear);
  const transparency::SigningBeat beat(
      shown.signer.get(), [](const absl::Status& status) { ADD_FAILURE() << status; }, &news);
  ASSERT_TRUE(ear->Await(1, kPatience)) << "of what was there";
  EXPECT_FALSE(ear->Await(2, absl::Milliseconds(500))) << "nothing is new";
  constexpr int kEvents = 8;
  std::vector<absl::Duration> took;
  for (int i = 0; i < kEvents; ++i) {
    const absl::Time began = absl::Now();
    shown.Publish(Signal("fictional", "org/fictional-a"));
    ASSERT_TRUE(ear->Await(2 + i, kPatience));
    took.push_back(absl::Now() - began);
  }
  // Most of them: some may come while the machine has other things to do.
  std::sort(took.begin(), took.end());
  EXPECT_LT(took[kEvents / 2], absl::Milliseconds(500)) << "once a second is too late";
  EXPECT_EQ(shown.signer->published()->log.head.size, shown.hub.log().head().sequence);
  ear.reset();
  // Whoever is told at this moment is held for so long.
  const absl::Time patience = absl::Now() + kPatience;
  while (news.has_listeners() && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_FALSE(news.has_listeners());
  news.Tell();
}

TEST_F(AttachmentsTest, WhoAsksForTimeGetsIt) {
  far_.Send(absl::Status(
      record::Error(record::Reason::kShuttingDown, "going").RetryAfter(absl::Seconds(1))));
  Start(0);
  const std::vector<absl::Time> opened = far_.AwaitOpened(2);
  EXPECT_GE(opened[1] - opened[0], absl::Seconds(1));
}

}  // namespace
}  // namespace liaison::federation
