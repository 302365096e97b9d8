#include "server/rpc/connection_judge.h"

#include <gtest/gtest.h>

#include <functional>

#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

using Verdict = ConnectionJudge::Verdict;

// A connection of which a test says what it sees, tick after tick.
class Line {
 public:
  Traffic seen;
  uint64_t unread_bytes = 0;
  // The first verdict that is not kFine.
  Verdict Tick(int ticks, const std::function<void(Traffic*)>& each) {
    for (int i = 0; i < ticks; ++i) {
      each(&seen);
      now_ += kLookInterval;
      Verdict verdict = judge_.Glance(
          {seen.received_bytes, seen.sent_bytes, unread_bytes, seen.message_bytes}, now_);
      if (verdict == Verdict::kSilence && judge_.MayBeSilent(OpenStreams(seen))) {
        verdict = Verdict::kFine;
      }
      if (verdict == Verdict::kFine) verdict = judge_.Look(seen, now_);
      if (verdict != Verdict::kFine) return verdict;
    }
    return Verdict::kFine;
  }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  ConnectionJudge judge_{now_};
};

constexpr uint64_t kMiB = 1 << 20;
constexpr int kTicksAnHour = 36'000;

TEST(ConnectionJudge, APublisherOfGreatFramesIsFine) {
  Line line;
  line.seen.streams_begun = 1;
  uint64_t ahead = 0;
  EXPECT_EQ(line.Tick(kTicksAnHour / 10,
                      [&](Traffic* traffic) {
                        ahead += kMiB;
                        traffic->received_bytes += kMiB + 1500;
                        traffic->sent_bytes += 35;  // room for more
                        if (ahead < 4 * kMiB) return;
                        ahead -= 4 * kMiB;
                        traffic->message_bytes += 4 * kMiB;
                        traffic->sent_bytes += 100;
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, AThousandCallsASecondAreFine) {
  Line line;
  EXPECT_EQ(line.Tick(kTicksAnHour,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 100 * 300;
                        traffic->sent_bytes += 100 * 500;
                        traffic->streams_begun += 100;
                        traffic->streams_ended += 100;
                        traffic->message_bytes += 100 * 20;
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, ASubscriberWhoOnlyPingsIsFine) {
  Line line;
  line.seen.streams_begun = 1;
  int tick = 0;
  EXPECT_EQ(line.Tick(kTicksAnHour,
                      [&](Traffic* traffic) {
                        if (++tick % 300 != 0) return;
                        traffic->received_bytes += 39;
                        traffic->sent_bytes += 39;
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, AReaderOfMuchIsFine) {
  Line line;
  line.seen.streams_begun = 1;
  EXPECT_EQ(line.Tick(kTicksAnHour,
                      [](Traffic* traffic) {
                        traffic->sent_bytes += 10 * kMiB;
                        traffic->received_bytes += 320 * 70;  // two windows for each 32 KiB
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, AnEndlessHeaderIsCutOff) {
  Line line;
  line.seen.streams_begun = 1;
  EXPECT_EQ(line.Tick(7, [](Traffic* traffic) { traffic->received_bytes += kMiB / 4; }),
            Verdict::kSilence);
  EXPECT_LE(line.seen.received_bytes, 2 * kMiB);
}

TEST(ConnectionJudge, AnEndlessHeaderBesideAStreamOfAnswersIsCutOffToo) {
  Line line;
  line.seen.streams_begun = 2;
  EXPECT_EQ(line.Tick(80,
                      [](Traffic* traffic) {
                        traffic->received_bytes += kMiB;
                        traffic->sent_bytes += 50;
                      }),
            Verdict::kUnexplained);
}

TEST(ConnectionJudge, AMessageThatIsTooLargeIsLeftToBeRefusedInWords) {
  Line line;
  line.seen.streams_begun = 1;
  EXPECT_EQ(line.Tick(2 * kMaxReceiveSizeBytes / kMiB,
                      [](Traffic* traffic) {
                        traffic->received_bytes += kMiB + 1500;
                        traffic->sent_bytes += 35;
                      }),
            Verdict::kFine);
  EXPECT_EQ(line.Tick(1, [](Traffic* traffic) { ++traffic->streams_broken; }), Verdict::kFine);
}

// Of each a window and what gRPC lets in beyond it for a great message: the last of it is answered
// with nothing. They are looked at in the worst moment, when all of that has come.
TEST(ConnectionJudge, GreatUploadsAtOnceAreFine) {
  Line line;
  line.seen.streams_begun = kUploadsAtOnce;
  EXPECT_EQ(line.Tick(2,
                      [](Traffic* traffic) {
                        traffic->received_bytes += kUploadsAtOnce * 2 * kMiB;
                        traffic->sent_bytes += 35;
                      }),
            Verdict::kFine);
  EXPECT_EQ(line.Tick(8, [](Traffic* traffic) { traffic->received_bytes += 4 * kMiB; }),
            Verdict::kFine);
  EXPECT_EQ(line.Tick(1,
                      [](Traffic* traffic) {
                        traffic->message_bytes = traffic->received_bytes;
                        traffic->streams_ended = kUploadsAtOnce;
                        traffic->sent_bytes += 100 * kUploadsAtOnce;
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, AnEndlessHeaderBehindUploadsThatDoNotGoOnIsCutOff) {
  Line line;
  line.seen.streams_begun = kUploadsAtOnce;
  EXPECT_EQ(line.Tick(400, [](Traffic* traffic) { traffic->received_bytes += kMiB / 8; }),
            Verdict::kSilence);
  EXPECT_LE(line.seen.received_bytes, (kUploadsAtOnce + 1) * kMiB);
}

TEST(ConnectionJudge, GreatUploadsToABusyHubAreFine) {
  Line line;
  line.seen.streams_begun = kUploadsAtOnce;
  line.unread_bytes = 500'000;
  EXPECT_EQ(line.Tick(static_cast<int>(kUploadsAtOnce * 4),
                      [](Traffic* traffic) {
                        traffic->received_bytes += kMiB;
                        traffic->sent_bytes += 35;
                      }),
            Verdict::kFine);
}

// Ticks are longer than glances, of which each counts for two at most.
int TicksOf(absl::Duration time) { return static_cast<int>(time / (2 * kGlanceInterval)); }

TEST(ConnectionJudge, AHeaderInCrumbsIsCutOffByTheTimeItTakes) {
  Line line;
  line.seen.streams_begun = 1;
  line.unread_bytes = 10'000;
  const auto crumbs = [](Traffic* traffic) { traffic->received_bytes += 4 << 10; };
  EXPECT_EQ(line.Tick(TicksOf(kLongestUnanswered), crumbs), Verdict::kFine);
  EXPECT_EQ(line.Tick(2, crumbs), Verdict::kToil);
  EXPECT_LT(line.seen.received_bytes, kMaxSilentBytes);
}

TEST(ConnectionJudge, AHeaderInCrumbsIsCutOffWhateverPausesItLeaves) {
  Line line;
  line.seen.streams_begun = kUploadsAtOnce;
  int tick = 0;
  EXPECT_EQ(line.Tick(4 * TicksOf(kLongestUnanswered),
                      [&](Traffic* traffic) {
                        line.unread_bytes = ++tick % 2 * 1000;
                        traffic->received_bytes += 4 << 10;
                      }),
            Verdict::kToil);
}

TEST(ConnectionJudge, AHeaderInCrumbsBesideAStreamOfAnswersIsCutOffToo) {
  Line line;
  line.seen.streams_begun = 2;
  line.unread_bytes = 10'000;
  const auto crumbs = [](Traffic* traffic) {
    traffic->received_bytes += 4 << 10;
    traffic->sent_bytes += 50;
  };
  EXPECT_EQ(line.Tick(TicksOf(kLongestFruitless), crumbs), Verdict::kFine);
  EXPECT_EQ(line.Tick(2, crumbs), Verdict::kToil);
}

TEST(ConnectionJudge, ABusyPublisherIsFineHoweverMuchWaitsToBeRead) {
  Line line;
  line.seen.streams_begun = 1;
  line.unread_bytes = 10'000;
  EXPECT_EQ(line.Tick(kTicksAnHour,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 100 << 10;
                        traffic->message_bytes += 99 << 10;
                        traffic->sent_bytes += 500;
                      }),
            Verdict::kFine);
}

// As where no thread of gRPC's gets its turn.
TEST(ConnectionJudge, WhatTheHubDoesNotReadIsNotHeldAgainstAnybody) {
  Line line;
  line.seen.streams_begun = 1;
  line.seen.received_bytes = line.unread_bytes = 300 << 10;
  EXPECT_EQ(line.Tick(kTicksAnHour, [](Traffic*) {}), Verdict::kFine);
}

TEST(ConnectionJudge, WhatNoStreamCanExplainIsCutOffSoon) {
  Line line;
  EXPECT_EQ(line.Tick(4,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 100 << 10;
                        traffic->sent_bytes += 100 << 10;  // SETTINGS, each answered
                      }),
            Verdict::kUnexplained);
}

TEST(ConnectionJudge, CallsThatAreTakenBackAreCutOff) {
  Line line;
  EXPECT_EQ(line.Tick(20,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 300 * 100;
                        traffic->streams_begun += 300;
                        traffic->streams_broken += 290;
                        traffic->streams_ended += 10;
                      }),
            Verdict::kBrokenStreams);
}

// As it is seen: gRPC has not put away what was taken back.
TEST(ConnectionJudge, MoreCallsThanCanBeOpenAreCutOff) {
  Line line;
  EXPECT_EQ(line.Tick(4,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 900 * 100;
                        traffic->streams_begun += 900;
                      }),
            Verdict::kBrokenStreams);
}

// channelz reads how many began, and a moment later how many ended.
TEST(ConnectionJudge, ACallThatBeganAndEndedWhileTheyWereCountedIsNoneTooMany) {
  Line line;
  EXPECT_EQ(line.Tick(4,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 100 * 100;
                        traffic->streams_begun += 100;
                        traffic->streams_ended = traffic->streams_begun + 1;
                      }),
            Verdict::kFine);
  EXPECT_EQ(OpenStreams({.streams_begun = 10, .streams_ended = 10, .streams_broken = 1}), 0);
}

TEST(ConnectionJudge, WhatWasUnderWayWhenItsStreamEndedIsExplained) {
  Line line;
  line.seen.streams_begun = 1;
  EXPECT_EQ(line.Tick(4, [](Traffic* traffic) { traffic->received_bytes += kMiB / 4; }),
            Verdict::kFine);
  EXPECT_EQ(line.Tick(1, [](Traffic* traffic) { ++traffic->streams_broken; }), Verdict::kFine);
}

TEST(ConnectionJudge, WhoLetsGoOfAllTheirStreamsAtOnceIsFine) {
  Line line;
  EXPECT_EQ(line.Tick(1,
                      [](Traffic* traffic) {
                        traffic->received_bytes += kMaxConcurrentStreams * 200;
                        traffic->streams_begun += kMaxConcurrentStreams;
                      }),
            Verdict::kFine);
  EXPECT_EQ(line.Tick(1,
                      [](Traffic* traffic) {
                        traffic->received_bytes += kMaxConcurrentStreams * 35;
                        traffic->streams_broken += kMaxConcurrentStreams;
                      }),
            Verdict::kFine);
}

TEST(ConnectionJudge, AGoodPastIsNoCreditForAnAttack) {
  Line line;
  line.Tick(kTicksAnHour, [](Traffic* traffic) {
    traffic->streams_begun += 100;
    traffic->streams_ended += 100;
    traffic->received_bytes += 100 * 300;
    traffic->sent_bytes += 100 * 500;
  });
  EXPECT_EQ(line.Tick(4,
                      [](Traffic* traffic) {
                        traffic->received_bytes += 100 << 10;
                        traffic->sent_bytes += 10;
                      }),
            Verdict::kUnexplained);
}

}  // namespace
}  // namespace liaison::rpc
