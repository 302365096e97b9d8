#include "server/rpc/listen_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace liaison::rpc {
namespace {

bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == IN_LOOPBACKNET;
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port <= 65535;
}

}  // namespace

absl::Status CheckListenAddress(absl::string_view address, bool has_tls) {
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || !IsPort(address.substr(colon + 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", address,
                     ": write HOST:PORT with a port from 0 to 65535, such as "
                     "127.0.0.1:7410; port 0 takes a free one"));
  }
  if (!has_tls && !IsLoopback(std::string(address.substr(0, colon)))) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", address,
                     " is not on loopback, and TLS is missing: make certificates with `liaisond "
                     "init` and name their folder with --keys-dir, or listen on 127.0.0.1, "
                     "localhost or [::1]"));
  }
  return absl::OkStatus();
}

}  // namespace liaison::rpc
