#include "client/cli/signature_crew.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "proto/record/pae.h"

namespace liaison::cli {
namespace {

// Claims of one author, of whom some are changed after they were signed.
class SignatureCrewTest : public ::testing::Test {
 protected:
  // The verdict on so many claims, of which `wrong` are wrong.
  SignatureCrew::Verdict Check(size_t threads, uint64_t count, const std::set<uint64_t>& wrong) {
    SignatureCrew crew(threads);
    for (uint64_t i = 0; i < count; ++i) {
      std::string header = absl::StrCat("fictional header ", i % 7);
      const std::string signature = key_.Sign(record::kEventHeaderType, header);
      if (wrong.count(i) > 0) header[0] = 'F';
      crew.Add({i, absl::StrCat("event ", i), public_key_, header, signature});
    }
    return crew.Finish();
  }

  const record::SigningKey key_ = record::SigningKey::Generate();
  const std::string public_key_ = key_.public_key();
};

TEST_F(SignatureCrewTest, TellsEachThatIsWrongHoweverManyThreads) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (const size_t threads : {0, 1, 3}) {
    for (const uint64_t count : {0, 1, 63, 64, 65, 128, 129, 1000}) {
      std::set<uint64_t> wrong;
      for (uint64_t i = 0; i < count; ++i) {
        if (random() % 10 == 0) wrong.insert(i);
      }
      const SignatureCrew::Verdict verdict = Check(threads, count, wrong);
      EXPECT_EQ(verdict.right, count - wrong.size());
      EXPECT_EQ(verdict.wrong, wrong.size());
      ASSERT_EQ(verdict.first_wrong.size(), wrong.size());
      for (const auto& [number, words] : verdict.first_wrong) {
        EXPECT_EQ(wrong.count(number), 1u);
        EXPECT_EQ(words, absl::StrCat("event ", number));
      }
    }
  }
}

TEST_F(SignatureCrewTest, KeepsTheFirstOfTooMany) {
  std::set<uint64_t> wrong;
  for (uint64_t i = 0; i < 1000; ++i) wrong.insert(i);
  const SignatureCrew::Verdict verdict = Check(3, 1000, wrong);
  EXPECT_EQ(verdict.wrong, 1000u);
  ASSERT_EQ(verdict.first_wrong.size(), 200u);
  EXPECT_EQ(verdict.first_wrong.rbegin()->first, 199u);
}

TEST_F(SignatureCrewTest, AHeaderOfAnySizeIsTaken) {
  SignatureCrew crew(2);
  const std::string large(1 << 20, 'x');
  const std::string signature = key_.Sign(record::kEventHeaderType, large);
  for (uint64_t i = 0; i < 20; ++i) crew.Add({i, "", public_key_, large, signature});
  crew.Add({20, "cut", public_key_, large, absl::string_view(signature).substr(1)});
  const SignatureCrew::Verdict verdict = crew.Finish();
  EXPECT_EQ(verdict.right, 20u);
  EXPECT_EQ(verdict.first_wrong, (std::map<uint64_t, std::string>{{20, "cut"}}));
}

TEST_F(SignatureCrewTest, MayBeGivenUpInTheMiddle) {
  for (int round = 0; round < 5; ++round) {
    SignatureCrew crew(2);
    const std::string signature = key_.Sign(record::kEventHeaderType, "header");
    for (uint64_t i = 0; i < 500; ++i) crew.Add({i, "", public_key_, "header", signature});
  }
}

}  // namespace
}  // namespace liaison::cli
