#include "client/internal/resumable.h"

#include <gtest/gtest.h>

#include "proto/record/errors.h"

namespace liaison::internal {
namespace {

using record::Error;
using record::Reason;

TEST(FateOf, ABrokenLineIsTakenUpAgain) {
  EXPECT_EQ(FateOf(absl::UnavailableError("socket closed")), Fate::kResume);
  EXPECT_EQ(FateOf(Error(Reason::kShuttingDown, "bye")), Fate::kResume);
  EXPECT_EQ(FateOf(Error(Reason::kSlowConsumer, "slow")), Fate::kResume);
  EXPECT_EQ(FateOf(Error(Reason::kTooManyStreams, "many").RetryAfter(absl::Seconds(1))),
            Fate::kResume);
}

TEST(FateOf, WhatTheHubMeansIsFinal) {
  for (Reason reason :
       {Reason::kFilterInvalid, Reason::kLogIncarnationChanged, Reason::kPositionAheadOfLog,
        Reason::kPositionExpired, Reason::kNotPermitted, Reason::kInternal}) {
    EXPECT_EQ(FateOf(Error(reason, "no")), Fate::kFinal) << record::InfoOf(reason).name;
  }
  EXPECT_EQ(FateOf(absl::UnimplementedError("no such method")), Fate::kFinal);
  EXPECT_EQ(FateOf(absl::DataLossError("rotten")), Fate::kFinal);
  EXPECT_EQ(FateOf(absl::ResourceExhaustedError("too large")), Fate::kFinal);
}

TEST(FateCounter, DoubtEndsAfterFiveInARow) {
  const absl::Status doubtful = absl::InternalError("received RST_STREAM");
  FateCounter fates;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(fates.MayResume(doubtful));
  EXPECT_FALSE(fates.MayResume(doubtful));
  fates.Progress();
  EXPECT_TRUE(fates.MayResume(doubtful));
}

TEST(FateCounter, ABrokenLineIsNeverInDoubt) {
  FateCounter fates;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(fates.MayResume(absl::UnavailableError("closed")));
}

}  // namespace
}  // namespace liaison::internal
