// The radar's commands, on a hub in memory that answers as it is told.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/command_line.h"
#include "client/cli/draft_json.h"
#include "client/cli/table.h"
#include "tests/unit/client/cli/fake_hub.h"

namespace liaison::cli {
namespace {

using ::liaison::testing::FakeHub;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::ResultOf;
using ::testing::StartsWith;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

v1::RadarTopic Topic(const std::string& topic, const std::string& label, double score) {
  v1::RadarTopic result;
  result.set_topic(topic);
  result.set_label(label);
  result.set_score(score);
  result.set_organisations(5);
  result.set_regions(3);
  result.set_stakeholder_groups(2);
  result.set_nris(4);
  result.set_events(9);
  for (const uint64_t first : {40, 12}) {
    v1::RadarContributor& one = *result.add_contributors();
    one.set_kind(v1::ORGANISATION_KIND_NRI_NATIONAL);
    one.set_region(v1::REGION_AFRICAN);
    one.set_organisation(absl::StrCat("org/fictional-", first));
    one.set_events(5);
    one.add_sequences(first);
    one.add_sequences(first + 1);
  }
  v1::RadarPart& part = *result.add_parts();
  part.set_part("organisations");
  part.set_count(5);
  part.set_points(21.5);
  part.set_meaning("Organisations that raise it, each once.");
  part.set_weighs_as(3.5);
  v1::RadarEvidence& behind = *part.add_evidence();
  behind.set_counted_as("nri, african");
  behind.add_organisations("org/fictional-40");
  behind.add_organisations("org/fictional-12");
  behind.set_total_organisations(5);
  result.add_missing_regions("grulac");
  result.add_why_above_next("Two regions more.");
  return result;
}

v1::GetRepresentationResponse Heard() {
  v1::GetRepresentationResponse response;
  response.mutable_window()->set_cycle("2025");
  response.set_inputs(352);
  for (const auto& [column, inputs] :
       {std::pair<const char*, int>("government", 58), {"civil_society", 294}, {"igo", 0}}) {
    v1::RepresentationRow& row = *response.add_by_stakeholder_group();
    row.set_column(column);
    row.set_inputs(inputs);
    row.set_nris(7);
  }
  // No input, but an initiative.
  response.add_by_stakeholder_group()->set_column("unspecified");
  response.mutable_by_stakeholder_group(3)->set_nris(1);
  response.add_by_region()->set_column("african");
  response.mutable_by_region(0)->set_inputs(132);
  response.add_silences("igo: no inputs, 7 initiatives.");
  response.set_as_of_sequence(900);
  return response;
}

class ViewCommandsTest : public ::testing::Test {
 protected:
  struct Outcome {
    ExitCode code;
    std::string out;
    std::string err;
    std::vector<std::string> lines() const { return absl::StrSplit(out, '\n', absl::SkipEmpty()); }
    Json json(size_t line = 0) const { return Json::parse(lines().at(line)); }
  };

  ViewCommandsTest() {
    unsetenv("LIAISON_HUB");
    unsetenv("LIAISON_AS");
    std::string name = ::testing::TempDir() + "/liaison-views-XXXXXX";
    dir_ = mkdtemp(name.data());
  }
  ~ViewCommandsTest() override { std::filesystem::remove_all(dir_); }

