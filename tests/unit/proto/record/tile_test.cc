#include "proto/record/tile.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "testdata.h"

namespace liaison::record {
namespace {

uint64_t FullTiles(int level, uint64_t size) {
  uint64_t full = 0;
  while (WidthInTree(level, full, size) == kTileWidth) ++full;
  return full;
}

// Of the tile behind the full ones.
uint64_t PartialWidth(int level, uint64_t size) {
  return WidthInTree(level, FullTiles(level, size), size);
}

TEST(Tile, VectorsOfC2sp) {
  const Json vectors = ReadTestdata("tile-paths.json")["c2sp"];
  const Tile tile{vectors[0]["L"].get<int>(), vectors[0]["N"].get<uint64_t>(), kTileWidth};
  EXPECT_EQ(TilePath(tile), vectors[0]["path"].get<std::string>());
  for (size_t i = 1; i < vectors.size(); ++i) {
    const auto size = vectors[i]["size"].get<uint64_t>();
    for (int level = 0; level < 3; ++level) {
      const std::string full = absl::StrCat("full_l", level);
      const std::string partial = absl::StrCat("partial_l", level);
      EXPECT_EQ(FullTiles(level, size), vectors[i].value(full, uint64_t{0}))
          << size << " " << level;
      EXPECT_EQ(PartialWidth(level, size), vectors[i].value(partial, uint64_t{0}))
          << size << " " << level;
    }
  }
}

// Go writes the height besides, which here is 8 always.
TEST(Tile, VectorsOfGo) {
  const Json vectors = ReadTestdata("tile-paths.json")["go_with_height"];
  for (const Json& vector : vectors) {
    const std::vector<std::string> parts = absl::StrSplit(vector[0].get<std::string>(), '/');
    std::string path = "tile";
    for (size_t i = 2; i < parts.size(); ++i) absl::StrAppend(&path, "/", parts[i]);
    const auto width = vector[4].get<uint64_t>();
    const bool is_full = width == uint64_t{1} << vector[1].get<int>();
    const Tile tile{vector[2].get<int>(), vector[3].get<uint64_t>(), is_full ? kTileWidth : width};
    EXPECT_EQ(TilePath(tile), path);
    const auto read = ParseTilePath(path);
    ASSERT_TRUE(read.ok()) << path;
    EXPECT_EQ(*read, tile);
  }
}

TEST(Tile, ATileHasOnePath) {
  for (const char* bad : {"",
                          "tile",
                          "tile/0",
                          "tile/0/",
                          "tile/0/0",
                          "tile/0/1",
                          "tile/0/0001",
                          "tile/0/x001",
                          "tile/0/x000/001",
                          "tile/0/001/002",
                          "tile/8/000",
                          "tile/-1/000",
                          "tile/00/000",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/",
                          "tile/0/000.p/1/2",
                          "tile/0/000.p/1.p/1",
                          "tile/0/+01",
                          "/tile/0/000",
                          "tile/0/000 ",
                          "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_FALSE(ParseTilePath(bad).ok()) << bad;
  }
}

TEST(Tile, WidthsOfHugeTrees) {
  const uint64_t size = (uint64_t{1} << 63) - 1;
  EXPECT_EQ(WidthInTree(7, 0, size), 127u);
  EXPECT_EQ(WidthInTree(7, 1, size), 0u);
  EXPECT_EQ(WidthInTree(0, (uint64_t{1} << 55) - 1, size), 255u);
  EXPECT_EQ(WidthInTree(0, uint64_t{1} << 55, size), 0u);
}

}  // namespace
}  // namespace liaison::record
