#include "server/web/publisher.h"

#include <gtest/gtest.h>

#include "server/web/http_client.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

TEST(RestAfter, IsLongerEachTimeAndNeverForEver) {
  EXPECT_EQ(RestAfter(1, 0), kMinPublishRest);
  EXPECT_EQ(RestAfter(2, 0), 2 * kMinPublishRest);
  EXPECT_EQ(RestAfter(5, 0), 16 * kMinPublishRest);
  for (const int failures : {9, 10, 21, 1000, 2'000'000'000}) {
    EXPECT_LE(RestAfter(failures, 0), kMaxPublishRest);
    EXPECT_GE(RestAfter(failures, 0.999), kMaxPublishRest / 2 - kMaxPublishRest / 10);
  }
}

TEST(RestAfter, ThoseWhoFailedTogetherDoNotComeBackTogether) {
  EXPECT_GT(RestAfter(3, 0), RestAfter(3, 0.5));
  EXPECT_GE(RestAfter(3, 0.999), RestAfter(3, 0) / 2);
}

TEST(ParseUrl, WhatAWitnessesAddressLooksLike) {
  const auto plain = ParseUrl("https://witness.example.org");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_TRUE(plain->tls);
  EXPECT_EQ(plain->host, "witness.example.org");
  EXPECT_EQ(plain->port, "443");
  EXPECT_EQ(plain->path, "");
  const auto whole = ParseUrl("http://127.0.0.1:7443/a/witness/");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_FALSE(whole->tls);
  EXPECT_EQ(whole->host, "127.0.0.1");
  EXPECT_EQ(whole->port, "7443");
  EXPECT_EQ(whole->path, "/a/witness");
  const auto v6 = ParseUrl("https://[2001:db8::1]:444/w");
  ASSERT_TRUE(v6.ok()) << v6.status();
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, "444");
  EXPECT_EQ(ParseUrl("https://[2001:db8::1]")->port, "443");
}

TEST(ParseUrl, WhatIsNone) {
  for (const char* text :
       {"", "witness.example.org", "ftp://x", "https://", "https:///w", "https://:443/w",
        "https://x:0/", "https://x:65536/", "https://x:/", "https://x:44a/", "https://a@x/",
        "https://x/?q", "https://x/#f", "https://x/ y", "https://x/\r\nHost: y", "https://x/\x7f",
        "https://[::1/", "https://x\\y"}) {
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
}

TEST(Send, NobodyThereIsUnavailable) {
  const auto url = ParseUrl("http://127.0.0.1:1/w");
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(absl::IsUnavailable(Send({*url, "GET", ""}, std::chrono::seconds(5)).status()));
}

}  // namespace
}  // namespace liaison::web
