// What every call of this hub may use.
#ifndef LIAISON_SERVER_RPC_HUB_H_
#define LIAISON_SERVER_RPC_HUB_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/admission/admission.h"
#include "server/auth/audit_log.h"
#include "server/auth/credential_book.h"
#include "server/auth/enrolment.h"
#include "server/auth/four_eyes.h"
#include "server/auth/gate.h"
#include "server/auth/principal.h"
#include "server/backup/backup_keeper.h"
#include "server/fanout/tail.h"
#include "server/rpc/accept_loop.h"
#include "server/rpc/held_refusals.h"
#include "server/rpc/peer_turns.h"
#include "server/rpc/quota_book.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/untaken_answers.h"
#include "server/rpc/watch_desk.h"
#include "server/rpc/worker_pool.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/subscriptions/desk.h"
#include "server/views/ledger.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// The rooms behind the wire. All of them are thread-safe where a call uses them, and outlive it.
struct Hub {
  std::string name;     // `igf`
  std::string version;  // `0.1.0`
  storage::EventLog* log = nullptr;
  sequencer::ProposalLog* proposals = nullptr;
  sequencer::Sequencer* sequencer = nullptr;
  admission::Admission* admission = nullptr;
  fanout::Tail* tail = nullptr;
  WorkerPool* pool = nullptr;
  StreamRegistry* streams = nullptr;
  backup::BackupKeeper* backups = nullptr;
  absl::Duration slow_consumer_timeout;  // a frame that is not taken for so long ends the stream
  views::Ledger* ledger = nullptr;
  WatchDesk* watches = nullptr;
  auth::CredentialBook* credentials = nullptr;
  const auth::Gate* gate = nullptr;
  auth::Enrolment* enrolment = nullptr;
  std::string public_address;  // `hub.example.org:7410`, for those who join
  std::string web_address;     // `https://hub.example.org`; empty: there is none that it knows of
  auth::AuditLog* audit = nullptr;
  const auth::FourEyes* four_eyes = nullptr;  // null: nothing takes a second person
  std::shared_ptr<subscriptions::Desk> desk;
  QuotaBook* quotas = nullptr;  // null: nobody has a share to keep to
  // The server's own; it sets them.
  AcceptLoop* connections = nullptr;
  std::shared_ptr<HeldRefusals> held = nullptr;
  std::shared_ptr<PeerTurns> turns = nullptr;
  std::shared_ptr<UntakenAnswers> untaken = nullptr;
};

// What a call has taken explains what its connection has sent.
void CountMessage(const Hub& hub, const grpc::CallbackServerContext& context, size_t size_bytes);

// Who the caller is, by the metadata `authorization` and `liaison-as`, where they may have what
// `needed` permits.
absl::StatusOr<auth::Principal> EnterFor(const google::protobuf::Descriptor& request,
                                         auth::pb::Permission needed,
                                         const grpc::CallbackServerContext& context,
                                         const Hub& hub);
// The same, where they have taken enough of what they were answered, and charges a call with a
// request of that size to their quota.
absl::StatusOr<auth::Principal> EnterAndPay(const google::protobuf::Descriptor& request,
                                            auth::pb::Permission needed,
                                            const grpc::CallbackServerContext& context,
                                            const Hub& hub, size_t size_bytes);
// The same for the method with that request message: there is no other way in, so that no method is
// forgotten. What comes later on a stream is charged by Charge.
template <typename Request>
absl::StatusOr<auth::Principal> Enter(const grpc::CallbackServerContext& context, const Hub& hub,
                                      size_t size_bytes) {
  static const auth::pb::Permission needed = auth::NeededBy(*Request::descriptor());
  return EnterAndPay(*Request::descriptor(), needed, context, hub, size_bytes);
}
// For whoever is in: who they are by now.
template <typename Request>
absl::StatusOr<auth::Principal> EnterAgain(const grpc::CallbackServerContext& context,
                                           const Hub& hub) {
  static const auth::pb::Permission needed = auth::NeededBy(*Request::descriptor());
  return EnterFor(*Request::descriptor(), needed, context, hub);
}

// Whose share the call is charged to; nullopt where nobody has a share to keep to.
std::optional<Payer> PayerOfCall(const Hub& hub, const auth::Principal& principal,
                                 const grpc::CallbackServerContext& context);
// One message of so many bytes. QUOTA_EXCEEDED where the caller has had their share.
absl::Status Charge(const Hub& hub, const auth::Principal& principal,
                    const grpc::CallbackServerContext& context, size_t size_bytes);
// Makes the stream known, at the cost of the caller's quota until it is removed.
absl::Status AddStream(const Hub& hub, const auth::Principal& principal,
                       const grpc::CallbackServerContext& context,
                       std::shared_ptr<OpenStream> stream);
// Ends a call with `status` by `finish`, which must not wait: later where it is for want of quota.
void EndCall(const Hub& hub, const absl::Status& status, std::function<void()> finish);

// What lets people in, or runs the hub.
bool IsAudited(const google::protobuf::Descriptor& request);
// REQUIRES: IsAudited, and a hub with an audit log.
absl::Status WriteDown(const google::protobuf::Message& request, const auth::Principal& principal,
                       const absl::Status& outcome, grpc::CallbackServerContext* context,
                       const Hub& hub);
// Writes down what a call of `request` came to, in words of its own: names and no payload.
absl::Status WriteAbout(const google::protobuf::Descriptor& request, std::string about,
                        const auth::Principal& principal, const absl::Status& outcome,
                        const grpc::CallbackServerContext& context, const Hub& hub);
// The same for what was refused to whoever is in, as for refusals at the gate: of a flood it is
// counted. It holds up no answer.
void WriteRefusal(const google::protobuf::Descriptor& request, std::string about,
                  const auth::Principal& principal, const absl::Status& refusal,
                  const grpc::CallbackServerContext& context, const Hub& hub);
// Writes down how a call ended, where its method is for the audit log. The answer is not given
// before it is on disk; UNAVAILABLE where it cannot be. Refusals at the gate are written down by
// Enter.
template <typename Request>
absl::Status Audit(const Request& request, const auth::Principal& principal,
                   const absl::Status& outcome, grpc::CallbackServerContext* context,
                   const Hub& hub) {
  static const bool audited = IsAudited(*Request::descriptor());
  if (!audited || hub.audit == nullptr) return absl::OkStatus();
  return WriteDown(request, principal, outcome, context, hub);
}

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_HUB_H_
