// Lines to peers over a real wire.
#include "server/federation/client_line.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/federation_service.grpc.pb.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A port of loopback that is nobody else's, also while nobody listens there.
class OwnPort {
 public:
  OwnPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~OwnPort() { close(socket_); }
  const std::string& address() const { return address_; }

 private:
  const int socket_;
  std::string address_;
};

// A peer that answers whatever it is asked, while it runs; always at one port.
class FictionalPeer final : public pb::FederationService::Service {
 public:
  FictionalPeer() { policy.address = port_.address(); }
  ~FictionalPeer() override { Stop(); }
  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(policy.address, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_ = nullptr;
  }
  grpc::Status PullLane(grpc::ServerContext*, const pb::PullLaneRequest*,
                        pb::PullLaneResponse* response) override {
    response->set_head("a head");
    return grpc::Status::OK;
  }

  PeerPolicy policy;

 private:
  const OwnPort port_;
  std::unique_ptr<grpc::Server> server_;
};

TEST(ClientLineTest, APortThatRefusesIsToldAtOnceAndTheNextCallDialsAnew) {
  FictionalPeer peer;
  auto line = DialPeerOnce(peer.policy);
  ASSERT_TRUE(line.ok()) << line.status();
  // For as long as it takes gRPC to make its own pauses long ones.
  const absl::Time began = absl::Now();
  while (absl::Now() - began < absl::Seconds(2)) {
    const absl::Time asked = absl::Now();
    const absl::Status refused = (*line)->PullLane({}).status();
    EXPECT_TRUE(IsUnreached(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr(peer.policy.address), HasSubstr("onnection refused")));
    EXPECT_TRUE(IsUnreached((*line)->GetEvidence({}).status()));
    ASSERT_LT(absl::Now() - asked, kPullTimeout / 2);
    absl::SleepFor(absl::Milliseconds(50));
  }
  peer.Start();
  for (int i = 0; i < 3; ++i) {
    const auto answer = (*line)->PullLane({});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->head(), "a head");
  }
  peer.Stop();
  EXPECT_TRUE(IsUnreached((*line)->PullLane({}).status()));
  peer.Start();
  EXPECT_TRUE((*line)->PullLane({}).ok());
  (*line)->Cancel();
  EXPECT_TRUE(absl::IsCancelled((*line)->PullLane({}).status()));
}

}  // namespace
}  // namespace liaison::federation
