#include "client/internal/grpc_streams.h"

#include <grpcpp/support/client_callback.h>

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/internal/grpc_status.h"
#include "client/internal/hand_off.h"

namespace liaison::internal {
namespace {

// The status that a stream ended with. DEADLINE_EXCEEDED stays the word for a Read that timed out.
absl::Status EndOfStream(const grpc::Status& status, const std::string& address) {
  absl::Status end = FromGrpc(status, address);
  if (!absl::IsDeadlineExceeded(end)) return end;
  return absl::UnavailableError(absl::StrCat(address, ": ", end.message()));
}

// Reads are begun outside of reactions, so a hold keeps OnDone away until the last one is back.
template <typename Stream, typename Request, typename Frame>
class ReadReactor final : public grpc::ClientReadReactor<Frame>, public Stream {
 public:
  // `begin` is the stub's method, given what it wants.
  template <typename Begin>
  ReadReactor(const Begin& begin, std::unique_ptr<grpc::ClientContext> context,
              const Request& request, std::string address)
      : context_(std::move(context)), request_(request), address_(std::move(address)) {
    begin(context_.get(), &request_, this);
    this->AddHold();
    this->StartRead(frames_.incoming());
    this->StartCall();
  }

  ~ReadReactor() override {
    Cancel();
    frames_.AwaitFinished();
  }

  absl::StatusOr<std::optional<Frame>> Read(absl::Duration timeout) override {
    auto taken = frames_.Take(timeout);
    if (taken.begin_read) this->StartRead(frames_.incoming());
    return std::move(taken.frame);
  }

  void Cancel() override {
    context_->TryCancel();
    if (frames_.Close()) this->RemoveHold();
  }

 private:
  void OnReadDone(bool ok) override {
    if (ok && frames_.Arrived()) return;
    if (!ok) frames_.ReadsOver();
    this->RemoveHold();
  }
  void OnDone(const grpc::Status& status) override {
    frames_.Finished(EndOfStream(status, address_));
  }

  const std::unique_ptr<grpc::ClientContext> context_;
  const Request request_;
  const std::string address_;
  HandOff<Frame> frames_;
};

// As ReadReactor, with a second hold for the writing side. The reading side knows when the
// stream is over, and ends the writing side with it.
template <typename Stream, typename Request, typename Response>
class BidiReactor final : public grpc::ClientBidiReactor<Request, Response>, public Stream {
 public:
  // `begin` is the stub's method, given what it wants.
  template <typename Begin>
  BidiReactor(const Begin& begin, std::unique_ptr<grpc::ClientContext> context, std::string address)
      : context_(std::move(context)), address_(std::move(address)) {
    begin(context_.get(), this);
    this->AddMultipleHolds(2);
    this->StartRead(frames_.incoming());
    this->StartCall();
  }

  ~BidiReactor() override {
    Cancel();
    frames_.AwaitFinished();
  }

  bool Write(const Request& frame) override {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &BidiReactor::MayWrite));
      if (writes_over_) return false;
      writing_ = true;
      outgoing_ = frame;
    }
    this->StartWrite(&outgoing_);
    return true;
  }

  void WritesDone() override {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &BidiReactor::MayWrite));
      if (writes_over_) return;
      writing_ = true;
    }
    this->StartWritesDone();
  }

  absl::StatusOr<std::optional<Response>> Read(absl::Duration timeout) override {
    auto taken = frames_.Take(timeout);
    if (taken.begin_read) this->StartRead(frames_.incoming());
    return std::move(taken.frame);
  }

  void Cancel() override {
    context_->TryCancel();
    EndWrites();
    if (frames_.Close()) this->RemoveHold();
  }

 private:
  bool MayWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return writes_over_ || !writing_; }

  void OnReadDone(bool ok) override {
    if (ok && frames_.Arrived()) return;
    if (!ok) frames_.ReadsOver();
    EndWrites();
    this->RemoveHold();
  }
  void OnWriteDone(bool ok) override { WriteBack(ok); }
  void OnWritesDoneDone(bool) override { WriteBack(/*more=*/false); }
  void OnDone(const grpc::Status& status) override {
    frames_.Finished(EndOfStream(status, address_));
  }

  // A write came back; without `more`, it was the last.
  void WriteBack(bool more) {
    bool release;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!more) writes_over_ = true;
      release = MayRelease();
    }
    if (release) this->RemoveHold();
  }

  void EndWrites() {
    bool release;
    {
      absl::MutexLock lock(&mutex_);
      writes_over_ = true;
      release = MayRelease();
    }
    if (release) this->RemoveHold();
  }

  // True once: no write is under way, nor will be.
  bool MayRelease() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!writes_over_ || writing_ || released_) return false;
    released_ = true;
    return true;
  }

  const std::unique_ptr<grpc::ClientContext> context_;
  const std::string address_;
  HandOff<Response> frames_;
  // Read by gRPC while writing_.
  Request outgoing_;

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool writes_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::unique_ptr<SubscribeStream> OpenSubscribeStream(v1::EventService::Stub& stub,
                                                     std::unique_ptr<grpc::ClientContext> context,
                                                     const v1::SubscribeRequest& request,
                                                     std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->Subscribe(arguments...); };
  return std::make_unique<
      ReadReactor<SubscribeStream, v1::SubscribeRequest, v1::SubscribeResponse>>(
      begin, std::move(context), request, std::move(address));
}

std::unique_ptr<ViewStream> OpenViewStream(v1::RadarService::Stub& stub,
                                           std::unique_ptr<grpc::ClientContext> context,
                                           const v1::WatchViewRequest& request,
                                           std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->WatchView(arguments...); };
  return std::make_unique<ReadReactor<ViewStream, v1::WatchViewRequest, v1::WatchViewResponse>>(
      begin, std::move(context), request, std::move(address));
}

std::unique_ptr<BackupStream> OpenBackupStream(v1::AdminService::Stub& stub,
                                               std::unique_ptr<grpc::ClientContext> context,
                                               const v1::BackupRequest& request,
                                               std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->Backup(arguments...); };
  return std::make_unique<ReadReactor<BackupStream, v1::BackupRequest, v1::BackupResponse>>(
      begin, std::move(context), request, std::move(address));
}

std::unique_ptr<PublishFrameStream> OpenPublishStream(v1::PublishService::Stub& stub,
                                                      std::unique_ptr<grpc::ClientContext> context,
                                                      std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->PublishStream(arguments...); };
  return std::make_unique<
      BidiReactor<PublishFrameStream, v1::PublishStreamRequest, v1::PublishStreamResponse>>(
      begin, std::move(context), std::move(address));
}

std::unique_ptr<ConsumeStream> OpenConsumeStream(v1::SubscriptionService::Stub& stub,
                                                 std::unique_ptr<grpc::ClientContext> context,
                                                 std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->Consume(arguments...); };
  return std::make_unique<BidiReactor<ConsumeStream, v1::ConsumeRequest, v1::ConsumeResponse>>(
      begin, std::move(context), std::move(address));
}

std::unique_ptr<AttachStream> OpenAttachStream(v1::FederationService::Stub& stub,
                                               std::unique_ptr<grpc::ClientContext> context,
                                               std::string address) {
  const auto begin = [&stub](auto... arguments) { stub.async()->Attach(arguments...); };
  return std::make_unique<BidiReactor<AttachStream, v1::AttachRequest, v1::AttachResponse>>(
      begin, std::move(context), std::move(address));
}

}  // namespace liaison::internal
