#include "client/cli/csv_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/import_id.h"

namespace liaison::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string FileBytes(absl::string_view name) {
  const std::string path = absl::StrCat(LIAISON_SOURCE_DIR, "/client/cli/sample/maps/", name);
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr char kMap[] = R"(
source = "test"
id_column = "Id"
[constants]
author = "org/a"
audience = "igf/public"
[columns]
title = "Title"
topics = { column = "Topics", separator = ";" }
requested_date = { column = "By", date = "DD/MM/YYYY" }
[values.topics]
"Access" = "x:access"
"Trust" = "x:trust"
)";

CsvMap Map(absl::string_view toml = kMap) {
  absl::StatusOr<CsvMap> map = CsvMap::Parse(toml);
  EXPECT_TRUE(map.ok()) << map.status();
  return *std::move(map);
}

std::string MapError(absl::string_view toml) {
  return std::string(CsvMap::Parse(toml).status().message());
}

// The map with `from` replaced.
std::string Changed(absl::string_view from, absl::string_view to) {
  const std::string changed = absl::StrReplaceAll(kMap, {{from, to}});
  EXPECT_NE(changed, kMap);
  return changed;
}

CsvMap::Drafts DraftsOf(absl::string_view csv, const CsvMap& map = Map()) {
  const CsvTable table = *ReadCsv(csv, map.hints());
  EXPECT_TRUE(map.CheckHeader(table.header).ok()) << map.CheckHeader(table.header);
  return map.ToDrafts(table);
}

TEST(CsvMapTest, ARowBecomesADraft) {
  const CsvMap::Drafts made =
      DraftsOf("Id,Title,Topics,By\nr1,Café,Access;Trust,31/03/2027\nr2,Tea,,\n");
  EXPECT_THAT(made.problems, IsEmpty());
  ASSERT_EQ(made.drafts.size(), 2u);
  const v1::Draft& draft = made.drafts[0];
  EXPECT_EQ(draft.event_id(), ImportedEventId("test", "r1"));
  EXPECT_EQ(draft.author(), "org/a");
  EXPECT_EQ(draft.channel(), v1::CHANNEL_IMPORT);
  EXPECT_THAT(draft.topics(), ElementsAre("x:access", "x:trust"));
  EXPECT_EQ(draft.topic_signal().title(), "Café");
  EXPECT_EQ(draft.topic_signal().requested_date(), "2027-03-31");
  EXPECT_EQ(draft.topic_signal().external_ids(0).scheme(), "test");
  EXPECT_EQ(draft.topic_signal().external_ids(0).id(), "r1");
  EXPECT_EQ(made.rows[1], 3);
}

// Changing what is made of (source, row id) would import everything a second time.
TEST(CsvMapTest, EventIdsAreForEver) {
  EXPECT_EQ(ImportedEventId("test", "r1"), ImportedEventId("test", "r1"));
  EXPECT_NE(ImportedEventId("test", "r1"), ImportedEventId("testr", "1"));
  EXPECT_EQ(ImportedEventId("exemple-formulaire-2027", "2027-001"),
            "b59ab8fe-c206-5b1b-ab7d-181cbbc254f4");
  EXPECT_NE(ImportedIndividualId("test", "r1"), ImportedEventId("test", "r1"));
}

TEST(CsvMapTest, ProblemsNameRowColumnAndCell) {
  const CsvMap::Drafts made = DraftsOf(
      "Id,Title,Topics,By\n"
      "r1,a,Acess,\n"
      "r2,b,Access;;Trust,\n"
      "r3,c,,31/02/2027\n"
      ",d,,\n"
      "r1,e,,\n"
      "r6,,,\n"
      "r7,good,,\n");
  EXPECT_EQ(made.bad_rows, 6u);
  EXPECT_EQ(made.drafts.size(), 1u);
  EXPECT_THAT(
      made.problems,
      ElementsAre(HasSubstr("row 2, column \"Topics\", cell \"Acess\": not in "
                            "[values.topics] of the map; did you mean `Access`?"),
                  HasSubstr("row 3, column \"Topics\", cell \"Access;;Trust\": an empty item"),
                  HasSubstr("row 4, column \"By\", cell \"31/02/2027\""),
                  HasSubstr("row 5, column \"Id\", cell \"\": every row needs an id"),
                  HasSubstr("row 6, column \"Id\", cell \"r1\": another row has this id"),
                  HasSubstr("row 7, column \"Title\", cell \"\": there is no title")));
}

TEST(CsvMapTest, ARaggedRowHidesNoFaultOfTheOthers) {
  const CsvMap::Drafts made = DraftsOf(
      "Id,Title,Topics,By\n"
      "r1,a\n"
      "r2,,Acess,\n"
      "r3,good,,\n"
      "r4,b,,,,\n");
  EXPECT_EQ(made.bad_rows, 3u);
  EXPECT_EQ(made.drafts.size(), 1u);
  EXPECT_EQ(made.rows[0], 4);
  EXPECT_THAT(made.problems,
              ElementsAre(HasSubstr("row 2 (line 2), column \"Topics\": the row ends before it"),
                          HasSubstr("row 3, column \"Topics\", cell \"Acess\""),
                          HasSubstr("row 3, column \"Title\", cell \"\": there is no title"),
                          HasSubstr("row 5 (line 5), column \"By\": the row goes on after it")));
}

