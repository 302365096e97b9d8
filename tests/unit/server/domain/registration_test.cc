// Who belongs here, and who says so.
#include "server/domain/registration.h"

#include "tests/unit/server/domain/rules_fixture.h"

namespace liaison::testing {
namespace {

constexpr char kDesk[] = "org/fictional-partner/desk";
constexpr char kSeat3[] = "org/igf-mag/seat-3";

class RegistrationTest : public RulesTest {
 protected:
  static pb::Draft Partner(const std::string& author = kPartner) {
    return By(author, RegistrationOf(kPartner, pb::ORGANISATION_KIND_CIVIL_SOCIETY));
  }
  static pb::Draft Desk(const std::string& author = kPartner) {
    return By(author, RegistrationOf(kDesk, pb::ORGANISATION_KIND_CIVIL_SOCIETY));
  }
  static pb::Draft Seat3(const std::string& author) {
    return By(author, RegistrationOf(kSeat3, pb::ORGANISATION_KIND_MAG));
  }
  static pb::Draft Secretariat() {
    return RegistrationOf(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT);
  }
};

// Found in review: whoever said so was the MAG or the secretariat.
TEST_F(RegistrationTest, NobodyRegistersHimselfOnceThereIsASecretariat) {
  for (const pb::OrganisationKind kind :
       {pb::ORGANISATION_KIND_MAG, pb::ORGANISATION_KIND_SECRETARIAT,
        pb::ORGANISATION_KIND_CIVIL_SOCIETY, pb::ORGANISATION_KIND_NRI_NATIONAL}) {
    NotPermitted(By(kStranger, RegistrationOf(kStranger, kind)));
    NotPermitted(By(kPartner, RegistrationOf(kStranger, kind)));
    NotPermitted(By(kSeat1, RegistrationOf(kStranger, kind)));
    Said(RegistrationOf("org/fictional-newcomer", kind));
  }
}

TEST_F(RegistrationTest, WhileThereIsNoSecretariatTheHubIsBeingSetUp) {
  TestHub hub;
  ASSERT_TRUE(hub.Publish(Desk(kStranger)).ok());
  ASSERT_TRUE(hub.Publish(Seat3(kStranger)).ok());
  ASSERT_TRUE(hub.Publish(By(kStranger, Secretariat())).ok());
  EXPECT_EQ(ReasonOf(hub.Publish(Desk(kStranger)).status()), Reason::kNotPermitted);
}

TEST_F(RegistrationTest, ARegisteredOrganisationKeepsItsOwnEntryAndItsParts) {
  NotPermitted(Desk(kDesk));
  NotPermitted(Desk(kOther));
  Said(Partner());
  Said(Desk());
  Said(Desk(kDesk));
  NotPermitted(Partner(kDesk));
  NotPermitted(Partner("org/fictional-part"));
  Said(Retired(Desk(kDesk)));
}

// Found in review: no initiative, and nobody else, makes itself the MAG.
TEST_F(RegistrationTest, NobodyBecomesSomethingElseByItsOwnWord) {
  for (pb::Draft draft : {Partner(), Desk()}) {
    for (const pb::OrganisationKind kind :
         {pb::ORGANISATION_KIND_MAG, pb::ORGANISATION_KIND_SECRETARIAT,
          pb::ORGANISATION_KIND_NRI_NATIONAL}) {
      draft.mutable_organisation()->set_kind(kind);
      Refused(draft, Reason::kNotPermitted, {"organisation.kind"});
    }
    draft.mutable_organisation()->set_stakeholder_group(pb::STAKEHOLDER_GROUP_GOVERNMENT);
    draft.mutable_organisation()->set_region(pb::REGION_WEOG);
    Refused(draft, Reason::kNotPermitted,
            {"organisation.kind", "organisation.stakeholder_group", "organisation.region"});
  }
  pb::Draft grown = Partner(kSecretariat);
  grown.mutable_organisation()->set_region(pb::REGION_WEOG);
  Said(grown);
  grown.set_event_id(Partner().event_id());
  grown.mutable_organisation()->set_founded(2009);
  Said(By(kPartner, grown));
  Refused(Partner(), Reason::kNotPermitted, {"organisation.region"});
  // A part that the secretariat registered as something else stays that.
  Said(RegistrationOf(kDesk, pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY));
  Said(By(kPartner, RegistrationOf(kDesk, pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY)));
  Refused(Desk(), Reason::kNotPermitted, {"organisation.kind"});
}

TEST_F(RegistrationTest, TheMagDoesNotSeatItself) {
  for (const char* author : {kMag, kSeat1, kSeat3, kNri}) NotPermitted(Seat3(author));
  NotPermitted(By(kSeat1, RegistrationOf("org/igf-mag/seat-1/desk", pb::ORGANISATION_KIND_MAG)));
  Said(Seat3(kSecretariat));
  NotPermitted(Retired(Seat3(kMag)));
  NotPermitted(Retired(Seat3(kSeat1)));
  NotPermitted(Retired(By(kMag, RegistrationOf(kMag, pb::ORGANISATION_KIND_MAG))));
  Said(By(kMag, RegistrationOf(kMag, pb::ORGANISATION_KIND_MAG)));
  Said(Seat3(kSeat3));
  Said(Retired(Seat3(kSeat3)));
}

TEST_F(RegistrationTest, WhatIsAnOfficeBelowAPartnerIsNotThePartners) {
  constexpr char kOffice[] = "org/fictional-partner/office";
  const pb::Draft office = RegistrationOf(kOffice, pb::ORGANISATION_KIND_SECRETARIAT);
  Said(office);
  NotPermitted(Retired(By(kPartner, RegistrationOf(kOffice, pb::ORGANISATION_KIND_SECRETARIAT))));
  NotPermitted(By(kPartner, RegistrationOf("org/fictional-partner/office/desk",
                                           pb::ORGANISATION_KIND_SECRETARIAT)));
}

TEST_F(RegistrationTest, WhoIsRetiredComesBackByTheSecretariat) {
  Said(Desk());
  Said(Retired(Desk()));
  NotPermitted(Desk());
  NotPermitted(Desk(kDesk));
  NotPermitted(Retired(Desk()));
  Said(Retired(Partner()));
  NotPermitted(Partner());
  Said(Partner(kSecretariat));
  NotPermitted(Desk());
  Said(Desk(kSecretariat));
  Said(Desk());
}

TEST_F(RegistrationTest, TheLastSecretariatStays) {
  constexpr char kNext[] = "org/fictional-next-secretariat";
  const pb::Draft next = RegistrationOf(kNext, pb::ORGANISATION_KIND_SECRETARIAT);
  NotPermitted(Retired(By(kMag, Secretariat())));
  NotPermitted(Retired(Secretariat()));
  NotPermitted(RegistrationOf(kSecretariat, pb::ORGANISATION_KIND_CIVIL_SOCIETY));
  Said(Secretariat());
  Said(next);
  Said(Retired(By(kNext, Secretariat())));
  NotPermitted(Secretariat());
  Said(By(kNext, Partner(kNext)));
}

// Found in review: whoever belonged to the MAG was the MAG under as many names as he liked.
TEST_F(RegistrationTest, WhoSpeaksForABodyHasAnEntryOfItsOwn) {
  constexpr char kAnything[] = "org/igf-mag/anything";
  constexpr char kAide[] = "org/igf-secretariat/aide";
  const Hash signal = Said(SignalBy(kPartner));
  const Hash decision = Adopted();
  const Hash request = Said(RequestTo(kMag, kPartner));
  const auto statements = [&] {
    return std::vector<pb::Draft>{
        DispositionOf({Said(SignalBy(kPartner))}, pb::DISPOSITION_KIND_NOTED),
        DecisionIn(pb::DECISION_STATE_PROPOSED),
        Revising(decision, DecisionIn(pb::DECISION_STATE_ADOPTED)),
        GroupOf({Said(SignalBy(kPartner)), Said(SignalBy(kOther))})};
  };
  for (const char* author : {kAnything, kAide}) {
    for (const pb::Draft& draft : statements()) NotPermitted(By(author, draft));
  }
  NotPermitted(By(kAide, CycleOf("2028", pb::CYCLE_STATE_OPEN)));
  NotPermitted(By(kAide, RegistrationOf(kStranger, pb::ORGANISATION_KIND_MAG)));
  NotPermitted(RetractionOf(signal, kAide));
  NotPermitted(ResponseTo(request, kAnything, pb::RESPONSE_KIND_ANSWER));
  NotPermitted(ProgressOn(decision, "org/igf-mag/seat-1/desk"));
  NotPermitted(ProgressOn(decision, kDesk));
  NotPermitted(By(kDesk, LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH)));

