#include "storage/format/stored.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace liaison::storage {
namespace {

StoredSection Present(uint16_t kind, std::string data) {
  return {kind, std::string(32, 's'), std::move(data), false};
}

StoredSection Erased(uint16_t kind) { return {kind, "", "", true}; }

std::string EventRowOf(absl::string_view leaf, absl::string_view header,
                       const std::vector<StoredSection>& sections) {
  std::string row;
  AppendEventRow(leaf, header, sections, &row);
  return row;
}

StoredSection Withheld(uint16_t kind) {
  StoredSection section = Erased(kind);
  section.erased = false;
  section.withheld = true;
  return section;
}

std::string SectionRowOf(const StoredSection& section) {
  std::string row;
  AppendSectionRow(section, &row);
  return row;
}

// The bytes below are on disks. They are not to be adapted to the code.

TEST(EventRow, IsFrozen) {
  EXPECT_EQ(absl::BytesToHexString(EventRowOf("LEAF", "HEADER", {Present(1, "x"), Erased(0x0203)})),
            "01"  // version
            "02"  // sections
            "0001"
            "0203"      // their kinds
            "0004"      // size of the leaf
            "4c454146"  // LEAF
            "484541444552");
  EXPECT_EQ(absl::BytesToHexString(EventRowOf("L", "", {})), "010000014c");
}

TEST(SectionRow, IsFrozen) {
  EXPECT_EQ(SectionRowOf(Present(1, "data")), "\x01" + std::string(32, 's') + "data");
  EXPECT_EQ(SectionRowOf(Erased(1)), "\x02");
  EXPECT_EQ(SectionRowOf(Withheld(1)), "\x03");
}

TEST(EventRow, ComesBackAsItWas) {
  const std::string bytes =
      EventRowOf(std::string(154, 'l'), "header", {Present(1, "x"), Present(2, "y"), Erased(3)});
  EventRow row;
  ASSERT_TRUE(ParseEventRow(bytes, &row).ok());
  EXPECT_EQ(row.leaf, std::string(154, 'l'));
  EXPECT_EQ(row.header, "header");
  EXPECT_EQ(row.section_kinds(), absl::MakeConstSpan({uint16_t{1}, uint16_t{2}, uint16_t{3}}));
}

TEST(EventRow, CutShortIsRefused) {
  const std::string bytes = EventRowOf("leaf", "", {Present(1, "x"), Present(2, "y")});
  EventRow row;
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(ParseEventRow(bytes.substr(0, size), &row))) << size;
  }
}

TEST(EventRow, DamageIsRefused) {
  const std::string good = EventRowOf("leaf", "header", {Present(1, "x"), Present(2, "y")});
  EventRow row;
  std::string bytes = good;
  bytes[0] = 2;
  EXPECT_TRUE(absl::IsDataLoss(ParseEventRow(bytes, &row))) << "version";
  bytes = good;
  bytes[1] = kMaxSections + 1;
  EXPECT_TRUE(absl::IsDataLoss(ParseEventRow(bytes, &row))) << "too many sections";
  bytes = good;
  bytes[5] = 1;
  EXPECT_TRUE(absl::IsDataLoss(ParseEventRow(bytes, &row))) << "the same kind twice";
  bytes = good;
  bytes[6] = 1;
  EXPECT_TRUE(absl::IsDataLoss(ParseEventRow(bytes, &row))) << "leaf past the end";
}

TEST(SectionRow, ComesBackAsItWas) {
  StoredSection section = Erased(7);
  ASSERT_TRUE(ParseSectionRow(SectionRowOf(Present(1, "data")), &section).ok());
  EXPECT_FALSE(section.erased);
  EXPECT_EQ(section.salt, std::string(32, 's'));
  EXPECT_EQ(section.data, "data");
  EXPECT_EQ(section.kind, 7) << "the kind stands in the key";

  ASSERT_TRUE(ParseSectionRow(SectionRowOf(Erased(1)), &section).ok());
  EXPECT_TRUE(section.erased);
  EXPECT_FALSE(section.withheld);
  EXPECT_EQ(section.salt, "") << "nothing of a reused buffer shines through";
  EXPECT_EQ(section.data, "");

  ASSERT_TRUE(ParseSectionRow(SectionRowOf(Withheld(1)), &section).ok());
  EXPECT_FALSE(section.erased);
  EXPECT_TRUE(section.withheld);
  ASSERT_TRUE(ParseSectionRow(SectionRowOf(Present(1, "data")), &section).ok());
  EXPECT_FALSE(section.withheld);
}

TEST(SectionRow, DamageIsRefused) {
  StoredSection section;
  EXPECT_TRUE(absl::IsDataLoss(ParseSectionRow("", &section)));
  EXPECT_TRUE(absl::IsDataLoss(ParseSectionRow("\x04", &section)));
  EXPECT_TRUE(absl::IsDataLoss(ParseSectionRow("\x02 more", &section)));
  EXPECT_TRUE(absl::IsDataLoss(ParseSectionRow("\x01" + std::string(31, 's'), &section)));
  EXPECT_TRUE(ParseSectionRow("\x01" + std::string(32, 's'), &section).ok()) << "empty data";
}

}  // namespace
}  // namespace liaison::storage
