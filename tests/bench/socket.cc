#include "tests/bench/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace liaison::bench {
namespace {

constexpr size_t kReadSizeBytes = 256 << 10;
constexpr int kEventsAtOnce = 64;
constexpr int kWait_ms = 50;

// What is read is looked at before the next read of the same thread.
char* ReadBuffer() {
  thread_local std::unique_ptr<char[]> buffer(new char[kReadSizeBytes]);
  return buffer.get();
}

}  // namespace

absl::StatusOr<Socket> Socket::Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(address, " is not 127.0.0.1:PORT"));
  }
  peer.sin_port = htons(static_cast<uint16_t>(port));
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), true);
  const int on = 1;
  if (socket.fd_ < 0 ||
      connect(socket.fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot connect to ", address));
  }
  setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

Socket::~Socket() {
  if (fd_ >= 0 && owned_) close(fd_);
}

absl::Status Socket::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return absl::ErrnoToStatus(errno, "cannot send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::string_view> Socket::Receive() {
  char* const buffer = ReadBuffer();
  while (true) {
    const ssize_t got = recv(fd_, buffer, kReadSizeBytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot receive");
    return absl::string_view(buffer, static_cast<size_t>(got));
  }
}

absl::string_view Socket::ReceiveNow(bool* closed) {
  char* const buffer = ReadBuffer();
  const ssize_t got = recv(fd_, buffer, kReadSizeBytes, MSG_DONTWAIT);
  *closed = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  return {buffer, got > 0 ? static_cast<size_t>(got) : 0};
}

bool ReadAll(const std::vector<std::unique_ptr<Connection>>& connections,
             absl::FunctionRef<bool()> done, absl::Duration timeout) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  size_t open = connections.size();
  for (const std::unique_ptr<Connection>& connection : connections) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection.get();
    epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket().fd(), &event);
  }
  const absl::Time deadline = absl::Now() + timeout;
  std::array<epoll_event, kEventsAtOnce> events;
  bool in_time = true;
  while (open > 0 && !done() && in_time) {
    const int ready = epoll_wait(poll, events.data(), kEventsAtOnce, kWait_ms);
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection->OnReadable()) continue;
      epoll_ctl(poll, EPOLL_CTL_DEL, connection->socket().fd(), nullptr);
      --open;
    }
    in_time = absl::Now() < deadline;
  }
  close(poll);
  return in_time;
}

}  // namespace liaison::bench
