// One connection's bytes, over TLS or as they are.
#ifndef LIAISON_SERVER_WEB_WIRE_H_
#define LIAISON_SERVER_WEB_WIRE_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace liaison::web {

// A Wire is a stream as Asio and Beast want one. Belongs to one strand.
class Wire {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming): by this name Asio asks for it
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  // `tls` may be null: there is none.
  Wire(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
      : tls_context_(std::move(tls)), socket_(std::move(socket)) {
    if (tls_context_ != nullptr) tls_.emplace(socket_, *tls_context_);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }
  bool secure() const { return tls_.has_value(); }

  template <typename Handler>
  void async_handshake(Handler&& handler) {
    if (!tls_) return boost::asio::dispatch(get_executor(), [handler] { handler({}); });
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }

  template <typename Handler>
  void async_shutdown(Handler&& handler) {
    if (!tls_) return boost::asio::dispatch(get_executor(), [handler] { handler({}); });
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  const std::shared_ptr<boost::asio::ssl::context> tls_context_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_WIRE_H_
