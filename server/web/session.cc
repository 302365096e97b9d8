#include "server/web/session.h"

#include <algorithm>
#include <array>
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
#include "server/web/plain_answers.h"
#include "server/web/wire.h"

namespace liaison::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Clock = std::chrono::steady_clock;

constexpr char kWay[] = "x-forwarded-for";
constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// What is wrong with a head that two programs could read in two ways: where the request ends, and
// for whom it is. Null: nothing.
std::optional<HttpResponse> AmbiguityOf(const http::request<http::string_body>& request) {
  const size_t hosts = request.count(http::field::host);
  const size_t lengths = request.count(http::field::content_length);
  const auto length = request[http::field::content_length];
  const size_t codings = request.count(http::field::transfer_encoding);
  if (request.version() < 11) return Plain(505, "HTTP/1.1, please");
  if (hosts != 1) return Plain(400, "one Host, please");
  if (lengths > 1 || (lengths == 1 && codings > 0) ||
      !std::all_of(length.begin(), length.end(), absl::ascii_isdigit)) {
    return Plain(400, "one Content-Length, or Transfer-Encoding: chunked");
  }
  if (codings > 1 ||
      (codings == 1 && !beast::iequals(request[http::field::transfer_encoding], "chunked"))) {
    return Plain(501, "the only Transfer-Encoding here is chunked");
  }
  return std::nullopt;
}

