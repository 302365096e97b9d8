#include "server/subscriptions/ack_token.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace liaison::subscriptions {
namespace {

constexpr char kSecret[] = "a fictional secret";
constexpr char kUid[] = "0123456789abcdef";

std::string Token() { return MakeAckToken(kSecret, kUid, {3, 1234567, 5, 8}); }

TEST(AckTokenTest, SaysWhatItWasMadeOf) {
  const auto token = ReadAckToken(kSecret, kUid, Token());
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->generation, 3u);
  EXPECT_EQ(token->sequence, 1234567u);
  EXPECT_EQ(token->delivery, 5u);
  EXPECT_EQ(token->epoch, 8u);
}

TEST(AckTokenTest, EveryBitOfItCounts) {
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(Token(), &bytes));
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ReadAckToken(kSecret, kUid, absl::WebSafeBase64Escape(other))) << "bit " << bit;
  }
}

TEST(AckTokenTest, IsNoneOfAnotherSubscriptionOrHub) {
  EXPECT_FALSE(ReadAckToken(kSecret, "0123456789abcdeF", Token()));
  EXPECT_FALSE(ReadAckToken("another secret", kUid, Token()));
}

}  // namespace
}  // namespace liaison::subscriptions
