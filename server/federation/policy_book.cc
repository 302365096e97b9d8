#include "server/federation/policy_book.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"

namespace liaison::federation {
namespace {

using record::Error;
using record::Reason;

constexpr char kInForceKey[] = "federation/policy";

std::string VersionKey(uint64_t version) {
  return absl::StrFormat("%s/%016d", kInForceKey, version);
}

absl::StatusOr<rows::AdoptedPolicy> ReadRow(const std::string& key, const std::string& bytes) {
  rows::AdoptedPolicy row;
  if (row.ParseFromString(bytes)) return row;
  return absl::DataLossError(absl::StrCat("the row ", key, " does not parse"));
}

absl::StatusOr<std::shared_ptr<const Policy>> Parse(absl::string_view text) {
  LIAISON_ASSIGN_OR_RETURN(Policy policy, Policy::Parse(text));
  return std::make_shared<const Policy>(std::move(policy));
}

std::string BaseOf(const rows::AdoptedPolicy& in_force) {
  return std::string(
      record::Sha256Of(absl::StrCat(in_force.version(), " ", in_force.text())).bytes());
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyBook>> PolicyBook::Open(
    Find find, const std::function<absl::StatusOr<std::string>()>& read_file) {
  std::unique_ptr<PolicyBook> book(new PolicyBook(std::move(find)));
  absl::MutexLock lock(&book->mu_);
  InForce& in_force = book->in_force_;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> adopted, book->find_(kInForceKey));
  if (adopted) {
    LIAISON_ASSIGN_OR_RETURN(in_force.row, ReadRow(kInForceKey, *adopted));
  } else {
    LIAISON_ASSIGN_OR_RETURN(*in_force.row.mutable_text(), read_file());
  }
  LIAISON_ASSIGN_OR_RETURN(in_force.policy, Parse(in_force.row.text()));
  return book;
}

absl::StatusOr<PolicyBook::Rows> PolicyBook::AfterRestore(const Find& find, const std::string& text,
                                                          int64_t now_us) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> adopted, find(kInForceKey));
  if (!adopted) return Rows();
  LIAISON_ASSIGN_OR_RETURN(rows::AdoptedPolicy row, ReadRow(kInForceKey, *adopted));
  if (row.text() == text) return Rows();
  row.set_version(row.version() + 1);
  row.set_text(text);
  for (std::string* by : {row.mutable_proposed_by(), row.mutable_approved_by()}) {
    *by = "whoever restored the hub";
  }
  row.set_proposed_us(now_us);
  row.set_approved_us(now_us);
  row.clear_approval_id();
  const std::string bytes = row.SerializeAsString();
  return Rows{{kInForceKey, bytes}, {VersionKey(row.version()), bytes}};
}

PolicyBook::InForce PolicyBook::in_force() const {
  absl::MutexLock lock(&mu_);
  return in_force_;
}

std::shared_ptr<const Policy> PolicyBook::policy() const {
  absl::MutexLock lock(&mu_);
  return in_force_.policy;
}

absl::StatusOr<rows::AdoptedPolicy> PolicyBook::Version(uint64_t version) const {
  const std::string key = VersionKey(version);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, find_(key));
  if (bytes) return ReadRow(key, *bytes);
  return Error(Reason::kNotFound, absl::StrCat("no policy was adopted as version ", version));
}

absl::StatusOr<rows::ProposedPolicy> PolicyBook::Propose(absl::string_view text) const {
  LIAISON_RETURN_IF_ERROR(Policy::Parse(text).status());
  const InForce in_force = this->in_force();
  if (text == in_force.row.text()) {
    return record::FieldInvalid("text", "is the very policy that is in force");
  }
  rows::ProposedPolicy proposed;
  proposed.set_text(std::string(text));
  proposed.set_base(BaseOf(in_force.row));
  return proposed;
}

absl::StatusOr<rows::AdoptedPolicy> PolicyBook::Adopt(
    const rows::ProposedPolicy& proposed, rows::AdoptedPolicy row,
    const std::function<absl::Status(Rows rows)>& write,
    const std::function<void(std::shared_ptr<const Policy> policy)>& use) {
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<const Policy> policy, Parse(proposed.text()));
  absl::MutexLock adopting(&adopt_mu_);
  const InForce before = in_force();
  // Whoever agreed has seen what it changes, and that is another thing now.
  if (proposed.base() != BaseOf(before.row)) {
    return Error(Reason::kTransitionNotAllowed,
                 "another policy has come into force since it was proposed: propose it anew");
  }
  row.set_version(before.row.version() + 1);
  row.set_text(proposed.text());
  const std::string bytes = row.SerializeAsString();
  LIAISON_RETURN_IF_ERROR(write({{kInForceKey, bytes}, {VersionKey(row.version()), bytes}}));
  {
    absl::MutexLock lock(&mu_);
    in_force_ = {policy, row};
  }
  use(std::move(policy));
  return row;
}

}  // namespace liaison::federation
