// What a hub does per second, measured from outside over gRPC.
//
//   hub_bench --hub 127.0.0.1:7410 --output figures.json [--seconds 3] [--size 1024]
//
// Clients share the machine with the hub, so these figures are of both together. Each figure is
// taken from events that were acknowledged, which is to say fsynced.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "proto/record/uuid.h"

namespace {

namespace pb = ::igf::liaison::v1;
using nlohmann::ordered_json;

struct Setup {
  std::string hub = "127.0.0.1:7410";
  std::string output = "-";
  double seconds = 3;
  size_t size_bytes = 1024;
};

std::shared_ptr<grpc::Channel> NewChannel(const Setup& setup) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(setup.hub, grpc::InsecureChannelCredentials(), arguments);
}

// An event of about the wanted size, with an id of its own.
pb::Draft NewDraft(const Setup& setup) {
  pb::Draft draft;
  draft.set_event_id(liaison::record::Uuid::Random().ToString());
  draft.set_author("org/bench");
  draft.set_audience("igf/public");
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_title("fictional benchmark");
  draft.mutable_topic_signal()->set_text(std::string(setup.size_bytes, 'x'));
  return draft;
}

// Runs `in_flight` unary calls at a time over four connections.
class UnaryLoad {
 public:
  explicit UnaryLoad(const Setup& setup) : setup_(setup) {
    for (int i = 0; i < 4; ++i) stubs_.push_back(pb::PublishService::NewStub(NewChannel(setup)));
  }

  double EventsPerSecond(int in_flight) {
    const absl::Time start = absl::Now();
    deadline_ = start + absl::Seconds(setup_.seconds);
    for (int i = 0; i < in_flight; ++i) Start(i);
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(this, &UnaryLoad::AllAnswered));
    return static_cast<double>(acknowledged_) / absl::ToDoubleSeconds(absl::Now() - start);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    pb::PublishRequest request;
    pb::PublishResponse response;
  };

  bool AllAnswered() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return open_ == 0; }

  void Start(int slot) {
    {
      absl::MutexLock lock(&mu_);
      ++open_;
    }
    auto* call = new Call;
    *call->request.add_items()->mutable_draft() = NewDraft(setup_);
    stubs_[slot % stubs_.size()]->async()->Publish(&call->context, &call->request, &call->response,
                                                   [this, call, slot](grpc::Status status) {
                                                     delete call;
                                                     if (status.ok() && absl::Now() < deadline_)
                                                       Start(slot);
                                                     absl::MutexLock lock(&mu_);
                                                     acknowledged_ += status.ok();
                                                     --open_;
                                                   });
  }

  const Setup& setup_;
  std::vector<std::unique_ptr<pb::PublishService::Stub>> stubs_;
  absl::Time deadline_;
  absl::Mutex mu_;
  int open_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t acknowledged_ ABSL_GUARDED_BY(mu_) = 0;
};

// One stream with at most `window` events in flight, `per_frame` of them in a frame.
double StreamEventsPerSecond(const Setup& setup, int window, int per_frame) {
  auto stub = pb::PublishService::NewStub(NewChannel(setup));
  grpc::ClientContext context;
  auto stream = stub->PublishStream(&context);
  absl::Mutex mu;
  int64_t sent = 0;
  int64_t answered = 0;
  std::thread reader([&] {
    pb::PublishStreamResponse response;
    while (stream->Read(&response)) {
      absl::MutexLock lock(&mu);
      for (const auto& result : response.results().results()) answered += result.has_receipt();
    }
  });
  const absl::Time start = absl::Now();
  const absl::Time deadline = start + absl::Seconds(setup.seconds);
  for (uint64_t frame_id = 1; absl::Now() < deadline; ++frame_id) {
    pb::PublishStreamRequest frame;
    frame.set_frame_id(frame_id);
    for (int i = 0; i < per_frame; ++i) *frame.add_items()->mutable_draft() = NewDraft(setup);
    {
      absl::MutexLock lock(&mu);
      const auto room = [&] { return sent - answered + per_frame <= window; };
      mu.Await(absl::Condition(&room));
      sent += per_frame;
    }
    if (!stream->Write(frame)) break;
  }
  stream->WritesDone();
  reader.join();
  stream->Finish();
  absl::MutexLock lock(&mu);
  return static_cast<double>(answered) / absl::ToDoubleSeconds(absl::Now() - start);
}

struct Replay {
  int64_t events = 0;
  double events_per_second = 0;
};

Replay ReplayAll(const Setup& setup, const std::string& filter) {
  auto stub = pb::EventService::NewStub(NewChannel(setup));
  grpc::ClientContext context;
  pb::SubscribeRequest request;
  request.set_start_at(pb::START_AT_BEGINNING);
  request.set_stop_at_head(true);
  request.set_filter(filter);
  const absl::Time start = absl::Now();
  auto stream = stub->Subscribe(&context, request);
  Replay replay;
  pb::SubscribeResponse response;
  while (stream->Read(&response)) replay.events += response.events().events_size();
  stream->Finish();
  replay.events_per_second =
      static_cast<double>(replay.events) / absl::ToDoubleSeconds(absl::Now() - start);
  return replay;
}

