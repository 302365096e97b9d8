// Reads a hub's record as a bundle's records: into a file, or to whoever checks them.
#ifndef LIAISON_CLIENT_CLI_BUNDLE_SOURCE_H_
#define LIAISON_CLIENT_CLI_BUNDLE_SOURCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/bundle_file.h"
#include "liaison/connection.h"
#include "liaison/event_client.h"
#include "liaison/transparency_client.h"
#include "proto/record/checkpoint.h"
#include "proto/record/compact_range.h"
#include "proto/record/leaf.h"

namespace liaison::cli {

// A BundleSource goes through the log once, in stretches: each ends at a checkpoint, and the next
// goes on behind it. It believes the hub; whoever checks what it gives need not. Not thread-safe.
class BundleSource {
 public:
  // Nothing for `patience` is a failure. `progress` is told how far it is.
  BundleSource(std::shared_ptr<Connection> connection, absl::Duration patience,
               std::function<void(uint64_t sequence)> progress);
  ~BundleSource();

  // The hub as it is now.
  absl::StatusOr<v1::GetHubResponse> Hub() const;
  // A checkpoint that covers this sequence.
  absl::StatusOr<v1::GetCheckpointResponse> Checkpoint(uint64_t covering) const;
  // The same, with the cosignatures that the hub asks for: waits for them as long as for anything,
  // and then does without (`size` is not `witnessed_size`). At once where no witness has ever
  // cosigned.
  absl::StatusOr<v1::GetCheckpointResponse> WitnessedCheckpoint(uint64_t covering) const;

  // Gives `sink` all records of the stretch behind `done` up to that checkpoint, but the end;
  // `done` is then the tree at its end. DATA_LOSS where the hub contradicts itself.
  absl::Status Read(const v1::GetHubResponse& hub, const v1::GetCheckpointResponse& checkpoint,
                    record::CompactRange* done, BundleSink* sink);

  // True while sections are erased of which no redaction has come.
  bool awaits_redactions() const { return !erased_.empty(); }
  uint64_t events() const { return events_; }  // of all stretches
  uint64_t hidden() const { return hidden_; }

 private:
  absl::Status ReadRegistry(uint64_t size, BundleSink* sink) const;
  // Begins to subscribe, behind that position, unless it has.
  void Subscribe(const v1::Position& after);
  // The next event up to `last`; nullopt where there is none any more.
  absl::StatusOr<std::optional<Event>> Next(uint64_t last);
  absl::Status PassOrigin(const Event& event, BundleSink* sink) const;
  void NoteErasures(const Event& event);
  absl::Status PassHidden(uint64_t before, record::CompactRange* done, BundleSink* sink);
  absl::Status Mark(const record::CompactRange& done, BundleSink* sink) const;

  const std::shared_ptr<Connection> connection_;
  const absl::Duration patience_;
  const std::function<void(uint64_t)> progress_;
  std::optional<Subscription> subscription_;
  std::optional<Event> ahead_;  // read, and beyond the stretch
  struct Erased {
    std::string author;
    record::Leaf leaf;
  };
  std::map<std::pair<std::string, int>, Erased> erased_;  // by digest of the event, kind of section
  uint64_t events_ = 0;
  uint64_t hidden_ = 0;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BUNDLE_SOURCE_H_
