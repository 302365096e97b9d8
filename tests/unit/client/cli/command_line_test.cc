#include "client/cli/command_line.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cli/draft_json.h"
#include "liaison/error.h"
#include "tests/unit/client/cli/fake_hub.h"

namespace liaison::cli {
namespace {

using ::testing::AllOf;
using testing::FakeHub;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs the program on a hub in memory, with its outputs in files.
class CommandLineTest : public ::testing::Test {
 protected:
  struct Outcome {
    ExitCode code;
    std::string out;
    std::string err;
    std::vector<std::string> lines() const { return absl::StrSplit(out, '\n', absl::SkipEmpty()); }
    Json json(size_t line) const { return Json::parse(lines().at(line)); }
  };

  CommandLineTest() {
    unsetenv("LIAISON_HUB");
    unsetenv("LIAISON_AS");
    std::string name = ::testing::TempDir() + "/liaison-cli-XXXXXX";
    dir_ = mkdtemp(name.data());
    // Where no profile is.
    unsetenv("LIAISON_PROFILE");
    setenv("XDG_CONFIG_HOME", dir_.c_str(), 1);
  }
  ~CommandLineTest() override { std::filesystem::remove_all(dir_); }

  std::string File(const std::string& name, absl::string_view content) {
    const std::string path = absl::StrCat(dir_, "/", name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  Outcome Run(const std::vector<std::string>& arguments) {
    const std::string out = absl::StrCat(dir_, "/out"), err = absl::StrCat(dir_, "/err");
    Console::Options options;
    options.out_fd = open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    options.err_fd = open(err.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    Console console(options);
    const ExitCode code = cli::Run(
        arguments, &console,
        [this](const std::string& hub, const ConnectionOptions& asked) {
          address_ = hub;
          connection_options_ = asked;
          return hub_;
        },
        [](const std::string&, const ConnectionOptions&) {
          return std::shared_ptr<DurableConnection>();
        });
    close(options.out_fd);
    close(options.err_fd);
    return {code, Contents(out), Contents(err)};
  }

  static std::string Signal(absl::string_view title) {
    return absl::StrCat(R"({"author":"org/a","audience":"igf/public","topics":["unspecified"],)"
                        R"("topic_signal":{"title":")",
                        title, "\"}}\n");
  }

  std::string dir_;
  std::shared_ptr<FakeHub> hub_ = std::make_shared<FakeHub>();
  std::string address_;
  ConnectionOptions connection_options_;
};

// --- the line itself ----------------------------------------------------------------------------

TEST_F(CommandLineTest, GlobalOptionsStandBeforeOrAfterTheCommand) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--hub", "h:1", "--as", "org/a", "info"}, {"info", "--hub", "h:1", "--as=org/a"}}) {
    EXPECT_EQ(Run(arguments).code, ExitCode::kOk);
    EXPECT_EQ(address_, "h:1");
    EXPECT_EQ(connection_options_.acting_as, "org/a");
  }
}

TEST_F(CommandLineTest, FlagOverEnvironmentOverDefault) {
  Run({"info"});
  EXPECT_EQ(address_, "127.0.0.1:7410");
  setenv("LIAISON_HUB", "env:1", 1);
  setenv("LIAISON_AS", "org/env", 1);
  Run({"info"});
  EXPECT_EQ(address_, "env:1");
  EXPECT_EQ(connection_options_.acting_as, "org/env");
  Run({"info", "--hub", "flag:1"});
  EXPECT_EQ(address_, "flag:1");
}

TEST_F(CommandLineTest, TheTimeoutIsThatOfEveryCall) {
  Run({"info", "--timeout", "3"});
  EXPECT_EQ(connection_options_.retry.total_timeout, absl::Seconds(3));
}

TEST_F(CommandLineTest, MistakesAreNamedWithTheNearest) {
  Outcome outcome = Run({"--hub", "publish", "pubish", "x"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("no command `pubish`; did you mean `publish`?"));
  EXPECT_EQ(outcome.out, "");
  outcome = Run({"subscribe", "--fliter", "x"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("no option `--fliter` here; did you mean `--filter`?"));
  outcome = Run({"example", "topic-sginal"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean `topic-signal`?"));
}

TEST_F(CommandLineTest, WrongUseIsExitCode2) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"publish"},
                                             {"--output", "xml", "info"},
                                             {"--as", "EuroDIG", "info"},
                                             {"--timeout", "0", "info"},
                                             {"subscribe", "--live", "--after", "3"},
                                             {"subscribe", "--log-id", "x"},
                                             {"subscribe", "--since", "yesterday"},
                                             {"get"},
                                             {"get", "xyz"},
                                             {"get", "-1"},
                                             {"import"},
                                             {"import", "--sample", "x"},
                                             {"import", "--map", "x"},
                                             {"list", "--limit", "0"},
                                             {"admin"},
                                             {"completion", "fish"}}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << ::testing::PrintToString(arguments);
    EXPECT_THAT(outcome.err, HasSubstr("liaison")) << ::testing::PrintToString(arguments);
    EXPECT_EQ(outcome.out, "");
  }
}

TEST_F(CommandLineTest, AnImportDoesNotGoIntoAnOutboxAndSaysSo) {
  const std::string outbox = absl::StrCat(dir_, "/reports.outbox");
  const Outcome outcome = Run({"--outbox", outbox, "import", "--sample"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("an import asks the hub about its rows"));
  EXPECT_EQ(hub_->size(), 0u);
  EXPECT_NE(access(outbox.c_str(), F_OK), 0);
  EXPECT_EQ(Run({"--outbox", outbox, "import", "--sample", "--dry-run"}).code, ExitCode::kOk);
}

TEST_F(CommandLineTest, EveryCommandHasHelpWithExamples) {
  const Outcome help = Run({"--help"});
  EXPECT_EQ(help.code, ExitCode::kOk);
  EXPECT_THAT(help.out, HasSubstr("Exit codes:"));
  for (const char* command :
       {"example", "publish", "import", "outbox", "subscribe", "durable", "list", "get", "export",
        "organisations", "schemes", "cycles", "info", "doctor", "admin", "completion"}) {
    EXPECT_THAT(help.out, HasSubstr(absl::StrCat("  ", command))) << command;
    const Outcome outcome = Run({command, "--help"});
    EXPECT_EQ(outcome.code, ExitCode::kOk);
    EXPECT_THAT(outcome.out, HasSubstr(absl::StrCat("Examples:\n  "))) << command;
  }
  for (const char* command : {"create", "list", "get", "update", "delete", "consume", "pull", "ack",
                              "seek", "dead-letters"}) {
    EXPECT_THAT(Run({"durable", command, "--help"}).out, HasSubstr("Examples:\n  liaison durable"))
        << command;
  }
  for (const char* command : {"list", "flush", "retry", "drop", "adopt"}) {
    EXPECT_THAT(Run({"outbox", command, "--help"}).out, HasSubstr("Examples:\n  liaison"))
        << command;
  }
  EXPECT_THAT(Run({"admin", "accept-clock", "--help"}).out, HasSubstr("five minutes"));
  for (const char* command : {"backup", "verify-backup", "restore"}) {
    EXPECT_THAT(Run({"admin", command, "--help"}).out, HasSubstr("Examples:\n  liaison admin"));
  }
}

TEST_F(CommandLineTest, ABackupIsToldWithWhatStillHoldsErasedWords) {
  const Outcome told = Run({"admin", "backup", "--output", "json"});
  EXPECT_EQ(told.code, ExitCode::kOk);
  EXPECT_THAT(told.out, AllOf(HasSubstr(R"({"backup":2,)"), HasSubstr(R"("holds_erased":true)")));
  EXPECT_THAT(told.err, HasSubstr("erased since: 1."));
  const Outcome purged = Run({"admin", "backup", "--purge-erased", "--output", "table"});
  EXPECT_EQ(purged.code, ExitCode::kOk);
  EXPECT_THAT(purged.out, HasSubstr("new"));
  EXPECT_THAT(purged.err, Not(HasSubstr("erased since")));
}

TEST_F(CommandLineTest, ARestoreSaysWhatItNeeds) {
  const Outcome outcome = Run({"admin", "restore", "--from", "somewhere"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("--data-dir"));
}

TEST_F(CommandLineTest, SaysItsVersion) {
  EXPECT_THAT(Run({"--version"}).out,
              ::testing::MatchesRegex("liaison [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(CommandLineTest, CompletionKnowsTheCommands) {
  const std::string script = Run({"completion", "bash"}).out;
  EXPECT_THAT(script, AllOf(HasSubstr("subscribe"), HasSubstr("--until-caught-up"),
                            HasSubstr("topic-signal"), HasSubstr("accept-clock")));
  EXPECT_EQ(std::system(absl::StrCat("bash -n ", File("completion", script)).c_str()), 0);
}

// --- publishing ---------------------------------------------------------------------------------

TEST_F(CommandLineTest, PublishesTheExamplesAndGivesReceipts) {
  uint64_t sequence = 0;
  for (const char* type : {"topic-signal", "local-report", "organisation", "topic-scheme", "cycle",
                           "decision", "key"}) {
    const Outcome example = Run({"example", type});
    const Outcome outcome = Run({"publish", File("draft.json", example.out)});
    EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
    ASSERT_THAT(outcome.lines(), SizeIs(1));
    const Json receipt = outcome.json(0);
    EXPECT_EQ(receipt["sequence"], ++sequence);
    EXPECT_EQ(receipt["duplicate"], false);
    EXPECT_EQ(receipt["event_id"], hub_->drafts().back().event_id());
    EXPECT_EQ(receipt["digest"].get<std::string>().size(), 44u);
  }
}

TEST_F(CommandLineTest, PublishesManyInOrder) {
  std::string drafts;
  for (int i = 0; i < 500; ++i) drafts += Signal(absl::StrCat("number ", i));
  const Outcome outcome = Run({"publish", File("a.jsonl", drafts)});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  ASSERT_THAT(outcome.lines(), SizeIs(500));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(outcome.json(i)["sequence"], i + 1);
    EXPECT_EQ(hub_->drafts()[i].topic_signal().title(), absl::StrCat("number ", i));
  }
}

TEST_F(CommandLineTest, PublishingAFileWithIdsTwiceHasOneEffect) {
  const std::string file =
      File("a.json", R"({"event_id":"0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11","author":"org/a",)"
                     R"("topic_signal":{"title":"x"}})");
  EXPECT_EQ(Run({"publish", file}).json(0)["duplicate"], false);
  const Json again = Run({"publish", file}).json(0);
  EXPECT_EQ(again["duplicate"], true);
  EXPECT_EQ(again["sequence"], 1);
}

TEST_F(CommandLineTest, ABadDraftIsNamedAndThoseBeforeItStayAccepted) {
  const Outcome outcome =
      Run({"publish", File("a.jsonl", Signal("one") + Signal("two") +
                                          "{\"topic_signal\":{\"titel\":1}}\n" + Signal("four"))});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.lines(), SizeIs(2));
  EXPECT_EQ(hub_->size(), 2u);
  EXPECT_THAT(outcome.err, HasSubstr("a.jsonl, line 3 (draft 3): field `topic_signal.titel`"));
  EXPECT_THAT(outcome.err, HasSubstr("2 events before it stayed accepted"));
}

TEST_F(CommandLineTest, ARefusedDraftIsNamedAndNothingAfterItIsTaken) {
  hub_->Refuse([](const v1::Draft& draft) {
    return draft.topic_signal().title() == "bad"
               ? record::FieldInvalid("topic_signal.title", "say it otherwise")
               : absl::OkStatus();
  });
  const Outcome outcome =
      Run({"publish", File("a.jsonl", Signal("one") + "\n" + Signal("bad") + Signal("three"))});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.lines(), SizeIs(1));
  EXPECT_EQ(hub_->size(), 1u);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("a.jsonl, line 3 (draft 2)"),
                    HasSubstr("topic_signal.title: say it otherwise"), Not(HasSubstr("items["))));
}

TEST_F(CommandLineTest, TextThatIsNotUtf8IsAClearError) {
  const Outcome outcome = Run({"publish", File("a.json", Signal("caf\xE9"))});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("a.json, line 1: a text is not UTF-8"),
                                 HasSubstr("`topic_signal.title`")));
  EXPECT_EQ(hub_->size(), 0u);
}

