#include "server/federation/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kOrigin[] = "hub.example/igf/00000000-0000-4000-8000-000000000001";

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() {
    at_.peer = "regional";
    at_.organisation = "org/fictional-regional";
    at_.ruling = {true, "send \"public signals\"", {pb::SECTION_KIND_CONTENT}, false};
    at_.standing = {rows::STATE_ACTIVE, {}};
    at_.receipt.emplace();
    at_.receipt->set_asked_us(absl::ToUnixMicros(kNow));
  }
  void Says(uint64_t settled) {
    at_.receipt->set_settled(settled);
    at_.receipt->set_settled_us(absl::ToUnixMicros(kNow));
    at_.receipt->set_furthest(std::max(at_.receipt->furthest(), settled));
  }
  pb::PeerDelivery Told() const { return TellDelivery(sent_, at_, kNow); }
  static std::string WordsOf(const pb::PeerDelivery& told) {
    return absl::StrJoin(told.reasons(), " ");
  }

  Sent sent_{kOrigin, 42, 0, 100, {}};
  AtPeer at_;
};

TEST_F(DeliveryTest, ConfirmedIsThePeersOwnWord) {
  Says(42);
  const pb::PeerDelivery told = Told();
  EXPECT_EQ(told.state(), pb::DELIVERY_STATE_CONFIRMED);
  EXPECT_EQ(told.rule(), "send \"public signals\"");
  EXPECT_EQ(told.settled(), 42u);
  EXPECT_THAT(WordsOf(told), AllOf(HasSubstr("send \"public signals\", with content"),
                                   HasSubstr("says that it has dealt with everything up to 42"),
                                   HasSubstr("its own word, and it may have turned"),
                                   HasSubstr("had its header alone before, and then took no more"),
                                   HasSubstr("`liaison federation why " + std::string(kOrigin))));
}

TEST_F(DeliveryTest, OneShortOfItIsNotYet) {
  Says(41);
  const pb::PeerDelivery told = Told();
  EXPECT_EQ(told.state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(told),
              AllOf(HasSubstr("has dealt with 41 of 42 events"), Not(HasSubstr("asked last"))));
}

// What is relayed may reach this hub behind the peer's back.
TEST_F(DeliveryTest, WhatCameLateIsNotConfirmedByWhatWasSettledBefore) {
  sent_.local = 500;
  Says(90);
  at_.receipt->set_late_after(499);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()), HasSubstr("it goes there as a late one"));
  at_.receipt->set_late_after(500);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_CONFIRMED);
}

TEST_F(DeliveryTest, WhoWasAheadAndIsNotAnyMoreHasNotConfirmed) {
  Says(90);
  Says(3);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()), HasSubstr("had said that it was at 90, and is at 3 now"));
}

TEST_F(DeliveryTest, WhatTheRuleKeepsNeverGoesHoweverFarThePeerIs) {
  at_.ruling = {false, "no rule of `send` fits", {}, false};
  for (const uint64_t settled : {0, 41, 42, 90}) {
    Says(settled);
    const pb::PeerDelivery told = Told();
    EXPECT_EQ(told.state(), pb::DELIVERY_STATE_KEPT) << settled;
    EXPECT_THAT(WordsOf(told), HasSubstr("keeps it from regional: no rule of `send` fits"));
    EXPECT_EQ(WordsOf(told).find("stands there, and nothing of it from here") != std::string::npos,
              settled >= 42);
    EXPECT_EQ(told.sections_size(), 0);
  }
}

// The rules of today say what goes, and not what went.
TEST_F(DeliveryTest, WhatWentByOtherRulesIsThere) {
  at_.ruling = {false, "no rule of `send` fits", {}, false};
  at_.went = true;
  Says(41);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_KEPT);
  EXPECT_THAT(WordsOf(Told()),
              HasSubstr("has not said that it came so far by those, and may have it"));
  Says(90);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_KEPT) << "by rules that kept it";
  at_.went_through = 42;
  Says(3);  // it begins anew
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_CONFIRMED);
  EXPECT_THAT(WordsOf(Told()),
              AllOf(HasSubstr("It went there by rules that stand no more"),
                    HasSubstr("What retracts or erases it follows it all the same")));
}

