#include "server/rpc/accept_loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "proto/record/macros.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

absl::Status CannotListen(absl::string_view address, int error) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", address, ": ", std::generic_category().message(error)));
}

void SetOption(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof(value));
}

// -1, and errno, where it cannot be bound. What is set here is inherited by what comes in.
int Bind(const addrinfo& where, bool both_families, int port) {
  const int socket =
      ::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) return -1;
  SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  SetOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, kKeepaliveTimeout_ms);
  SetOption(socket, IPPROTO_TCP, TCP_WINDOW_CLAMP, kReceiveWindowBytes);
  if (where.ai_family == AF_INET6) {
    SetOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1);
  }
  sockaddr_storage address{};
  std::memcpy(&address, where.ai_addr, where.ai_addrlen);
  // The port is in the same place in both.
  reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(static_cast<uint16_t>(port));
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), where.ai_addrlen) == 0 &&
      listen(socket, SOMAXCONN) == 0) {
    return socket;
  }
  const int error = errno;
  close(socket);
  errno = error;
  return -1;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

struct Bound {
  std::vector<int> listeners;
  int port = 0;
  int error = 0;
};

Bound BindAll(const addrinfo& first, bool everywhere) {
  Bound bound;
  bound.port = ntohs(reinterpret_cast<const sockaddr_in*>(first.ai_addr)->sin_port);
  const auto take = [&](const addrinfo& where) {
    const int listener = Bind(where, everywhere, bound.port);
    if (listener < 0) {
      bound.error = errno;
      return;
    }
    bound.listeners.push_back(listener);
    bound.port = PortOf(listener);  // the others take the same
  };
  for (const addrinfo* where = &first; where != nullptr; where = where->ai_next) take(*where);
  if (bound.listeners.empty() && everywhere && bound.error != EADDRINUSE) {
    // A machine without IPv6.
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(static_cast<uint16_t>(bound.port));
    addrinfo where{};
    where.ai_family = AF_INET;
    where.ai_addr = reinterpret_cast<sockaddr*>(&any);
    where.ai_addrlen = sizeof(any);
    take(where);
  }
  return bound;
}

struct Origin {
  std::string peer;
  std::string network;  // that shares a cap
};

Origin OriginOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return {absl::StrCat("ipv4:", text, ":", ntohs(v4.sin_port)), text};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
    return {absl::StrCat("ipv4:", text, ":", ntohs(v6.sin6_port)), text};
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  // Whoever has one address of IPv6 has all of its /64.
  return {absl::StrCat("ipv6:[", text, "]:", ntohs(v6.sin6_port)),
          std::string(reinterpret_cast<const char*>(v6.sin6_addr.s6_addr), 8)};
}

// Hangs up without waiting for anybody: RST, and nothing stays behind.
void Reset(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(socket);
}

// The same on a socket that gRPC has as well. What has come in and was not read is thrown away.
void CutOff(int socket) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  // Where it fails the peer has hung up by itself.
  static_cast<void>(connect(socket, &nowhere, sizeof(nowhere)));
}

uint64_t UnreadBytes(int socket) {
  int size = 0;
  return ioctl(socket, SIOCINQ, &size) == 0 && size > 0 ? static_cast<uint64_t>(size) : 0;
}

bool IsOutOfFiles(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

int OpenSpare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

size_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestFiles;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return std::min<size_t>(limit.rlim_cur, kMostFiles);
}

size_t ConnectionsFor(size_t file_limit) {
  // Two a connection: gRPC's and the duplicate.
  const size_t own = std::min(kFilesOfTheHub, file_limit / 2);
  return std::max<size_t>((file_limit - own) / 2, 1);
}

std::string NormalPeer(absl::string_view peer) {
  return absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%5b", "["}, {"%5d", "]"}});
}

struct AcceptLoop::Connection {
  Connection(int w, std::string p, std::string n, absl::Time began)
      : watched(w), peer(std::move(p)), network(std::move(n)), judge(began) {}
  const int watched;  // a duplicate of the socket that gRPC has
  const std::string peer;
  const std::string network;
  ConnectionJudge judge;  // the loop's thread's own, as is `traffic` but for message_bytes
  Traffic traffic;        // as it was last seen
  absl::Time looked = absl::InfinitePast();
  uint64_t message_bytes = 0;  // guarded by the loop's mu_
};

absl::StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Listen(const std::string& address,
                                                               AcceptOptions options) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError("write HOST:PORT");
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  }
  // Everywhere is everywhere in both families, however it is written.
  const bool everywhere = host.empty() || host == "0.0.0.0" || host == "::";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port_text = address.substr(colon + 1);
  const int failed =
      getaddrinfo(everywhere ? "::" : host.c_str(), port_text.c_str(), &hints, &found);
  if (failed != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", gai_strerror(failed)));
  }
  Bound bound = BindAll(*found, everywhere);
  freeaddrinfo(found);
  if (bound.listeners.empty()) return CannotListen(address, bound.error);
  if (options.max_connections == 0) options.max_connections = ConnectionsFor(RaiseFileLimit());
  return std::unique_ptr<AcceptLoop>(
      new AcceptLoop(std::move(bound.listeners), bound.port, std::move(options)));
}

