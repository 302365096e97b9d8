#include "server/auth/four_eyes.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/pae.h"
#include "proto/record/way_out.h"
#include "tests/unit/server/auth/memory_store.h"

namespace liaison::auth {
namespace {

using record::Reason;
using record::ReasonOf;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class FourEyesTest : public ::testing::Test {
 protected:
  // A credential that `by` made, and who comes in by it.
  Principal Person(const std::string& organisation, const std::string& by = "somebody else",
                   pb::CredentialKind kind = pb::CREDENTIAL_KIND_TOKEN) {
    CredentialRequest request;
    request.kind = kind;
    request.organisation = organisation;
    request.role = pb::ROLE_PUBLISHER;
    request.created_by = by;
    if (kind == pb::CREDENTIAL_KIND_INVITATION) request.lifetime = kInvitationLifetime;
    auto made = DraftCredential(request, kNow);
    EXPECT_TRUE(made.ok()) << made.status();
    made->set_secret_hash(std::string(record::Sha256Of(made->id()).bytes()));
    EXPECT_TRUE(book_.Add(*made).ok());
    Principal person;
    person.organisation = organisation;
    person.credential_id = made->id();
    person.is_mag = person.is_partner = true;
    return person;
  }
  static domain::Statement Adoption(const std::string& event_id = "one",
                                    const std::string& title = "A fictional decision") {
    pb::Draft draft;
    draft.set_author("org/igf-mag");
    draft.set_event_id(event_id);
    draft.set_audience("igf/mag");
    draft.mutable_decision()->set_title(title);
    draft.mutable_decision()->set_state(pb::DECISION_STATE_ADOPTED);
    pb::SignedEvent built = record::BuildEvent(
        draft, nullptr, kNow, [](pb::SectionKind) { return std::string(32, 's'); });
    domain::Statement statement;
    statement.header_bytes = built.header();
    EXPECT_TRUE(statement.header.ParseFromString(statement.header_bytes));
    statement.digest = record::EventDigest(statement.header_bytes);
    statement.sections = {built.sections().begin(), built.sections().end()};
    statement.draft = std::make_shared<const pb::Draft>(draft);
    return statement;
  }
  // What the proposer is told; where it is kept, it is written as the order would.
  absl::Status Propose(const Principal& person, const domain::Statement& statement,
                       absl::Time now = kNow) {
    auto held = four_eyes_.Hold(person, statement, {}, "adopt-decision", now);
    if (!held.ok()) return held.status();
    const absl::Status written = store_.Change(held->row, held->expected);
    return written.ok() ? held->answer : written;
  }
  static std::string IdIn(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), Reason::kApprovalNeeded) << status;
    return record::MetadataOf(status, "approval_id");
  }

  MemoryStore store_;
  CredentialBook book_{&store_};
  FourEyes four_eyes_{{"adopt-decision"}, &store_, &book_};
};

TEST_F(FourEyesTest, OnlyWhatTheHubNamesTakesTwo) {
  EXPECT_EQ(four_eyes_.ActionOf(Adoption().header), "adopt-decision");
  EXPECT_EQ(FourEyes({}, &store_, &book_).ActionOf(Adoption().header), "");
  pb::EventHeader header = Adoption().header;
  int takes = 0;
  for (int state = 1; pb::DecisionState_IsValid(state); ++state) {
    header.mutable_decision()->set_state(static_cast<pb::DecisionState>(state));
    const bool adopts =
        state == pb::DECISION_STATE_ADOPTED || state == pb::DECISION_STATE_ADOPTED_INCOMPLETE;
    EXPECT_EQ(!four_eyes_.ActionOf(header).empty(), adopts) << state;
    takes += adopts;
  }
  EXPECT_EQ(takes, 2);
  EXPECT_TRUE(FourEyes::CheckActions({"adopt-decision"}).ok());
  EXPECT_FALSE(FourEyes::CheckActions({"adopt-decision", "adopt"}).ok());
}

