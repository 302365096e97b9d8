#include "server/witness/witness.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/base64.h"
#include "proto/record/uuid.h"
#include "server/witness/witness_key.h"
#include "tests/unit/server/witness/fictional_log.h"

namespace liaison::witness {
namespace {

// What is on disk of one log. The process may die before it is there, or with it there and unsaid.
class Disk {
 public:
  enum class Fate { kSaves, kDiesBefore, kDiesAfter };

  std::unique_ptr<transparency::NoteStore> StoreOf(const std::string& origin) {
    return std::make_unique<Store>(this, origin);
  }
  std::map<std::string, std::string> notes;
  Fate fate = Fate::kSaves;

 private:
  class Store final : public transparency::NoteStore {
   public:
    Store(Disk* disk, std::string origin) : disk_(*disk), origin_(std::move(origin)) {}
    absl::StatusOr<std::string> Load() override {
      const auto note = disk_.notes.find(origin_);
      if (note == disk_.notes.end()) return absl::NotFoundError("nothing was saved");
      return note->second;
    }
    absl::Status Save(absl::string_view note) override {
      const Fate now = std::exchange(disk_.fate, Fate::kSaves);
      if (now != Fate::kDiesBefore) disk_.notes[origin_] = std::string(note);
      return now == Fate::kSaves ? absl::OkStatus() : absl::UnavailableError("the process is gone");
    }

   private:
    Disk& disk_;
    const std::string origin_;
  };
};

class WitnessTest : public ::testing::Test {
 protected:
  std::unique_ptr<Witness> Start(const std::vector<record::NoteVerifier>& logs) {
    return Start([logs] { return logs; });
  }
  std::unique_ptr<Witness> Start(Witness::Logs logs) {
    auto witness = Witness::Open(
        *record::NoteSigner::Parse(skey_), std::move(logs),
        [this](const std::string& origin) { return disk_.StoreOf(origin); }, [] { return kNow; });
    EXPECT_TRUE(witness.ok()) << witness.status();
    return *std::move(witness);
  }
  std::unique_ptr<Witness> Start() { return Start(std::vector{log_.vkey()}); }

  // That the answer is a cosignature of the log's checkpoint of that size.
  void ExpectCosigned(const Answer& answer, const FictionalLog& log, uint64_t size) {
    ASSERT_EQ(answer.outcome, Outcome::kCosigned) << answer.message;
    const auto opened = record::OpenNote(absl::StrCat(log.Text(size), "\n", answer.cosignatures),
                                         {record::NoteSigner::Parse(skey_)->verifier()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*record::CosignatureTime(opened->verified[0].signature), kNow);
  }

  static constexpr uint64_t kNow = 1'800'000'000;
  const std::string skey_ =
      record::NoteSigner::Generate("w.example", record::NoteKeyType::kCosignature).ToSecret();
  const std::string log_skey_ =
      record::NoteSigner::Generate("log.example", record::NoteKeyType::kEd25519).ToSecret();
  record::NoteSigner LogKey() const { return *record::NoteSigner::Parse(log_skey_); }
  const FictionalLog log_{LogKey(), 40};
  // The same log as it is shown to somebody else.
  const FictionalLog fork_{LogKey(), 40, 5, " of another history"};
  Disk disk_;
};

TEST_F(WitnessTest, CosignsEveryStepOfALogThatOnlyGrows) {
  auto witness = Start();
  uint64_t old_size = 0;
  for (const uint64_t size : {0, 0, 1, 2, 2, 3, 7, 8, 8, 20, 40}) {
    ExpectCosigned(witness->AddCheckpoint(log_.Body(old_size, size)), log_, size);
    old_size = size;
  }
}

TEST_F(WitnessTest, EveryPairOfSizes) {
  for (uint64_t old_size = 1; old_size <= 40; ++old_size) {
    for (uint64_t size = old_size; size <= 40; ++size) {
      disk_.notes.clear();
      auto witness = Start();
      ExpectCosigned(witness->AddCheckpoint(log_.Body(0, old_size)), log_, old_size);
      ExpectCosigned(witness->AddCheckpoint(log_.Body(old_size, size)), log_, size);
      // From here on the other history is refused, whatever its proof.
      if (size <= 5) continue;
      for (uint64_t next = size; next <= 40; next += 7) {
        const Answer answer = witness->AddCheckpoint(fork_.Body(size, next));
        EXPECT_EQ(answer.outcome, next == size ? Outcome::kOtherRoot : Outcome::kNoContinuation);
      }
    }
  }
}

TEST_F(WitnessTest, AnUnknownLogIsNotFound) {
  const FictionalLog other(
      record::NoteSigner::Generate("other.example", record::NoteKeyType::kEd25519), 3);
  EXPECT_EQ(Start()->AddCheckpoint(other.Body(0, 3)).outcome, Outcome::kUnknownLog);
  EXPECT_EQ(Start(std::vector<record::NoteVerifier>())->AddCheckpoint(log_.Body(0, 3)).outcome,
            Outcome::kUnknownLog);
}

// As a policy changes while the hub runs.
TEST_F(WitnessTest, ALogIsWitnessedFromWhenItComesUntilItGoes) {
  std::vector<record::NoteVerifier> logs;
  auto witness = Start([&logs] { return logs; });
  const record::Hash hash = record::Sha256Of(log_.origin());
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(0, 3)).outcome, Outcome::kUnknownLog);
  logs.push_back(log_.vkey());
  ExpectCosigned(witness->AddCheckpoint(log_.Body(0, 7)), log_, 7);
  EXPECT_TRUE(witness->Latest(hash).ok());
  logs.clear();
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(7, 9)).outcome, Outcome::kUnknownLog);
  EXPECT_TRUE(absl::IsNotFound(witness->Latest(hash).status()));
  logs.push_back(log_.vkey());
  EXPECT_EQ(witness->AddCheckpoint(fork_.Body(0, 9)).outcome, Outcome::kOtherSize)
      << "what was cosigned before is not forgotten";
  EXPECT_EQ(witness->AddCheckpoint(fork_.Body(7, 9)).outcome, Outcome::kNoContinuation);
  ExpectCosigned(witness->AddCheckpoint(log_.Body(7, 9)), log_, 9);
}

