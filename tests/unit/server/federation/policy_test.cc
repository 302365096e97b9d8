#include "server/federation/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fictional_origin.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/private_file.h"
#include "server/federation/policy_changes.h"

namespace liaison::federation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Fictional. In this order: what is kept back, what goes to everybody, what goes to the MAG's hub.
constexpr char kPolicy[] = R"(
[peer.regional]
address = "hub.example:7410"
organisation = "org/fictional-regional"
origins = ["$origin"]

[[peer.regional.send]]
name = "not yet"
withhold = true
audiences = ["igf/public"]
topics = ["igf-call-2024/25:cyber"]
types = ["evaluation", "retraction"]
authors = "*"

[[peer.regional.send]]
name = "the public record"
audiences = ["igf/public"]
topics = "*"
types = "*"
authors = "*"

[[peer.regional.send]]
name = "what one working group says"
audiences = ["igf/wg-strategy@3"]
topics = ["core-2027:"]
types = ["topic-signal", "local-report"]
authors = ["org/fictional-igf"]
sections = ["content", "personal"]

[origin."$origin"]
vkey = "$vkey"

[[origin."$origin".receive]]
name = "their public record"
audiences = ["regional/public"]
topics = "*"
types = ["topic-signal"]
authors = "*"
)";

class PolicyTest : public ::testing::Test {
 protected:
  std::string Filled(const std::string& text) const {
    return absl::StrReplaceAll(
        text, {{"$origin", kOrigin}, {"$vkey", origin_.log_key.verifier().ToString()}});
  }
  Policy Read(const std::string& text = kPolicy) const {
    auto policy = Policy::Parse(Filled(text));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return policy.ok() ? *policy : Policy();
  }
  // The policy with one text in the place of another is refused for this field.
  void Refused(const std::string& from, const std::string& to, const std::string& field) const {
    const std::string changed = absl::StrReplaceAll(kPolicy, {{from, to}});
    ASSERT_NE(changed, kPolicy) << from;
    const absl::Status refused = Policy::Parse(Filled(changed)).status();
    const auto violations = record::FieldViolationsOf(refused);
    ASSERT_EQ(violations.size(), 1u) << to << ": " << refused;
    EXPECT_EQ(violations[0].field, Filled(field));
    EXPECT_NE(violations[0].description, "");
  }
  static Described Public() {
    return {pb::EVENT_TYPE_TOPIC_SIGNAL, "org/fictional-other", "igf/public", {}, false};
  }
  static Described OfTheGroup() {
    return {pb::EVENT_TYPE_TOPIC_SIGNAL,
            "org/fictional-igf/desk",
            "igf/wg-strategy@3",
            {"core-2027:access"},
            false};
  }
  static Described Evaluation(const std::string& topic) {
    return {pb::EVENT_TYPE_EVALUATION, "org/fictional-other", "igf/public", {topic}, false};
  }
  Ruling ToPeer(const Described& event) const { return Read().MayLeave("regional", event); }

  const std::string kOrigin = testing::kRegional;
  testing::FictionalOrigin origin_;
};

TEST_F(PolicyTest, ReadsWhoIsWho) {
  const Policy policy = Read();
  ASSERT_EQ(policy.peers().size(), 1u);
  EXPECT_EQ(policy.peers().at("regional").address, "hub.example:7410");
  EXPECT_THAT(policy.peers().at("regional").origins, ElementsAre(kOrigin));
  EXPECT_EQ(policy.origins().at(kOrigin).key.name(), kOrigin);
}

TEST_F(PolicyTest, APeerCallsAsOneOrganisation) {
  const Policy policy = Read();
  ASSERT_NE(policy.PeerCallingAs("org/fictional-regional"), nullptr);
  EXPECT_EQ(*policy.PeerCallingAs("org/fictional-regional"), "regional");
  EXPECT_EQ(policy.PeerCallingAs("org/fictional-regional/desk"), nullptr) << "nor what is below it";
  EXPECT_EQ(policy.PeerCallingAs(""), nullptr) << "nobody is no peer, whoever has no name here";
  EXPECT_EQ(Read("[peer.silent]\n").PeerCallingAs(""), nullptr);
  const absl::Status twice = Policy::Parse(R"([peer.a]
organisation = "org/fictional-a"
[peer.b]
organisation = "org/fictional-a"
)")
                                 .status();
  ASSERT_EQ(record::FieldViolationsOf(twice).size(), 1u) << twice;
  EXPECT_EQ(record::FieldViolationsOf(twice)[0].field, "peer.b.organisation");
}