TEST_F(CommandLineTest, AnAtomicBatchIsAllOrNothing) {
  hub_->Refuse([](const v1::Draft& draft) {
    return draft.topic_signal().title() == "bad" ? record::FieldInvalid("topic_signal.title", "no")
                                                 : absl::OkStatus();
  });
  const std::string good = File("good.json", Signal("one")), bad = File("bad.json", Signal("bad"));
  const Outcome outcome = Run({"publish", "--atomic", good, bad});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.err, HasSubstr("bad.json, line 1 (draft 1)"));
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(hub_->size(), 0u);
  EXPECT_THAT(Run({"publish", "--atomic", good, good}).lines(), SizeIs(2));
}

TEST_F(CommandLineTest, OtherContentUnderAKnownIdIsNamedInABatchAndADryRun) {
  const auto draft = [](absl::string_view title) {
    return absl::StrCat(R"({"event_id":"0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11","author":"org/a",)"
                        R"("topic_signal":{"title":")",
                        title, "\"}}\n");
  };
  ASSERT_EQ(Run({"publish", File("was.json", draft("was"))}).code, ExitCode::kOk);
  const std::string file = File("a.jsonl", Signal("one") + draft("is") + Signal("three"));
  for (const char* flag : {"--atomic", "--dry-run"}) {
    const Outcome outcome = Run({"publish", flag, file});
    EXPECT_EQ(outcome.code, ExitCode::kRefused);
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr("a.jsonl, line 2 (draft 2)"), HasSubstr("EVENT_ID_REUSED")));
    EXPECT_EQ(hub_->size(), 1u);
  }
}