// A live subscriber that counts and, where asked, keeps when each event came.
class Subscriber : public grpc::ClientReadReactor<pb::SubscribeResponse> {
 public:
  Subscriber(pb::EventService::Stub* stub, std::atomic<int64_t>* delivered, std::atomic<int>* ready)
      : delivered_(delivered), ready_(ready) {
    pb::SubscribeRequest request;
    request_.set_start_at(pb::START_AT_LIVE);
    stub->async()->Subscribe(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_caught_up()) ++*ready_;
    const int64_t now_us = absl::ToUnixMicros(absl::Now());
    for (const pb::Event& event : response_.events().events()) {
      const int64_t ordered_us =
          event.hub_time().seconds() * 1'000'000 + event.hub_time().nanos() / 1000;
      latencies_us_.push_back(now_us - ordered_us);
    }
    *delivered_ += response_.events().events_size();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override {
    absl::MutexLock lock(&mu_);
    done_ = true;
  }
  void Stop() {
    context_.TryCancel();
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&done_));
  }
  // After Stop.
  const std::vector<int64_t>& latencies_us() const { return latencies_us_; }

 private:
  std::atomic<int64_t>* const delivered_;
  std::atomic<int>* const ready_;
  grpc::ClientContext context_;
  pb::SubscribeRequest request_;
  pb::SubscribeResponse response_;
  std::vector<int64_t> latencies_us_;
  absl::Mutex mu_;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

struct FanOut {
  double deliveries_per_second = 0;
  int64_t missing = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;
};

// `rate` events a second, or as fast as they go where it is 0, to that many live subscribers.
FanOut RunFanOut(const Setup& setup, int subscribers, int events, int rate) {
  std::vector<std::unique_ptr<pb::EventService::Stub>> stubs;
  std::vector<std::unique_ptr<Subscriber>> readers;
  std::atomic<int64_t> delivered{0};
  std::atomic<int> ready{0};
  for (int i = 0; i < subscribers; ++i) {
    stubs.push_back(pb::EventService::NewStub(NewChannel(setup)));
    readers.push_back(std::make_unique<Subscriber>(stubs.back().get(), &delivered, &ready));
  }
  while (ready < subscribers) absl::SleepFor(absl::Milliseconds(1));

  auto publisher = pb::PublishService::NewStub(NewChannel(setup));
  grpc::ClientContext context;
  auto stream = publisher->PublishStream(&context);
  std::thread answers([&] {
    pb::PublishStreamResponse response;
    while (stream->Read(&response)) {
    }
  });
  const int per_frame = rate == 0 ? 16 : 1;
  const absl::Time start = absl::Now();
  for (int sent = 0; sent < events; sent += per_frame) {
    if (rate > 0) {
      const absl::Time due = start + absl::Seconds(static_cast<double>(sent) / rate);
      absl::SleepFor(due - absl::Now());
    }
    pb::PublishStreamRequest frame;
    for (int i = 0; i < per_frame; ++i) *frame.add_items()->mutable_draft() = NewDraft(setup);
    stream->Write(frame);
  }
  stream->WritesDone();
  const int64_t expected = int64_t{subscribers} * events;
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (delivered < expected && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  answers.join();
  stream->Finish();

  FanOut result;
  result.missing = expected - delivered;
  result.deliveries_per_second = static_cast<double>(delivered) / seconds;
  std::vector<int64_t> latencies_us;
  for (auto& reader : readers) {
    reader->Stop();
    latencies_us.insert(latencies_us.end(), reader->latencies_us().begin(),
                        reader->latencies_us().end());
  }
  std::sort(latencies_us.begin(), latencies_us.end());
  if (!latencies_us.empty()) {
    result.p50_us = latencies_us[latencies_us.size() / 2];
    result.p99_us = latencies_us[latencies_us.size() * 99 / 100];
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Setup setup;
  CLI::App app("Measures a hub from outside and writes the figures as JSON.", "hub_bench");
  app.add_option("--hub", setup.hub, "address of the hub");
  app.add_option("--output", setup.output, "file for the figures, - for standard output");
  app.add_option("--seconds", setup.seconds, "length of each publishing round");
  app.add_option("--size", setup.size_bytes, "bytes of text in an event");
  CLI11_PARSE(app, argc, argv);

  ordered_json figures;
  const auto note = [&](const char* name, double value) {
    figures[name] = value;
    std::cerr << name << " " << static_cast<int64_t>(value) << "\n";
  };
  figures["event_size_bytes"] = setup.size_bytes;
  note("publish_unary_1_per_second", UnaryLoad(setup).EventsPerSecond(1));
  note("publish_unary_64_per_second", UnaryLoad(setup).EventsPerSecond(64));
  note("publish_stream_64_per_second", StreamEventsPerSecond(setup, 64, 1));
  note("publish_stream_1024_per_second", StreamEventsPerSecond(setup, 1024, 32));
  const Replay replay = ReplayAll(setup, "");
  figures["replay_events"] = replay.events;
  note("replay_per_second", replay.events_per_second);
  const FanOut fan_out = RunFanOut(setup, 100, 4800, 0);
  note("fan_out_100_deliveries_per_second", fan_out.deliveries_per_second);
  figures["fan_out_100_missing"] = fan_out.missing;
  const FanOut latency = RunFanOut(setup, 1, static_cast<int>(1000 * setup.seconds), 1000);
  note("order_to_delivery_p50_us", static_cast<double>(latency.p50_us));
  note("order_to_delivery_p99_us", static_cast<double>(latency.p99_us));
  figures["latency_missing"] = latency.missing;

  if (setup.output == "-") {
    std::cout << figures.dump(2) << "\n";
  } else {
    std::ofstream(setup.output) << figures.dump(2) << "\n";
  }
  return fan_out.missing == 0 && latency.missing == 0 ? 0 : 1;
}
