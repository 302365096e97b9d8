#include "server/web/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/web/limits.h"
#include "server/web/session.h"

namespace liaison::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// How many connections there are, in total and of each address. Thread-safe.
class Census {
 public:
  bool Enter(const std::string& address, size_t max_of_address) {
    absl::MutexLock lock(&mu_);
    if (total_ >= kMaxConnections) return false;
    size_t& here = by_address_[address];
    if (here >= max_of_address) return false;
    ++here;
    ++total_;
    return true;
  }
  void Leave(const std::string& address) {
    absl::MutexLock lock(&mu_);
    --total_;
    auto here = by_address_.find(address);
    if (--here->second == 0) by_address_.erase(here);
  }

 private:
  absl::Mutex mu_;
  size_t total_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, size_t> by_address_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(HttpServerOptions options) : options_(std::move(options)), io_(1), acceptor_(io_) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Start() {
    if (uses_tls()) tls_ = LoadTls();
    if (uses_tls() && tls_ == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(options_.certificate, " and ", options_.key,
                       ": no certificate with its key; `liaisond init` makes them"));
    }
    error_code failed;
    const auto address = asio::ip::make_address(options_.host, failed);
    if (failed) return absl::InvalidArgumentError(options_.host + " is no address");
    if (!uses_tls() && !address.is_loopback()) {
      return absl::InvalidArgumentError("without TLS, on loopback alone");
    }
    const tcp::endpoint endpoint(address, static_cast<uint16_t>(options_.port));
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.host, ":",
                                                 options_.port, ": ", failed.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  bool uses_tls() const { return !options_.certificate.empty(); }

  // Null where the files are no good.
  std::shared_ptr<asio::ssl::context> LoadTls() {
    std::error_code ignored;
    read_at_ = std::filesystem::last_write_time(options_.certificate, ignored);
    auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code failed;
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                         asio::ssl::context::no_tlsv1_1,
                     failed);
    if (!failed) tls->use_certificate_chain_file(options_.certificate, failed);
    if (!failed) tls->use_private_key_file(options_.key, asio::ssl::context::pem, failed);
    if (failed) return nullptr;
    // A stream that rests holds no buffers.
    SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return tls;
  }

  void RefreshTls() {
    if (!uses_tls()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_ < kCertificateInterval) return;
    looked_at_ = now;
    std::error_code ignored;
    if (std::filesystem::last_write_time(options_.certificate, ignored) == read_at_) return;
    if (auto fresh = LoadTls()) tls_ = std::move(fresh);
  }

  void Accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](error_code failed, tcp::socket socket) {
      if (failed == asio::error::operation_aborted) return;
      if (!failed) Take(std::move(socket));
      if (!failed) return Accept();
      // Out of descriptors, perhaps: whoever waits in the queue is taken a moment later.
      pause_.expires_after(std::chrono::milliseconds(100));
      pause_.async_wait([this](error_code ended) {
        if (!ended) Accept();
      });
    });
  }

  void Take(tcp::socket socket) {
    RefreshTls();
    error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    if (failed) return;
    socket.set_option(tcp::no_delay(true), failed);
    socket.set_option(asio::socket_base::send_buffer_size(kSendBufferSizeBytes), failed);
    std::string address = peer.address().to_string();
    // Everybody comes by a proxy, which sees for itself who they are.
    const bool is_proxy = !options_.proxied.host.empty() && peer.address().is_loopback();
    if (!census_.Enter(address, is_proxy ? kMaxConnections : kMaxConnectionsPerAddress)) {
      ++options_.tally->connections_refused;
      return;
    }
    ++options_.tally->connections;
    auto leave = [this, address] {
      --options_.tally->connections;
      census_.Leave(address);
    };
    StartSession(std::move(socket), tls_, &options_, address, std::move(leave));
  }

  const HttpServerOptions options_;
  Census census_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_{io_};
  // Of the thread that accepts.
  std::shared_ptr<asio::ssl::context> tls_;
  std::filesystem::file_time_type read_at_;
  std::chrono::steady_clock::time_point looked_at_;
  int port_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (absl::Status started = impl->Start(); !started.ok()) return started;
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return impl_->port(); }

}  // namespace liaison::web
