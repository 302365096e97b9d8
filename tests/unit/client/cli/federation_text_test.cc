#include "client/cli/commands/federation_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/table.h"
#include "proto/record/private_file.h"

namespace liaison::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'795'917'600);  // 29 Nov 2026, 10:00
constexpr char kOrigin[] =
    "hub.fictional-regional-initiative.example/regional/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11";
// The name of a peer, as long as it may be.
const std::string kLongName(60, 'r');
// What a hostile hub may say of itself: it steers a terminal and has no end.
std::string Hostile() {
  std::string text = "\x1B[2J\x1B]0;all is well\x07 line\nanother\u202E ";
  for (int i = 0; i < 50; ++i) absl::StrAppend(&text, "and so on ");
  return text;
}

void SetTime(int64_t seconds, google::protobuf::Timestamp* time) {
  time->set_seconds(seconds);
  time->set_nanos(123456789);
}

// Nothing but text, and 80 columns. Names that are longer stand by themselves.
void ExpectFits(const std::string& text, size_t longest_name = 0) {
  EXPECT_THAT(text, ::testing::EndsWith("\n"));
  EXPECT_EQ(text, PrintableLines(text)) << "it steers the terminal";
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(DisplayWidth(line), std::max(kFederationWidth, longest_name + 2)) << line;
  }
}

v1::Peer Peer(const std::string& name) {
  v1::Peer peer;
  peer.set_name(name);
  peer.mutable_standing()->set_condition(v1::PEER_CONDITION_ACTIVE);
  peer.set_reached(true);
  SetTime(absl::ToUnixSeconds(kNow), peer.mutable_contact_time());
  SetTime(absl::ToUnixSeconds(kNow - absl::Hours(24 * 400)), peer.mutable_pull_time());
  peer.set_pulled_through(123456789);
  v1::PulledLane& lane = *peer.add_lanes();
  lane.set_origin(kOrigin);
  lane.mutable_standing()->set_condition(v1::PEER_CONDITION_ACTIVE);
  lane.set_settled(120);
  lane.set_head_size(123);
  return peer;
}

TEST(FederationTextTest, TimesAreShort) {
  EXPECT_EQ(ShortTime(kNow, kNow), "29 Nov 02:00");
  EXPECT_EQ(ShortTime(kNow - absl::Hours(24 * 365), kNow), "29 Nov 2025");
  EXPECT_EQ(SecondText(kNow), "2026-11-29 02:00:00 UTC");
}

TEST(FederationTextTest, PeersStandInTwoTables) {
  v1::ListPeersResponse response;
  *response.add_peers() = Peer("igf");
  EXPECT_EQ(PeersText(response, kNow),
            absl::StrCat("PEER  CONDITION  ANSWERED      PULLED HERE  UP TO\n"
                         "igf   active     29 Nov 02:00  25 Oct 2025  123456789\n"
                         "\n"
                         "FROM  CONDITION  SETTLED  LAG\n"
                         "igf   active     120      3\n"
                         "  ",
                         kOrigin, "\n"));
  EXPECT_EQ(PeersText(v1::ListPeersResponse(), kNow), "The policy has no peers.\n");
}

TEST(FederationTextTest, WhatHasNotAnsweredIsNotActiveAndItsLagIsNotKnown) {
  v1::ListPeersResponse response;
  v1::Peer& peer = *response.add_peers() = Peer("igf");
  peer.set_reached(false);
  peer.mutable_lanes(0)->set_settled(123);
  const std::string text = PeersText(response, kNow);
  EXPECT_THAT(text, AllOf(HasSubstr("igf   not reached yet  "), HasSubstr("123      ?\n")));
  // What is known to be worse is said.
  peer.mutable_standing()->set_condition(v1::PEER_CONDITION_BLOCKED);
  EXPECT_THAT(PeersText(response, kNow), Not(HasSubstr("not reached")));
  peer.mutable_standing()->set_condition(v1::PEER_CONDITION_UNSPECIFIED);
  EXPECT_THAT(PeersText(response, kNow), HasSubstr("igf   not pulled"));
}

