#include "server/auth/enrolment.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/token.h"

namespace liaison::auth {
namespace {

using record::Error;
using record::Reason;

constexpr absl::string_view kRequestField = "certificate_request";

absl::Status UsedUp() {
  return Error(Reason::kCredentialInvalid,
               "the invitation is none of this hub's, or it has expired, been used or been "
               "revoked: ask whoever sent it for a new one");
}

// Empty where it is no request, which then is no question that was asked before.
std::string KeyOf(absl::string_view request) {
  const absl::StatusOr<record::Hash> key = record::KeyOfRequest(request);
  return key.ok() ? std::string(key->bytes()) : "";
}

}  // namespace

std::string InvitationText(absl::string_view token, const Authority* authority) {
  if (authority == nullptr) return std::string(token);
  return absl::StrCat(token, ".", authority->fingerprint().ToHex());
}

absl::string_view TokenOfInvitation(absl::string_view text) {
  return text.substr(0, text.find('.'));
}

absl::StatusOr<NewCredential> Enrolment::Invite(CredentialRequest request, absl::Time now) {
  request.kind = pb::CREDENTIAL_KIND_INVITATION;
  LIAISON_ASSIGN_OR_RETURN(NewCredential made, book_->Make(request, now));
  // After it is there: a session that begins from now on sees it, and one before is among these.
  for (const rows::Credential& credential : book_->ListOf(request.organisation)) {
    if (credential.id() == made.credential.id()) continue;
    const bool is_open =
        credential.kind() == pb::CREDENTIAL_KIND_INVITATION && credential.used_us() == 0;
    if (!is_open && credential.kind() != pb::CREDENTIAL_KIND_SESSION) continue;
    if (credential.revoked_us() > 0 || credential.expires_us() <= absl::ToUnixMicros(now)) continue;
    const absl::Status revoked = book_->Revoke(credential.id(), now).status();
    // Used in this moment: no longer what nobody has used, and no reason to lose the new one.
    if (!revoked.ok() && !absl::IsNotFound(revoked)) return revoked;
  }
  return made;
}

absl::StatusOr<rows::Credential> Enrolment::Find(absl::string_view invitation,
                                                 absl::Time now) const {
  absl::StatusOr<rows::Credential> found =
      book_->Find(TokenOfInvitation(invitation), record::TokenKind::kInvitation, now);
  return found.ok() ? found : UsedUp();
}

absl::StatusOr<rows::Credential> Enrolment::DraftCertificate(const rows::Credential& of,
                                                             absl::string_view id,
                                                             absl::string_view request,
                                                             const std::string& created_by,
                                                             absl::Time now) {
  if (authority_ == nullptr) {
    return Error(Reason::kNotPermitted,
                 "this hub has no certificates: it is on loopback, where a token is enough");
  }
  CredentialRequest wanted;
  wanted.kind = pb::CREDENTIAL_KIND_CERTIFICATE;
  wanted.organisation = of.organisation();
  wanted.role = of.role();
  wanted.label = of.label();
  wanted.lifetime = kCertificateLifetime;
  wanted.created_by = created_by;
  LIAISON_ASSIGN_OR_RETURN(rows::Credential certificate, DraftCredential(wanted, now));
  if (!id.empty()) certificate.set_id(std::string(id));
  LIAISON_ASSIGN_OR_RETURN(
      *certificate.mutable_certificate(),
      authority_->CertifyPartner(request, kRequestField, of.organisation(), certificate.id(), now));
  LIAISON_ASSIGN_OR_RETURN(const record::CertificateFacts facts,
                           record::ReadCertificate(certificate.certificate()));
  certificate.set_secret_hash(std::string(facts.fingerprint.bytes()));
  return certificate;
}

absl::StatusOr<rows::Credential> Enrolment::Certify(absl::string_view invitation,
                                                    absl::string_view request, absl::Time now) {
  const absl::StatusOr<rows::Credential> found = Find(invitation, now);
  if (!found.ok()) return found.status();
  if (found->used_us() > 0) return CertifyUsed(*found, request, now);
  // Before the invitation is used up, or a request that is none would cost it.
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Credential certificate,
      DraftCertificate(*found, "", request, absl::StrCat("invitation ", found->id()), now));
  rows::Credential used = *found;
  used.set_used_us(absl::ToUnixMicros(now));
  used.set_used_for(KeyOf(request));
  used.set_became(certificate.id());
  const absl::Status replaced = book_->Replace(*found, used);
  if (absl::IsAborted(replaced)) {
    // Somebody was faster, who may have asked for the same key: then the answer is the same.
    LIAISON_ASSIGN_OR_RETURN(const rows::Credential changed, Find(invitation, now));
    return CertifyUsed(changed, request, now);
  }
  if (!replaced.ok()) return replaced;
  return AddCertificate(certificate);
}

