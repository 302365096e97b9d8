#include "proto/record/token.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::record {
namespace {

using ::testing::MatchesRegex;

TEST(TokenTest, SaysItsKindAndNoTwoAreAlike) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = NewToken(TokenKind::kAccess);
    EXPECT_THAT(token, MatchesRegex("igfl_pat_[0-9A-Za-z]{49}"));
    EXPECT_EQ(KindOfToken(token), TokenKind::kAccess);
    EXPECT_TRUE(seen.insert(token).second);
  }
  EXPECT_EQ(KindOfToken(NewToken(TokenKind::kInvitation)), TokenKind::kInvitation);
  EXPECT_EQ(KindOfToken(NewToken(TokenKind::kSession)), TokenKind::kSession);
}

TEST(TokenTest, EveryDigitOfTheSecretIsRandom) {
  std::vector<std::set<char>> digits(43);
  for (int i = 0; i < 2000; ++i) {
    const std::string token = NewToken(TokenKind::kAccess);
    for (size_t place = 0; place < digits.size(); ++place) digits[place].insert(token[9 + place]);
  }
  // 2^256 fills the first digit of 43 by a third.
  for (size_t place = 1; place < digits.size(); ++place) EXPECT_EQ(digits[place].size(), 62u);
  EXPECT_GT(digits[0].size(), 4u);
}

TEST(TokenTest, ATypingErrorIsSeen) {
  const std::string token = NewToken(TokenKind::kInvitation);
  for (size_t place = 0; place < token.size(); ++place) {
    std::string mistyped = token;
    mistyped[place] = mistyped[place] == 'x' ? 'y' : 'x';
    EXPECT_EQ(KindOfToken(mistyped), std::nullopt) << place;
  }
  EXPECT_EQ(KindOfToken(""), std::nullopt);
  EXPECT_EQ(KindOfToken("igfl_pat_"), std::nullopt);
  EXPECT_EQ(KindOfToken(token + "0"), std::nullopt);
  EXPECT_EQ(KindOfToken(token.substr(1)), std::nullopt);
}

// Kept by hubs: another program, or a later one, must read them as they are.
TEST(TokenTest, OneFromBeforeIsStillOne) {
  // The bytes 0 to 31, by Python's zlib and hashlib.
  const std::string token = "igfl_pat_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3ARIfP";
  EXPECT_EQ(KindOfToken(token), TokenKind::kAccess);
  EXPECT_EQ(TokenHash(token).ToHex(),
            "9267c585eafcab5dd1ebd3a93d8d6a1d5d0f940d82c7383d1b6bd7e259df3029");
}

}  // namespace
}  // namespace liaison::record
