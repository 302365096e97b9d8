#include "server/federation/former_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fake_entry.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOrigin[] = "hub.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01";

class FormerRulesTest : public ::testing::Test {
 protected:
  FormerRulesTest() { Restart(); }
  void Restart() {
    former_ = std::make_unique<FormerRules>(
        &rows_, [this](const std::string& what) { reports_.push_back(what); });
    ASSERT_TRUE(former_->Load().ok());
  }
  // `send`: what is let go to `other`; `relays`: whether the origin's is as well.
  static Policy Rules(const std::string& send, bool relays = false) {
    auto policy = Policy::Parse(absl::StrCat(
        "[peer.other]\norganisation = \"org/fictional-other\"\n",
        relays ? absl::StrCat("relays = [\"", kOrigin, "\"]\n") : "", send, "[origin.\"", kOrigin,
        "\"]\nvkey = \"",
        record::NoteSigner::Generate(kOrigin, record::NoteKeyType::kEd25519).verifier().ToString(),
        "\"\n"));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  }
  static std::string Send(const std::string& audience, const std::string& types = "\"*\"") {
    return absl::StrCat("[[peer.other.send]]\nname = \"a rule\"\naudiences = [\"", audience,
                        "\"]\ntopics = \"*\"\ntypes = ", types, "\nauthors = \"*\"\n");
  }
  bool LetGo(const std::string& audience, uint64_t sequence, bool relayed = false) const {
    Described event;
    event.type = pb::EVENT_TYPE_TOPIC_SIGNAL;
    event.author = "org/fictional-igf";
    event.audience = audience;
    record::Leaf leaf;
    leaf.sequence = sequence;
    if (relayed) leaf.relayed.emplace().origin_name_hash = record::Sha256Of(kOrigin);
    return former_->LetGo(who_, event, leaf);
  }

  std::string who_ = "org/fictional-other";
  testing::FakeEntry rows_;
  std::unique_ptr<FormerRules> former_;
  std::vector<std::string> reports_;
};

TEST_F(FormerRulesTest, WhatNoRuleEverLetGoDidNotGo) {
  EXPECT_FALSE(LetGo("igf/public", 1));
  former_->InForce(Rules(""), 0);
  EXPECT_FALSE(LetGo("igf/public", 1));
  former_->InForce(Rules(Send("igf/public")), 10);
  EXPECT_TRUE(LetGo("igf/public", 1));
  EXPECT_TRUE(LetGo("igf/public", 11));
  EXPECT_FALSE(LetGo("igf/partners", 1));
  EXPECT_FALSE(former_->LetGo("another", {}, {}));
}

TEST_F(FormerRulesTest, RulesThatEndedLetNothingGoThatCameAfterThem) {
  former_->InForce(Rules(Send("igf/public")), 0);
  former_->InForce(Rules(Send("igf/partners")), 10);
  for (int start = 0; start < 2; ++start) {
    EXPECT_TRUE(LetGo("igf/public", 10));
    EXPECT_FALSE(LetGo("igf/public", 11));
    EXPECT_TRUE(LetGo("igf/partners", 11));
    Restart();
  }
  former_->InForce(Rules(Send("igf/public")), 20);
  EXPECT_TRUE(LetGo("igf/public", 21)) << "they stand again";
  EXPECT_FALSE(LetGo("igf/partners", 21));
  EXPECT_TRUE(LetGo("igf/partners", 20));
  EXPECT_THAT(reports_, IsEmpty());
}

// A hub that was killed between the two writes has both sets of rules in force.
TEST_F(FormerRulesTest, WhatWasOpenedAndNeverCameIntoForceEnds) {
  former_->InForce(Rules(Send("igf/public")), 0);
  ASSERT_TRUE(former_->Open(Rules(Send("igf/partners"))).ok());
  Restart();
  EXPECT_TRUE(LetGo("igf/partners", 5));
  former_->InForce(Rules(Send("igf/public")), 7);
  EXPECT_TRUE(LetGo("igf/partners", 7)) << "it may have gone";
  EXPECT_FALSE(LetGo("igf/partners", 8));
  EXPECT_TRUE(LetGo("igf/public", 8));
}

