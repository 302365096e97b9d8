// Who counts in the radar and in the representation, and as what. Everybody and everything here is
// fictional.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using CountedTest = ViewsTest;

TEST_F(CountedTest, OnlyWhoIsRegisteredNowLiftsATopic) {
  PublishScheme({"cables"});
  Input(kNri, "an input", "fictional", {"fictional:cables"});
  for (int i = 0; i < 3; ++i) {
    Input(absl::StrCat("org/invented-", i), "an input", "fictional", {"fictional:cables"});
  }
  Input(kPartner, "an input", "fictional", {"fictional:cables"});
  const auto topic = [this] {
    const auto radar = GetRadar(*As(""), pb::GetRadarRequest());
    return radar.ok() && radar->topics_size() == 1 ? radar->topics(0) : pb::RadarTopic();
  };
  EXPECT_EQ(topic().organisations(), 2u);
  EXPECT_EQ(topic().events(), 2u);
  EXPECT_EQ(topic().individuals().events(), 3u);
  EXPECT_EQ(topic().individuals().unregistered_names(), 3u);
  pb::Draft draft = testing::OrganisationDraft(kPartner, pb::ORGANISATION_KIND_CIVIL_SOCIETY);
  draft.set_author(kSecretariat);
  draft.mutable_organisation()->set_retired(true);
  Publish(draft);
  EXPECT_EQ(topic().organisations(), 1u);
  EXPECT_EQ(topic().individuals().unregistered_events(), 4u);
}

// A correction of whose input it is got its receipt, and every view went on with the first version.
TEST_F(CountedTest, ARevisionSaysWhoseInputItIs) {
  PublishScheme({"cables"});
  pb::Draft draft = SignalDraft(kSecretariat, "an input");
  draft.set_topics(0, "fictional:cables");
  draft.set_recorded_by(kSecretariat);
  draft.set_channel(pb::CHANNEL_MEETING);
  pb::Individual& someone = *draft.mutable_recorded_for()->mutable_individual();
  someone.set_id("3f1fb0de-9a4c-4f0e-8a5b-0f1f2d3c4b5a");
  someone.set_stakeholder_group(pb::STAKEHOLDER_GROUP_GOVERNMENT);
  someone.set_region(pb::REGION_AFRICAN);
  const std::string root = Publish(draft);
  const auto revise = [&] {
    draft.set_event_id(Draft(kSecretariat).event_id());
    draft.clear_references();
    draft.add_references()->set_digest(root);
    draft.mutable_references(0)->set_relation(pb::RELATION_REVISES);
    Publish(draft);
  };
  // The columns that have an input, and the input itself behind each of them.
  const auto columns = [this] {
    const auto reading = As("");
    const auto heard = GetRepresentation(*reading, {});
    std::vector<std::string> found;
    for (const auto* rows : {&heard->by_stakeholder_group(), &heard->by_region()}) {
      for (const pb::RepresentationRow& row : *rows) {
        if (row.inputs() > 0) found.push_back(row.column());
        if (row.column() == "unspecified" || row.column() == "multiple") continue;
        pb::ListTopicEventsRequest request;
        request.set_column(row.column());
        EXPECT_EQ(ListTopicEvents(*reading, request, {})->events_size(), row.inputs());
      }
    }
    return found;
  };
  EXPECT_THAT(columns(), ElementsAre("government", "african"));
  someone.set_stakeholder_group(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY);
  someone.set_region(pb::REGION_GRULAC);
  revise();
  EXPECT_THAT(columns(), ElementsAre("civil_society", "grulac"));
  EXPECT_THAT(ContributionsOf(kPartner), IsEmpty());
  draft.mutable_recorded_for()->set_organisation(kPartner);
  revise();
  EXPECT_THAT(columns(), ElementsAre("civil_society", "unspecified"));
  const auto radar = GetRadar(*As(""), pb::GetRadarRequest());
  ASSERT_TRUE(radar.ok()) << radar.status();
  EXPECT_EQ(radar->topics(0).contributors(0).organisation(), kPartner);
  EXPECT_EQ(radar->topics(0).individuals().events(), 0u);
  ASSERT_EQ(ContributionsOf(kPartner).size(), 1u);
  EXPECT_EQ(ContributionsOf(kPartner)[0].input().contributor(), kPartner);
}

