#include "server/web/gateway.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/errors.h"
#include "server/web/limits.h"
#include "server/web/origin.h"
#include "server/web/plain_answers.h"
#include "server/web/protocol.h"

namespace liaison::web {
namespace {

using grpc::ByteBuffer;

// What goes along as it came; everything else of HTTP stays here.
constexpr const char* kForwarded[] = {"liaison-as", "liaison-request-id", "traceparent"};

ByteBuffer ToBuffer(const std::string& message) {
  const grpc::Slice slice(message);
  return ByteBuffer(&slice, 1);
}

std::string ToString(const ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

CallEnd ToCallEnd(const grpc::Status& status) {
  return {status.error_code(), status.error_message(), status.error_details(), {}};
}

CallEnd ToCallEnd(const absl::Status& status) {
  const google::rpc::Status details = record::ToProto(status);
  return {static_cast<int>(status.code()),
          std::string(status.message()),
          details.SerializeAsString(),
          {}};
}

// The header, of those that go along, whose value cannot; null: all can.
const char* UnsendableIn(const HttpRequest& request) {
  for (const char* name : kForwarded) {
    if (!IsMetadataText(request.header(name))) return name;
  }
  return IsMetadataText(AuthorizationOf(request)) ? nullptr : "authorization";
}

// What gRPC says itself when there is no hub names files of this machine.
CallEnd HubAway() {
  return {grpc::StatusCode::UNAVAILABLE, "the hub cannot be reached just now; try again", "", {}};
}

}  // namespace

// The calls that are under way. Thread-safe.
class Gateway::Calls {
 public:
  // False once Stop was called.
  bool Add(Call* call) {
    absl::MutexLock lock(&mu_);
    if (!stopped_) calls_.insert(call);
    return !stopped_;
  }
  void Remove(Call* call) {
    absl::MutexLock lock(&mu_);
    calls_.erase(call);
  }
  void Stop();

 private:
  bool empty() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return calls_.empty(); }

  absl::Mutex mu_;
  std::set<Call*> calls_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

// A Call is one method of the hub, called as a stream whatever it is: one message there, some back,
// and a status. It holds itself alive until gRPC is done with it.
class Gateway::Call final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer>,
                            public std::enable_shared_from_this<Gateway::Call> {
 public:
  Call(Gateway* gateway, std::unique_ptr<Protocol> protocol, std::shared_ptr<Exchange> exchange,
       ChannelPool::Lease lease)
      : gateway_(*gateway),
        protocol_(std::move(protocol)),
        exchange_(std::move(exchange)),
        lease_(std::move(lease)),
        stub_(lease_.channel()) {}

  void Start(const HttpRequest& request, const std::string& message, bool streams) {
    streams_ = streams;
    for (const char* name : kForwarded) {
      if (!request.header(name).empty()) {
        context_.AddMetadata(name, std::string(request.header(name)));
      }
    }
    context_.AddMetadata("liaison-forwarded-for", request.from);
    const std::string authorization = AuthorizationOf(request);
    if (!authorization.empty()) context_.AddMetadata("authorization", authorization);
    SetDeadline(protocol_->TimeoutOf(request));
    self_ = shared_from_this();
    ++gateway_.tally_->calls;
    if (!gateway_.calls_->Add(this)) context_.TryCancel();
    message_ = ToBuffer(message);
    stub_.PrepareBidiStreamingCall(&context_, request.path, {}, this);
    // Held until the last read, because the next one begins when a browser has taken the last.
    AddHold();
    StartWriteLast(&message_, grpc::WriteOptions());
    StartRead(&read_);
    exchange_->WhenGone([call = shared_from_this()] { call->Cancel(); });
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    std::string message = ToString(read_);
    read_.Clear();
    if (!streams_) {
      // The last counts; there is one.
      answer_ = std::move(message);
      return StartRead(&read_);
    }
    if (!std::exchange(began_, true)) exchange_->Begin(protocol_->Head());
    ++gateway_.tally_->messages;
    exchange_->Send(protocol_->Piece(message),
                    [call = shared_from_this()] { call->StartRead(&call->read_); });
  }

  void OnDone(const grpc::Status& status) override {
    CallEnd end = EndOf(status);
    const size_t code = static_cast<size_t>(end.code);
    if (code < gateway_.tally_->calls_ended.size()) ++gateway_.tally_->calls_ended[code];
    --gateway_.tally_->calls;
    if (began_) {
      exchange_->End(protocol_->Last(end));
    } else {
      if (answer_) ++gateway_.tally_->messages;
      exchange_->Answer(protocol_->Whole(end.code == 0 ? std::move(answer_) : std::nullopt, end));
    }
    exchange_.reset();
    lease_ = {};
    Calls* calls = gateway_.calls_.get();
    std::shared_ptr<Call> last = std::move(self_);
    calls->Remove(this);
  }

 private:
  void SetDeadline(std::optional<std::chrono::nanoseconds> asked) {
    const std::chrono::nanoseconds most = streams_ ? std::chrono::nanoseconds(kStreamTimeout)
                                                   : std::chrono::nanoseconds(kCallTimeout);
    is_cut_off_ = !asked || *asked > most;
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::duration_cast<std::chrono::system_clock::duration>(
                              is_cut_off_ ? most : *asked));
  }

