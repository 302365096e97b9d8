#include "server/rpc/enrol.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"
#include "proto/record/uuid.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/credentials.h"
#include "server/rpc/publish.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"
#include "server/sequencer/submit.h"

namespace liaison::rpc {
namespace {

// Of the events that say which key a certificate's holder signs with: an enrolment that is asked
// for again is the same event.
record::Uuid KeyEventSpace() {
  return *record::Uuid::Parse("2f2d1c5e-7a35-4c0e-9a7e-5b0f5c7c6e11");
}

absl::Status CheckSigningKey(const pb::EnrolRequest& request, absl::string_view organisation) {
  if (request.signing_key().empty()) return absl::OkStatus();
  if (absl::Status key = record::CheckPublicKey(request.signing_key()); !key.ok()) {
    return record::FieldInvalid("signing_key", key.message());
  }
  if (record::VerifySignature(request.signing_key(), record::kKeyPossessionType, organisation,
                              request.possession())) {
    return absl::OkStatus();
  }
  return record::FieldInvalid("possession",
                              absl::StrCat("sign ", organisation, " with the signing key"));
}

// An EnrolCall certifies on a thread that may wait, and answers when the sequencer has taken the
// signing key. It deletes itself when gRPC is done with it.
class EnrolCall final : public grpc::ServerUnaryReactor {
 public:
  EnrolCall(const Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
            grpc::ByteBuffer* response)
      : hub_(hub), context_(context), request_(request), counted_(hub, context, response) {
    CountMessage(hub, *context, request->Length());
    hub.pool->Post([this] {
      const absl::Status begun = Begin();
      if (begun.ok()) return;
      EndCall(hub_, begun, [this, begun] { Finish(ToGrpcStatus(begun)); });
    });
  }

  void OnDone() override {
    counted_.Done();
    delete this;
  }

 private:
  absl::Status Begin() {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             Enter<pb::EnrolRequest>(*context_, hub_, request_->Length()));
    counted_.PaidBy(principal);
    pb::EnrolRequest request;
    LIAISON_RETURN_IF_ERROR(ParseMessage(*request_, &request));
    const absl::Status certified = Certify(request);
    LIAISON_RETURN_IF_ERROR(Audit(request, principal, certified, context_, hub_));
    LIAISON_RETURN_IF_ERROR(certified);
    if (!request.signing_key().empty()) return Register(request);
    Answer(absl::OkStatus());
    return absl::OkStatus();
  }

  absl::Status Certify(const pb::EnrolRequest& request) {
    const absl::Time now = absl::Now();
    LIAISON_ASSIGN_OR_RETURN(const auth::rows::Credential invitation,
                             hub_.enrolment->Find(request.invitation(), now));
    LIAISON_RETURN_IF_ERROR(CheckSigningKey(request, invitation.organisation()));
    LIAISON_ASSIGN_OR_RETURN(
        const auth::rows::Credential certificate,
        hub_.enrolment->Certify(request.invitation(), request.certificate_request(), now));
    *answer_.mutable_credential() = ToProto(certificate);
    answer_.set_certificate(certificate.certificate());
    answer_.set_authority(hub_.enrolment->authority()->certificate());
    answer_.set_grpc(hub_.public_address);
    answer_.set_hub(hub_.name);
    if (!request.signing_key().empty()) {
      answer_.set_key_id(std::string(record::KeyHash(request.signing_key()).bytes()));
    }
    return absl::OkStatus();
  }

  // The organisation says which key is its own, in the words of an event like any other; the hub
  // attests that it was who was invited.
  absl::Status Register(const pb::EnrolRequest& request) {
    const pb::Credential& certificate = answer_.credential();
    pb::PublishItem item;
    pb::Draft& draft = *item.mutable_draft();
    draft.set_event_id(record::Uuid::FromName(KeyEventSpace(), absl::StrCat(certificate.id(), " ",
                                                                            request.signing_key()))
                           .ToString());
    draft.set_author(certificate.organisation());
    draft.set_audience(absl::StrCat(hub_.name, "/public"));
    pb::Key& key = *draft.mutable_key();
    key.set_organisation(certificate.organisation());
    key.set_action(pb::KEY_ACTION_ADD);
    key.set_public_key(request.signing_key());
    key.set_possession(request.possession());
    sequencer::Proposal proposal;
    LIAISON_ASSIGN_OR_RETURN(domain::Statement statement,
                             hub_.admission->Admit(std::move(item), "signing_key"));
    proposal.size_bytes = admission::SizeBytes(statement);
    proposal.statements.push_back(std::move(statement));
    proposal.done = [this](const sequencer::Answers& answers) {
      Answer(answers.empty() ? absl::OkStatus() : answers.front().status());
    };
    return sequencer::Submit(*hub_.log, hub_.proposals, std::move(proposal));
  }

  void Answer(const absl::Status& status) {
    if (status.ok()) counted_.Set(SerializeMessage(answer_));
    Finish(ToGrpcStatus(status));
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  CountedAnswer counted_;
  pb::EnrolResponse answer_;
};

}  // namespace

absl::StatusOr<pb::GetInvitationResponse> GetInvitation(const Hub& hub, const auth::Principal&,
                                                        const pb::GetInvitationRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const auth::rows::Credential found,
                           hub.enrolment->Find(request.invitation(), absl::Now()));
  pb::GetInvitationResponse response;
  response.set_organisation(found.organisation());
  response.set_role(found.role());
  *response.mutable_expire_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(found.expires_us());
  response.set_hub(hub.name);
  response.set_used(found.used_us() > 0);
  return response;
}

absl::StatusOr<pb::StartSessionResponse> StartSession(const Hub& hub, const auth::Principal&,
                                                      const pb::StartSessionRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(auth::NewCredential made,
                           hub.enrolment->StartSession(request.invitation(), absl::Now()));
  pb::StartSessionResponse response;
  *response.mutable_credential() = ToProto(made.credential);
  response.set_secret(std::move(made.secret));
  return response;
}

absl::StatusOr<pb::EndSessionResponse> EndSession(const Hub& hub, const auth::Principal& principal,
                                                  const pb::EndSessionRequest&) {
  const auto shown = hub.credentials->FindById(principal.credential_id);
  if (!shown || shown->kind() != pb::CREDENTIAL_KIND_SESSION) {
    return record::Error(record::Reason::kCredentialRequired, "only a session is ended like this");
  }
  LIAISON_RETURN_IF_ERROR(hub.credentials->Revoke(shown->id(), absl::Now()).status());
  return pb::EndSessionResponse();
}

absl::StatusOr<pb::RenewCertificateResponse> RenewCertificate(
    const Hub& hub, const auth::Principal& principal, const pb::RenewCertificateRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(
      const auth::rows::Credential certificate,
      hub.enrolment->Renew(principal, request.certificate_request(), absl::Now()));
  pb::RenewCertificateResponse response;
  *response.mutable_credential() = ToProto(certificate);
  response.set_certificate(certificate.certificate());
  response.set_authority(hub.enrolment->authority()->certificate());
  return response;
}

grpc::ServerUnaryReactor* StartEnrol(const Hub& hub, grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return new EnrolCall(hub, context, request, response);
}

}  // namespace liaison::rpc
