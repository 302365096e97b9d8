// The line to a hub, looked at without gRPC, which does not say why it has none.
#ifndef LIAISON_CLIENT_CLI_LINE_PROBE_H_
#define LIAISON_CLIENT_CLI_LINE_PROBE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/diagnosis.h"
#include "liaison/profile.h"
#include "proto/record/certificate.h"

namespace liaison::cli {

// What was seen.
struct Line {
  std::string host;
  std::string port;
  std::string unreachable;  // why nobody can be reached there; empty: somebody answers
  bool speaks_tls = false;
  bool is_another_service = false;                // over TLS, but not HTTP/2
  std::optional<record::CertificateFacts> shown;  // the hub's certificate
  bool is_of_authority = false;                   // of the one that the profile names
  // What the hub said of our certificate after the handshake: `certificate revoked`; empty: nothing
  // against it.
  std::string alert;
};

// Connects, and shakes hands: with the profile's certificate, or with none. At most `timeout`.
Line ProbeLine(const std::string& address, const Profile* profile, absl::Duration timeout);

// Judge what was seen, from values alone: the port, our certificate, the hub's, what the hub said
// of ours. Only what could be looked at is in the list. Thread-safe.
std::vector<Finding> JudgeLine(const Line& line, const Profile* profile, absl::Time now);
Finding JudgeOwnCertificate(const record::CertificateFacts& own, absl::Time now);

// Somebody who is told this early has time.
inline constexpr absl::Duration kExpiryNotice = absl::Hours(24 * 30);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_LINE_PROBE_H_
