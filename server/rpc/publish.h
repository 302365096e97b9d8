// What Publish and PublishStream share: items in, receipts out.
#ifndef LIAISON_SERVER_RPC_PUBLISH_H_
#define LIAISON_SERVER_RPC_PUBLISH_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

pb::Receipt ToProto(const sequencer::Receipt& receipt, const std::string& log_id);

// INVALID_ARGUMENT where there are no items, too many of them, or too many bytes together.
absl::Status CheckBatch(const google::protobuf::RepeatedPtrField<pb::PublishItem>& items,
                        size_t size_bytes);
// The item as a statement that this principal may publish. That somebody wanted to say what only
// others may is written down.
absl::StatusOr<domain::Statement> AdmitFrom(const Hub& hub, const auth::Principal& principal,
                                            const google::protobuf::Descriptor& request,
                                            const grpc::CallbackServerContext& context,
                                            pb::PublishItem item, const std::string& field);
// An item by its index, with what is wrong with it.
using RefusedItem = std::pair<size_t, absl::Status>;
// The first item that is the same event as one before it, INVALID_ARGUMENT: a batch that is all or
// nothing has each event once.
std::optional<RefusedItem> FindRepeat(const std::vector<domain::Statement>& statements);
absl::StatusOr<std::vector<domain::ChainCheck>> ParseChecks(
    const google::protobuf::RepeatedPtrField<pb::Check>& checks);
// Puts a digest that nobody knows in the place of each chain's root that neither the principal nor
// an author may know of: its checks then hold or fail as those of a chain that is not there.
absl::Status HideChains(const Hub& hub, const auth::Principal& principal,
                        sequencer::Proposal* proposal);

// Has those of the proposal's statements wait that take a second person at this hub, and writes
// that down. To be called last.
void HoldForSecond(const Hub& hub, const auth::Principal& principal,
                   const google::protobuf::Descriptor& request,
                   const grpc::CallbackServerContext& context, sequencer::Proposal* proposal);

grpc::ServerUnaryReactor* StartPublish(const Hub& hub, grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request, grpc::ByteBuffer* response);
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartPublishStream(
    const Hub& hub, grpc::CallbackServerContext* context);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_PUBLISH_H_
