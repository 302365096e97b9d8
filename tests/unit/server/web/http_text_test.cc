#include "server/web/http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/web/origin.h"

namespace liaison::web {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpTextTest, NobodyElsesHeaderSplitsAnAnswer) {
  HttpResponse response;
  response.headers = {{"Location", "/x\r\nSet-Cookie: a=b"}, {"X-Good", "yes"}, {"X\n", "z"}};
  const std::string head = HeadOf(response, {});
  EXPECT_THAT(head, Not(HasSubstr("Set-Cookie")));
  EXPECT_THAT(head, HasSubstr("X-Good: yes\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("z\r\n")));
}

TEST(HttpTextTest, EveryAnswerKeepsABrowserFromMore) {
  const std::string head = HeadOf({}, {});
  for (const char* name :
       {"Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer", "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Resource-Policy: same-origin",
        "Strict-Transport-Security: ", "Cache-Control: no-store"}) {
    EXPECT_THAT(head, HasSubstr(name));
  }
  EXPECT_THAT(HeadOf({}, {true, false, Framing::kLength}), Not(HasSubstr("Strict-Transport")));
}

TEST(HttpTextTest, AHeaderOfTheAnswersOwnStandsInPlaceOfOurs) {
  HttpResponse response;
  response.headers = {{"Cache-Control", "no-cache"}, {"X-Robots-Tag", ""}};
  const std::string head = HeadOf(response, {});
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("no-store")));
  EXPECT_THAT(head, Not(HasSubstr("X-Robots-Tag")));
}

TEST(HttpTextTest, ChunksAndPaths) {
  EXPECT_EQ(ChunkOf("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
  EXPECT_EQ(ChunkOf(""), "");  // would be the end
  EXPECT_EQ(Decoded("/a%41%2e"), "/aA.");
  for (const char* path : {"/%", "/%4", "/%zz", "/%00"}) EXPECT_EQ(Decoded(path), std::nullopt);
  EXPECT_EQ(FieldOf("a=1&page=x%20y+z&page=2", "page"), "x y z");
  EXPECT_EQ(FieldOf("pages=1", "page"), "");
}

HttpRequest From(std::map<std::string, std::string> headers, bool secure = true) {
  HttpRequest request;
  request.secure = secure;
  request.headers = std::move(headers);
  return request;
}

TEST(OriginTest, OtherSitesPagesAreOthers) {
  EXPECT_TRUE(IsSameOrigin(From({{"host", "hub.example"}})));
  EXPECT_TRUE(IsSameOrigin(From({{"host", "hub.example"}, {"origin", "https://hub.example"}})));
  EXPECT_FALSE(IsSameOrigin(From({{"host", "hub.example"}, {"origin", "http://hub.example"}})));
  EXPECT_FALSE(IsSameOrigin(From({{"host", "hub.example"}, {"origin", "https://evil.example"}})));
  EXPECT_FALSE(IsSameOrigin(From({{"host", "hub.example"}, {"origin", "null"}})));
  EXPECT_FALSE(IsSameOrigin(From({{"sec-fetch-site", "cross-site"}})));
  EXPECT_FALSE(IsSameOrigin(From({{"sec-fetch-site", "same-site"}})));
  EXPECT_TRUE(IsSameOrigin(From({{"sec-fetch-site", "same-origin"}})));
}

TEST(OriginTest, WithoutTlsOnlyLoopbacksNamesAreOurs) {
  for (const char* host : {"localhost", "localhost:7480", "127.0.0.1:1", "[::1]:7480", "[::1]"}) {
    EXPECT_TRUE(IsOwnHost(From({{"host", host}}, false), "")) << host;
  }
  for (const char* host :
       {"evil.example", "", "127.0.0.1.evil.example", "localhost.evil.example"}) {
    EXPECT_FALSE(IsOwnHost(From({{"host", host}}, false), "")) << host;
  }
  EXPECT_TRUE(IsOwnHost(From({{"host", "hub.example"}}, false), "hub.example"));
  EXPECT_TRUE(IsOwnHost(From({{"host", "anything"}}, true), ""));
}

}  // namespace
}  // namespace liaison::web
