// Many durable subscriptions of one log: made, pulled from, acknowledged. For the hub and for
// NATS JetStream.
//
//   durable_load --server hub|jetstream --address 127.0.0.1:PORT --subscriptions 10000 --take 100
//
// Prints a line of JSON after each of the three, and waits for a line before it goes on, so that
// the caller may look at the server's memory. Every acknowledgement is confirmed by the server.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/subscription_service.grpc.pb.h"
#include "tests/bench/socket.h"

namespace {

namespace pb = ::igf::liaison::v1;
using liaison::bench::Socket;

// As many belong to one organisation.
constexpr int kPerOwner = 100;

struct Setup {
  std::string server = "hub";
  std::string address;
  int subscriptions = 10'000;
  int take = 100;
  int threads = 32;
};

using Tokens = std::vector<std::string>;

// One connection, used by one thread.
class Line {
 public:
  virtual ~Line() = default;
  virtual absl::Status Create(int subscription) = 0;
  virtual absl::StatusOr<Tokens> Pull(int subscription, int count) = 0;
  virtual absl::Status Acknowledge(int subscription, const Tokens& tokens) = 0;
};

absl::Status ToStatus(const grpc::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.error_message());
}

class HubLine final : public Line {
 public:
  explicit HubLine(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = pb::SubscriptionService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  absl::Status Create(int subscription) override {
    pb::CreateSubscriptionRequest request;
    request.set_name(NameOf(subscription));
    request.set_beginning(true);
    request.mutable_settings()->mutable_lease()->set_seconds(3600);
    pb::CreateSubscriptionResponse response;
    const auto context = As(subscription);
    return ToStatus(stub_->CreateSubscription(context.get(), request, &response));
  }
  absl::StatusOr<Tokens> Pull(int subscription, int count) override {
    pb::PullRequest request;
    request.set_name(NameOf(subscription));
    request.set_max_messages(static_cast<uint32_t>(count));
    pb::PullResponse response;
    const auto context = As(subscription);
    if (absl::Status pulled = ToStatus(stub_->Pull(context.get(), request, &response));
        !pulled.ok()) {
      return pulled;
    }
    Tokens tokens;
    tokens.reserve(static_cast<size_t>(response.deliveries_size()));
    for (pb::Delivery& one : *response.mutable_deliveries()) {
      tokens.push_back(std::move(*one.mutable_ack_token()));
    }
    return tokens;
  }
  absl::Status Acknowledge(int subscription, const Tokens& tokens) override {
    pb::SettleRequest request;
    request.set_name(NameOf(subscription));
    for (const std::string& token : tokens) {
      pb::Settlement& one = *request.add_settlements();
      one.set_ack_token(token);
      one.set_action(pb::SETTLE_ACTION_ACK);
    }
    pb::SettleResponse response;
    const auto context = As(subscription);
    absl::Status settled = ToStatus(stub_->Settle(context.get(), request, &response));
    for (int result : response.results()) {
      if (result != pb::SETTLE_RESULT_OK) settled = absl::DataLossError("a result is not OK");
    }
    return settled;
  }

 private:
  static std::string NameOf(int subscription) { return absl::StrCat("s-", subscription); }
  static std::unique_ptr<grpc::ClientContext> As(int subscription) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("liaison-as", absl::StrCat("org/bench-", subscription / kPerOwner));
    return context;
  }
  std::unique_ptr<pb::SubscriptionService::Stub> stub_;
};

