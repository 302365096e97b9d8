// Load on whoever speaks the hub's contract. Requests and answers are bytes: neither is built from
// or parsed into messages, so the client costs the same whatever it talks to.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "tests/bench/http2_reader.h"
#include "tests/bench/target.h"
#include "tests/bench/wire.h"

namespace liaison::bench {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr int kUnaryChannels = 4;
constexpr absl::Duration kTimeout = absl::Seconds(60);
constexpr size_t kEtcdKeySizeBytes = 48;  // of an item: its event id is within
constexpr char kPublish[] = "/igf.liaison.v1.PublishService/Publish";
constexpr char kPublishStream[] = "/igf.liaison.v1.PublishService/PublishStream";
constexpr char kSubscribe[] = "/igf.liaison.v1.EventService/Subscribe";

std::shared_ptr<grpc::Channel> NewChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

grpc::ByteBuffer ToBuffer(absl::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

// Calls `use` with the message's bytes in one piece.
template <typename Use>
auto WithBytes(const grpc::ByteBuffer& buffer, Use use) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) buffer.DumpToSingleSlice(&slice).ok();
  return use(absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// What a unary load calls, and how it knows that one event was taken.
struct UnaryMethod {
  const char* path;
  std::string (*next_request)(EventMaker* maker);
  int64_t (*count)(absl::string_view response);
};

// Keeps `in_flight` unary calls open over four connections.
class UnaryLoad {
 public:
  UnaryLoad(const std::string& address, const UnaryMethod& method, const PublishShape& shape)
      : method_(method), shape_(shape), maker_(FreshSeed()) {
    for (int i = 0; i < kUnaryChannels; ++i) {
      channels_.push_back(NewChannel(address));
      stubs_.push_back(std::make_unique<grpc::GenericStub>(channels_.back()));
    }
  }

  absl::StatusOr<Outcome> Run() {
    for (const auto& channel : channels_) {
      if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + kTimeout))) {
        return absl::UnavailableError("cannot connect");
      }
    }
    began_s_ = Now_s();
    for (int i = 0; i < shape_.in_flight; ++i) Start(i);
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](int* open) { return *open == 0; }, &open_));
    if (!failure_.ok()) return failure_;
    return Outcome{acknowledged_, Now_s() - began_s_, {}};
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };

  bool Wanted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!failure_.ok()) return false;
    if (shape_.events > 0) return started_ < shape_.events;
    return Now_s() - began_s_ < absl::ToDoubleSeconds(shape_.duration);
  }

  void Start(int slot) {
    auto* call = new Call;
    {
      absl::MutexLock lock(&mu_);
      if (!Wanted()) {
        delete call;
        return;
      }
      ++open_;
      ++started_;
      call->request = ToBuffer(method_.next_request(&maker_));
    }
    stubs_[slot % kUnaryChannels]->UnaryCall(
        &call->context, method_.path, grpc::StubOptions(), &call->request, &call->response,
        [this, call, slot](const grpc::Status& status) { Done(call, slot, status); });
  }

  void Done(Call* call, int slot, const grpc::Status& status) {
    const int64_t receipts = status.ok() ? WithBytes(call->response, method_.count) : 0;
    delete call;
    Start(slot);
    absl::MutexLock lock(&mu_);
    if (receipts == 0 && failure_.ok()) {
      failure_ = status.ok() ? absl::DataLossError("no receipt") : FromGrpc(status);
    }
    acknowledged_ += receipts;
    --open_;
  }

  const UnaryMethod method_;
  const PublishShape shape_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  double began_s_ = 0;
  absl::Mutex mu_;
  EventMaker maker_ ABSL_GUARDED_BY(mu_);
  int open_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t started_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t acknowledged_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

