// What became of an event between hubs: FederationService's ListDeliveries and ExplainArrival.
#ifndef LIAISON_SERVER_RPC_FEDERATION_WHY_H_
#define LIAISON_SERVER_RPC_FEDERATION_WHY_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Thread-safe, both.
absl::StatusOr<pb::ListDeliveriesResponse> ListDeliveries(const FederationDesk& desk,
                                                          const Hub& hub, const auth::Principal&,
                                                          const pb::ListDeliveriesRequest& request);
absl::StatusOr<pb::ExplainArrivalResponse> ExplainArrival(const FederationDesk& desk,
                                                          const Hub& hub, const auth::Principal&,
                                                          const pb::ExplainArrivalRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_WHY_H_
