// The index of terms against a naive scan.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "storage/format/postings.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

class IndexTest : public LogTest {
 protected:
  IndexTest() { Open(); }

  // All of the term's sequences that the index has, asked for block by block.
  std::vector<uint64_t> Walk(const std::string& term) const {
    std::vector<uint64_t> all;
    uint64_t after = 0;
    while (true) {
      const std::vector<uint64_t> some = log_->NextWithTerm(term, after).value();
      if (some.empty()) return all;
      EXPECT_GT(some.front(), after);
      EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
      EXPECT_EQ(BlockOf(some.front()), BlockOf(some.back()));
      all.insert(all.end(), some.begin(), some.end());
      after = all.back();
    }
  }

  std::vector<uint64_t> Naive(const std::string& term, uint64_t after, uint64_t through) const {
    std::vector<uint64_t> found;
    for (const Told& told : told_) {
      const uint64_t sequence = told.event.sequence;
      if (sequence <= after || sequence > through) continue;
      if (std::count(told.terms.begin(), told.terms.end(), term) > 0) found.push_back(sequence);
    }
    return found;
  }

  std::set<std::string> AllTerms() const {
    std::set<std::string> terms;
    for (const Told& told : told_) terms.insert(told.terms.begin(), told.terms.end());
    return terms;
  }
};

TEST_F(IndexTest, CoversWholeBlocks) {
  AppendMany(1023);
  EXPECT_EQ(log_->indexed_through(), 0u);
  const std::string term = record::Term(record::TermKind::kAuthor, "org/fictional");
  EXPECT_TRUE(Walk(term).empty()) << "the caller scans what is not indexed";
  AppendMany(1);
  EXPECT_EQ(log_->indexed_through(), 1024u);
  EXPECT_EQ(Walk(term).size(), 1024u);
  AppendMany(1);
  EXPECT_EQ(log_->indexed_through(), 1024u);
  EXPECT_EQ(Walk(term).size(), 1024u);
}

TEST_F(IndexTest, OneGroupMayCompleteSeveralBlocks) {
  AppendMany(3000);
  EXPECT_EQ(log_->indexed_through(), 2048u);
  EXPECT_EQ(Walk(record::Term(record::TermKind::kAuthor, "org/fictional")).size(), 2048u);
}

TEST_F(IndexTest, ThePartialBlockIsRebuiltWhenOpened) {
  Append(GroupOf({Say({.author = "org/first"})}));
  AppendMany(500);
  Crash();
  Append(GroupOf({Say({.author = "org/second"})}));
  AppendMany(600);
  const auto walk = [this](const std::string& author) {
    return Walk(record::Term(record::TermKind::kAuthor, author));
  };
  EXPECT_THAT(walk("org/first"), ::testing::ElementsAre(1));
  EXPECT_THAT(walk("org/second"), ::testing::ElementsAre(502));
}

TEST_F(IndexTest, UnknownTermsHaveNothing) {
  AppendMany(1024);
  EXPECT_TRUE(Walk("").empty());
  EXPECT_TRUE(Walk("aorg/nobody").empty());
  EXPECT_TRUE(Walk(std::string(100000, 'x')).empty());
}

TEST_F(IndexTest, NothingComesAfterTheEnd) {
  AppendMany(1024);
  const std::string term = record::Term(record::TermKind::kAuthor, "org/fictional");
  EXPECT_THAT(log_->NextWithTerm(term, 1023).value(), ::testing::ElementsAre(1024));
  EXPECT_TRUE(log_->NextWithTerm(term, 1024)->empty());
  EXPECT_TRUE(log_->NextWithTerm(term, 5000)->empty());
  EXPECT_TRUE(log_->NextWithTerm(term, ~uint64_t{0})->empty());
}

// Terms are any bytes: what one holds must not look like another's block.
TEST_F(IndexTest, TermsOfAnyBytesStayApart) {
  using std::string_literals::operator""s;
  const std::vector<std::string> terms = {"",
                                          "\0"s,
                                          "\0\0"s,
                                          "r" + std::string(32, '\0'),
                                          "r" + std::string(32, '\xff'),
                                          "a",
                                          "a\0\0\0\0\0\0\0\0"s,
                                          "a\0\0\0\0\0\0\0\1"s,
                                          std::string(kMaxTermSizeBytes, '\xff')};
  Group group = SayMany(2048);
  for (size_t i = 0; i < terms.size(); ++i) {
    group.events[i].terms = {terms[i]};
    group.events[1024 + i].terms = {terms[i], terms[i]};  // said twice, found once
  }
  Append(group);
  for (size_t i = 0; i < terms.size(); ++i) {
    EXPECT_THAT(Walk(terms[i]), ::testing::ElementsAre(1 + i, 1025 + i)) << i;
  }
}

TEST_F(IndexTest, AgreesWithANaiveScan) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  while (told_.size() < 4500) {
    Group group;
    for (int i = 1 + static_cast<int>(random() % 300); i > 0; --i) {
      Said said;
      said.author = absl::StrCat("org/n", random() % 40);
      for (int j = static_cast<int>(random() % 3); j > 0; --j) {
        // Some topics are in every block, some in one or none.
        said.topics.push_back(absl::StrCat("core:t", random() % (random() % 2 ? 5 : 2000)));
      }
      group.events.push_back(Say(said));
    }
    Append(group);
    if (random() % 8 == 0) Crash();
  }
  ASSERT_EQ(log_->indexed_through(), 4096u);
  for (const std::string& term : AllTerms()) {
    ASSERT_EQ(Walk(term), Naive(term, 0, 4096)) << absl::CHexEscape(term);
    // From anywhere: what is left of the first block that has any.
    const uint64_t after = random() % 4200;
    const std::vector<uint64_t> rest = Naive(term, after, 4096);
    std::vector<uint64_t> expected;
    for (uint64_t sequence : rest) {
      if (BlockOf(sequence) == BlockOf(rest.front())) expected.push_back(sequence);
    }
    ASSERT_EQ(log_->NextWithTerm(term, after).value(), expected)
        << absl::CHexEscape(term) << " after " << after;
  }
}

}  // namespace
}  // namespace liaison::storage
