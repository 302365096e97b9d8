// Load on nats-server, with JetStream (one replica, file storage) and without, in NATS' own text
// protocol (docs.nats.io/reference/reference-protocols/nats-protocol).

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/peer_load.h"
#include "tests/bench/target.h"

namespace liaison::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(60);
constexpr absl::string_view kSubject = "bench.e";
constexpr absl::string_view kEnd = "\r\n";
constexpr char kStream[] =
    R"({"name":"bench","subjects":["bench.>"],"storage":"file","num_replicas":1,)"
    R"("retention":"limits","discard":"old","max_msgs":-1,"max_bytes":-1,"max_age":0})";

struct NatsMessage {
  absl::string_view reply;
  absl::string_view header;
  absl::string_view payload;
};

// A connection that has said CONNECT. Its own PINGs are answered. Sending may come from another
// thread than reading, and from one at a time.
class NatsConnection final : public Connection {
 public:
  using OnMessage = std::function<void(NatsConnection*, const NatsMessage&)>;

  static absl::StatusOr<std::unique_ptr<NatsConnection>> Open(const std::string& address,
                                                              OnMessage on_message) {
    absl::StatusOr<Socket> socket = Socket::Connect(address);
    if (!socket.ok()) return socket.status();
    std::unique_ptr<NatsConnection> connection(
        new NatsConnection(*std::move(socket), std::move(on_message)));
    absl::Status sent = connection->socket().Send(absl::StrCat(
        R"(CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true})", kEnd));
    if (sent.ok()) sent = connection->Settle();
    if (!sent.ok()) return sent;
    return connection;
  }

  bool OnReadable() override {
    bool closed = false;
    const absl::string_view got = socket().ReceiveNow(&closed);
    Take(got);
    return !closed && !broken_;
  }

  // Returns when the server has done all that was sent before.
  absl::Status Settle() {
    const int64_t wanted = pongs_ + 1;
    if (absl::Status sent = socket().Send("PING\r\n"); !sent.ok()) return sent;
    while (pongs_ < wanted) {
      absl::StatusOr<absl::string_view> got = socket().Receive();
      if (!got.ok()) return got.status();
      if (got->empty() || broken_) return absl::UnavailableError("nats-server hung up");
      Take(*got);
    }
    return absl::OkStatus();
  }

  absl::Status Subscribe(absl::string_view subject) {
    return socket().Send(absl::StrCat("SUB ", subject, " 1", kEnd));
  }

 private:
  NatsConnection(Socket socket, OnMessage on_message)
      : Connection(std::move(socket)), on_message_(std::move(on_message)) {}

  void Take(absl::string_view got) {
    if (left_.empty()) {
      left_ = std::string(got.substr(Parse(got)));
    } else {
      left_.append(got.data(), got.size());
      left_.erase(0, Parse(left_));
    }
  }

  size_t Parse(absl::string_view bytes) {
    size_t used = 0;
    while (!broken_) {
      const absl::string_view rest = bytes.substr(used);
      const size_t line_size = rest.find(kEnd);
      if (line_size == absl::string_view::npos) break;
      const absl::string_view line = rest.substr(0, line_size);
      size_t whole = line_size + kEnd.size();
      if (absl::StartsWith(line, "MSG ") || absl::StartsWith(line, "HMSG ")) {
        const size_t more = ParseMessage(line, rest.substr(whole));
        if (more == 0) break;
        whole += more;
      } else if (line == "PING") {
        broken_ |= !socket().Send("PONG\r\n").ok();
      } else if (line == "PONG") {
        ++pongs_;
      } else if (absl::StartsWith(line, "-ERR")) {
        broken_ = true;
      }
      used += whole;
    }
    return used;
  }

  // MSG subject sid [reply] size, HMSG subject sid [reply] header-size size. Bytes used; 0 where
  // they have not all come.
  size_t ParseMessage(absl::string_view line, absl::string_view rest) {
    const bool has_header = line.front() == 'H';
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    size_t header_size = 0;
    size_t size = 0;
    if (!absl::SimpleAtoi(words.back(), &size)) broken_ = true;
    if (has_header && !absl::SimpleAtoi(words[words.size() - 2], &header_size)) broken_ = true;
    if (broken_ || rest.size() < size + kEnd.size()) return 0;
    NatsMessage message;
    if (words.size() == (has_header ? 6u : 5u)) message.reply = words[3];
    message.header = rest.substr(0, header_size);
    message.payload = rest.substr(header_size, size - header_size);
    on_message_(this, message);
    return size + kEnd.size();
  }

  const OnMessage on_message_;
  std::string left_;
  int64_t pongs_ = 0;
  bool broken_ = false;
};

void AppendPublish(std::string* out, absl::string_view subject, absl::string_view reply,
                   absl::string_view payload) {
  absl::StrAppend(out, "PUB ", subject, " ", reply, reply.empty() ? "" : " ", payload.size(), kEnd,
                  payload, kEnd);
}

