#include "server/auth/credential_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
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
constexpr absl::string_view kRenewedFrom = "certificate ";

// One text for all that is wrong with it: whoever guesses learns nothing.
absl::Status Invalid(pb::CredentialKind kind) {
  return Error(Reason::kCredentialInvalid,
               absl::StrCat("the ", NameOf(kind),
                            " is none of this hub's, or it has expired or been revoked"));
}

ControlRow RowOf(const rows::Credential& credential) {
  return {absl::StrCat(kPrefix, credential.id()), credential.SerializeAsString()};
}

// The kind of text that a credential of that kind is shown as; nullopt for a certificate.
std::optional<record::TokenKind> TextOf(pb::CredentialKind kind) {
  switch (kind) {
    case pb::CREDENTIAL_KIND_TOKEN:
      return record::TokenKind::kAccess;
    case pb::CREDENTIAL_KIND_INVITATION:
      return record::TokenKind::kInvitation;
    case pb::CREDENTIAL_KIND_SESSION:
      return record::TokenKind::kSession;
    default:
      return std::nullopt;
  }
}

pb::CredentialKind KindOf(record::TokenKind kind) {
  switch (kind) {
    case record::TokenKind::kAccess:
      return pb::CREDENTIAL_KIND_TOKEN;
    case record::TokenKind::kInvitation:
      return pb::CREDENTIAL_KIND_INVITATION;
    case record::TokenKind::kSession:
      return pb::CREDENTIAL_KIND_SESSION;
  }
  return pb::CREDENTIAL_KIND_UNSPECIFIED;
}

// What made a credential is the last word of `created_by`: `certificate ID`, `org/name ID`.
absl::string_view MakerOf(const rows::Credential& credential) {
  const absl::string_view created_by = credential.created_by();
  return created_by.substr(created_by.rfind(' ') + 1);
}

// With the key of the one before, by whoever has that.
bool IsRenewed(const rows::Credential& credential) {
  return credential.kind() == pb::CREDENTIAL_KIND_CERTIFICATE &&
         absl::StartsWith(credential.created_by(), kRenewedFrom);
}

absl::Duration LongestOf(pb::CredentialKind kind) {
  return kind == pb::CREDENTIAL_KIND_INVITATION ? kMaxInvitationLifetime : kMaxLifetime;
}

}  // namespace

absl::StatusOr<rows::Credential> DraftCredential(const CredentialRequest& request, absl::Time now) {
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
  const absl::Duration longest = LongestOf(request.kind);
  if (request.lifetime < kMinLifetime || request.lifetime > longest) {
    return record::FieldInvalid(
        "lifetime", absl::StrCat("from a minute to ", longest / absl::Hours(24), " days"));
  }
  rows::Credential credential;
  credential.set_id(record::Uuid::Random().ToString().substr(0, 8) +
                    record::Uuid::Random().ToString().substr(0, 8));
  credential.set_kind(request.kind);
  credential.set_organisation(request.organisation);
  credential.set_role(request.role);
  credential.set_label(request.label);
  credential.set_created_us(absl::ToUnixMicros(now));
  credential.set_expires_us(absl::ToUnixMicros(now + request.lifetime));
  credential.set_created_by(request.created_by);
  return credential;
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
  id_by_hash_[credential.secret_hash()] = credential.id();
  std::string id = credential.id();
  if (credential.revoked_us() > 0) ++revocations_;
  by_id_.insert_or_assign(std::move(id), std::move(credential));
  required_ = true;
}

absl::Status CredentialBook::Add(const rows::Credential& credential) {
  {
    absl::MutexLock lock(&mu_);
    if (by_id_.size() >= kMaxCredentials) {
      return absl::ResourceExhaustedError("this hub keeps no more credentials");
    }
  }
  return Write(credential, std::nullopt);
}

absl::Status CredentialBook::Replace(const rows::Credential& before,
                                     const rows::Credential& after) {
  return Write(after, before);
}

absl::Status CredentialBook::Write(const rows::Credential& credential,
                                   const std::optional<rows::Credential>& before) {
  const auto expected = before ? std::make_optional(RowOf(*before).value) : std::nullopt;
  const absl::Status written = store_->Change(RowOf(credential), expected);
  if (absl::IsAborted(written)) LIAISON_RETURN_IF_ERROR(LookAgain(credential.id()));
  if (!written.ok()) return written;
  absl::MutexLock lock(&mu_);
  // Else somebody has looked meanwhile, and has this or what came after it.
  if (ValueOf(credential.id()) == expected) Keep(credential);
  return absl::OkStatus();
}

std::optional<std::string> CredentialBook::ValueOf(absl::string_view id) const {
  auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return RowOf(it->second).value;
}

absl::Status CredentialBook::LookAgain(absl::string_view id) {
  std::optional<std::string> known;
  {
    absl::MutexLock lock(&mu_);
    known = ValueOf(id);
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<ControlRow> rows,
                           store_->List(absl::StrCat(kPrefix, id)));
  rows::Credential credential;
  if (rows.empty() || rows.front().key != absl::StrCat(kPrefix, id) ||
      !credential.ParseFromString(rows.front().value)) {
    return absl::OkStatus();
  }
  absl::MutexLock lock(&mu_);
  // What was read may be old by now, if others have written since.
  if (ValueOf(id) == known) Keep(std::move(credential));
  return absl::OkStatus();
}

absl::StatusOr<NewCredential> CredentialBook::Make(const CredentialRequest& request,
                                                   absl::Time now) {
  NewCredential made;
  LIAISON_ASSIGN_OR_RETURN(made.credential, DraftCredential(request, now));
  made.secret = record::NewToken(TextOf(request.kind).value());
  made.credential.set_secret_hash(std::string(record::TokenHash(made.secret).bytes()));
  LIAISON_RETURN_IF_ERROR(Add(made.credential));
  return made;
}