TEST_F(DeliveryTest, WhatOtherRulesKeptIsNotConfirmedByWhoeverWasPastIt) {
  Says(90);
  at_.by_other_rules = true;
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()), HasSubstr("the rules were others, and kept it"));
}

// To a peer the log that was begun after a disaster is another hub's: it takes nothing back of the
// one before.
TEST_F(DeliveryTest, WhatTakesBackWhatTheFormerLogSaidIsNotConfirmed) {
  sent_.about_former_log = true;
  Says(42);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()), AllOf(HasSubstr("says that it has dealt with everything up to 42"),
                                     HasSubstr("in the log that this one goes on from"),
                                     HasSubstr("ask its operator to look, and to erase it there")));
  at_.ruling = {false, "no rule of `send` fits", {}, false};
  at_.went = true;
  at_.went_through = 42;
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  at_.went = false;
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_KEPT);
  EXPECT_THAT(WordsOf(Told()), Not(HasSubstr("goes on from")));
}

TEST_F(DeliveryTest, SaysWhatHoldsItUp) {
  at_.receipt.reset();
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()), AllOf(HasSubstr("regional has never asked for"),
                                     Not(HasSubstr("as which organisation"))));
  at_.organisation.clear();
  EXPECT_THAT(WordsOf(Told()), HasSubstr("as which organisation"));

  at_.receipt.emplace();
  at_.receipt->set_asked_us(absl::ToUnixMicros(kNow - kAsksStill - absl::Seconds(1)));
  EXPECT_THAT(WordsOf(Told()),
              HasSubstr("It asked last at 2027-01-15 07:57:59 UTC: it does not run"));

  sent_.signed_through = 41;
  EXPECT_THAT(WordsOf(Told()), HasSubstr("No checkpoint covers the event yet"));

  at_.standing.state = rows::STATE_BLOCKED;
  at_.standing.row.mutable_state()->set_why("it floods us");
  EXPECT_THAT(WordsOf(Told()),
              HasSubstr("has left regional alone since 1970-01-01 00:00:00 UTC: it floods us"));
}

// A key's end is what must not wait for a rule.
TEST_F(DeliveryTest, TheRegistryGoesToEverybodyAndIsConfirmedByItsSize) {
  sent_.registry_index = 5;
  at_.ruling = {false, "no rule of `send` fits", {}, false};
  Says(90);
  at_.receipt->set_registry_size(5);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_NOT_YET);
  EXPECT_THAT(WordsOf(Told()),
              AllOf(HasSubstr("entry 6 of the registry"), HasSubstr("has 5 entries")));
  at_.receipt->set_registry_size(6);
  EXPECT_EQ(Told().state(), pb::DELIVERY_STATE_CONFIRMED);
  EXPECT_THAT(WordsOf(Told()), HasSubstr("its own word"));
  EXPECT_THAT(Told().rule(), HasSubstr("to every peer"));
}

TEST_F(DeliveryTest, AnotherHubsRegistryGoesWithItsLog) {
  sent_.registry_index = 5;
  sent_.local = 7;
  at_.ruling = {false, "no rule of `send` fits", {}, false};
  const std::string whose = absl::StrCat("the registry of ", sent_.origin);
  EXPECT_THAT(Told().rule(), AllOf(HasSubstr(whose), Not(HasSubstr("every peer"))));
  EXPECT_THAT(WordsOf(Told()), AllOf(HasSubstr(absl::StrCat(whose, ", which goes with its log")),
                                     Not(HasSubstr("every peer"))));
}

}  // namespace
}  // namespace liaison::federation
