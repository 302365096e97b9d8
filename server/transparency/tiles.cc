#include "server/transparency/tiles.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"
#include "storage/tree/node_reader.h"

namespace liaison::transparency {
namespace {

absl::StatusOr<std::vector<record::Hash>> ReadNodes(const LogTree& tree,
                                                    const std::vector<storage::Node>& nodes) {
  std::vector<uint64_t> indexes;
  indexes.reserve(nodes.size());
  for (const storage::Node& node : nodes) indexes.push_back(storage::RowOf(node));
  std::vector<std::string> rows;
  LIAISON_RETURN_IF_ERROR(tree.ReadRows(indexes, &rows));
  std::vector<record::Hash> hashes;
  hashes.reserve(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const size_t offset = storage::OffsetInRow(nodes[i]);
    if (rows[i].size() < offset + record::kHashSizeBytes) {
      return absl::DataLossError(absl::StrCat("row ", indexes[i], " of the tree is too short"));
    }
    hashes.push_back(
        record::Hash::FromBytes(absl::string_view(rows[i]).substr(offset, record::kHashSizeBytes)));
  }
  return hashes;
}

}  // namespace

absl::StatusOr<std::string> ReadTile(const LogTree& tree, const record::Tile& tile) {
  const uint64_t there = record::WidthInTree(tile.level, tile.index, tree.size());
  if (tile.width > there) {
    return absl::OutOfRangeError(absl::StrCat("the tree has ", there, " hashes of that tile"));
  }
  const int height = record::kTileHeight * tile.level;
  const bool is_full = tile.width == record::kTileWidth;
  std::vector<storage::Node> nodes;
  nodes.reserve(tile.width + 1);
  for (uint64_t i = 0; i < tile.width; ++i) {
    nodes.push_back({height, tile.index * record::kTileWidth + i});
  }
  if (is_full) nodes.push_back({height + record::kTileHeight, tile.index});
  LIAISON_ASSIGN_OR_RETURN(std::vector<record::Hash> hashes, ReadNodes(tree, nodes));
  if (is_full) {
    const record::Hash above = hashes.back();
    hashes.pop_back();
    if (record::RootOf(hashes) != above) {
      return absl::DataLossError(
          absl::StrCat("what is stored of ", record::TilePath(tile), " contradicts itself"));
    }
  }
  std::string bytes;
  bytes.reserve(hashes.size() * record::kHashSizeBytes);
  for (const record::Hash& hash : hashes) absl::StrAppend(&bytes, hash.bytes());
  return bytes;
}

}  // namespace liaison::transparency
