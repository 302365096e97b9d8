#include "proto/record/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"

namespace liaison::record {
namespace {

constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

int CountOf(const google::rpc::Status& proto, const std::string& type_url) {
  int count = 0;
  for (const auto& detail : proto.details()) count += detail.type_url() == type_url;
  return count;
}

absl::StatusOr<int> Refuse() {
  return Error(Reason::kPositionAheadOfLog, "too far").With("head", uint64_t{7});
}

TEST(Error, ReadsAsAReturnValue) {
  const absl::Status status = Refuse().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(), "too far");
  EXPECT_EQ(ReasonOf(status), Reason::kPositionAheadOfLog);
  EXPECT_EQ(MetadataOf(status, "head"), "7");
  EXPECT_EQ(MetadataOf(status, "tail"), "");
  EXPECT_TRUE(FieldViolationsOf(status).empty());
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
}

TEST(Error, EveryReasonHasItsCode) {
  for (const ReasonInfo& info : Reasons()) {
    const absl::Status status = Error(info.reason, "message");
    EXPECT_EQ(status.code(), info.code) << info.name;
    EXPECT_EQ(ReasonOf(status), info.reason) << info.name;
  }
}

TEST(Error, CarriesDetailsUnderTheirTypeUrls) {
  const absl::Status status = Error(Reason::kQueueFull, "full")
                                  .With("limit", uint64_t{100})
                                  .Field("items", "send fewer")
                                  .RetryAfter(absl::Milliseconds(1500));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*status.GetPayload(kErrorInfoUrl))));
  EXPECT_EQ(info.reason(), "QUEUE_FULL");
  EXPECT_EQ(info.domain(), "liaison.igf");
  EXPECT_EQ(info.metadata().at("limit"), "100");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(bad_request.ParseFromString(std::string(*status.GetPayload(kBadRequestUrl))));
  EXPECT_EQ(bad_request.field_violations(0).field(), "items");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*status.GetPayload(kRetryInfoUrl))));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(Error, RetryDelays) {
  const auto delay = [](absl::Duration d) {
    return RetryDelayOf(Error(Reason::kQueueFull, "full").RetryAfter(d));
  };
  EXPECT_EQ(delay(absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(delay(absl::Nanoseconds(1)), absl::Nanoseconds(1));
  EXPECT_EQ(delay(absl::Seconds(-3)), absl::ZeroDuration());
  EXPECT_GT(*delay(absl::InfiniteDuration()), absl::Hours(24 * 365 * 1000));
}

TEST(Error, QuotaViolations) {
  const absl::Status status = Error(Reason::kQuotaExceeded, "too many calls")
                                  .Quota("org/eurodig", "100 calls a second")
                                  .RetryAfter(absl::Milliseconds(20));
  google::rpc::QuotaFailure quota;
  ASSERT_TRUE(quota.ParseFromString(
      std::string(*status.GetPayload("type.googleapis.com/google.rpc.QuotaFailure"))));
  EXPECT_EQ(quota.violations(0).subject(), "org/eurodig");
  for (const absl::Status& received : {status, FromProto(ToProto(status))}) {
    ASSERT_TRUE(QuotaViolationOf(received).has_value());
    EXPECT_EQ(QuotaViolationOf(received)->subject, "org/eurodig");
    EXPECT_EQ(QuotaViolationOf(received)->description, "100 calls a second");
    EXPECT_EQ(RetryDelayOf(received), absl::Milliseconds(20));
  }
  EXPECT_FALSE(QuotaViolationOf(FieldInvalid("a", "is wrong")).has_value());
  const absl::Status cut = FromProto(ToProto(Error(Reason::kQuotaExceeded, std::string(5000, 'x'))
                                                 .Quota(std::string(5000, 'y'), "all of it")));
  ASSERT_TRUE(QuotaViolationOf(cut).has_value());
  EXPECT_LT(QuotaViolationOf(cut)->subject.size(), 5000u);
}

TEST(Error, FieldViolations) {
  const absl::Status one = FieldInvalid("items[3].draft.topics[0]", "no such form");
  EXPECT_EQ(one.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(one), Reason::kFieldInvalid);
  EXPECT_EQ(one.message(), "items[3].draft.topics[0]: no such form");
  const absl::Status two = FieldsInvalid({{"a", "is wrong"}, {"b", "is missing"}});
  EXPECT_EQ(ReasonOf(two), Reason::kFieldInvalid);
  const std::vector<FieldViolation> violations = FieldViolationsOf(two);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "a");
  EXPECT_EQ(violations[1].description, "is missing");
  EXPECT_EQ(FieldsInvalid({{"a", "is wrong"}}), FieldInvalid("a", "is wrong"));
}

TEST(Error, WhatIsNoUtf8IsEscapedSoThatTheStatusStaysReadable) {
  const absl::Status status = Error(Reason::kTextNotUtf8, "caf\xe9")
                                  .With("value", "\xff")
                                  .Field("te\xc0xt", "\xed\xa0\x80");
  const google::rpc::Status proto = ToProto(status);
  google::rpc::Status parsed;
  EXPECT_TRUE(parsed.ParseFromString(proto.SerializeAsString()));
  EXPECT_EQ(parsed.message(), "caf\\xe9");
  EXPECT_EQ(MetadataOf(FromProto(parsed), "value"), "\\xff");
  EXPECT_TRUE(IsText(ToProto(absl::InternalError("\xff")).message()));
}

TEST(Errors, StatusesOfOthersHaveNoReason) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ReasonOf(absl::UnavailableError("connection reset")), std::nullopt);
  absl::Status foreign = absl::NotFoundError("x");
  google::rpc::ErrorInfo info;
  info.set_reason("NOT_FOUND");
  info.set_domain("example.org");
  foreign.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  EXPECT_EQ(ReasonOf(foreign), std::nullopt);
  info.set_domain("liaison.igf");
  info.set_reason("INVENTED_LATER");
  foreign.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  EXPECT_EQ(ReasonOf(foreign), std::nullopt);
  foreign.SetPayload(kErrorInfoUrl, absl::Cord("\xff\xff"));
  EXPECT_EQ(ReasonOf(foreign), std::nullopt);
}

