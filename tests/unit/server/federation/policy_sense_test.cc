#include "server/federation/policy_sense.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/errors.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kOwn[] = "igf.example/igf/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11";
// Fictional, and all of it meant.
constexpr char kSound[] = R"(
[peer.regional]
address = "hub.example:7410"
organisation = "org/fictional-regional"
origins = ["$origin"]
[[peer.regional.send]]
name = "what is public"
audiences = ["igf/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"
[peer.far]
organisation = "org/fictional-far"
relays = ["$origin"]
[[peer.far.send]]
name = "what is public there"
audiences = ["regional/public"]
topics = "*"
types = "*"
authors = "*"
[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "their public record"
audiences = ["regional/public"]
topics = "*"
types = "*"
authors = "*"
)";

class PolicySenseTest : public ::testing::Test {
 protected:
  // The sound one with one text in the place of another.
  Policy With(const std::string& from, const std::string& to) const {
    const std::string changed = absl::StrReplaceAll(kSound, {{from, to}});
    EXPECT_TRUE(from.empty() || changed != kSound) << from;
    auto policy = Policy::Parse(absl::StrReplaceAll(
        changed,
        {{"$origin", testing::kRegional}, {"$vkey", origin_.log_key.verifier().ToString()}}));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return policy.ok() ? *policy : Policy();
  }
  std::vector<std::string> Doubts(const std::string& from, const std::string& to) const {
    const Policy policy = With(from, to);
    EXPECT_TRUE(CheckSense(policy, kOwn).ok()) << "it is no more than a doubt";
    return DoubtsAbout(policy, kOwn);
  }
  void Refused(const std::string& from, const std::string& to, const std::string& field,
               const std::string& way_out) const {
    const absl::Status refused = CheckSense(With(from, to), kOwn);
    const auto violations = record::FieldViolationsOf(refused);
    ASSERT_EQ(violations.size(), 1u) << to << ": " << refused;
    EXPECT_EQ(violations[0].field, absl::StrReplaceAll(field, {{"$origin", testing::kRegional}}));
    EXPECT_THAT(violations[0].description, HasSubstr(way_out));
  }

  testing::FictionalOrigin origin_;
};

TEST_F(PolicySenseTest, WhatIsMeantRaisesNoDoubt) {
  EXPECT_TRUE(CheckSense(With("", ""), kOwn).ok());
  EXPECT_THAT(DoubtsAbout(With("", ""), kOwn), IsEmpty());
  EXPECT_THAT(DoubtsAbout(Policy(), kOwn), IsEmpty());
}

TEST_F(PolicySenseTest, AnAddressHasAPort) {
  for (const char* wrong : {"http://hub.example", "hub.example:", "hub.example:http", ":7410",
                            "hub.example:0", "hub.example:65536", "[::1]:-1"}) {
    Refused("hub.example:7410", wrong, "peer.regional.address", "HOST:PORT");
  }
  for (const char* right : {"127.0.0.1:1", "[::1]:7410", "hub.example:65535"}) {
    EXPECT_TRUE(CheckSense(With("hub.example:7410", right), kOwn).ok()) << right;
  }
}

TEST_F(PolicySenseTest, AListThatNamesNoneIsNotMeant) {
  Refused("types = [\"topic-signal\"]", "types = []", "peer.regional.send[0].types", "\"*\"");
  Refused("audiences = [\"igf/public\"]\ntopics = \"*\"",
          "audiences = [\"igf/public\"]\ntopics = []", "peer.regional.send[0].topics", "\"*\"");
  Refused("name = \"their public record\"\naudiences = [\"regional/public\"]\ntopics = \"*\"",
          "name = \"their public record\"\naudiences = [\"regional/public\"]\ntopics = []",
          "origin.\"$origin\".receive[0].topics", "\"*\"");
}

TEST_F(PolicySenseTest, ItsOwnLogIsHandedOnByNoRelay) {
  const Policy policy = With("", "");
  const absl::Status refused = CheckSense(policy, testing::kRegional);
  const auto violations = record::FieldViolationsOf(refused);
  ASSERT_EQ(violations.size(), 1u) << refused;
  EXPECT_EQ(violations[0].field, "peer.far.relays[0]");
  EXPECT_THAT(DoubtsAbout(policy, testing::kRegional), ::testing::Contains(HasSubstr("own log")));
}

TEST_F(PolicySenseTest, AnAudienceOfNobodyIsDoubted) {
  EXPECT_THAT(Doubts("\"igf/public\"", "\"igf/public\", \"ifg/public\""),
              ElementsAre(StartsWith(
                  "peer.regional.send[0].audiences[1]: `ifg/public` is no audience of igf, ")));
  // Of another hub where its log may be pulled here.
  EXPECT_THAT(Doubts("audiences = [\"igf/public\"]", "audiences = [\"regional/public\"]"),
              ElementsAre(StartsWith("peer.regional.send[0].audiences[0]: ")));
}

TEST_F(PolicySenseTest, WhatIsPulledForNothingIsDoubted) {
  const std::string rule = absl::StrCat(
      "[[origin.\"$origin\".receive]]\nname = \"their public record\"\n"
      "audiences = [\"regional/public\"]\ntopics = \"*\"\ntypes = \"*\"\nauthors = \"*\"\n");
  EXPECT_THAT(Doubts(rule, ""),
              ElementsAre(::testing::AllOf(StartsWith("origin.\""), HasSubstr("`receive`"))));
  EXPECT_THAT(Doubts("origins = [\"$origin\"]\n", ""),
              ::testing::UnorderedElementsAre(
                  ::testing::AllOf(StartsWith("peer.far.relays[0]: "),
                                   HasSubstr("nothing new of it is handed on")),
                  ::testing::AllOf(StartsWith("origin.\""), HasSubstr("asked of nobody"))));
}

TEST_F(PolicySenseTest, APeerWhomNothingReachesIsDoubted) {
  EXPECT_THAT(Doubts("organisation = \"org/fictional-far\"\n", ""),
              ElementsAre(StartsWith("peer.far: has neither an address")));
  EXPECT_THAT(Doubts("[peer.far]", "[peer.idle]\norganisation = \"org/idle\"\n[peer.far]"),
              ElementsAre(StartsWith("peer.idle: has neither a rule")));
}

// `igf/partners` of two hubs named igf: no rule can tell whose.
TEST_F(PolicySenseTest, TwoHubsOfOneNameAreDoubted) {
  const auto doubts = [&](const std::string& own) { return DoubtsAbout(With("", ""), own); };
  EXPECT_THAT(doubts("igf.example/regional/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11"),
              ::testing::Contains(::testing::AllOf(
                  StartsWith(absl::StrCat("origin.\"", testing::kRegional, "\": ")),
                  HasSubstr("a hub named regional, as this hub is"), HasSubstr("`hub`"))));
  const std::string other = "other.example/regional/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a12";
  const std::string more = absl::StrCat(
      "[origin.\"", other, "\"]\nvkey = \"",
      record::NoteSigner::Generate(other, record::NoteKeyType::kEd25519).verifier().ToString(),
      "\"\n[peer.far]");
  EXPECT_THAT(Doubts("[peer.far]", more),
              ElementsAre(::testing::AllOf(StartsWith("origin.\""), HasSubstr("other.example"),
                                           HasSubstr(testing::kRegional))));
}

TEST_F(PolicySenseTest, APeerThatIsThisHubOrAnotherPeerIsDoubted) {
  EXPECT_THAT(DoubtsAbout(With("", ""), kOwn, "hub.example:7410"),
              ElementsAre(::testing::AllOf(StartsWith("peer.regional.address: "),
                                           HasSubstr("dial itself"))));
  EXPECT_THAT(Doubts("[peer.far]", "[peer.far]\naddress = \"hub.example:7410\""),
              ElementsAre(::testing::AllOf(StartsWith("peer.regional.address: "),
                                           HasSubstr("the peer far as well"))));
  EXPECT_THAT(Doubts("[peer.far]", "[peer.far]\ncalls_as = \"org/fictional-regional\""),
              ElementsAre(::testing::AllOf(StartsWith("peer.regional.organisation: "),
                                           HasSubstr("is this hub itself"))));
  EXPECT_THAT(Doubts("org/fictional-far", "org/igf-hub"),
              ElementsAre(StartsWith("peer.far.organisation: org/igf-hub is this hub itself")));
}

TEST_F(PolicySenseTest, ATopicThatFitsNothingIsDoubted) {
  const std::string rule = "name = \"what is public\"\naudiences = [\"igf/public\"]\ntopics = ";
  EXPECT_THAT(
      Doubts(rule + "\"*\"", rule + R"(["core-2027:", "unspecified", "a:b.c", "core2027"])"),
      ElementsAre(::testing::AllOf(StartsWith("peer.regional.send[0].topics[3]: `core2027` "),
                                   HasSubstr("`core2027:`"),
                                   ::testing::Not(HasSubstr("nothing stays")))));
  EXPECT_THAT(Doubts(rule + "\"*\"", "withhold = true\n" + rule + R"(["core2027"])"),
              ElementsAre(HasSubstr("so that nothing stays for it")));
  const std::string taken =
      "name = \"their public record\"\naudiences = [\"regional/public\"]\ntopics = ";
  EXPECT_THAT(
      Doubts(taken + "\"*\"", taken + R"(["core2027"])"),
      ElementsAre(::testing::AllOf(StartsWith("origin.\""), HasSubstr(".receive[0].topics[0]: "))));
}

// Who calls as nobody is known by the address.
TEST_F(PolicySenseTest, AnAddressStaysWithItsName) {
  const auto at = [](const std::string& name, const std::string& more) {
    auto policy =
        Policy::Parse(absl::StrCat("[peer.", name, "]\naddress = \"hub.example:1\"\n", more));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  };
  const std::string mid = "organisation = \"org/fictional-mid\"\n";
  EXPECT_TRUE(CheckNames(at("mid", ""), at("mid", mid)).ok());
  EXPECT_TRUE(CheckNames(at("mid", mid), at("mid", "")).ok());
  for (const std::string& before : {std::string(), mid}) {
    const absl::Status refused = CheckNames(at("mid", before), at("other", ""));
    ASSERT_EQ(record::FieldViolationsOf(refused).size(), 1u) << refused;
    EXPECT_EQ(record::FieldViolationsOf(refused)[0].field, "peer.other.address");
  }
  EXPECT_FALSE(CheckNames(at("mid", ""), at("other", mid)).ok());
  EXPECT_TRUE(
      CheckNames(at("mid", mid), at("other", "organisation = \"org/fictional-new\"\n")).ok());
}

TEST_F(PolicySenseTest, WhatIsErasedElsewhereIsNotHeardOfWithoutALine) {
  const Policy before = With("", "");
  EXPECT_THAT(DoubtsAboutParting(before, before), IsEmpty());
  EXPECT_THAT(DoubtsAboutParting(Policy(), before), IsEmpty());
  const auto alone = ::testing::AllOf(StartsWith("peer.regional.origins: "),
                                      HasSubstr("came by regional is not heard of"),
                                      HasSubstr("have it erased first, also at far, "));
  EXPECT_THAT(DoubtsAboutParting(before, With("origins = [\"$origin\"]\n", "")),
              ElementsAre(alone));
  // Whoever has it from here is not told either, once nobody here knows whose log it is.
  EXPECT_THAT(DoubtsAboutParting(before, Policy()),
              ElementsAre(alone, ::testing::AllOf(StartsWith("origin."),
                                                  HasSubstr(": far may have that log from here"),
                                                  HasSubstr("leave the entry"))));
  EXPECT_THAT(DoubtsAboutParting(before, With("peer.regional", "peer.other")),
              ElementsAre(HasSubstr("only where another peer shows them as well")));
}

TEST_F(PolicySenseTest, ANameStaysWithWhoeverItIs) {
  const auto named = [](const std::string& name, const std::string& organisation) {
    auto policy =
        Policy::Parse(absl::StrCat("[peer.", name, "]\norganisation = \"", organisation, "\"\n"));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  };
  const Policy before = named("mid", "org/fictional-mid");
  EXPECT_TRUE(CheckNames(before, before).ok());
  EXPECT_TRUE(CheckNames(before, Policy()).ok());
  EXPECT_TRUE(CheckNames(before, named("new", "org/fictional-new")).ok());
  EXPECT_THAT(std::string(CheckNames(before, named("other", "org/fictional-mid")).message()),
              ::testing::HasSubstr("is the peer mid"));
  EXPECT_THAT(std::string(CheckNames(before, named("mid", "org/fictional-new")).message()),
              ::testing::HasSubstr("give it a name of its own"));
}

}  // namespace
}  // namespace liaison::federation
