// Reading, alone and beside the writer.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using std::string_literals::operator""s;

class ReadTest : public LogTest {
 protected:
  ReadTest() { Open(); }

  std::vector<std::string> Keys(Table table, absl::string_view prefix, absl::string_view after,
                                size_t limit = 100) const {
    std::vector<std::string> keys;
    const auto rows = log_->ListRows(table, prefix, after, limit).value();
    for (const EventLog::KeyValue& row : rows) {
      keys.push_back(row.key);
    }
    return keys;
  }
};

TEST_F(ReadTest, ScanStartsAfterAndStopsWhenToldTo) {
  AppendMany(10);
  EXPECT_THAT(Sequences(7), ElementsAre(8, 9, 10));
  EXPECT_TRUE(Sequences(10).empty());
  EXPECT_TRUE(Sequences(11).empty());
  EXPECT_TRUE(Sequences(~uint64_t{0}).empty());
  std::vector<uint64_t> seen;
  ASSERT_TRUE(log_->Scan(2,
                         [&](const EventLog::EventView& event) {
                           seen.push_back(event.sequence);
                           return seen.size() < 3;
                         })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(3, 4, 5));
}

TEST_F(ReadTest, HeadersComeWithoutSections) {
  Append(GroupOf({Say({.content = "first", .personal = "somebody"}), Say(), Say()}));
  const StoredEvent whole = log_->Read(1).value();
  const StoredEvent header = log_->ReadHeader(1).value();
  EXPECT_EQ(header.leaf, whole.leaf);
  EXPECT_EQ(header.header, whole.header);
  EXPECT_FALSE(whole.sections.empty());
  EXPECT_TRUE(header.sections.empty());
  EXPECT_THAT(log_->ReadHeader(0).status(), Refuses(StatusCode::kNotFound, "no event 0"));
  EXPECT_THAT(log_->ReadHeader(4).status(), Refuses(StatusCode::kNotFound, "no event 4"));

  std::vector<std::string> headers;
  ASSERT_TRUE(log_->ScanHeaders(1,
                                [&](const EventLog::EventView& event) {
                                  EXPECT_TRUE(event.sections.empty());
                                  headers.emplace_back(event.header);
                                  return true;
                                })
                  .ok());
  EXPECT_THAT(headers, ElementsAre(log_->Read(2)->header, log_->Read(3)->header));
}

TEST_F(ReadTest, ManyTogetherAreReadAsEachByItself) {
  Append(GroupOf({Say({.content = "first", .personal = "somebody"}), Say(), Say()}));
  AppendMany(100);
  Erase(3, 1);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const std::vector<uint64_t> sequences = {1, 2, 3, 50, 100, 104};
    const auto headers = log_->ReadHeaders(sequences);
    ASSERT_TRUE(headers.ok()) << headers.status();
    for (uint16_t kind : {1, 2, 3}) {
      const auto sections = log_->ReadSections(sequences, kind);
      ASSERT_TRUE(sections.ok()) << sections.status();
      ASSERT_EQ(sections->size(), sequences.size());
      for (size_t i = 0; i < sequences.size(); ++i) {
        const StoredEvent whole = log_->Read(sequences[i]).value();
        EXPECT_EQ((*headers)[i].sequence, sequences[i]);
        EXPECT_EQ((*headers)[i].leaf, whole.leaf);
        EXPECT_EQ((*headers)[i].header, whole.header);
        const StoredSection* expected = nullptr;
        for (const StoredSection& section : whole.sections) {
          if (section.kind == kind) expected = &section;
        }
        const std::optional<StoredSection>& section = (*sections)[i];
        ASSERT_EQ(section.has_value(), expected != nullptr) << sequences[i] << " " << kind;
        if (expected == nullptr) continue;
        EXPECT_EQ(section->kind, expected->kind);
        EXPECT_EQ(section->salt, expected->salt);
        EXPECT_EQ(section->data, expected->data);
        EXPECT_EQ(section->erased, expected->erased);
      }
    }
  }
  EXPECT_TRUE(log_->ReadHeaders({}).value().empty());
  EXPECT_TRUE(log_->ReadSections({}, 1).value().empty());
  const std::vector<uint64_t> beyond = {1, 105};
  EXPECT_THAT(log_->ReadHeaders(beyond).status(), Refuses(StatusCode::kNotFound, "no event 105"));
  EXPECT_THAT(log_->ReadSections(beyond, 1).status(),
              Refuses(StatusCode::kNotFound, "no event 105"));
}

TEST_F(ReadTest, EventsOfDifferentShapesDoNotShineThroughEachOther) {
  Append(GroupOf({Say({.content = "long content of the first", .personal = "somebody"}), Say(),
                  Say({.content = "x", .personal = "y"})}));
  Erase(1, 2);
  ExpectAsTold();
}

TEST_F(ReadTest, WhatIsNotThereIsNotFound) {
  AppendMany(3);
  EXPECT_THAT(log_->Read(0).status(), Refuses(StatusCode::kNotFound, "no event 0"));
  EXPECT_THAT(log_->Read(4).status(), Refuses(StatusCode::kNotFound, "no event 4"));
  EXPECT_EQ(log_->FindByIdentity(IdentityKey("org/fictional", "no")).value(), std::nullopt);
  EXPECT_EQ(log_->FindByDigest(record::Hash()).value(), std::nullopt);
}

