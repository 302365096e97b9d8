#include "server/witness/cosigned_log.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/pae.h"
#include "tests/simulation/disk.h"

namespace liaison::witness {
namespace {

class Store final : public transparency::NoteStore {
 public:
  absl::StatusOr<std::string> Load() override {
    if (note.empty()) return absl::NotFoundError("nothing was saved");
    return note;
  }
  absl::Status Save(absl::string_view text) override {
    note = std::string(text);
    ++saved;
    return absl::OkStatus();
  }
  std::string note;
  int saved = 0;
};

class CosignedLogTest : public ::testing::Test {
 protected:
  CosignedLogTest() : disk_log_(&disk_, &world_) {
    disk_.log_id = record::Uuid::Random();
    for (int i = 0; i < 3; ++i) {
      witnesses_.push_back(record::NoteSigner::Generate(absl::StrCat("w", i, ".example"),
                                                        record::NoteKeyType::kCosignature));
    }
  }

  void GrowTo(uint64_t size, const std::string& salt = "") {
    storage::Group group;
    for (uint64_t at = disk_log_.head().sequence; at < size; ++at) {
      storage::NewEvent event;
      event.leaf.sequence = at + 1;
      event.header = absl::StrCat("header ", salt, at);
      event.leaf.digest = record::EventDigest(event.header);
      group.events.push_back(std::move(event));
    }
    ASSERT_TRUE(disk_log_.Append(group).ok());
  }
  // The disk as it was when it was empty, with what another history writes on it.
  void Replace(uint64_t size, const std::string& salt) {
    simulation::Disk empty;
    empty.log_id = disk_.log_id;
    disk_ = empty;
    GrowTo(size, salt);
  }
  std::string Text(uint64_t size) const {
    return record::FormatCheckpoint({key_.verifier().name(), size, *disk_log_.RootAt(size), {}});
  }
  std::string Note(uint64_t size) const {
    return absl::StrCat(Text(size), "\n", key_.Sign(Text(size)));
  }
  std::string Cosigned(uint64_t size, const std::vector<int>& by, uint64_t time_s = kSince) const {
    std::string note = Note(size);
    for (int witness : by) note += witnesses_[witness].Sign(Text(size), time_s);
    return note;
  }
  std::unique_ptr<CosignedLog> Start(const std::string& quorum = "group q 2 w0 w1 w2\nquorum q\n",
                                     uint64_t recorded_size = 0) {
    std::string text;
    for (int i = 0; i < 3; ++i) {
      absl::StrAppend(&text, "witness w", i, " ", witnesses_[i].verifier().ToString(), "\n");
    }
    auto policy = record::WitnessPolicy::Parse(text + quorum);
    EXPECT_TRUE(policy.ok()) << policy.status();
    return std::make_unique<CosignedLog>(
        transparency::LogTree(&disk_log_, &disk_log_, storage::Tree::kLog),
        CosignedLog::Options{*policy, key_.verifier(), recorded_size, kSince, &store_,
                             [this](const absl::Status&, absl::string_view note) {
                               conflicts_.emplace_back(note);
                             }});
  }

  static constexpr uint64_t kSince = 1'800'000'000;
  simulation::QuietWorld world_;
  simulation::Disk disk_;
  simulation::SimulatedLog disk_log_;
  const record::NoteSigner key_ =
      record::NoteSigner::Generate("hub.example/igf/log", record::NoteKeyType::kEd25519);
  std::vector<record::NoteSigner> witnesses_;
  Store store_;
  std::vector<std::string> conflicts_;
};

TEST_F(CosignedLogTest, EnoughWitnessesMakeAWitnessedCheckpoint) {
  GrowTo(9);
  auto log = Start();
  auto taken = log->Take(Cosigned(5, {0}));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->witnesses, 1u);
  EXPECT_FALSE(taken->enough);
  EXPECT_EQ(log->witnessed().note, "");
  taken = log->Take(Cosigned(5, {2}));
  EXPECT_TRUE(taken->enough) << "they come one by one";
  EXPECT_EQ(log->witnessed().size, 5u);
  EXPECT_EQ(log->witnessed().note, Cosigned(5, {0, 2}));
  EXPECT_EQ(store_.note, log->witnessed().note);
  EXPECT_EQ(log->WithCosignatures(Note(5)), Cosigned(5, {0, 2}));
  EXPECT_EQ(log->WithCosignatures(Note(6)), Note(6));
}

TEST_F(CosignedLogTest, TheNewestStaysTheNewest) {
  GrowTo(9);
  auto log = Start();
  ASSERT_TRUE(log->Take(Cosigned(7, {0, 1})).ok());
  ASSERT_TRUE(log->Take(Cosigned(5, {0, 1, 2})).ok());
  EXPECT_EQ(log->witnessed().size, 7u);
  const int saved = store_.saved;
  ASSERT_TRUE(log->Take(Cosigned(7, {0, 1})).ok());
  EXPECT_EQ(store_.saved, saved) << "what is known is not written again";
  ASSERT_TRUE(log->Take(Cosigned(9, {1})).ok());
  EXPECT_EQ(log->witnessed().size, 7u) << "one is not enough";
}

TEST_F(CosignedLogTest, OnlyWhatTheLogSignedIsTaken) {
  GrowTo(9);
  auto log = Start();
  const auto stranger =
      record::NoteSigner::Generate("hub.example/igf/log", record::NoteKeyType::kEd25519);
  EXPECT_FALSE(log->Take("").ok());
  EXPECT_FALSE(log->Take(absl::StrCat(Text(5), "\n", stranger.Sign(Text(5)))).ok());
  EXPECT_FALSE(log->Take(absl::StrCat(Text(5), "\n", witnesses_[0].Sign(Text(5), kSince))).ok());
  const std::string other = record::FormatCheckpoint({"x", 5, *disk_log_.RootAt(5), {}});
  EXPECT_FALSE(log->Take(absl::StrCat(other, "\n", key_.Sign(other))).ok());
  EXPECT_TRUE(conflicts_.empty());
  // A witness's line of another text, and one of nobody, say nothing.
  const auto taken =
      log->Take(absl::StrCat(Note(5), witnesses_[0].Sign(Text(6), kSince), stranger.Sign(Text(5))));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->witnesses, 0u);
  EXPECT_EQ(log->WithCosignatures(Note(5)), Note(5));
}

