#include "proto/record/compact_range.h"

#include <gtest/gtest.h>

#include "proto/record/proof.h"
#include "tests/unit/storage/tree/memory_rows.h"

namespace liaison::storage {
namespace {

TEST(CompactRange, OfNothingHasTheEmptyRoot) {
  EXPECT_EQ(record::CompactRange().Root().ToHex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(record::CompactRange().size(), 0u);
}

TEST(CompactRange, HasTheRootOfTheDefinitionAtEverySize) {
  MemoryRows tree;
  for (size_t size = 1; size <= 300; ++size) {
    tree.AppendLeaves(1);
    ASSERT_EQ(tree.range().size(), size);
    ASSERT_EQ(tree.range().Root(), record::RootOf(tree.leaf_hashes())) << size;
  }
}

// What stands in a row is on disks: 32 * (1 + trailing ones of n) bytes.
TEST(CompactRange, ARowHoldsTheLeafAndWhatItCompletes) {
  MemoryRows tree;
  tree.AppendLeaves(8);
  const auto& leaf = tree.leaf_hashes();
  const auto node = [&leaf](size_t begin, size_t end) {
    return record::RootOf(absl::MakeConstSpan(leaf).subspan(begin, end - begin));
  };
  const auto bytes = [](std::initializer_list<record::Hash> hashes) {
    std::string row;
    for (const record::Hash& hash : hashes) row.append(hash.bytes().data(), hash.bytes().size());
    return row;
  };
  EXPECT_EQ(tree.row(0), bytes({leaf[0]}));
  EXPECT_EQ(tree.row(1), bytes({leaf[1], node(0, 2)}));
  EXPECT_EQ(tree.row(2), bytes({leaf[2]}));
  EXPECT_EQ(tree.row(3), bytes({leaf[3], node(2, 4), node(0, 4)}));
  EXPECT_EQ(tree.row(5), bytes({leaf[5], node(4, 6)}));
  EXPECT_EQ(tree.row(7), bytes({leaf[7], node(6, 8), node(4, 8), node(0, 8)}));
}

}  // namespace
}  // namespace liaison::storage
