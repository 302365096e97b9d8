// What one Append does, and what it refuses.
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "storage/format/stored.h"
#include "storage/rocks/batch_builder.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

using absl::StatusCode;

constexpr uint16_t kContent = 1;
constexpr uint16_t kPersonal = 2;

class AppendTest : public LogTest {
 protected:
  AppendTest() { Open(); }

  // Refused, and nothing of it is in the log.
  void ExpectRefused(const Group& group, StatusCode code, absl::string_view part) {
    const Head before = log_->head();
    EXPECT_THAT(log_->Append(group).status(), Refuses(code, part));
    EXPECT_EQ(log_->head().sequence, before.sequence);
    EXPECT_EQ(log_->head().root, before.root);
    ExpectAsTold();
  }
};

TEST_F(AppendTest, AnEmptyLogSaysSo) {
  const Head head = log_->head();
  EXPECT_EQ(head.sequence, 0u);
  EXPECT_EQ(head.root, record::EmptyRoot());
  EXPECT_EQ(head.registry_size, 0u);
  EXPECT_EQ(head.registry_root, record::EmptyRoot());
  EXPECT_EQ(head.hub_time_us, 0);
  EXPECT_EQ(log_->earliest(), 1u);
  EXPECT_EQ(log_->indexed_through(), 0u);
  EXPECT_EQ(log_->FirstAtOrAfter(0).value(), 1u);
  EXPECT_EQ(log_->RootAt(0).value(), record::EmptyRoot());
  EXPECT_TRUE(Sequences().empty());
  EXPECT_TRUE(absl::IsNotFound(log_->Read(1).status()));
}

TEST_F(AppendTest, GroupsOfAnySizeMakeOneDenseLog) {
  for (int size : {1, 2, 3, 5, 8, 13, 21, 1, 64}) AppendMany(size);
  ExpectAsTold();
  EXPECT_EQ(log_->head().hub_time_us, now_us_);
}

TEST_F(AppendTest, RootsAreThoseOfTheDefinitionAtEverySize) {
  for (int i = 0; i < 140; ++i) {
    AppendMany(1);
    ASSERT_EQ(log_->head().root, ModelRoot(told_.size())) << told_.size();
  }
  Reopen();
  for (uint64_t size = 0; size <= told_.size(); ++size) {
    ASSERT_EQ(log_->RootAt(size).value(), ModelRoot(size)) << size;
  }
  EXPECT_THAT(log_->RootAt(told_.size() + 1).status(), Refuses(StatusCode::kOutOfRange, "141"));
}

TEST_F(AppendTest, RegistryEventsStandInTheSecondTree) {
  AppendMany(3);
  Append(GroupOf({Say({.registry = record::RegistryLeafKind::kOrganisation}), Say(),
                  Say({.registry = record::RegistryLeafKind::kKey})}));
  EXPECT_EQ(log_->head().registry_size, 2u);
  const record::RegistryLeaf key =
      record::DecodeRegistryLeaf(log_->ReadRegistryLeaf(1).value()).value();
  EXPECT_EQ(key.kind, record::RegistryLeafKind::kKey);
  EXPECT_EQ(key.sequence, 6u);
  EXPECT_THAT(log_->ReadRegistryLeaf(2).status(), Refuses(StatusCode::kNotFound, "no leaf 2"));
  Reopen();
  Append(GroupOf({Say({.registry = record::RegistryLeafKind::kKey})}));
  ExpectAsTold();
}

TEST_F(AppendTest, EventsWithoutSectionsOrIdentityAreEvents) {
  NewEvent bare = Say();
  bare.sections.clear();
  bare.identity.clear();
  ASSERT_TRUE(log_->Append(GroupOf({bare})).ok());
  const StoredEvent event = log_->Read(1).value();
  EXPECT_EQ(event.header, bare.header);
  EXPECT_TRUE(event.sections.empty());
  EXPECT_EQ(log_->FindByIdentity("").value(), std::nullopt);
}

TEST_F(AppendTest, SectionsAreKeptVerbatim) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  Append(GroupOf({Say({.content = ""}), Say({.content = bytes, .personal = ""}),
                  Say({.content = std::string(1 << 20, 'x'), .personal = bytes})}));
  ExpectAsTold();
  Crash();
  ExpectAsTold();
}

TEST_F(AppendTest, AGroupOfNothingChangesNothing) {
  AppendMany(2);
  Append({});
  ExpectAsTold();
}