  // Runs the program on what the hub is to answer.
  Outcome Run(const std::vector<std::string>& arguments) {
    hub_->set_views(views_);
    const std::string out = absl::StrCat(dir_, "/out"), err = absl::StrCat(dir_, "/err");
    Console::Options options;
    options.out_fd = open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    options.err_fd = open(err.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    Console console(options);
    const ExitCode code = cli::Run(
        arguments, &console, [this](const std::string&, const ConnectionOptions&) { return hub_; });
    close(options.out_fd);
    close(options.err_fd);
    return {code, Contents(out), Contents(err)};
  }

  std::string dir_;
  FakeHub::Views views_;
  std::shared_ptr<FakeHub> hub_ = std::make_shared<FakeHub>();
};

// --- what programs rely on -----------------------------------------------------------------------

TEST_F(ViewCommandsTest, RepresentationKeepsItsPromiseToPrograms) {
  views_.representation = Heard();
  const Outcome outcome = Run({"representation", "--cycle", "2025", "--output", "json"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith(R"({"cycle":"2025","total":352,"by_stakeholder_group":)"
                                      R"({"government":58,"civil_society":294,"igo":0},)"
                                      R"("by_region":{"african":132},)"));
  EXPECT_EQ(outcome.json()["nris"]["by_stakeholder_group"]["igo"], 7);
  EXPECT_EQ(outcome.json()["nris"]["by_stakeholder_group"]["unspecified"], 1);
  EXPECT_EQ(outcome.json()["silences"][0], "igo: no inputs, 7 initiatives.");
  EXPECT_THAT(hub_->asked(), HasSubstr(R"(cycle: "2025")"));
}

TEST_F(ViewCommandsTest, RadarKeepsItsPromiseToPrograms) {
  *views_.radar.add_topics() = Topic("core:access", "Access", 71.25);
  *views_.radar.add_topics() = Topic("core:trust", "Trust", 3);
  const Json topics = Run({"radar", "--output", "json"}).json()["topics"];
  ASSERT_EQ(topics.size(), 2u);
  std::vector<std::string> keys;
  for (const auto& [key, value] : topics[0].items()) keys.push_back(key);
  keys.resize(7);
  EXPECT_THAT(keys, ElementsAre("topic", "score", "organisations", "regions", "stakeholder_groups",
                                "nris", "events"));
  EXPECT_EQ(topics[0]["topic"], "core:access");
  EXPECT_EQ(topics[0]["score"], 71.25);
  EXPECT_EQ(topics[0]["nris"], 4);
  EXPECT_EQ(topics[0]["events"], Json({12, 13, 40, 41}));
  EXPECT_EQ(topics[0]["total_events"], 9);
  EXPECT_EQ(topics[0]["contributors"][0]["sequences"], Json({40, 41}));
  EXPECT_EQ(topics[0]["missing_regions"], Json({"grulac"}));
}

TEST_F(ViewCommandsTest, EveryViewIsOneObject) {
  views_.gaps.add_gaps()->set_individuals(3);
  views_.duplicates.add_duplicates()->mutable_first()->set_digest("\x01\xff");
  for (const char* verb :
       {"radar", "topic-links", "representation", "gaps", "duplicates", "digest", "pack"}) {
    const Outcome outcome = Run({verb, "--output", "json"});
    EXPECT_EQ(outcome.code, ExitCode::kOk) << verb << outcome.err;
    ASSERT_EQ(outcome.lines().size(), 1u) << verb;
    EXPECT_TRUE(outcome.json().is_object()) << verb;
  }
  EXPECT_EQ(Run({"gaps"}).json()["gaps"][0]["individuals"], 3) << "a number, not text";
  EXPECT_EQ(Run({"duplicates"}).json()["duplicates"][0]["first"]["digest"], "Af8=")
      << "as receipts have it";
}

// --- arguments -----------------------------------------------------------------------------------

TEST_F(ViewCommandsTest, TheRadarsArgumentsReachTheHub) {
  const Outcome outcome =
      Run({"radar", "--cycle", "2027", "--from", "2027-01-01", "--until", "2027-03-31", "--stop",
           "core:internet", "--topic", "core:access", "--max", "7", "--compare-with", "2025"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(hub_->asked(),
            R"(window { cycle: "2027" days { starts_on: "2027-01-01" ends_on: "2027-03-31" } } )"
            R"(previous_cycle: "2025" stop_list: "core:internet" topics: "core:access" )"
            R"(max_topics: 7 events_per_contributor: 100)");
}

TEST_F(ViewCommandsTest, AsManyEventsOfEachContributorAreNamedAsOneAsksFor) {
  Run({"radar", "--events", "7"});
  EXPECT_THAT(hub_->asked(), HasSubstr("events_per_contributor: 7"));
}

TEST_F(ViewCommandsTest, WeightsThatAreNotNamedStayAsTheHubHasThem) {
  views_.radar.mutable_weights()->set_organisations(3);
  views_.radar.mutable_weights()->set_breadth(2);
  EXPECT_EQ(Run({"radar", "--weights", "regions=2,breadth=0", "--weights", "nris=1.5"}).code,
            ExitCode::kOk);
  EXPECT_THAT(hub_->asked(), HasSubstr("weights { organisations: 3 regions: 2 nris: 1.5 }"));
}

TEST_F(ViewCommandsTest, AWrongWeightIsNamedWithTheNearest) {
  for (const char* verb : {"radar", "pack"}) {
    Outcome outcome = Run({verb, "--weights", "region=2"});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("no part `region`; did you mean `regions`?"));
    outcome = Run({verb, "--weights", "nris=1,regions"});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("organisations=3,regions=2"));
  }
  EXPECT_EQ(hub_->asked(), "");
}

TEST_F(ViewCommandsTest, ADayIsADay) {
  for (const char* day : {"2027-13-01", "1.3.2027", "7d", "2027-01-01T00:00:00Z"}) {
    const Outcome outcome = Run({"gaps", "--from", day});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << day;
    EXPECT_THAT(outcome.err, HasSubstr("write 2027-01-31")) << day;
  }
}

// It was refused with a number of 300 digits.
TEST_F(ViewCommandsTest, ASequenceIsAWholeNumber) {
  for (const char* text : {"-1", "1.5", "x", "99999999999999999999"}) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"digest", "--since", text},
                                               {"duplicates", "--like", text},
                                               {"list", "--after", text}}) {
      const Outcome outcome = Run(arguments);
      EXPECT_EQ(outcome.code, ExitCode::kUsage) << arguments[0] << " " << text;
      EXPECT_THAT(outcome.err, AllOf(HasSubstr("write a whole number"), Not(HasSubstr("00000"))));
    }
  }
  EXPECT_EQ(hub_->asked(), "");
}