TEST(CsvMapTest, AFieldOfTheHubsComplaintIsAColumn) {
  EXPECT_EQ(Map().ColumnOf("topics[1]"), "Topics");
  EXPECT_EQ(Map().ColumnOf("topic_signal.title"), "Title");
  EXPECT_EQ(Map().ColumnOf("author"), "");
}

TEST(CsvMapTest, NoColumnIsLeftOutInSilence) {
  const absl::Status status = Map().CheckHeader({"Id", "Title", "Topic", "By", "E-mail"});
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no column \"Topics\"; did you mean `Topic`?"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("says nothing of column \"Topic\", \"E-mail\""));
  EXPECT_TRUE(Map(absl::StrCat("ignore = [\"E-mail\"]", kMap))
                  .CheckHeader({"E-mail", "Id", "Title", "Topics", "By"})
                  .ok());
}

TEST(CsvMapTest, APersonBehindARowGetsAnIdAndARecorder) {
  const CsvMap map = Map(Changed("title = \"Title\"",
                                 "title = \"Title\"\nrecorded_for.individual.region = \"Region\"\n"
                                 "personal.recorded_for_name = \"Name\""));
  const CsvMap::Drafts made = DraftsOf(
      "Id,Title,Topics,By,Region,Name\nr1,a,,,grulac,\nr2,b,,,,Awa Exemple (fictional)\n", map);
  ASSERT_EQ(made.drafts.size(), 2u) << made.problems[0];
  for (const v1::Draft& draft : made.drafts) {
    EXPECT_EQ(draft.recorded_by(), "org/a");
    EXPECT_EQ(draft.recorded_for().individual().id(),
              ImportedIndividualId("test", draft.topic_signal().external_ids(0).id()));
  }
  EXPECT_EQ(made.drafts[0].recorded_for().individual().region(), v1::REGION_GRULAC);
}

TEST(CsvMapTest, WithoutAnIdColumnTheRowNumberIsTheId) {
  const CsvMap map = Map(Changed("id_column = \"Id\"\n", ""));
  EXPECT_FALSE(map.has_row_ids());
  const CsvMap::Drafts made = DraftsOf("Title,Topics,By\na,,\n", map);
  EXPECT_EQ(made.drafts[0].event_id(), ImportedEventId("test", "2"));
}

TEST(CsvMapTest, MistakesInTheMapAreNamedByLine) {
  EXPECT_THAT(MapError("source = "), HasSubstr("line 1: not valid TOML"));
  EXPECT_THAT(MapError(Changed("id_column", "id_colum")),
              HasSubstr("line 3: unknown key `id_colum`; did you mean `id_column`?"));
  EXPECT_THAT(MapError(Changed("title =", "titel =")),
              HasSubstr("line 8: there is no field `titel`"));
  EXPECT_THAT(MapError(Changed("org/a", "Org A")), HasSubstr("line 5: `author`: expected an org"));
  EXPECT_THAT(MapError(Changed("DD/MM/YYYY", "DD/MM")), HasSubstr("line 10: date format"));
  EXPECT_THAT(MapError(Changed("separator", "seperator")), HasSubstr("did you mean `separator`?"));
  EXPECT_THAT(MapError(Changed("\"Title\"", "\"Topics\"")), HasSubstr("named twice"));
  EXPECT_THAT(MapError(Changed("x:trust", "X Trust")),
              HasSubstr("line 13: \"Trust\": expected a topic"));
  EXPECT_THAT(MapError(Changed("[values.topics]", "[values.tpoics]")),
              HasSubstr("belongs to no field"));
  EXPECT_THAT(MapError(Changed("audience = \"igf/public\"\n", "")),
              HasSubstr("`audience` is needed"));
  EXPECT_THAT(MapError(Changed("source = \"test\"", "")), HasSubstr("`source` is needed"));
  EXPECT_THAT(MapError(absl::StrCat("type = \"decision\"", kMap)), HasSubstr("line 1: `type`"));
  EXPECT_THAT(MapError(absl::StrCat("encoding = \"latin1\"", kMap)), HasSubstr("unknown encoding"));
  EXPECT_THAT(MapError(absl::StrCat("timezone = \"Paris\"", kMap)), HasSubstr("unknown time zone"));
  EXPECT_THAT(MapError(absl::StrCat("ignore = 3", kMap)), HasSubstr("`ignore` must be a text"));
}

// --- and back -----------------------------------------------------------------------------------

