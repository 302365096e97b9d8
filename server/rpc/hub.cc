#include "server/rpc/hub.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

absl::string_view Find(const grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  auto it = metadata.find(name);
  return it == metadata.end() ? "" : absl::string_view(it->second.data(), it->second.size());
}

// The client's certificate, which TLS has verified.
std::optional<record::Hash> CertificateOf(const grpc::CallbackServerContext& context) {
  const auto found = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (found.empty()) return std::nullopt;
  const absl::StatusOr<record::CertificateFacts> facts =
      record::ReadCertificate({found.front().data(), found.front().size()});
  // Nobody's, so that whoever shows it is nobody.
  return facts.ok() ? facts->fingerprint : record::Hash();
}

// Where the call comes from: the gateway, which alone reaches the socket, says whom it speaks for.
std::string OriginOf(const grpc::CallbackServerContext& context) {
  const std::string peer = context.peer();
  const absl::string_view forwarded = Find(context, "liaison-forwarded-for");
  return absl::StartsWith(peer, "unix:") && !forwarded.empty() ? absl::StrCat("web:", forwarded)
                                                               : peer;
}

// As the caller numbers it, or a new number; the answer carries it.
std::string RequestIdOf(const grpc::CallbackServerContext& context) {
  const absl::string_view asked = Find(context, "liaison-request-id");
  const bool is_good = !asked.empty() && asked.size() <= kMaxRequestIdSizeBytes &&
                       std::all_of(asked.begin(), asked.end(), [](char c) {
                         return absl::ascii_isalnum(c) || c == '-' || c == '_';
                       });
  return is_good ? std::string(asked) : record::Uuid::Random().ToString();
}

// `AdminService.CreateToken`.
std::string NameOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat(method.service()->name(), ".", method.name());
}

// Names alone, out of fields that hold no secret.
std::string AboutOf(const google::protobuf::Message& request) {
  std::vector<std::string> about;
  for (const char* name : {"organisation", "role", "id"}) {
    const auto* field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->is_repeated()) continue;
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM) {
      about.push_back(
          absl::StrCat(name, " ", request.GetReflection()->GetEnum(request, field)->name()));
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      about.push_back(absl::StrCat(name, " ", request.GetReflection()->GetString(request, field)));
    }
  }
  // A policy: which one, to the byte, and none of its words.
  const auto* text = request.GetDescriptor()->FindFieldByName("text");
  if (text != nullptr && !text->is_repeated() &&
      text->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    about.push_back(absl::StrCat(
        "SHA-256 ", record::Sha256Of(request.GetReflection()->GetString(request, text)).ToHex()));
  }
  return absl::StrJoin(about, ", ");
}

std::string ReasonIn(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto reason = record::ReasonOf(status);
  return reason ? std::string(record::InfoOf(*reason).name)
                : absl::StatusCodeToString(status.code());
}

}  // namespace

std::optional<Payer> PayerOfCall(const Hub& hub, const auth::Principal& principal,
                                 const grpc::CallbackServerContext& context) {
  if (hub.quotas == nullptr || hub.gate->is_development()) return std::nullopt;
  return principal.organisation.empty() ? PayerAt(OriginOf(context))
                                        : PayerOf(principal.organisation);
}

void CountMessage(const Hub& hub, const grpc::CallbackServerContext& context, size_t size_bytes) {
  if (hub.connections != nullptr) hub.connections->Took(context.peer(), size_bytes);
}

absl::StatusOr<auth::Principal> EnterFor(const google::protobuf::Descriptor& request,
                                         auth::pb::Permission needed,
                                         const grpc::CallbackServerContext& context,
                                         const Hub& hub) {
  const absl::Time now = absl::Now();
  absl::StatusOr<auth::Principal> entered = hub.gate->Enter(
      {Find(context, "authorization"), Find(context, "liaison-as"), CertificateOf(context)}, needed,
      *hub.sequencer->registry(), *hub.sequencer->directory(), now);
  if (entered.ok() || hub.audit == nullptr) return entered;
  const auto* method = auth::MethodOf(request);
  hub.audit->AppendRefusal(
      {std::string(Find(context, "liaison-as")), "", method == nullptr ? "" : NameOf(*method), "",
       OriginOf(context), RequestIdOf(context), ReasonIn(entered.status())},
      now);
  return entered;
}