TEST_F(WitnessTest, OfALogThatComesLaterTheStateOnDiskCounts) {
  Start()->AddCheckpoint(log_.Body(0, 7));
  std::vector<record::NoteVerifier> logs;
  auto witness = Start([&logs] { return logs; });
  logs.push_back(log_.vkey());
  EXPECT_TRUE(witness->Latest(record::Sha256Of(log_.origin())).ok());
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(0, 9)).outcome, Outcome::kOtherSize);
  disk_.notes[log_.origin()] += "damaged";
  logs.clear();
  witness = Start([&logs] { return logs; });
  logs.push_back(log_.vkey());
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(7, 9)).outcome, Outcome::kNotKept)
      << "and where it is damaged nothing is cosigned";
}

// Another key of the same log, as a policy may pin one: there is one history all the same.
TEST_F(WitnessTest, AnotherKeyOfALogIsNoNewLog) {
  const auto renewed = record::NoteSigner::Generate("log.example", record::NoteKeyType::kEd25519);
  std::vector<record::NoteVerifier> logs{log_.vkey()};
  auto witness = Start([&logs] { return logs; });
  ExpectCosigned(witness->AddCheckpoint(log_.Body(0, 7)), log_, 7);
  logs = {renewed.verifier()};
  const auto ask = [&](const FictionalLog& of, uint64_t size) {
    record::AddCheckpoint request = of.Ask(7, size);
    request.checkpoint = of.SignedBy(renewed, size);
    return witness->AddCheckpoint(record::FormatAddCheckpoint(request));
  };
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(7, 9)).outcome, Outcome::kNotSigned);
  EXPECT_EQ(ask(fork_, 9).outcome, Outcome::kNoContinuation);
  ExpectCosigned(ask(log_, 9), log_, 9);
}

TEST_F(WitnessTest, OnlyTheLogsOwnKeysCount) {
  const auto stranger = record::NoteSigner::Generate("log.example", record::NoteKeyType::kEd25519);
  auto witness = Start();
  const auto ask = [&](const std::string& note) {
    return witness->AddCheckpoint(record::FormatAddCheckpoint({0, {}, note})).outcome;
  };
  EXPECT_EQ(ask(log_.SignedBy(stranger, 3)), Outcome::kNotSigned);
  EXPECT_EQ(ask(log_.SignedBy(LogKey().WithName("other.example"), 3)), Outcome::kNotSigned);
  const std::string other_size = absl::StrReplaceAll(log_.Note(3), {{"\n3\n", "\n4\n"}});
  EXPECT_EQ(ask(other_size), Outcome::kNotSigned);
  // Its own line is wrong, beside a good one of a key that is not known.
  EXPECT_EQ(ask(absl::StrCat(log_.Text(4), "\n", stranger.Sign(log_.Text(4)),
                             LogKey().Sign(log_.Text(3)))),
            Outcome::kNotSigned);
  // A line of a stranger beside its own says nothing.
  EXPECT_EQ(ask(absl::StrCat(log_.Note(3), stranger.Sign(log_.Text(9)))), Outcome::kCosigned);
}

