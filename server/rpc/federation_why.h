// What became of an event between hubs: FederationService's ListDeliveries and ExplainArrival.
#ifndef LIAISON_SERVER_RPC_FEDERATION_WHY_H_
#define LIAISON_SERVER_RPC_FEDERATION_WHY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/federation.h"
#include "server/rpc/hub.h"
#include "storage/event_log.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Thread-safe, both.
absl::StatusOr<pb::ListDeliveriesResponse> ListDeliveries(const FederationDesk& desk,
                                                          const Hub& hub, const auth::Principal&,
                                                          const pb::ListDeliveriesRequest& request);
absl::StatusOr<pb::ExplainArrivalResponse> ExplainArrival(const FederationDesk& desk,
                                                          const Hub& hub, const auth::Principal&,
                                                          const pb::ExplainArrivalRequest& request);

// True iff the event stands in a registry that goes to the peer, its header alone: this hub's goes
// to all of them, another one's with the lane of its log. Thread-safe.
absl::StatusOr<bool> GoesWithRegistry(const FederationDesk& desk, const storage::EventLog& log,
                                      const storage::EventLog::EventView& event,
                                      absl::string_view peer, const federation::Policy& policy);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_WHY_H_
