#include "server/auth/hub_certificates.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/certificate.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::auth {
namespace {

TlsFiles FilesIn(const std::string& folder) {
  return {folder + "/authority.pem", folder + "/hub.pem", folder + "/hub.key", folder + "/revoked"};
}

// Addresses as certificates have them: `2001:db8::17` for `2001:DB8:0::17`.
std::string Canonical(const std::string& host) {
  in6_addr bytes = {};
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (inet_pton(AF_INET6, host.c_str(), &bytes) != 1) return host;
  return inet_ntop(AF_INET6, &bytes, text.data(), text.size());
}

// True iff it is of this authority, for these hosts, and has time left.
bool IsGood(const record::CertificateFacts& facts, std::vector<std::string> hosts, absl::Time now) {
  std::vector<std::string> named = facts.hosts;
  std::transform(hosts.begin(), hosts.end(), hosts.begin(), Canonical);
  std::sort(named.begin(), named.end());
  std::sort(hosts.begin(), hosts.end());
  return named == hosts && facts.not_after - now > kRenewBefore;
}

}  // namespace

HubCertificates::HubCertificates(const Authority* authority, const CredentialBook* book,
                                 Options options)
    : authority_(authority),
      book_(book),
      options_(std::move(options)),
      files_(FilesIn(options_.folder)) {}

HubCertificates::~HubCertificates() {
  ending_.Notify();
  if (keeper_.joinable()) keeper_.join();
}

absl::Status HubCertificates::Refresh() {
  const absl::Time now = options_.now();
  LIAISON_RETURN_IF_ERROR(RefreshCertificate(now));
  return RefreshRevoked(now);
}

absl::Status HubCertificates::RefreshCertificate(absl::Time now) {
  if (certificate_end_ - now > kRenewBefore) return absl::OkStatus();
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(options_.folder));
  // Another authority than the files are of: none of them is good any more.
  const absl::StatusOr<std::string> of = record::ReadPublicFile(files_.authority);
  const bool is_ours = of.ok() && *of == authority_->certificate();
  absl::StatusOr<std::string> key = record::ReadPrivateFile(files_.key);
  // The key stays when the certificate is made anew, so that no reader finds one beside the
  // other's.
  if (!is_ours || absl::IsNotFound(key.status())) {
    key = record::NewPrivateKey();
    std::error_code ignored;
    std::filesystem::remove(files_.certificate, ignored);
    LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(files_.key, *key));
    LIAISON_RETURN_IF_ERROR(
        record::ReplacePrivateFile(files_.authority, authority_->certificate()));
  }
  if (!key.ok()) return key.status();
  if (const absl::StatusOr<std::string> there = record::ReadPublicFile(files_.certificate);
      there.ok() && record::BelongTogether(*there, *key)) {
    LIAISON_ASSIGN_OR_RETURN(const record::CertificateFacts facts, record::ReadCertificate(*there));
    if (IsGood(facts, options_.hosts, now)) {
      certificate_end_ = facts.not_after;
      return absl::OkStatus();
    }
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string made,
                           authority_->CertifyHub(*key, options_.hosts, now));
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(files_.certificate, made));
  certificate_end_ = now + kCertificateLifetime;
  return absl::OkStatus();
}

absl::Status HubCertificates::RefreshRevoked(absl::Time now) {
  const uint64_t revocations = book_->revocations();
  const bool is_first = lists_ == 0;
  // Where the clock was set back, an earlier list is not yet good, and this one is the only one;
  // and good again, and the later one, when the clock is where it was: then it takes another.
  const bool is_back = now < listed_;
  const bool is_overtaken = listed_ < latest_listed_ && now > latest_listed_;
  if (!is_first && !is_back && !is_overtaken && revocations == listed_revocations_ &&
      now - listed_ < kRevocationListInterval) {
    return absl::OkStatus();
  }
  // OpenSSL believes the later of two lists, and counts in seconds.
  const int64_t now_s = absl::ToUnixSeconds(now);
  if (!is_first &&
      (now_s == absl::ToUnixSeconds(listed_) || now_s == absl::ToUnixSeconds(latest_listed_))) {
    return absl::OkStatus();
  }
  std::vector<std::string> serials;
  std::string after;
  constexpr size_t kAtOnce = 1000;
  while (true) {
    const std::vector<rows::Credential> some = book_->List(after, kAtOnce);
    for (const rows::Credential& credential : some) {
      after = credential.id();
      if (credential.kind() == pb::CREDENTIAL_KIND_CERTIFICATE && credential.revoked_us() > 0 &&
          credential.expires_us() > absl::ToUnixMicros(now)) {
        serials.push_back(credential.id());
      }
    }
    if (some.size() < kAtOnce) break;
  }
  if (is_first) {
    std::error_code ignored;
    std::filesystem::remove_all(files_.revoked_folder, ignored);
    LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(files_.revoked_folder));
  }
  // A server that runs looks for the next number, and never again at one that it has read.
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(
      absl::StrCat(files_.revoked_folder, "/", authority_->LookupName(), ".r", lists_),
      authority_->RevocationList(serials, now)));
  ++lists_;
  listed_ = now;
  latest_listed_ = std::max(latest_listed_, now);
  listed_revocations_ = revocations;
  return absl::OkStatus();
}

void HubCertificates::StartKeeping() {
  keeper_ = std::thread([this] { Keep(); });
}

void HubCertificates::Keep() {
  bool was_ok = true;
  while (!ending_.WaitForNotificationWithTimeout(kRefreshInterval)) {
    const absl::Status refreshed = Refresh();
    if (refreshed.ok() != was_ok) options_.report(refreshed);
    was_ok = refreshed.ok();
  }
}

}  // namespace liaison::auth