TEST_F(CosignedLogTest, ALogThatWasRolledBackIsFoundOut) {
  GrowTo(9);
  const std::string seen = Cosigned(9, {0});
  Replace(6, "");
  auto log = Start();
  EXPECT_TRUE(absl::IsDataLoss(log->Take(seen).status()));
  EXPECT_TRUE(absl::IsDataLoss(log->Take(seen).status()));
  ASSERT_EQ(conflicts_.size(), 1u) << "once";
  EXPECT_EQ(conflicts_[0], seen);
}

TEST_F(CosignedLogTest, ALogThatWasReplacedIsFoundOutAtItsNextStart) {
  GrowTo(9);
  ASSERT_TRUE(Start()->Take(Cosigned(9, {0, 1})).ok());
  EXPECT_TRUE(Start()->Open().ok());
  Replace(12, "another history");
  EXPECT_TRUE(absl::IsDataLoss(Start()->Open()));
  EXPECT_EQ(conflicts_.size(), 1u);
}

TEST_F(CosignedLogTest, NobodyIsBelievedThatTheLogIsRolledBack) {
  GrowTo(9);
  const std::string text =
      record::FormatCheckpoint({key_.verifier().name(), 99, record::EmptyRoot(), {}});
  EXPECT_FALSE(Start()->Take(absl::StrCat(text, "\n", witnesses_[0].Sign(text, kSince))).ok());
  const auto stranger =
      record::NoteSigner::Generate(key_.verifier().name(), record::NoteKeyType::kEd25519);
  EXPECT_FALSE(Start()->Take(absl::StrCat(text, "\n", stranger.Sign(text))).ok());
  EXPECT_TRUE(conflicts_.empty());
}

TEST_F(CosignedLogTest, AStartIsComparedWithEnoughWitnesses) {
  GrowTo(9);
  auto log = Start("group q 2 w0 w1 w2\nquorum q\n", /*recorded_size=*/7);
  EXPECT_FALSE(log->compared());
  ASSERT_TRUE(log->Take(Cosigned(7, {0, 1, 2}, kSince - kClockSkew_s - 1)).ok());
  EXPECT_FALSE(log->compared()) << "they may have seen more since";
  ASSERT_TRUE(log->Take(Cosigned(5, {0, 1, 2}, kSince)).ok());
  EXPECT_FALSE(log->compared()) << "less than was recorded says nothing";
  ASSERT_TRUE(log->Take(Cosigned(7, {0}, kSince)).ok());
  EXPECT_FALSE(log->compared());
  ASSERT_TRUE(log->Take(Cosigned(7, {2}, kSince)).ok());
  EXPECT_TRUE(log->compared());
}

// A start within the minute of clock skew after what was kept was cosigned.
TEST_F(CosignedLogTest, WhatWasKeptIsNoComparison) {
  GrowTo(9);
  store_.note = Cosigned(7, {0, 1, 2}, kSince);
  auto log = Start("group q 2 w0 w1 w2\nquorum q\n", /*recorded_size=*/7);
  ASSERT_TRUE(log->Open().ok());
  EXPECT_EQ(log->witnessed().size, 7u);
  EXPECT_FALSE(log->compared());
}

TEST_F(CosignedLogTest, AWitnessThatHasMoreThanWasRecordedIsComparedWith) {
  GrowTo(9);
  auto log = Start("quorum w0\n", /*recorded_size=*/7);
  ASSERT_TRUE(log->Take(Cosigned(8, {0}, kSince - 1'000)).ok());
  EXPECT_TRUE(log->compared());
}

TEST_F(CosignedLogTest, WhoeverAsksForNobodyOrNeverSignedNeedNotCompare) {
  GrowTo(9);
  EXPECT_TRUE(Start("quorum none\n", 7)->compared());
  EXPECT_TRUE(Start("quorum w0\n", 0)->compared());
  auto log = Start("quorum none\n", 7);
  EXPECT_FALSE(log->Take(Note(9))->enough) << "nobody is no witness";
  EXPECT_TRUE(log->Take(Cosigned(9, {1}))->enough);
}

TEST_F(CosignedLogTest, OnlySoManyCheckpointsAreAwaited) {
  GrowTo(200);
  auto log = Start();
  for (uint64_t size = 1; size <= 200; ++size) ASSERT_TRUE(log->Take(Cosigned(size, {0})).ok());
  EXPECT_EQ(log->WithCosignatures(Note(1)), Note(1));
  EXPECT_EQ(log->WithCosignatures(Note(200)), Cosigned(200, {0}));
  EXPECT_EQ(log->WithCosignatures(Note(137)), Cosigned(137, {0}));
  EXPECT_EQ(log->WithCosignatures(Note(136)), Note(136));
}

}  // namespace
}  // namespace liaison::witness
