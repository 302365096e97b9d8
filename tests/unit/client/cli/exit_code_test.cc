#include "client/cli/exit_code.h"

#include <gtest/gtest.h>

#include "proto/record/errors.h"

namespace liaison::cli {
namespace {

TEST(ExitCodeTest, IsOfTheErrorsClass) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kOk);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("x")), ExitCode::kOther);
  EXPECT_EQ(ExitCodeOf(record::FieldInvalid("f", "d")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(record::Error(record::Reason::kClockJumped, "x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), ExitCode::kNoConnection);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("x")), ExitCode::kNoConnection);
  EXPECT_EQ(ExitCodeOf(record::Error(record::Reason::kNotFound, "x")), ExitCode::kNotFound);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("x")), ExitCode::kBadInput);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("x")), ExitCode::kNotVerified);
}

// Scripts depend on them.
TEST(ExitCodeTest, NumbersNeverChange) {
  EXPECT_EQ(static_cast<int>(ExitCode::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::kRefused), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::kNoConnection), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::kNotFound), 5);
  EXPECT_EQ(static_cast<int>(ExitCode::kBadInput), 6);
  EXPECT_EQ(static_cast<int>(ExitCode::kNotVerified), 7);
}

}  // namespace
}  // namespace liaison::cli