  Said(RegistrationOf(kAnything, pb::ORGANISATION_KIND_MAG));
  Said(RegistrationOf(kAide, pb::ORGANISATION_KIND_SECRETARIAT));
  Said(Desk());
  for (const char* author : {kAnything, kAide}) {
    for (const pb::Draft& draft : statements()) Said(By(author, draft));
  }
  Said(ResponseTo(request, kAnything, pb::RESPONSE_KIND_ACCEPT));
  Said(ProgressOn(decision, kDesk));
  Said(By(kDesk, LiaisonBetween(kPartner, kOther, pb::LIAISON_ACTION_ESTABLISH)));

  Said(Retired(RegistrationOf(kAnything, pb::ORGANISATION_KIND_MAG)));
  Said(Retired(Desk()));
  for (const pb::Draft& draft : statements()) NotPermitted(By(kAnything, draft));
  NotPermitted(ResponseTo(request, kAnything, pb::RESPONSE_KIND_ANSWER));
  NotPermitted(ProgressOn(decision, kDesk));
}

TEST_F(RegistrationTest, BelowWhatIsRetiredNobodyIsAnything) {
  const Hash signal = Said(SignalBy(kPartner));
  Said(Retired(RegistrationOf(kMag, pb::ORGANISATION_KIND_MAG)));
  NotPermitted(DispositionOf({signal}, pb::DISPOSITION_KIND_NOTED, kSeat1));
  NotPermitted(EvaluationOf(signal, kSeat1, 3));
  // An office below is none either, so it is the last one that would go.
  Said(RegistrationOf("org/igf-secretariat/office", pb::ORGANISATION_KIND_SECRETARIAT));
  NotPermitted(Retired(Secretariat()));
}

}  // namespace
}  // namespace liaison::testing
