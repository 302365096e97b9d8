#include "server/federation/profile_watch.h"

#include "absl/strings/str_cat.h"
#include "server/federation/limits.h"

namespace liaison::federation {

std::string ProfileWarning(const std::string& profile, const CertificateEndOf& end,
                           absl::Time now) {
  const absl::StatusOr<absl::Time> ends = end(profile);
  if (!ends.ok()) return std::string(ends.status().message());
  if (*ends - now > kCertificateNotice) return "";
  const std::string day = absl::FormatTime("%Y-%m-%d", *ends, absl::UTCTimeZone());
  if (now < *ends) {
    return absl::StrCat("this hub's certificate there ends on ", day, ": renew it with `liaison ",
                        "--profile ", profile, " renew`");
  }
  return absl::StrCat("this hub's certificate there ended on ", day,
                      ": ask that hub for a new invitation, and put the profile that it makes in ",
                      "the place of ", profile);
}

ProfileWatch::~ProfileWatch() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ProfileWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ProfileWatch::Run() {
  while (true) {
    RunOnce();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), kCertificateLook)) return;
  }
}

void ProfileWatch::RunOnce() {
  const absl::Time now = options_.now();
  for (const auto& [name, peer] : options_.policy->peers()) {
    if (peer.address.empty() || peer.profile.empty()) continue;
    Said& said = said_[name];
    const std::string warning = ProfileWarning(peer.profile, options_.end, now);
    const bool is_due = warning != said.warning || now - said.at >= kCertificateReminder;
    if (!is_due) continue;
    said = {warning, now};
    if (!warning.empty()) options_.report(absl::StrCat(name, ": ", warning));
  }
}

}  // namespace liaison::federation