// One person's reason for a release, weeks later, is no fault of the peer's.
TEST(FederationTextTest, WhoWasReleasedIsNotAccused) {
  v1::ListPeersResponse response;
  v1::Peer& peer = *response.add_peers() = Peer("igf");
  peer.mutable_standing()->set_set_by("org/igf-secretariat (0011223344556677)");
  peer.mutable_standing()->set_why("they mended their clock");
  EXPECT_THAT(PeersText(response, kNow),
              HasSubstr("\n  released by org/igf-secretariat (0011223344556677): they mended"));
  peer.mutable_standing()->set_condition(v1::PEER_CONDITION_BLOCKED);
  EXPECT_THAT(PeersText(response, kNow), HasSubstr("\n  by org/igf-secretariat"));
}

TEST(FederationTextTest, OfWhatIsLeftAloneTheLagIsNotKnown) {
  v1::ListPeersResponse response;
  v1::Peer& peer = *response.add_peers() = Peer("igf");
  EXPECT_THAT(PeersText(response, kNow), HasSubstr("120      3\n"));
  v1::PeerStanding& origin = *peer.mutable_lanes(0)->mutable_standing();
  for (v1::PeerStanding* standing : {peer.mutable_standing(), &origin}) {
    for (const v1::PeerCondition left :
         {v1::PEER_CONDITION_QUARANTINED, v1::PEER_CONDITION_BLOCKED}) {
      standing->set_condition(left);
      EXPECT_THAT(PeersText(response, kNow), HasSubstr("120      ?\n"));
    }
    standing->set_condition(v1::PEER_CONDITION_DEGRADED);
    EXPECT_THAT(PeersText(response, kNow), HasSubstr("120      3\n"));
  }
}

TEST(FederationTextTest, WhatAllLanesStandForIsSaidAboveThem) {
  v1::ListPeersResponse response;
  *response.add_peers() = Peer("igf");
  *response.add_peers() = Peer("regional");
  const std::string why = "this hub is read-only: its log was put back";
  for (v1::Peer& peer : *response.mutable_peers()) peer.mutable_lanes(0)->set_trouble(why);
  const std::string text = PeersText(response, kNow);
  ExpectFits(text, sizeof(kOrigin));
  EXPECT_THAT(text, AllOf(HasSubstr(absl::StrCat("\nEvery lane stands: ", why, "\n\nFROM ")),
                          Not(HasSubstr("  stands: "))));
  response.mutable_peers(1)->mutable_lanes(0)->set_trouble("it does not answer");
  EXPECT_THAT(PeersText(response, kNow),
              AllOf(Not(HasSubstr("Every lane")), HasSubstr("  stands: this hub is read-only"),
                    HasSubstr("  stands: it does not answer")));
  response.mutable_peers()->RemoveLast();
  EXPECT_THAT(PeersText(response, kNow),
              AllOf(Not(HasSubstr("Every lane")), HasSubstr("  stands: this hub is read-only")));
}

TEST(FederationTextTest, AnErasureNamesTheHubsThatMayHaveTheWords) {
  v1::ListDeliveriesResponse response;
  EXPECT_EQ(ErasedElsewhereText(response, 24), "");
  for (const v1::DeliveryState state :
       {v1::DELIVERY_STATE_NOT_YET, v1::DELIVERY_STATE_KEPT, v1::DELIVERY_STATE_CONFIRMED}) {
    v1::PeerDelivery& delivery = *response.add_deliveries();
    delivery.set_peer(absl::StrCat("hub-", state));
    delivery.set_state(state);
  }
  EXPECT_THAT(PeersToErase(response), ::testing::ElementsAre("hub-2", "hub-1"));
  const std::string text = ErasedElsewhereText(response, 24);
  ExpectFits(text);
  EXPECT_THAT(text, AllOf(StartsWith("They may be at 2 other hubs as well"),
                          HasSubstr("\n  liaison federation confirmed 24\n")));
  EXPECT_THAT(ErasedElsewhereText(absl::PermissionDeniedError("no operator"), 24),
              HasSubstr("\n  liaison federation confirmed 24\n"));
}

