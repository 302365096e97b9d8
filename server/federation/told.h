// What somebody else said, fit for a row and for a person's eyes.
#ifndef LIAISON_SERVER_FEDERATION_TOLD_H_
#define LIAISON_SERVER_FEDERATION_TOLD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace liaison::federation {

// At most `size_bytes` of it, cut between characters. What is no UTF-8 is escaped: a row with it
// could not be read again. Thread-safe.
std::string Told(absl::string_view what, size_t size_bytes);

// Microseconds since 1970, as people read it: to the second, UTC. Thread-safe.
std::string TimeOf(int64_t us);

// Why a call to a peer came to nothing. What the peer itself gave as the reason stands in quotes:
// without them "an operator of this hub has blocked this peer" would be read as said of the
// reader's own hub. Thread-safe.
std::string WhyNotAnswered(const absl::Status& status, size_t size_bytes);
// True iff the peer answered, and with a reason why not. Thread-safe.
bool HasRefused(const absl::Status& status);
// True iff nobody was there to answer. Thread-safe.
bool IsUnreached(const absl::Status& status);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_TOLD_H_