// --- rows ----------------------------------------------------------------------------------------

TEST_F(AppendTest, RowsEnterWithTheirGroup) {
  Group group = SayMany(1);
  group.rows.push_back({Table::kChain, "root", "latest"});
  group.rows.push_back({Table::kControl, "root", "other table"});
  Append(group);
  EXPECT_EQ(log_->GetRow(Table::kChain, "root").value(), "latest");
  EXPECT_EQ(log_->GetRow(Table::kControl, "root").value(), "other table");
  EXPECT_EQ(log_->GetRow(Table::kDirectory, "root").value(), std::nullopt);
  Crash();
  EXPECT_EQ(log_->GetRow(Table::kChain, "root").value(), "latest");
}

TEST_F(AppendTest, ALaterRowReplacesAnEarlierAndNulloptDeletes) {
  Group group;
  group.rows = {{Table::kChain, "a", "1"}, {Table::kChain, "b", "1"}};
  Append(group);
  group.rows = {{Table::kChain, "a", "2"},
                {Table::kChain, "b", std::nullopt},
                {Table::kChain, "never", std::nullopt}};
  Append(group);
  EXPECT_EQ(log_->GetRow(Table::kChain, "a").value(), "2");
  EXPECT_EQ(log_->GetRow(Table::kChain, "b").value(), std::nullopt);
}

// --- erasure -------------------------------------------------------------------------------------

TEST_F(AppendTest, AnErasedSectionIsMarkedAndItsEventStays) {
  Append(GroupOf({Say({.content = "kept", .personal = "somebody's name"})}));
  Erase(1, kPersonal);
  for (int round = 0; round < 2; ++round) {
    const StoredEvent event = log_->Read(1).value();
    ASSERT_EQ(event.sections.size(), 2u);
    EXPECT_EQ(event.sections[0].data, "kept");
    EXPECT_TRUE(event.sections[1].erased);
    EXPECT_EQ(event.sections[1].salt + event.sections[1].data, "");
    EXPECT_EQ(record::DecodeLeaf(log_->Read(2)->leaf)->redaction->target_sequence, 1u);
    ExpectAsTold();
    Crash();
  }
}

TEST_F(AppendTest, ErasingTwiceIsErasingOnce) {
  AppendMany(1);
  Erase(1, kContent);
  Erase(1, kContent);
  ExpectAsTold();
}

TEST_F(AppendTest, ASectionThatComesAndGoesInOneGroupIsGone) {
  Group group = SayMany(2);
  group.erased.push_back({2, kContent});
  Append(group);
  EXPECT_TRUE(log_->Read(2)->sections[0].erased);
  EXPECT_FALSE(log_->Read(1)->sections[0].erased);
}

TEST_F(AppendTest, AnEventMayComeWithASectionErasedElsewhere) {
  NewEvent relayed = Say({.personal = "x"});
  relayed.sections[1] = {kPersonal, "", "", true};
  Append(GroupOf({relayed}));
  EXPECT_TRUE(log_->Read(1)->sections[1].erased);
  ExpectAsTold();
}

TEST_F(AppendTest, WhatIsNotThereCannotBeErased) {
  AppendMany(2);
  const ErasedSection targets[] = {{1, kPersonal}, {3, kContent}, {0, kContent}, {~0ull, kContent}};
  for (const ErasedSection& target : targets) {
    Group group;
    group.erased.push_back(target);
    ExpectRefused(group, StatusCode::kFailedPrecondition, "could be erased");
  }
}

// --- refusals ------------------------------------------------------------------------------------

TEST_F(AppendTest, EventsThatDoNotContinueTheLogAreRefused) {
  AppendMany(3);
  const uint64_t wrong[] = {0, 1, 3, 5, ~uint64_t{0}};
  NewEvent event = Say();
  for (uint64_t sequence : wrong) {
    event.leaf.sequence = sequence;
    ExpectRefused(GroupOf({event}), StatusCode::kFailedPrecondition, "4 is next");
  }
  NewEvent second = event;
  event.leaf.sequence = 4;
  second.leaf.sequence = 6;
  ExpectRefused(GroupOf({event, second}), StatusCode::kFailedPrecondition, "5 is next");
  Append(GroupOf({event}));
  ExpectAsTold();
}

TEST_F(AppendTest, HubTimeNeverGoesBack) {
  AppendMany(2);
  NewEvent event = Say();
  event.leaf.hub_time_us = log_->head().hub_time_us - 1;
  ExpectRefused(GroupOf({event}), StatusCode::kFailedPrecondition, "hub time");
  event.leaf.hub_time_us = log_->head().hub_time_us;
  Append(GroupOf({event}));
}

