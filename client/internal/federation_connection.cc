#include "liaison/federation_connection.h"

#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/internal/channel.h"
#include "client/internal/clock.h"
#include "client/internal/grpc_status.h"
#include "client/internal/grpc_streams.h"
#include "client/internal/retry.h"
#include "igf/liaison/v1/federation_service.grpc.pb.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "igf/liaison/v1/witness_service.grpc.pb.h"

namespace liaison {
namespace {

using Stub = v1::FederationService::Stub;
using internal::Idempotency;

// A stream that never was.
class UnopenedAttachStream final : public AttachStream {
 public:
  explicit UnopenedAttachStream(absl::Status why) : why_(std::move(why)) {}
  bool Write(const v1::AttachRequest&) override { return false; }
  void WritesDone() override {}
  absl::StatusOr<std::optional<v1::AttachResponse>> Read(absl::Duration) override { return why_; }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

class GrpcFederationConnection final : public FederationConnection {
 public:
  GrpcFederationConnection(std::string address, ConnectionOptions options, Patience patience)
      : address_(std::move(address)),
        options_(std::move(options)),
        patience_(patience),
        channel_(internal::MakeChannel(address_, options_, internal::Line::kOfAStranger)),
        stub_(v1::FederationService::NewStub(channel_)),
        transparency_(v1::TransparencyService::NewStub(channel_)),
        witness_(v1::WitnessService::NewStub(channel_)) {}

  absl::StatusOr<v1::PullLaneResponse> PullLane(const v1::PullLaneRequest& request) override {
    return Call(&Stub::PullLane, request, Idempotency::kNot);
  }
  absl::StatusOr<v1::ListSharingResponse> ListSharing(
      const v1::ListSharingRequest& request) override {
    return Call(&Stub::ListSharing, request, Idempotency::kIdempotent);
  }

  absl::StatusOr<v1::ListPeersResponse> ListPeers(const v1::ListPeersRequest& request) override {
    return Call(&Stub::ListPeers, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(
      const v1::ListDeliveriesRequest& request) override {
    return Call(&Stub::ListDeliveries, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ExplainArrivalResponse> ExplainArrival(
      const v1::ExplainArrivalRequest& request) override {
    return Call(&Stub::ExplainArrival, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::GetEvidenceResponse> GetEvidence(
      const v1::GetEvidenceRequest& request) override {
    return Call(&Stub::GetEvidence, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request) override {
    return CallOn(*transparency_, &v1::TransparencyService::Stub::GetConsistencyProof, request,
                  Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::AddCosignaturesResponse> AddCosignatures(
      const v1::AddCosignaturesRequest& request) override {
    return CallOn(*witness_, &v1::WitnessService::Stub::AddCosignatures, request,
                  Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::BlockResponse> Block(const v1::BlockRequest& request) override {
    return Call(&Stub::Block, request, Idempotency::kNot);
  }
  absl::StatusOr<v1::ReleaseResponse> Release(const v1::ReleaseRequest& request) override {
    return Call(&Stub::Release, request, Idempotency::kNot);
  }
  absl::StatusOr<v1::ListEvidenceResponse> ListEvidence(
      const v1::ListEvidenceRequest& request) override {
    return Call(&Stub::ListEvidence, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::GetPolicyResponse> GetPolicy(const v1::GetPolicyRequest& request) override {
    return Call(&Stub::GetPolicy, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ProposePolicyResponse> ProposePolicy(
      const v1::ProposePolicyRequest& request) override {
    return Call(&Stub::ProposePolicy, request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ApprovePolicyResponse> ApprovePolicy(
      const v1::ApprovePolicyRequest& request) override {
    return Call(&Stub::ApprovePolicy, request, Idempotency::kNot);
  }
  std::unique_ptr<AttachStream> Attach() override {
    auto context = std::make_unique<grpc::ClientContext>();
    absl::Status said = internal::SayWhoCalls(options_.acting_as, options_.token, context.get());
    if (!said.ok()) return std::make_unique<UnopenedAttachStream>(std::move(said));
    return internal::OpenAttachStream(*stub_, std::move(context), address_);
  }
  void Cancel() override {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
  }

 private:
  // A call that Cancel reaches.
  class UnderWay {
   public:
    UnderWay(GrpcFederationConnection* connection, grpc::ClientContext* context)
        : connection_(*connection), context_(context) {
      absl::MutexLock lock(&connection_.mu_);
      connection_.contexts_.insert(context);
      if (connection_.cancelled_) context->TryCancel();
    }
    ~UnderWay() {
      absl::MutexLock lock(&connection_.mu_);
      connection_.contexts_.erase(context_);
    }

   private:
    GrpcFederationConnection& connection_;
    grpc::ClientContext* const context_;
  };

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, Idempotency idempotency) {
    return CallOn(*stub_, method, request, idempotency);
  }
  template <typename AnyStub, typename Request, typename Response>
  absl::StatusOr<Response> CallOn(AnyStub& stub,
                                  grpc::Status (AnyStub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                                  const Request& request, Idempotency idempotency) {
    const bool waits = patience_ == Patience::kWaits;
    return internal::Retry<Response>(
        options_.retry, waits ? idempotency : Idempotency::kNot, internal::Clock::System(),
        [&](absl::Duration timeout) -> absl::StatusOr<Response> {
          grpc::ClientContext context;
          context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
          context.set_wait_for_ready(waits);
          const UnderWay under_way(this, &context);
          absl::Status status = internal::SayWhoCalls(options_.acting_as, options_.token, &context);
          if (!status.ok()) return status;
          Response response;
          status = internal::FromGrpc((stub.*method)(&context, request, &response), address_);
          if (status.ok()) return response;
          // Whoever is there is slow to answer; but an address may swallow what is sent there.
          if (!waits && absl::IsDeadlineExceeded(status) &&
              channel_->GetState(false) != GRPC_CHANNEL_READY) {
            return absl::UnavailableError(
                absl::StrCat(address_, ": no connection in ", absl::FormatDuration(timeout)));
          }
          return status;
        });
  }

  const std::string address_;
  const ConnectionOptions options_;
  const Patience patience_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<Stub> stub_;
  const std::unique_ptr<v1::TransparencyService::Stub> transparency_;
  const std::unique_ptr<v1::WitnessService::Stub> witness_;
  absl::Mutex mu_;
  std::set<grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

std::shared_ptr<FederationConnection> ConnectFederation(const std::string& address,
                                                        ConnectionOptions options,
                                                        Patience patience) {
  return std::make_shared<GrpcFederationConnection>(address, std::move(options), patience);
}

}  // namespace liaison
