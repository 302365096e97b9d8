#include "server/web/grpc_web.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace liaison::web {
namespace {

using std::string_literals::operator""s;

TEST(GrpcWebTest, WhatIsACallOfTheHub) {
  EXPECT_TRUE(IsCallPath("/igf.liaison.v1.EventService/GetEvent"));
  EXPECT_TRUE(IsCallPath("/grpc.health.v1.Health/Check"));
  for (const char* path :
       {"/", "/public/", "/public/events", "/a.b", "/a.b/", "/a.b/c/d", "/a.b/c.d", "//a.b/c",
        "a.b/c", "/a.b/../c", "/assets/app-1.js", "/feeds/decisions.atom", "/a.b/c d"}) {
    EXPECT_FALSE(IsCallPath(path)) << path;
  }
  EXPECT_FALSE(IsCallPath("/a." + std::string(300, 'b') + "/c"));
}

TEST(GrpcWebTest, ContentTypes) {
  for (const char* type :
       {"application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text",
        "application/grpc-web-text+proto", "application/grpc-web+proto; charset=utf-8"}) {
    EXPECT_TRUE(IsGrpcWeb(type)) << type;
  }
  for (const char* type : {"", "application/grpc", "application/grpc-web+json", "text/html"}) {
    EXPECT_FALSE(IsGrpcWeb(type)) << type;
  }
  EXPECT_TRUE(IsGrpcWebText("application/grpc-web-text"));
  EXPECT_FALSE(IsGrpcWebText("application/grpc-web"));
}

TEST(GrpcWebTest, ARequestIsOneMessage) {
  EXPECT_EQ(MessageIn("\0\0\0\0\0"s).value(), "");
  EXPECT_EQ(MessageIn("\0\0\0\0\3abc"s).value(), "abc");
  EXPECT_EQ(MessageIn(DataFrame(std::string(70'000, 'x'))).value(), std::string(70'000, 'x'));
  for (const std::string& body :
       {""s, "\0\0\0\0"s, "\0\0\0\0\4abc"s, "\0\0\0\0\2abc"s, "\1\0\0\0\0"s, "\x80\0\0\0\0"s,
        "\0\xff\xff\xff\xff"s, "\0\0\0\0\0\0\0\0\0\0"s}) {
    EXPECT_EQ(MessageIn(body).status().code(), absl::StatusCode::kInvalidArgument)
        << absl::CHexEscape(body);
  }
}

TEST(GrpcWebTest, TextComesInPaddedPieces) {
  EXPECT_EQ(FromText("YWI=YWI="), "abab");
  EXPECT_EQ(FromText("YQ==YWJjYWI="), "aabcab");
  EXPECT_EQ(FromText(""), "");
  for (const char* text : {"YQ", "YQ=", "Y===", "YQ==Y", "####"}) {
    EXPECT_EQ(FromText(text), std::nullopt) << text;
  }
}

TEST(GrpcWebTest, TrailersSayHowItEnded) {
  const std::string frame = TrailersFrame({5, "nothing\r\nthere: 100% 信", "\1\2", {{"x", "y\n"}}});
  EXPECT_EQ(frame[0], static_cast<char>(0x80));
  EXPECT_EQ(frame.substr(5),
            "grpc-status: 5\r\n"
            "grpc-message: nothing%0D%0Athere: 100%25 %E4%BF%A1\r\n"
            "grpc-status-details-bin: AQI\r\n"
            "x: y%0A\r\n");
  EXPECT_EQ(static_cast<size_t>(static_cast<unsigned char>(frame[4])), frame.size() - 5);
}

TEST(GrpcWebTest, Timeouts) {
  EXPECT_EQ(TimeoutFrom("10S"), std::chrono::seconds(10));
  EXPECT_EQ(TimeoutFrom("1H"), std::chrono::hours(1));
  EXPECT_EQ(TimeoutFrom("99999999H"), std::chrono::hours(24 * 365 * 100));
  EXPECT_EQ(TimeoutFrom("250m"), std::chrono::milliseconds(250));
  EXPECT_EQ(TimeoutFrom("99999999n"), std::chrono::nanoseconds(99'999'999));
  for (const char* text : {"", "S", "10", "-1S", "1.5S", "999999999S", "10s", " 1S"}) {
    EXPECT_EQ(TimeoutFrom(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace liaison::web
