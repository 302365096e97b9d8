#include "server/domain/requests.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/roles.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

using record::FieldViolation;
using record::Reason;

bool Addresses(const pb::EventHeader& header, const std::string& organisation) {
  return std::find(header.addressees().begin(), header.addressees().end(), organisation) !=
         header.addressees().end();
}

// Whoever is asked reads what is asked, or can neither see nor answer it. An import writes down
// what was, and while a hub is being set up nobody is anything yet. Their numbers.
std::vector<int> WhoMayNotRead(const Trial& trial, absl::string_view audience) {
  std::vector<int> blind;
  if (!IsRequest(trial.header()) || Imports(trial) || !HasSecretariat(*trial.state.registry)) {
    return blind;
  }
  for (int i = 0; i < trial.header().addressees_size(); ++i) {
    if (!MayRead(*trial.state.registry, *trial.state.directory, trial.header().addressees(i),
                 {trial.author(), audience})) {
      blind.push_back(i);
    }
  }
  return blind;
}

// The narrowest audience in which all whom it asks may read it.
std::string AudienceForAll(const Trial& trial) {
  const std::string& audience = trial.header().audience();
  const std::string hub = audience.substr(0, audience.find('/'));
  for (const char* group : {"/mag", "/partners"}) {
    std::string wider = absl::StrCat(hub, group);
    if (WhoMayNotRead(trial, wider).empty()) return wider;
  }
  return absl::StrCat(hub, "/public");
}

// `before` is the version before, null where there is none. Whom it addressed may have left since.
absl::Status CheckAddressees(const Trial& trial, const pb::EventHeader* before) {
  std::vector<FieldViolation> wrong;
  const std::vector<int> blind = WhoMayNotRead(trial, trial.header().audience());
  for (int i = 0; i < trial.header().addressees_size(); ++i) {
    const std::string& addressee = trial.header().addressees(i);
    if (before != nullptr && Addresses(*before, addressee)) continue;
    std::string why = WhyUnknown(trial, addressee);
    if (why.empty() && std::find(blind.begin(), blind.end(), i) != blind.end()) {
      why = absl::StrCat(addressee, " may not read what is for ", trial.header().audience(),
                         ", nor answer it; all whom it asks can where it is for ",
                         AudienceForAll(trial));
    }
    if (!why.empty()) wrong.push_back({absl::StrCat("addressees[", i, "]"), std::move(why)});
  }
  return wrong.empty() ? absl::OkStatus() : record::FieldsInvalid(wrong);
}

// Who has said that they will do it, or have done it.
absl::StatusOr<std::vector<std::string>> WhoAnswered(const Trial& trial, const record::Hash& root,
                                                     const pb::EventHeader& request) {
  std::vector<std::string> answered;
  for (const std::string& addressee : request.addressees()) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Request row,
                             ReadRow<rows::Request>(trial.lookup, RequestKey(root, addressee)));
    if (row.state() == rows::REQUEST_STATE_ACCEPTED ||
        row.state() == rows::REQUEST_STATE_ANSWERED) {
      answered.push_back(addressee);
    }
  }
  return answered;
}

const char* DateField(const pb::EventHeader& request) {
  if (request.has_support_request()) return "support_request.due_on";
  return request.has_local_report() ? "local_report.requests" : "topic_signal.requested_date";
}

// What would put other words under an answer.
std::vector<FieldViolation> Redirected(const pb::EventHeader& before, const pb::EventHeader& now) {
  std::vector<FieldViolation> wrong;
  for (const std::string& addressee : before.addressees()) {
    if (Addresses(now, addressee)) continue;
    wrong.push_back({"addressees", absl::StrCat("keep ", addressee, "; more may be asked")});
  }
  if (before.topic_signal().purpose() != now.topic_signal().purpose()) {
    wrong.push_back({"topic_signal.purpose", "leave it as it was"});
  }
  const bool same_date = std::all_of(
      before.addressees().begin(), before.addressees().end(), [&](const std::string& addressee) {
        return DateAskedOf(before, addressee) == DateAskedOf(now, addressee);
      });
  if (!same_date) wrong.push_back({DateField(before), "leave the date as it was"});
  if (wrong.empty() && !IsRequest(now)) {
    wrong.push_back({DateField(before), "it asks for nothing any more; leave it as it was"});
  }
  return wrong;
}

}  // namespace

absl::Status DecideRequest(const Trial& trial) {
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<Target> chain,
      FindTarget(trial.lookup, ReferenceOf(trial.header(), pb::RELATION_REVISES)));
  if (!chain) return CheckAddressees(trial, nullptr);
  LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> before,
                           CurrentHeader(trial.lookup, *chain));
  LIAISON_RETURN_IF_ERROR(CheckAddressees(trial, &before->header));
  if (!IsRequest(before->header)) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::vector<std::string> answered,
                           WhoAnswered(trial, chain->root, before->header));
  if (answered.empty()) return absl::OkStatus();
  const std::vector<FieldViolation> wrong = Redirected(before->header, trial.header());
  if (wrong.empty()) return absl::OkStatus();
  return Refuse(Reason::kTransitionNotAllowed,
                absl::StrCat(absl::StrJoin(answered, ", "),
                             " accepted or answered what was asked; take it back, or ask for "
                             "something else with another event"),
                wrong);
}

}  // namespace liaison::domain
