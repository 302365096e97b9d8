#include "liaison/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/record/way_out.h"

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(IsTransient, IsWhatMaySucceedUnchanged) {
  EXPECT_TRUE(IsTransient(absl::UnavailableError("no connection")));
  EXPECT_TRUE(IsTransient(absl::DeadlineExceededError("slow")));
  EXPECT_TRUE(IsTransient(record::Error(Reason::kQueueFull, "full").RetryAfter(absl::Seconds(1))));
  EXPECT_TRUE(IsTransient(record::Error(Reason::kShuttingDown, "bye")));
}

TEST(IsTransient, IsNotWhatTheCallerMustChange) {
  EXPECT_FALSE(IsTransient(absl::OkStatus()));
  EXPECT_FALSE(IsTransient(absl::ResourceExhaustedError("message too large")));
  EXPECT_FALSE(IsTransient(record::FieldInvalid("a", "b")));
  EXPECT_FALSE(IsTransient(record::Error(Reason::kChainMoved, "moved")));
  EXPECT_FALSE(IsTransient(absl::DataLossError("rotten")));
}

TEST(Explain, NamesEveryFieldAndWhatToDo) {
  const std::string text = Explain(record::FieldsInvalid(
      {{"items[3].draft.cycle", "must be a year"}, {"items[4].draft.author", "is missing"}}));
  EXPECT_THAT(text, AllOf(HasSubstr("items[3].draft.cycle: must be a year"),
                          HasSubstr("items[4].draft.author: is missing"), HasSubstr("What to do: "),
                          HasSubstr("FIELD_INVALID")));
  EXPECT_THAT(text.back(), Not('\n'));
}

TEST(Explain, SaysNothingTwice) {
  const std::string text = Explain(record::FieldInvalid("draft.cycle", "must be a year"));
  EXPECT_THAT(text, StartsWith("draft.cycle: must be a year\nWhat to do: "));
}

TEST(Explain, TheHubsOwnWayOutIsTheBetterOne) {
  const std::string text = Explain(record::Error(Reason::kNotPermitted, "it takes two people")
                                       .With(record::kWayOut, "Ask another operator."));
  EXPECT_EQ(text, "it takes two people\nWhat to do: Ask another operator.\n(NOT_PERMITTED)");
}

TEST(Explain, HasSomethingToSayToEveryReason) {
  for (const record::ReasonInfo& info : record::Reasons()) {
    const std::string text = Explain(record::Error(info.reason, "the message"));
    EXPECT_THAT(text, AllOf(HasSubstr("the message"), HasSubstr(std::string(info.action)),
                            HasSubstr(std::string(info.name))));
    EXPECT_FALSE(info.action.empty()) << info.name;
  }
}

TEST(Explain, SaysWhenNoHubWasReached) {
  const std::string text = Explain(absl::UnavailableError("could not connect to 127.0.0.1:7410"));
  EXPECT_THAT(text, AllOf(StartsWith("The hub cannot be reached.\n"), HasSubstr("127.0.0.1:7410"),
                          HasSubstr("address is right"), HasSubstr("UNAVAILABLE")));
}

TEST(Explain, SaysHowLongTheHubWantsToBeLeftAlone) {
  const absl::Status full =
      record::Error(Reason::kQueueFull, "full").RetryAfter(absl::Milliseconds(250));
  EXPECT_THAT(Explain(full), HasSubstr("250ms"));
}

}  // namespace
}  // namespace liaison
