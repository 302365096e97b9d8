#include "server/rpc/accept_clock.h"

#include "google/protobuf/util/time_util.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "proto/record/macros.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;

// Goes through the order, since the clock belongs to the sequencer. Deletes itself when gRPC is
// done with it.
class AcceptClockCall final : public grpc::ServerUnaryReactor {
 public:
  AcceptClockCall(const Hub& hub, grpc::CallbackServerContext* context,
                  const grpc::ByteBuffer* request, grpc::ByteBuffer* response)
      : answer_(hub, context, response) {
    hub.pool->Post([this, &hub, context, request] {
      const absl::Status begun = Begin(hub, context, *request);
      if (begun.ok()) return;
      EndCall(hub, begun, [this, begun] { Finish(ToGrpcStatus(begun)); });
    });
  }

  void OnDone() override {
    answer_.Done();
    delete this;
  }

 private:
  absl::Status Begin(const Hub& hub, grpc::CallbackServerContext* context,
                     const grpc::ByteBuffer& request) {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             Enter<pb::AcceptClockRequest>(*context, hub, request.Length()));
    answer_.PaidBy(principal);
    LIAISON_RETURN_IF_ERROR(
        Audit(pb::AcceptClockRequest(), principal, absl::OkStatus(), context, hub));
    sequencer::Proposal proposal;
    proposal.accept_clock = true;
    proposal.done = [this](const sequencer::Answers& answers) {
      if (!answers.empty()) return Finish(ToGrpcStatus(answers.front().status()));
      pb::AcceptClockResponse accepted;
      *accepted.mutable_time() =
          google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::GetCurrentTimeNanos());
      answer_.Set(SerializeMessage(accepted));
      Finish(grpc::Status::OK);
    };
    return hub.proposals->Propose(std::move(proposal));
  }

  CountedAnswer answer_;
};

}  // namespace

grpc::ServerUnaryReactor* StartAcceptClock(const Hub& hub, grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) {
  return new AcceptClockCall(hub, context, request, response);
}

}  // namespace liaison::rpc
