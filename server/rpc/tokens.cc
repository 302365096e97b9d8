#include "server/rpc/tokens.h"

#include <string>
#include <utility>
#include <vector>

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

pb::Token ToProto(const auth::rows::Credential& credential) {
  pb::Token token;
  token.set_id(credential.id());
  token.set_organisation(credential.organisation());
  token.set_role(credential.role());
  token.set_label(credential.label());
  *token.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(credential.created_us());
  *token.mutable_expire_time() = TimeUtil::MicrosecondsToTimestamp(credential.expires_us());
  if (credential.revoked_us() > 0) {
    *token.mutable_revoke_time() = TimeUtil::MicrosecondsToTimestamp(credential.revoked_us());
  }
  token.set_created_by(credential.created_by());
  return token;
}

// Who it was, as far as it is known.
std::string InWords(const auth::Principal& principal) {
  if (principal.credential_id.empty()) return principal.organisation;
  return absl::StrCat(principal.organisation, " ", principal.credential_id);
}

absl::Status MayNot(const auth::Principal& principal, absl::string_view organisation,
                    pb::Role role) {
  return Error(Reason::kNotPermitted,
               absl::StrCat("a token of ", principal.organisation, " and the role ",
                            auth::NameOf(principal.role), " may not give or take the role ",
                            auth::NameOf(role), " of ", organisation));
}

}  // namespace

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
  *response.mutable_token() = ToProto(made.credential);
  response.set_secret(std::move(made.token));
  return response;
}

absl::StatusOr<pb::ListTokensResponse> ListTokens(const Hub& hub, const auth::Principal& principal,
                                                  const pb::ListTokensRequest& request) {
  const auto make =
      [&](const views::PageArguments& page) -> absl::StatusOr<pb::ListTokensResponse> {
    pb::ListTokensResponse response;
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
        if (static_cast<size_t>(response.tokens_size()) == page.size) {
          response.set_next_page_token(response.tokens(response.tokens_size() - 1).id());
          return response;
        }
        *response.add_tokens() = ToProto(credential);
      }
      if (some.size() < page.size) return response;
    }
  };
  return PageBy<pb::ListTokensResponse>(hub, request, make);
}

absl::StatusOr<pb::RevokeTokenResponse> RevokeToken(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::RevokeTokenRequest& request) {
  const auto there = hub.credentials->FindById(request.id());
  // What one may not manage is as if it were not there.
  if (!there || !auth::MayManage(principal, there->organisation())) {
    return Error(Reason::kNotFound, "there is no such token, or none that you manage")
        .Field("id", "one that `liaison admin token list` shows");
  }
  if (!auth::MayGive(principal, there->organisation(), there->role())) {
    return MayNot(principal, there->organisation(), there->role());
  }
  LIAISON_ASSIGN_OR_RETURN(const auth::rows::Credential revoked,
                           hub.credentials->Revoke(request.id(), absl::Now()));
  pb::RevokeTokenResponse response;
  *response.mutable_token() = ToProto(revoked);
  return response;
}

}  // namespace liaison::rpc
