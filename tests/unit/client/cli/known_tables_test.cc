#include "client/cli/known_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/draft_reader.h"
#include "client/cli/sample/sample.h"
#include "proto/record/event_types.h"
#include "proto/record/names.h"
#include "proto/record/uuid.h"

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;

absl::string_view Sample(absl::string_view name) {
  for (const SampleFile& file : SampleFiles()) {
    if (file.name == name) return file.content;
  }
  ADD_FAILURE() << "no sample " << name;
  return "";
}

absl::StatusOr<std::vector<v1::Draft>> Import(absl::string_view bytes) {
  const absl::StatusOr<CsvTable> table = ReadCsv(bytes);
  if (!table.ok()) return table.status();
  const std::optional<KnownTable> kind = RecogniseTable(table->header);
  if (!kind.has_value()) return absl::InvalidArgumentError("not recognised");
  return DraftsOf(*kind, *table);
}

std::vector<v1::Draft> Imported(absl::string_view name) {
  absl::StatusOr<std::vector<v1::Draft>> drafts = Import(Sample(name));
  EXPECT_TRUE(drafts.ok()) << drafts.status();
  return drafts.ok() ? *std::move(drafts) : std::vector<v1::Draft>();
}

void ExpectBySecretariat(const v1::Draft& draft) {
  EXPECT_EQ(draft.author(), "org/igf-secretariat");
  EXPECT_EQ(draft.recorded_by(), "org/igf-secretariat");
  EXPECT_EQ(draft.audience(), "igf/public");
  EXPECT_EQ(draft.channel(), v1::CHANNEL_IMPORT);
  EXPECT_TRUE(record::Uuid::Parse(draft.event_id()).ok());
}

void ExpectStableAndUniqueIds(absl::string_view name) {
  std::set<std::string> ids;
  const std::vector<v1::Draft> first = Imported(name), again = Imported(name);
  ASSERT_EQ(first.size(), again.size());
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(ids.insert(first[i].event_id()).second);
    EXPECT_EQ(first[i].SerializeAsString(), again[i].SerializeAsString());
  }
}

TEST(KnownTablesTest, EveryInitiativeIsAnOrganisation) {
  const std::vector<v1::Draft> drafts = Imported("nris.csv");
  EXPECT_EQ(drafts.size(), 66u);
  std::map<v1::OrganisationKind, int> kinds;
  std::map<std::string, v1::Organisation> by_id;
  for (const v1::Draft& draft : drafts) {
    ExpectBySecretariat(draft);
    const v1::Organisation& body = draft.organisation();
    EXPECT_TRUE(record::IsOrganisation(body.organisation())) << body.organisation();
    EXPECT_FALSE(body.name().empty());
    EXPECT_FALSE(body.area().empty());
    EXPECT_FALSE(body.source().empty());
    EXPECT_NE(body.region(), v1::REGION_UNSPECIFIED);
    EXPECT_EQ(body.stakeholder_group(), v1::STAKEHOLDER_GROUP_UNSPECIFIED);
    ++kinds[body.kind()];
    EXPECT_TRUE(by_id.emplace(body.organisation(), body).second) << body.organisation();
  }
  EXPECT_EQ(kinds[v1::ORGANISATION_KIND_NRI_NATIONAL], 44);
  EXPECT_EQ(kinds[v1::ORGANISATION_KIND_NRI_REGIONAL], 6);
  EXPECT_EQ(kinds[v1::ORGANISATION_KIND_NRI_SUBREGIONAL], 8);
  EXPECT_EQ(kinds[v1::ORGANISATION_KIND_NRI_YOUTH], 8);
  EXPECT_EQ(by_id["org/eurodig"].founded(), 2007u);
  EXPECT_EQ(by_id["org/eurodig"].region(), v1::REGION_MULTIPLE);
  EXPECT_EQ(by_id["org/eurodig"].sample_meeting(), "2019-06-18/21 The Hague");
  EXPECT_EQ(by_id["org/cote-d-ivoire-igf"].area(), "Côte d'Ivoire");
  ExpectStableAndUniqueIds("nris.csv");
}

TEST(KnownTablesTest, EverySchemeHasAllItsCodes) {
  const std::vector<v1::Draft> drafts = Imported("taxonomy.csv");
  ASSERT_EQ(drafts.size(), 7u);
  EXPECT_EQ(drafts[0].topic_scheme().scheme(), "core");
  EXPECT_EQ(drafts[0].topic_scheme().codes(0), "unspecified");
  int codes = 0;
  for (size_t i = 1; i < drafts.size(); ++i) {
    ExpectBySecretariat(drafts[i]);
    const v1::TopicScheme& scheme = drafts[i].topic_scheme();
    EXPECT_TRUE(record::IsScheme(scheme.scheme()));
    ASSERT_EQ(scheme.codes_size(), scheme.entries_size());
    for (int j = 0; j < scheme.codes_size(); ++j) {
      EXPECT_EQ(scheme.entries(j).code(), scheme.codes(j));
      EXPECT_FALSE(scheme.entries(j).label().empty());
      EXPECT_FALSE(scheme.entries(j).verified().empty());
      EXPECT_TRUE(record::IsTopic(absl::StrCat(scheme.scheme(), ":", scheme.codes(j))));
    }
    codes += scheme.codes_size();
  }
  EXPECT_EQ(codes, 94);
  EXPECT_EQ(drafts[2].topic_scheme().entries(0).parent(), "econ");
  ExpectStableAndUniqueIds("taxonomy.csv");
}