TEST(Errors, ThereAndBack) {
  const absl::Status status = Error(Reason::kChainMoved, "moved")
                                  .With("chain", "abc")
                                  .Field("checks[0]", "moved on")
                                  .RetryAfter(absl::Seconds(2));
  const google::rpc::Status proto = ToProto(status);
  EXPECT_EQ(proto.code(), static_cast<int>(absl::StatusCode::kAborted));
  EXPECT_EQ(proto.details_size(), 3);
  EXPECT_EQ(FromProto(proto), status);
  EXPECT_EQ(MetadataOf(FromProto(proto), "truncated"), "");
}

TEST(Errors, OkIsOk) {
  EXPECT_EQ(ToProto(absl::OkStatus()).ByteSizeLong(), 0u);
  EXPECT_TRUE(FromProto(google::rpc::Status()).ok());
}

TEST(Errors, AStatusWithoutDetailsKeepsItsCodeAndIsInternal) {
  for (const absl::Status& status :
       {absl::CancelledError("gone"), absl::DeadlineExceededError("late"),
        absl::InternalError("broken"), absl::UnimplementedError("no such method")}) {
    const google::rpc::Status proto = ToProto(status);
    EXPECT_EQ(proto.code(), static_cast<int>(status.code()));
    EXPECT_EQ(CountOf(proto, kErrorInfoUrl), 1);
    EXPECT_EQ(ReasonOf(FromProto(proto)), Reason::kInternal);
  }
}

TEST(Errors, ACodeThatIsNoneIsUnknown) {
  for (int code : {-1, 17, 1000}) {
    google::rpc::Status proto;
    proto.set_code(code);
    EXPECT_EQ(FromProto(proto).code(), absl::StatusCode::kUnknown) << code;
  }
}

