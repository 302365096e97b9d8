#include "server/rpc/accept_loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

bool Becomes(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

class Caller {
 public:
  explicit Caller(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Caller() { close(socket_); }
  bool connected() const { return connected_; }
  std::string peer() const {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    return "ipv4:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  // As much of it as fits.
  size_t Send(size_t size) {
    const std::string bytes(size, 'x');
    const ssize_t sent = send(socket_, bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<size_t>(sent);
  }
  void TakeAnswers() {
    char bytes[64];
    while (recv(socket_, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) continue;
  }
  bool IsHungUpOn() {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) != 1) {
      return false;
    }
    char byte;
    return recv(socket_, &byte, 1, 0) <= 0;
  }
  bool StaysOpen() {
    pollfd waiting{socket_, POLLIN, 0};
    return poll(&waiting, 1, 100) == 0;
  }

 private:
  const int socket_;
  bool connected_ = false;
};

// Keeps what it is handed, as gRPC would, and closes it as gRPC does.
class AcceptLoopTest : public ::testing::Test {
 protected:
  void Begin(size_t max, size_t max_per_address) {
    AcceptOptions options;
    options.max_connections = max;
    options.max_connections_per_address = max_per_address;
    options.hand_over = [this](int socket) {
      absl::MutexLock lock(&mu_);
      taken_.push_back(socket);
    };
    options.count_streams = [this](const std::string&, Traffic*) { return knows_streams_; };
    options.report = [this](const std::string& what) {
      absl::MutexLock lock(&mu_);
      reports_.push_back(what);
    };
    auto loop = AcceptLoop::Listen("127.0.0.1:0", std::move(options));
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
    loop_->Start();
  }
  void TearDown() override {
    loop_.reset();
    HangUpOnAll();
  }
  void HangUpOnAll() {
    absl::MutexLock lock(&mu_);
    for (const int socket : taken_) {
      shutdown(socket, SHUT_RDWR);
      close(socket);
    }
    taken_.clear();
  }
  void Read() {
    absl::MutexLock lock(&mu_);
    std::string bytes(64 << 10, ' ');
    for (const int socket : taken_) {
      while (recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) continue;
    }
  }
  void Answer() {
    absl::MutexLock lock(&mu_);
    for (const int socket : taken_) send(socket, "ok", 2, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  bool Holds(size_t connections) {
    return Becomes([&] { return loop_->counts().connections == connections; });
  }
  std::vector<std::string> Reports() {
    absl::MutexLock lock(&mu_);
    return reports_;
  }
  // Two send the same, and `explain` says what calls took of it from one of them.
  void ExpectCutOffUnless(
      const std::function<void(const std::string& peer, size_t size)>& explain) {
    constexpr size_t kSize = 16 << 10;
    Begin(10, 0);
    Caller harmful(loop_->port());
    Caller harmless(loop_->port());
    ASSERT_TRUE(Holds(2));
    EXPECT_TRUE(Becomes([&] {
      // Explained before it is there, so that no look falls in between.
      explain(harmless.peer(), kSize);
      harmless.Send(kSize);
      harmless.TakeAnswers();
      harmful.Send(kSize);
      Read();
      Answer();
      return loop_->counts().connections == 1;
    }));
    harmless.TakeAnswers();
    EXPECT_TRUE(harmless.StaysOpen());
    EXPECT_EQ(loop_->counts().cut_off, 1);
    ASSERT_EQ(Reports().size(), 1);
    EXPECT_NE(Reports()[0].find(harmful.peer()), std::string::npos) << Reports()[0];
  }

  bool knows_streams_ = true;  // set before Begin
  std::unique_ptr<AcceptLoop> loop_;
  absl::Mutex mu_;
  std::vector<int> taken_;
  std::vector<std::string> reports_;
};

TEST_F(AcceptLoopTest, LetsInSoManyAndShedsTheOthersAtOnce) {
  Begin(3, 0);
  std::vector<std::unique_ptr<Caller>> in;
  for (int i = 0; i < 3; ++i) in.push_back(std::make_unique<Caller>(loop_->port()));
  ASSERT_TRUE(Holds(3));
  Caller over(loop_->port());
  EXPECT_TRUE(over.IsHungUpOn());
  EXPECT_TRUE(in[0]->StaysOpen());
  EXPECT_EQ(loop_->counts().shed, 1);
}

TEST_F(AcceptLoopTest, ThereIsRoomAgainWhenSomebodyHasGone) {
  Begin(1, 0);
  {
    Caller first(loop_->port());
    ASSERT_TRUE(Holds(1));
  }
  HangUpOnAll();
  ASSERT_TRUE(Holds(0));
  Caller second(loop_->port());
  EXPECT_TRUE(Holds(1));
  EXPECT_TRUE(second.StaysOpen());
}

TEST_F(AcceptLoopTest, OneAddressHasOnlySoMany) {
  Begin(100, 2);
  Caller first(loop_->port());
  Caller second(loop_->port());
  ASSERT_TRUE(Holds(2));
  Caller third(loop_->port());
  EXPECT_TRUE(third.IsHungUpOn());
}

TEST_F(AcceptLoopTest, WithoutFilesItTurnsAwayAndGoesOnAfterwards) {
  Begin(10'000, 0);
  Caller before(loop_->port());
  ASSERT_TRUE(Holds(1));
  std::vector<std::unique_ptr<Caller>> callers;
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<int> files;
  rlimit low = limit;
  low.rlim_cur = 128;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  Caller waiting(loop_->port());
  ASSERT_TRUE(Holds(2));
  while (true) {
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    files.push_back(file);
  }
  ASSERT_EQ(errno, EMFILE);
  close(files.back());
  files.pop_back();
  {
    Caller turned_away(loop_->port());  // takes the last file
    ASSERT_TRUE(turned_away.connected());
    EXPECT_TRUE(turned_away.IsHungUpOn());
  }
  for (const int file : files) close(file);
  // Whoever comes in the moment of turning away is turned away too, and comes again.
  EXPECT_TRUE(Becomes([&] {
    callers.push_back(std::make_unique<Caller>(loop_->port()));
    return loop_->counts().connections > 2;
  })) << "the listener is dead";
  EXPECT_GE(loop_->counts().shed, 1);
  EXPECT_EQ(Reports().size(), 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_F(AcceptLoopTest, WhatNoCallExplainsIsCutOff) {
  ExpectCutOffUnless([this](const std::string& peer, size_t size) { loop_->Took(peer, size); });
}

// What nothing came of is what took no message, and not what took empty ones.
TEST_F(AcceptLoopTest, EmptyMessagesAreMessages) {
  ExpectCutOffUnless([this](const std::string& peer, size_t size) {
    for (size_t sent = 0; sent < size; sent += kMessagePrefixBytes) loop_->Took(peer, 0);
  });
}

// Long before the whole look, which waits for what gRPC knows.
TEST_F(AcceptLoopTest, WhatIsNeverAnsweredIsCutOffWithoutAskingForStreams) {
  knows_streams_ = false;
  Begin(10, 0);
  Caller harmful(loop_->port());
  ASSERT_TRUE(Holds(1));
  uint64_t sent = 0;
  EXPECT_TRUE(Becomes([&] {
    sent += harmful.Send(64 << 10);
    Read();
    return loop_->counts().cut_off == 1;
  }));
  EXPECT_TRUE(harmful.IsHungUpOn());
  EXPECT_GT(sent, kMaxSilentBytes);
  ASSERT_EQ(Reports().size(), 1);
  EXPECT_NE(Reports()[0].find("could not be answered"), std::string::npos) << Reports()[0];
}

TEST_F(AcceptLoopTest, LetsNobodyInAfterItStopped) {
  Begin(10, 0);
  Caller in(loop_->port());
  ASSERT_TRUE(Holds(1));
  loop_->StopAccepting();
  EXPECT_FALSE(Caller(loop_->port()).connected());
  EXPECT_TRUE(in.StaysOpen());
}

TEST_F(AcceptLoopTest, ManyComeAndGoFromManyThreads) {
  Begin(20, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 100; ++n) {
        Caller caller(loop_->port());
        loop_->Took(caller.peer(), 100);
        if (n % 10 == 0) HangUpOnAll();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Becomes([&] {
    HangUpOnAll();
    const AcceptLoop::Counts counts = loop_->counts();
    return counts.connections == 0 && counts.accepted + counts.shed == 400;
  })) << loop_->counts().connections;
}

TEST(AcceptLoop, AnAddressThatIsTakenIsUnavailable) {
  AcceptOptions options;
  options.hand_over = [](int socket) { close(socket); };
  auto first = AcceptLoop::Listen("127.0.0.1:0", options);
  ASSERT_TRUE(first.ok());
  const auto second = AcceptLoop::Listen("127.0.0.1:" + std::to_string((*first)->port()), options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

TEST(AcceptLoop, APeerHasOneNameHoweverItIsWritten) {
  EXPECT_EQ(NormalPeer("ipv6:%5B::1%5D:4711"), "ipv6:[::1]:4711");
  EXPECT_EQ(NormalPeer("ipv4:192.0.2.1:4711"), "ipv4:192.0.2.1:4711");
}

TEST(AcceptLoop, LeavesTheLogItsFiles) {
  EXPECT_EQ(ConnectionsFor(256), 64);
  EXPECT_EQ(ConnectionsFor(1024), 256);
  EXPECT_EQ(ConnectionsFor(65536), (65536 - kFilesOfTheHub) / 2);
}

}  // namespace
}  // namespace liaison::rpc