TEST_F(WitnessTest, ALogMayHaveTwoKeys) {
  const auto newer = record::NoteSigner::Generate("log.example", record::NoteKeyType::kEd25519);
  auto witness = Start({log_.vkey(), newer.verifier()});
  record::AddCheckpoint request{0, {}, log_.SignedBy(newer, 3)};
  EXPECT_EQ(witness->AddCheckpoint(record::FormatAddCheckpoint(request)).outcome,
            Outcome::kCosigned);
  ExpectCosigned(witness->AddCheckpoint(log_.Body(3, 4)), log_, 4);
}

TEST_F(WitnessTest, AnOldSizeAboveTheNewOneIsMalformed) {
  EXPECT_EQ(Start()->AddCheckpoint(log_.Body(4, 3)).outcome, Outcome::kMalformed);
}

TEST_F(WitnessTest, AnotherOldSizeIsToldWhereItStands) {
  auto witness = Start();
  Answer answer = witness->AddCheckpoint(log_.Body(2, 3));
  EXPECT_EQ(answer.outcome, Outcome::kOtherSize);
  EXPECT_EQ(answer.size, 0u);
  witness->AddCheckpoint(log_.Body(0, 7));
  for (const uint64_t old_size : {0, 3, 8}) {
    answer = witness->AddCheckpoint(log_.Body(old_size, 9));
    EXPECT_EQ(answer.outcome, Outcome::kOtherSize);
    EXPECT_EQ(answer.size, 7u);
  }
}

TEST_F(WitnessTest, AProofThatDoesNotHoldIsNoContinuation) {
  auto witness = Start();
  witness->AddCheckpoint(log_.Body(0, 7));
  record::AddCheckpoint request = log_.Ask(7, 11);
  const auto outcome = [&] {
    return witness->AddCheckpoint(record::FormatAddCheckpoint(request)).outcome;
  };
  for (record::Hash& hash : request.hashes) {
    *hash.data() ^= 1;
    EXPECT_EQ(outcome(), Outcome::kNoContinuation);
    *hash.data() ^= 1;
  }
  request.hashes.push_back(request.hashes.front());
  EXPECT_EQ(outcome(), Outcome::kNoContinuation);
  request.hashes.clear();
  EXPECT_EQ(outcome(), Outcome::kNoContinuation);
  request = log_.Ask(7, 7);
  request.hashes.push_back(log_.Root(1));
  EXPECT_EQ(outcome(), Outcome::kNoContinuation);
}

TEST_F(WitnessTest, FromNothingNothingIsProven) {
  record::AddCheckpoint request{0, {log_.Root(1)}, log_.Note(7)};
  EXPECT_EQ(Start()->AddCheckpoint(record::FormatAddCheckpoint(request)).outcome,
            Outcome::kNoContinuation);
  const std::string text = record::FormatCheckpoint({log_.origin(), 0, log_.Root(1), {}});
  request = {0, {}, absl::StrCat(text, "\n", LogKey().Sign(text))};
  EXPECT_EQ(Start()->AddCheckpoint(record::FormatAddCheckpoint(request)).outcome,
            Outcome::kNoContinuation)
      << "the empty tree has one root";
}

TEST_F(WitnessTest, WhatIsNoRequestIsMalformed) {
  auto witness = Start();
  const std::string good = log_.Body(0, 3);
  const std::string hash = record::ToBase64(log_.Root(1)) + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += hash;
  std::vector<std::string> bad = {"",
                                  "\n",
                                  "old 0",
                                  "old 0\n\n",
                                  absl::StrCat("old 00\n\n", log_.Note(3)),
                                  absl::StrCat("old 03\n\n", log_.Note(3)),
                                  absl::StrCat("old  0\n\n", log_.Note(3)),
                                  absl::StrCat("old -1\n\n", log_.Note(3)),
                                  absl::StrCat("old 9223372036854775808\n\n", log_.Note(3)),
                                  absl::StrCat("Old 0\n\n", log_.Note(3)),
                                  absl::StrCat("old 0\r\n\r\n", log_.Note(3)),
                                  absl::StrCat("old 0\n", log_.Note(3)),
                                  absl::StrCat("old 0\n!\n\n", log_.Note(3)),
                                  absl::StrCat("old 0\nAAAA\n\n", log_.Note(3)),
                                  absl::StrCat("old 0\n", many, "\n", log_.Note(3)),
                                  absl::StrCat("old 0\n\n", log_.Text(3)),
                                  absl::StrCat("old 0\n\n", log_.Note(3), "\n"),
                                  absl::StrCat("old 0\n\n", log_.Note(3), std::string(1, '\0')),
                                  std::string(kMaxRequestSizeBytes, 'A')};
  for (size_t end = 0; end < good.size(); end += 5) bad.push_back(good.substr(0, end));
  for (const std::string& body : bad) {
    EXPECT_EQ(witness->AddCheckpoint(body).outcome, Outcome::kMalformed) << body;
  }
  ExpectCosigned(witness->AddCheckpoint(good), log_, 3);
}