// One request to JetStream's own interface; its answer.
absl::StatusOr<std::string> Ask(const std::string& address, absl::string_view subject,
                                absl::string_view payload) {
  std::string answer;
  auto connection = NatsConnection::Open(address, [&](NatsConnection*, const NatsMessage& message) {
    answer = std::string(message.payload);
  });
  if (!connection.ok()) return connection.status();
  const std::string inbox = absl::StrCat("_INBOX.ask", FreshSeed());
  std::string out;
  AppendPublish(&out, subject, inbox, payload);
  absl::Status sent = (*connection)->Subscribe(inbox);
  if (sent.ok()) sent = (*connection)->socket().Send(out);
  if (!sent.ok()) return sent;
  std::vector<std::unique_ptr<Connection>> one;
  one.push_back(*std::move(connection));
  ReadAll(
      one, [&] { return !answer.empty(); }, kTimeout);
  if (answer.empty() || absl::StrContains(answer, "\"error\"")) {
    return absl::UnavailableError(absl::StrCat(subject, ": ", answer));
  }
  return answer;
}

class NatsTarget final : public Target {
 public:
  NatsTarget(std::string address, bool jetstream)
      : address_(std::move(address)), jetstream_(jetstream) {}

  absl::Status Prepare() override {
    return jetstream_ ? Ask(address_, "$JS.API.STREAM.CREATE.bench", kStream).status()
                      : absl::OkStatus();
  }

