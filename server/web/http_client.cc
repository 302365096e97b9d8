#include "server/web/http_client.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/macros.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// One request over one connection, plain or TLS. Its steps run on the thread that waits for it.
template <typename Stream>
class Fetch {
 public:
  template <typename... Args>
  Fetch(asio::io_context* io, const ClientRequest& request, Args&&... args)
      : url_(request.url), resolver_(*io), stream_(*io, std::forward<Args>(args)...) {
    asked_.method_string(request.method);
    asked_.target(url_.path);
    asked_.version(11);
    const bool is_v6 = absl::StrContains(url_.host, ':');
    asked_.set(http::field::host,
               absl::StrCat(is_v6 ? "[" : "", url_.host, is_v6 ? "]" : "", ":", url_.port));
    asked_.set(http::field::user_agent, "liaison-web");
    asked_.keep_alive(false);
    asked_.body() = request.body;
    asked_.prepare_payload();
    parser_.header_limit(kMaxHeaderSizeBytes);
    parser_.body_limit(kMaxAnswerSizeBytes);
  }

  Stream& stream() { return stream_; }

  void Start() {
    resolver_.async_resolve(url_.host, url_.port,
                            [this](error_code failed, const tcp::resolver::results_type& found) {
                              if (Failed(failed, "its name")) return;
                              Connect(found);
                            });
  }

  // After the steps have run: INTERNAL while they are not through.
  absl::StatusOr<ClientAnswer> Finish() {
    LIAISON_RETURN_IF_ERROR(status_);
    const auto& answer = parser_.get();
    return ClientAnswer{static_cast<int>(answer.result_int()),
                        std::string(answer[http::field::content_type]), answer.body()};
  }

 private:
  void Connect(const tcp::resolver::results_type& found) {
    beast::get_lowest_layer(stream_).async_connect(found,
                                                   [this](error_code failed, const tcp::endpoint&) {
                                                     if (!Failed(failed, "a connection"))
                                                       Connected();
                                                   });
  }

  void Connected() {
    if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
      Write();
    } else {
      stream_.async_handshake(asio::ssl::stream_base::client, [this](error_code failed) {
        if (!Failed(failed, "TLS")) Write();
      });
    }
  }

  void Write() {
    http::async_write(stream_, asked_, [this](error_code failed, size_t) {
      if (!Failed(failed, "the request")) Read();
    });
  }

  void Read() {
    http::async_read(stream_, buffer_, parser_, [this](error_code failed, size_t) {
      if (!Failed(failed, "the answer")) status_ = absl::OkStatus();
    });
  }

  bool Failed(error_code failed, absl::string_view what) {
    if (!failed) return false;
    status_ = absl::UnavailableError(absl::StrCat(what, ": ", failed.message()));
    return true;
  }

  const Url url_;
  tcp::resolver resolver_;
  Stream stream_;
  http::request<http::string_body> asked_;
  beast::flat_buffer buffer_{kMaxHeaderSizeBytes + kMaxAnswerSizeBytes};
  http::response_parser<http::string_body> parser_;
  absl::Status status_ = absl::UnavailableError("no answer in time");
};

using Tls = beast::ssl_stream<beast::tcp_stream>;

bool IsUrlByte(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("`", text, "` is no address such as https://witness.example.org/prefix"));
  Url url;
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, "https://")) {
    if (!absl::ConsumePrefix(&rest, "http://")) return wrong;
    url.tls = false;
  }
  if (!std::all_of(rest.begin(), rest.end(), IsUrlByte) ||
      rest.find_first_of("@?#\\") != absl::string_view::npos) {
    return wrong;
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  absl::string_view host = rest.substr(0, slash);
  url.path = std::string(absl::StripSuffix(rest.substr(slash), "/"));
  url.port = url.tls ? "443" : "80";
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  if (colon != absl::string_view::npos && (bracket == absl::string_view::npos || colon > bracket)) {
    uint32_t port = 0;
    if (!absl::SimpleAtoi(host.substr(colon + 1), &port) || port == 0 || port > 65535) return wrong;
    url.port = absl::StrCat(port);
    host = host.substr(0, colon);
  }
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) return wrong;
  if (host.empty()) return wrong;
  url.host = std::string(host);
  return url;
}

absl::StatusOr<ClientAnswer> Send(const ClientRequest& request, std::chrono::milliseconds timeout) {
  // What is under way when the time is over goes with it.
  asio::io_context io(1);
  if (!request.url.tls) {
    Fetch<beast::tcp_stream> fetch(&io, request);
    fetch.Start();
    io.run_for(timeout);
    return fetch.Finish();
  }
  asio::ssl::context tls(asio::ssl::context::tls_client);
  error_code failed;
  tls.set_default_verify_paths(failed);
  if (!failed) tls.set_verify_mode(asio::ssl::verify_peer, failed);
  if (failed) return absl::InternalError(failed.message());
  Fetch<Tls> fetch(&io, request, tls);
  fetch.stream().set_verify_callback(asio::ssl::host_name_verification(request.url.host), failed);
  if (failed ||
      SSL_set_tlsext_host_name(fetch.stream().native_handle(), request.url.host.c_str()) != 1) {
    return absl::InternalError("TLS does not start");
  }
  fetch.Start();
  io.run_for(timeout);
  return fetch.Finish();
}

}  // namespace liaison::web
