#include "server/rpc/stream_counts.h"

#include <arpa/inet.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

namespace liaison::rpc {
namespace {

bool Becomes(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

// A server that counts, and a caller of it who speaks HTTP/2 by hand.
class StreamCountsTest : public ::testing::Test {
 protected:
  StreamCountsTest() {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send({"\0\0\0\x04\0\0\0\0\0", 9});  // SETTINGS
    socklen_t size = sizeof(address);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    peer_ = "ipv4:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~StreamCountsTest() override {
    close(socket_);
    if (server_ != nullptr) server_->Shutdown();
  }
  void Send(absl::string_view bytes) {
    EXPECT_EQ(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // The beginning of a header; no END_HEADERS.
  void BeginStream(char id) {
    Send({"\0\0\x01\x01\0\0\0\0", 8});
    Send({&id, 1});
    Send("\x83");  // :method POST
  }

  grpc::CallbackGenericService service_;
  std::unique_ptr<grpc::Server> server_;
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string peer_;
  StreamCounts counts_;
  Traffic traffic_;
};

TEST_F(StreamCountsTest, CountsAStreamWhoseHeaderDoesNotEnd) {
  ASSERT_TRUE(Becomes([&] { return counts_.Count(peer_, &traffic_); }));
  EXPECT_EQ(traffic_.streams_begun, 0);
  BeginStream(1);
  EXPECT_TRUE(
      Becomes([&] { return counts_.Count(peer_, &traffic_) && traffic_.streams_begun == 1; }));
  EXPECT_EQ(traffic_.streams_ended + traffic_.streams_broken, 0);
}

TEST_F(StreamCountsTest, KnowsNobodyWhoIsNotThere) {
  EXPECT_FALSE(counts_.Count("ipv4:127.0.0.1:1", &traffic_));
}

// nlohmann::json throws where null is asked for a member: a hub ended so when it drained.
TEST_F(StreamCountsTest, AHubThatDrainsOutlivesAnAnswerWithoutCounts) {
  ASSERT_TRUE(Becomes([&] { return counts_.Count(peer_, &traffic_); }));
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
  EXPECT_TRUE(Becomes([&] { return !counts_.Count(peer_, &traffic_); }));
}

}  // namespace
}  // namespace liaison::rpc
