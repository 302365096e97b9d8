#include "server/rpc/witness.h"

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "igf/liaison/v1/witness_service.grpc.pb.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/rpc/unary_call.h"

namespace liaison::rpc {
namespace {

using Context = grpc::CallbackServerContext;
using Buffer = grpc::ByteBuffer;
using Unary = grpc::ServerUnaryReactor;

pb::WitnessOutcome ToProto(witness::Outcome outcome) {
  switch (outcome) {
    case witness::Outcome::kCosigned:
      return pb::WITNESS_OUTCOME_COSIGNED;
    case witness::Outcome::kMalformed:
      return pb::WITNESS_OUTCOME_MALFORMED;
    case witness::Outcome::kNotSigned:
      return pb::WITNESS_OUTCOME_NOT_SIGNED;
    case witness::Outcome::kUnknownLog:
      return pb::WITNESS_OUTCOME_UNKNOWN_LOG;
    case witness::Outcome::kOtherSize:
      return pb::WITNESS_OUTCOME_OTHER_SIZE;
    case witness::Outcome::kOtherRoot:
      return pb::WITNESS_OUTCOME_OTHER_ROOT;
    case witness::Outcome::kNoContinuation:
      return pb::WITNESS_OUTCOME_NO_CONTINUATION;
    case witness::Outcome::kNotKept:
      break;
  }
  return pb::WITNESS_OUTCOME_NOT_KEPT;
}

absl::StatusOr<pb::AddCheckpointResponse> AddCheckpoint(witness::Witnessing* witnessing,
                                                        const pb::AddCheckpointRequest& request) {
  if (request.request().size() > witness::kMaxRequestSizeBytes) {
    return record::FieldInvalid("request",
                                absl::StrCat("at most ", witness::kMaxRequestSizeBytes, " bytes"));
  }
  witness::Answer answer{witness::Outcome::kUnknownLog, 0, "", "this hub is no witness"};
  if (witnessing->witness != nullptr) {
    answer = witnessing->witness->AddCheckpoint(request.request());
  }
  pb::AddCheckpointResponse response;
  response.set_outcome(ToProto(answer.outcome));
  response.set_cosignatures(std::move(answer.cosignatures));
  response.set_size(answer.size);
  response.set_message(std::move(answer.message));
  return response;
}

absl::StatusOr<pb::GetCosignedCheckpointResponse> GetCosignedCheckpoint(
    witness::Witnessing* witnessing, const pb::GetCosignedCheckpointRequest& request) {
  const auto origin_hash = record::Hash::Parse(request.origin_hash());
  if (!origin_hash.ok()) return record::FieldInvalid("origin_hash", "32 bytes");
  auto note = witnessing->witness == nullptr ? absl::NotFoundError("this hub is no witness")
                                             : witnessing->witness->Latest(*origin_hash);
  if (!note.ok()) return record::Error(record::Reason::kNotFound, note.status().message());
  pb::GetCosignedCheckpointResponse response;
  response.set_note(*std::move(note));
  return response;
}

absl::StatusOr<pb::GetWitnessingResponse> GetWitnessing(witness::Witnessing* witnessing,
                                                        const pb::GetWitnessingRequest&) {
  pb::GetWitnessingResponse response;
  if (witnessing->witness != nullptr) {
    response.set_vkey(witnessing->witness->verifier().ToString());
  }
  response.set_policy(witnessing->policy_text);
  response.set_compare_since(witnessing->since_s);
  return response;
}

using RawWitness = pb::WitnessService::WithRawCallbackMethod_AddCheckpoint<
    pb::WitnessService::WithRawCallbackMethod_GetCosignedCheckpoint<
        pb::WitnessService::WithRawCallbackMethod_GetWitnessing<
            pb::WitnessService::WithRawCallbackMethod_AddCosignatures<
                pb::WitnessService::Service>>>>;
class WitnessServiceImpl final : public RawWitness {
 public:
  WitnessServiceImpl(const Hub* hub, witness::Witnessing* witnessing)
      : hub_(*hub), witnessing_(witnessing) {}
  Unary* AddCheckpoint(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::AddCheckpointRequest>(context, request, response, rpc::AddCheckpoint);
  }
  Unary* GetCosignedCheckpoint(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetCosignedCheckpointRequest>(context, request, response,
                                                   rpc::GetCosignedCheckpoint);
  }
  Unary* GetWitnessing(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetWitnessingRequest>(context, request, response, rpc::GetWitnessing);
  }
  Unary* AddCosignatures(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::AddCosignaturesRequest>(context, request, response, rpc::AddCosignatures);
  }

 private:
  template <typename Request, typename Handler>
  Unary* Start(Context* context, const Buffer* request, Buffer* response, Handler handler) {
    return StartUnaryCall<Request>(
        hub_, context, request, response,
        [this, handler](const Hub&, const auth::Principal&, const Request& asked) {
          return handler(witnessing_, asked);
        });
  }

  const Hub& hub_;
  witness::Witnessing* const witnessing_;
};

}  // namespace

absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
    witness::Witnessing* witnessing, const pb::AddCosignaturesRequest& request) {
  if (witnessing->cosigned == nullptr) {
    return record::FieldInvalid("note", "nothing: this hub asks no witnesses");
  }
  const auto taken = witnessing->cosigned->Take(request.note());
  if (absl::IsDataLoss(taken.status())) {
    return record::Error(record::Reason::kReadOnly,
                         absl::StrCat("this hub is read-only: ", taken.status().message()));
  }
  if (!taken.ok()) return record::FieldInvalid("note", taken.status().message());
  pb::AddCosignaturesResponse response;
  response.set_witnesses(static_cast<uint32_t>(taken->witnesses));
  response.set_enough(taken->enough);
  return response;
}

std::unique_ptr<grpc::Service> MakeWitnessService(const Hub* hub, witness::Witnessing* witnessing) {
  return std::make_unique<WitnessServiceImpl>(hub, witnessing);
}

}  // namespace liaison::rpc
