// A request of ours to somebody else's server.
#ifndef LIAISON_SERVER_WEB_HTTP_CLIENT_H_
#define LIAISON_SERVER_WEB_HTTP_CLIENT_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::web {

struct Url {
  bool tls = true;
  std::string host;  // a name or an address, without brackets
  std::string port;
  std::string path;  // `/witness`
};

// `https://witness.example.org/prefix`, or http. INVALID_ARGUMENT for anything else, for names of
// users in it, and for what no URL may hold.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

struct ClientRequest {
  Url url;
  std::string method = "GET";
  std::string body;
};

struct ClientAnswer {
  int code = 0;
  std::string type;
  std::string body;
};

// Asks and waits, `timeout` at most for all of it, and takes kMaxAnswerSizeBytes at most. Over TLS
// it believes the authorities of this machine. It follows nobody to another address. UNAVAILABLE
// where there is no answer in time; whatever is answered is an answer. Thread-safe.
absl::StatusOr<ClientAnswer> Send(const ClientRequest& request, std::chrono::milliseconds timeout);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTP_CLIENT_H_
