#include "proto/record/tile.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace liaison::record {
namespace {

// Beyond it no tree of fewer than 2^63 leaves has a tile.
constexpr uint64_t kMaxIndex = (uint64_t{1} << 55) - 1;

absl::Status NoTile() { return absl::InvalidArgumentError("this is no path of a tile"); }

std::string IndexPath(uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    path = absl::StrFormat("x%03d/%s", index % 1000, path);
  }
  return path;
}

}  // namespace

std::string TilePath(const Tile& tile) {
  std::string path = absl::StrCat("tile/", tile.level, "/", IndexPath(tile.index));
  if (tile.width != kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

absl::StatusOr<Tile> ParseTilePath(absl::string_view path) {
  const absl::string_view whole = path;
  Tile tile;
  if (!absl::ConsumePrefix(&path, "tile/")) return NoTile();
  const size_t partial = path.find(".p/");
  if (partial != absl::string_view::npos) {
    if (!absl::SimpleAtoi(path.substr(partial + 3), &tile.width) || tile.width == 0 ||
        tile.width >= kTileWidth) {
      return NoTile();
    }
    path = path.substr(0, partial);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &tile.level) || tile.level < 0 ||
      tile.level > kMaxTileLevel) {
    return NoTile();
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::string_view group = parts[i];
    absl::ConsumePrefix(&group, "x");
    uint64_t digits = 0;
    if (!absl::SimpleAtoi(group, &digits) || digits > 999 || tile.index > kMaxIndex / 1000) {
      return NoTile();
    }
    tile.index = tile.index * 1000 + digits;
  }
  // Signs, spaces, zeros that should not be there: only one text stands for a tile.
  if (TilePath(tile) != whole) return NoTile();
  return tile;
}

uint64_t WidthInTree(int level, uint64_t index, uint64_t size) {
  const int shift = kTileHeight * level;
  const uint64_t hashes = shift >= 64 ? 0 : size >> shift;
  if (index > hashes / kTileWidth) return 0;
  return std::min(kTileWidth, hashes - index * kTileWidth);
}

}  // namespace liaison::record
