// An answer as it came over the wire, taken apart. Nothing in it is believed yet.
#ifndef LIAISON_SERVER_FEDERATION_WIRE_H_
#define LIAISON_SERVER_FEDERATION_WIRE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/lane.h"
#include "server/federation/origin_registry.h"

namespace liaison::federation {

struct Pulled {
  std::string registry_head;            // a signed note
  std::vector<RegistryEntry> registry;  // what is new of it
  std::string head;                     // a signed note
  Batch batch;                          // without its head, which is to be opened first
  LateCursor late;
  std::string rules;
};

// INVALID_ARGUMENT where a hash has not 32 bytes, or a section neither is here nor says why not.
// Thread-safe.
absl::StatusOr<Pulled> ReadPulled(pb::PullLaneResponse response);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_WIRE_H_