// Any byte changed: refused, and nothing of it stays.
TEST_F(WitnessTest, NoChangedByteIsCosigned) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  auto witness = Start();
  witness->AddCheckpoint(log_.Body(0, 7));
  const std::string good = log_.Body(7, 11);
  const std::string before = disk_.notes.at(log_.origin());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string body = good;
    body[i] = static_cast<char>(body[i] ^ (1 << random() % 8));
    EXPECT_NE(witness->AddCheckpoint(body).outcome, Outcome::kCosigned) << "byte " << i;
  }
  EXPECT_EQ(disk_.notes.at(log_.origin()), before);
  ExpectCosigned(witness->AddCheckpoint(good), log_, 11);
}

TEST_F(WitnessTest, GoesOnAfterARestart) {
  Start()->AddCheckpoint(log_.Body(0, 7));
  auto witness = Start();
  EXPECT_EQ(witness->AddCheckpoint(fork_.Body(7, 9)).outcome, Outcome::kNoContinuation);
  EXPECT_EQ(witness->AddCheckpoint(log_.Body(0, 9)).size, 7u);
  ExpectCosigned(witness->AddCheckpoint(log_.Body(7, 9)), log_, 9);
}

// Killed between what it keeps and what it says, over and over, between two histories of one log:
// all cosignatures that anybody ever got are of one of them.
TEST_F(WitnessTest, KilledAtEveryStepItCosignsOneHistory) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  int of_both = 0;
  for (int round = 0; round < 200; ++round) {
    disk_.notes.clear();
    auto witness = Start();
    std::map<uint64_t, record::Hash> cosigned;
    for (int step = 0; step < 12; ++step) {
      const FictionalLog& log = random() % 2 == 0 ? log_ : fork_;
      const uint64_t old_size = witness->AddCheckpoint(log.Body(40, 40)).size;
      const uint64_t size = old_size + random() % 9;
      if (size > 40) break;
      disk_.fate = static_cast<Disk::Fate>(random() % 3);
      const Answer answer = witness->AddCheckpoint(log.Body(old_size, size));
      if (answer.outcome == Outcome::kCosigned) {
        const auto [known, is_new] = cosigned.try_emplace(size, log.Root(size));
        EXPECT_EQ(known->second, log.Root(size)) << "two roots at size " << size;
      }
      if (answer.outcome == Outcome::kNotKept || random() % 4 == 0) witness = Start();
      disk_.fate = Disk::Fate::kSaves;
    }
    int mine = 0;
    int other = 0;
    for (const auto& [size, root] : cosigned) {
      if (size <= 5) continue;
      mine += root == log_.Root(size) ? 1 : 0;
      other += root == fork_.Root(size) ? 1 : 0;
    }
    EXPECT_TRUE(mine == 0 || other == 0) << "round " << round;
    of_both += mine > 0 || other > 0 ? 1 : 0;
  }
  EXPECT_GT(of_both, 50) << "the test saw too little";
}

// Two histories ask at the same moment, from the same size: one of them wins.
TEST_F(WitnessTest, OfTwoThatAskAtOnceOneWins) {
  for (int round = 0; round < 100; ++round) {
    disk_.notes.clear();
    auto witness = Start();
    ExpectCosigned(witness->AddCheckpoint(log_.Body(0, 5)), log_, 5);
    std::vector<Answer> answers(4);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] {
        answers[i] = witness->AddCheckpoint((i % 2 == 0 ? log_ : fork_).Body(5, 9 + i / 2));
      });
    }
    for (std::thread& thread : threads) thread.join();
    int won = 0;
    for (const Answer& answer : answers) {
      if (answer.outcome == Outcome::kCosigned) ++won;
    }
    EXPECT_EQ(won, 1);
  }
}