TEST_F(CommandLineTest, ADryRunWritesNothing) {
  const Outcome outcome = Run({"publish", "--dry-run", File("a.json", Signal("one"))});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_FALSE(outcome.json(0).contains("sequence"));
  EXPECT_EQ(hub_->size(), 0u);
}

TEST_F(CommandLineTest, WithoutAHubItSaysWhyAndInTime) {
  hub_->Fail(absl::UnavailableError("could not connect to h:1: connection refused"));
  const std::string file = File("a.json", Signal("one"));
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"publish", file},
                                             {"publish", "--atomic", file},
                                             {"subscribe"},
                                             {"subscribe", "--until-caught-up"},
                                             {"list"},
                                             {"get", "1"},
                                             {"export"},
                                             {"info"}}) {
    std::vector<std::string> quick = arguments;
    quick.insert(quick.end(), {"--timeout", "1"});
    const absl::Time began = absl::Now();
    const Outcome outcome = Run(quick);
    EXPECT_EQ(outcome.code, ExitCode::kNoConnection) << ::testing::PrintToString(arguments);
    EXPECT_THAT(outcome.err, HasSubstr("connection refused"));
    EXPECT_EQ(outcome.out, "");
    // By itself it would try for ten.
    EXPECT_LT(absl::Now() - began, absl::Seconds(9)) << ::testing::PrintToString(arguments);
  }
  EXPECT_EQ(Run({"doctor"}).code, ExitCode::kNoConnection);
}

