#include "server/auth/gate.h"

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/token.h"

namespace liaison::auth {
namespace {

using record::Reason;
using record::ReasonOf;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class MemoryStore final : public ControlStore {
 public:
  absl::StatusOr<std::vector<ControlRow>> List(absl::string_view prefix) override {
    std::vector<ControlRow> rows;
    for (const auto& [key, value] : rows_) {
      if (absl::StartsWith(key, prefix)) rows.push_back({key, value});
    }
    return rows;
  }
  absl::Status Change(const ControlRow& row, std::optional<std::string> expected) override {
    if (!fail_with.ok()) return fail_with;
    const auto it = rows_.find(row.key);
    const auto there = it == rows_.end() ? std::nullopt : std::make_optional(it->second);
    if (there != expected) return absl::AbortedError("something else stands there");
    rows_[row.key] = row.value;
    return absl::OkStatus();
  }
  std::string Everything() const {
    std::string all;
    for (const auto& [key, value] : rows_) absl::StrAppend(&all, key, value);
    return all;
  }

  absl::Status fail_with;

 private:
  std::map<std::string, std::string> rows_;
};

class GateTest : public ::testing::Test {
 protected:
  NewCredential Make(const std::string& organisation, pb::Role role,
                     absl::Duration lifetime = absl::Hours(1)) {
    CredentialRequest request;
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
  EXPECT_EQ(again.Find(kept.secret, kNow)->organisation(), "org/a");
  EXPECT_FALSE(again.Find(revoked.secret, kNow).ok());
  EXPECT_EQ(store_.Everything().find(kept.token.substr(9, 40)), std::string::npos);
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
