// The token of a delivery.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_ACK_TOKEN_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_ACK_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::subscriptions {

// Which delivery of which event to whom. Nobody can make one: a MAC, with the log's secret, over
// it and over the subscription that it is of.
struct AckToken {
  uint32_t generation = 0;
  uint64_t sequence = 0;
  uint32_t delivery = 0;
  uint64_t epoch = 0;
};

// URL-safe text. `uid` is the subscription's. Thread-safe, both.
std::string MakeAckToken(absl::string_view secret, absl::string_view uid, const AckToken& token);
// nullopt for anything that was not made for this subscription.
std::optional<AckToken> ReadAckToken(absl::string_view secret, absl::string_view uid,
                                     absl::string_view text);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_ACK_TOKEN_H_
