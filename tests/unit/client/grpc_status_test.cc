#include "client/internal/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "liaison/error.h"
#include "tests/unit/client/in_process_hub.h"

namespace liaison::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kAddress[] = "127.0.0.1:7410";

TEST(FromGrpc, TheHubsDetailsArrive) {
  const absl::Status said = record::Error(Reason::kPositionAheadOfLog, "too far")
                                .With("head", uint64_t{7})
                                .Field("start.after", "is ahead of the log")
                                .RetryAfter(absl::Milliseconds(1500));
  const absl::Status heard = FromGrpc(liaison::testing::Refusal(said), kAddress);
  EXPECT_EQ(heard, said);
  EXPECT_EQ(ReasonOf(heard), Reason::kPositionAheadOfLog);
  EXPECT_EQ(MetadataOf(heard, "head"), "7");
  EXPECT_THAT(FieldViolationsOf(heard), SizeIs(1));
  EXPECT_EQ(RetryDelayOf(heard), absl::Milliseconds(1500));
}

TEST(FromGrpc, EveryReasonArrives) {
  for (const record::ReasonInfo& info : record::Reasons()) {
    const absl::Status said = record::Error(info.reason, "message");
    EXPECT_EQ(FromGrpc(liaison::testing::Refusal(said), kAddress), said) << info.name;
  }
}

TEST(FromGrpc, WithoutDetailsItWasTheLine) {
  const absl::Status heard =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed"), kAddress);
  EXPECT_EQ(heard.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(heard.message()), HasSubstr(kAddress));
  EXPECT_EQ(ReasonOf(heard), std::nullopt);
}

TEST(FromGrpc, DetailsThatContradictTheStatusAreNotBelieved) {
  google::rpc::Status details;
  details.set_code(0);
  const absl::Status heard = FromGrpc(
      grpc::Status(grpc::StatusCode::INTERNAL, "broken", details.SerializeAsString()), kAddress);
  EXPECT_EQ(heard, absl::InternalError("127.0.0.1:7410: broken"));
  EXPECT_EQ(FromGrpc(grpc::Status(grpc::StatusCode::INTERNAL, "broken", "\xff\xff"), kAddress),
            absl::InternalError("127.0.0.1:7410: broken"));
}

TEST(FromGrpc, OkIsOk) { EXPECT_TRUE(FromGrpc(grpc::Status::OK, kAddress).ok()); }

}  // namespace
}  // namespace liaison::internal
