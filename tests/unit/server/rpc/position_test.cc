#include "server/rpc/position.h"

#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

using record::Reason;

// A log of which events 1 to 4 are trimmed, and 20 is the last.
class PositionTest : public ::testing::Test {
 protected:
  absl::StatusOr<uint64_t> Resolve(uint64_t sequence, const std::string& log_id = "") {
    igf::liaison::v1::Position position;
    position.set_sequence(sequence);
    position.set_log_id(log_id);
    return ResolvePosition(log_, position, "after");
  }
  Extent log_{record::Uuid::Random(), 5, 20};
};

TEST_F(PositionTest, WhatFollowsCanBeRead) {
  for (uint64_t sequence = 4; sequence <= 20; ++sequence) {
    const auto after = Resolve(sequence, log_.log_id.ToString());
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(*after, sequence);
  }
}

TEST_F(PositionTest, BeforeWhatWasTrimmedItHasExpired) {
  for (uint64_t sequence = 0; sequence <= 3; ++sequence) {
    const absl::Status expired = Resolve(sequence).status();
    EXPECT_EQ(expired.code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(record::ReasonOf(expired), Reason::kPositionExpired);
    EXPECT_EQ(record::MetadataOf(expired, "earliest"), "5");
  }
}

TEST_F(PositionTest, BeyondTheHeadItIsAhead) {
  EXPECT_EQ(record::ReasonOf(Resolve(21).status()), Reason::kPositionAheadOfLog);
  EXPECT_EQ(record::ReasonOf(Resolve(~uint64_t{0}).status()), Reason::kPositionAheadOfLog);
}

TEST_F(PositionTest, InAnotherLogItMeansNothing) {
  EXPECT_EQ(record::ReasonOf(Resolve(7, record::Uuid::Random().ToString()).status()),
            Reason::kLogIncarnationChanged);
  EXPECT_EQ(record::ReasonOf(Resolve(7, "7").status()), Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::rpc
