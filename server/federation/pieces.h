// What goes into one answer to a pull, as long as it fits.
#ifndef LIAISON_SERVER_FEDERATION_PIECES_H_
#define LIAISON_SERVER_FEDERATION_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/hash.h"
#include "server/federation/limits.h"
#include "server/federation/policy.h"
#include "storage/event_log.h"

namespace liaison::federation {

// Puts what is shown and what is kept into pieces that follow each other. Not thread-safe.
class Pieces {
 public:
  // The response outlives it.
  Pieces(const pb::PullLaneRequest& request, size_t used_bytes, pb::PullLaneResponse* response);

  bool has_room() const { return items_ < max_items_ && used_bytes_ < max_bytes_; }

  // Of the next sequence. False where it does not fit any more.
  bool Show(pb::LaneItem item);
  // What is kept before that size and what is kept behind it are pieces of their own.
  void SplitAt(uint64_t size) { split_at_ = size; }
  // Of whatever follows the last piece, up to this sequence.
  void Keep(uint64_t first, uint64_t last);
  // What is late takes half of the room at most: it is taken under the answer's head, and that only
  // with what leads to it. Before any of it.
  void LeaveRoomBesideLate() { leaves_room_ = true; }
  // Outside the pieces. False likewise.
  bool ShowLate(pb::LaneItem item);

 private:
  bool Take(const pb::LaneItem& item);
  pb::LanePiece& PieceWith(uint64_t first, uint64_t last, bool shown);

  pb::PullLaneResponse& response_;
  size_t max_items_ = kMaxBatchItems;
  uint64_t max_bytes_ = kMaxBatchBytes;
  bool leaves_room_ = false;
  size_t used_bytes_;
  uint64_t split_at_ = 0;
  size_t items_ = 0;
};

// Covers what the pieces keep, and what is behind them up to the head: `hashes_of` gives those of
// CoverOf(begin, end). Nothing where there are no pieces; its errors. Thread-safe.
absl::Status AddCovers(
    const std::function<absl::StatusOr<std::vector<record::Hash>>(uint64_t begin, uint64_t end)>&
        hashes_of,
    uint64_t head_size, pb::PullLaneResponse* response);

// The section as the ruling lets it go. Thread-safe.
pb::LaneSection SectionOf(const storage::StoredSection& stored, const Ruling& ruling);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_PIECES_H_
