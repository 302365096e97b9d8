#include "server/auth/credential_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/token.h"
#include "proto/record/uuid.h"
#include "server/auth/permissions.h"

namespace liaison::auth {
namespace {

using record::Error;
using record::Reason;

constexpr char kPrefix[] = "credential/";

// One text for all that is wrong with it: whoever guesses learns nothing.
absl::Status Invalid() {
  return Error(Reason::kCredentialInvalid,
               "the token is none of this hub's, or it has expired or been revoked");
}

}  // namespace

ControlRow RowOf(const rows::Credential& credential) {
  return {absl::StrCat(kPrefix, credential.id()), credential.SerializeAsString()};
}

absl::StatusOr<NewCredential> DraftCredential(const CredentialRequest& request, absl::Time now) {
  if (!record::IsOrganisation(request.organisation)) {
    return record::FieldInvalid("organisation", "write an organisation as org/name, lower case");
  }
  if (!Permissions::Of(request.role).Has(pb::PERMISSION_READ)) {
    return record::FieldInvalid("role", "reader, publisher, administrator, operator or auditor");
  }
  if (request.label.size() > kMaxLabelSizeBytes || !record::IsText(request.label)) {
    return record::FieldInvalid("label",
                                absl::StrCat("at most ", kMaxLabelSizeBytes, " bytes of text"));
  }
  if (request.lifetime < kMinLifetime || request.lifetime > kMaxLifetime) {
    return record::FieldInvalid("lifetime", "from a minute to 366 days");
  }
  NewCredential made;
  made.token = record::NewToken(record::TokenKind::kAccess);
  made.credential.set_id(record::Uuid::Random().ToString().substr(0, 8) +
                         record::Uuid::Random().ToString().substr(0, 8));
  made.credential.set_token_hash(std::string(record::TokenHash(made.token).bytes()));
  made.credential.set_organisation(request.organisation);
  made.credential.set_role(request.role);
  made.credential.set_label(request.label);
  made.credential.set_created_us(absl::ToUnixMicros(now));
  made.credential.set_expires_us(absl::ToUnixMicros(now + request.lifetime));
  made.credential.set_created_by(request.created_by);
  return made;
}

absl::Status CredentialBook::Load() {
  if (store_ == nullptr) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::vector<ControlRow> rows, store_->List(kPrefix));
  absl::MutexLock lock(&mu_);
  for (const ControlRow& row : rows) {
    rows::Credential credential;
    if (!credential.ParseFromString(row.value)) {
      return absl::DataLossError(absl::StrCat("the row ", row.key, " does not parse"));
    }
    Keep(std::move(credential));
  }
  return absl::OkStatus();
}

void CredentialBook::Keep(rows::Credential credential) {
  id_by_hash_[credential.token_hash()] = credential.id();
  std::string id = credential.id();
  by_id_.insert_or_assign(std::move(id), std::move(credential));
  required_ = true;
}

absl::StatusOr<NewCredential> CredentialBook::Make(const CredentialRequest& request,
                                                   absl::Time now) {
  LIAISON_ASSIGN_OR_RETURN(NewCredential made, DraftCredential(request, now));
  {
    absl::MutexLock lock(&mu_);
    if (by_id_.size() >= kMaxCredentials) {
      return absl::ResourceExhaustedError("this hub keeps no more credentials");
    }
  }
  LIAISON_RETURN_IF_ERROR(store_->Change(RowOf(made.credential), std::nullopt));
  absl::MutexLock lock(&mu_);
  Keep(made.credential);
  return made;
}

absl::StatusOr<rows::Credential> CredentialBook::Revoke(absl::string_view id, absl::Time now) {
  const std::optional<rows::Credential> before = FindById(id);
  if (!before) return Error(Reason::kNotFound, "there is no such token").Field("id", "list them");
  if (before->revoked_us() > 0) return *before;
  rows::Credential revoked = *before;
  revoked.set_revoked_us(absl::ToUnixMicros(now));
  const absl::Status changed = store_->Change(RowOf(revoked), RowOf(*before).value);
  // Somebody else revoked it at the same moment: that is what was asked for.
  if (absl::IsAborted(changed)) return *FindById(id);
  if (!changed.ok()) return changed;
  absl::MutexLock lock(&mu_);
  Keep(revoked);
  ++revocations_;
  return revoked;
}

absl::StatusOr<rows::Credential> CredentialBook::Find(absl::string_view token,
                                                      absl::Time now) const {
  if (record::KindOfToken(token) != record::TokenKind::kAccess) return Invalid();
  const record::Hash hash = record::TokenHash(token);
  absl::MutexLock lock(&mu_);
  const auto id = id_by_hash_.find(std::string(hash.bytes()));
  if (id == id_by_hash_.end()) return Invalid();
  const rows::Credential& credential = by_id_.find(id->second)->second;
  if (credential.revoked_us() > 0 || absl::ToUnixMicros(now) >= credential.expires_us()) {
    return Invalid();
  }
  return credential;
}

std::optional<rows::Credential> CredentialBook::FindById(absl::string_view id) const {
  absl::MutexLock lock(&mu_);
  auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

std::vector<rows::Credential> CredentialBook::List(absl::string_view after, size_t most) const {
  std::vector<rows::Credential> listed;
  absl::MutexLock lock(&mu_);
  for (auto it = by_id_.upper_bound(after); it != by_id_.end() && listed.size() < most; ++it) {
    listed.push_back(it->second);
  }
  return listed;
}

}  // namespace liaison::auth
