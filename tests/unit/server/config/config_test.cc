#include "server/config/config.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/limits.h"
#include "tests/support/test_hub.h"

namespace liaison::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  std::string File(const std::string& text) {
    const std::string path = dir_.path() + "/liaisond.toml";
    std::ofstream(path) << text;
    return path;
  }
  absl::StatusOr<Request> Parse(std::vector<std::string> args) {
    return config::Parse(args, environment_);
  }
  testing::TempDir dir_;
  Environment environment_;
};

TEST_F(ConfigTest, FlagsOverEnvironmentOverFile) {
  const std::string file =
      File("data_dir = \"/from/file\"\nlisten = \"127.0.0.1:1\"\nhub = \"a\"\n");
  environment_["LIAISON_DATA_DIR"] = "/from/environment";
  environment_["LIAISON_LISTEN"] = "127.0.0.1:2";
  auto request = Parse({"--config", file, "--listen", "127.0.0.1:3"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->config.listen, "127.0.0.1:3");
  EXPECT_EQ(request->config.data_dir, "/from/environment");
  EXPECT_EQ(request->config.hub, "a");
}

TEST_F(ConfigTest, AnUnknownKeyIsAnErrorWithItsLine) {
  auto request = Parse({"--config", File("data_dir = \"x\"\n\ndata_dri = \"y\"\n")});
  EXPECT_THAT(std::string(request.status().message()), HasSubstr("line 3, data_dri"));
}

TEST_F(ConfigTest, WhatIsNoTomlIsAnErrorWithItsLine) {
  auto request = Parse({"--config", File("data_dir = \"x\"\nlisten = = 3\n")});
  EXPECT_THAT(std::string(request.status().message()), HasSubstr("line 2"));
}

TEST_F(ConfigTest, ABadValueNamesWhereItStands) {
  EXPECT_THAT(std::string(Parse({"--data-dir", "x", "--log-level", "loud"}).status().message()),
              HasSubstr("--log-level"));
  environment_["LIAISON_BLOCK_CACHE_MIB"] = "many";
  EXPECT_THAT(std::string(Parse({"--data-dir", "x"}).status().message()),
              HasSubstr("LIAISON_BLOCK_CACHE_MIB"));
}

TEST_F(ConfigTest, ZeroIsNoLimitAndWhatIsNotSaidStaysUnsaid) {
  auto request =
      Parse({"--data-dir", "x", "--organisation-calls-per-s", "0", "--address-streams", "7"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->config.organisation.calls_per_s, 0u);
  EXPECT_EQ(request->config.address.streams, 7u);
  EXPECT_EQ(request->config.organisation.streams, std::nullopt);
  EXPECT_THAT(
      std::string(Parse({"--data-dir", "x", "--address-mib-per-s", "-1"}).status().message()),
      HasSubstr("--address-mib-per-s"));
}

TEST_F(ConfigTest, EachShareIsItsOwn) {
  auto request =
      Parse({"--data-dir", "x", "--organisation-calls-per-s", "1", "--organisation-mib-per-s", "2",
             "--organisation-streams", "3", "--address-calls-per-s", "4", "--address-mib-per-s",
             "5", "--address-streams", "6"});
  ASSERT_TRUE(request.ok()) << request.status();
  const Share& organisation = request->config.organisation;
  EXPECT_EQ(organisation.calls_per_s, 1u);
  EXPECT_EQ(organisation.mib_per_s, 2u);
  EXPECT_EQ(organisation.streams, 3u);
  const Share& address = request->config.address;
  EXPECT_EQ(address.calls_per_s, 4u);
  EXPECT_EQ(address.mib_per_s, 5u);
  EXPECT_EQ(address.streams, 6u);
}

TEST_F(ConfigTest, AnUnknownVariableIsAnError) {
  environment_["LIAISON_DATA_DRI"] = "/var/lib/liaison";
  EXPECT_THAT(std::string(Parse({"--data-dir", "x"}).status().message()),
              HasSubstr("LIAISON_DATA_DRI: no such variable"));
}

TEST_F(ConfigTest, TheVariablesOfTheCommandLineAreNotOurs) {
  environment_["LIAISON_HUB"] = "127.0.0.1:7410";
  environment_["LIAISON_AS"] = "org/example-nri";
  auto request = Parse({"--data-dir", "x"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->config.hub, "igf");
}

// toml++ ran into undefined behaviour there.
TEST_F(ConfigTest, WhatCannotBeginAKeyIsRefusedByItsLine) {
  for (const char* text : {"\xC3\xA9 = 1\n", "\xCF\xBBhad", "hub = \xC3\xBC\n", "[=]\n"}) {
    const auto request = Parse({"--config", File(text)});
    EXPECT_FALSE(request.ok()) << text;
    EXPECT_THAT(std::string(request.status().message()), HasSubstr("line 1")) << text;
  }
}

TEST_F(ConfigTest, AFileThatGoesTooDeepIsRefusedByItsLine) {
  std::string deep = "\na";
  for (int i = 0; i < 30'000; ++i) deep += ".a";
  EXPECT_THAT(std::string(Parse({"--config", File(deep + " = 1\n")}).status().message()),
              AllOf(HasSubstr("liaisond.toml, line 2: "), HasSubstr("more than 32 parts")));
}

TEST_F(ConfigTest, AFileThatIsTooLargeIsRefusedWithItsName) {
  const std::string setting = "data_dir = \"x\"\n";
  const std::string notes(kConfigFile.size_bytes - setting.size(), '#');
  EXPECT_TRUE(Parse({"--config", File(setting + notes)}).ok());
  const std::string file = File(setting + notes + "#");
  EXPECT_THAT(std::string(Parse({"--config", file}).status().message()),
              HasSubstr(file + " is too large: it may have 64 KiB"));
}

TEST_F(ConfigTest, TheFileMayBeNamedByAVariable) {
  environment_["LIAISON_CONFIG"] = File("data_dir = \"/from/file\"\nslow_consumer_timeout_s = 5\n");
  auto request = Parse({});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->config.data_dir, "/from/file");
  EXPECT_EQ(request->config.slow_consumer_timeout_s, 5);
}

TEST_F(ConfigTest, TheFolderOfTheLogMustBeNamed) {
  EXPECT_THAT(std::string(Parse({}).status().message()), HasSubstr("--data-dir"));
}

TEST_F(ConfigTest, HelpHasExamples) {
  auto request = Parse({"--help"});
  ASSERT_TRUE(request.ok());
  EXPECT_THAT(*request->print, HasSubstr("Examples:"));
}

TEST_F(ConfigTest, AnUnknownFlagIsAnError) {
  EXPECT_THAT(std::string(Parse({"--data-dir", "x", "--fast"}).status().message()),
              HasSubstr("--fast"));
}

}  // namespace
}  // namespace liaison::config
