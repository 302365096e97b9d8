// HTTP/1.1 over TLS.
#ifndef LIAISON_SERVER_WEB_HTTPS_SERVER_H_
#define LIAISON_SERVER_WEB_HTTPS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/web/http.h"

namespace liaison::web {

struct HttpsServerOptions {
  std::string host = "127.0.0.1";  // an address
  int port = 0;                    // 0 takes a free one
  // PEM files, read again when they change; a pair that is no good leaves the one before.
  std::string certificate;
  std::string key;
  HttpHandler handler;
};

// An HttpsServer answers until it is destroyed, within the limits of limits.h: who is slow, says
// too much or comes too often is hung up on. Every answer carries the headers that keep a browser
// from doing more than the page says.
class HttpsServer {
 public:
  // INVALID_ARGUMENT for an address or files that are no good, UNAVAILABLE where it cannot listen.
  static absl::StatusOr<std::unique_ptr<HttpsServer>> Start(HttpsServerOptions options);
  ~HttpsServer();

  int port() const;

 private:
  class Impl;
  explicit HttpsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTPS_SERVER_H_
