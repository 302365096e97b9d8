#include "client/cli/in_commands.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::cli {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

TEST(InCommandsTest, AMethodIsTheCommandThatAsksIt) {
  EXPECT_EQ(InCommands("window.cycle: no such cycle; ListCycles has them all"),
            "window.cycle: no such cycle; `liaison cycles` has them all");
  EXPECT_EQ(InCommands("GetEvent"), "`liaison get`");
  EXPECT_EQ(InCommands(""), "");
}

TEST(InCommandsTest, WordsStayWords) {
  for (const char* text : {"Publish the event first.", "MyListCycles", "ListCyclesOf", "naïve: ñ",
                           "org/listcycles", "list_cycles ListCycles_"}) {
    EXPECT_EQ(InCommands(text), text);
  }
}

std::set<std::string> MethodsOf(const google::protobuf::FileDescriptor* file) {
  std::set<std::string> names;
  for (int i = 0; i < file->service_count(); ++i) {
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      names.insert(file->service(i)->method(j)->name());
    }
  }
  return names;
}

// What a hub says names methods; a person at the command line has commands.
TEST(InCommandsTest, EveryMethodThatAHubsMessagesNameHasACommand) {
  std::set<std::string> methods;
  for (const auto* file : {igf::liaison::v1::GetRadarRequest::descriptor()->file(),
                           igf::liaison::v1::GetTrailRequest::descriptor()->file(),
                           igf::liaison::v1::ListEventsRequest::descriptor()->file()}) {
    for (const std::string& name : MethodsOf(file)) methods.insert(name);
  }
  // The scan below sees them whatever their service.
  methods.insert({"ListCycles", "ListOrganisations", "ListTopicSchemes", "ListCredentials"});
  std::set<std::string> named;
  const std::regex text("\"([^\"\\\\]|\\\\.)*\"");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(LIAISON_SOURCE_DIR) + "/server")) {
    if (entry.path().extension() != ".cc" ||
        entry.path().string().find("/web/") != std::string::npos) {
      continue;
    }
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      for (std::sregex_iterator at(line.begin(), line.end(), text), end; at != end; ++at) {
        std::istringstream words(std::regex_replace(at->str(), std::regex("[^A-Za-z]"), " "));
        for (std::string word; words >> word;) {
          if (methods.count(word) > 0) named.insert(word);
        }
      }
    }
  }
  EXPECT_THAT(named, Contains("ListCycles")) << "or nothing was looked at";
  std::set<std::string> without;
  for (const std::string& name : named) {
    if (InCommands(name) == name) without.insert(name);
  }
  EXPECT_THAT(without, IsEmpty());
}

}  // namespace
}  // namespace liaison::cli
