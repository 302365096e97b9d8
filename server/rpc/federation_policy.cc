#include "server/rpc/federation_policy.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/counted.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/policy_changes.h"
#include "server/federation/policy_sense.h"
#include "server/rpc/federation_acts.h"
#include "server/rpc/limits.h"
#include "server/rpc/ordered.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;
using rpc::ToProto;

pb::FederationPolicy ToProto(const federation::rows::AdoptedPolicy& row) {
  pb::FederationPolicy policy;
  policy.set_version(row.version());
  policy.set_text(row.text());
  policy.set_proposed_by(row.proposed_by());
  policy.set_approved_by(row.approved_by());
  policy.set_approval_id(row.approval_id());
  if (row.version() == 0) return policy;
  *policy.mutable_propose_time() = ToProto(absl::FromUnixMicros(row.proposed_us()));
  *policy.mutable_approve_time() = ToProto(absl::FromUnixMicros(row.approved_us()));
  return policy;
}

absl::StatusOr<federation::rows::ProposedPolicy> ProposedIn(const auth::rows::Approval& approval) {
  LIAISON_ASSIGN_OR_RETURN(const std::string words, auth::FourEyes::WordsOf(approval));
  federation::rows::ProposedPolicy proposed;
  if (approval.action() == auth::kFederationPolicy && proposed.ParseFromString(words)) {
    return proposed;
  }
  return Error(Reason::kNotFound, "no policy of that number waits");
}

// With the credential that was shown, where there was one.
std::string ProposerOf(const auth::rows::Approval& approval) {
  if (approval.credential_id().empty()) return approval.proposed_by();
  return absl::StrCat(approval.proposed_by(), " (", approval.credential_id(), ")");
}

// To an answer that has `changes` and `warnings`, as far as there is room.
template <typename Answer>
absl::Status AddChanges(const std::string& before, const std::string& after, Answer* answer) {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<federation::PolicyChange> all,
                           federation::ChangesBetween(before, after));
  size_t size_bytes = 0, left_out = 0;
  for (const federation::PolicyChange& change : all) {
    pb::PolicyChange told;
    told.set_what(change.what);
    told.set_before(change.before);
    told.set_after(change.after);
    size_bytes += told.ByteSizeLong();
    if (size_bytes > kMaxToldChangesBytes) {
      ++left_out;
    } else {
      *answer->add_changes() = std::move(told);
    }
  }
  if (left_out > 0) {
    answer->add_warnings(absl::StrCat(
        "it changes more than can be told line by line: ", record::Counted(left_out, "change"),
        " not shown; compare the two texts"));
  }
  return absl::OkStatus();
}

// Of the hub that the policy is for.
struct Own {
  std::string origin;
  std::string address;
};

Own OwnOf(const FederationDesk& desk, const Hub& hub) {
  return {desk.source->origin(), hub.public_address};
}

void AddWarnings(const federation::Policy& in_force, const federation::Policy& policy,
                 const Own& own, google::protobuf::RepeatedPtrField<std::string>* warnings) {
  // What happens to others first: it may be one among thousands of the rest.
  std::vector<std::string> doubts = federation::DoubtsAboutParting(in_force, policy);
  for (std::string& doubt : federation::DoubtsAbout(policy, own.origin, own.address)) {
    doubts.push_back(std::move(doubt));
  }
  size_t size_bytes = 0, left_out = 0;
  for (std::string& doubt : doubts) {
    size_bytes += doubt.size();
    if (size_bytes > kMaxToldWarningsBytes) {
      ++left_out;
    } else {
      *warnings->Add() = std::move(doubt);
    }
  }
  if (left_out > 0) {
    *warnings->Add() = absl::StrCat(record::Counted(left_out, "warning"), " more not shown");
  }
}

// Without what it says.
pb::ProposedPolicy HeadOf(const auth::rows::Approval& approval) {
  pb::ProposedPolicy told;
  told.set_id(approval.id());
  told.set_proposed_by(approval.proposed_by());
  told.set_credential_id(approval.credential_id());
  *told.mutable_propose_time() = ToProto(absl::FromUnixMicros(approval.proposed_us()));
  *told.mutable_expire_time() = ToProto(absl::FromUnixMicros(approval.expires_us()));
  told.set_refused_by(approval.refused_by());
  told.set_refusal(approval.refusal());
  return told;
}

