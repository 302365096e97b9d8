// The hub's own certificate authority.
#ifndef LIAISON_SERVER_AUTH_AUTHORITY_H_
#define LIAISON_SERVER_AUTH_AUTHORITY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/record/hash.h"

namespace liaison::auth {

inline constexpr absl::Duration kAuthorityLifetime = absl::Hours(24 * 3653);
inline constexpr absl::Duration kCertificateLifetime = absl::Hours(24 * 90);
// Long enough for a hub that stood still for holidays; a hub that runs makes it anew each day.
inline constexpr absl::Duration kRevocationListLifetime = absl::Hours(24 * 30);
// Clocks differ: what is signed now is good from a little earlier.
inline constexpr absl::Duration kClockTolerance = absl::Minutes(5);

// An Authority signs certificates and says which are taken back. RFC 5280, ECDSA P-256. Thread-safe
// once made.
class Authority {
 public:
  // A new one, named after the hub.
  static Authority Make(absl::string_view hub, absl::Time now);
  // INVALID_ARGUMENT where they are no certificate of an authority with its key.
  static absl::StatusOr<Authority> Load(absl::string_view certificate, absl::string_view key);

  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) noexcept;
  ~Authority();

  const std::string& certificate() const;  // PEM
  std::string key() const;                 // PEM; for init alone
  const record::Hash& fingerprint() const;

  // A certificate for the hub's own port, good for these names and addresses. INVALID_ARGUMENT
  // for a key that is none, or a host that is neither a name nor an address.
  absl::StatusOr<std::string> CertifyHub(absl::string_view key,
                                         const std::vector<std::string>& hosts,
                                         absl::Time now) const;
  // A certificate for whoever holds the key of the request (PKCS #10), as the organisation's.
  // `serial` is hexadecimal. FIELD_INVALID naming `field` for a request that is none, is not of
  // P-256, or is not signed by its own key.
  absl::StatusOr<std::string> CertifyPartner(absl::string_view request, absl::string_view field,
                                             absl::string_view organisation,
                                             absl::string_view serial, absl::Time now) const;
  // The list of what is taken back, PEM. Serials are hexadecimal.
  std::string RevocationList(const std::vector<std::string>& serials, absl::Time now) const;
  // What OpenSSL looks such a list up by: `5ed36f99`.
  std::string LookupName() const;

 private:
  struct Impl;
  explicit Authority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_AUTHORITY_H_
