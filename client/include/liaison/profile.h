// The folder that `liaison join` makes: who we are at a hub, and how to reach it.
#ifndef LIAISON_PROFILE_H_
#define LIAISON_PROFILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "liaison/options.h"

namespace liaison {

// A Profile is what stands in the folder: profile.toml (hub, organisation), authority.pem,
// certificate.pem and key.pem; where they are there, token, and signing.key, an Ed25519 seed.
struct Profile {
  std::string hub;           // `hub.example.org:7410`
  std::string organisation;  // `org/eurodig`
  TlsOptions tls;
  std::string token;         // empty: the certificate says who we are
  std::string signing_seed;  // 32 bytes; empty: the hub attests what we say
};

// INVALID_ARGUMENT, saying which file and what to do, where one is missing, does not belong to the
// others, or holds a secret that others may read. Thread-safe.
absl::StatusOr<Profile> LoadProfile(const std::string& folder);
// The secrets of a profile that is to be, made and kept in the folder before anybody is asked: a
// second try after a broken line asks for the same. ALREADY_EXISTS where there is a profile.
struct ProfileKeys {
  std::string private_key;
  std::string signing_seed;
};
absl::StatusOr<ProfileKeys> PrepareProfile(const std::string& folder, bool signs);
// Into a new folder, or one that was prepared. ALREADY_EXISTS where there is a profile.
absl::Status SaveProfile(const std::string& folder, const Profile& profile);
// Another certificate with its key in the place of those that are there, however it is interrupted.
absl::Status RenewProfile(const std::string& folder, const std::string& certificate,
                          const std::string& private_key);

// To connect with: Connect(profile.hub, OptionsOf(profile)).
ConnectionOptions OptionsOf(const Profile& profile);

}  // namespace liaison

#endif  // LIAISON_PROFILE_H_