absl::StatusOr<pb::ProposedPolicy> ToProto(const auth::rows::Approval& approval,
                                           const federation::PolicyBook::InForce& in_force,
                                           const Own& own) {
  LIAISON_ASSIGN_OR_RETURN(const federation::rows::ProposedPolicy proposed, ProposedIn(approval));
  pb::ProposedPolicy told = HeadOf(approval);
  told.set_text(proposed.text());
  LIAISON_RETURN_IF_ERROR(AddChanges(in_force.row.text(), proposed.text(), &told));
  // What was one when it was proposed may be none to a later version of this program.
  const absl::StatusOr<federation::Policy> policy = federation::Policy::Parse(proposed.text());
  if (!policy.ok()) told.add_warnings(std::string(policy.status().message()));
  if (policy.ok()) AddWarnings(*in_force.policy, *policy, own, told.mutable_warnings());
  return told;
}

// All of them, oldest first. Where they are more than one answer holds, those that still wait go
// before those that were refused, and what is new before what is old: the rest is without its text.
absl::Status AddProposed(const std::vector<auth::rows::Approval>& approvals,
                         const federation::PolicyBook::InForce& in_force, const Own& own,
                         pb::GetPolicyResponse* response) {
  std::vector<const auth::rows::Approval*> policies;
  for (const auth::rows::Approval& approval : approvals) {
    if (approval.action() == auth::kFederationPolicy) policies.push_back(&approval);
  }
  for (const auth::rows::Approval* policy : policies) *response->add_proposed() = HeadOf(*policy);
  size_t size_bytes = 0;
  for (const bool refused : {false, true}) {
    for (size_t i = policies.size(); i-- > 0;) {
      if (policies[i]->refused_by().empty() == refused) continue;
      pb::ProposedPolicy& told = *response->mutable_proposed(static_cast<int>(i));
      if (size_bytes < kMaxToldPoliciesBytes) {
        LIAISON_ASSIGN_OR_RETURN(pb::ProposedPolicy whole, ToProto(*policies[i], in_force, own));
        if (size_bytes + whole.ByteSizeLong() <= kMaxToldPoliciesBytes) {
          size_bytes += whole.ByteSizeLong();
          told = std::move(whole);
          continue;
        }
      }
      told.add_warnings(
          "is not shown: more is proposed than one answer holds. Have some of it agreed to or "
          "refused first (`liaison admin refuse`)");
    }
  }
  return absl::OkStatus();
}

// Keeps it for a second person. The number it waits under, also where it has waited before.
absl::StatusOr<std::string> Hold(const Hub& hub, const auth::Principal& principal,
                                 const federation::rows::ProposedPolicy& proposed) {
  absl::StatusOr<auth::FourEyes::Held> held = hub.four_eyes->HoldWords(
      principal, auth::kFederationPolicy, proposed.SerializeAsString(), absl::Now());
  absl::Status answer = held.ok() ? held->answer : held.status();
  if (held.ok()) {
    sequencer::Proposal proposal;
    proposal.control = sequencer::ControlChange{std::move(held->row.key), std::move(held->expected),
                                                std::move(held->row.value)};
    LIAISON_ASSIGN_OR_RETURN(const sequencer::Answers answers,
                             PutInOrder(hub, std::move(proposal)));
    if (!answers.empty()) return answers.front().status();
  }
  if (record::ReasonOf(answer) != Reason::kApprovalNeeded) return answer;
  return record::MetadataOf(answer, "approval_id");
}

}  // namespace

absl::StatusOr<pb::GetPolicyResponse> GetPolicy(const FederationDesk& desk, const Hub& hub,
                                                const auth::Principal& principal,
                                                const pb::GetPolicyRequest& request) {
  const federation::PolicyBook::InForce in_force = desk.book->in_force();
  pb::GetPolicyResponse response;
  *response.mutable_policy() = ToProto(in_force.row);
  if (request.version() > 0 && request.version() != in_force.row.version()) {
    LIAISON_ASSIGN_OR_RETURN(const federation::rows::AdoptedPolicy row,
                             desk.book->Version(request.version()));
    *response.mutable_policy() = ToProto(row);
  }
  response.set_trouble(std::string(desk.exchange->trouble().message()));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<auth::rows::Approval> waiting,
                           hub.four_eyes->List(principal, absl::Now()));
  LIAISON_RETURN_IF_ERROR(AddProposed(waiting, in_force, OwnOf(desk, hub), &response));
  return response;
}