// One meeting was counted twice once its figures came from two sources.
TEST_F(CountedTest, OneMeetingsParticipantsCountOnce) {
  const auto attend = [this](const std::string& organiser, const std::string& from, uint64_t count,
                             pb::MeetingMode mode = pb::MEETING_MODE_HYBRID) {
    pb::Draft draft = Draft(organiser);
    draft.mutable_attendance()->set_starts_on(from);
    draft.mutable_attendance()->set_ends_on("2027-01-12");
    draft.mutable_attendance()->set_mode(mode);
    draft.mutable_attendance()->set_title("a fictional meeting");
    pb::Headcount& row = *draft.mutable_attendance()->add_participants();
    row.set_region(pb::REGION_AFRICAN);
    row.set_count(count);
    return Publish(draft);
  };
  const auto heard = [this] { return *GetRepresentation(*As(""), {}); };
  const auto number = [this](const std::string& digest) {
    return Reading::SequenceOf(*As("")->Find(digest));
  };
  const std::string first = attend(kNri, "2027-01-11", 10);
  const std::string again = attend(kNri, "2027-01-11", 12);
  EXPECT_EQ(heard().participants(), 12u) << "the latest";
  EXPECT_EQ(heard().attendances(), 1u);
  EXPECT_THAT(heard().attendances_replaced(), ElementsAre(number(first)));
  EXPECT_EQ(heard().by_region(0).attendances(), 1u);
  EXPECT_THAT(heard().by_region(0).attendance_sequences(), ElementsAre(number(again)));
  Register("org/fictional-youth-igf", pb::ORGANISATION_KIND_NRI_YOUTH);
  attend("org/fictional-youth-igf", "2027-01-11", 100);
  attend(kNri, "2027-01-10", 1000);
  attend(kNri, "2027-01-11", 10000, pb::MEETING_MODE_ONLINE);
  EXPECT_EQ(heard().participants(), 11112u) << "other organisers, other days, another mode";
  EXPECT_EQ(heard().by_region(0).attendances(), 4u);
  Retract(kNri, again);
  EXPECT_EQ(heard().participants(), 11110u) << "and what it took the place of is there again";
  EXPECT_THAT(heard().attendances_replaced(), IsEmpty());
}

// One partner that writes down what fifty people say looked like fifty voices.
TEST_F(CountedTest, ARowSaysHowManyWroteItDown) {
  for (int i = 0; i < 5; ++i) {
    pb::Draft draft = SignalDraft(kPartner, "what a person said");
    draft.mutable_recorded_for()->mutable_individual()->set_id(draft.event_id());
    pb::Individual& someone = *draft.mutable_recorded_for()->mutable_individual();
    someone.set_region(pb::REGION_GRULAC);
    someone.set_stakeholder_group(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY);
    Publish(draft);
  }
  const auto row_of = [this](const std::string& column) {
    const auto heard = GetRepresentation(*As(""), {});
    EXPECT_TRUE(heard.ok()) << heard.status();
    for (const auto* rows : {&heard->by_stakeholder_group(), &heard->by_region()}) {
      for (const pb::RepresentationRow& row : *rows) {
        if (row.column() == column) return row;
      }
    }
    return pb::RepresentationRow();
  };
  pb::RepresentationRow row = row_of("grulac");
  EXPECT_EQ(row.inputs(), 5u);
  EXPECT_EQ(row.of_individuals(), 5u);
  EXPECT_EQ(row.organisations(), 0u);
  EXPECT_EQ(row.recorders(), 1u);
  const std::string own = Signal(kNri, "its own words");
  row = row_of("unspecified");
  EXPECT_EQ(row.inputs(), 1u);
  EXPECT_EQ(row.organisations(), 1u);
  EXPECT_EQ(row.recorders(), 1u);
  EXPECT_THAT(row.nri_names(), ElementsAre(kNri));
}

TEST_F(CountedTest, InputsOfNoGroupAreListedByTheNameOfTheirRow) {
  pb::Draft draft = SignalDraft(kPartner, "what a person said");
  draft.mutable_recorded_for()->mutable_individual()->set_id(draft.event_id());
  draft.mutable_recorded_for()->mutable_individual()->set_region(pb::REGION_GRULAC);
  const std::string input = Publish(draft);
  const auto listed = [this](const std::string& column) {
    pb::ListTopicEventsRequest request;
    request.set_column(column);
    return ListTopicEvents(*As(""), request, {"", 10});
  };
  ASSERT_TRUE(listed("stakeholder_group.unspecified").ok());
  EXPECT_EQ(listed("stakeholder_group.unspecified")->events_size(), 1);
  EXPECT_EQ(listed("region.unspecified")->events_size(), 0);
  EXPECT_THAT(std::string(listed("unspecified").status().message()),
              HasSubstr("stakeholder_group.unspecified or region.unspecified"));
}