TEST_F(CommandLineTest, AFileThatIsNotThereIsNamed) {
  const Outcome outcome = Run({"publish", "/nowhere/a.json"});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/a.json: No such file"));
}

// --- reading ------------------------------------------------------------------------------------

class ReadingTest : public CommandLineTest {
 protected:
  ReadingTest() {
    EXPECT_EQ(Run({"publish", File("a.jsonl", Signal("one é") + Signal("two"))}).code,
              ExitCode::kOk);
  }
};

TEST_F(ReadingTest, SubscribesFromTheFirstEvent) {
  const Outcome outcome = Run({"subscribe", "--until-caught-up", "--output", "json"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  ASSERT_THAT(outcome.lines(), SizeIs(2));
  EXPECT_EQ(outcome.json(0)["sequence"], 1);
  EXPECT_EQ(outcome.json(0)["topic_signal"]["title"], "one é");
  EXPECT_THAT(outcome.lines()[0], HasSubstr("one é"));
  EXPECT_EQ(outcome.json(1)["type"], "topic-signal");
  EXPECT_THAT(outcome.err, HasSubstr("--after 2 --log-id "));
}

TEST_F(ReadingTest, SubscribesAfterAPosition) {
  const Outcome outcome = Run({"subscribe", "--after", "1", "--until-caught-up"});
  ASSERT_THAT(outcome.lines(), SizeIs(1));
  EXPECT_EQ(outcome.json(0)["sequence"], 2);
  EXPECT_THAT(Run({"subscribe", "--live", "--until-caught-up"}).lines(), SizeIs(0));
}

TEST_F(ReadingTest, AnEventThatDoesNotVerifyEndsIt) {
  hub_->Tamper(2, [](v1::Event* event) { event->mutable_leaf()->back() ^= 1; });
  const Outcome outcome = Run({"subscribe", "--until-caught-up"});
  EXPECT_EQ(outcome.code, ExitCode::kNotVerified);
  EXPECT_THAT(outcome.lines(), SizeIs(1));
}

TEST_F(ReadingTest, GetsByEachKey) {
  const Json event = Run({"get", "1"}).json(0);
  const std::string digest = event["digest"];
  EXPECT_EQ(Run({"get", digest}).json(0), event);
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(digest, &bytes));
  EXPECT_EQ(Run({"get", absl::BytesToHexString(bytes)}).json(0), event);
  EXPECT_EQ(Run({"get", "org/a", event["event_id"].get<std::string>()}).json(0), event);
  EXPECT_EQ(Run({"get", "99"}).code, ExitCode::kNotFound);
}

TEST_F(ReadingTest, ListsUpToTheLimitAndSaysThatThereIsMore) {
  const Outcome outcome = Run({"list", "--limit", "1"});
  ASSERT_THAT(outcome.lines(), SizeIs(1));
  EXPECT_THAT(outcome.err, HasSubstr("--after 1"));
  EXPECT_EQ(Run({"list", "--after", "1"}).json(0)["sequence"], 2);
  EXPECT_THAT(Run({"list", "--output", "table"}).out,
              AllOf(HasSubstr("SEQUENCE"), HasSubstr("one é")));
}

TEST_F(ReadingTest, WhatIsExportedIsADraftAgain) {
  const std::string exported = Run({"export"}).out;
  const std::shared_ptr<FakeHub> first = std::exchange(hub_, std::make_shared<FakeHub>());
  EXPECT_EQ(Run({"publish", File("all.jsonl", exported)}).code, ExitCode::kOk);
  EXPECT_EQ(Run({"export"}).out, exported);
}

TEST_F(ReadingTest, AnExportSaysWhichEventsLoseTheirAuthorsSignature) {
  EXPECT_THAT(Run({"export"}).err, Not(HasSubstr("signed")));
  hub_->Sign(1);
  Outcome outcome = Run({"export"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.lines(), SizeIs(2));
  EXPECT_THAT(outcome.err, HasSubstr("1 event was signed by its author; published from this "
                                     "export, at another hub, it is attested by that hub"));
  hub_->Sign(2);
  EXPECT_THAT(Run({"export"}).err, HasSubstr("2 events were signed by their authors"));
}

TEST_F(ReadingTest, InfoSaysWhatDevelopmentModeMeans) {
  v1::GetHubResponse hub;
  hub.set_development_mode(true);
  hub.set_hub("igf");
  hub_->set_hub(hub);
  EXPECT_THAT(Run({"info", "--output", "table"}).out, HasSubstr("no identities are configured"));
  const Json info = Run({"info"}).json(0);
  EXPECT_EQ(info["mode"], "development");
  EXPECT_EQ(info["head"], 2);
}

TEST_F(ReadingTest, QuietLeavesOutNotes) {
  EXPECT_EQ(Run({"subscribe", "--until-caught-up", "-q"}).err, "");
}

TEST_F(CommandLineTest, AFullOutputIsAnError) {
  Console::Options options;
  options.out_fd = open("/dev/full", O_WRONLY);
  Console console(options);
  EXPECT_EQ(cli::Run({"example"}, &console, nullptr), ExitCode::kOther);
  close(options.out_fd);
}

TEST_F(CommandLineTest, WordsForAPersonDoNotSteerTheTerminal) {
  std::FILE* const file = std::tmpfile();
  Console::Options options;
  options.err_fd = fileno(file);
  Console console(options);
  console.Note("a title\u202E\nand\x1B[2J another");
  console.Error("refused: \u202Eword\nwhy");
  std::string said(200, '\0');
  said.resize(static_cast<size_t>(pread(options.err_fd, said.data(), said.size(), 0)));
  EXPECT_EQ(said,
            "a title<U+202E>\nand<U+001B>[2J another\nliaison: refused: <U+202E>word\n  why\n");
  std::fclose(file);
}

// --- importing ----------------------------------------------------------------------------------

TEST_F(CommandLineTest, ImportsTheSampleAndASecondTimeAddsNothing) {
  Outcome outcome = Run({"import", "--sample"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  const size_t count = hub_->size();
  EXPECT_EQ(outcome.lines().size(), count);
  EXPECT_GT(count, 66u + 7u + 1639u);
  for (const v1::Draft& draft : hub_->drafts()) {
    if (draft.has_response()) {
      EXPECT_EQ(draft.references_size(), 1);
    }
    if (draft.has_decision()) {
      EXPECT_EQ(draft.references_size(), 6);
    }
  }
  outcome = Run({"import", "--sample"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(hub_->size(), count);
  EXPECT_THAT(outcome.err, HasSubstr(absl::StrCat(count, " accepted: 0 new, ", count)));
  for (size_t i = 0; i < outcome.lines().size(); i += 100) {
    EXPECT_EQ(outcome.json(i)["duplicate"], true);
  }
}

TEST_F(CommandLineTest, APositionInTheSampleNamesTheDecisionsDigest) {
  Run({"import", "--sample", "-q"});
  const std::vector<v1::Draft> drafts = hub_->drafts();
  for (const v1::Draft& draft : drafts) {
    if (!draft.has_position() || draft.author() != "org/apc") continue;
    v1::GetEventRequest request;
    request.set_digest(draft.references(0).digest());
    const auto found = hub_->GetEvent(request);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(drafts[found->event().sequence() - 1].has_decision());
    return;
  }
  FAIL() << "no position in the sample";
}

class MapTest : public CommandLineTest {
 protected:
  static std::string Maps(absl::string_view name) {
    return absl::StrCat(LIAISON_SOURCE_DIR, "/client/cli/sample/maps/", name);
  }
  std::string SmallMap() {
    return File("small.toml",
                "source=\"small\"\nid_column=\"Id\"\n[constants]\nauthor=\"org/a\"\n"
                "audience=\"igf/public\"\n[columns]\ntitle=\"T\"\ntext=\"L\"\n");
  }
  static std::string Rows(int count) {
    std::string csv = "Id,T,L\n";
    for (int i = 1; i <= count; ++i) absl::StrAppend(&csv, "r", i, ",title ", i, ",x\n");
    return csv;
  }
};

TEST_F(MapTest, AFrenchFormIsImportedAndExportedByteForByte) {
  const std::string map = Maps("formulaire-fr.toml"), csv = Maps("formulaire-fr.csv");
  Outcome outcome = Run({"import", "--map", map, csv});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(hub_->size(), 3u);
  EXPECT_EQ(Run({"export", "--map", map}).out, Contents(csv));
  outcome = Run({"import", "--map", map, csv});
  EXPECT_EQ(hub_->size(), 3u);
  EXPECT_THAT(outcome.err, HasSubstr("3 accepted: 0 new, 3 there already"));
}

TEST_F(MapTest, ADryRunWithoutAHubSaysThatNoneWasAsked) {
  hub_->Fail(absl::UnavailableError("nobody there"));
  const Outcome outcome =
      Run({"import", "--map", Maps("formulaire-fr.toml"), "--dry-run", Maps("formulaire-fr.csv")});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.lines(), SizeIs(3));
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("3 topic-signal; the first 3 are shown; nothing was"),
                    HasSubstr("the hub was not asked, and may refuse some of them: nobody there")));
}

TEST_F(MapTest, OneBadRowAndNothingIsPublished) {
  std::string bytes = Contents(Maps("formulaire-fr.csv"));
  bytes = absl::StrReplaceAll(bytes, {{"Afrique", "Afriqe"}});
  const std::string csv = File("form.csv", bytes);
  Outcome outcome = Run({"import", "--map", Maps("formulaire-fr.toml"), csv});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("1 of 3 rows cannot be imported"),
                                 HasSubstr("row 3, column \"Région\", cell \"Afriqe\""),
                                 HasSubstr("did you mean `Afrique`?")));
  EXPECT_EQ(hub_->size(), 0u);
  outcome = Run({"import", "--map", Maps("formulaire-fr.toml"), "--skip-bad", csv});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(hub_->size(), 2u);
}

TEST_F(MapTest, ARowThatTheHubRefusesIsNamedBeforeAnyIsPublished) {
  hub_->Refuse([](const v1::Draft& draft) {
    return draft.topic_signal().external_ids(0).id() == "2027-003"
               ? record::FieldInvalid("topic_signal.text", "no")
               : absl::OkStatus();
  });
  const Outcome outcome =
      Run({"import", "--map", Maps("formulaire-fr.toml"), Maps("formulaire-fr.csv")});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.err, HasSubstr("formulaire-fr.csv, row 4, column \"Proposition\": no"));
  EXPECT_EQ(hub_->size(), 0u);
}

