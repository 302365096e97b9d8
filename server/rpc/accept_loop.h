// Takes connections in before gRPC does.
#ifndef LIAISON_SERVER_RPC_ACCEPT_LOOP_H_
#define LIAISON_SERVER_RPC_ACCEPT_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/rpc/connection_judge.h"

namespace liaison::rpc {

// Raises the number of files that this process may have open as far as it may by itself, and says
// what it is then.
size_t RaiseFileLimit();
// As many as leave files enough for the log, where there may be so many open.
size_t ConnectionsFor(size_t file_limit);

// `ipv4:192.0.2.1:4711` as gRPC and the loop both name a peer: gRPC writes the brackets of IPv6
// escaped.
std::string NormalPeer(absl::string_view peer);

struct AcceptOptions {
  size_t max_connections = 0;              // 0: as many as there are files for
  size_t max_connections_per_address = 0;  // of one IPv4 address, or IPv6 network; 0: all
  // Has the socket from then on.
  std::function<void(int socket)> hand_over;
  // Completes what TCP does not know; false where that is not to be had (yet). May be null, as may
  // `ended`. Called from the loop's thread.
  std::function<bool(const std::string& peer, Traffic* traffic)> count_streams;
  std::function<void(const std::string& peer)> ended;
  // What the operator should know: a connection that was cut off, or that the files ran out.
  std::function<void(const std::string& what)> report;
};

// An AcceptLoop listens, lets in at most so many connections, in total and from one address, and
// hangs up on the others at once. gRPC's own listener is dead for good after the first EMFILE; this
// one goes on. It keeps a duplicate of each socket, by which it sees what comes in and can hang up
// on whoever sends what no call explains. Thread-safe. Knows no gRPC.
class AcceptLoop {
 public:
  // `HOST:PORT`. UNAVAILABLE where it cannot be bound. Nobody is let in before Start.
  static absl::StatusOr<std::unique_ptr<AcceptLoop>> Listen(const std::string& address,
                                                            AcceptOptions options);
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  int port() const { return port_; }
  void Start();
  // Lets nobody in from when it returns; those who are in are watched on.
  void StopAccepting();
  // A call of that peer has taken a message of so many bytes.
  void Took(absl::string_view peer, size_t size_bytes);

  struct Counts {
    size_t connections = 0;
    uint64_t accepted = 0;
    uint64_t shed = 0;     // never let in
    uint64_t cut_off = 0;  // for what they sent
  };
  Counts counts() const;

 private:
  struct Connection;
  AcceptLoop(std::vector<int> listeners, int port, AcceptOptions options);

  void Run();
  void Accept(int listener);
  void LetIn(int socket, const std::string& peer, std::string network);
  bool MayComeIn(const std::string& network) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Shed(int socket);
  void ShedByTheSpare(int listener);
  void Pause(absl::Time until);
  void ListenAgain();
  void Handle(int fd, uint32_t events);
  void LookAtActive(absl::Time now);
  bool IsHarmful(Connection* connection, absl::Time now);
  // The whole look, where it is time for one.
  ConnectionJudge::Verdict Look(Connection* connection, absl::Time now, Traffic* traffic);
  void End(int watched);
  absl::Duration Patience(absl::Time now) const;

  const AcceptOptions options_;
  const int port_;
  const int epoll_;
  const int wake_up_;

  // The loop's thread's own.
  int spare_;  // given up for a moment where there are no files, so as to hang up
  std::vector<int> active_;
  absl::Time next_look_ = absl::InfiniteFuture();
  absl::Time paused_until_ = absl::InfiniteFuture();
  bool told_ = false;  // that there are no files

  mutable absl::Mutex mu_;
  std::vector<int> listeners_ ABSL_GUARDED_BY(mu_);
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool accepting_ ABSL_GUARDED_BY(mu_) = true;
  // By the descriptor of the duplicate.
  absl::flat_hash_map<int, std::unique_ptr<Connection>> connections_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, Connection*> by_peer_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, size_t> by_network_ ABSL_GUARDED_BY(mu_);
  Counts counts_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ACCEPT_LOOP_H_
