#include "proto/record/error_reason.h"

#include <gtest/gtest.h>

#include <map>

#include "absl/strings/ascii.h"
#include "testdata.h"

namespace liaison::record {
namespace {

TEST(ErrorReason, TheTableIsAppendOnly) {
  std::map<int, const ReasonInfo*> table;
  for (const ReasonInfo& info : Reasons()) table[static_cast<int>(info.reason)] = &info;
  const Json golden = ReadTestdata("golden/error_reasons.json");
  for (const Json& line : golden) {
    const int number = line["number"].get<int>();
    ASSERT_TRUE(table.count(number)) << "reason " << number << " was removed: reasons are API";
    EXPECT_EQ(table[number]->name, line["name"].get<std::string>())
        << "a name of a reason changed: reasons are API";
    EXPECT_EQ(absl::StatusCodeToString(table[number]->code), line["code"].get<std::string>())
        << "a code of a reason changed: reasons are API";
  }
  EXPECT_EQ(table.size(), golden.size()) << "append the new reasons to error_reasons.json";
}

TEST(ErrorReason, EveryReasonSaysWhatToDo) {
  std::map<absl::string_view, int> names;
  for (const ReasonInfo& info : Reasons()) {
    EXPECT_EQ(++names[info.name], 1) << info.name;
    EXPECT_NE(info.code, absl::StatusCode::kOk);
    EXPECT_LE(info.name.size(), 63u) << "the limit of google.rpc.ErrorInfo";
    for (char c : info.name) {
      EXPECT_TRUE(absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_') << info.name;
    }
    EXPECT_GT(info.action.size(), 20u) << info.name;
    EXPECT_EQ(info.action.back(), '.') << info.name;
  }
}

TEST(ErrorReason, InfoOfFindsEachAndIsInternalForWhatIsNone) {
  for (const ReasonInfo& info : Reasons()) EXPECT_EQ(&InfoOf(info.reason), &info);
  const int behind_the_last = static_cast<int>(Reasons().back().reason) + 1;
  for (int number : {-1, 0, 29, behind_the_last, 1000}) {
    EXPECT_EQ(InfoOf(static_cast<Reason>(number)).reason, Reason::kInternal) << number;
  }
}

}  // namespace
}  // namespace liaison::record
