// A subscriber is a cursor.
#ifndef LIAISON_SERVER_FANOUT_CURSOR_H_
#define LIAISON_SERVER_FANOUT_CURSOR_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "server/auth/principal.h"
#include "server/fanout/chunk.h"
#include "server/fanout/filter.h"
#include "server/fanout/limits.h"
#include "server/fanout/tail.h"
#include "storage/event_log.h"

namespace liaison::fanout {

// A frame that a stream is to send. Everything up to `position` has then been delivered, or was not
// for this subscriber. Of an Events frame it is the last event's own; what does not match behind it
// is reported by a later frame.
struct Frame {
  enum class Kind {
    kConfirmed,
    kEvents,
    kAdvanced,
    kCaughtUp,
    kFellBehind,
    kAudienceChanged,
    kStoppedAtHead
  };
  // A run of events within a chunk: bytes [begin, end).
  struct Run {
    std::shared_ptr<const Chunk> chunk;
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  Kind kind = Kind::kAdvanced;
  uint64_t position = 0;
  uint64_t head = 0;
  std::vector<Run> runs;  // kEvents only, as is the count
  size_t event_count = 0;
  auth::AudienceChange change;  // kAudienceChanged only
};

struct NothingYet {};   // at the head: park, and step again when woken
struct NotInMemory {};  // step again from a thread that may wait for the disk
using Step = std::variant<Frame, NothingYet, NotInMemory>;

struct CursorOptions {
  auth::Principal principal;
  // Who the reader is by now; asked when registry or directory changed. Where it is empty, nothing
  // changes.
  std::function<auth::Principal()> renew;
  Filter filter;
  uint64_t after = 0;
  std::optional<uint64_t> stop_at;  // ends there
};

// A Cursor walks the log for one subscriber. Live delivery and catch-up are the same walk: the tail
// in memory, the log behind it. It keeps no queue, so nothing can be lost between the two.
//
// Not thread-safe: one step at a time.
class Cursor {
 public:
  // Both must outlive the cursor.
  Cursor(const storage::EventLog* log, Tail* tail, CursorOptions options)
      : log_(log),
        tail_(tail),
        options_(std::move(options)),
        position_(options_.after),
        reported_(options_.after) {}

  // What comes next. Without `may_read_log` it touches memory only and never waits. An Events frame
  // has at most `max_events`.
  absl::StatusOr<Step> Next(bool may_read_log, size_t max_events = ~size_t{0});

  // Everything up to here was in a frame or was not for this subscriber.
  uint64_t position() const { return position_; }
  bool caught_up() const { return caught_up_; }

 private:
  // What one look at a chunk came to.
  struct Gathering {
    Frame frame;
    size_t size_bytes = 0;
    size_t looked_at = 0;
    size_t events_left = 0;
  };
  std::shared_ptr<const Chunk> ChunkInMemory();
  absl::StatusOr<std::shared_ptr<const Chunk>> ReadChunk(uint64_t through);
  absl::StatusOr<std::shared_ptr<const Chunk>> ScanChunk(uint64_t through);
  absl::StatusOr<std::shared_ptr<const Chunk>> LookUpChunk(uint64_t through, uint64_t indexed);
  // For each driving term, the candidates that the index gave and that are still ahead.
  using Candidates = std::vector<std::deque<uint64_t>>;
  absl::StatusOr<std::optional<uint64_t>> NextCandidate(uint64_t after,
                                                        Candidates* candidates) const;
  void RenewPrincipal();
  bool Wants(const Chunk& chunk, const Chunk::Entry& entry) const;
  void Gather(const std::shared_ptr<const Chunk>& chunk, uint64_t through, Gathering* gathering);
  Frame Report(Frame::Kind kind, uint64_t head);

  const storage::EventLog* const log_;
  Tail* const tail_;
  CursorOptions options_;

  uint64_t position_;
  uint64_t reported_;  // the last position that the subscriber was told
  bool confirmed_ = false;
  bool caught_up_ = false;
  std::shared_ptr<const Chunk> read_;  // from the log, not yet walked to its end
  size_t read_size_bytes_ = kFirstReadSizeBytes;
  uint64_t read_erasures_ = 0;                // of the tail, as it was read
  uint64_t directory_changes_ = 0;            // of the tail, as the principal was last renewed
  std::deque<auth::AudienceChange> changes_;  // of which the subscriber is to be told
};

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_CURSOR_H_