// Without its body, and without what comes behind that: a trailer is nobody's header.
std::optional<HttpRequest> ToHttpRequest(const http::request<http::string_body>& request) {
  HttpRequest taken;
  const absl::string_view target(request.target().data(), request.target().size());
  const size_t mark = target.find('?');
  std::optional<std::string> path = Decoded(target.substr(0, mark));
  if (!path) return std::nullopt;
  taken.path = *std::move(path);
  if (mark != absl::string_view::npos) taken.query = std::string(target.substr(mark + 1));
  taken.method = std::string(request.method_string());
  for (const auto& field : request) {
    const auto [at, is_first] = taken.headers.emplace(
        absl::AsciiStrToLower(std::string(field.name_string())), std::string(field.value()));
    // A list in several lines, whose last counts.
    if (!is_first && at->first == kWay)
      absl::StrAppend(&at->second, ", ", std::string(field.value()));
  }
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
        is_secure_(wire_.secure()),
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
    OnStrand(number, [this, response = std::move(response)]() mutable {
      if (std::exchange(answered_, true)) return;
      if (!wants_head_alone_ && !Reserve(response.body.size())) response = Busy();
      std::string bytes = HeadOf(response, {keep_, is_secure_, Framing::kLength});
      if (!wants_head_alone_ && response.shared_body == nullptr) bytes.append(response.body);
      if (!wants_head_alone_) shared_ = std::move(response.shared_body);
      response.body = std::string();
      Write(std::move(bytes), [this] { Finish(); });
    });
  }

  void Begin(uint64_t number, HttpResponse head) {
    // Leaves with the first piece.
    OnStrand(number, [this, head = std::move(head)] {
      head_ = HeadOf(head, {keep_, is_secure_, Framing::kChunked});
      streams_ = true;
      Watch();
    });
  }

  void Send(uint64_t number, std::string piece, std::function<void()> taken) {
    asio::dispatch(wire_.get_executor(), [self = shared_from_this(), number,
                                          piece = std::move(piece), taken = std::move(taken)] {
      if (self->dead_ || self->number_ != number) return taken();
      self->taken_ = taken;
      if (!self->Reserve(piece.size())) return self->HangUp();
      std::string bytes = absl::StrCat(self->head_, ChunkOf(piece));
      self->head_.clear();
      self->Write(std::move(bytes), [session = self.get()] { session->Taken(); });
    });
  }

  void Send(uint64_t number, Body piece, std::function<void()> taken) {
    asio::dispatch(wire_.get_executor(), [self = shared_from_this(), number,
                                          piece = std::move(piece), taken = std::move(taken)] {
      if (self->dead_ || self->number_ != number) return taken();
      self->taken_ = taken;
      std::string bytes = absl::StrCat(self->head_, ChunkHeadOf(piece->size()));
      self->head_.clear();
      self->shared_ = piece;
      self->tail_ = kChunkEnd;
      self->Write(std::move(bytes), [session = self.get()] { session->Taken(); });
    });
  }

  void End(uint64_t number, std::string last_piece) {
    OnStrand(number, [this, last_piece = std::move(last_piece)] {
      if (std::exchange(answered_, true)) return;
      if (!Reserve(last_piece.size())) return HangUp();
      std::string bytes =
          wants_head_alone_ ? head_ : absl::StrCat(head_, ChunkOf(last_piece), kLastChunk);
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

  // Behind whatever the exchange said from elsewhere, even where its last holder lets go on the
  // strand itself.
  void Abandon(uint64_t number) {
    asio::post(wire_.get_executor(), [self = shared_from_this(), number] {
      if (!self->dead_ && self->number_ == number && !self->answered_) self->HangUp();
    });
  }

 private:
  // Runs it unless that exchange is over.
  template <typename Step>
  void OnStrand(uint64_t number, Step step) {
    asio::dispatch(wire_.get_executor(),
                   [self = shared_from_this(), number, step = std::move(step)]() mutable {
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
    if (std::optional<HttpResponse> refusal = AmbiguityOf(parser_->get())) {
      return Refuse(*std::move(refusal));
    }
    asked_ = ToHttpRequest(parser_->get());
    if (!asked_) return Refuse(Plain(400, "not a path"));
    const absl::string_view target(parser_->get().target().data(), parser_->get().target().size());
    const uint64_t limit = options_.body_limit(target.substr(0, target.find('?')));
    const auto length = parser_->content_length();
    if (length && *length > limit) return Refuse(Plain(413, "too large"));
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
                            if (!self->TakeBody()) return self->Refuse(Busy());
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
      return Refuse(Plain(413, "too large"));
    }
    if (failed.category() == http::make_error_code(http::error::bad_method).category() &&
        failed != http::error::partial_message) {
      return Refuse(Plain(400, "not HTTP"));
    }
    HangUp();
  }

  // Says no and hangs up: what follows on the wire is not to be trusted.
  void Refuse(HttpResponse response) {
    keep_ = false;
    wants_head_alone_ = false;
    ++number_;
    answered_ = false;
    Answer(number_, std::move(response));
  }

  void OnRequest() {
    auto request = parser_->release();
    parser_.reset();
    HttpRequest asked = *std::exchange(asked_, std::nullopt);
    asked.body = std::move(request.body());
    keep_ = request.keep_alive() && ++requests_ < kMaxRequestsPerConnection;
    wants_head_alone_ = request.method() == http::verb::head;
    asked.from = address_;
    asked.secure = wire_.secure();
    BelieveProxy(options_.proxied, &asked);
    is_secure_ = asked.secure;
    ++options_.tally->requests;
    buffer_.shrink_to_fit();
    // Whoever answers has time limits of its own.
    ExpireNever();
    Watch();
    ++number_;
    answered_ = false;
    options_.dispatch(std::move(asked), MakeExchange());
  }
  std::shared_ptr<Exchange> MakeExchange();

  // What comes while an answer is made is kept for later, a little of it: the rest of it may wait
  // on the wire, as an answer ends soon. A stream may not end for an hour, so that whoever sends
  // more behind it than there is room for, which would hide that they have gone, is hung up on.
  void Watch() {
    if (watching_ || (buffer_.size() > 0 && !streams_)) return;
    if (buffer_.size() + kWatchSizeBytes > buffer_.max_size()) return HangUp();
    watching_ = true;
    wire_.async_read_some(buffer_.prepare(kWatchSizeBytes),
                          [self = shared_from_this()](error_code failed, size_t size) {
                            self->OnWatched(failed, size);
                          });
  }
  void OnWatched(error_code failed, size_t size) {
    watching_ = false;
    if (failed || dead_) return HangUp();
    if (closing_) return Drain();
    buffer_.commit(size);
    if (is_idle_) return ReadNext();
    if (streams_) Watch();
  }

  // --- writing
  // -------------------------------------------------------------------------------------

  // False: with so much more, too many answers wait. A little is always answered.
  bool Reserve(size_t size) {
    if (size <= kSmallAnswerSizeBytes) return true;
    std::optional<AnswerBudget::Share> share = options_.budget->Take(size);
    if (!share) return false;
    share_ = *std::move(share);
    return true;
  }

  void Write(std::string bytes, std::function<void()> written) {
    out_ = std::move(bytes);
    out_offset_ = 0;
    written_ = std::move(written);
    WriteSome();
  }

  // What is left of the bytes, of the body that others have too, and of what is behind it; a part
  // of it, if that is much.
  std::array<asio::const_buffer, 3> Unsent() const {
    const absl::string_view parts[] = {
        out_, shared_ == nullptr ? absl::string_view() : absl::string_view(*shared_), tail_};
    std::array<asio::const_buffer, 3> unsent;
    size_t sent = out_offset_;
    size_t room = kWriteSizeBytes;
    for (size_t i = 0; i < unsent.size(); ++i) {
      const absl::string_view rest =
          parts[i].substr(std::min(sent, parts[i].size())).substr(0, room);
      sent -= std::min(sent, parts[i].size());
      room -= rest.size();
      unsent[i] = asio::buffer(rest.data(), rest.size());
    }
    return unsent;
  }

  void WriteSome() {
    const std::array<asio::const_buffer, 3> unsent = Unsent();
    if (asio::buffer_size(unsent) == 0) {
      out_ = std::string();
      shared_ = nullptr;
      tail_ = {};
      share_ = {};
      if (auto written = std::exchange(written_, nullptr)) written();
      return;
    }
    Expire(kExchangeTimeout);
    wire_.async_write_some(unsent, [self = shared_from_this()](error_code failed, size_t size) {
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
    streams_ = false;
    GiveBackBody();
    // What was sent behind a stream cannot be read while the watch reads.
    if (!keep_ || (watching_ && buffer_.size() > 0)) return Close();
    if (!watching_) return ReadNext();
    is_idle_ = true;
    Expire(kIdleTimeout);
  }

  void ReadNext() {
    is_idle_ = false;
    ReadHead();
  }

  // Says that there is no more, and takes what is still on its way for a moment: to close on unread
  // bytes is to take the answer back before it was read.
  void Close() {
    if (dead_ || std::exchange(closing_, true)) return;
    Expire(kLingerTimeout);
    drained_ = 0;
    if (wire_.secure()) {
      return wire_.async_shutdown(
          [self = shared_from_this()](error_code) { self->EndOfAnswers(); });
    }
    EndOfAnswers();
  }
  void EndOfAnswers() {
    error_code failed;
    wire_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    if (failed || dead_) return HangUp();
    if (!watching_) Drain();
  }
  void Drain() {
    if (drained_ > kMaxLingerSizeBytes) return HangUp();
    buffer_.clear();
    wire_.socket().async_read_some(buffer_.prepare(kDrainSizeBytes),
                                   [self = shared_from_this()](error_code failed, size_t size) {
                                     if (failed || self->dead_) return self->HangUp();
                                     self->drained_ += size;
                                     self->Drain();
                                   });
  }

  static constexpr size_t kWatchSizeBytes = 512;
  static constexpr size_t kDrainSizeBytes = 4 << 10;

  const HttpServerOptions& options_;
  const std::string address_;
  const std::function<void()> ended_;
  Wire wire_;
  bool is_secure_;  // of the last request, on the whole of its way
  asio::steady_timer timer_;
  beast::flat_buffer buffer_{kMaxHeaderSizeBytes + (16 << 10)};
  std::optional<Parser> parser_;
  std::optional<HttpRequest> asked_;  // while its body comes
  Clock::time_point body_deadline_;
  int64_t body_size_ = 0;
  std::string head_;
  std::string out_;
  Body shared_;             // behind it; may be null
  absl::string_view tail_;  // behind that
  AnswerBudget::Share share_;
  size_t out_offset_ = 0;
  size_t drained_ = 0;
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
  bool streams_ = false;
  bool closing_ = false;
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
  void Send(Body piece, std::function<void()> taken) override {
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
