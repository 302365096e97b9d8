#include "server/rpc/diagnosis.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;
using record::Reason;

absl::Status Diagnosed(absl::string_view bytes) {
  return Diagnose(bytes, pb::PublishRequest::descriptor());
}

std::string FieldOf(const absl::Status& status) {
  const auto violations = record::FieldViolationsOf(status);
  return violations.empty() ? "" : violations.front().field;
}

TEST(DiagnosisTest, TextThatIsNoUtf8IsNamedByItsPath) {
  pb::PublishRequest request;
  request.add_items()->mutable_draft()->set_author("org/x");
  request.add_items()->mutable_draft()->mutable_topic_signal()->set_title("caf?");
  std::string bytes = request.SerializeAsString();
  bytes[bytes.find('?')] = '\xe9';  // as Windows-1252 writes it
  const absl::Status status = Diagnosed(bytes);
  EXPECT_EQ(record::ReasonOf(status), Reason::kTextNotUtf8);
  EXPECT_EQ(FieldOf(status), "items[1].draft.topic_signal.title");
}

TEST(DiagnosisTest, GroupsNestedTooDeepAreRefused) {
  // Field 1000 of no message, as a group in a group in a group ...
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "\xc3\x3e";
  EXPECT_EQ(record::ReasonOf(Diagnosed(bytes)), Reason::kNestingTooDeep);
}

TEST(DiagnosisTest, EverythingElseIsUnreadable) {
  for (absl::string_view bytes :
       {"\xff", "\x0a\x7f", "\x0f", "\x0c", "\x09\x01", "\x0d\x01\x02", "\x08"}) {
    EXPECT_EQ(record::ReasonOf(Diagnosed(bytes)), Reason::kRequestUnreadable);
  }
}

}  // namespace
}  // namespace liaison::rpc
