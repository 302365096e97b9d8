#include "server/rpc/page_token.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "tests/support/test_hub.h"

namespace liaison::rpc {
namespace {

using record::Reason;

TEST(PageTokenTest, IsGoodForItsOwnRequestAndLogOnly) {
  testing::TestHub hub;
  testing::TestHub other;
  const std::string token = MakePageToken(hub.log(), "events all", "17");
  EXPECT_EQ(*ReadPageToken(hub.log(), "events all", token), "17");
  EXPECT_EQ(*ReadPageToken(hub.log(), "events all", ""), "");
  EXPECT_EQ(record::ReasonOf(ReadPageToken(hub.log(), "events some", token).status()),
            Reason::kPageTokenInvalid);
  EXPECT_EQ(record::ReasonOf(ReadPageToken(other.log(), "events all", token).status()),
            Reason::kPageTokenInvalid);
  hub.Restart();
  EXPECT_EQ(*ReadPageToken(hub.log(), "events all", token), "17");
}

TEST(PageTokenTest, WhatWasMadeIsTakenBackEvenWithoutAKey) {
  testing::TestHub hub;
  const auto read = ReadPageToken(hub.log(), "events", MakePageToken(hub.log(), "events", ""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, "");
}

TEST(PageTokenTest, CannotBeMadeUp) {
  testing::TestHub hub;
  std::string token = MakePageToken(hub.log(), "events", "17");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    auto read = ReadPageToken(hub.log(), "events", forged);
    // The last character may carry bits that are not used; then it is the same token.
    EXPECT_TRUE(!read.ok() || *read == "17") << i;
  }
  EXPECT_FALSE(ReadPageToken(hub.log(), "events", "AAAA").ok());
  EXPECT_FALSE(ReadPageToken(hub.log(), "events", "%%%").ok());
}

TEST(PageSizeTest, Aip158) {
  EXPECT_EQ(*PageSize(0), static_cast<size_t>(record::kDefaultPageSize));
  EXPECT_EQ(*PageSize(7), 7u);
  EXPECT_EQ(*PageSize(1'000'000), static_cast<size_t>(record::kMaxPageSize));
  EXPECT_EQ(record::ReasonOf(PageSize(-1).status()), Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::rpc
