#include "server/witness/history_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "proto/record/pae.h"
#include "tests/simulation/disk.h"

namespace liaison::witness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Store final : public transparency::NoteStore {
 public:
  absl::StatusOr<std::string> Load() override {
    if (note.empty()) return absl::NotFoundError("nothing was saved");
    return note;
  }
  absl::Status Save(absl::string_view text) override {
    note = std::string(text);
    return absl::OkStatus();
  }
  std::string note;
};

// Fictional.
class HistoryWatchTest : public ::testing::Test {
 protected:
  HistoryWatchTest() : log_(&disk_, &world_) {
    disk_.log_id = record::Uuid::Random();
    GrowTo(9);
    Start();
  }

  void GrowTo(uint64_t size, const std::string& salt = "") {
    storage::Group group;
    for (uint64_t at = log_.head().sequence; at < size; ++at) {
      storage::NewEvent event;
      event.leaf.sequence = at + 1;
      event.header = absl::StrCat("header ", salt, at);
      event.leaf.digest = record::EventDigest(event.header);
      group.events.push_back(std::move(event));
    }
    ASSERT_TRUE(log_.Append(group).ok());
  }
  // Back to the empty disk, and then so many events again.
  void PutBackTo(uint64_t size, const std::string& salt = "") {
    simulation::Disk empty;
    empty.log_id = disk_.log_id;
    disk_ = empty;
    GrowTo(size, salt);
  }
  std::string Note(uint64_t size) const {
    const std::string text =
        record::FormatCheckpoint({key_.verifier().name(), size, *log_.RootAt(size), {}});
    return absl::StrCat(text, "\n", key_.Sign(text));
  }
  void Start() {
    watch_ = std::make_unique<HistoryWatch>(
        transparency::LogTree(&log_, &log_, storage::Tree::kLog),
        HistoryWatch::Options{key_.verifier(), &store_, [this](const absl::Status& why) {
                                conflicts_.emplace_back(why.message());
                              }});
  }

  simulation::QuietWorld world_;
  simulation::Disk disk_;
  simulation::SimulatedLog log_;
  const record::NoteSigner key_ =
      record::NoteSigner::Generate("hub.example/igf/log", record::NoteKeyType::kEd25519);
  Store store_;
  std::vector<std::string> conflicts_;
  std::unique_ptr<HistoryWatch> watch_;
};

TEST_F(HistoryWatchTest, WhatTheLogIsIsWell) {
  EXPECT_TRUE(watch_->Open().ok());
  for (const uint64_t size : {9, 4, 1}) EXPECT_TRUE(watch_->Look(Note(size), "north").ok());
  EXPECT_TRUE(watch_->Look("", "north").ok());
  EXPECT_FALSE(watch_->in_conflict());
  EXPECT_TRUE(conflicts_.empty());
}

TEST_F(HistoryWatchTest, ALogThatWasPutBackKnowsItFromWhoeverHasMore) {
  const std::string seen = Note(7);
  PutBackTo(2);
  const absl::Status said = watch_->Look(seen, "north");
  EXPECT_TRUE(absl::IsDataLoss(said));
  EXPECT_THAT(std::string(said.message()),
              AllOf(HasSubstr("ends at 2, and 7 were signed and seen by north"),
                    HasSubstr("liaisond restore"), HasSubstr("--federation-policy")));
  EXPECT_TRUE(watch_->in_conflict());
  EXPECT_TRUE(absl::IsDataLoss(watch_->Look("", "south"))) << "from then on, whoever asks";
  EXPECT_TRUE(absl::IsDataLoss(watch_->Look(Note(1), "south")));
  ASSERT_EQ(conflicts_.size(), 1u) << "once";
  EXPECT_EQ(conflicts_[0], said.message());
}

TEST_F(HistoryWatchTest, ALogThatWentOnInAnotherWayKnowsItToo) {
  const std::string seen = Note(7);
  PutBackTo(12, "another history");
  EXPECT_THAT(std::string(watch_->Look(seen, "north").message()),
              HasSubstr("another root at size 7"));
}

TEST_F(HistoryWatchTest, TheNextStartKnowsUntilTheLogIsWholeAgain) {
  const std::string seen = Note(7);
  PutBackTo(2);
  watch_->Look(seen, "north").IgnoreError();
  Start();
  EXPECT_TRUE(absl::IsDataLoss(watch_->Open()));
  EXPECT_TRUE(watch_->in_conflict());
  EXPECT_EQ(conflicts_.size(), 1u);
  PutBackTo(9);
  Start();
  EXPECT_TRUE(watch_->Open().ok());
  EXPECT_FALSE(watch_->in_conflict());
}

TEST_F(HistoryWatchTest, NobodysWordStopsALog) {
  const auto stranger =
      record::NoteSigner::Generate(key_.verifier().name(), record::NoteKeyType::kEd25519);
  const std::string text =
      record::FormatCheckpoint({key_.verifier().name(), 99, record::EmptyRoot(), {}});
  const std::string other = record::FormatCheckpoint({"x", 99, record::EmptyRoot(), {}});
  for (const std::string& note : {std::string("99"), text, absl::StrCat(text, "\n"),
                                  absl::StrCat(text, "\n", stranger.Sign(text)),
                                  absl::StrCat(other, "\n", key_.Sign(other))}) {
    const absl::Status said = watch_->Look(note, "north");
    EXPECT_FALSE(said.ok()) << note;
    EXPECT_FALSE(absl::IsDataLoss(said)) << said;
  }
  EXPECT_FALSE(watch_->in_conflict());
  EXPECT_TRUE(conflicts_.empty());
  EXPECT_EQ(store_.note, "");
}

}  // namespace
}  // namespace liaison::witness