  CallEnd EndOf(const grpc::Status& status) const {
    CallEnd end = ToCallEnd(status);
    if (end.code == grpc::StatusCode::UNAVAILABLE && end.details.empty()) return HubAway();
    if (end.code == grpc::StatusCode::DEADLINE_EXCEEDED && streams_ && is_cut_off_) {
      end.code = grpc::StatusCode::UNAVAILABLE;
      end.message = "a stream lasts an hour here; begin again after the last position";
    }
    for (const auto& [name, value] : context_.GetServerTrailingMetadata()) {
      const absl::string_view key(name.data(), name.size());
      if (absl::StartsWith(key, "liaison-")) {
        end.trailers.emplace(std::string(key), std::string(value.data(), value.size()));
      }
    }
    return end;
  }

  Gateway& gateway_;
  const std::unique_ptr<Protocol> protocol_;
  std::shared_ptr<Exchange> exchange_;
  ChannelPool::Lease lease_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::shared_ptr<Call> self_;  // gRPC's share
  bool streams_ = false;
  bool is_cut_off_ = false;
  ByteBuffer message_;

  // Of whoever reads: one at a time.
  ByteBuffer read_;
  std::optional<std::string> answer_;
  bool began_ = false;
};

void Gateway::Calls::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
  for (Call* call : calls_) call->Cancel();
  mu_.Await(absl::Condition(this, &Calls::empty));
}

Gateway::Gateway(ChannelPool* pool, Tally* tally)
    : pool_(pool), tally_(tally), calls_(std::make_unique<Calls>()) {}
Gateway::~Gateway() = default;

void Gateway::Handle(const HttpRequest& request, std::shared_ptr<Exchange> exchange) {
  std::unique_ptr<Protocol> protocol = ProtocolOf(request);
  if (protocol == nullptr) {
    HttpResponse refusal = Plain(415, "send application/grpc-web+proto, or application/json");
    refusal.headers["Accept-Post"] = "application/grpc-web+proto, application/json";
    return exchange->Answer(std::move(refusal));
  }
  if (const char* header = UnsendableIn(request)) {
    return exchange->Answer(protocol->Whole(
        std::nullopt, ToCallEnd(absl::Status(record::FieldInvalid(header, "printable ASCII")))));
  }
  const absl::StatusOr<std::string> message = protocol->MessageOf(request);
  if (!message.ok()) {
    return exchange->Answer(protocol->Whole(std::nullopt, ToCallEnd(message.status())));
  }
  const bool streams = AnswersOf(request.path) != Answers::kOne;
  if (streams && !protocol->can_stream()) {
    return exchange->Answer(protocol->Whole(
        std::nullopt,
        ToCallEnd(absl::UnimplementedError("this method answers as a stream: use gRPC-Web"))));
  }
  ChannelPool::Lease lease = pool_->Take();
  if (lease.channel() == nullptr) {
    ++tally_->calls_refused;
    return exchange->Answer(
        protocol->Whole(std::nullopt, {grpc::StatusCode::RESOURCE_EXHAUSTED,
                                       "too many calls at once; try again in a minute",
                                       "",
                                       {}}));
  }
  std::make_shared<Call>(this, std::move(protocol), std::move(exchange), std::move(lease))
      ->Start(request, *message, streams);
}

void Gateway::Stop() { calls_->Stop(); }

}  // namespace liaison::web
