#include "server/federation/pieces.h"

#include <algorithm>
#include <utility>

#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "proto/record/partial_tree.h"

namespace liaison::federation {
namespace {

size_t CoverSizeBytes(const pb::LanePiece& piece) {
  return record::CoverOf(piece.first() - 1, piece.last()).size() * record::kHashSizeBytes;
}

}  // namespace

Pieces::Pieces(const pb::PullLaneRequest& request, size_t used_bytes,
               pb::PullLaneResponse* response)
    : response_(*response), used_bytes_(used_bytes) {
  if (request.max_items() > 0) max_items_ = std::min<size_t>(max_items_, request.max_items());
  if (request.max_bytes() > 0) max_bytes_ = std::min<uint64_t>(max_bytes_, request.max_bytes());
}

bool Pieces::Take(const pb::LaneItem& item) {
  const size_t size = item.ByteSizeLong();
  if (items_ > 0 && used_bytes_ + size > max_bytes_) return false;
  used_bytes_ += size;
  ++items_;
  return true;
}

bool Pieces::Show(pb::LaneItem item) {
  if (!Take(item)) return false;
  pb::LanePiece& piece = PieceWith(item.sequence(), item.sequence(), /*shown=*/true);
  *piece.add_items() = std::move(item);
  return true;
}

void Pieces::Keep(uint64_t first, uint64_t last) { PieceWith(first, last, /*shown=*/false); }

bool Pieces::ShowLate(pb::LaneItem item) {
  if (items_ >= max_items_) return false;
  if (leaves_room_ &&
      (items_ >= max_items_ / 2 || used_bytes_ + item.ByteSizeLong() > max_bytes_ / 2)) {
    return false;
  }
  if (!Take(item)) return false;
  *response_.add_late() = std::move(item);
  return true;
}

pb::LanePiece& Pieces::PieceWith(uint64_t first, uint64_t last, bool shown) {
  const int count = response_.pieces_size();
  if (count > 0) {
    pb::LanePiece& before = *response_.mutable_pieces(count - 1);
    const bool splits = !shown && before.last() == split_at_;
    if (before.items().empty() != shown && !splits) {
      before.set_last(last);
      return before;
    }
    if (shown) used_bytes_ += CoverSizeBytes(before);
  }
  pb::LanePiece& piece = *response_.add_pieces();
  piece.set_first(first);
  piece.set_last(last);
  return piece;
}

absl::Status AddCovers(
    const std::function<absl::StatusOr<std::vector<record::Hash>>(uint64_t begin, uint64_t end)>&
        hashes_of,
    uint64_t head_size, pb::PullLaneResponse* response) {
  uint64_t end = 0;
  for (pb::LanePiece& piece : *response->mutable_pieces()) {
    end = piece.last();
    if (!piece.items().empty()) continue;
    LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> hashes,
                             hashes_of(piece.first() - 1, piece.last()));
    for (const record::Hash& hash : hashes) piece.add_withheld(std::string(hash.bytes()));
  }
  if (end == 0) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> rest, hashes_of(end, head_size));
  for (const record::Hash& hash : rest) response->add_rest(std::string(hash.bytes()));
  return absl::OkStatus();
}

pb::LaneSection SectionOf(const storage::StoredSection& stored, const Ruling& ruling) {
  pb::LaneSection section;
  section.set_kind(static_cast<pb::SectionKind>(stored.kind));
  if (stored.erased) {
    section.set_presence(pb::LANE_PRESENCE_ERASED);
  } else if (stored.withheld || ruling.sections.count(section.kind()) == 0) {
    section.set_presence(pb::LANE_PRESENCE_STAYS);
  } else {
    section.set_presence(pb::LANE_PRESENCE_HERE);
    section.set_salt(stored.salt);
    section.set_data(stored.data);
  }
  return section;
}

}  // namespace liaison::federation