TEST(CsvMapTest, AFrenchExcelFileComesBackByteForByte) {
  const std::string bytes = FileBytes("formulaire-fr.csv");
  ASSERT_THAT(bytes, HasSubstr("\xE9"));                 // Windows-1252
  ASSERT_THAT(bytes, HasSubstr("\"\"C'est trop\"\","));  // quotes
  ASSERT_THAT(bytes, HasSubstr("\r\n"));
  const CsvMap map = Map(FileBytes("formulaire-fr.toml"));
  const CsvMap::Drafts made = DraftsOf(bytes, map);
  ASSERT_THAT(made.problems, IsEmpty());
  EXPECT_EQ(made.drafts[0].personal().recorded_for_name(), "Léa Exemple (fictional sample)");
  EXPECT_EQ(made.drafts[0].authored_time().seconds(), 1'799'136'720);  // 08:12 UTC
  EXPECT_THAT(made.drafts[1].topic_signal().text(), HasSubstr("€ par an,\n- le même"));
  EXPECT_EQ(*WriteCsv(*map.ToTable(made.drafts)), bytes);
  EXPECT_THAT(map.RoundTripNotes(bytes, *ReadCsv(bytes, map.hints()), made.drafts), IsEmpty());
}

TEST(CsvMapTest, AGoogleFormComesBackButForTheColumnLeftOut) {
  const std::string bytes = FileBytes("google-form-en.csv");
  const CsvMap map = Map(FileBytes("google-form-en.toml"));
  const CsvMap::Drafts made = DraftsOf(bytes, map);
  ASSERT_THAT(made.problems, IsEmpty());
  EXPECT_EQ(made.drafts[0].recorded_for().organisation(), "org/example-digital-rights");
  EXPECT_EQ(*WriteCsv(*map.ToTable(made.drafts)),
            absl::StrReplaceAll(bytes, {{"jo@example.org", ""}, {"sam@example.org", ""}}));
  EXPECT_THAT(
      map.RoundTripNotes(bytes, *ReadCsv(bytes, map.hints()), made.drafts),
      ElementsAre(HasSubstr("column \"Email Address\", cell \"jo@example.org\": comes back"),
                  HasSubstr("sam@example.org")));
}

TEST(CsvMapTest, WhatWouldNotComeBackIsSaidBeforehand) {
  const std::string csv = "Title;Id;Topics;By\r\na;r1;;\r\n";
  const CsvMap map = Map();
  const CsvTable table = *ReadCsv(csv);
  EXPECT_THAT(map.RoundTripNotes(csv, table, map.ToDrafts(table).drafts),
              ElementsAre(HasSubstr("header = [\"Title\", \"Id\", \"Topics\", \"By\"]")));

  const std::string lf = "Id;Title;Topics;By\nr1;a;;\n";
  const CsvTable lf_table = *ReadCsv(lf);
  EXPECT_THAT(map.RoundTripNotes(lf, lf_table, map.ToDrafts(lf_table).drafts),
              ElementsAre(HasSubstr("delimiter = \";\", line_end = \"lf\"")));
}

TEST(CsvMapTest, TwoSpellingsOfOneValueAreSaidBeforehand) {
  const CsvMap map = Map(Changed("\"Trust\" = \"x:trust\"", "\"access\" = \"x:access\""));
  const std::string csv = "Id,Title,Topics,By\r\nr1,a,access,\r\n";
  const CsvTable table = *ReadCsv(csv);
  EXPECT_THAT(map.RoundTripNotes(csv, table, map.ToDrafts(table).drafts),
              ElementsAre(HasSubstr("cell \"access\": comes back as \"Access\"")));
}

TEST(CsvMapTest, AWordForNoComesBack) {
  const std::string toml = absl::StrReplaceAll(
      kMap, {{"id_column", "type = \"local-report\"\nid_column"},
             {"requested_date = { column = \"By\", date = \"DD/MM/YYYY\" }", "ldc = \"LDC\""},
             {"[values.topics]",
              "[values.ldc]\n\"Oui\" = \"true\"\n\"Non\" = \"false\"\n"
              "[values.topics]"}});
  const CsvMap map = Map(toml);
  const std::string csv = "Id,Title,Topics,LDC\r\nr1,a,,Oui\r\nr2,b,,Non\r\n";
  const CsvTable table = *ReadCsv(csv);
  const CsvMap::Drafts made = map.ToDrafts(table);
  ASSERT_THAT(made.problems, IsEmpty());
  EXPECT_TRUE(made.drafts[0].local_report().ldc());
  EXPECT_THAT(map.RoundTripNotes(csv, table, made.drafts), IsEmpty());
}

TEST(CsvMapTest, OnlyTheSourcesOwnDraftsGoIntoItsTable) {
  const CsvMap::Drafts made = DraftsOf("Id,Title,Topics,By\nr1,a,,\n");
  EXPECT_TRUE(Map().Made(made.drafts[0]));
  EXPECT_FALSE(Map(Changed("\"test\"", "\"other\"")).Made(made.drafts[0]));
  EXPECT_FALSE(Map().Made(v1::Draft()));
}

}  // namespace
}  // namespace liaison::cli
