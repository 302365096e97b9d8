// Lets callers in, or says why not.
#ifndef LIAISON_SERVER_AUTH_GATE_H_
#define LIAISON_SERVER_AUTH_GATE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/record/hash.h"
#include "server/auth/credential_book.h"
#include "server/auth/permissions.h"
#include "server/auth/principal.h"

namespace liaison::auth {

// What a caller shows, as it came over the wire.
struct Shown {
  absl::string_view authorization;  // `Bearer igfl_pat_...`; empty: nothing
  absl::string_view acting_as;      // `org/eurodig/desk`; empty: as what the credential says
  // Of the client's certificate, which TLS has verified; absent: there is none.
  std::optional<record::Hash> certificate = std::nullopt;
};

// A Gate decides who is asking, from what they show. A certificate says which organisation; a token
// with it says which person or program there, and stands in its place. In development mode, as long
// as the hub has no credentials, callers are believed and may do everything. Thread-safe.
class Gate {
 public:
  // The book must outlive the gate.
  explicit Gate(const CredentialBook* book) : book_(book) {}

  bool is_development() const { return !book_->required(); }

  // The caller as a principal. CREDENTIAL_REQUIRED, CREDENTIAL_INVALID; NOT_PERMITTED without the
  // permission, and for whoever acts as an organisation that the credential does not cover.
  absl::StatusOr<Principal> Enter(const Shown& shown, pb::Permission needed,
                                  const domain::Registry& registry,
                                  const domain::Directory& directory, absl::Time now) const;

  // OK as long as whoever came in may stay: what they showed has neither expired nor been revoked,
  // and the hub still believes those who showed nothing. Cheap, to be asked before each frame.
  absl::Status CheckStays(const Principal& principal, absl::Time now) const;

 private:
  absl::StatusOr<Principal> EnterWith(const Shown& shown, const domain::Registry& registry,
                                      const domain::Directory& directory, absl::Time now) const;

  const CredentialBook* const book_;
};

// NOT_PERMITTED, naming `field`, unless the principal may publish a statement of that author and
// type.
absl::Status CheckMaySay(const Principal& principal, absl::string_view author, pb::EventType type,
                         absl::string_view field);

// True iff the principal may say who speaks for the organisation.
bool MayManage(const Principal& principal, absl::string_view organisation);
// True iff it may give or take that role there: nobody hands out what is above themselves.
bool MayGive(const Principal& principal, absl::string_view organisation, pb::Role role);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_GATE_H_
