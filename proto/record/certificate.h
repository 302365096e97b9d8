// Certificates (X.509, RFC 5280) as hub and partner make them: ECDSA on P-256, SHA-256, PEM.
#ifndef LIAISON_PROTO_RECORD_CERTIFICATE_H_
#define LIAISON_PROTO_RECORD_CERTIFICATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/record/hash.h"

namespace liaison::record {

// No certificate, request or key of ours is larger.
inline constexpr size_t kMaxPemSizeBytes = 16 << 10;

// What a certificate says of itself. Nothing of it is verified.
struct CertificateFacts {
  Hash fingerprint;  // SHA-256 over DER
  absl::Time not_before;
  absl::Time not_after;
  std::string organisation;        // `org/eurodig`; empty where it is none of a partner
  std::vector<std::string> hosts;  // names and addresses that it is good for
  std::string issuer;              // as people read it
};

// A new key, PKCS #8. Keep it where nobody else reads it.
std::string NewPrivateKey();
// Asks for a certificate for that key, PKCS #10. INVALID_ARGUMENT where it is no such key.
absl::StatusOr<std::string> NewCertificateRequest(absl::string_view private_key);
// SHA-256 of the public key that a request asks a certificate for: two requests are of one key, or
// of two. INVALID_ARGUMENT where it is none.
absl::StatusOr<Hash> KeyOfRequest(absl::string_view request);
// The first certificate of the text. INVALID_ARGUMENT where there is none.
absl::StatusOr<CertificateFacts> ReadCertificate(absl::string_view pem);
// True iff the certificate is for that key.
bool BelongTogether(absl::string_view certificate, absl::string_view private_key);

// How a certificate names whom it is of, in its subject's alternative names:
// `liaison:org/eurodig`.
inline constexpr absl::string_view kOrganisationUriScheme = "liaison:";

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_CERTIFICATE_H_