TEST_F(FormerRulesTest, AnotherHubsEventsWentWhereTheirLaneWasServed) {
  former_->InForce(Rules(Send("igf/public"), /*relays=*/false), 0);
  EXPECT_FALSE(LetGo("igf/public", 1, /*relayed=*/true));
  EXPECT_FALSE(former_->Relayed("org/fictional-other", kOrigin));
  former_->InForce(Rules(Send("igf/public"), /*relays=*/true), 5);
  EXPECT_TRUE(LetGo("igf/public", 1, /*relayed=*/true));
  former_->InForce(Rules(Send("igf/public"), /*relays=*/false), 9);
  EXPECT_TRUE(former_->Relayed("org/fictional-other", kOrigin));
  EXPECT_TRUE(LetGo("igf/public", 9, /*relayed=*/true));
  EXPECT_FALSE(LetGo("igf/public", 10, /*relayed=*/true));
  EXPECT_TRUE(LetGo("igf/public", 10));
}

TEST_F(FormerRulesTest, APeerThatIsNoneAnyMoreMayComeBack) {
  former_->InForce(Rules(Send("igf/public")), 0);
  former_->InForce(Policy(), 5);
  EXPECT_TRUE(LetGo("igf/public", 5));
  EXPECT_FALSE(LetGo("igf/public", 6));
}

// A name is this hub's own for a peer: another organisation under it got nothing, and the same one
// under another has what it has.
TEST_F(FormerRulesTest, APeerIsWhoItIsAndNotWhatItIsCalled) {
  former_->InForce(Rules(Send("igf/public")), 0);
  auto renamed = Policy::Parse("[peer.renamed]\norganisation = \"org/fictional-other\"\n");
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  former_->InForce(*renamed, 5);
  EXPECT_TRUE(LetGo("igf/public", 5));
  EXPECT_FALSE(LetGo("igf/public", 6));
  auto another = Policy::Parse("[peer.other]\norganisation = \"org/fictional-new\"\n");
  ASSERT_TRUE(another.ok()) << another.status();
  former_->InForce(*another, 7);
  who_ = another->WhoIs("other");
  EXPECT_EQ(who_, "org/fictional-new");
  EXPECT_FALSE(LetGo("igf/public", 5));
}

// Who was known by an address alone may get an organisation, or move.
TEST_F(FormerRulesTest, APeerWithoutAnOrganisationTakesWhatItHasAlong) {
  const auto at = [](const std::string& address, const std::string& more) {
    auto policy = Policy::Parse(absl::StrCat("[peer.other]\naddress = \"", address, "\"\n", more));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  };
  const Policy first = at("one.example:1", Send("igf/public"));
  const Policy moved = at("two.example:1", "");
  const Policy named = at("two.example:1", "organisation = \"org/fictional-other\"\n");
  const Policy another = at("two.example:1", "organisation = \"org/fictional-new\"\n");
  former_->InForce(first, 0);
  ASSERT_TRUE(former_->Carry(first, moved).ok());
  former_->InForce(moved, 5);
  ASSERT_TRUE(former_->Carry(moved, named).ok());
  former_->InForce(named, 7);
  EXPECT_TRUE(LetGo("igf/public", 5));
  EXPECT_FALSE(LetGo("igf/public", 6));
  Restart();
  EXPECT_TRUE(LetGo("igf/public", 5)) << "it is kept";
  ASSERT_TRUE(former_->Carry(named, another).ok());
  former_->InForce(another, 9);
  who_ = "org/fictional-new";
  EXPECT_FALSE(LetGo("igf/public", 5)) << "somebody else";
  EXPECT_THAT(reports_, IsEmpty());
}

// Who takes it along may find no room.
TEST_F(FormerRulesTest, WhatIsTakenAlongIsTakenBackAlsoWhereThereIsNoRoomForIt) {
  const auto at = [](const std::string& who, const std::string& audience) {
    auto policy = Policy::Parse(absl::StrCat("[peer.other]\n", who, Send(audience)));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  };
  const std::string address = "address = \"one.example:1\"\n";
  const std::string named = "organisation = \"org/fictional-other\"\n";
  former_->InForce(at(address, "igf/first@1"), 0);
  for (uint64_t i = 0; i < kMaxFormerRules; ++i) {
    former_->InForce(at(named, absl::StrCat("igf/wg@", i + 1)), i + 10);
  }
  const Policy last = at(address, "igf/last@1");
  former_->InForce(last, 1000);
  ASSERT_THAT(reports_, IsEmpty());
  EXPECT_TRUE(LetGo("igf/wg@1", 5));
  ASSERT_TRUE(former_->Carry(last, at(named, "igf/public")).ok());
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("went to other there were more than 100")));
  Restart();
  EXPECT_TRUE(LetGo("igf/first@1", 5));
  EXPECT_TRUE(LetGo("igf/wg@1", 5));
  EXPECT_TRUE(LetGo("igf/wg@2", 5));
  EXPECT_TRUE(LetGo("igf/last@1", 5));
  EXPECT_TRUE(LetGo("igf/mag", 5)) << "nobody knows any more what went then";
  EXPECT_FALSE(LetGo("igf/mag", 50));
}