TEST_F(FourEyesTest, WhatIsKeptIsTheVeryStatement) {
  const domain::Statement statement = Adoption();
  domain::ChainCheck check{record::Sha256Of("root"), record::Sha256Of("latest")};
  domain::ChainCheck none{record::Sha256Of("other"), std::nullopt};
  auto held = four_eyes_.Hold(Person("org/igf-mag/seat-1"), statement, {check, none},
                              "adopt-decision", kNow);
  ASSERT_TRUE(held.ok()) << held.status();
  ASSERT_TRUE(store_.Change(held->row, held->expected).ok());
  const auto found =
      four_eyes_.FindToApprove(Person("org/igf-mag/seat-2"), IdIn(held->answer), kNow);
  ASSERT_TRUE(found.ok()) << found.status();
  const auto again = FourEyes::StatementOf(*found);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->header_bytes, statement.header_bytes);
  EXPECT_EQ(again->digest, statement.digest);
  EXPECT_EQ(again->signature, statement.signature);
  ASSERT_EQ(again->sections.size(), statement.sections.size());
  EXPECT_EQ(again->sections[0].SerializeAsString(), statement.sections[0].SerializeAsString());
  const auto checks = FourEyes::ChecksOf(*found);
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_EQ(checks[0].root, check.root);
  EXPECT_EQ(checks[0].latest, check.latest);
  EXPECT_EQ(checks[1].latest, std::nullopt);
}

TEST_F(FourEyesTest, ACertificateTwoComeInByIsNeitherOnesOwn) {
  const Principal machine = Person("org/igf-mag");
  Principal first = Person("org/igf-mag"), second = Person("org/igf-mag");
  first.certificate_id = second.certificate_id = machine.credential_id;
  Principal bare = machine;
  bare.certificate_id = machine.credential_id;
  const std::string by_first = IdIn(Propose(first, Adoption("one")));
  EXPECT_TRUE(four_eyes_.FindToApprove(second, by_first, kNow).ok());
  // Whoever has the token has the certificate as well.
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(bare, by_first, kNow).status()),
            Reason::kNotPermitted);
  const std::string by_machine = IdIn(Propose(bare, Adoption("two")));
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(first, by_machine, kNow).status()),
            Reason::kNotPermitted);
}

// One person who makes two tokens has both secrets; who is invited by one person twice is two.
TEST_F(FourEyesTest, TwoTokensOfOneMakerAreOneHandAndTwoGuestsAreTwo) {
  const Principal root = Person("org/igf-mag");
  const std::string by_root = absl::StrCat("org/igf-mag ", root.credential_id);
  const auto invited = [&](pb::CredentialKind kind) {
    const Principal letter = Person("org/igf-mag", by_root, pb::CREDENTIAL_KIND_INVITATION);
    return Person("org/igf-mag", absl::StrCat("invitation ", letter.credential_id), kind);
  };
  const Principal one = Person("org/igf-mag", by_root), other = Person("org/igf-mag", by_root);
  const Principal guest = invited(pb::CREDENTIAL_KIND_CERTIFICATE);
  const Principal second_guest = invited(pb::CREDENTIAL_KIND_SESSION);
  const Principal renewed = Person("org/igf-mag", absl::StrCat("certificate ", guest.credential_id),
                                   pb::CREDENTIAL_KIND_CERTIFICATE);
  const Principal of_renewed =
      Person("org/igf-mag", absl::StrCat("org/igf-mag ", renewed.credential_id));
  const Principal of_guest =
      Person("org/igf-mag", absl::StrCat("org/igf-mag ", guest.credential_id));
  const std::string id = IdIn(Propose(one, Adoption("by one")));
  const absl::Status refused = four_eyes_.FindToApprove(other, id, kNow).status();
  EXPECT_EQ(ReasonOf(refused), Reason::kNotPermitted);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("the tokens of both"));
  EXPECT_THAT(record::MetadataOf(refused, record::kWayOut),
              ::testing::HasSubstr("an invitation of their own"));
  EXPECT_TRUE(four_eyes_.FindToApprove(guest, id, kNow).ok());
  EXPECT_TRUE(four_eyes_.FindToApprove(second_guest, id, kNow).ok());
  const std::string of_guests = IdIn(Propose(guest, Adoption("by a guest")));
  EXPECT_TRUE(four_eyes_.FindToApprove(second_guest, of_guests, kNow).ok());
  EXPECT_FALSE(four_eyes_.FindToApprove(renewed, of_guests, kNow).ok());
  const std::string of_hers = IdIn(Propose(of_renewed, Adoption("by a token of hers")));
  EXPECT_FALSE(four_eyes_.FindToApprove(of_guest, of_hers, kNow).ok());
  EXPECT_TRUE(four_eyes_.FindToApprove(one, of_hers, kNow).ok());
}

