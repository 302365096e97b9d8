// The credentials of a hub.
#ifndef LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_
#define LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
#include "proto/record/token.h"
#include "server/auth/credentials.pb.h"

namespace liaison::auth {

inline constexpr size_t kMaxCredentials = 100'000;
inline constexpr size_t kMaxLabelSizeBytes = 200;
inline constexpr absl::Duration kMinLifetime = absl::Minutes(1);
inline constexpr absl::Duration kDefaultLifetime = absl::Hours(24 * 90);
inline constexpr absl::Duration kMaxLifetime = absl::Hours(24 * 366);
inline constexpr absl::Duration kInvitationLifetime = absl::Hours(24 * 7);
inline constexpr absl::Duration kMaxInvitationLifetime = absl::Hours(24 * 30);
// Of somebody who has a browser and nothing else, and comes by now and then.
inline constexpr absl::Duration kSessionLifetime = absl::Hours(24 * 30);

// A row of control state: what is remembered, in one order with everything else.
struct ControlRow {
  std::string key;
  std::string value;
};

// A ControlStore remembers rows. All calls are thread-safe and may wait for the disk.
class ControlStore {
 public:
  virtual ~ControlStore() = default;
  // Those whose keys begin with `prefix`, in order.
  virtual absl::StatusOr<std::vector<ControlRow>> List(absl::string_view prefix) = 0;
  // Writes the row if what stands there is still `expected` (nullopt: nothing). ABORTED otherwise.
  // OK once it is durable.
  virtual absl::Status Change(const ControlRow& row, std::optional<std::string> expected) = 0;
  // Takes the row away if it is still that.
  virtual absl::Status Remove(const ControlRow& row) = 0;
};

namespace pb = ::igf::liaison::v1;

// What a new credential is to be.
struct CredentialRequest {
  pb::CredentialKind kind = pb::CREDENTIAL_KIND_TOKEN;
  std::string organisation;
  pb::Role role = pb::ROLE_UNSPECIFIED;
  std::string label;
  absl::Duration lifetime = kDefaultLifetime;
  std::string created_by;
};

struct NewCredential {
  rows::Credential credential;
  std::string secret;  // shown once; empty for a certificate, whose secret its holder made
};

// A CredentialBook knows whom a credential belongs to. Thread-safe; what changes a row waits for
// the disk.
class CredentialBook {
 public:
  // `store` must outlive the book. Null: a hub without identities.
  explicit CredentialBook(ControlStore* store) : store_(store) {}

  // Reads what there is; once, before anything else. DATA_LOSS for a row that does not parse.
  absl::Status Load();

  // True iff callers show credentials: as soon as there has been one.
  bool required() const { return required_; }
  // A new one with a secret. FIELD_INVALID naming the field. RESOURCE_EXHAUSTED beyond
  // kMaxCredentials.
  absl::StatusOr<NewCredential> Make(const CredentialRequest& request, absl::Time now);
  // A row that is there as a whole. ABORTED where its id is taken.
  absl::Status Add(const rows::Credential& credential);
  // The row in the place of what stands there, which must still be `before`: ABORTED otherwise.
  absl::Status Replace(const rows::Credential& before, const rows::Credential& after);
  // NOT_FOUND; it as it is now, revoked before or not.
  absl::StatusOr<rows::Credential> Revoke(absl::string_view id, absl::Time now);
  // The same, and with it the certificates that were renewed from it, at once or over others: they
  // come after it.
  absl::StatusOr<std::vector<rows::Credential>> RevokeWithRenewed(absl::string_view id,
                                                                  absl::Time now);
  // CREDENTIAL_INVALID for a text that is no token of that kind, for one that is unknown, expired
  // or revoked. A used invitation is found.
  absl::StatusOr<rows::Credential> Find(absl::string_view token, record::TokenKind kind,
                                        absl::Time now) const;
  // The same for a certificate, by its fingerprint.
  absl::StatusOr<rows::Credential> FindCertificate(const record::Hash& fingerprint,
                                                   absl::Time now) const;
  std::optional<rows::Credential> FindById(absl::string_view id) const;
  // True iff whoever holds one of the two may hold the other as well: they are the same; or one of
  // them came of the other, at once or over others: made by it, invited by it, renewed from it; or
  // one hand has both, which made one of them as a token, or both, and saw the secret.
  bool AreOfOneHand(absl::string_view id, absl::string_view other) const;
  // By id, at most `most` of those after `after`.
  std::vector<rows::Credential> List(absl::string_view after, size_t most) const;
  // All of that organisation itself, what has ended among it.
  std::vector<rows::Credential> ListOf(absl::string_view organisation) const;
  // How often anything was revoked: whoever is in looks again after that.
  uint64_t revocations() const { return revocations_; }

 private:
  void Keep(rows::Credential credential) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Write(const rows::Credential& credential,
                     const std::optional<rows::Credential>& before);
  // Somebody else has changed the row at this moment: it as it stands now.
  absl::Status LookAgain(absl::string_view id);
  // The row as it is known here.
  std::optional<std::string> ValueOf(absl::string_view id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool CameOf(absl::string_view id, absl::string_view ancestor) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // It, and all whose holders have its secret without being let in by an invitation.
  std::set<std::string> HandsOf(absl::string_view id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // CREDENTIAL_INVALID unless there is one that is good now.
  absl::StatusOr<rows::Credential> FindGood(const record::Hash& secret_hash,
                                            pb::CredentialKind kind, absl::Time now) const;

  ControlStore* const store_;
  mutable absl::Mutex mu_;
  std::map<std::string, rows::Credential, std::less<>> by_id_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, std::string> id_by_hash_ ABSL_GUARDED_BY(mu_);
  // Streams ask for both before each frame, so no lock stands before them.
  std::atomic<bool> required_{false};
  std::atomic<uint64_t> revocations_{0};
};

// A row without a secret, with an id of its own. FIELD_INVALID naming the field.
absl::StatusOr<rows::Credential> DraftCredential(const CredentialRequest& request, absl::Time now);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_CREDENTIAL_BOOK_H_