AcceptLoop::AcceptLoop(std::vector<int> listeners, int port, AcceptOptions options)
    : options_(std::move(options)),
      port_(port),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_up_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      spare_(OpenSpare()),
      listeners_(std::move(listeners)) {}

AcceptLoop::~AcceptLoop() {
  StopAccepting();
  {
    absl::MutexLock lock(&mu_);
    closing_ = true;
  }
  eventfd_write(wake_up_, 1);
  if (thread_.joinable()) thread_.join();
  for (const auto& [watched, connection] : connections_) close(watched);
  close(wake_up_);
  close(epoll_);
  if (spare_ >= 0) close(spare_);
}

void AcceptLoop::Start() {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_up_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_up_, &event);
  ListenAgain();
  thread_ = std::thread([this] { Run(); });
}

void AcceptLoop::StopAccepting() {
  absl::MutexLock lock(&mu_);
  accepting_ = false;
  for (const int listener : listeners_) close(listener);
  listeners_.clear();
}

void AcceptLoop::Took(absl::string_view peer, size_t size_bytes) {
  const std::string normal = NormalPeer(peer);
  absl::MutexLock lock(&mu_);
  const auto found = by_peer_.find(normal);
  if (found != by_peer_.end()) found->second->message_bytes += kMessagePrefixBytes + size_bytes;
}

AcceptLoop::Counts AcceptLoop::counts() const {
  absl::MutexLock lock(&mu_);
  Counts counts = counts_;
  counts.connections = connections_.size();
  return counts;
}

void AcceptLoop::Run() {
  epoll_event events[64];
  while (true) {
    const absl::Duration patience = Patience(absl::Now());
    const int64_t timeout_ms =
        patience == absl::InfiniteDuration()
            ? -1
            : absl::ToInt64Milliseconds(absl::Ceil(patience, absl::Milliseconds(1)));
    const int count = epoll_wait(epoll_, events, 64, static_cast<int>(timeout_ms));
    {
      absl::MutexLock lock(&mu_);
      if (closing_) return;
    }
    for (int i = 0; i < count; ++i) Handle(events[i].data.fd, events[i].events);
    const absl::Time now = absl::Now();
    if (now >= next_look_) LookAtActive(now);
    if (now >= paused_until_) ListenAgain();
  }
}

absl::Duration AcceptLoop::Patience(absl::Time now) const {
  const absl::Time next = std::min(next_look_, paused_until_);
  if (next == absl::InfiniteFuture()) return absl::InfiniteDuration();
  return std::max(next - now, absl::ZeroDuration());
}

void AcceptLoop::Handle(int fd, uint32_t events) {
  bool is_listener = false;
  {
    absl::MutexLock lock(&mu_);
    is_listener = std::find(listeners_.begin(), listeners_.end(), fd) != listeners_.end();
    if (!is_listener && connections_.find(fd) == connections_.end()) return;
  }
  if (is_listener) return Accept(fd);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return End(fd);
  // Something came in. It is looked at in a moment, and not before: a busy connection costs this
  // thread one look a tick.
  active_.push_back(fd);
  next_look_ = std::min(next_look_, absl::Now() + kGlanceInterval);
}

void AcceptLoop::Accept(int listener) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    int socket = -1;
    {
      // The listener must not be closed, and its number be another's, meanwhile.
      absl::MutexLock lock(&mu_);
      if (!accepting_) return;
      socket = accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    if (socket >= 0) {
      Origin origin = OriginOf(address);
      LetIn(socket, origin.peer, std::move(origin.network));
      continue;
    }
    if (IsOutOfFiles(errno)) return ShedByTheSpare(listener);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Whoever knocked is gone already, or a network is down: ask for the next one.
  }
}

bool AcceptLoop::MayComeIn(const std::string& network) const {
  if (!accepting_ || connections_.size() >= options_.max_connections) return false;
  if (options_.max_connections_per_address == 0) return true;
  const auto found = by_network_.find(network);
  return found == by_network_.end() || found->second < options_.max_connections_per_address;
}

void AcceptLoop::LetIn(int socket, const std::string& peer, std::string network) {
  {
    absl::MutexLock lock(&mu_);
    if (!MayComeIn(network)) {
      ++counts_.shed;
      return Reset(socket);
    }
  }
  const int watched = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (watched < 0) return Shed(socket);
  {
    absl::MutexLock lock(&mu_);
    ++counts_.accepted;
    ++by_network_[network];
    auto connection = std::make_unique<Connection>(watched, peer, std::move(network), absl::Now());
    by_peer_[peer] = connection.get();
    connections_[watched] = std::move(connection);
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET | EPOLLONESHOT;
  event.data.fd = watched;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, watched, &event);
  options_.hand_over(socket);
}