// Over random families of credentials: nobody agrees to what they, whoever let them in, or whom
// they let in proposed, nor where somebody made the tokens of both. Told apart here by walking the
// family by hand.
TEST_F(FourEyesTest, NobodyIsTheirOwnSecondPersonWhateverTheyHold) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 chance(seed);
  constexpr int kPeople = 40;
  struct How {
    const char* by;
    pb::CredentialKind kind;
    bool is_given;  // its maker has the secret
  };
  constexpr How kHow[] = {{"certificate ", pb::CREDENTIAL_KIND_CERTIFICATE, true},
                          {"invitation ", pb::CREDENTIAL_KIND_CERTIFICATE, false},
                          {"invitation ", pb::CREDENTIAL_KIND_SESSION, false},
                          {"org/igf-mag ", pb::CREDENTIAL_KIND_TOKEN, true}};
  std::vector<Principal> people;
  std::vector<int> made_by;
  std::vector<std::set<int>> hands;
  for (int i = 0; i < kPeople; ++i) {
    const int parent = i == 0 || chance() % 4 == 0 ? -1 : static_cast<int>(chance() % i);
    const How& how = kHow[chance() % std::size(kHow)];
    people.push_back(Person("org/igf-mag",
                            parent < 0 ? "liaisond init" : how.by + people[parent].credential_id,
                            how.kind));
    made_by.push_back(parent);
    hands.push_back(parent >= 0 && how.is_given ? hands[parent] : std::set<int>());
    hands.back().insert(i);
  }
  const auto share = [&](int one, int other) {
    return std::any_of(hands[one].begin(), hands[one].end(),
                       [&](int hand) { return hands[other].count(hand) > 0; });
  };
  const auto ancestors = [&](int i) {
    std::set<int> of;
    for (; i >= 0; i = made_by[i]) of.insert(i);
    return of;
  };
  int agreed = 0, refused = 0;
  for (int first = 0; first < kPeople; ++first) {
    const domain::Statement statement = Adoption(absl::StrCat("by ", first));
    const std::string id = IdIn(Propose(people[first], statement));
    for (int second = 0; second < kPeople; ++second) {
      const bool one_hand = ancestors(first).count(second) + ancestors(second).count(first) > 0 ||
                            share(first, second);
      const auto found = four_eyes_.FindToApprove(people[second], id, kNow);
      EXPECT_EQ(found.ok(), !one_hand) << first << " " << second;
      ++(found.ok() ? agreed : refused);
    }
    const auto waiting = four_eyes_.List(people[first], kNow);
    ASSERT_TRUE(waiting.ok());
    for (const rows::Approval& approval : *waiting) {
      ASSERT_TRUE(store_.Remove(FourEyes::RowOf(approval)).ok());
    }
  }
  EXPECT_EQ(agreed + refused, kPeople * kPeople);
  EXPECT_GE(refused, kPeople);
  EXPECT_GT(agreed, 0);
}

TEST_F(FourEyesTest, WhatHasExpiredIsAsIfItHadNotBeenProposed) {
  const Principal first = Person("org/igf-mag"), second = Person("org/igf-mag");
  const std::string id = IdIn(Propose(first, Adoption()));
  const absl::Time before = kNow + kApprovalLifetime - absl::Seconds(1);
  const absl::Time after = kNow + kApprovalLifetime;
  EXPECT_TRUE(four_eyes_.FindToApprove(second, id, before).ok());
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(second, id, after).status()), Reason::kNotFound);
  EXPECT_EQ(IdIn(Propose(first, Adoption("one", "Other words"), after)), id);
  EXPECT_TRUE(four_eyes_.FindToApprove(second, id, after).ok());
  // And what nobody proposes again goes.
  const size_t rows = store_.size();
  ASSERT_TRUE(four_eyes_.List(first, after + kApprovalLifetime).ok());
  EXPECT_EQ(store_.size(), rows - 1);
}

TEST_F(FourEyesTest, NoMoreWaitsThanAHubKeeps) {
  std::vector<Principal> people;
  for (size_t i = 0; i < kMaxApprovals; ++i) {
    if (i % kMaxApprovalsOfOne == 0) people.push_back(Person(absl::StrCat("org/igf-mag/seat-", i)));
    EXPECT_EQ(ReasonOf(Propose(people.back(), Adoption(absl::StrCat(i)))), Reason::kApprovalNeeded);
    if ((i + 1) % kMaxApprovalsOfOne == 0) {
      EXPECT_EQ(ReasonOf(Propose(people.back(), Adoption("more"))), Reason::kQueueFull);
    }
  }
  EXPECT_EQ(ReasonOf(Propose(Person("org/igf-mag/other"), Adoption("more"))), Reason::kQueueFull);
}

