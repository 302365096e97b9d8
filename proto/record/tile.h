// Where the hashes of a tree are found over HTTP (C2SP tlog-tiles v0.1.0): stretches of 256.
//
//   path := "tile/" level "/" index (".p/" width)?       a partial tile says how wide it is
//   index := groups of three digits, all but the last with an x before it: 1234067 is x001/x234/067
#ifndef LIAISON_PROTO_RECORD_TILE_H_
#define LIAISON_PROTO_RECORD_TILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::record {

inline constexpr int kTileHeight = 8;
inline constexpr uint64_t kTileWidth = uint64_t{1} << kTileHeight;
inline constexpr int kMaxTileLevel = 63 / kTileHeight;

// Hash i of it is the root of the subtree of height 8 * level at index 256 * index + i. Value type.
struct Tile {
  int level = 0;
  uint64_t index = 0;
  uint64_t width = kTileWidth;  // 1 to 256

  friend bool operator==(const Tile& a, const Tile& b) {
    return a.level == b.level && a.index == b.index && a.width == b.width;
  }
};

// Thread-safe, all of them.

std::string TilePath(const Tile& tile);
// INVALID_ARGUMENT for a path that would not be written.
absl::StatusOr<Tile> ParseTilePath(absl::string_view path);
// How many hashes that tile has in a tree of `size` leaves; 0: it has no such tile.
uint64_t WidthInTree(int level, uint64_t index, uint64_t size);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_TILE_H_
