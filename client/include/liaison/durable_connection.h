// What durable subscriptions stand on: their calls, mockable. A seam of its own beside Connection,
// for the few who want them.
#ifndef LIAISON_DURABLE_CONNECTION_H_
#define LIAISON_DURABLE_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/subscription_service.pb.h"
#include "liaison/options.h"

namespace liaison {

namespace v1 = ::igf::liaison::v1;

// One stream of a member. One thread reads, one at a time writes; Cancel may come from any.
class ConsumeStream {
 public:
  virtual ~ConsumeStream() = default;
  // False: the stream is broken, Read says why.
  virtual bool Write(const v1::ConsumeRequest& frame) = 0;
  virtual void WritesDone() = 0;
  // The next frame; nullopt at an orderly end. DEADLINE_EXCEEDED, and only then, when nothing came
  // within `timeout`: the stream goes on.
  virtual absl::StatusOr<std::optional<v1::ConsumeResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};

// Calls are tried again where that is safe: all of them but Pull, whose answer may be lost with
// what it brought; that comes again when its lease is over. Thread-safe.
class DurableConnection {
 public:
  virtual ~DurableConnection() = default;
  virtual absl::StatusOr<v1::CreateSubscriptionResponse> Create(
      const v1::CreateSubscriptionRequest& request) = 0;
  virtual absl::StatusOr<v1::GetSubscriptionResponse> Get(
      const v1::GetSubscriptionRequest& request) = 0;
  virtual absl::StatusOr<v1::ListSubscriptionsResponse> List(
      const v1::ListSubscriptionsRequest& request) = 0;
  virtual absl::StatusOr<v1::UpdateSubscriptionResponse> Update(
      const v1::UpdateSubscriptionRequest& request) = 0;
  virtual absl::StatusOr<v1::DeleteSubscriptionResponse> Delete(
      const v1::DeleteSubscriptionRequest& request) = 0;
  virtual absl::StatusOr<v1::PullResponse> Pull(const v1::PullRequest& request) = 0;
  virtual absl::StatusOr<v1::SettleResponse> Settle(const v1::SettleRequest& request) = 0;
  virtual absl::StatusOr<v1::SeekResponse> Seek(const v1::SeekRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(
      const v1::ListDeadLettersRequest& request) = 0;
  virtual absl::StatusOr<v1::ReplayDeadLettersResponse> ReplayDeadLetters(
      const v1::ReplayDeadLettersRequest& request) = 0;
  virtual absl::StatusOr<v1::DiscardDeadLettersResponse> DiscardDeadLetters(
      const v1::DiscardDeadLettersRequest& request) = 0;
  virtual std::unique_ptr<ConsumeStream> Consume() = 0;
};

// As Connect, for these calls.
std::shared_ptr<DurableConnection> ConnectDurable(const std::string& address,
                                                  ConnectionOptions options = {});

}  // namespace liaison

#endif  // LIAISON_DURABLE_CONNECTION_H_