TEST(KnownTablesTest, InputsSumToTheTableExactly) {
  const CsvTable table = *ReadCsv(Sample("thematic_inputs.csv"));
  const std::vector<v1::Draft> drafts = Imported("thematic_inputs.csv");
  EXPECT_EQ(drafts.size(), 1639u);
  std::map<std::string, std::map<std::string, int>> counts;
  for (const v1::Draft& draft : drafts) {
    const v1::Individual& individual = draft.recorded_for().individual();
    auto& year = counts[draft.cycle()];
    ++year["total"];
    ++year[v1::StakeholderGroup_Name(individual.stakeholder_group())];
    ++year[v1::Region_Name(individual.region())];
  }
  for (const CsvRow& row : table.rows) {
    auto& year = counts[row.cells[0]];
    EXPECT_EQ(year["total"], std::stoi(row.cells[1]));
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(year[v1::StakeholderGroup_Name(i + 1)], std::stoi(row.cells[2 + i])) << i;
    }
    for (int i = 0; i < 7; ++i) {
      EXPECT_EQ(year[v1::Region_Name(i + 1)], std::stoi(row.cells[7 + i])) << i;
    }
  }
}

TEST(KnownTablesTest, AnInputIsAContributorOfItsOwnWithOneRecorder) {
  std::set<std::string> individuals;
  for (const v1::Draft& draft : Imported("thematic_inputs.csv")) {
    ExpectBySecretariat(draft);
    EXPECT_TRUE(individuals.insert(draft.recorded_for().individual().id()).second);
    EXPECT_TRUE(record::Uuid::Parse(draft.recorded_for().individual().id()).ok());
    ASSERT_EQ(draft.topics_size(), 1);
    EXPECT_EQ(draft.topics(0), "unspecified");
    EXPECT_TRUE(absl::StrContains(draft.topic_signal().title(), "fictional sample"));
    EXPECT_TRUE(draft.has_authored_time());
  }
  EXPECT_EQ(
      Imported("thematic_inputs.csv")[345 + 231 + 204 + 193 + 314 + 16].topic_signal().title(),
      "Thematic input 17 of 352, 2025 (fictional sample: the table gives counts, not words)");
  ExpectStableAndUniqueIds("thematic_inputs.csv");
}

// All African inputs from governments would fit the sums too, and be absurd.
TEST(KnownTablesTest, GroupsAreSpreadOverRegions) {
  std::map<std::pair<int, int>, int> pairs;
  for (const v1::Draft& draft : Imported("thematic_inputs.csv")) {
    if (draft.cycle() != "2025") continue;
    const v1::Individual& individual = draft.recorded_for().individual();
    ++pairs[{individual.stakeholder_group(), individual.region()}];
  }
  // 168 of civil society and 132 African of 352: independence would give 63 and 21.75.
  EXPECT_NEAR((pairs[{v1::STAKEHOLDER_GROUP_CIVIL_SOCIETY, v1::REGION_AFRICAN}]), 63, 6);
  EXPECT_NEAR((pairs[{v1::STAKEHOLDER_GROUP_GOVERNMENT, v1::REGION_AFRICAN}]), 21.75, 6);
}

TEST(KnownTablesTest, ABadCellIsNamedByRowAndColumn) {
  const std::string table(Sample("thematic_inputs.csv"));
  const auto error = [&](absl::string_view from, absl::string_view to) {
    const std::string changed = absl::StrReplaceAll(table, {{from, to}});
    EXPECT_NE(changed, table);
    return std::string(Import(changed).status().message());
  };
  EXPECT_THAT(error("352,58", "353,58"), HasSubstr("row 7, column \"total\", cell \"353\""));
  EXPECT_THAT(error("352,58,21", "352,58,many"),
              HasSubstr("row 7, column \"intergovernmental\", cell \"many\": expected a whole"));
  EXPECT_THAT(error("2022,204", "2021,204"), HasSubstr("row 4, column \"year\""));

  std::string nris(Sample("nris.csv"));
  nris = absl::StrReplaceAll(nris, {{"Gabon,African Group", "Gabon,Africa Group"}});
  EXPECT_THAT(std::string(Import(nris).status().message()),
              HasSubstr("column \"un_group\", cell \"Africa Group\": unknown; did you mean "
                        "`African Group`?"));
}

