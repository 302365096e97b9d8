// The answer of a unary call, which counts until it is taken.
#ifndef LIAISON_SERVER_RPC_COUNTED_ANSWER_H_
#define LIAISON_SERVER_RPC_COUNTED_ANSWER_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"
#include "server/rpc/quota_book.h"
#include "server/rpc/untaken_answers.h"

namespace liaison::rpc {

// A CountedAnswer belongs to its call, which is the only one to touch it until it is finished.
class CountedAnswer final : public UntakenAnswers::Answer {
 public:
  CountedAnswer(const Hub& hub, grpc::CallbackServerContext* context, grpc::ByteBuffer* response)
      : hub_(hub), context_(context), response_(response) {}

  // Whoever came in.
  void PaidBy(const auth::Principal& principal);
  // Enter has asked; to be asked again by a call that has waited since.
  absl::Status CheckRoom() const;
  // Once, right before the call is finished.
  void Set(grpc::ByteBuffer answer);
  // From OnDone, whatever came of the call.
  void Done();

  // UntakenAnswers::Answer.
  std::function<void()> Break() override;

 private:
  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer* const response_;
  std::optional<Payer> payer_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_COUNTED_ANSWER_H_
