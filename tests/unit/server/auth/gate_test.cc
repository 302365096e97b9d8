#include "server/auth/gate.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/token.h"
#include "tests/unit/server/auth/memory_store.h"

namespace liaison::auth {
namespace {

using record::Reason;
using record::ReasonOf;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class GateTest : public ::testing::Test {
 protected:
  NewCredential Make(const std::string& organisation, pb::Role role,
                     absl::Duration lifetime = absl::Hours(1),
                     pb::CredentialKind kind = pb::CREDENTIAL_KIND_TOKEN) {
    CredentialRequest request;
    request.kind = kind;
    request.organisation = organisation;
    request.role = role;
    request.lifetime = lifetime;
    auto made = book_.Make(request, kNow);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  absl::StatusOr<Principal> Enter(const std::string& token, const std::string& acting_as = "",
                                  pb::Permission needed = pb::PERMISSION_READ,
                                  absl::Time now = kNow) {
    const std::string authorization = token.empty() ? "" : absl::StrCat("Bearer ", token);
    return gate_.Enter({authorization, acting_as}, needed, {}, {}, now);
  }
  // A certificate of that organisation. The gate hears from TLS which it is, and no more.
  record::Hash Certify(const std::string& organisation, pb::Role role,
                       absl::Duration lifetime = absl::Hours(1)) {
    CredentialRequest request;
    request.kind = pb::CREDENTIAL_KIND_CERTIFICATE;
    request.organisation = organisation;
    request.role = role;
    request.lifetime = lifetime;
    rows::Credential made = DraftCredential(request, kNow).value();
    const record::Hash fingerprint = record::Sha256Of(absl::StrCat("DER of ", made.id()));
    made.set_secret_hash(std::string(fingerprint.bytes()));
    EXPECT_TRUE(book_.Add(made).ok());
    return fingerprint;
  }
  // By that certificate, with that token or without one.
  absl::StatusOr<Principal> EnterBy(const record::Hash& certificate, const std::string& token = "",
                                    const std::string& acting_as = "", absl::Time now = kNow) {
    const std::string authorization = token.empty() ? "" : absl::StrCat("Bearer ", token);
    return gate_.Enter({authorization, acting_as, certificate}, pb::PERMISSION_READ, {}, {}, now);
  }
  void Revoke(const record::Hash& certificate) {
    const auto found = book_.FindCertificate(certificate, kNow);
    ASSERT_TRUE(found.ok() && book_.Revoke(found->id(), kNow).ok());
  }
  Reason Refusal(const absl::StatusOr<Principal>& entered) {
    EXPECT_FALSE(entered.ok());
    return *ReasonOf(entered.status());
  }

  MemoryStore store_;
  CredentialBook book_{&store_};
  Gate gate_{&book_};
};

TEST_F(GateTest, BelievesEverybodyUntilThereIsACredential) {
  EXPECT_TRUE(gate_.is_development());
  const auto believed = Enter("", "org/a", pb::PERMISSION_OPERATE);
  ASSERT_TRUE(believed.ok());
  EXPECT_EQ(believed->organisation, "org/a");
  Make("org/igf-secretariat", pb::ROLE_OPERATOR);
  EXPECT_FALSE(gate_.is_development());
  EXPECT_EQ(Refusal(Enter("", "org/a")), Reason::kCredentialRequired);
  EXPECT_EQ(ReasonOf(gate_.CheckStays(*believed, kNow)), Reason::kCredentialRequired);
}

TEST_F(GateTest, WhoShowsNothingReadsWhatIsPublic) {
  Make("org/a", pb::ROLE_READER);
  const auto anybody = Enter("");
  ASSERT_TRUE(anybody.ok());
  EXPECT_EQ(anybody->organisation, "");
  EXPECT_TRUE(MayRead(*anybody, {"org/a", "igf/public"}));
  EXPECT_FALSE(MayRead(*anybody, {"org/a", "igf/partners"}));
  EXPECT_EQ(Refusal(Enter("", "", pb::PERMISSION_PUBLISH)), Reason::kCredentialRequired);
}

TEST_F(GateTest, ATokenSpeaksForItsOrganisationAndWhatBelongsToIt) {
  const std::string token = Make("org/eurodig", pb::ROLE_PUBLISHER).secret;
  EXPECT_EQ(Enter(token)->organisation, "org/eurodig");
  EXPECT_EQ(Enter(token, "org/eurodig/desk")->organisation, "org/eurodig/desk");
  for (const char* other : {"org/eurodigx", "org/apnic", "org"}) {
    EXPECT_EQ(Refusal(Enter(token, other)), Reason::kNotPermitted) << other;
  }
  EXPECT_EQ(Refusal(Enter(token, "", pb::PERMISSION_MANAGE)), Reason::kNotPermitted);
}

TEST_F(GateTest, WhatIsNoGoodTokenIsOneAndTheSameError) {
  const NewCredential expiring = Make("org/a", pb::ROLE_READER, absl::Hours(1));
  const NewCredential revoked = Make("org/a", pb::ROLE_READER);
  ASSERT_TRUE(book_.Revoke(revoked.credential.id(), kNow).ok());
  const absl::Time later = kNow + absl::Hours(1);
  EXPECT_TRUE(Enter(expiring.secret, "", pb::PERMISSION_READ, later - absl::Microseconds(1)).ok());
  const absl::StatusOr<Principal> refused[] = {
      Enter(expiring.secret, "", pb::PERMISSION_READ, later), Enter(revoked.secret),
      Enter(record::NewToken(record::TokenKind::kAccess)), Enter("igfl_pat_nonsense"),
      Enter(record::NewToken(record::TokenKind::kInvitation))};
  for (const auto& entered : refused) {
    EXPECT_EQ(Refusal(entered), Reason::kCredentialInvalid);
    EXPECT_EQ(entered.status().message(), refused[0].status().message());
  }
  EXPECT_EQ(Refusal(gate_.Enter({"Basic abc", ""}, pb::PERMISSION_READ, {}, {}, kNow)),
            Reason::kCredentialInvalid);
}

TEST_F(GateTest, WhoIsInStaysUntilTheTokenExpiresOrIsRevoked) {
  const NewCredential made = Make("org/a", pb::ROLE_READER, absl::Hours(1));
  const NewCredential other = Make("org/b", pb::ROLE_READER);
  const Principal in = *Enter(made.secret);
  EXPECT_TRUE(gate_.CheckStays(in, kNow).ok());
  EXPECT_FALSE(gate_.CheckStays(in, kNow + absl::Hours(1)).ok());
  ASSERT_TRUE(book_.Revoke(other.credential.id(), kNow).ok());
  EXPECT_TRUE(gate_.CheckStays(in, kNow).ok()) << "another's token was revoked";
  ASSERT_TRUE(book_.Revoke(made.credential.id(), kNow).ok());
  EXPECT_EQ(ReasonOf(gate_.CheckStays(in, kNow)), Reason::kCredentialInvalid);
}

TEST_F(GateTest, ACertificateSaysWho) {
  const record::Hash certificate = Certify("org/eurodig", pb::ROLE_PUBLISHER);
  const auto in = EnterBy(certificate);
  ASSERT_TRUE(in.ok()) << in.status();
  EXPECT_EQ(in->organisation, "org/eurodig");
  EXPECT_EQ(in->role, pb::ROLE_PUBLISHER);
  EXPECT_EQ(in->certificate_id, in->credential_id);
  EXPECT_TRUE(in->permissions.Has(pb::PERMISSION_PUBLISH));
  EXPECT_FALSE(in->permissions.Has(pb::PERMISSION_MANAGE));
  EXPECT_EQ(EnterBy(certificate, "", "org/eurodig/desk")->organisation, "org/eurodig/desk");
  EXPECT_EQ(Refusal(EnterBy(certificate, "", "org/apnic")), Reason::kNotPermitted);
}

TEST_F(GateTest, ATokenWithACertificateOfTheSameOrganisationStandsInItsPlace) {
  const record::Hash certificate = Certify("org/eurodig", pb::ROLE_ADMINISTRATOR);
  for (const char* organisation : {"org/eurodig", "org/eurodig/desk"}) {
    const NewCredential token = Make(organisation, pb::ROLE_READER);
    const auto in = EnterBy(certificate, token.secret);
    ASSERT_TRUE(in.ok()) << in.status();
    EXPECT_EQ(in->organisation, organisation);
    EXPECT_EQ(in->role, pb::ROLE_READER) << "what the certificate may do, the token may not";
    EXPECT_FALSE(in->permissions.Has(pb::PERMISSION_MANAGE));
    EXPECT_EQ(in->credential_id, token.credential.id());
    EXPECT_NE(in->certificate_id, in->credential_id);
  }
  const std::string desk = Make("org/eurodig/desk", pb::ROLE_READER).secret;
  EXPECT_EQ(Refusal(EnterBy(certificate, desk, "org/eurodig")), Reason::kNotPermitted)
      << "as the certificate could, and the token cannot";
}

TEST_F(GateTest, ATokenOfAnotherOrganisationDoesNotComeInByACertificate) {
  const record::Hash certificate = Certify("org/eurodig", pb::ROLE_READER);
  for (const char* other : {"org/apnic", "org/eurodigx", "org/igf-secretariat"}) {
    const std::string token = Make(other, pb::ROLE_ADMINISTRATOR).secret;
    EXPECT_EQ(Refusal(EnterBy(certificate, token)), Reason::kNotPermitted) << other;
  }
  const std::string above = Make("org/eurodig", pb::ROLE_READER).secret;
  EXPECT_EQ(Refusal(EnterBy(Certify("org/eurodig/desk", pb::ROLE_READER), above)),
            Reason::kNotPermitted);
}

TEST_F(GateTest, ACertificateThatIsNoneOfTheHubsIsRefusedWhateverIsShownWithIt) {
  const std::string token = Make("org/a", pb::ROLE_OPERATOR).secret;
  ASSERT_TRUE(Enter(token).ok());
  const record::Hash unknown = record::Sha256Of("of nobody");
  // Nor does a hash that stands in the book for a token do for a certificate.
  const record::Hash of_a_token = record::TokenHash(token);
  for (const record::Hash& certificate : {unknown, of_a_token}) {
    EXPECT_EQ(Refusal(EnterBy(certificate)), Reason::kCredentialInvalid);
    EXPECT_EQ(Refusal(EnterBy(certificate, token)), Reason::kCredentialInvalid);
  }
}

TEST_F(GateTest, ARevokedCertificateIsRefusedThoughTheTokenIsGoodAndWhoIsInGoes) {
  const record::Hash certificate = Certify("org/a", pb::ROLE_READER);
  const record::Hash other = Certify("org/a", pb::ROLE_READER);
  const std::string token = Make("org/a", pb::ROLE_READER).secret;
  const std::vector<Principal> in = {*EnterBy(certificate), *EnterBy(certificate, token)};
  const Principal by_the_other = *EnterBy(other, token);
  for (const Principal& who : in) EXPECT_TRUE(gate_.CheckStays(who, kNow).ok());
  Revoke(certificate);
  for (const Principal& who : in) {
    EXPECT_EQ(ReasonOf(gate_.CheckStays(who, kNow)), Reason::kCredentialInvalid);
  }
  EXPECT_EQ(Refusal(EnterBy(certificate, token)), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(EnterBy(certificate)), Reason::kCredentialInvalid);
  EXPECT_TRUE(gate_.CheckStays(by_the_other, kNow).ok()) << "the token itself is good";
  EXPECT_TRUE(EnterBy(other, token).ok());
}

TEST_F(GateTest, ARevokedTokenIsRefusedThoughTheCertificateIsGood) {
  const record::Hash certificate = Certify("org/a", pb::ROLE_READER);
  const NewCredential token = Make("org/a", pb::ROLE_READER);
  const Principal in = *EnterBy(certificate, token.secret);
  const Principal without = *EnterBy(certificate);
  ASSERT_TRUE(book_.Revoke(token.credential.id(), kNow).ok());
  EXPECT_EQ(ReasonOf(gate_.CheckStays(in, kNow)), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(EnterBy(certificate, token.secret)), Reason::kCredentialInvalid);
  EXPECT_EQ(Refusal(EnterBy(certificate, "igfl_pat_nonsense")), Reason::kCredentialInvalid);
  EXPECT_TRUE(gate_.CheckStays(without, kNow).ok());
}

TEST_F(GateTest, WhoIsInStaysUntilTheFirstOfBothExpires) {
  const record::Hash hour = Certify("org/a", pb::ROLE_READER, absl::Hours(1));
  const record::Hash day = Certify("org/a", pb::ROLE_READER, absl::Hours(24));
  const std::string two_hours = Make("org/a", pb::ROLE_READER, absl::Hours(2)).secret;
  EXPECT_EQ(EnterBy(hour)->expires, kNow + absl::Hours(1));
  EXPECT_EQ(EnterBy(hour, two_hours)->expires, kNow + absl::Hours(1));
  EXPECT_EQ(EnterBy(day, two_hours)->expires, kNow + absl::Hours(2));
  EXPECT_EQ(Refusal(EnterBy(hour, two_hours, "", kNow + absl::Hours(1))),
            Reason::kCredentialInvalid);
}

TEST_F(GateTest, ASessionComesInAndAnInvitationDoesNot) {
  const std::string session =
      Make("org/a", pb::ROLE_PUBLISHER, kSessionLifetime, pb::CREDENTIAL_KIND_SESSION).secret;
  const std::string invitation =
      Make("org/a", pb::ROLE_PUBLISHER, kInvitationLifetime, pb::CREDENTIAL_KIND_INVITATION).secret;
  EXPECT_EQ(Enter(session)->organisation, "org/a");
  EXPECT_EQ(Refusal(Enter(invitation)), Reason::kCredentialInvalid);
  const record::Hash certificate = Certify("org/a", pb::ROLE_PUBLISHER);
  EXPECT_EQ(Refusal(EnterBy(certificate, invitation)), Reason::kCredentialInvalid);
}

TEST_F(GateTest, TheFirstInvitationEndsDevelopmentMode) {
  Make("org/a", pb::ROLE_PUBLISHER, kInvitationLifetime, pb::CREDENTIAL_KIND_INVITATION);
  EXPECT_FALSE(gate_.is_development());
  EXPECT_EQ(Refusal(Enter("", "org/a")), Reason::kCredentialRequired);
}

// Rows of before there were other kinds say none.
TEST_F(GateTest, ATokenOfBeforeThereWereOtherKindsStillComesIn) {
  const NewCredential made = Make("org/a", pb::ROLE_READER);
  rows::Credential before = made.credential;
  before.clear_kind();
  ASSERT_TRUE(book_.Replace(made.credential, before).ok());
  EXPECT_EQ(Enter(made.secret)->organisation, "org/a");
  EXPECT_EQ(Refusal(EnterBy(record::TokenHash(made.secret))), Reason::kCredentialInvalid);
}

TEST_F(GateTest, PublishesAsItselfAndOnlyWhatItsRoleLets) {
  const Principal publisher = *Enter(Make("org/a", pb::ROLE_PUBLISHER).secret);
  const Principal administrator = *Enter(Make("org/a", pb::ROLE_ADMINISTRATOR).secret);
  const auto may = [](const Principal& who, const char* author, pb::EventType type) {
    return CheckMaySay(who, author, type, "items[0]").ok();
  };
  EXPECT_TRUE(may(publisher, "org/a", pb::EVENT_TYPE_TOPIC_SIGNAL));
  EXPECT_TRUE(may(publisher, "org/a/desk", pb::EVENT_TYPE_TOPIC_SIGNAL));
  EXPECT_FALSE(may(publisher, "org/ab", pb::EVENT_TYPE_TOPIC_SIGNAL));
  EXPECT_FALSE(may(publisher, "org/a", pb::EVENT_TYPE_ORGANISATION));
  EXPECT_FALSE(may(publisher, "org/a", pb::EVENT_TYPE_KEY));
  EXPECT_TRUE(may(administrator, "org/a", pb::EVENT_TYPE_ORGANISATION));
  EXPECT_FALSE(may(administrator, "org/b", pb::EVENT_TYPE_ORGANISATION));
}

TEST_F(GateTest, NobodyGivesWhatIsAboveThemselves) {
  const Principal administrator = *Enter(Make("org/a", pb::ROLE_ADMINISTRATOR).secret);
  const Principal publisher = *Enter(Make("org/a", pb::ROLE_PUBLISHER).secret);
  const Principal hub_operator = *Enter(Make("org/hub", pb::ROLE_OPERATOR).secret);
  Principal secretariat = *Enter(Make("org/office", pb::ROLE_ADMINISTRATOR).secret);
  secretariat.is_secretariat = true;
  EXPECT_TRUE(MayGive(administrator, "org/a/desk", pb::ROLE_ADMINISTRATOR));
  EXPECT_FALSE(MayGive(administrator, "org/b", pb::ROLE_READER));
  EXPECT_FALSE(MayGive(administrator, "org/a", pb::ROLE_OPERATOR));
  EXPECT_FALSE(MayGive(administrator, "org/a", pb::ROLE_AUDITOR));
  EXPECT_FALSE(MayGive(publisher, "org/a", pb::ROLE_READER));
  EXPECT_TRUE(MayGive(secretariat, "org/b", pb::ROLE_ADMINISTRATOR));
  EXPECT_FALSE(MayGive(secretariat, "org/b", pb::ROLE_OPERATOR));
  EXPECT_TRUE(MayGive(hub_operator, "org/b", pb::ROLE_AUDITOR));
}

TEST_F(GateTest, TheBookIsTheSameAfterARestartAndKeepsNoSecret) {
  const NewCredential kept = Make("org/a", pb::ROLE_PUBLISHER);
  const NewCredential revoked = Make("org/b", pb::ROLE_READER);
  ASSERT_TRUE(book_.Revoke(revoked.credential.id(), kNow).ok());
  CredentialBook again(&store_);
  ASSERT_TRUE(again.Load().ok());
  EXPECT_TRUE(again.required());
  EXPECT_EQ(again.Find(kept.secret, record::TokenKind::kAccess, kNow)->organisation(), "org/a");
  EXPECT_FALSE(again.Find(revoked.secret, record::TokenKind::kAccess, kNow).ok());
  EXPECT_EQ(store_.Everything().find(kept.secret.substr(9, 40)), std::string::npos);
}

TEST_F(GateTest, WhatWasNotWrittenLetsNobodyIn) {
  store_.fail_with = absl::UnavailableError("the disk is full");
  CredentialRequest request;
  request.organisation = "org/a";
  request.role = pb::ROLE_READER;
  EXPECT_FALSE(book_.Make(request, kNow).ok());
  EXPECT_TRUE(gate_.is_development());
  store_.fail_with = absl::OkStatus();
  const NewCredential made = Make("org/a", pb::ROLE_READER);
  store_.fail_with = absl::UnavailableError("the disk is full");
  EXPECT_FALSE(book_.Revoke(made.credential.id(), kNow).ok());
  EXPECT_TRUE(Enter(made.secret).ok()) << "nobody was told that it was revoked";
}

TEST_F(GateTest, ABadRequestNamesItsField) {
  const auto field = [this](const char* organisation, pb::Role role, absl::Duration lifetime) {
    CredentialRequest request;
    request.organisation = organisation;
    request.role = role;
    request.lifetime = lifetime;
    return std::string(book_.Make(request, kNow).status().message());
  };
  EXPECT_THAT(field("a", pb::ROLE_READER, absl::Hours(1)), testing::HasSubstr("organisation"));
  EXPECT_THAT(field("org/a", pb::ROLE_UNSPECIFIED, absl::Hours(1)), testing::HasSubstr("role"));
  EXPECT_THAT(field("org/a", pb::ROLE_READER, absl::Seconds(1)), testing::HasSubstr("lifetime"));
  EXPECT_THAT(field("org/a", pb::ROLE_READER, absl::Hours(9000)), testing::HasSubstr("lifetime"));
}

}  // namespace
}  // namespace liaison::auth
