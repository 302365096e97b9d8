#include "server/auth/explanation.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::auth {
namespace {

namespace pb = ::igf::liaison::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExplanationTest : public ::testing::Test {
 protected:
  ExplanationTest() {
    Register("org/igf-secretariat", pb::ORGANISATION_KIND_SECRETARIAT);
    Register("org/igf-mag", pb::ORGANISATION_KIND_MAG);
    Register("org/partner", pb::ORGANISATION_KIND_CIVIL_SOCIETY);
    Register("org/member", pb::ORGANISATION_KIND_CIVIL_SOCIETY);
    Register("org/gone", pb::ORGANISATION_KIND_CIVIL_SOCIETY, /*retired=*/true);
    Group(1, {"org/member", "org/partner", "org/gone"});
    Group(2, {"org/member"});
  }
  void Register(const std::string& name, pb::OrganisationKind kind, bool retired = false) {
    pb::EventHeader header;
    header.set_type(pb::EVENT_TYPE_ORGANISATION);
    header.mutable_organisation()->set_organisation(name);
    header.mutable_organisation()->set_kind(kind);
    header.mutable_organisation()->set_retired(retired);
    registry_.Apply(header);
  }
  void Group(uint32_t version, const std::vector<std::string>& members) {
    pb::EventHeader header;
    header.set_type(pb::EVENT_TYPE_AUDIENCE);
    pb::AudienceFacts& facts = *header.mutable_audience_facts();
    facts.set_group("igf/wg");
    facts.set_version(version);
    for (const std::string& member : members) facts.add_members(member);
    directory_.Apply(header);
  }
  Explanation Why(const std::string& reader, const std::string& audience,
                  const std::string& author = "org/author") {
    auto why = ExplainReading(reader, {author, audience}, registry_, directory_);
    EXPECT_TRUE(why.ok()) << why.status();
    return *std::move(why);
  }

  domain::Registry registry_;
  domain::Directory directory_;
};

TEST_F(ExplanationTest, OfAnotherHubSaysWhoseItIs) {
  for (const char* reader : {"org/igf-secretariat", "org/author"}) {
    const auto why =
        ExplainReading(reader, {"org/author", "igf/wg@1", true}, registry_, directory_);
    ASSERT_TRUE(why.ok()) << why.status();
    EXPECT_FALSE(why->may_read);
    EXPECT_TRUE(absl::StrContains(why->reasons.back(), "from another hub")) << why->reasons.back();
  }
}

// The words say what MayRead does, for every audience and every reader.
TEST_F(ExplanationTest, AgreesWithWhatIsServed) {
  int cells = 0;
  for (const char* reader :
       {"", "org/igf-secretariat", "org/igf-mag", "org/igf-mag/seat-1", "org/partner",
        "org/partner/desk", "org/member", "org/gone", "org/stranger", "org/author"}) {
    Principal principal;
    if (reader[0] != '\0') principal = *PrincipalOf(reader, registry_, directory_);
    for (const char* audience :
         {"igf/public", "igf/partners", "igf/mag", "igf/wg@1", "igf/wg@2", "igf/wg@3"}) {
      const Explanation why = Why(reader, audience);
      EXPECT_EQ(why.may_read, MayRead(principal, {"org/author", audience}))
          << reader << " " << audience;
      ASSERT_FALSE(why.reasons.empty());
      const std::string& last = why.reasons.back();
      const bool says_no =
          absl::StrContains(last, "is none") || absl::StrContains(last, "neither is") ||
          absl::StrContains(last, "There is no group") || absl::StrContains(last, "public alone");
      EXPECT_EQ(says_no, !why.may_read) << reader << " " << audience << ": " << last;
      ++cells;
    }
  }
  EXPECT_EQ(cells, 60);
}

TEST_F(ExplanationTest, NamesTheVersionAndTheEventsItIsSoBy) {
  const Explanation old = Why("org/partner", "igf/wg@1");
  EXPECT_TRUE(old.may_read);
  EXPECT_THAT(old.by, ElementsAre("oorg/partner", "aigf/wg@1"));
  EXPECT_THAT(old.reasons,
              ElementsAre("It is for igf/wg@1.", "org/partner is registered.",
                          "Of igf/wg there is version 2, in which org/partner is not; what is for "
                          "version 1 stays with that one.",
                          "igf/wg@1 has 3 members, and org/partner is, or belongs to, one of "
                          "them."));
  const Explanation now = Why("org/partner", "igf/wg@2");
  EXPECT_FALSE(now.may_read);
  EXPECT_THAT(now.by, ElementsAre("oorg/partner", "aigf/wg@2"));
  EXPECT_THAT(now.reasons.back(), HasSubstr("neither is nor belongs"));
}

TEST_F(ExplanationTest, SaysWhoIsBehindAPartAndWhoHasRetired) {
  EXPECT_THAT(Why("org/partner/desk", "igf/partners").reasons[1],
              HasSubstr("belongs to org/partner, which is registered"));
  EXPECT_THAT(Why("org/gone", "igf/wg@1").reasons[1], HasSubstr("has retired"));
  EXPECT_THAT(Why("org/stranger", "igf/mag").reasons[1], HasSubstr("is not registered"));
  EXPECT_THAT(Why("org/stranger", "igf/mag").by, IsEmpty());
  EXPECT_THAT(Why("org/author", "igf/mag", "org/author/desk").reasons.back(),
              HasSubstr("reads its own"));
  EXPECT_THAT(Why("", "igf/public").reasons, ElementsAre("It is public: everybody reads it."));
  EXPECT_FALSE(ExplainReading("Somebody", {"org/a", "igf/mag"}, registry_, directory_).ok());
}

}  // namespace
}  // namespace liaison::auth