void AcceptLoop::Shed(int socket) {
  Reset(socket);
  absl::MutexLock lock(&mu_);
  ++counts_.shed;
}

// Those who wait must not wait for ever, nor wake us for ever. One file is given up, so that there
// is one to hang up with.
void AcceptLoop::ShedByTheSpare(int listener) {
  if (!std::exchange(told_, true) && options_.report) {
    options_.report("there are no more files to be had: connections are turned away");
  }
  if (spare_ >= 0) close(std::exchange(spare_, -1));
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    int socket = -1;
    {
      absl::MutexLock lock(&mu_);
      if (!accepting_) return;
      socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    }
    if (socket < 0) break;
    Shed(socket);
  }
  spare_ = OpenSpare();
  Pause(absl::Now() + kPauseWithoutFiles);
}

void AcceptLoop::Pause(absl::Time until) {
  absl::MutexLock lock(&mu_);
  for (const int listener : listeners_) epoll_ctl(epoll_, EPOLL_CTL_DEL, listener, nullptr);
  paused_until_ = until;
}

void AcceptLoop::ListenAgain() {
  paused_until_ = absl::InfiniteFuture();
  if (spare_ < 0) spare_ = OpenSpare();
  absl::MutexLock lock(&mu_);
  for (const int listener : listeners_) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event);
  }
}

void AcceptLoop::LookAtActive(absl::Time now) {
  next_look_ = absl::InfiniteFuture();
  for (const int watched : std::exchange(active_, {})) {
    Connection* connection = nullptr;
    {
      absl::MutexLock lock(&mu_);
      const auto found = connections_.find(watched);
      if (found == connections_.end()) continue;
      connection = found->second.get();  // ended by this thread only
    }
    if (IsHarmful(connection, now)) {
      CutOff(watched);
      End(watched);
      continue;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET | EPOLLONESHOT;
    event.data.fd = watched;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, watched, &event);
  }
}

bool AcceptLoop::IsHarmful(Connection* connection, absl::Time now) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(connection->watched, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  Traffic traffic = connection->traffic;
  traffic.received_bytes = info.tcpi_bytes_received;
  traffic.sent_bytes = info.tcpi_bytes_sent;
  {
    absl::MutexLock lock(&mu_);
    traffic.message_bytes = connection->message_bytes;
  }
  const Glimpse glimpse{traffic.received_bytes, traffic.sent_bytes,
                        UnreadBytes(connection->watched), traffic.message_bytes};
  ConnectionJudge::Verdict verdict = connection->judge.Glance(glimpse, now);
  if (verdict == ConnectionJudge::Verdict::kSilence) {
    if (options_.count_streams) options_.count_streams(connection->peer, &traffic);
    if (connection->judge.MayBeSilent(OpenStreams(traffic))) {
      verdict = ConnectionJudge::Verdict::kFine;
    }
  }
  if (verdict == ConnectionJudge::Verdict::kFine) verdict = Look(connection, now, &traffic);
  if (verdict == ConnectionJudge::Verdict::kFine) return false;
  if (options_.report) {
    options_.report(absl::StrCat(connection->peer, " was cut off: ", InWords(verdict), " (",
                                 traffic.received_bytes, " bytes, ", traffic.message_bytes,
                                 " of them messages; ", traffic.streams_begun, " calls, ",
                                 traffic.streams_broken, " taken back)"));
  }
  absl::MutexLock lock(&mu_);
  ++counts_.cut_off;
  return true;
}

ConnectionJudge::Verdict AcceptLoop::Look(Connection* connection, absl::Time now,
                                          Traffic* traffic) {
  if (traffic->received_bytes < connection->traffic.received_bytes + kLookBytes ||
      now < connection->looked + kLookInterval) {
    return ConnectionJudge::Verdict::kFine;
  }
  // Without the streams there is nothing to judge by: the next look has them.
  if (options_.count_streams && !options_.count_streams(connection->peer, traffic)) {
    return ConnectionJudge::Verdict::kFine;
  }
  {
    // After the streams: one that has ended by now has been counted here.
    absl::MutexLock lock(&mu_);
    traffic->message_bytes = connection->message_bytes;
  }
  connection->traffic = *traffic;
  connection->looked = now;
  return connection->judge.Look(*traffic, now);
}

void AcceptLoop::End(int watched) {
  std::unique_ptr<Connection> connection;
  {
    absl::MutexLock lock(&mu_);
    const auto found = connections_.find(watched);
    connection = std::move(found->second);
    connections_.erase(found);
    const auto peer = by_peer_.find(connection->peer);
    if (peer != by_peer_.end() && peer->second == connection.get()) by_peer_.erase(peer);
    const auto network = by_network_.find(connection->network);
    if (--network->second == 0) by_network_.erase(network);
  }
  // It would not leave epoll by itself while gRPC has the same socket.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, watched, nullptr);
  close(watched);
  if (options_.ended) options_.ended(connection->peer);
  told_ = false;
}

}  // namespace liaison::rpc