TEST_F(MapTest, AnEmptyTitleAndAShortRowNameTheirColumnsTogether) {
  const Outcome outcome = Run({"import", "--map", SmallMap(), File("t.csv", "Id,T,L\n1,,\n2,b\n")});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("2 of 2 rows cannot be imported"),
                                 HasSubstr("row 2, column \"T\", cell \"\": there is no title"),
                                 HasSubstr("row 3 (line 3), column \"L\": the row ends before")));
}

TEST_F(MapTest, ARowCorrectedAfterItsImportIsNamedAndHoldsUpNoOther) {
  const std::string map = SmallMap();
  ASSERT_EQ(Run({"import", "--map", map, File("t.csv", Rows(300))}).code, ExitCode::kOk);
  const std::string csv =
      File("t.csv",
           absl::StrReplaceAll(Rows(303), {{"title 200,", "corrected,"}, {"title 9,", "c 9,"}}));
  for (const bool names_items : {true, false}) {
    hub_->set_names_items(names_items);
    const Outcome outcome = Run({"import", "--map", map, csv});
    EXPECT_EQ(outcome.code, ExitCode::kRefused);
    EXPECT_THAT(
        outcome.err,
        AllOf(HasSubstr("t.csv: the hub refuses 2 of 303 rows"),
              HasSubstr("t.csv, row 10: was imported before with other content; column \"T\": "
                        "\"title 9\" is now \"c 9\" (event "),
              HasSubstr("t.csv, row 201: was imported before with other content; column \"T\": "
                        "\"title 200\" is now \"corrected\" (event "),
              HasSubstr("sequence 200)"), HasSubstr("an id of its own in column \"Id\""),
              HasSubstr("Nothing was published. --skip-bad"), HasSubstr("EVENT_ID_REUSED")));
    EXPECT_EQ(hub_->size(), 300u);
    const Outcome dry = Run({"import", "--map", map, "--dry-run", csv});
    EXPECT_EQ(dry.code, ExitCode::kRefused);
    EXPECT_THAT(dry.err, HasSubstr("t.csv, row 201: was imported before"));
  }
  const Outcome outcome = Run({"import", "--map", map, "--skip-bad", csv});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("t.csv, row 201: was imported before"),
                                 HasSubstr("301 accepted: 3 new, 298 there already")));
  EXPECT_EQ(hub_->size(), 303u);
}

