// The files that a hub's TLS port reads, kept up to date while it runs.
#ifndef LIAISON_SERVER_AUTH_HUB_CERTIFICATES_H_
#define LIAISON_SERVER_AUTH_HUB_CERTIFICATES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "server/auth/authority.h"
#include "server/auth/credential_book.h"

namespace liaison::auth {

// A certificate with less time left than this is made anew, and whoever holds one is told.
inline constexpr absl::Duration kRenewBefore = absl::Hours(24 * 30);
inline constexpr absl::Duration kRefreshInterval = absl::Seconds(1);
inline constexpr absl::Duration kRevocationListInterval = absl::Hours(24);

struct TlsFiles {
  std::string authority;       // PEM
  std::string certificate;     // PEM
  std::string key;             // PEM
  std::string revoked_folder;  // of lists named as OpenSSL looks them up
};

// HubCertificates writes the hub's certificate and the lists of certificates that are taken back.
// What the book says holds at once; the lists follow within seconds, so that whoever is on them
// does not even shake hands.
class HubCertificates {
 public:
  struct Options {
    std::string folder;              // made where missing
    std::vector<std::string> hosts;  // names and addresses that the hub's certificate is good for
    std::function<absl::Time()> now;
    std::function<void(const absl::Status&)> report;  // of each change between OK and trouble
  };
  // Both must outlive it.
  HubCertificates(const Authority* authority, const CredentialBook* book, Options options);
  ~HubCertificates();

  // Writes what is missing, near its end or out of date. INVALID_ARGUMENT where it cannot.
  absl::Status Refresh();
  // Refreshes each kRefreshInterval from here on. REQUIRES: Refresh was OK.
  void StartKeeping();

  const TlsFiles& files() const { return files_; }

 private:
  absl::Status RefreshCertificate(absl::Time now);
  absl::Status RefreshRevoked(absl::Time now);
  void Keep();

  const Authority* const authority_;
  const CredentialBook* const book_;
  const Options options_;
  const TlsFiles files_;

  // Of whoever refreshes.
  absl::Time certificate_end_ = absl::InfinitePast();
  absl::Time listed_ = absl::InfinitePast();
  absl::Time latest_listed_ = absl::InfinitePast();  // a clock that was set back has been there
  uint64_t listed_revocations_ = 0;
  int lists_ = 0;

  absl::Notification ending_;
  std::thread keeper_;
};

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_HUB_CERTIFICATES_H_