TEST_F(AppendTest, HubTimeNeverGoesBackAcrossAReopen) {
  AppendMany(2);
  Reopen();
  NewEvent event = Say();
  event.leaf.hub_time_us = 1;
  ExpectRefused(GroupOf({event}), StatusCode::kFailedPrecondition, "hub time");
}

TEST_F(AppendTest, ShapesAndLimitsHold) {
  NewEvent event = Say({.personal = "x"});
  NewEvent bad = event;
  bad.sections[1].kind = bad.sections[0].kind;
  ExpectRefused(GroupOf({bad}), StatusCode::kInvalidArgument, "order");
  bad = event;
  bad.sections[0].salt.pop_back();
  ExpectRefused(GroupOf({bad}), StatusCode::kInvalidArgument, "salt");
  bad = event;
  for (uint16_t kind = 10; bad.sections.size() <= kMaxSections; ++kind) {
    bad.sections.push_back({kind, std::string(32, 's'), "x", false});
  }
  ExpectRefused(GroupOf({bad}), StatusCode::kInvalidArgument, "too many sections");
  bad = event;
  bad.terms.push_back(std::string(1025, 't'));
  ExpectRefused(GroupOf({bad}), StatusCode::kInvalidArgument, "too long");
  bad = event;
  bad.terms.resize(4097);
  ExpectRefused(GroupOf({bad}), StatusCode::kInvalidArgument, "too many terms");
  Group large;
  large.events.resize(kMaxGroupEvents + 1);
  ExpectRefused(large, StatusCode::kInvalidArgument, "too large");
  large = {};
  large.rows.push_back({Table::kControl, "k", std::string(kMaxGroupSizeBytes, 'x')});
  ExpectRefused(large, StatusCode::kInvalidArgument, "too large");
}

// --- atomicity -----------------------------------------------------------------------------------

std::string WriteAheadLogOf(const std::string& folder) {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/db")) {
    if (entry.path().extension() == ".log") found = std::max(found, entry.path().string());
  }
  return found;
}

// Whatever part of the last group's bytes a power loss leaves, the log has all of it or nothing.
TEST_F(AppendTest, AGroupIsThereWholeOrNotAtAll) {
  AppendMany(2);
  ASSERT_TRUE(log_->SyncHeadFile().ok());
  const size_t size_before = std::filesystem::file_size(WriteAheadLogOf(options_.data_dir));
  Group group = GroupOf({Say({.content = std::string(300, 'x'), .personal = "y"}), Say(),
                         Say({.registry = record::RegistryLeafKind::kKey})});
  group.rows.push_back({Table::kChain, "root", "latest"});
  group.erased.push_back({1, kContent});
  ASSERT_TRUE(log_->Append(group).ok());
  const size_t size_after = std::filesystem::file_size(WriteAheadLogOf(options_.data_dir));
  ASSERT_GT(size_after, size_before);
  const std::string original = NewFolder();
  Copy(options_.data_dir, original);

  int whole = 0;
  for (size_t size = size_before; size <= size_after; size += size + 41 < size_after ? 41 : 1) {
    Close();
    options_.data_dir = NewFolder();
    Copy(original, options_.data_dir);
    std::filesystem::resize_file(WriteAheadLogOf(options_.data_dir), size);
    const absl::Status opened = TryOpen();
    ASSERT_TRUE(opened.ok()) << "cut at " << size << ": " << opened;
    const bool there = log_->head().sequence == 5;
    whole += there;
    ASSERT_TRUE(there || log_->head().sequence == 2) << "cut at " << size;
    EXPECT_EQ(Sequences().size(), there ? 5u : 2u);
    EXPECT_EQ(log_->GetRow(Table::kChain, "root")->has_value(), there);
    EXPECT_EQ(log_->Read(1)->sections[0].erased, there);
    EXPECT_EQ(log_->FindByIdentity(group.events[0].identity)->has_value(), there);
    EXPECT_EQ(log_->FindByDigest(group.events[2].leaf.digest)->has_value(), there);
    EXPECT_EQ(log_->head().registry_size, there ? 1u : 0u);
    std::filesystem::remove_all(options_.data_dir);
  }
  EXPECT_EQ(whole, 1) << "only the uncut log has the group";
}

}  // namespace
}  // namespace liaison::storage
