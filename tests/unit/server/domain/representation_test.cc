// Representation: the six years come out exactly, beside who was there, and silence is shown.

#include "server/domain/representation.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/domain/columns.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// The rows of thematic_inputs.csv, cells by column.
std::vector<std::map<std::string, uint64_t>> Years() {
  std::ifstream file(LIAISON_SOURCE_DIR "/client/cli/sample/thematic_inputs.csv");
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = absl::StrSplit(line, ',');
  std::vector<std::map<std::string, uint64_t>> years;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    years.emplace_back();
    for (size_t i = 0; i < header.size(); ++i) years.back()[header[i]] = std::stoul(cells.at(i));
  }
  return years;
}

// As many inputs as the year has. Which group met which region the table does not say.
Breakdown InputsOf(const std::map<std::string, uint64_t>& year) {
  std::vector<pb::StakeholderGroup> groups;
  std::vector<pb::Region> regions;
  for (const GroupColumn& column : GroupColumns()) {
    groups.insert(groups.end(), year.at(std::string(column.name)), column.group);
  }
  for (const RegionColumn& column : RegionColumns()) {
    regions.insert(regions.end(), year.at(std::string(column.name)), column.region);
  }
  EXPECT_EQ(groups.size(), year.at("total"));
  EXPECT_EQ(regions.size(), year.at("total"));
  Breakdown inputs;
  for (size_t i = 0; i < groups.size(); ++i) inputs.Add(groups[i], regions[i]);
  return inputs;
}

Breakdown Meeting(const std::vector<pb::Headcount>& rows) {
  std::vector<const pb::Headcount*> pointers;
  pointers.reserve(rows.size());
  for (const pb::Headcount& row : rows) pointers.push_back(&row);
  Breakdown breakdown;
  breakdown.AddMeeting(pointers);
  return breakdown;
}

pb::Headcount Heads(pb::StakeholderGroup group, pb::Region region, uint32_t count) {
  pb::Headcount heads;
  heads.set_stakeholder_group(group);
  heads.set_region(region);
  heads.set_count(count);
  return heads;
}

const RepresentationRow& Row(const std::vector<RepresentationRow>& rows,
                             const std::string& column) {
  for (const RepresentationRow& row : rows) {
    if (row.column == column) return row;
  }
  ADD_FAILURE() << "no row " << column;
  return rows.front();
}

std::vector<std::string> Texts(const Representation& representation) {
  std::vector<std::string> texts;
  for (const Silence& silence : representation.silences)
    texts.push_back(InEnglish(silence.sentence));
  return texts;
}

TEST(RepresentationTest, TheSixYearsComeOutExactly) {
  const auto years = Years();
  ASSERT_THAT(years, SizeIs(6));
  for (const auto& year : years) {
    SCOPED_TRACE(year.at("year"));
    const Representation shown = Represent(InputsOf(year), {}, {});
    EXPECT_EQ(shown.inputs, year.at("total"));
    // In the order of the file, and no rows besides.
    std::vector<std::string> columns;
    for (const auto& rows : {shown.by_stakeholder_group, shown.by_region}) {
      for (const RepresentationRow& row : rows) {
        columns.push_back(row.column);
        EXPECT_EQ(row.inputs, year.at(row.column)) << row.column;
      }
    }
    EXPECT_EQ(absl::StrJoin(columns, ","),
              "government,intergovernmental,civil_society,technical_community,private_sector,"
              "african,asia_pacific,eastern_european,grulac,weog,igo,other");
  }
}

