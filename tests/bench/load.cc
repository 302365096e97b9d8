// Puts one load on one server and prints what came of it, as one line of JSON.
//
//   load publish-stream --address 127.0.0.1:7410 --in-flight 64 --seconds 2
//   load read --address 127.0.0.1:7410 --events 200000
//
// `compare` runs it, again and again and against one server after another.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/target.h"

namespace {

using liaison::bench::Outcome;
using nlohmann::ordered_json;

struct Setup {
  std::string server = "grpc";
  std::string address;
  double seconds = 2;
  int64_t events = 0;
  int in_flight = 64;
  int per_frame = 1;
  int subscribers = 100;
  bool one_at_a_time = false;
  int per_second = 1000;
  std::string filter;
  int64_t after = 0;
  int connections = 10;
  size_t item_size_bytes = 1024;
};

std::unique_ptr<liaison::bench::Target> NewTarget(const Setup& setup) {
  namespace bench = liaison::bench;
  if (setup.server == "jetstream") return bench::NewNatsTarget(setup.address, true);
  if (setup.server == "nats") return bench::NewNatsTarget(setup.address, false);
  if (setup.server == "redis") return bench::NewRedisTarget(setup.address);
  if (setup.server == "postgres") return bench::NewPostgresTarget(setup.address);
  if (setup.server == "rabbitmq") return bench::NewRabbitmqTarget(setup.address);
  if (setup.server == "etcd") return bench::NewEtcdTarget(setup.address);
  return bench::NewGrpcTarget(setup.address);
}

absl::StatusOr<Outcome> Run(const std::string& load, const Setup& setup) {
  const std::unique_ptr<liaison::bench::Target> target = NewTarget(setup);
  const absl::Duration duration = absl::Seconds(setup.seconds);
  const liaison::bench::PublishShape publish{setup.in_flight, setup.per_frame, duration,
                                             setup.events, setup.item_size_bytes};
  if (load == "prepare") {
    if (absl::Status prepared = target->Prepare(); !prepared.ok()) return prepared;
    return Outcome();
  }
  if (load == "publish-unary") return target->PublishUnary(publish);
  if (load == "publish-stream") return target->PublishStream(publish);
  if (load == "read") return target->Read({setup.events, setup.after, setup.filter});
  if (load == "fan-out") {
    return target->FanOut({setup.subscribers, setup.events, setup.one_at_a_time});
  }
  if (load == "idle") {
    const auto hold = [] {
      std::cout << "{\"live\":true}" << std::endl;
      std::cin.get();
    };
    if (absl::Status held = target->Idle({setup.subscribers, setup.connections}, hold); !held.ok())
      return held;
    return Outcome();
  }
  return target->Latency({setup.per_second, duration});
}

ordered_json ToJson(Outcome outcome) {
  ordered_json json;
  json["events"] = outcome.events;
  json["seconds"] = outcome.seconds;
  json["per_second"] =
      outcome.seconds > 0 ? static_cast<double>(outcome.events) / outcome.seconds : 0;
  if (!outcome.latencies_us.empty()) {
    std::vector<int64_t>& sorted = outcome.latencies_us;
    std::sort(sorted.begin(), sorted.end());
    json["p50_us"] = sorted[sorted.size() / 2];
    json["p99_us"] = sorted[sorted.size() * 99 / 100];
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  Setup setup;
  CLI::App app("Puts one load on one server and prints what came of it.", "load");
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* what) {
    CLI::App* load = app.add_subcommand(name, what);
    load->add_option("--server", setup.server, "grpc is the hub or the bare server")
        ->check(
            CLI::IsMember({"grpc", "jetstream", "nats", "redis", "postgres", "rabbitmq", "etcd"}));
    load->add_option("--address", setup.address, "127.0.0.1:PORT")->required();
    return load;
  };
  add("prepare", "make what the server needs before the first load");
  for (const char* name : {"publish-unary", "publish-stream"}) {
    CLI::App* load = add(name, "publish durably");
    load->add_option("--in-flight", setup.in_flight, "events sent and not yet acknowledged");
    load->add_option("--per-frame", setup.per_frame, "events in a frame");
    load->add_option("--seconds", setup.seconds, "how long");
    load->add_option("--events", setup.events, "that many instead");
    load->add_option("--size", setup.item_size_bytes, "bytes of an event as it is published");
  }
  CLI::App* read = add("read", "read the log from its beginning");
  read->add_option("--events", setup.events, "stop after that many");
  read->add_option("--filter", setup.filter, "to the head, only what matches");
  read->add_option("--after", setup.after, "begin behind that sequence");
  CLI::App* idle = add("idle", "hold live subscriptions until standard input ends");
  idle->add_option("--subscribers", setup.subscribers, "how many");
  idle->add_option("--connections", setup.connections, "that they share");
  CLI::App* fan_out = add("fan-out", "publish to live subscribers");
  fan_out->add_option("--subscribers", setup.subscribers, "each with its connection");
  fan_out->add_option("--events", setup.events, "to publish")->required();
  fan_out->add_flag("--one-at-a-time", setup.one_at_a_time, "each after all have the last");
  CLI::App* latency = add("latency", "time from publishing to delivery");
  latency->add_option("--per-second", setup.per_second, "events that are due in a second");
  latency->add_option("--seconds", setup.seconds, "how long");
  CLI11_PARSE(app, argc, argv);

  absl::StatusOr<Outcome> outcome = Run(app.get_subcommands().front()->get_name(), setup);
  if (!outcome.ok()) {
    std::cerr << "load: " << outcome.status().ToString() << "\n";
    return 1;
  }
  std::cout << ToJson(*std::move(outcome)).dump() << std::endl;
  return 0;
}
