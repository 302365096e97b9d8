#include "client/cli/suggest.h"

#include <gtest/gtest.h>

namespace liaison::cli {
namespace {

const std::vector<std::string> kWords = {"publish", "subscribe", "get", "list", "export", "import"};

TEST(SuggestTest, FindsSlips) {
  EXPECT_EQ(Nearest("pubish", kWords), "publish");
  EXPECT_EQ(Nearest("pbulish", kWords), "publish");
  EXPECT_EQ(Nearest("Publish", kWords), "publish");
  EXPECT_EQ(Nearest("sub", kWords), "subscribe");
  EXPECT_EQ(Nearest("gte", kWords), "get");
}

TEST(SuggestTest, DoesNotGuessWild) {
  EXPECT_EQ(Nearest("frobnicate", kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
  EXPECT_EQ(Nearest(std::string(1000, 'x'), kWords), "");
  EXPECT_EQ(DidYouMean("frobnicate", kWords), "");
  EXPECT_EQ(DidYouMean("lits", kWords), "; did you mean `list`?");
}

}  // namespace
}  // namespace liaison::cli
