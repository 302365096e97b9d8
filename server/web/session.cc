#include "server/web/session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/web/http_text.h"
#include "server/web/limits.h"
#include "server/web/wire.h"

namespace liaison::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Clock = std::chrono::steady_clock;

constexpr char kPlain[] = "text/plain; charset=utf-8";
constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::optional<HttpRequest> ToHttpRequest(http::request<http::string_body>& request) {
  HttpRequest taken;
  const absl::string_view target(request.target().data(), request.target().size());
  const size_t mark = target.find('?');
  std::optional<std::string> path = Decoded(target.substr(0, mark));
  if (!path) return std::nullopt;
  taken.path = *std::move(path);
  if (mark != absl::string_view::npos) taken.query = std::string(target.substr(mark + 1));
  taken.method = std::string(request.method_string());
  for (const auto& field : request) {
    taken.headers.emplace(absl::AsciiStrToLower(std::string(field.name_string())),
                          std::string(field.value()));
  }
  taken.body = std::move(request.body());
  return taken;
}

// A Session holds itself alive as long as something of it is under way; its steps run on one
// strand. A read is always pending while an answer is made, so that it is known when whoever asked
// has gone.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
          const HttpServerOptions* options, std::string address, std::function<void()> ended)
      : options_(*options),
        address_(std::move(address)),
        ended_(std::move(ended)),
        wire_(std::move(socket), std::move(tls)),
        timer_(wire_.get_executor()) {}
  ~Session() {
    GiveBackBody();
    ended_();
  }

  void Start() {
    asio::dispatch(wire_.get_executor(), [self = shared_from_this()] {
      self->Expire(kExchangeTimeout);
      self->wire_.async_handshake([self](error_code failed) {
        if (failed) return self->HangUp();
        self->ReadHead();
      });
    });
  }

  // --- what an exchange says, on any thread
  // --------------------------------------------------------

  void Answer(uint64_t number, HttpResponse response) {
    OnStrand(number, [this, response = std::move(response)] {
      if (std::exchange(answered_, true)) return;
      std::string bytes = HeadOf(response, {keep_, wire_.secure(), Framing::kLength});
      if (!wants_head_alone_) bytes.append(response.body);
      Write(std::move(bytes), [this] { Finish(); });
    });
  }

  void Begin(uint64_t number, HttpResponse head) {
    // Leaves with the first piece.
    OnStrand(number, [this, head = std::move(head)] {
      head_ = HeadOf(head, {keep_, wire_.secure(), Framing::kChunked});
    });
  }

  void Send(uint64_t number, std::string piece, std::function<void()> taken) {
    asio::dispatch(wire_.get_executor(), [self = shared_from_this(), number,
                                          piece = std::move(piece), taken = std::move(taken)] {
      if (self->dead_ || self->number_ != number) return taken();
      std::string bytes = absl::StrCat(self->head_, ChunkOf(piece));
      self->head_.clear();
      self->taken_ = taken;
      self->Write(std::move(bytes), [session = self.get()] { session->Taken(); });
    });
  }

  void End(uint64_t number, std::string last_piece) {
    OnStrand(number, [this, last_piece = std::move(last_piece)] {
      if (std::exchange(answered_, true)) return;
      std::string bytes = absl::StrCat(head_, ChunkOf(last_piece), kLastChunk);
      head_.clear();
      Write(std::move(bytes), [this] { Finish(); });
    });
  }

  void WhenGone(uint64_t number, std::function<void()> gone) {
    asio::dispatch(wire_.get_executor(),
                   [self = shared_from_this(), number, gone = std::move(gone)] {
                     if (self->dead_ || self->number_ != number) return gone();
                     self->gone_ = gone;
                   });
  }

  void Abandon(uint64_t number) {
    OnStrand(number, [this] {
      if (!answered_) HangUp();
    });
  }

 private:
  // Runs it unless that exchange is over.
  template <typename Step>
  void OnStrand(uint64_t number, Step step) {
    asio::dispatch(wire_.get_executor(),
                   [self = shared_from_this(), number, step = std::move(step)] {
                     if (!self->dead_ && self->number_ == number) step();
                   });
  }

  // --- time
  // ----------------------------------------------------------------------------------------

  void Expire(Clock::duration after) {
    timer_.expires_after(after);
    timer_.async_wait([weak = weak_from_this()](error_code failed) {
      const auto self = weak.lock();
      if (failed || self == nullptr || self->timer_.expiry() > Clock::now()) return;
      self->HangUp();
    });
  }
  void ExpireNever() { timer_.expires_at(Clock::time_point::max()); }

  void HangUp() {
    if (dead_) return;
    dead_ = true;
    error_code ignored;
    timer_.cancel();
    wire_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    wire_.socket().close(ignored);
    Taken();
    if (auto gone = std::exchange(gone_, nullptr)) gone();
  }

  void Taken() {
    if (auto taken = std::exchange(taken_, nullptr)) taken();
  }

  // --- reading
  // -------------------------------------------------------------------------------------

  void ReadHead() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderSizeBytes);
    parser_->body_limit(kMaxCallSizeBytes);
    Expire(kExchangeTimeout);
    http::async_read_header(wire_, buffer_, *parser_,
                            [self = shared_from_this()](error_code failed, size_t) {
                              if (failed) return self->OnReadFailed(failed);
                              self->OnHead();
                            });
  }

  void OnHead() {
    const absl::string_view target(parser_->get().target().data(), parser_->get().target().size());
    const uint64_t limit = options_.body_limit(target.substr(0, target.find('?')));
    const auto length = parser_->content_length();
    if (length && *length > limit) return Refuse(413, "too large\n");
    parser_->body_limit(limit);
    body_deadline_ = Clock::now() + kBodyTimeout;
    const auto expect = parser_->get()[http::field::expect];
    if (!absl::EqualsIgnoreCase(absl::string_view(expect.data(), expect.size()), "100-continue")) {
      return ReadBody();
    }
    Write(std::string(kContinue), [this] { ReadBody(); });
  }

  void ReadBody() {
    if (parser_->is_done()) return OnRequest();
    Expire(std::min<Clock::duration>(kExchangeTimeout, body_deadline_ - Clock::now()));
    http::async_read_some(wire_, buffer_, *parser_,
                          [self = shared_from_this()](error_code failed, size_t) {
                            if (failed) return self->OnReadFailed(failed);
                            if (!self->TakeBody()) return self->Refuse(503, "busy; try again\n");
                            self->ReadBody();
                          });
  }

  // False: all bodies together are too large.
  bool TakeBody() {
    const auto more = static_cast<int64_t>(parser_->get().body().size()) - body_size_;
    body_size_ += more;
    return options_.tally->body_bytes.fetch_add(more) + more <=
           static_cast<int64_t>(kMaxBodiesSizeBytes);
  }
  void GiveBackBody() { options_.tally->body_bytes -= std::exchange(body_size_, 0); }

  void OnReadFailed(error_code failed) {
    if (dead_ || failed == http::error::end_of_stream) return Close();
    if (failed == http::error::body_limit || failed == http::error::header_limit) {
      return Refuse(413, "too large\n");
    }
    if (failed.category() == http::make_error_code(http::error::bad_method).category() &&
        failed != http::error::partial_message) {
      return Refuse(400, "not HTTP\n");
    }
    HangUp();
  }

  // Says no and hangs up: what follows on the wire is not to be trusted.
  void Refuse(int code, const char* why) {
    keep_ = false;
    wants_head_alone_ = false;
    ++number_;
    answered_ = false;
    Answer(number_, {code, kPlain, why, {}});
  }

  void OnRequest() {
    auto request = parser_->release();
    parser_.reset();
    const bool chunked = request.version() >= 11;
    keep_ = request.keep_alive() && chunked && ++requests_ < kMaxRequestsPerConnection;
    wants_head_alone_ = request.method() == http::verb::head;
    std::optional<HttpRequest> taken = ToHttpRequest(request);
    if (!taken) return Refuse(400, "not a path\n");
    if (!chunked) return Refuse(505, "HTTP/1.1, please\n");
    taken->from = address_;
    taken->secure = wire_.secure();
    ++options_.tally->requests;
    buffer_.shrink_to_fit();
    // Whoever answers has time limits of its own.
    ExpireNever();
    Watch();
    ++number_;
    answered_ = false;
    options_.dispatch(*std::move(taken), MakeExchange());
  }
  std::shared_ptr<Exchange> MakeExchange();

  // What comes while an answer is made is kept for later, a little of it.
  void Watch() {
    if (watching_ || buffer_.size() > 0) return;
    watching_ = true;
    wire_.async_read_some(buffer_.prepare(kWatchSizeBytes),
                          [self = shared_from_this()](error_code failed, size_t size) {
                            self->OnWatched(failed, size);
                          });
  }
  void OnWatched(error_code failed, size_t size) {
    watching_ = false;
    if (failed) return HangUp();
    buffer_.commit(size);
    if (is_idle_) ReadNext();
  }

  // --- writing
  // -------------------------------------------------------------------------------------

  void Write(std::string bytes, std::function<void()> written) {
    out_ = std::move(bytes);
    out_offset_ = 0;
    written_ = std::move(written);
    WriteSome();
  }

  void WriteSome() {
    if (out_offset_ == out_.size()) {
      out_ = std::string();
      if (auto written = std::exchange(written_, nullptr)) written();
      return;
    }
    Expire(kExchangeTimeout);
    wire_.async_write_some(asio::buffer(out_.data() + out_offset_,
                                        std::min(out_.size() - out_offset_, kWriteSizeBytes)),
                           [self = shared_from_this()](error_code failed, size_t size) {
                             if (failed || self->dead_) return self->HangUp();
                             self->out_offset_ += size;
                             self->options_.tally->bytes_sent += static_cast<int64_t>(size);
                             self->ExpireNever();
                             self->WriteSome();
                           });
  }

  void Finish() {
    ++number_;
    gone_ = nullptr;
    GiveBackBody();
    if (!keep_) return Close();
    if (!watching_) return ReadNext();
    is_idle_ = true;
    Expire(kIdleTimeout);
  }

  void ReadNext() {
    is_idle_ = false;
    ReadHead();
  }

  void Close() {
    if (dead_) return;
    Expire(kExchangeTimeout);
    wire_.async_shutdown([self = shared_from_this()](error_code) { self->HangUp(); });
  }

  static constexpr size_t kWatchSizeBytes = 512;

  const HttpServerOptions& options_;
  const std::string address_;
  const std::function<void()> ended_;
  Wire wire_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_{kMaxHeaderSizeBytes + (16 << 10)};
  std::optional<Parser> parser_;
  Clock::time_point body_deadline_;
  int64_t body_size_ = 0;
  std::string head_;
  std::string out_;
  size_t out_offset_ = 0;
  std::function<void()> written_;
  std::function<void()> taken_;
  std::function<void()> gone_;
  uint64_t number_ = 0;  // of the exchange, and of the pause after it
  int requests_ = 0;
  bool answered_ = false;  // to its end
  bool keep_ = true;
  bool wants_head_alone_ = false;
  bool watching_ = false;
  bool is_idle_ = false;
  bool dead_ = false;
};

class SessionExchange final : public Exchange {
 public:
  SessionExchange(std::shared_ptr<Session> session, uint64_t number)
      : session_(std::move(session)), number_(number) {}
  ~SessionExchange() override { session_->Abandon(number_); }

  void Answer(HttpResponse response) override { session_->Answer(number_, std::move(response)); }
  void Begin(HttpResponse head) override { session_->Begin(number_, std::move(head)); }
  void Send(std::string piece, std::function<void()> taken) override {
    session_->Send(number_, std::move(piece), std::move(taken));
  }
  void End(std::string last_piece) override { session_->End(number_, std::move(last_piece)); }
  void WhenGone(std::function<void()> gone) override {
    session_->WhenGone(number_, std::move(gone));
  }

 private:
  const std::shared_ptr<Session> session_;
  const uint64_t number_;
};

std::shared_ptr<Exchange> Session::MakeExchange() {
  return std::make_shared<SessionExchange>(shared_from_this(), number_);
}

}  // namespace

void StartSession(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                  const HttpServerOptions* options, std::string address,
                  std::function<void()> ended) {
  std::make_shared<Session>(std::move(socket), std::move(tls), options, std::move(address),
                            std::move(ended))
      ->Start();
}

}  // namespace liaison::web
