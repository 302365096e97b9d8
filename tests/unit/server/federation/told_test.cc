#include "server/federation/told.h"

#include <gtest/gtest.h>

#include "proto/record/errors.h"
#include "server/federation/lane.h"
#include "server/federation/peer_state.h"

namespace liaison::federation {
namespace {

TEST(ToldTest, IsCutBetweenCharacters) {
  EXPECT_EQ(Told("short", 10), "short");
  EXPECT_EQ(Told("0123456789a", 10), "0123456789");
  EXPECT_EQ(Told("12345678\xC3\xA9z", 9), "12345678");
  EXPECT_EQ(Told("12345678\xC3\xA9z", 10), "12345678\xC3\xA9");
}

TEST(ToldTest, WhatIsNoTextIsEscapedAndStillShort) {
  EXPECT_EQ(Told("a\xFF", 100), "a\\xff");
  EXPECT_LE(Told(std::string(1000, '\xFF'), 100).size(), 100u);
}

// They may be about "this hub", which is theirs.
TEST(ToldTest, WhyAPeerRefusesStandsInQuotes) {
  const absl::Status refused =
      record::Error(record::Reason::kNotPermitted, "this hub has blocked you");
  EXPECT_TRUE(HasRefused(refused));
  EXPECT_EQ(WhyNotAnswered(refused, 100), "it refuses: \"this hub has blocked you\"");
  EXPECT_EQ(WhyNotAnswered(refused, 8), "it refuses: \"this hub\"");
  EXPECT_FALSE(HasRefused(absl::UnavailableError("nobody there")));
  EXPECT_EQ(WhyNotAnswered(absl::UnavailableError("nobody there"), 100), "nobody there");
}

// A peer's words must not make a row that a hub cannot read when it starts.
TEST(ToldTest, RowsWithWhatAPeerSaidCanBeReadAgain) {
  for (const std::string& said :
       {std::string("\xFF\xFE"), std::string(999, 'x') + "\xC3\xA9", std::string(5000, '\xC3')}) {
    PeerState state;
    state.Fault(rows::CAUSE_MALFORMED, said, absl::FromUnixSeconds(1'800'000'000));
    rows::PeerState row;
    EXPECT_TRUE(row.ParseFromString(state.ToRow().SerializeAsString()));
    EXPECT_LE(row.why().size(), 1000u);
  }
}

}  // namespace
}  // namespace liaison::federation