TEST_F(ViewCommandsTest, TheOthersArgumentsReachTheHub) {
  Run({"digest", "--since", "12", "--role", "mag", "--cycle", "2027", "--max", "3"});
  EXPECT_EQ(hub_->asked(), R"(after_sequence: 12 role: DIGEST_ROLE_MAG cycle: "2027" )"
                           R"(max_items: 3)")
      << "readers of each language read as they do";
  Run({"digest", "--words-per-minute", "150"});
  EXPECT_THAT(hub_->asked(), HasSubstr("words_per_minute: 150"));
  Run({"duplicates", "--like", "9", "--least", "0.5"});
  EXPECT_THAT(hub_->asked(), HasSubstr("like_sequence: 9 least_score: 0.5"));
  Run({"topic-links", "--fewest", "5", "--chance", "0.5", "--max", "2"});
  EXPECT_THAT(hub_->asked(), HasSubstr("fewest_organisations: 5 most_chance: 0.5 max_links: 2"));
  Run({"gaps", "--only-nobody"});
  EXPECT_THAT(hub_->asked(), HasSubstr("only_nobody: true max_topics: 50"));
}

TEST_F(ViewCommandsTest, AllRowsOfARankingAreAskedForByThePage) {
  Run({"radar", "--all"});
  EXPECT_THAT(hub_->asked(), HasSubstr("max_topics: 500"));
  Run({"gaps", "--all"});
  EXPECT_THAT(hub_->asked(), HasSubstr("max_topics: 500"));
  Run({"topic-links", "--all"});
  EXPECT_THAT(hub_->asked(), HasSubstr("max_links: 500"));
  for (const char* other : {"--max=3", "--follow"}) {
    EXPECT_EQ(Run({"gaps", "--all", other}).code, ExitCode::kUsage) << other;
  }
}

