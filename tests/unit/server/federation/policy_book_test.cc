#include "server/federation/policy_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "server/federation/policy_changes.h"

namespace liaison::federation {
namespace {

using record::Reason;
using record::ReasonOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string PolicyOf(const std::string& peer) {
  return absl::StrCat("[peer.", peer, "]\norganisation = \"org/fictional-", peer, "\"\n");
}

class PolicyBookTest : public ::testing::Test {
 protected:
  PolicyBookTest() { EXPECT_TRUE(Restart().ok()); }

  // What was kept is all that is left.
  absl::Status Restart(const std::string& file = PolicyOf("file")) {
    auto opened = PolicyBook::Open(
        [this](const std::string& key) -> absl::StatusOr<std::optional<std::string>> {
          const auto row = rows_.find(key);
          return row == rows_.end() ? std::nullopt : std::make_optional(row->second);
        },
        [this, file]() -> absl::StatusOr<std::string> {
          ++file_reads_;
          return file;
        });
    if (opened.ok()) book_ = *std::move(opened);
    return opened.status();
  }
  absl::StatusOr<rows::AdoptedPolicy> Adopt(const rows::ProposedPolicy& proposed) {
    rows::AdoptedPolicy row;
    row.set_approved_by("A second person");
    return book_->Adopt(
        proposed, std::move(row),
        [this](PolicyBook::Rows rows) {
          if (!write_.ok()) return write_;
          for (auto& [key, value] : rows) rows_[key] = value;
          return absl::OkStatus();
        },
        [this](std::shared_ptr<const Policy> policy) {
          used_.push_back(policy->peers().begin()->first);
        });
  }
  std::string peer() const { return book_->policy()->peers().begin()->first; }