// Of the field's own figures: inputs of 2025, and about what its participants were.
TEST(RepresentationTest, InputsAndParticipantsGiveOppositePriorities) {
  const Representation shown =
      Represent(InputsOf(Years().back()),
                Meeting({Heads(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_AFRICAN, 1000),
                         Heads(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_WEOG, 6300),
                         Heads(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_ASIA_PACIFIC, 2700)}),
                {});
  const RepresentationRow& african = Row(shown.by_region, "african");
  EXPECT_DOUBLE_EQ(*african.share_of_inputs, 0.375);
  EXPECT_DOUBLE_EQ(*african.share_of_participants, 0.1);
  EXPECT_DOUBLE_EQ(*african.inputs_to_participants, 3.75);
  EXPECT_LT(*Row(shown.by_region, "weog").inputs_to_participants, 0.4);
  EXPECT_FALSE(Row(shown.by_region, "grulac").inputs_to_participants.has_value());
  EXPECT_THAT(Texts(shown), Contains("Latin America and Caribbean: no participants, 38 inputs."));
  EXPECT_EQ(shown.participants, 10'000u);
}

TEST(RepresentationTest, SilenceIsShown) {
  Breakdown inputs;
  inputs.Add(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_AFRICAN);
  inputs.Add(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY, pb::REGION_AFRICAN);
  inputs.Add(pb::STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY, pb::REGION_GRULAC);
  inputs.Add(pb::STAKEHOLDER_GROUP_INTERGOVERNMENTAL, pb::REGION_IGO);
  Breakdown nris;
  for (pb::Region region : {pb::REGION_AFRICAN, pb::REGION_ASIA_PACIFIC,
                            pb::REGION_EASTERN_EUROPEAN, pb::REGION_WEOG}) {
    nris.Add(pb::STAKEHOLDER_GROUP_UNSPECIFIED, region);
  }
  nris.Add(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_EASTERN_EUROPEAN);
  const Representation shown = Represent(inputs, {}, nris);
  EXPECT_THAT(Texts(shown),
              ElementsAre("all: participants are not known, no attendance is recorded.",
                          "Private sector: no inputs.", "Asia-Pacific: no inputs, 1 initiative.",
                          "Eastern European: no inputs, 2 initiatives.",
                          "Latin America and Caribbean: no initiatives, 1 input.",
                          "Western Europe and others: no inputs, 1 initiative."));
  EXPECT_EQ(shown.silences[2].axis, "region");
  EXPECT_EQ(shown.silences[2].column, "asia_pacific");
  EXPECT_EQ(shown.silences[2].of, "inputs");
  EXPECT_DOUBLE_EQ(*Row(shown.by_region, "african").inputs_to_nris, 0.5 / 0.2);
}

TEST(RepresentationTest, NothingAtAllIsSaidOnce) {
  EXPECT_THAT(
      Texts(Represent({}, {}, {})),
      ElementsAre("all: no inputs.", "all: participants are not known, no attendance is recorded.",
                  "all: no initiatives."));
}

TEST(RepresentationTest, WhatHasNoColumnStandsBehindThemSoThatRowsAddUp) {
  Breakdown inputs;
  inputs.Add(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_MULTIPLE);
  inputs.Add(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_UNSPECIFIED);
  const Representation shown = Represent(inputs, {}, {});
  for (const auto& rows : {shown.by_stakeholder_group, shown.by_region}) {
    uint64_t sum = 0;
    for (const RepresentationRow& row : rows) sum += row.inputs;
    EXPECT_EQ(sum, shown.inputs);
  }
  ASSERT_THAT(shown.by_region, SizeIs(9));
  ASSERT_THAT(shown.by_stakeholder_group, SizeIs(6));
  EXPECT_EQ(shown.by_region[7].column, "multiple");
  EXPECT_EQ(shown.by_region[8].column, "unspecified");
  EXPECT_EQ(shown.by_stakeholder_group[5].column, "unspecified");
}

TEST(RepresentationTest, PeopleCountedByGroupAndAgainByRegionAreTheSamePeople) {
  Breakdown participants =
      Meeting({Heads(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_UNSPECIFIED, 30),
               Heads(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY, pb::REGION_UNSPECIFIED, 60),
               Heads(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_WEOG, 80)});
  EXPECT_EQ(participants.total(), 90u);
  EXPECT_EQ(participants.count(pb::REGION_WEOG), 80u);
  // Another meeting, whose rows say both; and one that knows no more than how many.
  participants.Merge(Meeting({Heads(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_WEOG, 5),
                              Heads(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_GRULAC, 6)}));
  participants.Merge(
      Meeting({Heads(pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_UNSPECIFIED, 7)}));
  EXPECT_EQ(participants.total(), 108u);
  EXPECT_EQ(participants.count(pb::STAKEHOLDER_GROUP_GOVERNMENT), 41u);
  const Representation shown = Represent({}, participants, {});
  EXPECT_DOUBLE_EQ(*Row(shown.by_region, "weog").share_of_participants, 85.0 / 91);
}

TEST(RepresentationTest, WhatIsTakenBackIsAsIfItHadNotBeen) {
  Breakdown inputs = InputsOf(Years()[1]);
  for (int i = 0; i < 50; ++i) inputs.Add(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_MULTIPLE);
  for (int i = 0; i < 50; ++i) inputs.Remove(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_MULTIPLE);
  const Representation shown = Represent(inputs, {}, {});
  EXPECT_EQ(shown.inputs, 231u);
  EXPECT_EQ(Row(shown.by_stakeholder_group, "government").inputs, 36u);
  EXPECT_THAT(shown.by_region, SizeIs(7));
  Breakdown one;
  for (int i = 0; i < 2; ++i) one.Add(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_WEOG);
  one.Remove(pb::STAKEHOLDER_GROUP_GOVERNMENT, pb::REGION_WEOG);
  EXPECT_EQ(one.count(pb::REGION_WEOG), 1u);
}

TEST(ColumnsTest, ThoseOfTheFileAndThoseBesides) {
  EXPECT_EQ(ColumnOf(pb::STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY), "technical_community");
  EXPECT_EQ(ColumnOf(pb::REGION_MULTIPLE), "multiple");
  EXPECT_EQ(ColumnOf(static_cast<pb::Region>(99)), "unspecified");
  EXPECT_EQ(IndependentOrganisation("org/igf-mag/seat-17"), "org/igf-mag");
  EXPECT_EQ(IndependentOrganisation("org/eurodig"), "org/eurodig");
  EXPECT_EQ(IndependentOrganisation(""), "");
  EXPECT_THAT(UnRegions(), SizeIs(5));
  EXPECT_EQ(UnRegions()[4].name, "weog");
}

}  // namespace
}  // namespace liaison::domain