absl::StatusOr<auth::Principal> EnterAndPay(const google::protobuf::Descriptor& request,
                                            auth::pb::Permission needed,
                                            const grpc::CallbackServerContext& context,
                                            const Hub& hub, size_t size_bytes) {
  absl::StatusOr<auth::Principal> entered = EnterFor(request, needed, context, hub);
  // Who is turned away has no name, whatever they showed.
  const auth::Principal pays = entered.ok() ? *entered : auth::Principal();
  if (hub.untaken != nullptr && hub.untaken->IsScarce()) {
    LIAISON_RETURN_IF_ERROR(hub.untaken->CheckRoom(PayerOfCall(hub, pays, context)));
  }
  LIAISON_RETURN_IF_ERROR(Charge(hub, pays, context, size_bytes));
  return entered;
}

absl::Status Charge(const Hub& hub, const auth::Principal& principal,
                    const grpc::CallbackServerContext& context, size_t size_bytes) {
  const std::optional<Payer> payer = PayerOfCall(hub, principal, context);
  return payer ? hub.quotas->Charge(*payer, size_bytes) : absl::OkStatus();
}

absl::Status AddStream(const Hub& hub, const auth::Principal& principal,
                       const grpc::CallbackServerContext& context,
                       std::shared_ptr<OpenStream> stream) {
  QuotaBook::Seat seat;
  if (const std::optional<Payer> payer = PayerOfCall(hub, principal, context)) {
    LIAISON_ASSIGN_OR_RETURN(seat, hub.quotas->OpenStream(*payer));
  }
  return hub.streams->Add(std::move(stream), std::move(seat));
}

void EndCall(const Hub& hub, const absl::Status& status, std::function<void()> finish) {
  const bool is_held = hub.held != nullptr && !status.ok() &&
                       record::ReasonOf(status) == record::Reason::kQuotaExceeded;
  if (!is_held) return finish();
  hub.held->Hold(std::move(finish), absl::Now());
}

bool IsAudited(const google::protobuf::Descriptor& request) {
  const auto* method = auth::MethodOf(request);
  if (method == nullptr) return false;
  const std::string& service = method->service()->name();
  // Of what goes between hubs, what people do about them.
  const bool is_act =
      service == "FederationService" && auth::NeededBy(request) != auth::pb::PERMISSION_READ &&
      !absl::StartsWith(method->name(), "List") && !absl::StartsWith(method->name(), "Get");
  return is_act || service == "AdminService" || service == "EnrolmentService";
}

absl::Status WriteDown(const google::protobuf::Message& request, const auth::Principal& principal,
                       const absl::Status& outcome, grpc::CallbackServerContext* context,
                       const Hub& hub) {
  const std::string id = RequestIdOf(*context);
  context->AddTrailingMetadata("liaison-request-id", id);
  return hub.audit->Append({principal.organisation, principal.credential_id,
                            NameOf(*auth::MethodOf(*request.GetDescriptor())), AboutOf(request),
                            OriginOf(*context), id, ReasonIn(outcome)},
                           absl::Now());
}

void WriteRefusal(const google::protobuf::Descriptor& request, std::string about,
                  const auth::Principal& principal, const absl::Status& refusal,
                  const grpc::CallbackServerContext& context, const Hub& hub) {
  if (hub.audit == nullptr) return;
  hub.audit->AppendRefusal(
      {principal.organisation, principal.credential_id, NameOf(*auth::MethodOf(request)),
       std::move(about), OriginOf(context), RequestIdOf(context), ReasonIn(refusal)},
      absl::Now());
}

absl::Status WriteAbout(const google::protobuf::Descriptor& request, std::string about,
                        const auth::Principal& principal, const absl::Status& outcome,
                        const grpc::CallbackServerContext& context, const Hub& hub) {
  if (hub.audit == nullptr) return absl::OkStatus();
  return hub.audit->Append(
      {principal.organisation, principal.credential_id, NameOf(*auth::MethodOf(request)),
       std::move(about), OriginOf(context), RequestIdOf(context), ReasonIn(outcome)},
      absl::Now());
}

}  // namespace liaison::rpc
