#include "proto/record/witness_policy.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "testdata.h"

namespace liaison::record {
namespace {

NoteSigner NewWitness(const std::string& name) {
  return NoteSigner::Generate(name, NoteKeyType::kCosignature);
}

class WitnessPolicyTest : public ::testing::Test {
 protected:
  WitnessPolicyTest() {
    for (int i = 0; i < 5; ++i) signers_.push_back(NewWitness(absl::StrCat("w", i, ".example")));
  }

  std::string Line(int i) const {
    return absl::StrCat("witness w", i, " ", signers_[i].verifier().ToString(), "\n");
  }
  std::string Lines() const {
    std::string lines;
    for (int i = 0; i < 5; ++i) lines += Line(i);
    return lines;
  }
  WitnessPolicy Read(const std::string& groups) const {
    auto policy = WitnessPolicy::Parse(Lines() + groups);
    EXPECT_TRUE(policy.ok()) << policy.status();
    return *std::move(policy);
  }
  // What is wrong with these lines, which are all that is wrong.
  static std::string Fault(const std::string& text) {
    const auto policy = WitnessPolicy::Parse(text);
    return policy.ok() ? "" : std::string(policy.status().message());
  }

  std::vector<NoteSigner> signers_;
  const NoteSigner log_ = NoteSigner::Generate("log.example", NoteKeyType::kEd25519);
};

TEST_F(WitnessPolicyTest, EveryKindOfLine) {
  const auto policy = WitnessPolicy::Parse(
      absl::StrCat("# fictional\n\n\t log  ", log_.verifier().ToString(),
                   " https://log.example/\t\n", "witness w0 ", signers_[0].verifier().ToString(),
                   " https://w0.example/witness\n", Line(1), "group g 1 w0 w1\nquorum g"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->logs()[0].url, "https://log.example/");
  ASSERT_EQ(policy->witnesses().size(), 2u);
  EXPECT_EQ(policy->witnesses()[0].url, "https://w0.example/witness");
  EXPECT_EQ(policy->witnesses()[1].url, "");
  EXPECT_EQ(policy->witnesses()[1].key.name(), "w1.example");
  EXPECT_TRUE(policy->asks_for_witnesses());
}

TEST_F(WitnessPolicyTest, EveryQuorumOfTheSpecificationsExample) {
  const WitnessPolicy policy = Read(
      "group X 2 w0 w1 w2\n"
      "group Y any w3 w4\n"
      "group both all X Y\n"
      "quorum both\n");
  for (unsigned mask = 0; mask < 32; ++mask) {
    std::vector<size_t> seen;
    for (size_t i = 0; i < 5; ++i) {
      if ((mask >> i & 1) != 0) seen.push_back(i);
    }
    const int x = static_cast<int>(mask & 1) + static_cast<int>(mask >> 1 & 1) +
                  static_cast<int>(mask >> 2 & 1);
    EXPECT_EQ(policy.IsMet(seen), x >= 2 && (mask >> 3) != 0) << mask;
  }
}

TEST_F(WitnessPolicyTest, AQuorumOfNobodyIsAlwaysMet) {
  EXPECT_TRUE(Read("quorum none\n").IsMet(std::vector<size_t>{}));
  EXPECT_FALSE(Read("quorum none\n").asks_for_witnesses());
  EXPECT_TRUE(WitnessPolicy().IsMet(std::vector<size_t>{}));
  EXPECT_FALSE(Read("quorum w2\n").IsMet(std::vector<size_t>{0, 1, 3, 4}));
  EXPECT_TRUE(Read("quorum w2\n").IsMet(std::vector<size_t>{2}));
}

TEST_F(WitnessPolicyTest, AFaultNamesItsLineAndTheWayOut) {
  const std::string log = absl::StrCat("log ", log_.verifier().ToString(), "\n");
  const std::string half = absl::StrCat("witness w9 ", log_.verifier().ToString(), "\n");
  const struct {
    std::string text;
    std::string line;
    std::string words;
  } cases[] = {
      {Line(0), "", "no line `quorum NAME`, or `quorum none`"},
      {"quorum none\nquorum none\n", "line 2", "a policy has one"},
      {"quorum w0\n" + Line(0), "line 1", "no witness and no group of a line above"},
      {Line(0) + "quorum\n", "line 2", "write `quorum NAME`"},
      {Line(0) + Line(0), "line 2", "the name w0 is taken"},
      {log + log, "line 2", "stands there twice"},
      {"log x\n", "line 1", "`x`: this is no key"},
      {"log " + signers_[0].verifier().ToString(), "line 1", "of a witness, not of a log"},
      {half, "line 1", "of a log, not of a witness"},
      {"witness none " + signers_[0].verifier().ToString(), "line 1", "none is taken"},
      {"witness w0\n", "line 1", "write `witness NAME VKEY [URL]`"},
      {"log\n", "line 1", "write `log VKEY [URL]`"},
      {Line(0) + "group g any\n", "line 2", "write `group NAME"},
      {Line(0) + "group g 0 w0\n", "line 2", "a number from 1 to 1"},
      {Line(0) + "group g 2 w0\n", "line 2", "a number from 1 to 1"},
      {Line(0) + "group g 01 w0\n", "line 2", "a number from 1 to 1"},
      {Line(0) + "group g +1 w0\n", "line 2", "a number from 1 to 1"},
      {Line(0) + "group g any w0 w0\n", "line 2", "would count twice"},
      {Line(0) + "group g any w0\ngroup h any w0\n", "line 3", "would count twice"},
      {Line(0) + "group g any g\n", "line 2", "no witness and no group"},
      {Line(0) + "group w0 any w0\n", "line 2", "the name w0 is taken"},
      {Line(0) + "group g any none\n", "line 2", "none is no witness"},
      {"\n\ncosigner w0\n", "line 3", "none of log, witness, group, quorum"},
      {"# a bell \a\n", "line 1", "control character"},
      {"quorum none\r\n", "line 1", "control character"},
      {std::string(kMaxPolicySizeBytes + 1, '\n'), "", "at most"},
  };
  for (const auto& fault : cases) {
    const std::string said = Fault(fault.text);
    EXPECT_TRUE(absl::StrContains(said, fault.line) && absl::StrContains(said, fault.words))
        << fault.text << "\n"
        << said;
  }
}

TEST_F(WitnessPolicyTest, CountsWhoSignedTheNote) {
  const WitnessPolicy policy = Read("group g 2 w0 w1 w2\nquorum g\n");
  const std::string text = absl::StrCat("log.example\n3\n", "AAAA", "\n");
  const auto note_of = [&](const std::vector<std::string>& lines) {
    std::string note = absl::StrCat(text, "\n", log_.Sign(text));
    for (const std::string& line : lines) note += line;
    return *ParseNote(note);
  };
  const std::string stranger = NewWitness("w0.example").Sign(text, 7);
  const std::string of_another_text = signers_[1].Sign("log.example\n4\nAAAA\n", 7);
  auto cosigned = policy.CosignaturesOf(
      note_of({signers_[0].Sign(text, 7), signers_[0].Sign(text, 9), stranger, of_another_text}));
  ASSERT_EQ(cosigned.good.size(), 1u);
  EXPECT_EQ(cosigned.good[0].time_s, 7u);
  EXPECT_EQ(cosigned.good[0].line, signers_[0].Sign(text, 7));
  EXPECT_EQ(cosigned.wrong, std::vector<std::string>{"w1.example"});
  EXPECT_FALSE(policy.IsMet(cosigned.good)) << "twice the same witness is one";
  cosigned = policy.CosignaturesOf(note_of({signers_[0].Sign(text, 7), signers_[2].Sign(text, 8)}));
  EXPECT_TRUE(policy.IsMet(cosigned.good));
}

// Real ones: three cosigners of the public network.
TEST(WitnessPolicy, VectorsOfCosignatures) {
  const Json vectors = ReadTestdata("notes/cosignature-v1.json");
  ASSERT_EQ(vectors["cases"].size(), 3u);
  for (const Json& vector : vectors["cases"]) {
    const auto policy = WitnessPolicy::Parse(
        absl::StrCat("witness w ", vector["vkeys"][0].get<std::string>(), "\nquorum w\n"));
    ASSERT_TRUE(policy.ok()) << policy.status();
    const auto note = ParseNote(vector["msg"].get<std::string>());
    ASSERT_TRUE(note.ok()) << note.status();
    const WitnessPolicy::Cosigned cosigned = policy->CosignaturesOf(*note);
    EXPECT_TRUE(policy->IsMet(cosigned.good));
    EXPECT_TRUE(cosigned.wrong.empty());
  }
}

}  // namespace
}  // namespace liaison::record
