// Who gets deliveries.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_CONSUMER_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_CONSUMER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/auth/principal.h"

namespace liaison::subscriptions {

// One delivery: its attempt is on disk.
struct Delivery {
  uint64_t sequence = 0;
  std::string event_field;  // the event as field 1 of the message around it
  std::string ack_token;
  uint32_t attempt = 0;
};

// The far end of a member. Called by the desk, one call at a time; must not block.
class Consumer {
 public:
  virtual ~Consumer() = default;
  virtual void Deliver(std::vector<Delivery> deliveries) = 0;
  // How many bytes may be delivered now, whatever its credit: what it cannot pass on lies in the
  // hub's memory. Where there was none, Began tells that there is some again.
  virtual size_t Room() = 0;
  // Nothing comes any more. Once, unless the consumer was detached before.
  virtual void End(const absl::Status& why) = 0;
  // Who it is by now; nullopt where it may not come in any more.
  virtual std::optional<auth::Principal> Renew() = 0;
};

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_CONSUMER_H_