TEST(KnownTablesTest, TwoInitiativesOfOneIdAreRefused) {
  std::string nris(Sample("nris.csv"));
  nris += "youth,Other,EuroDIG,Europe,WEOG,,,x\n";
  EXPECT_THAT(std::string(Import(nris).status().message()), HasSubstr("org/eurodig too"));
}

TEST(KnownTablesTest, AnotherHeaderIsNotRecognised) {
  EXPECT_FALSE(RecogniseTable({"level", "name"}).has_value());
}

TEST(KnownTablesTest, Slugs) {
  EXPECT_EQ(SlugOf("Côte d'Ivoire IGF"), "cote-d-ivoire-igf");
  EXPECT_EQ(SlugOf("Central Africa IGF (FGI-CA)"), "central-africa-igf");
  EXPECT_EQ(SlugOf("NL IGF"), "nl-igf");
  EXPECT_EQ(SlugOf("Россия"), "rossia");
  EXPECT_EQ(SlugOf("(x)"), "");
}

// --- the JSON part of the sample
// ------------------------------------------------------------------

std::vector<ReadDraft> SampleDrafts(absl::string_view name) {
  DraftReader reader(std::string(name), ReadFrom(Sample(name)), NamedReferences::kRead);
  std::vector<ReadDraft> drafts;
  while (true) {
    auto read = reader.Next();
    EXPECT_TRUE(read.ok()) << read.status();
    if (!read.ok() || !read->has_value()) return drafts;
    drafts.push_back(**std::move(read));
  }
}

// Every text of the message, with the name of its field.
void ForEachText(const google::protobuf::Message& message,
                 const std::function<void(const std::string&, const std::string&)>& visit) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == field->CPPTYPE_MESSAGE) {
        ForEachText(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                         : reflection->GetMessage(message, field),
                    visit);
      } else if (field->cpp_type() == field->CPPTYPE_STRING) {
        visit(field->name(), field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                  : reflection->GetString(message, field));
      }
    }
  }
}

TEST(SampleTest, EveryInventedTextSaysSo) {
  const std::set<std::string> words = {"title",
                                       "text",
                                       "desired_outcome",
                                       "acting_as",
                                       "name",
                                       "recorded_for_name",
                                       "focus_question",
                                       "outcome_product",
                                       "outcome_test",
                                       "reasons",
                                       "reason",
                                       "organisation_name",
                                       "approver_role"};
  for (const ReadDraft& read : SampleDrafts("fictional.jsonl")) {
    ForEachText(read.draft, [&](const std::string& field, const std::string& text) {
      if (words.count(field) > 0) {
        EXPECT_THAT(text, HasSubstr("(fictional sample)")) << read.origin;
      }
    });
  }
}

TEST(SampleTest, InventedSignalsAreOfCyclesAfter2025) {
  int signals = 0;
  for (const ReadDraft& read : SampleDrafts("fictional.jsonl")) {
    if (read.draft.has_crosswalk() || read.draft.has_attendance()) continue;
    EXPECT_TRUE(read.draft.cycle() == "2026" || read.draft.cycle() == "2027") << read.origin;
    signals += read.draft.has_topic_signal() ? 1 : 0;
  }
  EXPECT_GE(signals, 20);
}

TEST(SampleTest, AuthorsAndTopicsAndCyclesAreThereBeforeTheyAreNamed) {
  std::set<std::string> organisations, topics = {"unspecified"}, cycles;
  std::set<std::pair<std::string, std::string>> events;
  for (const ReadDraft& read : SampleDrafts("directory.jsonl")) {
    organisations.insert(read.draft.organisation().organisation());
    cycles.insert(read.draft.cycle_body().cycle_id());
  }
  for (const v1::Draft& draft : Imported("nris.csv")) {
    organisations.insert(draft.organisation().organisation());
  }
  for (const v1::Draft& draft : Imported("taxonomy.csv")) {
    for (const std::string& code : draft.topic_scheme().codes()) {
      topics.insert(absl::StrCat(draft.topic_scheme().scheme(), ":", code));
    }
  }
  for (const char* year : {"2018", "2021", "2022", "2023", "2024", "2025", "2026", "2027"}) {
    EXPECT_EQ(cycles.count(year), 1u) << year;
  }
  for (const ReadDraft& read : SampleDrafts("fictional.jsonl")) {
    const v1::Draft& draft = read.draft;
    EXPECT_EQ(organisations.count(draft.author()), 1u) << draft.author();
    for (const auto& name : draft.addressees()) EXPECT_EQ(organisations.count(name), 1u) << name;
    for (const auto& topic : draft.topics()) EXPECT_EQ(topics.count(topic), 1u) << topic;
    EXPECT_EQ(cycles.count(draft.cycle()), 1u);
    for (const NamedReference& named : read.named_references) {
      EXPECT_EQ(events.count({named.author, named.event_id}), 1u) << read.origin;
    }
    EXPECT_TRUE(record::Uuid::Parse(draft.event_id()).ok());
    EXPECT_TRUE(events.insert({draft.author(), draft.event_id()}).second) << read.origin;
  }
}

}  // namespace
}  // namespace liaison::cli
