// The credentials of a hub.
#ifndef LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_
#define LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/record/hash.h"
#include "server/auth/credentials.pb.h"

namespace liaison::auth {

inline constexpr size_t kMaxCredentials = 100'000;
inline constexpr size_t kMaxLabelSizeBytes = 200;
inline constexpr absl::Duration kMinLifetime = absl::Minutes(1);
inline constexpr absl::Duration kDefaultLifetime = absl::Hours(24 * 90);
inline constexpr absl::Duration kMaxLifetime = absl::Hours(24 * 366);

// A row of control state: what is remembered, in one order with everything else.
struct ControlRow {
  std::string key;
  std::string value;
};

// A ControlStore remembers rows. Both calls are thread-safe and may wait for the disk.
class ControlStore {
 public:
  virtual ~ControlStore() = default;
  // Those whose keys begin with `prefix`, in order.
  virtual absl::StatusOr<std::vector<ControlRow>> List(absl::string_view prefix) = 0;
  // Writes the row if what stands there is still `expected` (nullopt: nothing). ABORTED otherwise.
  // OK once it is durable.
  virtual absl::Status Change(const ControlRow& row, std::optional<std::string> expected) = 0;
};

// What a new credential is to be.
struct CredentialRequest {
  std::string organisation;
  igf::liaison::v1::Role role = igf::liaison::v1::ROLE_UNSPECIFIED;
  std::string label;
  absl::Duration lifetime = kDefaultLifetime;
  std::string created_by;
};

struct NewCredential {
  rows::Credential credential;
  std::string token;  // shown once
};

// A CredentialBook knows whom a token belongs to. Thread-safe; Make and Revoke wait for the disk.
class CredentialBook {
 public:
  // `store` must outlive the book. Null: a hub without identities.
  explicit CredentialBook(ControlStore* store) : store_(store) {}

  // Reads what there is; once, before anything else. DATA_LOSS for a row that does not parse.
  absl::Status Load();

  // True iff callers show credentials: as soon as there has been one.
  bool required() const { return required_; }
  // FIELD_INVALID naming the field. RESOURCE_EXHAUSTED beyond kMaxCredentials.
  absl::StatusOr<NewCredential> Make(const CredentialRequest& request, absl::Time now);
  // NOT_FOUND; it as it is now, revoked before or not.
  absl::StatusOr<rows::Credential> Revoke(absl::string_view id, absl::Time now);
  // CREDENTIAL_INVALID for a text that is no token, for one that is unknown, expired or revoked.
  absl::StatusOr<rows::Credential> Find(absl::string_view token, absl::Time now) const;
  std::optional<rows::Credential> FindById(absl::string_view id) const;
  // By id, at most `most` of those after `after`.
  std::vector<rows::Credential> List(absl::string_view after, size_t most) const;
  // How often anything was revoked: whoever is in looks again after that.
  uint64_t revocations() const { return revocations_; }

 private:
  void Keep(rows::Credential credential) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  ControlStore* const store_;
  mutable absl::Mutex mu_;
  std::map<std::string, rows::Credential, std::less<>> by_id_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, std::string> id_by_hash_ ABSL_GUARDED_BY(mu_);
  // Streams ask for both before each frame, so no lock stands before them.
  std::atomic<bool> required_{false};
  std::atomic<uint64_t> revocations_{0};
};

// Makes a credential's row and token without a book: for a hub that is not running.
absl::StatusOr<NewCredential> DraftCredential(const CredentialRequest& request, absl::Time now);
ControlRow RowOf(const rows::Credential& credential);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_