absl::StatusOr<pb::ProposePolicyResponse> ProposePolicy(const FederationDesk& desk, const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ProposePolicyRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const federation::rows::ProposedPolicy proposed,
                           desk.book->Propose(request.text()));
  LIAISON_ASSIGN_OR_RETURN(const federation::Policy policy,
                           federation::Policy::Parse(request.text()));
  LIAISON_RETURN_IF_ERROR(desk.exchange->Check(policy));
  const federation::PolicyBook::InForce in_force = desk.book->in_force();
  LIAISON_RETURN_IF_ERROR(federation::CheckNames(*in_force.policy, policy));
  pb::ProposePolicyResponse response;
  LIAISON_RETURN_IF_ERROR(AddChanges(in_force.row.text(), request.text(), &response));
  for (const auto& [name, peer] : in_force.policy->peers()) response.add_peers(name);
  for (const auto& [name, peer] : policy.peers()) {
    if (in_force.policy->peers().count(name) == 0) response.add_peers(name);
  }
  AddWarnings(*in_force.policy, policy, OwnOf(desk, hub), response.mutable_warnings());
  for (const auto& [name, peer] : in_force.policy->peers()) {
    if (policy.peers().count(name) > 0 || !desk.exchange->IsBlocked(name)) continue;
    response.add_warnings(absl::StrCat(
        "peer.", name, ": is blocked and goes out of the policy. The block stands for that name ",
        "alone: whoever takes ", in_force.policy->WhoIs(name), " in again under another one lets ",
        "it in"));
  }
  if (request.dry_run()) return response;
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_id(), Hold(hub, principal, proposed));
  return response;
}

absl::StatusOr<pb::ApprovePolicyResponse> ApprovePolicy(const FederationDesk& desk, const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ApprovePolicyRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auth::rows::Approval approval,
                           hub.four_eyes->FindToApprove(principal, request.id(), absl::Now()));
  LIAISON_ASSIGN_OR_RETURN(const federation::rows::ProposedPolicy proposed, ProposedIn(approval));
  federation::rows::AdoptedPolicy row;
  row.set_proposed_by(ProposerOf(approval));
  row.set_proposed_us(approval.proposed_us());
  row.set_approved_by(NameOf(hub, principal));
  row.set_approved_us(absl::ToUnixMicros(absl::Now()));
  row.set_approval_id(approval.id());
  LIAISON_ASSIGN_OR_RETURN(const federation::Policy next,
                           federation::Policy::Parse(proposed.text()));
  // It waits no longer and is in force: both, or neither.
  const auto write = [&](const federation::PolicyBook::Rows& rows) -> absl::Status {
    // What it lets go is remembered as gone before it goes, and not where it is refused.
    LIAISON_RETURN_IF_ERROR(desk.former->Carry(*desk.book->policy(), next));
    LIAISON_RETURN_IF_ERROR(desk.former->Open(next));
    auth::ControlRow waits = auth::FourEyes::RowOf(approval);
    sequencer::Proposal proposal;
    proposal.control =
        sequencer::ControlChange{std::move(waits.key), std::move(waits.value), std::nullopt, {}};
    for (const auto& [key, value] : rows) {
      proposal.control->also.push_back({key, value});
    }
    LIAISON_ASSIGN_OR_RETURN(const sequencer::Answers answers,
                             PutInOrder(hub, std::move(proposal)));
    return answers.empty() ? absl::OkStatus() : answers.front().status();
  };
  absl::StatusOr<federation::rows::AdoptedPolicy> adopted = desk.book->Adopt(
      proposed, std::move(row), write, [&](const std::shared_ptr<const federation::Policy>& to) {
        desk.exchange->Use(to);
        desk.former->InForce(*to, hub.log->head().sequence);
      });
  LIAISON_ASSIGN_OR_RETURN(row, std::move(adopted));
  pb::ApprovePolicyResponse response;
  *response.mutable_policy() = ToProto(row);
  response.set_trouble(std::string(desk.exchange->trouble().message()));
  return response;
}

}  // namespace liaison::rpc