// What must hold of every error that goes out.
void ExpectSendable(const absl::Status& status) {
  const google::rpc::Status proto = ToProto(status);
  EXPECT_LE(proto.ByteSizeLong(), kMaxErrorSizeBytes);
  EXPECT_TRUE(IsText(proto.message()));
  EXPECT_EQ(CountOf(proto, kErrorInfoUrl), 1);
  const absl::Status received = FromProto(proto);
  EXPECT_EQ(received.code(), status.code());
  EXPECT_EQ(ReasonOf(received), ReasonOf(status));
  EXPECT_EQ(RetryDelayOf(received), RetryDelayOf(status));
  const bool whole = received.message() == status.message() &&
                     FieldViolationsOf(received).size() == FieldViolationsOf(status).size();
  EXPECT_TRUE(whole || MetadataOf(received, "truncated") == "true");
}

TEST(Errors, ALongMessageIsCutBetweenCharacters) {
  for (size_t padding = 0; padding < 4; ++padding) {
    std::string text(padding, 'x');
    for (int i = 0; i < 5000; ++i) text += "日";
    const absl::Status status = Error(Reason::kInternal, text).With("key", "kept");
    ExpectSendable(status);
    const absl::Status received = FromProto(ToProto(status));
    EXPECT_TRUE(absl::StartsWith(text, received.message()));
    EXPECT_GT(received.message().size(), 700u);
    EXPECT_EQ(MetadataOf(received, "key"), "kept");
    EXPECT_EQ(MetadataOf(received, "truncated"), "true");
  }
}

TEST(Errors, ManyViolationsAreCutFromTheEnd) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 1000; ++i) {
    violations.push_back({absl::StrCat("items[", i, "].draft.title"), "is missing"});
  }
  const absl::Status status = FieldsInvalid(violations);
  ExpectSendable(status);
  const auto kept = FieldViolationsOf(FromProto(ToProto(status)));
  ASSERT_GT(kept.size(), 50u) << "as many as fit";
  ASSERT_LT(kept.size(), 1000u);
  for (size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i].field, violations[i].field);
  // Found in review: nothing said that the list was not all of it.
  EXPECT_THAT(std::string(FromProto(ToProto(status)).message()),
              ::testing::EndsWith(
                  absl::StrCat("is missing (", 1000 - kept.size(), " more are not listed)")));
  violations.resize(kept.size());
  const absl::Status listed = FromProto(ToProto(FieldsInvalid(violations)));
  EXPECT_THAT(std::string(listed.message()), ::testing::EndsWith("is missing"));
}

TEST(Errors, OneGiantViolationSurvivesInPart) {
  const absl::Status status = FieldInvalid(std::string(100'000, 'f'), std::string(100'000, 'd'));
  ExpectSendable(status);
  const auto kept = FieldViolationsOf(FromProto(ToProto(status)));
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_FALSE(kept[0].description.empty());
}

TEST(Errors, WhateverIsSaidFits) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto text = [&random] {
    static constexpr size_t kSizes[] = {0, 1, 60, 64, 65, 255, 256, 257, 800, 801, 5000};
    static constexpr absl::string_view kPieces[] = {"a", "é", "日", "👍", "\xff", ".", "\n"};
    std::string bytes;
    const size_t size = kSizes[random() % std::size(kSizes)];
    while (bytes.size() < size) {
      const absl::string_view piece = kPieces[random() % std::size(kPieces)];
      bytes.append(piece.data(), piece.size());
    }
    return bytes;
  };
  for (int round = 0; round < 500; ++round) {
    const auto reasons = Reasons();
    Error error(reasons[random() % reasons.size()].reason, text());
    for (int i = random() % 20; i > 0; --i) std::move(error).With(text(), text());
    for (int i = random() % 20; i > 0; --i) std::move(error).Field(text(), text());
    if (random() % 2 == 0) std::move(error).RetryAfter(absl::Milliseconds(random() % 100'000));
    ExpectSendable(std::move(error));
  }
}

}  // namespace
}  // namespace liaison::record
