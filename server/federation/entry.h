// Where verified events go: the one interface between the pullers and this hub's log.
#ifndef LIAISON_SERVER_FEDERATION_ENTRY_H_
#define LIAISON_SERVER_FEDERATION_ENTRY_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "server/domain/registry.h"
#include "server/federation/limits.h"
#include "server/federation/origin.h"
#include "server/federation/rows.pb.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {

// An item that was judged kAccepted, and what proves it.
struct Accepted {
  Item item;  // its proof leads to the arrival's head
  Judgement judgement;
};

// A row of the hub's control state.
struct KeptRow {
  std::string key;
  std::string value;
};

// What a batch came to, to be entered as a whole.
struct Arrival {
  std::string peer;                   // by the policy's name
  std::string origin;                 // HOST/HUB/LOG_ID
  Head head;                          // the evidence, beside the proofs
  std::vector<Accepted> items;        // what came late first; none: the cursor moves alone
  std::string cursor;                 // the lane's row, as it stands behind them
  std::vector<KeptRow> also;          // written with it
  std::optional<std::string> before;  // its row, as it was kept; nullopt: there was none
  std::string lane_key;               // of that row: LaneRowKey
};

// Keys of the rows that are kept. What is proven by an origin's checkpoints stands under
// Replica::kept_as, which is the origin's name unless another key was pinned before.
inline constexpr absl::string_view kLaneRows = "federation/lane/";
inline std::string LaneRowKey(absl::string_view peer, absl::string_view origin) {
  return absl::StrCat(kLaneRows, peer, "/", origin);
}
inline std::string PeerRowKey(absl::string_view peer) {
  return absl::StrCat("federation/peer/", peer);
}
inline std::string OriginRowKey(absl::string_view origin) {
  return absl::StrCat("federation/origin/", origin);
}
// Each conviction has its own, counted from 0.
inline std::string EvidenceRowKey(absl::string_view origin, size_t index = 0) {
  const std::string first = absl::StrCat("federation/evidence/", origin);
  return index == 0 ? first : absl::StrCat(first, "/", index);
}
// With the index of a leaf behind it, of 16 hexadecimal digits.
inline std::string TreeRowPrefix(absl::string_view origin) {
  return absl::StrCat("federation/tree/", origin, "/");
}
inline std::string TreeRowKey(absl::string_view origin, uint64_t index) {
  return absl::StrCat(TreeRowPrefix(origin), absl::Hex(index, absl::kZeroPad16));
}
// A leaf of that origin's log that came alone, verbatim. So many have a row that the newest
// overwrites the oldest.
inline std::string TailRowKey(absl::string_view origin, uint64_t index) {
  return absl::StrCat("federation/tail/", origin, "/",
                      absl::Hex(index % kMaxTailLeaves, absl::kZeroPad16));
}
inline std::string RegistryRowPrefix(absl::string_view origin) {
  return absl::StrCat("federation/registry/", origin, "/");
}
inline std::string RegistryRowKey(absl::string_view origin, uint64_t index) {
  return absl::StrCat(RegistryRowPrefix(origin), absl::Hex(index, absl::kZeroPad16));
}
inline std::string RegistryHeadRowKey(absl::string_view origin) {
  return absl::StrCat("federation/registry-head/", origin);
}
inline std::string ReceiptRowKey(absl::string_view peer, absl::string_view origin) {
  return absl::StrCat("federation/receipt/", peer, "/", origin);
}

// Every call may wait for the disk. Thread-safe.
class Entry {
 public:
  virtual ~Entry() = default;

  // True iff this log has an event of that digest.
  virtual absl::StatusOr<bool> Knows(const record::Hash& digest) const = 0;
  // Of what it amends, retracts or erases: what came here from that origin.
  virtual absl::StatusOr<Behind> WhatIsBehind(absl::string_view origin,
                                              const pb::EventHeader& header) const = 0;
  // This hub's own, as it is now.
  virtual std::shared_ptr<const domain::Registry> registry() const = 0;

  // OK once all of it is on disk. What turns out to be known by then leaves nothing, and is no
  // error. After an error nothing of it is there, and it will come again.
  virtual absl::Status Commit(Arrival arrival) = 0;

  // Rows of the hub's control state. nullopt where there is none.
  virtual absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const = 0;
  // At most `limit` whose key starts with `prefix` and is greater than `after`, in order of key.
  virtual absl::StatusOr<std::vector<KeptRow>> List(const std::string& prefix,
                                                    const std::string& after,
                                                    size_t limit) const = 0;
  // Both in one write.
  virtual absl::Status Keep(const std::string& key, const std::string& value,
                            std::vector<KeptRow> also) = 0;
  absl::Status Keep(const std::string& key, const std::string& value) {
    return Keep(key, value, {});
  }
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ENTRY_H_
