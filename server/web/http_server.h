// HTTP/1.1, over TLS or on loopback.
#ifndef LIAISON_SERVER_WEB_HTTP_SERVER_H_
#define LIAISON_SERVER_WEB_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/web/answer_budget.h"
#include "server/web/http.h"
#include "server/web/origin.h"
#include "server/web/tally.h"

namespace liaison::web {

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // an address
  int port = 0;                    // 0 takes a free one
  // PEM files, read again when they change; a pair that is no good leaves the one before. Empty:
  // no TLS, which loopback alone may do.
  std::string certificate;
  std::string key;
  Proxied proxied;
  HttpDispatch dispatch;
  // How large the body of a request for that path may be.
  std::function<uint64_t(absl::string_view path)> body_limit;
  // Outlive the server.
  Tally* tally = nullptr;
  AnswerBudget* budget = nullptr;
};

// An HttpServer answers until it is destroyed, within the limits of limits.h: who is slow, says
// too much or comes too often is hung up on. Every answer carries the headers that keep a browser
// from doing more than the page says.
class HttpServer {
 public:
  // INVALID_ARGUMENT for an address or files that are no good, UNAVAILABLE where it cannot listen.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options);
  ~HttpServer();

  int port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTP_SERVER_H_