TEST_F(WitnessTest, WhatIsKeptIsForMonitors) {
  auto witness = Start();
  const record::Hash hash = record::Sha256Of(log_.origin());
  EXPECT_TRUE(absl::IsNotFound(witness->Latest(hash).status()));
  EXPECT_TRUE(absl::IsNotFound(witness->Latest(record::Sha256Of("x")).status()));
  witness->AddCheckpoint(log_.Body(0, 7));
  const auto note = witness->Latest(hash);
  ASSERT_TRUE(note.ok());
  const auto opened = record::OpenNote(*note, {log_.vkey(), witness->verifier()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->text, log_.Text(7));
  EXPECT_EQ(opened->verified.size(), 2u);
}

TEST_F(WitnessTest, ADamagedStateIsNoFreshStart) {
  Start()->AddCheckpoint(log_.Body(0, 7));
  const std::string good = disk_.notes.at(log_.origin());
  const auto open = [&] {
    return Witness::Open(
               *record::NoteSigner::Parse(skey_), [this] { return std::vector{log_.vkey()}; },
               [this](const std::string& origin) { return disk_.StoreOf(origin); },
               [] { return kNow; })
        .status();
  };
  // Whose line it is: changed, it is one of somebody unknown, whom nobody believes.
  const size_t line = good.find(LogKey().Sign(log_.Text(7)));
  const size_t whose = line + absl::StrCat("\u2014 ", log_.origin(), " AAAAAA").size();
  for (size_t i = 0; i < good.size(); ++i) {
    disk_.notes[log_.origin()][i] ^= 1;
    EXPECT_TRUE(!open().ok() || (i >= line && i < whose)) << "byte " << i;
    disk_.notes[log_.origin()] = good;
  }
  EXPECT_TRUE(open().ok());
}

class WitnessKeyTest : public ::testing::Test {
 protected:
  WitnessKeyTest() {
    options_ = {::testing::TempDir() + "/witness-" + record::Uuid::Random().ToString(), "igf",
                "hub.example.org"};
  }
  ~WitnessKeyTest() override { std::filesystem::remove_all(options_.folder); }

  WitnessKeyOptions options_;
};

TEST_F(WitnessKeyTest, IsMadeOnceAndIsNoKeyOfALog) {
  const auto made = FindOrMakeWitnessKey(options_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->verifier().name(), "hub.example.org/igf/witness");
  EXPECT_EQ(made->verifier().type(), record::NoteKeyType::kCosignature);
  options_.host = "another.example.org";
  EXPECT_EQ(FindOrMakeWitnessKey(options_)->ToSecret(), made->ToSecret()) << "its name stays";
}

TEST_F(WitnessKeyTest, KeepsItsStateBesideIt) {
  const auto key = FindOrMakeWitnessKey(options_);
  ASSERT_TRUE(key.ok()) << key.status();
  const FictionalLog log(record::NoteSigner::Generate("log.example", record::NoteKeyType::kEd25519),
                         9);
  for (const uint64_t size : {3, 9}) {
    auto witness = Witness::Open(
        *FindOrMakeWitnessKey(options_), [&log] { return std::vector{log.vkey()}; },
        StoresIn(options_.folder), [] { return uint64_t{7}; });
    ASSERT_TRUE(witness.ok()) << witness.status();
    const uint64_t old_size = size == 3 ? 0 : 3;
    EXPECT_EQ((*witness)->AddCheckpoint(log.Body(old_size, size)).outcome, Outcome::kCosigned);
  }
  // One file that is gone is not a log that is new here, which would get a second history cosigned.
  const std::string file =
      absl::StrCat(options_.folder, "/witness/", record::Sha256Of("log.example").ToHex());
  const auto open = [&](const record::NoteVerifier& vkey) {
    return Witness::Open(
               *FindOrMakeWitnessKey(options_), [&vkey] { return std::vector{vkey}; },
               StoresIn(options_.folder), [] { return uint64_t{7}; })
        .status();
  };
  std::filesystem::rename(file, file + ".away");
  EXPECT_TRUE(absl::IsFailedPrecondition(open(log.vkey()))) << open(log.vkey());
  const FictionalLog other(
      record::NoteSigner::Generate("new.example", record::NoteKeyType::kEd25519), 9);
  EXPECT_TRUE(open(other.vkey()).ok()) << "and one that is new here is new";
  std::filesystem::rename(file + ".away", file);
  // A process that died before it said so has given nothing away; nor has one of an older version.
  std::filesystem::remove(file + ".begun");
  EXPECT_TRUE(open(log.vkey()).ok());
  EXPECT_TRUE(std::filesystem::exists(file + ".begun"));
  std::filesystem::remove_all(options_.folder + "/witness");
  EXPECT_TRUE(absl::IsFailedPrecondition(FindOrMakeWitnessKey(options_).status()));
}

}  // namespace
}  // namespace liaison::witness