TEST_F(PolicyTest, NoIsTheRule) {
  EXPECT_FALSE(Policy().MayLeave("regional", Public()).passes);
  EXPECT_FALSE(Policy().MayEnter(kOrigin, Public()).passes);
  EXPECT_FALSE(Read("").MayLeave("regional", Public()).passes);
  EXPECT_FALSE(Read().MayLeave("somebody-else", Public()).passes);
  Described event = Public();
  event.audience = "igf/partners";
  EXPECT_FALSE(ToPeer(event).passes);
  EXPECT_THAT(ToPeer(event).rule, HasSubstr("no rule"));
  event.audience = "igf/publicity";
  EXPECT_FALSE(ToPeer(event).passes);
}

TEST_F(PolicyTest, TheFirstRuleThatFitsDecidesAndIsNamed) {
  EXPECT_TRUE(ToPeer(Public()).passes);
  EXPECT_EQ(ToPeer(Public()).rule, "send \"the public record\"");
  EXPECT_FALSE(ToPeer(Evaluation("igf-call-2024/25:cyber")).passes);
  EXPECT_EQ(ToPeer(Evaluation("igf-call-2024/25:cyber")).rule, "send \"not yet\"");
  EXPECT_FALSE(ToPeer(Evaluation("igf-call-2024/25:cyber.child")).passes) << "what lies below";
  EXPECT_TRUE(ToPeer(Evaluation("igf-call-2024/25:cyberspace")).passes) << "another code";
  EXPECT_TRUE(ToPeer(Evaluation("core-2027:cyber")).passes) << "another scheme";
}

TEST_F(PolicyTest, EveryPartOfARuleHasToFit) {
  EXPECT_EQ(ToPeer(OfTheGroup()).rule, "send \"what one working group says\"");
  Described event = OfTheGroup();
  event.audience = "igf/wg-strategy@4";
  EXPECT_FALSE(ToPeer(event).passes) << "another version";
  event = OfTheGroup();
  event.topics = {"igf-call-2022:access"};
  EXPECT_FALSE(ToPeer(event).passes) << "another scheme";
  event.topics = {};
  EXPECT_FALSE(ToPeer(event).passes) << "no topic is none of these";
  event = OfTheGroup();
  event.type = pb::EVENT_TYPE_DECISION;
  EXPECT_FALSE(ToPeer(event).passes) << "another type";
  event = OfTheGroup();
  event.author = "org/fictional-igf-2";
  EXPECT_FALSE(ToPeer(event).passes) << "another author";
  event = OfTheGroup();
  event.topics = {"igf-call-2022:access", "core-2027:access"};
  EXPECT_TRUE(ToPeer(event).passes) << "one topic of several";
}

TEST_F(PolicyTest, PersonalSectionsGoWhereARuleSaysSo) {
  EXPECT_EQ(ToPeer(Public()).sections,
            (std::set<pb::SectionKind>{pb::SECTION_KIND_CONTENT, pb::SECTION_KIND_ATTACHMENTS}));
  EXPECT_EQ(ToPeer(OfTheGroup()).sections,
            (std::set<pb::SectionKind>{pb::SECTION_KIND_CONTENT, pb::SECTION_KIND_PERSONAL}));
  EXPECT_TRUE(ToPeer(Evaluation("igf-call-2024/25:cyber")).sections.empty());
}

