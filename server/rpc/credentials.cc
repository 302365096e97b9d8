#include "server/rpc/credentials.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/rpc/view_call.h"

namespace liaison::rpc {
namespace {

using google::protobuf::util::TimeUtil;
using record::Error;
using record::Reason;

// Who it was, as far as it is known.
std::string InWords(const auth::Principal& principal) {
  if (principal.credential_id.empty()) return principal.organisation;
  return absl::StrCat(principal.organisation, " ", principal.credential_id);
}

absl::Status MayNot(const auth::Principal& principal, absl::string_view organisation,
                    pb::Role role) {
  return Error(Reason::kNotPermitted,
               absl::StrCat("whoever comes in as ", principal.organisation, " in the role ",
                            auth::NameOf(principal.role), " may not give or take the role ",
                            auth::NameOf(role), " of ", organisation));
}

}  // namespace

pb::Credential ToProto(const auth::rows::Credential& credential) {
  const auto time = [](int64_t us) { return TimeUtil::MicrosecondsToTimestamp(us); };
  pb::Credential shown;
  shown.set_id(credential.id());
  shown.set_kind(credential.kind() == pb::CREDENTIAL_KIND_UNSPECIFIED ? pb::CREDENTIAL_KIND_TOKEN
                                                                      : credential.kind());
  shown.set_organisation(credential.organisation());
  shown.set_role(credential.role());
  shown.set_label(credential.label());
  *shown.mutable_create_time() = time(credential.created_us());
  *shown.mutable_expire_time() = time(credential.expires_us());
  if (credential.revoked_us() > 0) *shown.mutable_revoke_time() = time(credential.revoked_us());
  if (credential.used_us() > 0) *shown.mutable_use_time() = time(credential.used_us());
  shown.set_created_by(credential.created_by());
  return shown;
}

absl::StatusOr<pb::CreateTokenResponse> CreateToken(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::CreateTokenRequest& request) {
  if (!auth::MayGive(principal, request.organisation(), request.role())) {
    return MayNot(principal, request.organisation(), request.role());
  }
  auth::CredentialRequest wanted;
  wanted.organisation = request.organisation();
  wanted.role = request.role();
  wanted.label = request.label();
  if (request.has_lifetime()) {
    wanted.lifetime = absl::Seconds(request.lifetime().seconds());
  }
  wanted.created_by = InWords(principal);
  LIAISON_ASSIGN_OR_RETURN(auth::NewCredential made, hub.credentials->Make(wanted, absl::Now()));
  pb::CreateTokenResponse response;
  *response.mutable_credential() = ToProto(made.credential);
  response.set_secret(std::move(made.secret));
  return response;
}

absl::StatusOr<pb::CreateInvitationResponse> CreateInvitation(
    const Hub& hub, const auth::Principal& principal, const pb::CreateInvitationRequest& request) {
  if (principal.is_development) {
    return Error(
        Reason::kNotPermitted,
        "this hub takes callers at their word, and an invitation would shut everybody out: "
        "make an operator's token first");
  }
  const pb::Role role =
      request.role() == pb::ROLE_UNSPECIFIED ? pb::ROLE_PUBLISHER : request.role();
  if (!auth::MayGive(principal, request.organisation(), role)) {
    return MayNot(principal, request.organisation(), role);
  }
  LIAISON_ASSIGN_OR_RETURN(const auth::Principal invited,
                           auth::PrincipalOf(request.organisation(), *hub.sequencer->registry(),
                                             *hub.sequencer->directory()));
  if (!invited.is_partner) {
    return record::FieldInvalid(
        "organisation", absl::StrCat(request.organisation(),
                                     " is not registered, or has retired: publish an organisation "
                                     "first (`liaison example organisation`)"));
  }
  auth::CredentialRequest wanted;
  wanted.organisation = request.organisation();
  wanted.role = role;
  wanted.label = request.label();
  wanted.lifetime = request.has_lifetime() ? absl::Seconds(request.lifetime().seconds())
                                           : auth::kInvitationLifetime;
  wanted.created_by = InWords(principal);
  LIAISON_ASSIGN_OR_RETURN(const auth::NewCredential made,
                           hub.enrolment->Invite(wanted, absl::Now()));
  pb::CreateInvitationResponse response;
  *response.mutable_credential() = ToProto(made.credential);
  response.set_secret(auth::InvitationText(made.secret, hub.enrolment->authority()));
  if (!hub.web_address.empty()) {
    response.set_link(absl::StrCat(hub.web_address, "/join/", response.secret()));
  }
  return response;
}

absl::StatusOr<pb::ListCredentialsResponse> ListCredentials(
    const Hub& hub, const auth::Principal& principal, const pb::ListCredentialsRequest& request) {
  const auto make =
      [&](const views::PageArguments& page) -> absl::StatusOr<pb::ListCredentialsResponse> {
    pb::ListCredentialsResponse response;
    std::string after = page.after;
    while (true) {
      const std::vector<auth::rows::Credential> some = hub.credentials->List(after, page.size);
      for (const auth::rows::Credential& credential : some) {
        after = credential.id();
        const std::string& organisation = credential.organisation();
        if (!auth::MayManage(principal, organisation)) continue;
        if (!request.organisation().empty() &&
            !record::IsWithinOrganisation(organisation, request.organisation())) {
          continue;
        }
        if (static_cast<size_t>(response.credentials_size()) == page.size) {
          response.set_next_page_token(response.credentials(response.credentials_size() - 1).id());
          return response;
        }
        *response.add_credentials() = ToProto(credential);
      }
      if (some.size() < page.size) return response;
    }
  };
  return PageBy<pb::ListCredentialsResponse>(hub, request, make);
}

absl::StatusOr<pb::RevokeCredentialResponse> RevokeCredential(
    const Hub& hub, const auth::Principal& principal, const pb::RevokeCredentialRequest& request) {
  const auto there = hub.credentials->FindById(request.id());
  // What one may not manage is as if it were not there.
  if (!there || !auth::MayManage(principal, there->organisation())) {
    return Error(Reason::kNotFound, "there is no such credential, or none that you manage")
        .Field("id", "one that `liaison admin credentials` shows");
  }
  if (!auth::MayGive(principal, there->organisation(), there->role())) {
    return MayNot(principal, there->organisation(), there->role());
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<auth::rows::Credential> revoked,
                           hub.credentials->RevokeWithRenewed(request.id(), absl::Now()));
  pb::RevokeCredentialResponse response;
  *response.mutable_credential() = ToProto(revoked.front());
  for (size_t i = 1; i < revoked.size(); ++i) *response.add_renewed() = ToProto(revoked[i]);
  return response;
}

absl::StatusOr<pb::ListAuditEntriesResponse> ListAuditEntries(
    const Hub& hub, const auth::Principal&, const pb::ListAuditEntriesRequest& request) {
  const auto make =
      [&](const views::PageArguments& page) -> absl::StatusOr<pb::ListAuditEntriesResponse> {
    uint64_t after = request.after();
    if (!page.after.empty() && !absl::SimpleAtoi(page.after, &after)) {
      return Error(Reason::kPageTokenInvalid, "begin again without page_token");
    }
    LIAISON_ASSIGN_OR_RETURN(const std::vector<auth::AuditRow> rows,
                             hub.audit->List(after, page.size));
    pb::ListAuditEntriesResponse response;
    for (const auth::AuditRow& row : rows) {
      pb::AuditEntry& entry = *response.add_entries();
      entry.set_number(row.number);
      *entry.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(row.time));
      entry.set_organisation(row.entry.organisation);
      entry.set_credential_id(row.entry.credential_id);
      entry.set_method(row.entry.method);
      entry.set_about(row.entry.about);
      entry.set_from(row.entry.from);
      entry.set_request_id(row.entry.request_id);
      entry.set_reason(row.entry.reason);
      entry.set_untold(row.untold);
      entry.set_hash(std::string(row.hash.bytes()));
    }
    if (rows.size() == page.size) response.set_next_page_token(absl::StrCat(rows.back().number));
    return response;
  };
  return PageBy<pb::ListAuditEntriesResponse>(hub, request, make);
}

}  // namespace liaison::rpc
