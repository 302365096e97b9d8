#include "server/web/http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/record/token.h"
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
  for (const char* path : {"/%C3%A9", "/é", "/%E4%BF%A1", "/%F0%9F%98%80", "/%ED%9F%BF"}) {
    EXPECT_TRUE(Decoded(path)) << path;
  }
  for (const char* path : {"/%FF", "/\xff", "/%C3", "/%C3A", "/%C0%AF", "/%E0%80%AF", "/%ED%A0%80",
                           "/%F4%90%80%80", "/%F0%80%80%80", "/%F5%80%80%80", "/%80", "/%E4%BF"}) {
    EXPECT_EQ(Decoded(path), std::nullopt) << path;
  }
  EXPECT_EQ(FieldOf("invitation=%FF", "invitation"), "");
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

TEST(OriginTest, NoSessionHasBytesThatGrpcAbortsAt) {
  // Its checksum is right, and anybody can compute it.
  const std::string session = "igfl_ses_" + std::string(43, '\xff') + "3fyxC0";
  ASSERT_EQ(record::KindOfToken(session), record::TokenKind::kSession);
  EXPECT_EQ(SessionOf(From({{"cookie", "__Host-liaison=" + session}})), "");
  EXPECT_FALSE(IsMetadataText("a\tb"));
  EXPECT_TRUE(IsMetadataText("Bearer a~b"));
}

TEST(OriginTest, WithoutTlsOnlyLoopbacksNamesAreOurs) {
  for (const char* host : {"localhost", "localhost:7480", "127.0.0.1:1", "[::1]:7480", "[::1]"}) {
    EXPECT_TRUE(IsOwnHost(From({{"host", host}}, false))) << host;
  }
  for (const char* host :
       {"evil.example", "", "127.0.0.1.evil.example", "localhost.evil.example"}) {
    EXPECT_FALSE(IsOwnHost(From({{"host", host}}, false))) << host;
  }
  EXPECT_TRUE(IsOwnHost(From({{"host", "anything"}}, true)));
}

HttpRequest Believed(absl::string_view behind, const std::string& from,
                     std::map<std::string, std::string> headers) {
  HttpRequest request = From(std::move(headers), false);
  request.from = from;
  BelieveProxy(ParseProxied(behind).value(), &request);
  return request;
}

TEST(OriginTest, OfAProxyTheLastAddressAloneIsBelieved) {
  const HttpRequest request = Believed("hub.example", "127.0.0.1",
                                       {{"host", "HUB.example:80"},
                                        {"x-forwarded-for", "198.51.100.1, 203.0.113.7"},
                                        {"x-forwarded-proto", "http"},
                                        {"x-real-ip", "198.51.100.2"},
                                        {"forwarded", "for=198.51.100.3;proto=http"}});
  EXPECT_EQ(request.from, "203.0.113.7");
  EXPECT_TRUE(request.secure);
  EXPECT_TRUE(request.proxied);
  EXPECT_TRUE(IsOwnHost(request));
  EXPECT_FALSE(IsAskedHere(request));
  EXPECT_EQ(request.header("host"), "hub.example");
  EXPECT_FALSE(Believed("http://hub.example/", "::1", {{"host", "hub.example"}}).secure);
  EXPECT_EQ(
      Believed("hub.example:8443", "::ffff:127.0.0.1", {{"host", "hub.example"}}).header("host"),
      "hub.example:8443");
}

TEST(OriginTest, WhatIsNoAddressLeavesTheProxysOwn) {
  for (const char* way :
       {"", "unknown", "203.0.113.7,", "203.0.113.7, x", "203.0.113.7:80", "_hid"}) {
    EXPECT_EQ(
        Believed("hub.example", "127.0.0.1", {{"host", "hub.example"}, {"x-forwarded-for", way}})
            .from,
        "127.0.0.1")
        << way;
  }
}

TEST(OriginTest, NobodyElseIsBelieved) {
  const std::map<std::string, std::string> claims = {{"host", "hub.example"},
                                                     {"x-forwarded-for", "203.0.113.7"}};
  // From elsewhere, for another host, and where there is no proxy.
  EXPECT_EQ(Believed("hub.example", "198.51.100.9", claims).from, "198.51.100.9");
  EXPECT_FALSE(Believed("hub.example", "198.51.100.9", claims).proxied);
  EXPECT_EQ(Believed("other.example", "127.0.0.1", claims).from, "127.0.0.1");
  HttpRequest request = From(claims, false);
  request.from = "127.0.0.1";
  BelieveProxy({}, &request);
  EXPECT_EQ(request.from, "127.0.0.1");
  EXPECT_FALSE(request.secure);
  EXPECT_FALSE(IsOwnHost(request));
}

TEST(OriginTest, WhoComesByAProxyDoesNotAskHere) {
  HttpRequest request = From({{"host", "localhost"}}, false);
  request.from = "127.0.0.1";
  EXPECT_TRUE(IsAskedHere(request));
  for (const char* name :
       {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}) {
    HttpRequest by_proxy = request;
    by_proxy.headers[name] = "x";
    EXPECT_FALSE(IsAskedHere(by_proxy)) << name;
  }
  request.from = "198.51.100.9";
  EXPECT_FALSE(IsAskedHere(request));
}

TEST(OriginTest, WhereAProxyServes) {
  EXPECT_TRUE(ParseProxied("https://Hub.example:8443")->secure);
  EXPECT_EQ(ParseProxied("https://Hub.example:8443")->host, "hub.example:8443");
  EXPECT_FALSE(ParseProxied("http://[2001:db8::1]/")->secure);
  for (const char* text : {"", "https://", "ftp://hub.example", "hub.example/path", "a b", "a,b"}) {
    EXPECT_FALSE(ParseProxied(text).ok()) << text;
  }
}

}  // namespace
}  // namespace liaison::web
