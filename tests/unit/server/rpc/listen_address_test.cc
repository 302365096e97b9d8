#include "server/rpc/listen_address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::rpc {
namespace {

TEST(ListenAddressTest, LoopbackWrittenOut) {
  for (const char* address : {"127.0.0.1:0", "127.8.9.10:7410", "localhost:65535", "[::1]:7410"}) {
    EXPECT_TRUE(CheckListenAddress(address, false).ok()) << address;
  }
}

TEST(ListenAddressTest, EverythingElseNeedsTls) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7410", "127.0.0.1.example.org:0",
                              "127.example.org:0", "localhost.example.org:0", ":7410", "127.1:0"}) {
    EXPECT_THAT(std::string(CheckListenAddress(address, false).message()),
                ::testing::HasSubstr("TLS is missing"))
        << address;
  }
}

TEST(ListenAddressTest, APortIsANumberThatFits) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:abc",
                              "127.0.0.1:99999", "127.0.0.1:65536"}) {
    EXPECT_THAT(std::string(CheckListenAddress(address, false).message()),
                ::testing::HasSubstr("HOST:PORT"))
        << address;
  }
}

}  // namespace
}  // namespace liaison::rpc