absl::StatusOr<rows::Credential> CredentialBook::Revoke(absl::string_view id, absl::Time now) {
  const std::optional<rows::Credential> before = FindById(id);
  if (!before) {
    return Error(Reason::kNotFound, "there is no such credential").Field("id", "list them");
  }
  if (before->revoked_us() > 0) return *before;
  rows::Credential revoked = *before;
  revoked.set_revoked_us(absl::ToUnixMicros(now));
  const absl::Status replaced = Replace(*before, revoked);
  if (replaced.ok()) return revoked;
  if (!absl::IsAborted(replaced)) return replaced;
  // Somebody else changed it at the same moment: revoked it, or used it.
  const std::optional<rows::Credential> changed = FindById(id);
  if (changed && changed->revoked_us() > 0) return *changed;
  return Error(Reason::kNotFound, "somebody changed it at the same moment; ask again");
}

absl::StatusOr<std::vector<rows::Credential>> CredentialBook::RevokeWithRenewed(
    absl::string_view id, absl::Time now) {
  std::vector<rows::Credential> revoked;
  LIAISON_ASSIGN_OR_RETURN(revoked.emplace_back(), Revoke(id, now));
  // Each of them may have been renewed itself.
  for (size_t i = 0; i < revoked.size(); ++i) {
    const std::string renewed_from = absl::StrCat(kRenewedFrom, revoked[i].id());
    for (const rows::Credential& credential : ListOf(revoked[i].organisation())) {
      if (credential.created_by() != renewed_from) continue;
      LIAISON_ASSIGN_OR_RETURN(rows::Credential with_it, Revoke(credential.id(), now));
      revoked.push_back(std::move(with_it));
    }
  }
  return revoked;
}

absl::StatusOr<rows::Credential> CredentialBook::FindGood(const record::Hash& secret_hash,
                                                          pb::CredentialKind kind,
                                                          absl::Time now) const {
  absl::MutexLock lock(&mu_);
  const auto id = id_by_hash_.find(std::string(secret_hash.bytes()));
  if (id == id_by_hash_.end()) return Invalid(kind);
  const rows::Credential& credential = by_id_.find(id->second)->second;
  const bool is_of_kind =
      credential.kind() == kind ||
      (kind == pb::CREDENTIAL_KIND_TOKEN && credential.kind() == pb::CREDENTIAL_KIND_UNSPECIFIED);
  if (!is_of_kind || credential.revoked_us() > 0 ||
      absl::ToUnixMicros(now) >= credential.expires_us()) {
    return Invalid(kind);
  }
  return credential;
}

absl::StatusOr<rows::Credential> CredentialBook::Find(absl::string_view token,
                                                      record::TokenKind kind,
                                                      absl::Time now) const {
  if (record::KindOfToken(token) != kind) return Invalid(KindOf(kind));
  return FindGood(record::TokenHash(token), KindOf(kind), now);
}

absl::StatusOr<rows::Credential> CredentialBook::FindCertificate(const record::Hash& fingerprint,
                                                                 absl::Time now) const {
  return FindGood(fingerprint, pb::CREDENTIAL_KIND_CERTIFICATE, now);
}

std::optional<rows::Credential> CredentialBook::FindById(absl::string_view id) const {
  absl::MutexLock lock(&mu_);
  auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

bool CredentialBook::CameOf(absl::string_view id, absl::string_view ancestor) const {
  // As many steps as there are credentials: a row that was written wrongly leads nobody in circles.
  for (size_t steps = 0; steps <= by_id_.size(); ++steps) {
    if (id == ancestor) return true;
    auto it = by_id_.find(id);
    if (it == by_id_.end()) return false;
    id = MakerOf(it->second);
  }
  return false;
}

std::set<std::string> CredentialBook::HandsOf(absl::string_view id) const {
  std::set<std::string> hands;
  while (hands.insert(std::string(id)).second) {
    auto it = by_id_.find(id);
    if (it == by_id_.end()) break;
    const rows::Credential& credential = it->second;
    const bool is_given = credential.kind() == pb::CREDENTIAL_KIND_TOKEN ||
                          credential.kind() == pb::CREDENTIAL_KIND_UNSPECIFIED;
    // Whoever uses an invitation has a secret that nobody has seen before.
    if (!is_given && !IsRenewed(credential)) break;
    id = MakerOf(credential);
    if (by_id_.find(id) == by_id_.end()) break;
  }
  return hands;
}

bool CredentialBook::AreOfOneHand(absl::string_view id, absl::string_view other) const {
  absl::MutexLock lock(&mu_);
  if (CameOf(id, other) || CameOf(other, id)) return true;
  const std::set<std::string> theirs = HandsOf(other);
  const std::set<std::string> hands = HandsOf(id);
  return std::any_of(hands.begin(), hands.end(),
                     [&](const std::string& hand) { return theirs.count(hand) > 0; });
}

std::vector<rows::Credential> CredentialBook::List(absl::string_view after, size_t most) const {
  std::vector<rows::Credential> listed;
  absl::MutexLock lock(&mu_);
  for (auto it = by_id_.upper_bound(after); it != by_id_.end() && listed.size() < most; ++it) {
    listed.push_back(it->second);
  }
  return listed;
}

std::vector<rows::Credential> CredentialBook::ListOf(absl::string_view organisation) const {
  std::vector<rows::Credential> listed;
  absl::MutexLock lock(&mu_);
  for (const auto& [id, credential] : by_id_) {
    if (credential.organisation() == organisation) listed.push_back(credential);
  }
  return listed;
}

}  // namespace liaison::auth
