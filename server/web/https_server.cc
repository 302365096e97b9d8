#include "server/web/https_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Stream = beast::ssl_stream<beast::tcp_stream>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// What every answer says to a browser.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Cache-Control", "no-store"},
    {"X-Robots-Tag", "noindex"},
};

// How many connections there are, in total and of each address. Thread-safe.
class Census {
 public:
  bool Enter(const std::string& address) {
    absl::MutexLock lock(&mu_);
    if (total_ >= kMaxConnections) return false;
    size_t& here = by_address_[address];
    if (here >= kMaxConnectionsPerAddress) return false;
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

// `%41` and the like; nullopt where they are none.
std::optional<std::string> Decoded(absl::string_view path) {
  std::string decoded;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      decoded.push_back(path[i]);
      continue;
    }
    const absl::string_view digits = path.substr(i + 1, 2);
    if (digits.size() != 2 || !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit)) {
      return std::nullopt;
    }
    decoded.append(absl::HexStringToBytes(digits));
    i += 2;
  }
  return decoded;
}

std::optional<HttpRequest> ToHttpRequest(Request& request) {
  HttpRequest taken;
  const absl::string_view target(request.target().data(), request.target().size());
  std::optional<std::string> path = Decoded(target.substr(0, target.find('?')));
  if (!path) return std::nullopt;
  taken.path = *std::move(path);
  taken.method = std::string(request.method_string());
  for (const auto& field : request) {
    taken.headers.emplace(absl::AsciiStrToLower(std::string(field.name_string())),
                          std::string(field.value()));
  }
  taken.body = std::move(request.body());
  return taken;
}

Response ToResponse(HttpResponse answer, unsigned version, bool keep_alive) {
  Response response(static_cast<http::status>(answer.code), version);
  for (const auto& [name, value] : kHeaders) response.set(name, value);
  response.set(http::field::content_type, answer.type);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  return response;
}

// A Session is one connection. It holds itself alive until it is done; its steps run on one strand,
// the handler on a thread that may wait.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls, asio::thread_pool* workers,
          const HttpHandler* handler, Census* census, std::string address)
      : tls_(std::move(tls)),
        stream_(std::move(socket), *tls_),
        workers_(workers),
        handler_(*handler),
        census_(census),
        address_(std::move(address)) {}
  ~Session() { census_->Leave(address_); }

  void Start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->ShakeHands(); });
  }

 private:
  void ShakeHands() {
    Expire();
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](error_code failed) {
                              if (!failed) self->Read();
                            });
  }

  void Expire() { beast::get_lowest_layer(stream_).expires_after(kExchangeTimeout); }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderSizeBytes);
    parser_->body_limit(kMaxBodySizeBytes);
    Expire();
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code failed, size_t) { self->OnRead(failed); });
  }

  void OnRead(error_code failed) {
    if (failed == http::error::end_of_stream) return Close();
    if (failed == http::error::body_limit || failed == http::error::header_limit) {
      return Write({413, "text/plain", "too large\n", {}}, 11, false);
    }
    if (failed.category() == http::make_error_code(http::error::bad_method).category()) {
      return Write({400, "text/plain", "not HTTP\n", {}}, 11, false);
    }
    if (failed) return;
    Request request = parser_->release();
    const unsigned version = request.version();
    const bool keep = request.keep_alive() && ++requests_ < kMaxRequestsPerConnection;
    wants_header_alone_ = request.method() == http::verb::head;
    std::optional<HttpRequest> taken = ToHttpRequest(request);
    if (!taken) return Write({400, "text/plain", "not a path\n", {}}, version, false);
    taken->from = address_;
    // The handler waits for the hub, which has a time limit of its own.
    beast::get_lowest_layer(stream_).expires_never();
    asio::post(*workers_, [self = shared_from_this(), taken = *std::move(taken), version, keep] {
      HttpResponse answer = self->handler_(taken);
      asio::dispatch(self->stream_.get_executor(),
                     [self, answer = std::move(answer), version, keep]() mutable {
                       self->Write(std::move(answer), version, keep);
                     });
    });
  }

  void Write(HttpResponse answer, unsigned version, bool keep) {
    response_.emplace(ToResponse(std::move(answer), version, keep));
    if (wants_header_alone_) response_->body().clear();  // and the length stays as it would be
    Expire();
    http::async_write(stream_, *response_,
                      [self = shared_from_this(), keep](error_code failed, size_t) {
                        if (failed) return;
                        if (!keep) return self->Close();
                        self->Read();
                      });
  }

  void Close() {
    Expire();
    stream_.async_shutdown([self = shared_from_this()](error_code) {});
  }

  const std::shared_ptr<asio::ssl::context> tls_;
  Stream stream_;
  asio::thread_pool* const workers_;
  const HttpHandler& handler_;
  Census* const census_;
  const std::string address_;
  beast::flat_buffer buffer_{kMaxHeaderSizeBytes + kMaxBodySizeBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<Response> response_;
  int requests_ = 0;
  bool wants_header_alone_ = false;
};

}  // namespace

class HttpsServer::Impl {
 public:
  explicit Impl(HttpsServerOptions options)
      : options_(std::move(options)), io_(1), workers_(kThreads), acceptor_(io_) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    workers_.join();
  }

  absl::Status Start() {
    tls_ = LoadTls();
    if (tls_ == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(options_.certificate, " and ", options_.key,
                       ": no certificate with its key; `liaisond init` makes them"));
    }
    error_code failed;
    const auto address = asio::ip::make_address(options_.host, failed);
    if (failed) return absl::InvalidArgumentError(options_.host + " is no address");
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
    return tls;
  }

  void RefreshTls() {
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
    std::string address = peer.address().to_string();
    if (!census_.Enter(address)) return;
    std::make_shared<Session>(std::move(socket), tls_, &workers_, &options_.handler, &census_,
                              std::move(address))
        ->Start();
  }

  const HttpsServerOptions options_;
  Census census_;
  asio::io_context io_;
  asio::thread_pool workers_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_{io_};
  // Of the thread that accepts.
  std::shared_ptr<asio::ssl::context> tls_;
  std::filesystem::file_time_type read_at_;
  std::chrono::steady_clock::time_point looked_at_;
  int port_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpsServer>> HttpsServer::Start(HttpsServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (absl::Status started = impl->Start(); !started.ok()) return started;
  return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(impl)));
}

HttpsServer::HttpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsServer::~HttpsServer() = default;
int HttpsServer::port() const { return impl_->port(); }

}  // namespace liaison::web