  // "Synchronous": a connection for each that is in flight.
  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return Publish(shape, shape.in_flight, 1);
  }
  // "Async": one connection with a window.
  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    return Publish(shape, 1, shape.in_flight);
  }

  // An ordered push consumer over all there is.
  absl::StatusOr<Outcome> Read(const ReadShape& shape) override {
    int64_t events = 0;
    auto connection =
        NatsConnection::Open(address_, [&](NatsConnection* from, const NatsMessage& message) {
          if (message.header.empty()) {
            ++events;
            return;
          }
          if (message.reply.empty()) return;  // a heartbeat
          std::string answer;                 // to flow control
          AppendPublish(&answer, message.reply, "", "");
          from->socket().Send(answer).IgnoreError();
        });
    if (!connection.ok()) return connection.status();
    const std::string inbox = absl::StrCat("_INBOX.read", FreshSeed());
    absl::Status ready = (*connection)->Subscribe(inbox);
    if (ready.ok()) ready = (*connection)->Settle();
    if (!ready.ok()) return ready;
    const double began_s = Now_s();
    const std::string name = absl::StrCat("r", FreshSeed());
    absl::Status asked = CreateConsumer(
        name, inbox, R"("deliver_policy":"all","flow_control":true,"idle_heartbeat":5000000000)");
    if (!asked.ok()) return asked;
    std::vector<std::unique_ptr<Connection>> one;
    one.push_back(*std::move(connection));
    ReadAll(
        one, [&] { return events >= shape.events; }, 10 * kTimeout);
    const Outcome outcome{events, Now_s() - began_s, {}};
    DeleteConsumer(name);
    if (events < shape.events) return absl::DataLossError(absl::StrCat("only ", events, " came"));
    return outcome;
  }

  absl::StatusOr<Outcome> FanOut(const FanOutShape& shape) override {
    int64_t delivered = 0;
    Subscribers subscribers(this);
    absl::Status started = subscribers.Start(shape.subscribers, [&] { ++delivered; });
    if (!started.ok()) return started;
    PublishShape publish;
    publish.events = shape.events;
    publish.in_flight = kFanOutWindow;
    const double began_s = Now_s();
    absl::Status published;
    std::thread publisher([&] { published = PublishAll(publish); });
    const int64_t expected = shape.events * shape.subscribers;
    ReadAll(
        subscribers.connections(), [&] { return delivered >= expected; }, kTimeout);
    const double seconds = Now_s() - began_s;
    publisher.join();
    if (!published.ok()) return published;
    if (delivered != expected) {
      return absl::DataLossError(absl::StrCat(delivered, " of ", expected, " came"));
    }
    return Outcome{delivered, seconds, {}};
  }

  absl::StatusOr<Outcome> Latency(const LatencyShape& shape) override {
    Outcome outcome;
    double began_s = 0;
    Subscribers subscribers(this);
    absl::Status started = subscribers.Start(1, [&] {
      const double due_s = began_s + static_cast<double>(outcome.events++) / shape.per_second;
      outcome.latencies_us.push_back(static_cast<int64_t>((Now_s() - due_s) * 1e6));
    });
    if (!started.ok()) return started;
    auto publisher = NatsConnection::Open(address_, [](NatsConnection*, const NatsMessage&) {});
    if (!publisher.ok()) return publisher.status();
    EventMaker maker(FreshSeed());
    began_s = Now_s() + 0.05;
    std::thread pace([&] {
      Pace(shape, began_s, [&] {
        std::string out;
        AppendPublish(&out, kSubject, "", maker.NextItem());
        (*publisher)->socket().Send(out).IgnoreError();
      });
    });
    const int64_t count = CountOf(shape);
    ReadAll(
        subscribers.connections(), [&] { return outcome.events >= count; },
        shape.duration + kTimeout);
    pace.join();
    if (outcome.events != count) return absl::DataLossError("events are missing");
    outcome.seconds = Now_s() - began_s;
    return outcome;
  }

 private:
  static constexpr int kFanOutWindow = 1024;

  // Live subscribers, each with a connection and, with JetStream, a push consumer of its own.
  class Subscribers {
   public:
    explicit Subscribers(NatsTarget* target) : target_(target) {}
    ~Subscribers() {
      for (const std::string& name : consumers_) target_->DeleteConsumer(name);
    }

    absl::Status Start(int count, const std::function<void()>& on_event) {
      for (int i = 0; i < count; ++i) {
        auto connection = NatsConnection::Open(
            target_->address_, [on_event](NatsConnection*, const NatsMessage& message) {
              if (message.header.empty()) on_event();
            });
        if (!connection.ok()) return connection.status();
        const std::string inbox = absl::StrCat("_INBOX.live", FreshSeed());
        absl::Status ready =
            (*connection)->Subscribe(target_->jetstream_ ? inbox : std::string(kSubject));
        if (ready.ok()) ready = (*connection)->Settle();
        if (ready.ok() && target_->jetstream_) {
          consumers_.push_back(absl::StrCat("s", FreshSeed()));
          ready = target_->CreateConsumer(consumers_.back(), inbox, R"("deliver_policy":"new")");
        }
        if (!ready.ok()) return ready;
        connections_.push_back(*std::move(connection));
      }
      return absl::OkStatus();
    }
    const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }

   private:
    NatsTarget* const target_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::string> consumers_;
  };

  // Keeps `window` unanswered on each of so many connections.
  absl::StatusOr<Outcome> Publish(const PublishShape& shape, int count, int window) {
    Progress progress(shape);
    const std::string inbox = absl::StrCat("_INBOX.acks", FreshSeed());
    const auto send = [&](Connection* connection, int most) {
      std::string out;
      for (int taken = progress.Take(most); taken > 0; --taken) {
        AppendPublish(&out, kSubject, jetstream_ ? MyInbox(inbox, connection) : "",
                      progress.maker().NextItem());
      }
      if (out.empty()) return;
      absl::Status sent = connection->socket().Send(out);
      if (!sent.ok()) progress.Fail(sent);
    };
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < count; ++i) {
      auto connection =
          NatsConnection::Open(address_, [&](NatsConnection* from, const NatsMessage& message) {
            if (!absl::StrContains(message.payload, "\"seq\"")) {
              progress.Fail(absl::DataLossError(std::string(message.payload)));
            }
            progress.Acknowledge(1);
            send(from, 1);
          });
      if (!connection.ok()) return connection.status();
      absl::Status ready = (*connection)->Subscribe(MyInbox(inbox, connection->get()));
      if (ready.ok()) ready = (*connection)->Settle();
      if (!ready.ok()) return ready;
      connections.push_back(*std::move(connection));
    }
    return RunPublishers(std::move(connections), &progress,
                         [&](Connection* connection) { send(connection, window); });
  }

  static std::string MyInbox(const std::string& inbox, const Connection* connection) {
    return absl::StrCat(inbox, ".", reinterpret_cast<uintptr_t>(connection));
  }

  // For fan-out: persisted where there is JetStream, else just sent.
  absl::Status PublishAll(const PublishShape& shape) {
    if (jetstream_) return Publish(shape, 1, shape.in_flight).status();
    auto publisher = NatsConnection::Open(address_, [](NatsConnection*, const NatsMessage&) {});
    if (!publisher.ok()) return publisher.status();
    EventMaker maker(FreshSeed());
    for (int64_t sent = 0; sent < shape.events;) {
      std::string out;
      for (int i = 0; i < 16 && sent < shape.events; ++i, ++sent) {
        AppendPublish(&out, kSubject, "", maker.NextItem());
      }
      if (absl::Status status = (*publisher)->socket().Send(out); !status.ok()) return status;
    }
    return (*publisher)->Settle();
  }

  absl::Status CreateConsumer(const std::string& name, absl::string_view inbox,
                              absl::string_view more) {
    return Ask(address_, absl::StrCat("$JS.API.CONSUMER.CREATE.bench.", name),
               absl::StrCat(R"({"stream_name":"bench","config":{"name":")", name,
                            R"(","deliver_subject":")", inbox,
                            R"(","ack_policy":"none","max_deliver":1,"replay_policy":"instant",)",
                            R"("mem_storage":true,"inactive_threshold":60000000000,)", more, "}}"))
        .status();
  }
  void DeleteConsumer(const std::string& name) {
    Ask(address_, absl::StrCat("$JS.API.CONSUMER.DELETE.bench.", name), "").status().IgnoreError();
  }

  const std::string address_;
  const bool jetstream_;
};

}  // namespace

std::unique_ptr<Target> NewNatsTarget(const std::string& address, bool jetstream) {
  return std::make_unique<NatsTarget>(address, jetstream);
}

}  // namespace liaison::bench
