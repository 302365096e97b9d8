// How somebody who was invited becomes somebody who is let in.
#ifndef LIAISON_SERVER_AUTH_ENROLMENT_H_
#define LIAISON_SERVER_AUTH_ENROLMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/authority.h"
#include "server/auth/credential_book.h"
#include "server/auth/principal.h"

namespace liaison::auth {

// An invitation as people pass it on: its token, and after a dot the fingerprint of the hub's
// authority.
std::string InvitationText(absl::string_view token, const Authority* authority);
absl::string_view TokenOfInvitation(absl::string_view text);

// Enrolment turns an invitation into a certificate or a session, once. Thread-safe; all but Find
// wait for the disk.
class Enrolment {
 public:
  // Both must outlive it. Without an authority there are sessions alone.
  Enrolment(CredentialBook* book, const Authority* authority)
      : book_(book), authority_(authority) {}

  const Authority* authority() const { return authority_; }

  // A new invitation; what came before it for the organisation ends: invitations that nobody has
  // used, and sessions. FIELD_INVALID as CredentialBook::Make.
  absl::StatusOr<NewCredential> Invite(CredentialRequest request, absl::Time now);

  // A used one as well. CREDENTIAL_INVALID, as every call here, for what is no invitation, or has
  // expired or been revoked.
  absl::StatusOr<rows::Credential> Find(absl::string_view invitation, absl::Time now) const;

  // The certificate, for the key of `request` (PKCS #10). Again for the same key: the same.
  absl::StatusOr<rows::Credential> Certify(absl::string_view invitation, absl::string_view request,
                                           absl::Time now);
  absl::StatusOr<NewCredential> StartSession(absl::string_view invitation, absl::Time now);
  // A certificate for whoever holds the principal's certificate, which stays good.
  absl::StatusOr<rows::Credential> Renew(const Principal& principal, absl::string_view request,
                                         absl::Time now);

 private:
  // REQUIRES: the invitation has been used.
  absl::StatusOr<rows::Credential> CertifyUsed(const rows::Credential& invitation,
                                               absl::string_view request, absl::Time now);
  absl::StatusOr<rows::Credential> AddCertificate(const rows::Credential& certificate);
  absl::StatusOr<rows::Credential> DraftCertificate(const rows::Credential& of,
                                                    absl::string_view id, absl::string_view request,
                                                    const std::string& created_by, absl::Time now);

  CredentialBook* const book_;
  const Authority* const authority_;
};

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_ENROLMENT_H_