TEST_F(FourEyesTest, WhoMayNotReadItDoesNotLearnOfIt) {
  const std::string id = IdIn(Propose(Person("org/igf-mag"), Adoption()));
  Principal partner = Person("org/apnic");
  partner.is_mag = false;
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(partner, id, kNow).status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(four_eyes_.FindToRefuse(partner, id, kNow).status()), Reason::kNotFound);
  EXPECT_TRUE(four_eyes_.List(partner, kNow)->empty());
  for (const char* none : {"", "0", "0011223344556677", "../credential/0"}) {
    EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(Person("org/igf-mag"), none, kNow).status()),
              Reason::kNotFound);
  }
}

// --- words that are no statement -----------------------------------------------------------------

class WordsTest : public FourEyesTest {
 protected:
  Principal Operator(const std::string& by = "somebody else") {
    Principal person = Person("org/igf-secretariat", by);
    person.is_mag = false;
    person.permissions = Permissions::Of(pb::ROLE_OPERATOR);
    return person;
  }
  std::string Hold(const Principal& person, const std::string& words, absl::Time now = kNow) {
    auto held = four_eyes_.HoldWords(person, kFederationPolicy, words, now);
    if (!held.ok()) return IdIn(held.status());
    EXPECT_TRUE(store_.Change(held->row, held->expected).ok());
    return IdIn(held->answer);
  }
};

TEST_F(WordsTest, TakeTwoOperatorsAtEveryHubAndAreKeptToTheByte) {
  const Principal first = Operator(), second = Operator();
  const std::string words("words\0with anything in them", 27);
  const std::string id = Hold(first, words);
  EXPECT_EQ(Hold(second, words), id) << "whoever says the same waits for the same";
  EXPECT_NE(Hold(first, "other words"), id);
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(first, id, kNow).status()), Reason::kNotPermitted);
  EXPECT_EQ(
      ReasonOf(
          four_eyes_.FindToApprove(Operator("org/igf-secretariat " + first.credential_id), id, kNow)
              .status()),
      Reason::kNotPermitted)
      << "whom the first let in";
  const auto found = four_eyes_.FindToApprove(second, id, kNow);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*FourEyes::WordsOf(*found), words);
  EXPECT_EQ(FourEyes({}, &store_, &book_).List(second, kNow)->size(), 2u);
  EXPECT_TRUE(FourEyes::CheckActions({"federation-policy"}).ok());
  // And no statement is ever taken for one.
  const FourEyes named({"federation-policy"}, &store_, &book_);
  EXPECT_EQ(named.ActionOf(Adoption().header), "");
}

TEST_F(WordsTest, AreNobodysBusinessButOperators) {
  const std::string id = Hold(Operator(), "words");
  Principal colleague = Person("org/igf-secretariat");
  colleague.permissions = Permissions::Of(pb::ROLE_ADMINISTRATOR);
  colleague.is_secretariat = true;
  EXPECT_EQ(ReasonOf(four_eyes_.FindToApprove(colleague, id, kNow).status()), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(four_eyes_.FindToRefuse(colleague, id, kNow).status()), Reason::kNotFound);
  EXPECT_TRUE(four_eyes_.List(colleague, kNow)->empty());
  EXPECT_EQ(four_eyes_.List(Operator(), kNow)->size(), 1u);
}

TEST_F(WordsTest, AreNoStatementAndNoStatementIsWords) {
  Hold(Operator(), "words");
  const std::string said = IdIn(Propose(Person("org/igf-mag"), Adoption()));
  const auto statement = four_eyes_.FindToApprove(Person("org/igf-mag"), said, kNow);
  ASSERT_TRUE(statement.ok());
  EXPECT_EQ(ReasonOf(FourEyes::WordsOf(*statement).status()), Reason::kNotFound);
}

TEST_F(WordsTest, WhatWasRefusedSaysSo) {
  const std::string id = Hold(Operator(), "words");
  auto refused = four_eyes_.FindToRefuse(Operator(), id, kNow);
  ASSERT_TRUE(refused.ok()) << refused.status();
  const ControlRow before = FourEyes::RowOf(*refused);
  refused->set_refused_us(1);
  refused->set_refused_by("org/igf-secretariat");
  refused->set_refusal("too much would leave");
  ASSERT_TRUE(store_.Change(FourEyes::RowOf(*refused), before.value).ok());
  const auto again = four_eyes_.HoldWords(Operator(), kFederationPolicy, "words", kNow);
  EXPECT_EQ(ReasonOf(again.status()), Reason::kNotPermitted);
  EXPECT_THAT(std::string(again.status().message()), ::testing::HasSubstr("too much would leave"));
}

}  // namespace
}  // namespace liaison::auth
