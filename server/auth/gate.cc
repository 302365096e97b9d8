#include "server/auth/gate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/token.h"

namespace liaison::auth {
namespace {

using record::Error;
using record::Reason;

constexpr absl::string_view kScheme = "Bearer ";

absl::Status Lacks(const Principal& principal, pb::Permission needed) {
  if (principal.credential_id.empty() && !principal.is_development) {
    return Error(Reason::kCredentialRequired, "this is not for everybody: show a token");
  }
  return Error(Reason::kNotPermitted,
               absl::StrCat("this takes the permission to ", NameOf(needed), ", and the role ",
                            NameOf(principal.role), " does not give it"));
}

// The credential that the text behind `Bearer` is.
absl::StatusOr<rows::Credential> FindBearer(const CredentialBook& book,
                                            absl::string_view authorization, absl::Time now) {
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return Error(Reason::kCredentialInvalid, "write `authorization: Bearer TOKEN`");
  }
  const absl::string_view token = authorization.substr(kScheme.size());
  const bool is_session = record::KindOfToken(token) == record::TokenKind::kSession;
  return book.Find(token, is_session ? record::TokenKind::kSession : record::TokenKind::kAccess,
                   now);
}

}  // namespace

absl::StatusOr<Principal> Gate::Enter(const Shown& shown, pb::Permission needed,
                                      const domain::Registry& registry,
                                      const domain::Directory& directory, absl::Time now) const {
  // Before the credential is looked at, or one revoked in between would stay.
  const uint64_t revocations = book_->revocations();
  Principal principal;
  if (is_development()) {
    LIAISON_ASSIGN_OR_RETURN(principal, DevelopmentPrincipal(shown.acting_as, registry, directory));
  } else if (shown.authorization.empty() && !shown.certificate) {
    if (!shown.acting_as.empty()) {
      return Error(Reason::kCredentialRequired,
                   absl::StrCat("to act as ", shown.acting_as, ", show a token of it"));
    }
    principal.permissions = Permissions::Anonymous();
  } else {
    LIAISON_ASSIGN_OR_RETURN(principal, EnterWith(shown, registry, directory, now));
    principal.revocations = revocations;
  }
  if (!principal.permissions.Has(needed)) return Lacks(principal, needed);
  return principal;
}

absl::StatusOr<Principal> Gate::EnterWith(const Shown& shown, const domain::Registry& registry,
                                          const domain::Directory& directory,
                                          absl::Time now) const {
  rows::Credential certificate;
  if (shown.certificate) {
    LIAISON_ASSIGN_OR_RETURN(certificate, book_->FindCertificate(*shown.certificate, now));
  }
  rows::Credential credential = certificate;
  if (!shown.authorization.empty()) {
    LIAISON_ASSIGN_OR_RETURN(credential, FindBearer(*book_, shown.authorization, now));
    if (shown.certificate &&
        !record::IsWithinOrganisation(credential.organisation(), certificate.organisation())) {
      return Error(Reason::kNotPermitted, absl::StrCat("a token of ", credential.organisation(),
                                                       " does not come in by a certificate of ",
                                                       certificate.organisation()));
    }
  }
  const absl::string_view as =
      shown.acting_as.empty() ? absl::string_view(credential.organisation()) : shown.acting_as;
  if (!record::IsWithinOrganisation(as, credential.organisation())) {
    return Error(Reason::kNotPermitted,
                 absl::StrCat("a ", NameOf(credential.kind()), " of ", credential.organisation(),
                              " speaks for it and what belongs to it, not for ", as));
  }
  LIAISON_ASSIGN_OR_RETURN(Principal principal, PrincipalOf(as, registry, directory));
  principal.credential_id = credential.id();
  principal.certificate_id = certificate.id();
  principal.role = credential.role();
  principal.permissions = Permissions::Of(credential.role());
  principal.expires = absl::FromUnixMicros(credential.expires_us());
  if (shown.certificate) {
    principal.expires = std::min(principal.expires, absl::FromUnixMicros(certificate.expires_us()));
  }
  return principal;
}

absl::Status Gate::CheckStays(const Principal& principal, absl::Time now) const {
  if (principal.is_development) {
    if (is_development()) return absl::OkStatus();
    return Error(Reason::kCredentialRequired, "this hub asks for tokens now");
  }
  if (principal.credential_id.empty()) return absl::OkStatus();
  const auto is_revoked = [this](const std::string& id) {
    const std::optional<rows::Credential> credential = book_->FindById(id);
    return credential && credential->revoked_us() > 0;
  };
  const bool revoked =
      book_->revocations() != principal.revocations &&
      (is_revoked(principal.credential_id) || is_revoked(principal.certificate_id));
  if (!revoked && now < principal.expires) return absl::OkStatus();
  return Error(Reason::kCredentialInvalid, revoked ? "what you came in with has been revoked"
                                                   : "what you came in with has expired");
}

absl::Status CheckMaySay(const Principal& principal, absl::string_view author, pb::EventType type,
                         absl::string_view field) {
  if (principal.is_development) return absl::OkStatus();
  if (!record::IsWithinOrganisation(author, principal.organisation)) {
    return Error(Reason::kNotPermitted,
                 absl::StrCat("a caller who acts as ", principal.organisation,
                              " publishes as it or "
                              "what belongs to it, not as ",
                              author))
        .Field(field, absl::StrCat("publish as ", principal.organisation));
  }
  const pb::Permission needed = NeededToSay(type);
  // What nobody may say has an error of its own, which names it.
  if (needed == pb::PERMISSION_UNSPECIFIED || principal.permissions.Has(needed)) {
    return absl::OkStatus();
  }
  return Lacks(principal, needed);
}

bool MayManage(const Principal& principal, absl::string_view organisation) {
  if (!principal.permissions.Has(pb::PERMISSION_MANAGE)) return false;
  return principal.permissions.Has(pb::PERMISSION_OPERATE) || principal.is_secretariat ||
         record::IsWithinOrganisation(organisation, principal.organisation);
}

bool MayGive(const Principal& principal, absl::string_view organisation, pb::Role role) {
  if (!MayManage(principal, organisation)) return false;
  const bool of_the_hub = role == pb::ROLE_OPERATOR || role == pb::ROLE_AUDITOR;
  return !of_the_hub || principal.permissions.Has(pb::PERMISSION_OPERATE);
}

}  // namespace liaison::auth