TEST_F(ReadTest, AuthorAndEventIdDoNotRunIntoEachOther) {
  NewEvent event = Say();
  event.identity = IdentityKey("org/a", "bc");
  ASSERT_TRUE(log_->Append(GroupOf({event})).ok());
  EXPECT_EQ(log_->FindByIdentity(IdentityKey("org/a", "bc")).value(), 1u);
  EXPECT_EQ(log_->FindByIdentity(IdentityKey("org/ab", "c")).value(), std::nullopt);
}

// Publishing twice has one effect for ever, not for a while.
TEST_F(ReadTest, AnIdentityIsFoundHoweverMuchCameAfterIt) {
  AppendMany(1);
  AppendMany(10'000);
  for (bool reopened : {false, true}) {
    if (reopened) Reopen();
    EXPECT_EQ(log_->FindByIdentity(told_[0].identity).value(), 1u) << reopened;
    EXPECT_EQ(log_->FindByDigest(told_[0].digest).value(), 1u) << reopened;
  }
}

TEST_F(ReadTest, FirstAtOrAfterIsABinarySearchOverHubTime) {
  const int64_t start = now_us_;
  step_us_ = 10;
  AppendMany(37);
  step_us_ = 0;
  AppendMany(5);  // five more at the time of the last
  EXPECT_EQ(log_->FirstAtOrAfter(0).value(), 1u);
  for (int64_t i = 1; i <= 37; ++i) {
    EXPECT_EQ(log_->FirstAtOrAfter(start + 10 * i - 9).value(), static_cast<uint64_t>(i));
    EXPECT_EQ(log_->FirstAtOrAfter(start + 10 * i).value(), static_cast<uint64_t>(i));
  }
  EXPECT_EQ(log_->FirstAtOrAfter(now_us_ + 1).value(), 43u);
  EXPECT_EQ(log_->FirstAtOrAfter(std::numeric_limits<int64_t>::max()).value(), 43u);
  EXPECT_EQ(log_->FirstAtOrAfter(std::numeric_limits<int64_t>::min()).value(), 1u);
}

TEST_F(ReadTest, RowsAreListedInOrderWithinTheirTableAndPrefix) {
  for (const std::string& key : {"org/b"s, "org/a"s, "org/a\0"s, "org/ab"s, "topic"s, ""s}) {
    PutRow(Table::kDirectory, key, "v" + key);
  }
  PutRow(Table::kChain, "org/other", "x");
  PutRow(Table::kControl, "org/other", "x");
  EXPECT_THAT(Keys(Table::kDirectory, "", ""),
              ElementsAre("", "org/a", "org/a\0"s, "org/ab", "org/b", "topic"));
  EXPECT_THAT(Keys(Table::kDirectory, "org/", ""),
              ElementsAre("org/a", "org/a\0"s, "org/ab", "org/b"));
  EXPECT_THAT(Keys(Table::kDirectory, "org/", "org/a"), ElementsAre("org/a\0"s, "org/ab", "org/b"));
  EXPECT_THAT(Keys(Table::kDirectory, "org/", "org/b"), ElementsAre());
  EXPECT_THAT(Keys(Table::kDirectory, "org/", "aaa"),
              ElementsAre("org/a", "org/a\0"s, "org/ab", "org/b"));
  EXPECT_THAT(Keys(Table::kDirectory, "org/", "zzz"), ElementsAre());
  EXPECT_THAT(Keys(Table::kDirectory, "org/", "", 2), ElementsAre("org/a", "org/a\0"s));
  EXPECT_THAT(Keys(Table::kDirectory, "", "", 0), ElementsAre());
  EXPECT_EQ(log_->ListRows(Table::kDirectory, "topic", "", 10)->at(0).value, "vtopic");
}

// Readers beside the writer see a dense log that only grows, and nothing before it counts.
TEST_F(ReadTest, ReadersBesideTheWriterSeeOnlyWhatIsThere) {
  constexpr int kGroups = 60;
  constexpr int kGroupSize = 40;
  std::vector<Group> groups;
  std::vector<std::string> identities;
  for (int i = 0; i < kGroups; ++i) {
    groups.push_back(SayMany(kGroupSize));
    for (const NewEvent& event : groups.back().events) identities.push_back(event.identity);
  }
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      uint64_t seen = 0;
      for (uint64_t round = 0; !done || seen < identities.size(); ++round) {
        const absl::Status scanned = log_->Scan(seen, [&](const EventLog::EventView& event) {
          EXPECT_EQ(event.sequence, ++seen);
          EXPECT_EQ(event.sections.size(), 1u);
          return true;
        });
        ASSERT_TRUE(scanned.ok()) << scanned;
        const Head head = log_->head();
        ASSERT_GE(head.sequence, seen);
        ASSERT_EQ(log_->RootAt(head.sequence).value(), head.root);
        const size_t probe = (round * 37 + reader) % identities.size();
        const std::optional<uint64_t> found = log_->FindByIdentity(identities[probe]).value();
        if (found) {
          ASSERT_TRUE(log_->Read(*found).ok()) << "what is found can be read";
        }
        const uint64_t indexed = log_->indexed_through();
        const auto with_term = log_->NextWithTerm("aorg/fictional", 0).value();
        for (uint64_t sequence : with_term) {
          ASSERT_LE(sequence, log_->head().sequence);
        }
        ASSERT_LE(indexed, log_->head().sequence);
      }
    });
  }
  for (const Group& group : groups) {
    ASSERT_TRUE(log_->Append(group).ok());
    ASSERT_TRUE(log_->SyncHeadFile().ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace liaison::storage
