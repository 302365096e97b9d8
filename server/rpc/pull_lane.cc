#include "server/rpc/pull_lane.h"

#include <string>

#include "absl/time/clock.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"
#include "server/federation/relay.h"
#include "server/rpc/attach.h"
#include "server/rpc/peer_turns.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;

static_assert(kMaxPullsWaiting >= federation::kMaxLanes,
              "a peer asks for all its lanes at once, one at a time of each");

// A PullCall is taken in by a worker, and answered when it is its peer's turn. It deletes itself
// when gRPC is done with it.
class PullCall final : public grpc::ServerUnaryReactor, public PeerTurns::Question {
 public:
  PullCall(const Hub& hub, const FederationDesk& desk, grpc::CallbackServerContext* context,
           const grpc::ByteBuffer* request, grpc::ByteBuffer* response)
      : hub_(hub), desk_(desk), context_(context), request_(request), response_(response) {
    CountMessage(hub, *context, request->Length());
    hub.pool->Post([this] { Open(); });
  }

  void OnCancel() override {
    if (hub_.turns->Withdraw(this)) End(Gone());
  }

  void OnDone() override {
    hub_.turns->Done(this);
    delete this;
  }

  // PeerTurns::Question.
  size_t Answer() override {
    const absl::Status served = Serve();
    const size_t size_bytes = response_->Length();
    End(served);
    return size_bytes;
  }
  void Refuse(const absl::Status& why) override { End(why); }
  void GiveUp() override { context_->TryCancel(); }

 private:
  static absl::Status Gone() { return absl::CancelledError("whoever asked is gone"); }

  // Once it waits, it may be answered and gone at any time.
  void Open() {
    const absl::Status asked = Ask();
    if (!asked.ok()) End(asked);
  }

  absl::Status Ask() {
    LIAISON_ASSIGN_OR_RETURN(principal_,
                             Enter<pb::PullLaneRequest>(*context_, hub_, request_->Length()));
    LIAISON_RETURN_IF_ERROR(ParseMessage(*request_, &asked_));
    LIAISON_ASSIGN_OR_RETURN(const std::string peer, PeerOf(desk_, principal_));
    if (context_->IsCancelled()) return Gone();
    return hub_.turns->Ask(peer, this);
  }

  absl::Status Serve() {
    if (context_->IsCancelled()) return Gone();
    // By now: it may have waited.
    LIAISON_RETURN_IF_ERROR(hub_.gate->CheckStays(principal_, absl::Now()));
    LIAISON_ASSIGN_OR_RETURN(const std::string peer, PeerOf(desk_, principal_));
    desk_.exchange->Called(peer);
    LIAISON_ASSIGN_OR_RETURN(const pb::PullLaneResponse response,
                             federation::ServeLane(*desk_.source, desk_.relay, desk_.receipts, peer,
                                                   asked_, absl::Now()));
    *response_ = SerializeMessage(response);
    return absl::OkStatus();
  }

  // Finish may lead to OnDone before it returns.
  void End(const absl::Status& status) {
    EndCall(hub_, status, [this, status] { Finish(ToGrpcStatus(status)); });
  }

  const Hub& hub_;
  const FederationDesk& desk_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  grpc::ByteBuffer* const response_;
  // Set before it waits.
  auth::Principal principal_;
  pb::PullLaneRequest asked_;
};

}  // namespace

grpc::ServerUnaryReactor* StartPullLane(const Hub& hub, const FederationDesk& desk,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) {
  return new PullCall(hub, desk, context, request, response);
}

}  // namespace liaison::rpc