// One stream of frames with a window. Frames come from `source`, which may have none for now; Kick
// asks it again. Thread-safe.
class StreamLoad final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  using Source = std::function<std::optional<std::string>()>;

  StreamLoad(const std::string& address, int in_flight, int per_frame, Source source)
      : in_flight_(in_flight),
        per_frame_(per_frame),
        source_(std::move(source)),
        channel_(NewChannel(address)),
        stub_(channel_) {}

  absl::Status Start() {
    if (!channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + kTimeout))) {
      return absl::UnavailableError("cannot connect");
    }
    stub_.PrepareBidiStreamingCall(&context_, kPublishStream, grpc::StubOptions(), this);
    AddHold();  // until Finish: writes are started from other threads too
    StartRead(&read_);
    StartCall();
    Kick();
    return absl::OkStatus();
  }

  // Nothing more will come; waits until all that was sent is answered.
  absl::StatusOr<int64_t> Finish() {
    {
      absl::MutexLock lock(&mu_);
      closed_ = true;
    }
    Kick();
    RemoveHold();
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&done_));
    if (!failure_.ok()) return failure_;
    if (answered_ != sent_) return absl::DataLossError("not every event was answered");
    return answered_;
  }

  void Kick() {
    bool close = false;
    {
      absl::MutexLock lock(&mu_);
      if (writing_ || writes_done_) return;
      std::optional<std::string> frame;
      if (failure_.ok() && sent_ - answered_ + per_frame_ <= in_flight_) frame = source_();
      if (frame) {
        sent_ += per_frame_;
        writing_ = true;
        written_ = ToBuffer(*frame);
      } else if (closed_) {
        writes_done_ = close = true;
      } else {
        return;
      }
    }
    if (close) {
      StartWritesDone();
    } else {
      StartWrite(&written_);
    }
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      if (!ok && failure_.ok()) failure_ = absl::UnavailableError("the stream broke");
    }
    Kick();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const Answers answers = WithBytes(read_, CountStreamAnswers);
    {
      absl::MutexLock lock(&mu_);
      answered_ += answers.receipts;
      if (answers.errors > 0 && failure_.ok()) failure_ = absl::DataLossError("refused");
    }
    StartRead(&read_);
    Kick();
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mu_);
    if (!status.ok()) failure_ = FromGrpc(status);
    done_ = true;
  }

 private:
  const int in_flight_;
  const int per_frame_;
  const Source source_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  absl::Mutex mu_;
  int64_t sent_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t answered_ ABSL_GUARDED_BY(mu_) = 0;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool writes_done_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

std::string SubscribeBytes(pb::StartAt start, bool stop_at_head, const std::string& filter) {
  pb::SubscribeRequest request;
  request.set_start_at(start);
  request.set_stop_at_head(stop_at_head);
  request.set_filter(filter);
  return request.SerializeAsString();
}

std::string ReadBytes(const ReadShape& shape) {
  if (shape.after == 0) return SubscribeBytes(pb::START_AT_BEGINNING, true, shape.filter);
  pb::SubscribeRequest request;
  request.mutable_after()->set_sequence(static_cast<uint64_t>(shape.after));
  request.set_stop_at_head(true);
  request.set_filter(shape.filter);
  return request.SerializeAsString();
}

// A live subscription through gRPC's own client, on a channel that others use too.
class IdleStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  IdleStream(grpc::GenericStub* stub, std::atomic<int>* live)
      : live_(live), request_(ToBuffer(SubscribeBytes(pb::START_AT_LIVE, false, ""))) {
    stub->PrepareBidiStreamingCall(&context_, kSubscribe, grpc::StubOptions(), this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&read_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (WithBytes(read_, CountDelivery).caught_up) ++*live_;
    StartRead(&read_);
  }
  void OnDone(const grpc::Status&) override { done_.Notify(); }

  void Stop() {
    context_.TryCancel();
    done_.WaitForNotification();
  }

 private:
  std::atomic<int>* const live_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer read_;
  absl::Notification done_;
};

// Live subscribers of one server, each with a connection of its own, read by one thread.
class Subscribers {
 public:
  // `on_events` is called with how many came; from the thread that reads.
  absl::Status Start(const std::string& address, int count,
                     std::function<void(int64_t events)> on_events) {
    const std::string request = SubscribeBytes(pb::START_AT_LIVE, false, "");
    for (int i = 0; i < count; ++i) {
      auto reader = Http2Reader::Connect(address, [this, on_events](absl::string_view message) {
        const Delivery delivery = CountDelivery(message);
        if (delivery.caught_up) ++live_;
        if (delivery.events > 0) on_events(delivery.events);
      });
      if (!reader.ok()) return reader.status();
      if (absl::Status called = (*reader)->Call(kSubscribe, request); !called.ok()) return called;
      readers_.push_back(*std::move(reader));
    }
    if (!ReadAll(
            readers_, [&] { return live_ >= count; }, kTimeout) ||
        live_ < count) {
      return absl::UnavailableError(absl::StrCat("only ", live_, " subscribers became live"));
    }
    return absl::OkStatus();
  }

