#include "storage/format/keys.h"

#include <gtest/gtest.h>

namespace liaison::storage {
namespace {

using std::string_literals::operator""s;

// The bytes below are on disks. They are not to be adapted to the code.

TEST(Keys, AreFrozen) {
  EXPECT_EQ(NumberKey(0x0102), "\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(SectionKey(1, 3), "\0\0\0\0\0\0\0\1\0\3"s);
  EXPECT_EQ(TableKey(Table::kChain, "ab"), "cab");
  EXPECT_EQ(TableKey(Table::kDirectory, "ab"), "dab");
  EXPECT_EQ(TableKey(Table::kControl, ""), "k");
  EXPECT_EQ(IdentityKey("org/a", "id"), "org/a\0id"s);
}

TEST(Keys, FamilyNamesAreFrozen) {
  const auto name = [](Family family) { return kFamilyNames[static_cast<size_t>(family)]; };
  EXPECT_EQ(name(Family::kMeta), "default");
  EXPECT_EQ(name(Family::kEvents), "events");
  EXPECT_EQ(name(Family::kSections), "sections");
  EXPECT_EQ(name(Family::kTree), "tree");
  EXPECT_EQ(name(Family::kRegistry), "registry");
  EXPECT_EQ(name(Family::kRegistryTree), "registry_tree");
  EXPECT_EQ(name(Family::kIdentity), "identity");
  EXPECT_EQ(name(Family::kDigest), "digest");
  EXPECT_EQ(name(Family::kIndex), "index");
  EXPECT_EQ(name(Family::kTables), "tables");
}

TEST(Keys, SortAsTheirNumbersDo) {
  EXPECT_LT(NumberKey(255), NumberKey(256));
  EXPECT_LT(NumberKey(1), NumberKey(uint64_t{1} << 63));
  EXPECT_LT(SectionKey(1, 0xffff), SectionKey(2, 0));
  EXPECT_LT(NumberKey(2), SectionKey(2, 0)) << "a seek to the number finds the first section";
}

TEST(Keys, PrefixEndIsPastAllThatStartWithIt) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace
}  // namespace liaison::storage