// MISP's oldest complaint: what was deleted at home stays everywhere else.
TEST_F(PolicyTest, WhatWentIsFollowedByWhatBecameOfIt) {
  pb::EventHeader header;
  header.set_author("org/fictional-other");
  header.set_audience("igf/public");
  header.add_topics("igf-call-2024/25:cyber");
  header.set_type(pb::EVENT_TYPE_RETRACTION);
  const Behind goes{true, false, false};
  EXPECT_FALSE(ToPeer(Describe(header, {})).passes);
  EXPECT_TRUE(ToPeer(Describe(header, goes)).passes);
  EXPECT_THAT(ToPeer(Describe(header, goes)).rule, HasSubstr("the public record"));
  header.set_audience("igf/mag");
  EXPECT_FALSE(ToPeer(Describe(header, goes)).passes) << "never beyond the audiences";
  header.set_audience("igf/public");
  header.set_type(pb::EVENT_TYPE_EVALUATION);
  EXPECT_FALSE(ToPeer(Describe(header, goes)).passes) << "nothing else slips along";
}

// Whoever asks what is behind an event goes through what is behind that, too.
TEST_F(PolicyTest, AnEventIsAboutOneThing) {
  pb::EventHeader header;
  for (int i = 0; i < record::kMaxReferences; ++i) {
    pb::Reference& reference = *header.add_references();
    reference.set_digest(std::string(record::Sha256Of(absl::StrCat(i / 2)).bytes()));
    reference.set_relation(i % 2 == 0 ? pb::RELATION_REVISES : pb::RELATION_RETRACTS);
  }
  for (const pb::EventType type : {pb::EVENT_TYPE_RETRACTION, pb::EVENT_TYPE_AMENDMENT}) {
    header.set_type(type);
    EXPECT_EQ(FollowedBy(header), std::vector<record::Hash>{record::Sha256Of("0")});
  }
  header.set_type(pb::EVENT_TYPE_EVALUATION);
  EXPECT_TRUE(FollowedBy(header).empty());
}

// The rules that let it go may have been narrowed since.
TEST_F(PolicyTest, WhatWentByOtherRulesIsFollowedWithoutNewWords) {
  pb::EventHeader header;
  header.set_author("org/fictional-other");
  header.set_audience("igf/mag");
  for (const pb::EventType type :
       {pb::EVENT_TYPE_RETRACTION, pb::EVENT_TYPE_AMENDMENT, pb::EVENT_TYPE_REDACTION}) {
    header.set_type(type);
    EXPECT_FALSE(ToPeer(Describe(header, {})).passes);
    const Ruling ruling = ToPeer(Describe(header, {false, true, false}));
    EXPECT_TRUE(ruling.passes);
    EXPECT_TRUE(ruling.sections.empty());
    EXPECT_FALSE(ruling.names_author);
    EXPECT_TRUE(ToPeer(Describe(header, {false, true, true})).names_author);
    EXPECT_EQ(ruling.rule, "no rule, but after what it is about");
  }
  header.set_type(pb::EVENT_TYPE_EVALUATION);
  EXPECT_FALSE(ToPeer(Describe(header, {true, true, true})).passes);
}

TEST_F(PolicyTest, TakesFromAnOriginWhatItsRulesSay) {
  Described event = Public();
  event.audience = "regional/public";
  EXPECT_TRUE(Read().MayEnter(kOrigin, event).passes);
  EXPECT_FALSE(Read().MayEnter(kOrigin, event).names_author);
  EXPECT_FALSE(
      Read().MayEnter("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01", event).passes);
  event.type = pb::EVENT_TYPE_DECISION;
  EXPECT_FALSE(Read().MayEnter(kOrigin, event).passes);
  EXPECT_TRUE(ToPeer(OfTheGroup()).names_author);
}

