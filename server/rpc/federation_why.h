// What became of an event between hubs: FederationService's ListDeliveries and ExplainArrival.
#ifndef LIAISON_SERVER_RPC_FEDERATION_WHY_H_
#define LIAISON_SERVER_RPC_FEDERATION_WHY_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/auth/principal.h"
#include "server/federation/policy.h"
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

// Where the event stands in a registry that goes to the peer, its header alone: this hub's goes to
// all of them, another one's with the lane of its log. nullopt: in none. Thread-safe.
absl::StatusOr<std::optional<federation::Ruling>> RuleByRegistry(
    const FederationDesk& desk, const storage::EventLog& log,
    const storage::EventLog::EventView& event, absl::string_view peer,
    const federation::Policy& policy);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FEDERATION_WHY_H_