  std::map<std::string, std::string> rows_;
  int file_reads_ = 0;
  absl::Status write_;
  std::vector<std::string> used_;
  std::unique_ptr<PolicyBook> book_;
};

TEST_F(PolicyBookTest, TheFileIsThePolicyUntilOneIsAdopted) {
  EXPECT_EQ(peer(), "file");
  EXPECT_EQ(book_->in_force().row.version(), 0u);
  const auto before = book_->policy();
  const auto adopted = Adopt(*book_->Propose(PolicyOf("adopted")));
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  EXPECT_EQ(adopted->version(), 1u);
  EXPECT_EQ(peer(), "adopted");
  EXPECT_THAT(used_, ElementsAre("adopted"));
  EXPECT_EQ(before->peers().count("file"), 1u) << "a snapshot stays what it is";
  const int reads = file_reads_;
  ASSERT_TRUE(Restart().ok());
  EXPECT_EQ(peer(), "adopted");
  EXPECT_EQ(file_reads_, reads) << "the file is not asked any more";
  EXPECT_EQ(book_->in_force().row.approved_by(), "A second person");
}

TEST_F(PolicyBookTest, EveryVersionIsKeptWhole) {
  for (const char* peer : {"one", "two", "three"}) {
    ASSERT_TRUE(Adopt(*book_->Propose(PolicyOf(peer))).ok());
  }
  ASSERT_TRUE(Restart().ok());
  EXPECT_EQ(book_->Version(1)->text(), PolicyOf("one"));
  EXPECT_EQ(book_->Version(3)->text(), PolicyOf("three"));
  EXPECT_EQ(ReasonOf(book_->Version(4).status()), Reason::kNotFound);
}

// Whoever agreed has seen the difference from another one.
TEST_F(PolicyBookTest, WhatWasProposedToReplaceAnotherIsNotAdopted) {
  const rows::ProposedPolicy one = *book_->Propose(PolicyOf("one"));
  const rows::ProposedPolicy two = *book_->Propose(PolicyOf("two"));
  ASSERT_TRUE(Adopt(one).ok());
  EXPECT_EQ(ReasonOf(Adopt(two).status()), Reason::kTransitionNotAllowed);
  EXPECT_EQ(peer(), "one");
  // Back to what was before is another step, and not the same one again.
  ASSERT_TRUE(Adopt(*book_->Propose(PolicyOf("file"))).ok());
  EXPECT_EQ(ReasonOf(Adopt(two).status()), Reason::kTransitionNotAllowed);
  EXPECT_THAT(used_, ElementsAre("one", "file"));
}

TEST_F(PolicyBookTest, OfManyAtOnceOneComesIn) {
  std::vector<rows::ProposedPolicy> proposed;
  for (int i = 0; i < 8; ++i) {
    proposed.push_back(*book_->Propose(PolicyOf(absl::StrCat("peer-", i))));
  }
  std::atomic<int> adopted = 0;
  std::vector<std::thread> threads;
  for (const rows::ProposedPolicy& each : proposed) {
    threads.emplace_back([&] { adopted += Adopt(each).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(adopted.load(), 1);
  EXPECT_EQ(used_.size(), 1u);
}

TEST_F(PolicyBookTest, WhatIsNotKeptIsNotInForce) {
  write_ = absl::UnavailableError("this disk is full");
  EXPECT_TRUE(absl::IsUnavailable(Adopt(*book_->Propose(PolicyOf("one"))).status()));
  EXPECT_EQ(peer(), "file");
  EXPECT_THAT(used_, IsEmpty());
}

TEST_F(PolicyBookTest, NothingIsProposedThatIsNoPolicyOrNoChange) {
  EXPECT_EQ(ReasonOf(book_->Propose("[peer.x]\nadress = \"\"").status()), Reason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(book_->Propose(PolicyOf("file")).status()), Reason::kFieldInvalid);
}

TEST_F(PolicyBookTest, ARowThatDoesNotReadStopsTheStart) {
  ASSERT_TRUE(Adopt(*book_->Propose(PolicyOf("one"))).ok());
  rows_["federation/policy"] = "\xff";
  EXPECT_TRUE(absl::IsDataLoss(Restart()));
}

// --- what people are shown -----------------------------------------------------------------------

std::vector<std::string> Lines(absl::string_view before, absl::string_view after) {
  const auto changes = ChangesBetween(before, after);
  EXPECT_TRUE(changes.ok()) << changes.status();
  std::vector<std::string> lines;
  for (const PolicyChange& change : *changes) {
    lines.push_back(absl::StrCat(change.what, ": ", change.before, " -> ", change.after));
  }
  return lines;
}

constexpr char kTwoRules[] = R"(
[peer.regional]
organisation = "org/fictional-regional"
[[peer.regional.send]]
name = "first"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"
[[peer.regional.send]]
name = "second"
withhold = true
audiences = ["igf/partners"]
topics = "*"
types = "*"
authors = "*"
)";

TEST(PolicyChanges, NameEachValue) {
  EXPECT_THAT(Lines(kTwoRules, kTwoRules), IsEmpty());
  EXPECT_THAT(Lines("# a comment\n", "\n"), IsEmpty());
  EXPECT_THAT(Lines(PolicyOf("a"), absl::StrCat(PolicyOf("a"), "address = \"hub.example:1\"\n")),
              ElementsAre("peer.a.address:  -> 'hub.example:1'"));
  EXPECT_THAT(Lines("", "[peer.silent]\n"), ElementsAre("peer.silent:  -> {}"));
}

TEST(PolicyChanges, KnowRulesByNameAndSeeTheirOrder) {
  std::string text = kTwoRules;
  text.replace(text.find("igf/partners"), 12, "igf/mag");
  EXPECT_THAT(Lines(kTwoRules, text),
              ElementsAre("peer.regional.send 'second'.audiences: [ 'igf/partners' ] -> "
                          "[ 'igf/mag' ]"));
  const std::string swapped = [] {
    std::string all = kTwoRules;
    const size_t first = all.find("[[peer"), second = all.find("[[peer", first + 1);
    return absl::StrCat(all.substr(0, first), all.substr(second),
                        all.substr(first, second - first));
  }();
  EXPECT_THAT(Lines(kTwoRules, swapped),
              ElementsAre("peer.regional.send, in order: 'first', 'second' -> 'second', 'first'"));
}

// A value that is changed in any line is told: nothing slips through to the second person.
TEST(PolicyChanges, NoChangedLineIsMissed) {
  const std::string text = kTwoRules;
  int lines = 0;
  for (size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
    std::string changed = text;
    const size_t end = changed.find('"', at + 1);
    changed.replace(at, end - at + 1, "\"something else\"");
    EXPECT_FALSE(Lines(text, changed).empty()) << changed;
    at = end;
    ++lines;
  }
  EXPECT_EQ(lines, 11);
}

// Whoever restores a hub has the newest policy; the backup's may let more go.
TEST_F(PolicyBookTest, ARestoreGoesByTheTextThatItWasGiven) {
  const auto find = [this](const std::string& key) -> absl::StatusOr<std::optional<std::string>> {
    const auto row = rows_.find(key);
    return row == rows_.end() ? std::nullopt : std::make_optional(row->second);
  };
  EXPECT_THAT(*PolicyBook::AfterRestore(find, PolicyOf("newest"), 1), IsEmpty()) << "of the file";
  ASSERT_TRUE(Adopt(*book_->Propose(PolicyOf("of-the-backup"))).ok());
  EXPECT_THAT(*PolicyBook::AfterRestore(find, PolicyOf("of-the-backup"), 1), IsEmpty());
  const auto rows = PolicyBook::AfterRestore(find, PolicyOf("newest"), 1);
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const auto& [key, value] : *rows) rows_[key] = value;
  ASSERT_TRUE(Restart().ok());
  EXPECT_EQ(peer(), "newest");
  EXPECT_EQ(book_->in_force().row.version(), 2u);
  EXPECT_EQ(book_->in_force().row.approved_by(), "whoever restored the hub");
  EXPECT_EQ(book_->Version(1)->text(), PolicyOf("of-the-backup"));
}

}  // namespace
}  // namespace liaison::federation
