// How far each peer has come with what it pulls here, by its own word, kept over restarts.
#ifndef LIAISON_SERVER_FEDERATION_RECEIPTS_H_
#define LIAISON_SERVER_FEDERATION_RECEIPTS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/entry.h"
#include "server/federation/rows.pb.h"

namespace liaison::federation {

namespace pb = ::igf::liaison::v1;

// Receipts are what peers claim: a peer that says it has dealt with an event may have turned it
// away, and may lie. One row for each peer and origin, written at most once in kReceiptPause;
// what is lost with the process the peer says again as soon as it asks. Thread-safe.
class Receipts {
 public:
  // `entry` outlives it. `report` hears that nothing can be kept, once each time that begins.
  Receipts(Entry* entry, std::function<void(const std::string&)> report)
      : entry_(*entry), report_(std::move(report)) {}

  // The peer asked this and was served by these rules. A peer is who it is, see Policy::WhoIs. May
  // wait for the disk.
  void Note(const std::string& peer, const pb::PullLaneRequest& request, const std::string& rules,
            absl::Time now);
  // What it said last. nullopt where it never asked for that origin, or its row does not read.
  std::optional<rows::Receipt> Of(const std::string& peer, const std::string& origin) const;
  // When it asked last for any of those. nullopt: it never did.
  std::optional<absl::Time> AskedLast(const std::string& peer,
                                      const std::vector<std::string>& origins) const;

 private:
  struct Told {
    rows::Receipt row;
    rows::Receipt kept;                         // as it is on disk
    absl::Time kept_at = absl::InfinitePast();  // or was tried to be
  };
  using Key = std::pair<std::string, std::string>;  // peer, origin

  // Read from its row the first time.
  Told& Find(const Key& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static bool IsDue(const Told& told, absl::Time now);

  Entry& entry_;
  const std::function<void(const std::string&)> report_;
  mutable absl::Mutex mu_;
  mutable std::map<Key, Told> told_ ABSL_GUARDED_BY(mu_);
  bool failing_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_RECEIPTS_H_
