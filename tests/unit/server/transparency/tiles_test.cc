#include "server/transparency/tiles.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "proto/record/proof.h"
#include "tests/simulation/disk.h"

namespace liaison::transparency {
namespace {

// What of the trees is another byte on disk than was written.
class SpoiltTrees final : public storage::TreeStore {
 public:
  explicit SpoiltTrees(const storage::TreeStore* trees) : trees_(*trees) {}
  absl::Status ReadTreeRows(storage::Tree tree, absl::Span<const uint64_t> indexes,
                            std::vector<std::string>* rows) const override {
    const absl::Status read = trees_.ReadTreeRows(tree, indexes, rows);
    for (size_t i = 0; i < rows->size(); ++i) {
      if (indexes[i] == spoilt_row) (*rows)[i].back() ^= 1;
    }
    return read;
  }
  uint64_t spoilt_row = ~uint64_t{0};

 private:
  const storage::TreeStore& trees_;
};

class TilesTest : public ::testing::Test {
 protected:
  TilesTest() : log_(&disk_, &world_) { disk_.log_id = record::Uuid::Random(); }

  void GrowTo(uint64_t size) {
    storage::Group group;
    for (uint64_t at = log_.head().sequence; at < size; ++at) {
      storage::NewEvent event;
      event.leaf.sequence = at + 1;
      event.header = absl::StrCat("header ", at);
      group.events.push_back(std::move(event));
    }
    ASSERT_TRUE(log_.Append(group).ok());
  }
  LogTree Tree() const { return LogTree(&log_, &trees_, storage::Tree::kLog); }

  // The root as somebody who has nothing but tiles reckons it.
  record::Hash RootFromTiles(uint64_t size) const {
    std::vector<record::Hash> edge;  // of perfect subtrees, largest first
    for (int level = record::kMaxTileLevel; level >= 0; --level) {
      const int height = record::kTileHeight * level;
      const uint64_t hashes = height >= 63 ? 0 : size >> height;
      const uint64_t width = hashes % record::kTileWidth;
      if (width == 0) continue;
      const auto bytes = ReadTile(Tree(), {level, hashes / record::kTileWidth, width});
      EXPECT_TRUE(bytes.ok()) << bytes.status();
      std::vector<record::Hash> tile;
      for (uint64_t i = 0; i < width; ++i) {
        tile.push_back(record::Hash::FromBytes(bytes->substr(32 * i, 32)));
      }
      size_t begin = 0;
      for (uint64_t bit = record::kTileWidth / 2; bit > 0; bit /= 2) {
        if ((width & bit) == 0) continue;
        edge.push_back(record::RootOf(absl::MakeSpan(tile).subspan(begin, bit)));
        begin += bit;
      }
    }
    return record::CompactRange(size, edge).Root();
  }

  simulation::QuietWorld world_;
  simulation::Disk disk_;
  simulation::SimulatedLog log_;
  SpoiltTrees trees_{&log_};
};

TEST_F(TilesTest, EverySizeIsRebuiltFromItsTiles) {
  GrowTo(70'000);
  for (const uint64_t size :
       {1, 2, 3, 255, 256, 257, 511, 512, 1000, 65'535, 65'536, 65'537, 69'999, 70'000}) {
    EXPECT_EQ(RootFromTiles(size), *log_.RootAt(size)) << size;
  }
}

TEST_F(TilesTest, WhatTheTreeHasNotIsOutOfRange) {
  GrowTo(300);
  EXPECT_TRUE(ReadTile(Tree(), {0, 0, 256}).ok());
  EXPECT_TRUE(ReadTile(Tree(), {0, 1, 44}).ok());
  EXPECT_TRUE(ReadTile(Tree(), {1, 0, 1}).ok());
  for (const record::Tile& tile :
       {record::Tile{0, 1, 45}, record::Tile{0, 1, 256}, record::Tile{0, 2, 1},
        record::Tile{1, 0, 2}, record::Tile{2, 0, 1}, record::Tile{7, 0, 1}}) {
    EXPECT_TRUE(absl::IsOutOfRange(ReadTile(Tree(), tile).status())) << record::TilePath(tile);
  }
}

TEST_F(TilesTest, AFullTileIsComparedWithTheLevelAbove) {
  GrowTo(600);
  for (const uint64_t row : {0, 100, 254, 255}) {
    trees_.spoilt_row = row;
    EXPECT_TRUE(absl::IsDataLoss(ReadTile(Tree(), {0, 0, 256}).status())) << row;
  }
  trees_.spoilt_row = 256;
  EXPECT_TRUE(ReadTile(Tree(), {0, 0, 256}).ok());
}

}  // namespace
}  // namespace liaison::transparency
