// A request and its answer, as handlers see them.
#ifndef LIAISON_SERVER_WEB_HTTP_H_
#define LIAISON_SERVER_WEB_HTTP_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "server/web/shared_bodies.h"

namespace liaison::web {

struct HttpRequest {
  std::string method;  // `GET`
  std::string path;    // decoded, without the query
  std::string query;   // as it came, without the question mark
  std::string body;
  std::string from;                            // address of whoever asks
  bool secure = true;                          // came over TLS, or to a proxy that did
  bool proxied = false;                        // came by the proxy before this process
  std::map<std::string, std::string> headers;  // names in lower case; the first of each

  // Empty where it is not there.
  absl::string_view header(const std::string& name) const {
    auto it = headers.find(name);
    return it == headers.end() ? absl::string_view() : absl::string_view(it->second);
  }
};

struct HttpResponse {
  int code = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
  // Besides those that every answer has, or in their place; an empty one takes it away.
  std::map<std::string, std::string> headers;
  Body shared_body = nullptr;  // in place of `body` where it is not null

  size_t body_size() const { return shared_body != nullptr ? shared_body->size() : body.size(); }
};

// An Exchange takes the answer to one request: whole, or piece by piece. Thread-safe, and never
// waits. Whoever lets go of it without an answer hangs up. Where too many answers wait for their
// readers (AnswerBudget), a whole one becomes a 503, and what comes in pieces is hung up on.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual void Answer(HttpResponse response) = 0;

  // What comes before the first piece; the body of `head` is not sent.
  virtual void Begin(HttpResponse head) = 0;
  // One piece at a time: the next one after `taken`, which is called once in any case.
  // REQUIRES: Begin, and no piece on its way.
  virtual void Send(std::string piece, std::function<void()> taken) = 0;
  // The same of one that others have too, and that is not empty.
  virtual void Send(Body piece, std::function<void()> taken) = 0;
  virtual void End(std::string last_piece) = 0;

  // `gone` is called if whoever asked has gone before the answer ended. Once at most.
  virtual void WhenGone(std::function<void()> gone) = 0;
};

// Runs on the server's only thread: never waits.
using HttpDispatch = std::function<void(HttpRequest request, std::shared_ptr<Exchange> exchange)>;
// Runs on a thread that may wait. Thread-safe.
using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTP_H_
