// Consuming a subscription that the hub remembers.
#ifndef LIAISON_DURABLE_SUBSCRIPTION_H_
#define LIAISON_DURABLE_SUBSCRIPTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "liaison/durable_connection.h"
#include "liaison/event.h"

namespace liaison {

// What a handler says of an event.
class Verdict {
 public:
  // Done: it will not come again.
  static Verdict Ack() { return Verdict(v1::SETTLE_ACTION_ACK); }
  // Not now: it comes again, after `delay` or as the subscription's settings say. The reason is
  // shown with the dead letter that it may become: no personal data.
  static Verdict Retry(std::string reason, std::optional<absl::Duration> delay = std::nullopt);
  // Not at all: it is laid aside, for people to look at.
  static Verdict DeadLetter(std::string reason);
  // Not wanted.
  static Verdict Skip() { return Verdict(v1::SETTLE_ACTION_SKIP); }

  v1::Settlement ToSettlement(std::string ack_token) const;

 private:
  explicit Verdict(v1::SettleAction action) : action_(action) {}
  v1::SettleAction action_;
  std::string reason_;
  std::optional<absl::Duration> delay_;
};

struct ConsumeOptions {
  // Names this process among those that consume the subscription, and is the same after a restart,
  // so that what it held comes again at once. Empty: the hub makes one up.
  std::string member;
  // What may lie here unhandled. 1 to 10,000.
  uint32_t max_buffered = 100;
  uint64_t max_buffered_size_bytes = 8 << 20;
  // Between tries to connect: full jitter, as in RetryOptions. It goes on for ever unless
  // `give_up_after` is set.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(30);
  absl::Duration give_up_after = absl::InfiniteDuration();
};

// A DurableConsumer calls its handler with one event after the other and tells the hub what it
// said. As long as it runs, leases of what it holds are extended, buffered or in hand, so that none
// is delivered elsewhere because somebody is slow. When it is stopped, what was not handled is
// given back, and does not count as an attempt.
//
// An event may come twice: after a crash between handling it and saying so. Where that matters,
// remember event.event_id() with what was done.
class DurableConsumer {
 public:
  class Impl;
  using Handler = std::function<Verdict(const Event& event, uint32_t attempt)>;

  DurableConsumer(std::shared_ptr<DurableConnection> connection, std::string subscription,
                  ConsumeOptions options = {});
  ~DurableConsumer();

  // Until Stop, or an error that another try would not mend: LOG_INCARNATION_CHANGED,
  // POSITION_EXPIRED, POSITION_AHEAD_OF_LOG, NOT_FOUND, a member of the same name. A hub that comes
  // back with another log, or with less of it than was seen here, is one of them. The handler runs
  // in this thread. Once.
  absl::Status Run(const Handler& handler);
  // Makes Run return once the handler has. Thread-safe; may be called by the handler.
  void Stop();

  // Verdicts that the hub has on disk, and those that came too late. Thread-safe.
  uint64_t settled() const;
  uint64_t refused() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace liaison

#endif  // LIAISON_DURABLE_SUBSCRIPTION_H_