absl::StatusOr<rows::Credential> Enrolment::CertifyUsed(const rows::Credential& invitation,
                                                        absl::string_view request, absl::Time now) {
  // An answer that was lost is given again; another key is somebody else's.
  if (invitation.used_for().empty() || invitation.used_for() != KeyOf(request)) return UsedUp();
  const std::optional<rows::Credential> made = book_->FindById(invitation.became());
  if (made) return *made;
  LIAISON_ASSIGN_OR_RETURN(const rows::Credential certificate,
                           DraftCertificate(invitation, invitation.became(), request,
                                            absl::StrCat("invitation ", invitation.id()), now));
  return AddCertificate(certificate);
}

absl::StatusOr<rows::Credential> Enrolment::AddCertificate(const rows::Credential& certificate) {
  const absl::Status added = book_->Add(certificate);
  // The same request at the same moment: one of the two has signed it.
  if (absl::IsAborted(added)) {
    if (const auto made = book_->FindById(certificate.id())) return *made;
  }
  if (!added.ok()) return added;
  return certificate;
}

absl::StatusOr<NewCredential> Enrolment::StartSession(absl::string_view invitation,
                                                      absl::Time now) {
  LIAISON_ASSIGN_OR_RETURN(const rows::Credential found, Find(invitation, now));
  if (found.used_us() > 0) return UsedUp();
  rows::Credential used = found;
  used.set_used_us(absl::ToUnixMicros(now));
  const absl::Status replaced = book_->Replace(found, used);
  if (absl::IsAborted(replaced)) return UsedUp();
  if (!replaced.ok()) return replaced;
  CredentialRequest wanted;
  wanted.kind = pb::CREDENTIAL_KIND_SESSION;
  wanted.organisation = found.organisation();
  wanted.role = found.role();
  wanted.label = found.label();
  wanted.lifetime = kSessionLifetime;
  wanted.created_by = absl::StrCat("invitation ", found.id());
  LIAISON_ASSIGN_OR_RETURN(NewCredential made, book_->Make(wanted, now));
  // A new invitation ends what came of earlier ones, also what begins at the same moment.
  for (const rows::Credential& other : book_->ListOf(found.organisation())) {
    const bool is_newer = other.created_us() > found.created_us() ||
                          (other.created_us() == found.created_us() && other.used_us() == 0);
    if (other.kind() != pb::CREDENTIAL_KIND_INVITATION || other.id() == found.id() ||
        other.revoked_us() > 0 || !is_newer) {
      continue;
    }
    LIAISON_RETURN_IF_ERROR(book_->Revoke(made.credential.id(), now).status());
    return UsedUp();
  }
  return made;
}

absl::StatusOr<rows::Credential> Enrolment::Renew(const Principal& principal,
                                                  absl::string_view request, absl::Time now) {
  const std::optional<rows::Credential> shown =
      principal.certificate_id.empty() ? std::nullopt : book_->FindById(principal.certificate_id);
  if (!shown) {
    return Error(Reason::kCredentialRequired,
                 "a certificate is renewed by whoever shows it; ask for an invitation");
  }
  // Since the call came in.
  if (shown->revoked_us() > 0) {
    return Error(Reason::kCredentialInvalid, "the certificate has been revoked");
  }
  LIAISON_ASSIGN_OR_RETURN(
      const rows::Credential certificate,
      DraftCertificate(*shown, "", request, absl::StrCat("certificate ", shown->id()), now));
  LIAISON_RETURN_IF_ERROR(book_->Add(certificate));
  // Revoked while the new one was made: it goes with it.
  const std::optional<rows::Credential> after = book_->FindById(shown->id());
  if (after && after->revoked_us() > 0) {
    LIAISON_RETURN_IF_ERROR(book_->Revoke(certificate.id(), now).status());
    return Error(Reason::kCredentialInvalid, "the certificate has been revoked");
  }
  return certificate;
}

}  // namespace liaison::auth