// The one before came back, which had lost its place, while the list of positions showed none.
TEST_F(CountedTest, WhoTakesTheLatestPositionBackHasNoneOnTheRadar) {
  PublishScheme({"cables"});
  const std::string input = Input(kNri, "an input", "fictional", {"fictional:cables"});
  const auto topic = [this] { return GetRadar(*As(""), {})->topics(0); };
  const auto supports = [&] {
    const pb::RadarTopic shown = topic();
    for (const pb::RadarPart& part : shown.parts()) {
      if (part.part() == "support") return part.count();
    }
    return -1.0;
  };
  const std::string before = Stand(kPartner, input, pb::POSITION_KIND_SUPPORT);
  EXPECT_EQ(supports(), 1);
  const std::string latest = Stand(kPartner, input, pb::POSITION_KIND_RESERVE);
  EXPECT_EQ(supports(), 0);
  EXPECT_EQ(topic().reserves_size(), 1);
  Retract(kPartner, latest);
  EXPECT_EQ(supports(), 0);
  EXPECT_EQ(topic().reserves_size(), 0);
  pb::ListPositionsRequest request;
  request.set_digest(input);
  EXPECT_EQ(ListPositions(*As(""), request, {"", 10})->positions_size(), 0);
  // Said again it is the latest, though it began before the other.
  pb::Draft again = PositionDraft(kPartner, input, pb::POSITION_KIND_SUPPORT);
  again.add_references()->set_digest(before);
  again.mutable_references()->rbegin()->set_relation(pb::RELATION_REVISES);
  Publish(again);
  EXPECT_EQ(supports(), 1);
  EXPECT_EQ(ListPositions(*As(""), request, {"", 10})->positions_size(), 1);
}

// Words that a partner wrote down in a name that nobody bears count as its own, and it supported
// them besides.
TEST_F(CountedTest, WhoWritesWordsDownDoesNotSupportThem) {
  PublishScheme({"cables"});
  pb::Draft draft = SignalDraft(kPartner, "an input");
  draft.set_topics(0, "fictional:cables");
  draft.set_recorded_by(kPartner);
  draft.set_channel(pb::CHANNEL_MEETING);
  draft.mutable_recorded_for()->set_organisation("org/invented");
  const std::string input = Publish(draft);
  const auto supported_by = [this] {
    std::vector<std::string> names;
    const pb::RadarTopic topic = GetRadar(*As(""), {})->topics(0);
    for (const pb::RadarPart& part : topic.parts()) {
      if (part.part() != "support") continue;
      for (const pb::RadarEvidence& one : part.evidence()) names.push_back(one.organisations(0));
    }
    return names;
  };
  Stand(kPartner, input, pb::POSITION_KIND_SUPPORT);
  EXPECT_THAT(supported_by(), IsEmpty());
  Stand(kNri, input, pb::POSITION_KIND_SUPPORT);
  EXPECT_THAT(supported_by(), ElementsAre(kNri));
  // Nor does whoever said it, once somebody bears the name.
  Register("org/invented", pb::ORGANISATION_KIND_CIVIL_SOCIETY);
  Stand("org/invented", input, pb::POSITION_KIND_SUPPORT);
  EXPECT_THAT(supported_by(), ElementsAre(kNri));
}

// Ten organisations of one kind and region stood above five initiatives of three regions once they
// were registered under five groups.
TEST_F(CountedTest, TheGroupOfAnOrganisationIsThatOfItsKind) {
  PublishScheme({"five", "ten"});
  const auto raise = [this](const std::string& name, pb::OrganisationKind kind, int group,
                            pb::Region region, const std::string& topic) {
    pb::Draft draft = testing::OrganisationDraft(name, kind);
    draft.set_author(kSecretariat);
    draft.mutable_organisation()->set_stakeholder_group(static_cast<pb::StakeholderGroup>(group));
    draft.mutable_organisation()->set_region(region);
    Publish(draft);
    Input(name, "an input", "fictional", {topic});
  };
  const pb::Region regions[] = {pb::REGION_AFRICAN, pb::REGION_AFRICAN, pb::REGION_GRULAC,
                                pb::REGION_GRULAC, pb::REGION_WEOG};
  for (int i = 0; i < 5; ++i) {
    raise(absl::StrCat("org/fictional-nri-", i), pb::ORGANISATION_KIND_NRI_NATIONAL, 0, regions[i],
          "fictional:five");
  }
  for (int i = 0; i < 10; ++i) {
    raise(absl::StrCat("org/fictional-ngo-", i), pb::ORGANISATION_KIND_CIVIL_SOCIETY, 1 + i % 5,
          pb::REGION_AFRICAN, "fictional:ten");
  }
  const auto radar = GetRadar(*As(""), pb::GetRadarRequest());
  ASSERT_TRUE(radar.ok()) << radar.status();
  ASSERT_EQ(radar->topics_size(), 2);
  EXPECT_EQ(radar->topics(0).topic(), "fictional:five");
  EXPECT_EQ(radar->topics(1).stakeholder_groups(), 1u);
  for (const pb::RadarContributor& one : radar->topics(1).contributors()) {
    EXPECT_EQ(one.stakeholder_group(), pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY);
  }
  const auto heard = GetRepresentation(*As(""), {});
  ASSERT_TRUE(heard.ok()) << heard.status();
  for (const pb::RepresentationRow& row : heard->by_stakeholder_group()) {
    EXPECT_EQ(row.inputs(), row.column() == "civil_society" ? 10u
                            : row.column() == "unspecified" ? 5u
                                                            : 0u)
        << row.column();
  }
}

}  // namespace
}  // namespace liaison::views
