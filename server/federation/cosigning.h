// This hub as a witness of the logs that it pulls.
#ifndef LIAISON_SERVER_FEDERATION_COSIGNING_H_
#define LIAISON_SERVER_FEDERATION_COSIGNING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/federation/lane_puller.h"

namespace liaison::federation {

// What this hub's witness says to a C2SP add-checkpoint.
struct Cosigned {
  std::string lines;                  // its cosignatures; empty: it does not
  std::optional<uint64_t> stands_at;  // it goes on from another size than the request does
  std::string seen;                   // the checkpoint of the same size and another root
  std::string message;                // why it does not
};
// The witness decides by its own state, whatever the lane has proven. May wait for the disk.
using Cosign = std::function<Cosigned(absl::string_view request)>;

// What came of it.
struct Brought {
  absl::Status status;  // OK: the peer has the cosignature, or the head is an old one
  std::string seen;     // as Cosigned has it: evidence against the origin
};

// Has the witness cosign the head, from wherever it stands, and brings what it says to the peer.
// Waits for both.
Brought CosignAndBring(const SettledHead& head, const Cosign& cosign, PeerLine* line);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_COSIGNING_H_
