// Whether another hub's event has come here, and why not: in words for a person.
#ifndef LIAISON_SERVER_FEDERATION_ARRIVAL_H_
#define LIAISON_SERVER_FEDERATION_ARRIVAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/policy.h"
#include "server/federation/puller.h"
#include "server/federation/replica.h"

namespace liaison::federation {

// The event that is asked about, as far as it is known.
struct Arriving {
  std::string origin;
  uint64_t origin_sequence = 0;  // 0: only its digest was given
  uint64_t local = 0;            // in this log; 0: it is not there
  // Where this log has it from: another origin's name, or empty where it was published here.
  std::string came_from;
  // The origin has it from elsewhere: its leaf there is kept here.
  bool relayed_there = false;
  // Where it stands in the origin's registry, which is here.
  struct Entry {
    uint64_t number = 0;  // from 1
    uint64_t of = 0;
    uint64_t sequence = 0;  // in the origin's log
    std::string says;       // "a key of org/a is revoked"
  };
  std::optional<Entry> in_registry = std::nullopt;
  bool without_content = false;  // it is in this log, and its content did not come
};

// The entry that is that event: by its sequence in the origin's log, or its digest where that is 0.
// By the digest it reads all of them. Thread-safe.
std::optional<Arriving::Entry> FindEntry(const Replica::Registry& registry, uint64_t sequence,
                                         const record::Hash& digest);

// `peers` as Puller::status has them. Thread-safe.
pb::ExplainArrivalResponse TellArrival(const Arriving& event, const Policy& policy,
                                       const std::vector<PeerStatus>& peers);

// What a verdict's reason is called among people: "the signature is not its author's". The reason
// itself where it is none of NameOf(Why).
std::string WordsFor(absl::string_view reason);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ARRIVAL_H_
