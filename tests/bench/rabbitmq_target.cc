// Load on RabbitMQ: a quorum queue, publisher confirms, through librabbitmq.

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/peer_load.h"
#include "tests/bench/target.h"

namespace liaison::bench {
namespace {

constexpr int kConnections = 4;
constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameSizeBytes = 128 << 10;
constexpr char kQueue[] = "bench";

struct Destroy {
  void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
};
using State = std::unique_ptr<amqp_connection_state_t_, Destroy>;

absl::StatusOr<State> Open(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  State state(amqp_new_connection());
  amqp_socket_t* const socket = amqp_tcp_socket_new(state.get());
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      amqp_socket_open(socket, address.substr(0, colon).c_str(), port) != AMQP_STATUS_OK) {
    return absl::UnavailableError("no RabbitMQ there");
  }
  const amqp_rpc_reply_t login =
      amqp_login(state.get(), "/", 0, kFrameSizeBytes, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  if (login.reply_type != AMQP_RESPONSE_NORMAL) return absl::UnavailableError("login refused");
  if (amqp_channel_open(state.get(), kChannel) == nullptr) {
    return absl::UnavailableError("no channel");
  }
  return state;
}

class ConfirmedPublisher final : public Connection {
 public:
  ConfirmedPublisher(State state, Progress* progress)
      : Connection(Socket::Borrow(amqp_get_sockfd(state.get()))),
        state_(std::move(state)),
        progress_(progress) {}

  void Send(int most) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    for (int taken = progress_->Take(most); taken > 0; --taken) {
      const absl::string_view item = progress_->maker().NextItem();
      const amqp_bytes_t body{item.size(), const_cast<char*>(item.data())};
      const int status = amqp_basic_publish(state_.get(), kChannel, amqp_empty_bytes,
                                            amqp_cstring_bytes(kQueue), 0, 0, &properties, body);
      if (status != AMQP_STATUS_OK) progress_->Fail(absl::UnavailableError("cannot publish"));
    }
  }

  bool OnReadable() override {
    int confirmed = 0;
    while (true) {
      amqp_frame_t frame;
      timeval now{};
      const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &now);
      if (status == AMQP_STATUS_TIMEOUT) break;
      const bool acknowledged = status == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD &&
                                frame.payload.method.id == AMQP_BASIC_ACK_METHOD;
      if (!acknowledged) {
        progress_->Fail(absl::DataLossError("RabbitMQ did not confirm"));
        return false;
      }
      const auto* ack = static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
      // A confirm may speak for all before it, and confirms of single ones may come out of order.
      if (ack->multiple != 0) {
        confirmed += static_cast<int>(ack->delivery_tag - Forget(ack->delivery_tag));
      } else {
        alone_.push_back(ack->delivery_tag);
        ++confirmed;
      }
    }
    amqp_maybe_release_buffers(state_.get());
    progress_->Acknowledge(confirmed);
    Send(confirmed);
    return !progress_->failed();
  }

 private:
  // How many up to `tag` had been confirmed before; from now on all of them have.
  uint64_t Forget(uint64_t tag) {
    uint64_t known = all_up_to_;
    std::vector<uint64_t> later;
    for (const uint64_t one : alone_) {
      if (one > tag) {
        later.push_back(one);
      } else if (one > all_up_to_) {
        ++known;
      }
    }
    alone_.swap(later);
    all_up_to_ = tag;
    return known;
  }

  const State state_;
  Progress* const progress_;
  uint64_t all_up_to_ = 0;
  std::vector<uint64_t> alone_;
};

class RabbitmqTarget final : public Target {
 public:
  explicit RabbitmqTarget(std::string address) : address_(std::move(address)) {}

  absl::Status Prepare() override {
    absl::StatusOr<State> state = Open(address_);
    if (!state.ok()) return state.status();
    amqp_table_entry_t entry{};
    entry.key = amqp_cstring_bytes("x-queue-type");
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes("quorum");
    const amqp_table_t arguments{1, &entry};
    if (amqp_queue_declare(state->get(), kChannel, amqp_cstring_bytes(kQueue), 0, 1, 0, 0,
                           arguments) == nullptr) {
      return absl::UnavailableError("cannot declare a quorum queue");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return PublishStream(shape);
  }
  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    Progress progress(shape);
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < kConnections; ++i) {
      absl::StatusOr<State> state = Open(address_);
      if (!state.ok()) return state.status();
      if (amqp_confirm_select(state->get(), kChannel) == nullptr) {
        return absl::UnavailableError("no confirms");
      }
      connections.push_back(std::make_unique<ConfirmedPublisher>(*std::move(state), &progress));
    }
    const int each = shape.in_flight / kConnections;
    return RunPublishers(std::move(connections), &progress, [&](Connection* connection) {
      static_cast<ConfirmedPublisher*>(connection)->Send(each);
    });
  }

 private:
  const std::string address_;
};

}  // namespace

std::unique_ptr<Target> NewRabbitmqTarget(const std::string& address) {
  return std::make_unique<RabbitmqTarget>(address);
}

}  // namespace liaison::bench