TEST_F(MapTest, ManyRefusedRowsAreFoundInFewCallsAndNotAllTold) {
  const std::string map = SmallMap();
  ASSERT_EQ(Run({"import", "--map", map, File("t.csv", Rows(2500))}).code, ExitCode::kOk);
  const std::string csv = File("t.csv", absl::StrReplaceAll(Rows(2500), {{"7,x", "7,y"}}));
  hub_->set_names_items(false);
  Outcome outcome = Run({"import", "--map", map, csv});
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(outcome.err, HasSubstr("the hub refuses at least 20 of 2500 rows"));
  hub_->set_names_items(true);
  const size_t before = hub_->dry_runs();
  outcome = Run({"import", "--map", map, "--skip-bad", csv});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("the hub refuses 250 of 2500 rows"),
                                 HasSubstr("2250 accepted: 0 new, 2250 there already")));
  // For each, one call that names it and one that passes up to it.
  EXPECT_LE(hub_->dry_runs() - before, 2u * 250u + 3u);
}

TEST_F(MapTest, WithoutRowIdsAMovedRowIsTheLikelyCause) {
  const std::string map =
      File("n.toml",
           "source=\"n\"\n[constants]\nauthor=\"org/a\"\naudience=\"igf/public\"\n[columns]\n"
           "title=\"T\"\n");
  ASSERT_EQ(Run({"import", "--map", map, File("n.csv", "T\na\nb\n")}).code, ExitCode::kOk);
  EXPECT_THAT(Run({"import", "--map", map, File("n.csv", "T\nnew\na\nb\n")}).err,
              HasSubstr("Was a row inserted, removed or moved?"));
}