TEST(FederationTextTest, AFileThatIsNoPolicyIsRefusedWithTheWayOut) {
  const std::string file = ::testing::TempDir() + "/federation-text-policy.toml";
  const auto said = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    const absl::StatusOr<std::string> text = ReadPolicyText(file);
    return text.ok() ? *text : absl::StrCat("!", text.status().message());
  };
  EXPECT_EQ(said("# nobody is a peer\n"), "# nobody is a peer\n");
  for (const char* empty : {"", "\n \n"}) {
    EXPECT_THAT(said(empty), AllOf(StartsWith(absl::StrCat("!", file, " is empty")),
                                   HasSubstr("# nobody is a peer")));
  }
  EXPECT_THAT(said(std::string("\xFF\xFE[\0p\0", 6)), HasSubstr("is not in UTF-8"));
  EXPECT_THAT(said("name = \"caf\xE9\""), HasSubstr("is not in UTF-8"));
  std::filesystem::remove(file);
  EXPECT_TRUE(absl::IsNotFound(ReadPolicyText(file).status()));
}

TEST(FederationTextTest, APolicyIsReadUpToItsLimitAndALargerOneIsRefusedWithTheWayOut) {
  const std::string file = ::testing::TempDir() + "/federation-text-large-policy.toml";
  std::string policy;
  for (int i = 0; policy.size() < 100'000; ++i) {
    absl::StrAppend(&policy, "[[peer.regional.send]]\nname = \"rule ", i,
                    "\"\naudiences = [\"igf/public\"]\n");
  }
  for (const size_t size : {policy.size(), record::kMaxFederationPolicySizeBytes}) {
    policy.append(size - policy.size(), '#');
    std::ofstream(file, std::ios::binary) << policy;
    const absl::StatusOr<std::string> text = ReadPolicyText(file);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_TRUE(*text == policy);
  }
  std::ofstream(file, std::ios::binary) << policy << '#';
  EXPECT_THAT(std::string(ReadPolicyText(file).status().message()),
              AllOf(StartsWith(absl::StrCat(file, " is too large")), HasSubstr("256 KiB"),
                    HasSubstr("leave comments out, or write fewer rules")));
  std::filesystem::remove(file);
}

TEST(FederationTextTest, NoPeerMakesTheTableWiderOrSteersTheTerminal) {
  v1::ListPeersResponse response;
  *response.add_peers() = Peer("igf");
  v1::Peer& bad = *response.add_peers() = Peer(kLongName);
  bad.mutable_standing()->set_condition(v1::PEER_CONDITION_QUARANTINED);
  bad.mutable_standing()->set_why(Hostile());
  v1::PulledLane& lane = *bad.mutable_lanes(0);
  lane.mutable_standing()->set_condition(v1::PEER_CONDITION_QUARANTINED);
  lane.mutable_standing()->set_why(std::string(1000, 'w'));
  lane.mutable_standing()->set_set_by("org/igf-secretariat (0011223344556677 the laptop)");
  lane.set_gap_first(121);
  lane.set_gap_last(122);
  for (const char* why : {"signature-wrong", "key-unknown", "key-revoked", "not-taken", "unread"}) {
    (*lane.mutable_counts())[absl::StrCat("rejected/", why)] = 1'000'000;
  }
  (*lane.mutable_counts())["accepted"] = 7;
  const std::string text = PeersText(response, kNow);
  ExpectFits(text, sizeof(kOrigin));
  EXPECT_THAT(text, AllOf(HasSubstr("quarantined"), HasSubstr("<U+001B>[2J"), HasSubstr("…"),
                          HasSubstr("key-revoked 1000000"), HasSubstr("121 to 122"),
                          Not(HasSubstr("accepted")), Not(HasSubstr(std::string(62, 'w')))));
}

