#include "proto/record/judgement.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::record {
namespace {

TEST(JudgementTest, WhatIsWrongWithTheEventIsOne) {
  for (const Reason reason : {Reason::kFieldInvalid, Reason::kEventIdReused, Reason::kNotPermitted,
                              Reason::kSignatureInvalid, Reason::kKeyNotValid}) {
    EXPECT_TRUE(IsJudgement(Error(reason, "fictional"))) << InfoOf(reason).name;
  }
}

TEST(JudgementTest, WhatIsWrongWithTheHubOrTheCallerIsNone) {
  for (const Reason reason :
       {Reason::kLogWriteFailed, Reason::kClockJumped, Reason::kShuttingDown, Reason::kReadOnly,
        Reason::kCredentialRequired, Reason::kCredentialInvalid}) {
    EXPECT_FALSE(IsJudgement(Error(reason, "fictional"))) << InfoOf(reason).name;
  }
  EXPECT_FALSE(IsJudgement(absl::UnavailableError("the line is cut")));
  EXPECT_FALSE(IsJudgement(absl::DeadlineExceededError("no answer")));
}

TEST(JudgementTest, WhatMayBeAskedAgainInAMomentIsNone) {
  EXPECT_FALSE(
      IsJudgement(Error(Reason::kQueueFull, "fictional").RetryAfter(absl::Milliseconds(200))));
  EXPECT_FALSE(IsJudgement(Error(Reason::kDiskFull, "fictional").RetryAfter(absl::Seconds(5))));
}

}  // namespace
}  // namespace liaison::record
