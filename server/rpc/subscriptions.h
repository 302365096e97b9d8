// The methods of durable subscriptions.
#ifndef LIAISON_SERVER_RPC_SUBSCRIPTIONS_H_
#define LIAISON_SERVER_RPC_SUBSCRIPTIONS_H_

#include <google/protobuf/repeated_field.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/subscription_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/deferred_call.h"
#include "server/rpc/hub.h"
#include "server/rpc/stream_registry.h"
#include "server/subscriptions/desk.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// Unary methods, each answered once. None holds a thread while it waits for the disk.
void CreateSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::CreateSubscriptionRequest& request, const Answered& answered);
void GetSubscription(const Hub& hub, const auth::Principal& principal,
                     const pb::GetSubscriptionRequest& request, const Answered& answered);
void ListSubscriptions(const Hub& hub, const auth::Principal& principal,
                       const pb::ListSubscriptionsRequest& request, const Answered& answered);
void UpdateSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::UpdateSubscriptionRequest& request, const Answered& answered);
void DeleteSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::DeleteSubscriptionRequest& request, const Answered& answered);
void Pull(const Hub& hub, const auth::Principal& principal, const pb::PullRequest& request,
          const Answered& answered, const WhoNow& who);
void Settle(const Hub& hub, const auth::Principal& principal, const pb::SettleRequest& request,
            const Answered& answered);
void Seek(const Hub& hub, const auth::Principal& principal, const pb::SeekRequest& request,
          const Answered& answered);
void ListDeadLetters(const Hub& hub, const auth::Principal& principal,
                     const pb::ListDeadLettersRequest& request, const Answered& answered);
void ReplayDeadLetters(const Hub& hub, const auth::Principal& principal,
                       const pb::ReplayDeadLettersRequest& request, const Answered& answered);
void DiscardDeadLetters(const Hub& hub, const auth::Principal& principal,
                        const pb::DiscardDeadLettersRequest& request, const Answered& answered);

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartConsume(
    const Hub& hub, grpc::CallbackServerContext* context);

// Whose a subscription of that name is. CREDENTIAL_REQUIRED for a caller who is nobody.
absl::StatusOr<subscriptions::Name> NameFor(const auth::Principal& principal,
                                            const std::string& name);
// The shape of what is said about deliveries.
absl::Status CheckSettlements(const google::protobuf::RepeatedPtrField<pb::Settlement>& said);
// A Delivery, behind its tag: an element of field 1 of a message.
void AppendDelivery(const subscriptions::Delivery& delivery, std::string* out);

// So that leases end and waits are over.
std::shared_ptr<OpenStream> MakeDeskTicker(std::shared_ptr<subscriptions::Desk> desk);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_SUBSCRIPTIONS_H_