// In NATS' own text protocol; see nats_target.cc.
class JetStreamLine final : public Line {
 public:
  static absl::StatusOr<std::unique_ptr<Line>> Open(const std::string& address, int number) {
    absl::StatusOr<Socket> socket = Socket::Connect(address);
    if (!socket.ok()) return socket.status();
    std::unique_ptr<JetStreamLine> line(
        new JetStreamLine(*std::move(socket), absl::StrCat("_INBOX.durable", number)));
    absl::Status sent = line->socket_.Send(
        absl::StrCat(R"(CONNECT {"verbose":false,"pedantic":false,"headers":true})", "\r\nSUB ",
                     line->inbox_, " 1\r\n"));
    if (!sent.ok()) return sent;
    return line;
  }
  absl::Status Create(int subscription) override {
    const std::string name = absl::StrCat("s-", subscription);
    const std::string config = absl::StrCat(
        R"({"stream_name":"bench","config":{"durable_name":")", name,
        R"(","deliver_policy":"all","ack_policy":"explicit","ack_wait":3600000000000,)",
        R"("max_ack_pending":1000,"replay_policy":"instant"}})");
    Publish(absl::StrCat("$JS.API.CONSUMER.DURABLE.CREATE.bench.", name), config);
    absl::StatusOr<Message> answer = SendAndRead();
    if (!answer.ok()) return answer.status();
    if (absl::StrContains(answer->payload, "\"error\"")) {
      return absl::UnavailableError(answer->payload);
    }
    return absl::OkStatus();
  }
  absl::StatusOr<Tokens> Pull(int subscription, int count) override {
    Publish(absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.bench.s-", subscription),
            absl::StrCat(R"({"batch":)", count, R"(,"no_wait":true})"));
    Tokens tokens;
    while (tokens.size() < static_cast<size_t>(count)) {
      absl::StatusOr<Message> message = SendAndRead();
      if (!message.ok()) return message.status();
      if (message->reply.empty()) break;  // 404: there is no more
      tokens.push_back(std::move(message->reply));
    }
    return tokens;
  }
  absl::Status Acknowledge(int, const Tokens& tokens) override {
    for (const std::string& token : tokens) Publish(token, "+ACK");
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (absl::StatusOr<Message> answer = SendAndRead(); !answer.ok()) return answer.status();
    }
    return absl::OkStatus();
  }

 private:
  struct Message {
    std::string reply;
    std::string payload;
  };
  JetStreamLine(Socket socket, std::string inbox)
      : socket_(std::move(socket)), inbox_(std::move(inbox)) {}

  void Publish(absl::string_view subject, absl::string_view payload) {
    absl::StrAppend(&out_, "PUB ", subject, " ", inbox_, " ", payload.size(), "\r\n", payload,
                    "\r\n");
  }

  // What was published goes out, and the next message comes in.
  absl::StatusOr<Message> SendAndRead() {
    if (!out_.empty()) {
      if (absl::Status sent = socket_.Send(std::exchange(out_, "")); !sent.ok()) return sent;
    }
    while (true) {
      const absl::string_view rest = absl::string_view(in_).substr(used_);
      const size_t end = rest.find("\r\n");
      if (end != absl::string_view::npos) {
        const absl::string_view line = rest.substr(0, end);
        const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
        if (words[0] == "MSG" || words[0] == "HMSG") {
          size_t size = 0;
          if (!absl::SimpleAtoi(words.back(), &size)) return absl::DataLossError(line);
          if (rest.size() >= end + size + 4) {
            Message message;
            const bool has_header = words[0] == "HMSG";
            if (words.size() == (has_header ? 6u : 5u)) message.reply = std::string(words[3]);
            message.payload = std::string(rest.substr(end + 2, size));
            used_ += end + size + 4;
            return message;
          }
        } else {
          if (line == "PING") absl::StrAppend(&out_, "PONG\r\n");
          if (words[0] == "-ERR") return absl::UnavailableError(line);
          used_ += end + 2;
          continue;
        }
      }
      absl::StatusOr<absl::string_view> got = socket_.Receive();
      if (!got.ok()) return got.status();
      if (got->empty()) return absl::UnavailableError("nats-server hung up");
      in_.erase(0, std::exchange(used_, 0));
      in_.append(got->data(), got->size());
    }
  }

  Socket socket_;
  const std::string inbox_;
  std::string out_;
  std::string in_;
  size_t used_ = 0;
};

absl::StatusOr<std::unique_ptr<Line>> OpenLine(const Setup& setup, int number) {
  if (setup.server == "jetstream") return JetStreamLine::Open(setup.address, number);
  return std::unique_ptr<Line>(new HubLine(setup.address));
}

// Every subscription once, by all threads. Seconds that it took; says `done` of how many things.
bool Phase(const Setup& setup, std::vector<std::unique_ptr<Line>>& lines, const std::string& name,
           const std::function<absl::StatusOr<int>(Line*, int)>& work) {
  std::atomic<int> next{0};
  std::atomic<int64_t> done{0};
  std::atomic<bool> failed{false};
  const absl::Time began = absl::Now();
  std::vector<std::thread> threads;
  for (auto& line : lines) {
    threads.emplace_back([&, line = line.get()] {
      for (int i = next++; i < setup.subscriptions && !failed; i = next++) {
        const absl::StatusOr<int> did = work(line, i);
        if (did.ok()) {
          done += *did;
        } else if (!failed.exchange(true)) {
          std::cerr << name << ": " << did.status() << "\n";
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  std::cout << nlohmann::ordered_json{{"phase", name}, {"done", done.load()}, {"seconds", seconds}}
            << std::endl;
  std::string go_on;
  return !failed && std::getline(std::cin, go_on);
}

}  // namespace

int main(int argc, char** argv) {
  Setup setup;
  CLI::App app("Makes durable subscriptions, pulls from each, acknowledges.", "durable_load");
  app.add_option("--server", setup.server)->check(CLI::IsMember({"hub", "jetstream"}));
  app.add_option("--address", setup.address)->required();
  app.add_option("--subscriptions", setup.subscriptions);
  app.add_option("--take", setup.take, "events pulled from each");
  app.add_option("--threads", setup.threads, "connections, with one call under way each");
  CLI11_PARSE(app, argc, argv);
  std::vector<std::unique_ptr<Line>> lines;
  for (int i = 0; i < setup.threads; ++i) {
    absl::StatusOr<std::unique_ptr<Line>> line = OpenLine(setup, i);
    if (!line.ok()) {
      std::cerr << line.status() << "\n";
      return 1;
    }
    lines.push_back(*std::move(line));
  }
  std::vector<Tokens> tokens(static_cast<size_t>(setup.subscriptions));
  const bool all = Phase(setup, lines, "create",
                         [](Line* line, int i) -> absl::StatusOr<int> {
                           if (absl::Status made = line->Create(i); !made.ok()) return made;
                           return 1;
                         }) &&
                   Phase(setup, lines, "consume",
                         [&](Line* line, int i) -> absl::StatusOr<int> {
                           absl::StatusOr<Tokens> pulled = line->Pull(i, setup.take);
                           if (!pulled.ok()) return pulled.status();
                           tokens[static_cast<size_t>(i)] = *std::move(pulled);
                           return static_cast<int>(tokens[static_cast<size_t>(i)].size());
                         }) &&
                   Phase(setup, lines, "ack", [&](Line* line, int i) -> absl::StatusOr<int> {
                     const Tokens& mine = tokens[static_cast<size_t>(i)];
                     if (absl::Status said = line->Acknowledge(i, mine); !said.ok()) return said;
                     return static_cast<int>(mine.size());
                   });
  return all ? 0 : 1;
}
