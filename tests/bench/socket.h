// Blocking loopback sockets, and a loop that reads many of them.
#ifndef LIAISON_TESTS_BENCH_SOCKET_H_
#define LIAISON_TESTS_BENCH_SOCKET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::bench {

// A connected TCP socket without delay. Move-only.
class Socket {
 public:
  // `address` is "127.0.0.1:PORT".
  static absl::StatusOr<Socket> Connect(const std::string& address);
  // A socket that somebody else closes.
  static Socket Borrow(int fd) { return Socket(fd, false); }
  Socket(Socket&& other) noexcept : fd_(other.fd_), owned_(other.owned_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int fd() const { return fd_; }
  // All of it, waiting as long as it takes.
  absl::Status Send(absl::string_view bytes);
  // Whatever there is, at least one byte; waits for it. Empty where the peer has closed.
  absl::StatusOr<absl::string_view> Receive();
  // The same without waiting: empty, and not *closed, where there is nothing.
  absl::string_view ReceiveNow(bool* closed);

 private:
  Socket(int fd, bool owned) : fd_(fd), owned_(owned) {}
  int fd_ = -1;
  bool owned_ = true;
};

// What a ReadLoop drives.
class Connection {
 public:
  explicit Connection(Socket socket) : socket_(std::move(socket)) {}
  virtual ~Connection() = default;
  // There is something to read. False where nothing more will come.
  virtual bool OnReadable() = 0;
  Socket& socket() { return socket_; }

 private:
  Socket socket_;
};

// Reads all of them with one thread, until `done` says so, all have ended, or time is up; false in
// the last case.
bool ReadAll(const std::vector<std::unique_ptr<Connection>>& connections,
             absl::FunctionRef<bool()> done, absl::Duration timeout);

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_SOCKET_H_