// What was adopted behind the backup is lost with it, and what went by that is not.
TEST_F(FormerRulesTest, AfterARestoreAllOfTheLogMayBeThere) {
  const storage::Row row = FormerRules::AfterRestore(20);
  ASSERT_TRUE(rows_.Keep(row.key, *row.value).ok());
  for (int start = 0; start < 2; ++start) {
    Restart();
    former_->InForce(Rules(Send("igf/public")), 25 + start);
    EXPECT_TRUE(LetGo("igf/mag", 20));
    EXPECT_FALSE(LetGo("igf/mag", 21));
    EXPECT_TRUE(LetGo("igf/public", 21));
  }
  Restart();
  former_->InForce(Rules(Send("igf/public")), 30);
  who_ = "org/fictional-new";
  EXPECT_FALSE(LetGo("igf/mag", 20)) << "who was no peer then";
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(FormerRulesTest, AHubsRulesNeverGo) {
  former_->InForce(Rules(Send("igf/public")), 0);
  Described event;
  event.type = pb::EVENT_TYPE_RULES;
  event.audience = "igf/public";
  EXPECT_FALSE(former_->LetGo(who_, event, {}));
}

// Rather is too much taken back than that words stay where they went by the first of them.
TEST_F(FormerRulesTest, TheFirstOfTooManyLetEverythingGoAndThatIsSaid) {
  for (uint64_t i = 0; i < kMaxFormerRules; ++i) {
    former_->InForce(Rules(Send(absl::StrCat("igf/wg@", i + 1))), i);
  }
  EXPECT_THAT(reports_, IsEmpty());
  EXPECT_TRUE(LetGo("igf/wg@1", 1));
  EXPECT_FALSE(LetGo("igf/mag", 1));
  for (uint64_t i = 0; i < 50; ++i) {
    former_->InForce(Rules(Send(absl::StrCat("igf/wg@", i + 1000))), i + 1000);
  }
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("not told apart any more")));
  for (int start = 0; start < 2; ++start) {
    EXPECT_TRUE(LetGo("igf/wg@1", 1));
    EXPECT_TRUE(LetGo("igf/wg@2", 2));
    EXPECT_TRUE(LetGo("igf/mag", 51)) << "the last that is not told apart";
    EXPECT_FALSE(LetGo("igf/mag", 52));
    EXPECT_TRUE(LetGo("igf/wg@60", 60));
    EXPECT_FALSE(LetGo("igf/wg@60", 61));
    EXPECT_TRUE(LetGo("igf/wg@1049", 2000)) << "in force";
    Restart();
  }
}

TEST_F(FormerRulesTest, WhatCannotBeKeptIsKnownAndSaid) {
  rows_.keep_fails = true;
  EXPECT_FALSE(former_->Open(Rules(Send("igf/public"))).ok());
  former_->InForce(Rules(Send("igf/public")), 5);
  EXPECT_TRUE(LetGo("igf/public", 6));
  EXPECT_THAT(reports_, ::testing::Contains(HasSubstr("is not kept: this disk is full")));
}

TEST_F(FormerRulesTest, WhatCouldNotBeKeptIsKeptWithWhatComesNext) {
  rows_.keep_fails = true;
  EXPECT_FALSE(former_->Open(Rules(Send("igf/public"))).ok());
  rows_.keep_fails = false;
  former_->InForce(Rules(Send("igf/partners")), 5);
  Restart();
  EXPECT_TRUE(LetGo("igf/public", 5));
  EXPECT_FALSE(LetGo("igf/public", 6));
  EXPECT_TRUE(LetGo("igf/partners", 6));
}

}  // namespace
}  // namespace liaison::federation
