// A request and its answer, as handlers see them.
#ifndef LIAISON_SERVER_WEB_HTTP_H_
#define LIAISON_SERVER_WEB_HTTP_H_

#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::web {

struct HttpRequest {
  std::string method;  // `GET`
  std::string path;    // decoded, without the query
  std::string body;
  std::string from;                            // address of whoever asks
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
  std::map<std::string, std::string> headers;  // besides those that every answer has
};

// Runs on a thread that may wait. Thread-safe.
using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTP_H_
