// This hub as a witness, and the witnesses of its own log: WitnessService.
#ifndef LIAISON_SERVER_RPC_WITNESS_H_
#define LIAISON_SERVER_RPC_WITNESS_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/witness_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"
#include "server/witness/witnessing.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Takes what witnesses have cosigned of this hub's own log, whoever brings it.
absl::StatusOr<pb::AddCosignaturesResponse> AddCosignatures(
    witness::Witnessing* witnessing, const pb::AddCosignaturesRequest& request);

// Both outlive the service; `witnessing` is thread-safe from here on.
std::unique_ptr<grpc::Service> MakeWitnessService(const Hub* hub, witness::Witnessing* witnessing);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_WITNESS_H_