  bool ReadUntil(absl::FunctionRef<bool()> done, absl::Duration timeout) {
    return ReadAll(readers_, done, timeout);
  }

 private:
  int live_ = 0;
  std::vector<std::unique_ptr<Connection>> readers_;
};

class GrpcTarget final : public Target {
 public:
  explicit GrpcTarget(std::string address) : address_(std::move(address)) {}

  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return UnaryLoad(address_, {kPublish, NextRequest, CountReceipts}, shape).Run();
  }

  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    EventMaker maker(FreshSeed(), shape.item_size_bytes);
    uint64_t frames = 0;
    double end_s = 0;
    const auto wanted = [&] {
      return shape.events > 0 ? static_cast<int64_t>(frames) * shape.per_frame < shape.events
                              : Now_s() < end_s;
    };
    absl::Notification exhausted;
    StreamLoad load(address_, shape.in_flight, shape.per_frame,
                    [&]() -> std::optional<std::string> {
                      if (exhausted.HasBeenNotified()) return std::nullopt;
                      if (!wanted()) {
                        exhausted.Notify();
                        return std::nullopt;
                      }
                      return NextFrame(&maker, ++frames, shape.per_frame);
                    });
    const double began_s = Now_s();
    end_s = began_s + absl::ToDoubleSeconds(shape.duration);
    if (absl::Status started = load.Start(); !started.ok()) return started;
    const absl::Duration limit = shape.events > 0 ? 10 * kTimeout : shape.duration + kTimeout;
    const bool in_time = exhausted.WaitForNotificationWithTimeout(limit);
    absl::StatusOr<int64_t> answered = load.Finish();
    if (!answered.ok()) return answered.status();
    if (!in_time) return absl::DeadlineExceededError("publishing stood still");
    return Outcome{*answered, Now_s() - began_s, {}};
  }

  absl::StatusOr<Outcome> Read(const ReadShape& shape) override {
    int64_t events = 0;
    bool closing = false;
    const bool filtered = !shape.filter.empty();
    auto reader = Http2Reader::Connect(address_, [&](absl::string_view message) {
      const Delivery delivery = CountDelivery(message);
      events += delivery.events;
      closing |= delivery.closing;
    });
    if (!reader.ok()) return reader.status();
    const double began_s = Now_s();
    absl::Status called = (*reader)->Call(kSubscribe, ReadBytes(shape));
    if (!called.ok()) return called;
    std::vector<std::unique_ptr<Connection>> one;
    one.push_back(*std::move(reader));
    const auto done = [&] { return closing || (!filtered && events >= shape.events); };
    ReadAll(one, done, 10 * kTimeout);
    if (!filtered && events < shape.events) {
      return absl::DataLossError(absl::StrCat("only ", events, " of ", shape.events, " came"));
    }
    return Outcome{events, Now_s() - began_s, {}};
  }

  absl::StatusOr<Outcome> FanOut(const FanOutShape& shape) override {
    std::atomic<int64_t> delivered{0};
    Subscribers subscribers;
    absl::Status started = subscribers.Start(address_, shape.subscribers,
                                             [&](int64_t events) { delivered += events; });
    if (!started.ok()) return started;
    EventMaker maker(FreshSeed());
    const int per_frame = shape.one_at_a_time ? 1 : kFanOutFrame;
    int64_t sent = 0;
    std::atomic<int64_t> allowed{shape.one_at_a_time ? 1 : shape.events};
    StreamLoad load(address_, kFanOutWindow, per_frame, [&]() -> std::optional<std::string> {
      if (sent >= allowed) return std::nullopt;
      sent += per_frame;
      return NextFrame(&maker, static_cast<uint64_t>(sent), per_frame);
    });
    const double began_s = Now_s();
    if (absl::Status sending = load.Start(); !sending.ok()) return sending;
    const int64_t frames = (shape.events + per_frame - 1) / per_frame;
    const int64_t expected = frames * per_frame * shape.subscribers;
    const auto done = [&] {
      if (shape.one_at_a_time && delivered == allowed * shape.subscribers &&
          allowed < shape.events) {
        ++allowed;
        load.Kick();
      }
      return delivered >= expected;
    };
    const bool in_time = subscribers.ReadUntil(done, kTimeout);
    const double seconds = Now_s() - began_s;
    absl::StatusOr<int64_t> answered = load.Finish();
    if (!answered.ok()) return answered.status();
    if (!in_time || delivered != expected) {
      return absl::DataLossError(absl::StrCat(delivered.load(), " of ", expected, " came"));
    }
    return Outcome{delivered, seconds, {}};
  }

  absl::Status Idle(const IdleShape& shape, absl::FunctionRef<void()> live) override {
    std::atomic<int> open{0};
    std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
    std::vector<std::unique_ptr<IdleStream>> streams;
    for (int i = 0; i < shape.connections; ++i) {
      stubs.push_back(std::make_unique<grpc::GenericStub>(NewChannel(address_)));
    }
    for (int i = 0; i < shape.subscribers; ++i) {
      streams.push_back(std::make_unique<IdleStream>(stubs[i % stubs.size()].get(), &open));
    }
    const absl::Time deadline = absl::Now() + kTimeout;
    while (open < shape.subscribers && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    const bool all = open == shape.subscribers;
    if (all) live();
    for (const std::unique_ptr<IdleStream>& stream : streams) stream->Stop();
    return all ? absl::OkStatus() : absl::UnavailableError("not all became live");
  }

  absl::StatusOr<Outcome> Latency(const LatencyShape& shape) override {
    const auto count =
        static_cast<int64_t>(absl::ToDoubleSeconds(shape.duration) * shape.per_second);
    Outcome outcome;
    Subscribers subscribers;
    double began_s = 0;
    // Publisher and subscriber keep the order, so the n-th to come is the n-th that was due.
    absl::Status started = subscribers.Start(address_, 1, [&](int64_t events) {
      const double now_s = Now_s();
      for (; events > 0; --events, ++outcome.events) {
        const double due_s = began_s + static_cast<double>(outcome.events) / shape.per_second;
        outcome.latencies_us.push_back(static_cast<int64_t>((now_s - due_s) * 1e6));
      }
    });
    if (!started.ok()) return started;
    EventMaker maker(FreshSeed());
    std::atomic<int64_t> due{0};
    int64_t sent = 0;
    StreamLoad load(address_, kFanOutWindow, 1, [&]() -> std::optional<std::string> {
      if (sent >= due) return std::nullopt;
      return NextFrame(&maker, static_cast<uint64_t>(++sent), 1);
    });
    began_s = Now_s() + 0.05;
    if (absl::Status sending = load.Start(); !sending.ok()) return sending;
    std::thread pace([&] {
      for (int64_t i = 0; i < count; ++i) {
        SleepUntil(began_s + static_cast<double>(i) / shape.per_second);
        ++due;
        load.Kick();
      }
    });
    const bool in_time =
        subscribers.ReadUntil([&] { return outcome.events >= count; }, shape.duration + kTimeout);
    pace.join();
    absl::StatusOr<int64_t> answered = load.Finish();
    if (!answered.ok()) return answered.status();
    if (!in_time || outcome.events != count) return absl::DataLossError("events are missing");
    outcome.seconds = Now_s() - began_s;
    return outcome;
  }

 private:
  static constexpr int kFanOutFrame = 16;
  static constexpr int kFanOutWindow = 1024;

  static void SleepUntil(double time_s) {
    timespec until;
    until.tv_sec = static_cast<time_t>(time_s);
    until.tv_nsec = static_cast<long>((time_s - static_cast<double>(until.tv_sec)) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
  }

  const std::string address_;
};

// A PutRequest of etcd: key and value. The event's id makes the key.
std::string NextPut(EventMaker* maker) {
  const absl::string_view item = maker->NextItem();
  std::string put;
  AppendBytesField(&put, 1, item.substr(0, kEtcdKeySizeBytes));
  AppendBytesField(&put, 2, item);
  return put;
}

// A PutResponse has a header, which is field 1.
int64_t CountPut(absl::string_view response) {
  FieldReader field(response);
  return field.Next() && field.number() == 1 ? 1 : 0;
}

class EtcdTarget final : public Target {
 public:
  explicit EtcdTarget(std::string address) : address_(std::move(address)) {}
  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return UnaryLoad(address_, {"/etcdserverpb.KV/Put", NextPut, CountPut}, shape).Run();
  }
  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    return PublishUnary(shape);
  }

 private:
  const std::string address_;
};

}  // namespace

std::unique_ptr<Target> NewEtcdTarget(const std::string& address) {
  return std::make_unique<EtcdTarget>(address);
}

std::unique_ptr<Target> NewGrpcTarget(const std::string& address) {
  return std::make_unique<GrpcTarget>(address);
}

}  // namespace liaison::bench
