#include "liaison/durable_connection.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/internal/channel.h"
#include "client/internal/clock.h"
#include "client/internal/grpc_status.h"
#include "client/internal/grpc_streams.h"
#include "client/internal/retry.h"
#include "igf/liaison/v1/subscription_service.grpc.pb.h"

namespace liaison {
namespace {

using Stub = v1::SubscriptionService::Stub;
using internal::Idempotency;

// A stream that never was.
class UnopenedConsumeStream final : public ConsumeStream {
 public:
  explicit UnopenedConsumeStream(absl::Status why) : why_(std::move(why)) {}
  bool Write(const v1::ConsumeRequest&) override { return false; }
  void WritesDone() override {}
  absl::StatusOr<std::optional<v1::ConsumeResponse>> Read(absl::Duration) override { return why_; }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

class GrpcDurableConnection final : public DurableConnection {
 public:
  GrpcDurableConnection(std::string address, ConnectionOptions options)
      : address_(std::move(address)),
        options_(std::move(options)),
        stub_(v1::SubscriptionService::NewStub(internal::MakeChannel(address_, options_))) {}

  absl::StatusOr<v1::CreateSubscriptionResponse> Create(
      const v1::CreateSubscriptionRequest& request) override {
    return Call(&Stub::CreateSubscription, request);
  }
  absl::StatusOr<v1::GetSubscriptionResponse> Get(
      const v1::GetSubscriptionRequest& request) override {
    return Call(&Stub::GetSubscription, request);
  }
  absl::StatusOr<v1::ListSubscriptionsResponse> List(
      const v1::ListSubscriptionsRequest& request) override {
    return Call(&Stub::ListSubscriptions, request);
  }
  absl::StatusOr<v1::UpdateSubscriptionResponse> Update(
      const v1::UpdateSubscriptionRequest& request) override {
    return Call(&Stub::UpdateSubscription, request);
  }
  absl::StatusOr<v1::DeleteSubscriptionResponse> Delete(
      const v1::DeleteSubscriptionRequest& request) override {
    return Call(&Stub::DeleteSubscription, request, Idempotency::kNot);
  }
  absl::StatusOr<v1::PullResponse> Pull(const v1::PullRequest& request) override {
    return Call(&Stub::Pull, request, Idempotency::kNot, absl::Seconds(request.wait().seconds()));
  }
  absl::StatusOr<v1::SettleResponse> Settle(const v1::SettleRequest& request) override {
    return Call(&Stub::Settle, request);
  }
  absl::StatusOr<v1::SeekResponse> Seek(const v1::SeekRequest& request) override {
    return Call(&Stub::Seek, request);
  }
  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(
      const v1::ListDeadLettersRequest& request) override {
    return Call(&Stub::ListDeadLetters, request);
  }
  absl::StatusOr<v1::ReplayDeadLettersResponse> ReplayDeadLetters(
      const v1::ReplayDeadLettersRequest& request) override {
    return Call(&Stub::ReplayDeadLetters, request, Idempotency::kNot);
  }
  absl::StatusOr<v1::DiscardDeadLettersResponse> DiscardDeadLetters(
      const v1::DiscardDeadLettersRequest& request) override {
    return Call(&Stub::DiscardDeadLetters, request, Idempotency::kNot);
  }
  std::unique_ptr<ConsumeStream> Consume() override {
    auto context = std::make_unique<grpc::ClientContext>();
    absl::Status said = internal::SayWhoCalls(options_.acting_as, options_.token, context.get());
    if (!said.ok()) return std::make_unique<UnopenedConsumeStream>(std::move(said));
    return internal::OpenConsumeStream(*stub_, std::move(context), address_);
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request,
                                Idempotency idempotency = Idempotency::kIdempotent,
                                absl::Duration wait = absl::ZeroDuration()) {
    return internal::Retry<Response>(
        options_.retry, idempotency, internal::Clock::System(),
        [&](absl::Duration timeout) -> absl::StatusOr<Response> {
          grpc::ClientContext context;
          context.set_deadline(absl::ToChronoTime(absl::Now() + timeout + wait));
          context.set_wait_for_ready(true);
          absl::Status status = internal::SayWhoCalls(options_.acting_as, options_.token, &context);
          if (!status.ok()) return status;
          Response response;
          status =
              internal::FromGrpc((stub_.get()->*method)(&context, request, &response), address_);
          if (!status.ok()) return status;
          return response;
        });
  }

  const std::string address_;
  const ConnectionOptions options_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::shared_ptr<DurableConnection> ConnectDurable(const std::string& address,
                                                  ConnectionOptions options) {
  return std::make_shared<GrpcDurableConnection>(address, std::move(options));
}

}  // namespace liaison
