#include "server/rpc/approvals.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/admission/admission.h"
#include "server/domain/roles.h"
#include "server/rpc/ordered.h"
#include "server/rpc/publish.h"

namespace liaison::rpc {
namespace {

using google::protobuf::util::TimeUtil;

pb::Approval ToProto(const auth::rows::Approval& approval) {
  pb::Approval shown;
  shown.set_id(approval.id());
  shown.set_action(approval.action());
  // Words that are no event have a method of their own that shows them.
  if (!approval.event().header().empty()) *shown.mutable_event() = approval.event();
  shown.set_proposed_by(approval.proposed_by());
  shown.set_credential_id(approval.credential_id());
  *shown.mutable_propose_time() = TimeUtil::MicrosecondsToTimestamp(approval.proposed_us());
  *shown.mutable_expire_time() = TimeUtil::MicrosecondsToTimestamp(approval.expires_us());
  if (approval.refused_us() > 0) {
    *shown.mutable_refuse_time() = TimeUtil::MicrosecondsToTimestamp(approval.refused_us());
  }
  shown.set_refused_by(approval.refused_by());
  shown.set_refusal(approval.refusal());
  return shown;
}

// Who could say it may agree to it, and whoever merely reads as all that they belong to may not.
auth::Principal AsSpeaker(const Hub& hub, auth::Principal principal) {
  const domain::Roles roles = domain::RolesOf(*hub.sequencer->registry(), principal.organisation);
  principal.is_mag = roles.is_mag;
  principal.is_secretariat = roles.is_secretariat;
  return principal;
}

}  // namespace

absl::StatusOr<pb::ListApprovalsResponse> ListApprovals(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListApprovalsRequest&) {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<auth::rows::Approval> waiting,
                           hub.four_eyes->List(AsSpeaker(hub, principal), absl::Now()));
  pb::ListApprovalsResponse response;
  for (const auth::rows::Approval& approval : waiting) {
    *response.add_approvals() = ToProto(approval);
  }
  return response;
}

absl::StatusOr<pb::ApproveResponse> Approve(const Hub& hub, const auth::Principal& principal,
                                            const pb::ApproveRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(
      const auth::rows::Approval approval,
      hub.four_eyes->FindToApprove(AsSpeaker(hub, principal), request.id(), absl::Now()));
  if (approval.action() == auth::kFederationPolicy) {
    return record::FieldInvalid(
        "id", "is a policy between hubs: `liaison federation policy approve` puts it in force");
  }
  LIAISON_ASSIGN_OR_RETURN(domain::Statement statement, auth::FourEyes::StatementOf(approval));
  auth::ControlRow row = auth::FourEyes::RowOf(approval);
  sequencer::Proposal proposal;
  proposal.size_bytes = admission::SizeBytes(statement);
  proposal.statements.push_back(std::move(statement));
  proposal.checks = auth::FourEyes::ChecksOf(approval);
  // It waits no longer and enters the log: both, or neither.
  proposal.control =
      sequencer::ControlChange{std::move(row.key), std::move(row.value), std::nullopt};
  LIAISON_ASSIGN_OR_RETURN(const sequencer::Answers answers, PutInOrder(hub, std::move(proposal)));
  if (answers.empty()) return absl::InternalError("the order gave no answer");
  LIAISON_RETURN_IF_ERROR(answers.front().status());
  pb::ApproveResponse response;
  *response.mutable_receipt() = ToProto(*answers.front(), hub.log->log_id().ToString());
  return response;
}

absl::StatusOr<pb::RefuseResponse> Refuse(const Hub& hub, const auth::Principal& principal,
                                          const pb::RefuseRequest& request) {
  if (request.refusal().empty() || request.refusal().size() > auth::kMaxRefusalSizeBytes ||
      !record::IsText(request.refusal())) {
    return record::FieldInvalid(
        "refusal", absl::StrCat("say why, in at most ", auth::kMaxRefusalSizeBytes, " bytes"));
  }
  LIAISON_ASSIGN_OR_RETURN(
      auth::rows::Approval approval,
      hub.four_eyes->FindToRefuse(AsSpeaker(hub, principal), request.id(), absl::Now()));
  auth::ControlRow before = auth::FourEyes::RowOf(approval);
  approval.set_refused_us(absl::ToUnixMicros(absl::Now()));
  approval.set_refused_by(principal.organisation);
  approval.set_refusal(request.refusal());
  sequencer::Proposal proposal;
  proposal.control = sequencer::ControlChange{std::move(before.key), std::move(before.value),
                                              auth::FourEyes::RowOf(approval).value};
  LIAISON_ASSIGN_OR_RETURN(const sequencer::Answers answers, PutInOrder(hub, std::move(proposal)));
  if (!answers.empty()) return answers.front().status();
  pb::RefuseResponse response;
  *response.mutable_approval() = ToProto(approval);
  return response;
}

}  // namespace liaison::rpc