TEST_F(ViewCommandsTest, OneIsNotSaidToBeMany) {
  views_.gaps.clear_gaps();
  v1::TopicGap& gap = *views_.gaps.add_gaps();
  gap.set_topic("core:a");
  gap.set_state(v1::GAP_STATE_NOBODY);
  gap.set_organisations(1);
  gap.set_individuals(1);
  views_.gaps.set_total_topics(1);
  const Outcome outcome = Run({"gaps", "--output", "text"});
  EXPECT_THAT(outcome.out, HasSubstr("1 organisation, 1 input of a person"));
  EXPECT_THAT(outcome.err, HasSubstr("1 of 1 topic\n"));
  views_.gaps.set_total_topics(2);
  EXPECT_THAT(Run({"gaps", "--output", "text"}).err, HasSubstr("1 of 2 topics; --all shows"));
}

// --- for a person --------------------------------------------------------------------------------

// Right-to-left, wide, combining, and one that would reorder the line.
TEST_F(ViewCommandsTest, TitlesInAnyScriptKeepTheColumns) {
  const std::string titles[] = {
      "حوكمة الإنترنت للجميع", "互联网治理与数字鸿沟", "Accès à l’Internet", "e\u0301galite\u0301",
      "\u202Ereversed",        "line\nbreak",          std::string(300, 'x')};
  for (const std::string& title : titles) *views_.radar.add_topics() = Topic("core:a", title, 50);
  const Outcome outcome = Run({"radar", "--output", "text"});
  const std::vector<std::string> lines = outcome.lines();
  ASSERT_EQ(lines.size(), 1 + std::size(titles)) << outcome.out;
  for (size_t i = 1; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], StartsWith("50.0   5     3        2       4")) << lines[i];
  }
  EXPECT_THAT(lines, Each(ResultOf(DisplayWidth, Le(100u))));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("حوكمة الإنترنت للجميع"), HasSubstr("<U+202E>"),
                                 Not(HasSubstr("\u202E"))));
}

TEST_F(ViewCommandsTest, ExplainTellsPartsEvidenceAndWhy) {
  *views_.radar.add_topics() = Topic("core:access", "Access", 71.25);
  const Outcome outcome = Run({"radar", "--output", "table", "--explain"});
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("21.5 points: organisations 5 weigh as 3.5."),
            HasSubstr("nri, african: org/fictional-40, org/fictional-12 and 3 more"),
            HasSubstr("org/fictional-40 (national initiative, african): events 40 41 and 3 more"),
            HasSubstr("Not heard, regions: grulac"), HasSubstr("> Two regions more.")));
  EXPECT_THAT(hub_->asked(), HasSubstr("events_per_contributor: 3"));
}

TEST_F(ViewCommandsTest, GapsAreToldByWhoWorksOnThem) {
  v1::TopicGap& nobody = *views_.gaps.add_gaps();
  nobody.set_state(v1::GAP_STATE_NOBODY);
  nobody.set_topic("core:access");
  nobody.set_organisations(4);
  v1::GapCandidate& could = *nobody.add_could();
  could.set_organisation("org/fictional-1");
  could.set_why("It reported on it.");
  could.add_sequences(7);
  v1::TopicGap& worked = *views_.gaps.add_gaps();
  worked.set_state(v1::GAP_STATE_WORKED_ON);
  worked.set_topic("core:trust");
  v1::GapWork& work = *worked.add_work();
  work.set_state(v1::DECISION_STATE_IN_PROGRESS);
  work.set_owner("org/fictional-2");
  EXPECT_EQ(Run({"gaps", "--output", "text"}).out,
            "NOBODY WORKS ON\n"
            "core:access: 4 organisations\n"
            "    could: org/fictional-1. It reported on it. (event 7)\n"
            "\n"
            "SOMEBODY WORKS ON\n"
            "core:trust: 0 organisations\n"
            "    in_progress: #0 , owner org/fictional-2\n");
}

