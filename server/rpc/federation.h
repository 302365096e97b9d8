// Between hubs: FederationService.
#ifndef LIAISON_SERVER_RPC_FEDERATION_H_
#define LIAISON_SERVER_RPC_FEDERATION_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "server/federation/attached_lines.h"
#include "server/federation/entry.h"
#include "server/federation/exchange.h"
#include "server/federation/former_rules.h"
#include "server/federation/policy_book.h"
#include "server/federation/receipts.h"
#include "server/federation/relay.h"
#include "server/federation/replica.h"
#include "server/federation/source.h"
#include "server/rpc/hub.h"
#include "server/transparency/head_news.h"
#include "server/transparency/signer.h"

namespace liaison::rpc {

// The rooms behind these calls. All of them are thread-safe, and outlive the server.
struct FederationDesk {
  federation::PolicyBook* book = nullptr;
  federation::Source* source = nullptr;
  const federation::Relay* relay = nullptr;  // null: no lanes but this hub's own
  federation::Exchange* exchange = nullptr;
  federation::Receipts* receipts = nullptr;
  federation::FormerRules* former = nullptr;
  const transparency::Signer* signer = nullptr;
  const federation::Entry* entry = nullptr;
  federation::AttachedLines* attached = nullptr;
  transparency::HeadNews* news = nullptr;
  const federation::Replicas* replicas = nullptr;  // null: nothing was ever pulled
};

// `hub` outlives the service.
std::unique_ptr<grpc::Service> MakeFederationService(const Hub* hub, const FederationDesk& desk);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_H_