TEST_F(MapTest, SafeCellsGuardFormulas) {
  const std::string map = File("m.toml",
                               "source=\"t\"\nid_column=\"Id\"\n[constants]\nauthor=\"org/a\"\n"
                               "audience=\"igf/public\"\n[columns]\ntitle=\"T\"\n");
  const std::string csv = "Id,T\r\n1,=1+1\r\n2,a=b\r\n";
  EXPECT_EQ(Run({"import", "--map", map, File("t.csv", csv)}).code, ExitCode::kOk);
  EXPECT_EQ(Run({"export", "--map", map}).out, csv);
  EXPECT_EQ(Run({"export", "--map", map, "--safe-cells"}).out, "Id,T\r\n1,'=1+1\r\n2,a=b\r\n");
}

TEST_F(CommandLineTest, ATableThatNobodyKnowsPointsToTheMap) {
  const Outcome outcome = Run({"import", File("a.csv", "x,y\n1,2\n")});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, HasSubstr("--map"));
}

TEST_F(CommandLineTest, TheDirectoryIsListed) {
  Run({"import", "--sample", "-q"});
  const Outcome table = Run({"organisations", "--output", "table"});
  EXPECT_THAT(table.out, HasSubstr("org/eurodig"));
  EXPECT_THAT(table.out, HasSubstr("nri_regional"));
  EXPECT_GE(Run({"organisations"}).lines().size(), 66u);
}

}  // namespace
}  // namespace liaison::cli