TEST_F(ViewCommandsTest, TheRestReadsAsText) {
  views_.representation = Heard();
  EXPECT_THAT(Run({"representation", "--output", "text"}).out,
              AllOf(HasSubstr("GROUP          INPUTS"), HasSubstr("civil_society  294"),
                    HasSubstr("Not heard:\n  igo: no inputs, 7 initiatives.")));
  v1::DigestSection& section = *views_.digest.add_sections();
  section.set_name("answer");
  section.set_total(8);
  section.set_minutes(3.6);
  section.set_minutes_of_all(29);
  section.set_not_looked_at(6);
  section.add_items()->mutable_event()->set_title("A request");
  section.mutable_items(0)->set_due_on("2027-04-01");
  section.mutable_items(0)->set_why("It was asked of you.");
  views_.digest.set_through_sequence(77);
  const Outcome digest = Run({"digest", "--output", "text"});
  EXPECT_THAT(digest.out, AllOf(HasSubstr("ANSWER (1 of 8, 4 of 29 minutes)"),
                                HasSubstr("2027-04-01 #0 A request"),
                                HasSubstr("There may be more: 6 were not looked at."),
                                HasSubstr("7 more are not shown: liaison requests has all that is "
                                          "asked.\n"),
                                HasSubstr("      It was asked of you.")));
  EXPECT_THAT(digest.err, HasSubstr("next time: liaison digest --since 77"));
  views_.digest.set_more(true);
  EXPECT_THAT(Run({"digest", "--output", "text"}).err,
              HasSubstr("there is more to know than one digest holds, and the next has it: liaison "
                        "digest --since 77"));
  section.set_name("decide");
  EXPECT_THAT(Run({"digest", "--output", "text"}).out,
              HasSubstr("7 more are not shown: liaison requests has all that is asked, liaison "
                        "triage"));
  section.set_name("know");
  EXPECT_THAT(Run({"digest", "--output", "text"}).out, Not(HasSubstr("liaison requests")));
  EXPECT_THAT(Run({"digest", "--output", "text"}).err,
              HasSubstr("7 more to know are not shown, nor will be next time: see --max; "));
  v1::Duplicate& pair = *views_.duplicates.add_duplicates();
  pair.set_score(0.875);
  pair.set_why("Both have the topic.");
  pair.add_words()->set_word("bandwidth");
  EXPECT_THAT(Run({"duplicates", "--output", "text"}).out,
              AllOf(HasSubstr("0.88"), HasSubstr("words: bandwidth"), HasSubstr("Both have"),
                    Not(HasSubstr("same organisation"))));
  views_.duplicates.set_compared(1);
  EXPECT_THAT(Run({"duplicates", "--output", "text"}).err,
              AllOf(HasSubstr("1 pair with"), HasSubstr("1 input compared")));
  pair.set_same_author(true);
  views_.duplicates.set_total(9);
  views_.duplicates.set_opposite(2);
  views_.duplicates.set_shortened(3);
  views_.duplicates.set_shortened_to_bytes(8000);
  const Outcome duplicates = Run({"duplicates", "--output", "text"});
  EXPECT_THAT(duplicates.out, HasSubstr("and of the same organisation:"));
  EXPECT_THAT(duplicates.err,
              AllOf(HasSubstr("1 of 9 pairs"), HasSubstr("3 of them by their first 8000 bytes"),
                    HasSubstr("2 of them may want opposite things")));
  v1::TopicLink& link = *views_.topic_links.add_links();
  link.set_first("core:a");
  link.set_second("core:b");
  link.set_both(5);
  link.set_why("Five of six.");
  EXPECT_THAT(Run({"topic-links", "--output", "text"}).out,
              AllOf(HasSubstr("core:a + core:b: 5 organisations"), HasSubstr("Five of six.")));
}

