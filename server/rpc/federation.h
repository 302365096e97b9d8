// Between hubs: FederationService.
#ifndef LIAISON_SERVER_RPC_FEDERATION_H_
#define LIAISON_SERVER_RPC_FEDERATION_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "server/federation/policy.h"
#include "server/federation/puller.h"
#include "server/federation/receipts.h"
#include "server/federation/relay.h"
#include "server/federation/source.h"
#include "server/rpc/hub.h"
#include "server/transparency/signer.h"

namespace liaison::rpc {

// The rooms behind these calls. All of them are thread-safe, and outlive the server.
struct FederationDesk {
  const federation::Policy* policy = nullptr;
  federation::Source* source = nullptr;
  const federation::Relay* relay = nullptr;    // null: no lanes but this hub's own
  const federation::Puller* puller = nullptr;  // null: nothing is pulled
  federation::Receipts* receipts = nullptr;
  const transparency::Signer* signer = nullptr;
  const federation::Entry* entry = nullptr;
};

// `hub` outlives the service.
std::unique_ptr<grpc::Service> MakeFederationService(const Hub* hub, const FederationDesk& desk);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_H_
