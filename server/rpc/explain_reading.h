// Why an event is visible to a reader or is not, and what would leave the hub.
#ifndef LIAISON_SERVER_RPC_EXPLAIN_READING_H_
#define LIAISON_SERVER_RPC_EXPLAIN_READING_H_

#include "absl/status/statusor.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

absl::StatusOr<pb::ExplainReadingResponse> ExplainReading(const Hub& hub,
                                                          const auth::Principal& principal,
                                                          const pb::ExplainReadingRequest& request);
absl::StatusOr<pb::ListLeavingResponse> ListLeaving(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::ListLeavingRequest& request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_EXPLAIN_READING_H_
