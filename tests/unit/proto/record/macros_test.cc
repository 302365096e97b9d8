#include "proto/record/macros.h"

#include <gtest/gtest.h>

#include <memory>

namespace liaison::record {
namespace {

absl::Status Twice(absl::Status first, absl::Status second, int* reached) {
  LIAISON_RETURN_IF_ERROR(first);
  *reached = 1;
  if (*reached == 1) LIAISON_RETURN_IF_ERROR(second);
  *reached = 2;
  return absl::OkStatus();
}

TEST(Macros, ReturnIfErrorReturnsTheFirstError) {
  int reached = 0;
  EXPECT_EQ(Twice(absl::NotFoundError("first"), absl::AbortedError("second"), &reached),
            absl::NotFoundError("first"));
  EXPECT_EQ(reached, 0);
  EXPECT_EQ(Twice(absl::OkStatus(), absl::AbortedError("second"), &reached),
            absl::AbortedError("second"));
  EXPECT_EQ(reached, 1);
  EXPECT_TRUE(Twice(absl::OkStatus(), absl::OkStatus(), &reached).ok());
  EXPECT_EQ(reached, 2);
}

absl::StatusOr<int> Sum(absl::StatusOr<std::unique_ptr<int>> a, absl::StatusOr<int> b) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<int> left, std::move(a));
  int right = 0;
  LIAISON_ASSIGN_OR_RETURN(right, b);
  return *left + right;
}

TEST(Macros, AssignOrReturnTakesTheValueOrReturns) {
  EXPECT_EQ(Sum(std::make_unique<int>(2), 3).value(), 5);
  EXPECT_EQ(Sum(absl::NotFoundError("a"), 3).status(), absl::NotFoundError("a"));
  EXPECT_EQ(Sum(std::make_unique<int>(2), absl::AbortedError("b")).status(),
            absl::AbortedError("b"));
}

}  // namespace
}  // namespace liaison::record