// The hub takes no retraction of a grouping.
TEST_F(ViewCommandsTest, TheHelpOfDuplicatesHasTheDraftThatDissolvesAGrouping) {
  const std::string help = Run({"duplicates", "--help"}).out;
  EXPECT_THAT(help, Not(HasSubstr("retract")));
  EXPECT_THAT(help, HasSubstr("RELATION_REVISES"));
  EXPECT_THAT(help, HasSubstr("GROUPING_ACTION_DISSOLVE"));
}

TEST_F(ViewCommandsTest, APackIsWhatItsArgumentsSay) {
  *views_.pack.add_pages()->mutable_topic() = Topic("core:access", "Access", 71.25);
  views_.pack.set_title("Pack (fictional)");
  EXPECT_THAT(Run({"pack", "--format", "html"}).out, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(Run({"pack", "--output", "text"}).out, StartsWith("Pack (fictional)\n====="));
  EXPECT_EQ(Run({"pack"}).json()["pages"][0]["topic"]["topic"], "core:access");
  const std::string file = absl::StrCat(dir_, "/pack.html"), folder = absl::StrCat(dir_, "/pack");
  EXPECT_EQ(Run({"pack", "--file", file}).out, "");
  EXPECT_THAT(Contents(file), StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(Run({"pack", "--format", "text", "--output-dir", folder}).err,
              HasSubstr("2 files in"));
  EXPECT_THAT(Contents(folder + "/01-core-access.txt"), HasSubstr("1. Access"));
  EXPECT_THAT(Contents(folder + "/00-overview.txt"), HasSubstr("01-core-access.txt"));
  EXPECT_EQ(Run({"pack", "--file", file, "--output-dir", folder}).code, ExitCode::kUsage);
  const Outcome nowhere = Run({"pack", "--file", absl::StrCat(dir_, "/no/such/pack.html")});
  EXPECT_EQ(nowhere.code, ExitCode::kBadInput);
  EXPECT_THAT(nowhere.err, HasSubstr("No such file or directory"));
}

// --- staying current -----------------------------------------------------------------------------

TEST_F(ViewCommandsTest, FollowPrintsEveryChangeAndEndsWithTheHubsError) {
  for (const uint64_t inputs : {1, 2}) {
    v1::WatchViewResponse& frame = views_.watched.emplace_back();
    *frame.mutable_representation() = Heard();
    frame.mutable_representation()->set_inputs(inputs);
    views_.watched.emplace_back().set_as_of_sequence(5);  // a heartbeat
  }
  const Outcome outcome = Run({"representation", "--cycle", "2025", "--follow"});
  EXPECT_EQ(outcome.code, ExitCode::kNotFound);
  EXPECT_THAT(outcome.err, HasSubstr("that is all"));
  ASSERT_EQ(outcome.lines().size(), 2u);
  EXPECT_EQ(outcome.json(0)["total"], 1);
  EXPECT_EQ(outcome.json(1)["total"], 2);
  EXPECT_EQ(hub_->asked(), R"(representation { window { cycle: "2025" } })");
}

TEST_F(ViewCommandsTest, EachThatFollowsAsksForItsOwnView) {
  for (const auto& [verb, field] : {std::pair<const char*, const char*>("radar", "radar {"),
                                    {"gaps", "gaps {"},
                                    {"digest", "digest {"}}) {
    Run({verb, "--follow"});
    EXPECT_THAT(hub_->asked(), StartsWith(field));
  }
}

TEST_F(ViewCommandsTest, HelpHasExamples) {
  for (const char* verb : {"radar", "topic-events", "topic-links", "representation", "gaps",
                           "duplicates", "digest", "pack"}) {
    EXPECT_THAT(Run({verb, "--help"}).out, HasSubstr("Examples:")) << verb;
  }
}

}  // namespace
}  // namespace liaison::cli
