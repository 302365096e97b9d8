// What `join` says over HTTPS, before there is a certificate.
#ifndef LIAISON_CLIENT_CLI_HTTPS_H_
#define LIAISON_CLIENT_CLI_HTTPS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace liaison::cli {

struct HttpsRequest {
  std::string url;
  std::string body;       // posted as JSON; empty: GET
  std::string authority;  // PEM that is believed besides the system's; empty: the system's alone
  // Believes whoever answers: for what is public, and is checked by other means.
  bool believes_anybody = false;
  absl::Duration timeout = absl::Seconds(30);
};

struct HttpsAnswer {
  int code = 0;
  std::string body;
};

// UNAVAILABLE where nobody answers, INVALID_ARGUMENT where the server's certificate is not good,
// both in words for people. At most a megabyte is taken; redirections are not followed. Proxies as
// the environment names them.
absl::StatusOr<HttpsAnswer> Fetch(const HttpsRequest& request);
using Fetcher = std::function<absl::StatusOr<HttpsAnswer>(const HttpsRequest& request)>;

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_HTTPS_H_
