#include "server/auth/principal.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"

namespace liaison::auth {
namespace {

namespace pb = domain::pb;

domain::Registry RegistryWith(
    const std::vector<std::pair<std::string, pb::OrganisationKind>>& organisations) {
  domain::Registry registry;
  for (const auto& [organisation, kind] : organisations) {
    pb::EventHeader header;
    header.set_type(pb::EVENT_TYPE_ORGANISATION);
    header.mutable_organisation()->set_organisation(organisation);
    header.mutable_organisation()->set_kind(kind);
    registry.Apply(header);
  }
  return registry;
}

Principal As(const std::string& organisation, const domain::Registry& registry = {}) {
  return *DevelopmentPrincipal(organisation, registry);
}

struct Case {
  const char* reader;
  const char* author;
  const char* audience;
  bool may;
};

TEST(MayReadTest, CellByCell) {
  const domain::Registry registry = RegistryWith(
      {{"org/igf-mag", pb::ORGANISATION_KIND_MAG}, {"org/b", pb::ORGANISATION_KIND_CIVIL_SOCIETY}});
  const Case cases[] = {
      {"", "org/a", "igf/public", true},
      {"", "org/a", "igf/partners", false},
      {"", "org/a", "igf/mag", false},
      {"", "org/a", "igf/wg-strategy@3", false},
      {"", "", "", false},
      {"org/a", "org/a", "igf/mag", true},
      {"org/a", "org/a", "igf/wg-strategy@3", true},
      {"org/a", "org/a/desk", "igf/mag", true},
      {"org/a/desk", "org/a", "igf/mag", false},
      {"org/a", "org/ab", "igf/mag", false},
      {"org/b", "org/a", "igf/public", true},
      {"org/b", "org/a", "igf/partners", true},
      {"org/b/desk", "org/a", "igf/partners", true},
      {"org/igf-mag", "org/a", "igf/partners", true},
      {"org/nobody-registered", "org/a", "igf/partners", false},
      {"org/bb", "org/a", "igf/partners", false},
      {"org/b", "org/a", "igf/mag", false},
      {"org/b", "org/a", "igf/wg-strategy@3", false},
      {"org/igf-mag", "org/a", "igf/mag", true},
      {"org/igf-mag/seat-17", "org/a", "igf/mag", true},
      {"org/igf-mag-friends", "org/a", "igf/mag", false},
      {"org/igf-mag", "org/a", "igf/wg-strategy@3", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MayRead(As(c.reader, registry), {c.author, c.audience}), c.may)
        << c.reader << " reads " << c.audience << " by " << c.author;
  }
}

TEST(MayReadTest, TheSecretariatReadsWhatIsForTheMag) {
  const domain::Registry registry =
      RegistryWith({{"org/office", pb::ORGANISATION_KIND_SECRETARIAT}});
  EXPECT_TRUE(MayRead(As("org/office", registry), {"org/a", "igf/mag"}));
}

TEST(MayReadTest, WhoIsRetiredHasNoRightsLeft) {
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_ORGANISATION);
  header.mutable_organisation()->set_organisation("org/igf-mag");
  header.mutable_organisation()->set_kind(pb::ORGANISATION_KIND_MAG);
  header.mutable_organisation()->set_retired(true);
  domain::Registry registry;
  registry.Apply(header);
  EXPECT_FALSE(MayRead(As("org/igf-mag/seat-17", registry), {"org/a", "igf/mag"}));
  EXPECT_FALSE(MayRead(As("org/igf-mag", registry), {"org/a", "igf/partners"}));
}

TEST(DevelopmentPrincipalTest, ANameThatIsNoneIsRefused) {
  EXPECT_EQ(record::ReasonOf(DevelopmentPrincipal("Org/X", {}).status()),
            record::Reason::kFieldInvalid);
}

}  // namespace
}  // namespace liaison::auth
