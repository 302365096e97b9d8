#include "server/config/offline_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"

namespace liaison::config {
namespace {

using ::testing::HasSubstr;

TEST(OfflineCommandTest, OnlyItsOwnWordsAreIts) {
  EXPECT_TRUE(IsOffline({"restore", "--from", "a"}));
  EXPECT_TRUE(IsOffline({"verify-backup"}));
  EXPECT_TRUE(IsOffline({"scrub"}));
  EXPECT_FALSE(IsOffline({}));
  EXPECT_FALSE(IsOffline({"--data-dir", "restore"}));
}

TEST(OfflineCommandTest, ReadsWhatIsAsked) {
  const auto restore =
      ParseOffline({"restore", "--from", "a", "--number", "3", "--data-dir", "b", "--progress"});
  ASSERT_TRUE(restore.ok()) << restore.status();
  EXPECT_EQ(restore->what, OfflineCommand::What::kRestore);
  EXPECT_EQ(restore->from, "a");
  EXPECT_EQ(restore->number, 3u);
  EXPECT_EQ(restore->data_dir, "b");
  EXPECT_TRUE(restore->progress);
  const auto verify = ParseOffline({"verify-backup", "--from", "a"});
  ASSERT_TRUE(verify.ok()) << verify.status();
  EXPECT_EQ(verify->what, OfflineCommand::What::kVerify);
  EXPECT_EQ(verify->number, 0u);
  const auto scrub = ParseOffline({"scrub", "--data-dir", "b", "--keys-dir", "k"});
  ASSERT_TRUE(scrub.ok()) << scrub.status();
  EXPECT_EQ(scrub->what, OfflineCommand::What::kScrub);
  EXPECT_EQ(scrub->data_dir, "b");
  EXPECT_EQ(scrub->keys_dir, "k");
}

TEST(OfflineCommandTest, WhatIsMissingOrUnknownIsSaid) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"restore", "--from", "a"},
        {"verify-backup"},
        {"scrub"},
        {"scrub", "--data-dir", "b", "--from", "a"},
        {"verify-backup", "--from", "a", "--data-dir", "b"},
        {"verify-backup", "--from", "a", "--number", "0"},
        {"restore", "--from", "a", "--data-dir", "b", "c"}}) {
    const absl::Status refused = ParseOffline(args).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("--help"));
  }
}

TEST(OfflineCommandTest, HelpHasExamples) {
  EXPECT_THAT(ParseOffline({"restore", "--help"})->print.value(), HasSubstr("Examples"));
  EXPECT_THAT(ParseOffline({"scrub", "--help"})->print.value(), HasSubstr("Examples"));
  EXPECT_THAT(ParseOffline({"verify-backup", "--help"})->print.value(), HasSubstr("Examples"));
}

}  // namespace
}  // namespace liaison::config
