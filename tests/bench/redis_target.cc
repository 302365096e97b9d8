// Load on Redis with appendfsync always: a stream of one key (XADD, XRANGE, XREAD), through hiredis
// for what is read and Redis' own text for what is written by many connections at once.

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/peer_load.h"
#include "tests/bench/target.h"

namespace liaison::bench {
namespace {

constexpr int kConnections = 64;
constexpr int kPageEvents = 1000;

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

absl::StatusOr<Context> Open(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(address);
  }
  Context context(redisConnect(address.substr(0, colon).c_str(), port));
  if (context == nullptr || context->err != 0) return absl::UnavailableError("no Redis there");
  return context;
}

// An XADD as RESP. The id is the server's to choose.
void AppendAdd(std::string* out, absl::string_view payload) {
  absl::StrAppend(out, "*5\r\n$4\r\nXADD\r\n$5\r\nbench\r\n$1\r\n*\r\n$1\r\ne\r\n$", payload.size(),
                  "\r\n", payload, "\r\n");
}

// Counts replies to XADD: "$15\r\n1700000000000-0\r\n" each.
class AddConnection final : public Connection {
 public:
  AddConnection(Socket socket, Progress* progress)
      : Connection(std::move(socket)), progress_(progress) {}

  void Send(int most) {
    std::string out;
    for (int taken = progress_->Take(most); taken > 0; --taken) {
      AppendAdd(&out, progress_->maker().NextItem());
    }
    if (out.empty()) return;
    if (absl::Status sent = socket().Send(out); !sent.ok()) progress_->Fail(sent);
  }

  bool OnReadable() override {
    bool closed = false;
    const absl::string_view got = socket().ReceiveNow(&closed);
    int ids = 0;
    for (const char byte : got) {
      if (byte == '-' && at_line_start_) progress_->Fail(absl::DataLossError(std::string(got)));
      at_line_start_ = byte == '\n';
      lines_ += at_line_start_;
      if (lines_ == 2) {
        ++ids;
        lines_ = 0;
      }
    }
    progress_->Acknowledge(ids);
    Send(ids);
    return !closed && !progress_->failed();
  }

 private:
  Progress* const progress_;
  int lines_ = 0;
  bool at_line_start_ = true;
};

class RedisTarget final : public Target {
 public:
  explicit RedisTarget(std::string address) : address_(std::move(address)) {}

  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return PublishStream(shape);
  }
  // 64 connections share what is in flight: Redis groups what has come on all of them.
  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    Progress progress(shape);
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < kConnections; ++i) {
      absl::StatusOr<Socket> socket = Socket::Connect(address_);
      if (!socket.ok()) return socket.status();
      connections.push_back(std::make_unique<AddConnection>(*std::move(socket), &progress));
    }
    const int each = shape.in_flight / kConnections;
    return RunPublishers(std::move(connections), &progress, [&](Connection* connection) {
      static_cast<AddConnection*>(connection)->Send(each);
    });
  }

  // XRANGE in pages of 1,000.
  absl::StatusOr<Outcome> Read(const ReadShape& shape) override {
    absl::StatusOr<Context> context = Open(address_);
    if (!context.ok()) return context.status();
    const double began_s = Now_s();
    int64_t events = 0;
    std::string after = "-";
    while (events < shape.events) {
      const Reply reply(static_cast<redisReply*>(
          redisCommand(context->get(), "XRANGE bench %s + COUNT %d", after.c_str(), kPageEvents)));
      if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        return absl::DataLossError(absl::StrCat("only ", events, " came"));
      }
      events += static_cast<int64_t>(reply->elements);
      const redisReply* last = reply->element[reply->elements - 1];
      after = absl::StrCat("(", last->element[0]->str);
    }
    return Outcome{events, Now_s() - began_s, {}};
  }

  // XADD by one connection, blocking XREAD by another.
  absl::StatusOr<Outcome> Latency(const LatencyShape& shape) override {
    absl::StatusOr<Context> reader = Open(address_);
    absl::StatusOr<Socket> writer = Socket::Connect(address_);
    if (!reader.ok()) return reader.status();
    if (!writer.ok()) return writer.status();
    std::string after;
    {
      // Something must be there to begin after.
      const Reply first(static_cast<redisReply*>(redisCommand(reader->get(), "XADD bench * e x")));
      if (first == nullptr || first->type != REDIS_REPLY_STRING) {
        return absl::UnavailableError("XADD failed");
      }
      after = first->str;
    }
    EventMaker maker(FreshSeed());
    const double began_s = Now_s() + 0.05;
    std::thread pace([&] {
      Pace(shape, began_s, [&] {
        std::string out;
        AppendAdd(&out, maker.NextItem());
        writer->Send(out).IgnoreError();
        bool closed = false;
        writer->ReceiveNow(&closed);
      });
    });
    Outcome outcome;
    absl::Status failure;
    while (outcome.events < CountOf(shape) && failure.ok()) {
      const Reply reply(static_cast<redisReply*>(redisCommand(
          reader->get(), "XREAD COUNT 1000 BLOCK 10000 STREAMS bench %s", after.c_str())));
      if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || reply->elements != 1) {
        failure = absl::DataLossError("events are missing");
        break;
      }
      const double now_s = Now_s();
      const redisReply* entries = reply->element[0]->element[1];
      for (size_t i = 0; i < entries->elements; ++i) {
        const double due_s = began_s + static_cast<double>(outcome.events++) / shape.per_second;
        outcome.latencies_us.push_back(static_cast<int64_t>((now_s - due_s) * 1e6));
      }
      after = entries->element[entries->elements - 1]->element[0]->str;
    }
    pace.join();
    if (!failure.ok()) return failure;
    outcome.seconds = Now_s() - began_s;
    return outcome;
  }

 private:
  const std::string address_;
};

}  // namespace

std::unique_ptr<Target> NewRedisTarget(const std::string& address) {
  return std::make_unique<RedisTarget>(address);
}

}  // namespace liaison::bench