TEST(FederationTextTest, DeliveriesFit) {
  v1::ListDeliveriesResponse response;
  response.set_sequence(42);
  response.set_type(v1::EVENT_TYPE_TOPIC_SIGNAL);
  response.set_author("org/fictional-regional-initiative/secretariat");
  response.set_audience("igf/public");
  v1::PeerDelivery& delivery = *response.add_deliveries();
  delivery.set_peer("regional");
  delivery.set_state(v1::DELIVERY_STATE_CONFIRMED);
  delivery.set_settled(42);
  SetTime(absl::ToUnixSeconds(kNow), delivery.mutable_settle_time());
  delivery.set_rule("send \"what is public\"");
  EXPECT_EQ(DeliveriesText(response, kNow),
            "Event 42, topic-signal of org/fictional-regional-initiative/secretariat for\n"
            "igf/public.\n"
            "PEER      CONFIRMED  IS AT  SINCE         ASKED\n"
            "regional  confirmed  42     29 Nov 02:00  never\n"
            "  send \"what is public\"\n"
            "Confirmed is what the peer says itself. `liaison federation why 42 --at PEER`\n"
            "says more.\n");
  // What keeps it stands at its end.
  const std::string keeps =
      "`relays` does not name localhost/igf/7467e0c1-7d4f-4f8e-9a53-0d7c6f1f8a11, whose own hub "
      "it goes by";
  delivery.set_rule(keeps);
  EXPECT_THAT(DeliveriesText(response, kNow), HasSubstr("whose own hub"));
  ExpectFits(DeliveriesText(response, kNow));
  delivery.set_peer(kLongName);
  delivery.set_rule(absl::StrCat("send \"", std::string(300, 'x'), "\x1B[1m\""));
  delivery.add_reasons(Hostile());
  ExpectFits(DeliveriesText(response, kNow));
  const std::string reasons = DeliveryReasonsText(response);
  ExpectFits(reasons);
  EXPECT_THAT(reasons, AllOf(StartsWith("Event 42, topic-signal of "), HasSubstr("\n  ")));
}

TEST(FederationTextTest, AnArrivalIsSaidInSentences) {
  v1::ExplainArrivalResponse response;
  response.set_state(v1::ARRIVAL_STATE_NOT_TAKEN);
  response.add_reasons("this hub's policy does not take it (receive \"not from them\")");
  response.add_reasons(Hostile());
  const std::string text = ArrivalText("Event 42", kOrigin, response);
  EXPECT_THAT(text, HasSubstr("\n  this hub's policy does not take it (receive"));
  ExpectFits(text, sizeof(kOrigin));
}

TEST(FederationTextTest, WhatLeavesStandsByItsRule) {
  std::vector<v1::SharedEvent> events;
  for (const uint64_t sequence : {2, 4, 5}) {
    v1::SharedEvent& event = events.emplace_back();
    event.set_sequence(sequence);
    event.set_author("org/fictional-a");
    event.set_type(v1::EVENT_TYPE_TOPIC_SIGNAL);
    event.set_audience("igf/public");
    event.set_rule(sequence == 4 ? "send \"two\"" : "send \"one\"");
    if (sequence != 4) event.add_sections(v1::SECTION_KIND_CONTENT);
  }
  Kept kept;
  v1::KeptEvents& stays = kept[{"igf/partners", "no rule"}];
  stays.set_audience("igf/partners");
  stays.set_rule("no rule of `send` fits");
  stays.set_events(3);
  EXPECT_EQ(SharingText(events, kept),
            "By send \"one\", with content:\n"
            "SEQUENCE  TYPE          AUDIENCE    AUTHOR\n"
            "2         topic-signal  igf/public  org/fictional-a\n"
            "5         topic-signal  igf/public  org/fictional-a\n"
            "\n"
            "By send \"two\", the header alone:\n"
            "SEQUENCE  TYPE          AUDIENCE    AUTHOR\n"
            "4         topic-signal  igf/public  org/fictional-a\n"
            "\n"
            "3 events for igf/partners would stay: no rule of `send` fits.\n");
  events[0].set_author(absl::StrCat("org/", std::string(90, 'a'), "/\x1B[1m"));
  events[1].set_audience(absl::StrCat("igf/wg-", std::string(90, 'b'), "@3"));
  events[2].set_rule(Hostile());
  ExpectFits(SharingText(events, kept));
  EXPECT_THAT(SharingText({}, kept), StartsWith("Nothing would leave.\n"));
}

TEST(FederationTextTest, ChangesAndWarningsSteerNothing) {
  google::protobuf::RepeatedPtrField<v1::PolicyChange> changes;
  v1::PolicyChange& change = *changes.Add();
  change.set_what("peer.igf.address");
  change.set_before("'a:1'");
  change.set_after("'b:1\x1B[1m'");
  EXPECT_EQ(ChangesText(changes),
            "- peer.igf.address = 'a:1'\n+ peer.igf.address = 'b:1<U+001B>[1m'\n");
  google::protobuf::RepeatedPtrField<std::string> warnings;
  *warnings.Add() = absl::StrCat("peer.igf: ", Hostile());
  ExpectFits(WarningsText(warnings));
  EXPECT_THAT(WarningsText(warnings), StartsWith("Warning: peer.igf: "));
}

}  // namespace
}  // namespace liaison::cli