TEST_F(PolicyTest, ErrorsNameTheField) {
  Refused("audiences = [\"igf/wg-strategy@3\"]", "audiences = \"*\"",
          "peer.regional.send[2].audiences");
  Refused("[\"igf/wg-strategy@3\"]", "[\"igf/wg-strategy\"]", "peer.regional.send[2].audiences[0]");
  Refused("[\"core-2027:\"]", "[\"core-2027:\", \"Cyber\"]", "peer.regional.send[2].topics[1]");
  Refused("\"local-report\"", "\"local-reports\"", "peer.regional.send[2].types[1]");
  Refused("[\"org/fictional-igf\"]", "[\"fictional-igf\"]", "peer.regional.send[2].authors[0]");
  Refused("\"personal\"", "\"names\"", "peer.regional.send[2].sections[1]");
  Refused("organisation = \"org/fictional-regional\"", "organisation = \"regional\"",
          "peer.regional.organisation");
  Refused("withhold = true", "withhold = 1", "peer.regional.send[0].withhold");
  Refused("withhold = true", "withold = true", "peer.regional.send[0].withold");
  Refused("name = \"not yet\"", "", "peer.regional.send[0].name");
  Refused("name = \"not yet\"", "name = \"the public record\"", "peer.regional.send[1].name");
  Refused("types = [\"topic-signal\"]", "", "origin.\"$origin\".receive[0].types");
  Refused("audiences = [\"regional/public\"]", "audiences = [\"igf/public\"]",
          "origin.\"$origin\".receive[0].audiences[0]");
  Refused("vkey = \"$vkey\"", "vkey = \"nonsense\"", "origin.\"$origin\".vkey");
  Refused("vkey = \"$vkey\"", "", "origin.\"$origin\".vkey");
  Refused("[peer.regional]", "[peer.Regional]", "peer.Regional");
  Refused("origins = [\"$origin\"]",
          "origins = [\"hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01\"]",
          "peer.regional.origins[0]");
  Refused("address = \"hub.example:7410\"", "address = ", "line 3");
  Refused("[peer.regional]", "[peers.regional]", "peers");
}

// A key of another log would have its checkpoints believed as this one's.
TEST_F(PolicyTest, AKeyIsOfItsOwnLog) {
  const testing::FictionalOrigin other("hub.example/other/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a01");
  Refused("$vkey", other.log_key.verifier().ToString(), "origin.\"$origin\".vkey");
  Refused("$vkey", RegistryKeyOf(origin_.log_key.verifier()).ToString(), "origin.\"$origin\".vkey");
  // Whoever has another one is told where the right one is.
  const std::string wrong =
      absl::StrReplaceAll(kPolicy, {{"$vkey", other.log_key.verifier().ToString()}});
  EXPECT_THAT(std::string(Policy::Parse(Filled(wrong)).status().message()),
              HasSubstr("`liaison info --output json`"));
}

TEST_F(PolicyTest, ARegistryGoesToAllAndAnotherHubsWithItsLog) {
  EXPECT_TRUE(RuleOfRegistry("").passes);
  EXPECT_THAT(RuleOfRegistry("").rule, HasSubstr("to every peer"));
  const Ruling others = RuleOfRegistry(testing::kRegional);
  EXPECT_TRUE(others.passes && others.sections.empty());
  EXPECT_THAT(others.rule, HasSubstr(absl::StrCat("the registry of ", testing::kRegional,
                                                  ", which goes with its log")));
  EXPECT_THAT(others.rule, Not(HasSubstr("every peer")));
}

TEST_F(PolicyTest, SoMuchIsReadAndNoMore) {
  std::string policy = Filled(kPolicy);
  policy.append(record::kMaxFederationPolicySizeBytes - policy.size(), '#');
  EXPECT_TRUE(Policy::Parse(policy).ok());
  EXPECT_THAT(std::string(Policy::Parse(policy + "#").status().message()),
              AllOf(HasSubstr("256 KiB"), HasSubstr("fewer rules")));
}

// toml++ takes the stack with it.
TEST_F(PolicyTest, APolicyThatGoesTooDeepIsRefusedByItsLine) {
  std::string deep = "a";
  while (deep.size() < record::kMaxFederationPolicySizeBytes - 100) deep += ".a";
  for (const std::string& text :
       {absl::StrCat("\n", deep, " = 1"), absl::StrCat("\n[peer.", deep, "]"),
        absl::StrCat("[peer.x]\nsend = [{", deep, " = 1}]")}) {
    EXPECT_THAT(std::string(Policy::Parse(text).status().message()),
                AllOf(HasSubstr("line 2"), HasSubstr("more than 32 parts")));
    EXPECT_FALSE(ChangesBetween("", text).ok());
    EXPECT_FALSE(ChangesBetween(text, "").ok());
  }
}

}  // namespace
}  // namespace liaison::federation
