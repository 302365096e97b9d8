#include "proto/record/private_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::record {
namespace {

using ::testing::HasSubstr;

class PrivateFileTest : public ::testing::Test {
 protected:
  PrivateFileTest() {
    std::string name = ::testing::TempDir() + "/private.XXXXXX";
    folder_ = mkdtemp(name.data());
    // As careless as it may be: what is private is so by itself.
    before_ = umask(0);
  }
  ~PrivateFileTest() override {
    umask(before_);
    std::filesystem::remove_all(folder_);
  }

  std::string At(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  std::string Holding(const std::string& text, mode_t mode = 0600) {
    const std::string name = At(absl::StrCat("file-", ++files_));
    EXPECT_TRUE(WriteNewPrivateFile(name, text).ok());
    EXPECT_EQ(chmod(name.c_str(), mode), 0);
    return name;
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  static mode_t Mode(const std::string& name) {
    struct stat status = {};
    EXPECT_EQ(stat(name.c_str(), &status), 0) << name;
    return status.st_mode & 07777;
  }
  static std::string Refusal(const absl::Status& status) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  std::string folder_;

 private:
  mode_t before_;
  int files_ = 0;
};

TEST_F(PrivateFileTest, GivesBackWhatItWasGiven) {
  for (const std::string& text : {std::string(), std::string("a secret\n"), std::string("\0\n", 2),
                                  std::string(kMaxPrivateFileSizeBytes, 'x')}) {
    EXPECT_EQ(ReadPrivateFile(Holding(text)).value(), text);
  }
}

TEST_F(PrivateFileTest, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(ReadPrivateFile(At("nothing")).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadPublicFile(At("nothing")).status()));
}

TEST_F(PrivateFileTest, AFileThatOthersMayReadIsRefusedAndItSaysWhatToDo) {
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666}) {
    const std::string name = Holding("a secret", mode);
    const std::string refusal = Refusal(ReadPrivateFile(name).status());
    EXPECT_THAT(refusal, HasSubstr(absl::StrCat("chmod 600 ", name))) << std::oct << mode;
    EXPECT_EQ(refusal.find("a secret"), std::string::npos);
    EXPECT_EQ(ReadPublicFile(name).value(), "a secret") << "which is no secret there";
    ASSERT_EQ(chmod(name.c_str(), 0600), 0);
    EXPECT_TRUE(ReadPrivateFile(name).ok()) << "what it said helps";
  }
  EXPECT_TRUE(ReadPrivateFile(Holding("a secret", 0400)).ok());
}

TEST_F(PrivateFileTest, WhatIsTooLargeIsRefused) {
  const std::string name = Holding(std::string(kMaxPrivateFileSizeBytes + 1, 'x'));
  EXPECT_THAT(Refusal(ReadPrivateFile(name).status()), HasSubstr("too large"));
  EXPECT_THAT(Refusal(ReadPublicFile(name).status()), HasSubstr("too large"));
  EXPECT_THAT(Refusal(ReadPublicFile("/dev/zero").status()),
              HasSubstr("/dev/zero is too large: it may have 64 KiB; is it the right file?"));
}

TEST_F(PrivateFileTest, AFileOfAnotherKindHasALimitOfItsOwn) {
  const FileLimit limit = {kMaxFederationPolicySizeBytes, "leave something out"};
  const std::string name = Holding(std::string(limit.size_bytes, 'x'));
  EXPECT_EQ(ReadPublicFile(name, limit).value(), std::string(limit.size_bytes, 'x'));
  const std::string larger = Holding(std::string(limit.size_bytes + 1, 'x'));
  EXPECT_EQ(Refusal(ReadPublicFile(larger, limit).status()),
            absl::StrCat(larger, " is too large: it may have 256 KiB; leave something out"));
}

TEST_F(PrivateFileTest, AFolderIsNoFile) {
  EXPECT_THAT(Refusal(ReadPrivateFile(folder_).status()), HasSubstr(folder_));
}

TEST_F(PrivateFileTest, WhatIsNewTakesNobodysPlace) {
  const std::string name = Holding("first");
  EXPECT_TRUE(absl::IsAlreadyExists(WriteNewPrivateFile(name, "second")));
  EXPECT_EQ(ReadPrivateFile(name).value(), "first");
  // Not even that of a link to a file that somebody else would like to have.
  ASSERT_EQ(symlink(At("elsewhere").c_str(), At("link").c_str()), 0);
  EXPECT_TRUE(absl::IsAlreadyExists(WriteNewPrivateFile(At("link"), "second")));
  EXPECT_FALSE(std::filesystem::exists(At("elsewhere")));
}

TEST_F(PrivateFileTest, OfManyAtOnceOneWritesIt) {
  std::vector<int> wrote(8, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < wrote.size(); ++i) {
    threads.emplace_back(
        [&, i] { wrote[i] = WriteNewPrivateFile(At("one"), absl::StrCat(i)).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(std::count(wrote.begin(), wrote.end(), 1), 1);
  const auto winner = std::find(wrote.begin(), wrote.end(), 1) - wrote.begin();
  EXPECT_EQ(ReadPrivateFile(At("one")).value(), absl::StrCat(winner));
}

TEST_F(PrivateFileTest, WhatIsWrittenIsForItsOwnerAlone) {
  ASSERT_TRUE(WriteNewPrivateFile(At("new"), "a secret").ok());
  ASSERT_TRUE(ReplacePrivateFile(At("replaced"), "a secret").ok());
  EXPECT_EQ(Mode(At("new")), 0600u);
  EXPECT_EQ(Mode(At("replaced")), 0600u);
  const std::string open = Holding("no secret yet", 0666);
  ASSERT_TRUE(ReplacePrivateFile(open, "a secret").ok());
  EXPECT_EQ(Mode(open), 0600u) << "whatever stood there before";
}

TEST_F(PrivateFileTest, WhatCannotBeWrittenLeavesNothing) {
  EXPECT_THAT(Refusal(WriteNewPrivateFile(At("no/folder"), "x")), HasSubstr(At("no/folder")));
  EXPECT_FALSE(ReplacePrivateFile(At("no/folder"), "x").ok());
  // A folder stands in the file's place.
  std::filesystem::create_directories(At("folder/with-something-in-it"));
  EXPECT_THAT(Refusal(ReplacePrivateFile(At("folder"), "x")), HasSubstr(At("folder")));
  EXPECT_THAT(Files(), ::testing::ElementsAre("folder"));
}

TEST_F(PrivateFileTest, WhatIsReplacedIsWholeAndNothingIsLeftBesideIt) {
  const std::string name = Holding("first");
  ASSERT_TRUE(ReplacePrivateFile(name, "second").ok());
  EXPECT_EQ(ReadPrivateFile(name).value(), "second");
  EXPECT_THAT(Files(), ::testing::SizeIs(1));
}

TEST_F(PrivateFileTest, WhatACrashLeftBesideItIsNotInTheWay) {
  const std::string name = Holding("first");
  ASSERT_TRUE(WriteNewPrivateFile(name + ".new", "half of what was to be the sec").ok());
  ASSERT_EQ(chmod((name + ".new").c_str(), 0644), 0);
  EXPECT_EQ(ReadPrivateFile(name).value(), "first") << "as if nothing had happened";
  ASSERT_TRUE(ReplacePrivateFile(name, "2nd").ok());
  EXPECT_EQ(ReadPrivateFile(name).value(), "2nd");
  EXPECT_EQ(Mode(name), 0600u);
  EXPECT_THAT(Files(), ::testing::SizeIs(1));
}

// Whoever reads while it is replaced sees one text or the other.
TEST_F(PrivateFileTest, AReaderSeesOneTextOrTheOther) {
  const std::string name = Holding(std::string(40'000, 'a'));
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(ReplacePrivateFile(name, std::string(40'000, i % 2 == 0 ? 'b' : 'a')).ok());
    }
  });
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const std::string read = ReadPrivateFile(name).value_or("");
    EXPECT_TRUE(read == std::string(40'000, 'a') || read == std::string(40'000, 'b'));
  }
  writer.join();
}

TEST_F(PrivateFileTest, AFolderIsForItsOwnerAloneAndMadeOnce) {
  ASSERT_TRUE(MakePrivateFolder(At("one/two/three")).ok());
  EXPECT_EQ(Mode(At("one/two/three")), 0700u);
  EXPECT_TRUE(MakePrivateFolder(At("one/two/three")).ok());
}

TEST_F(PrivateFileTest, AFolderIsPrivateHoweverItsNameIsWritten) {
  for (const char* written : {"a/", "b//", "c/.", "d/./"}) {
    ASSERT_TRUE(MakePrivateFolder(At(written)).ok()) << written;
    EXPECT_EQ(Mode(At(written)), 0700u) << written;
  }
}

TEST_F(PrivateFileTest, AFolderThatOthersMayChangeIsRefusedAndItSaysWhatToDo) {
  const std::string name = At("folder");
  ASSERT_TRUE(MakePrivateFolder(name).ok());
  for (const mode_t mode : {0770, 0720, 0702, 0777}) {
    ASSERT_EQ(chmod(name.c_str(), mode), 0);
    EXPECT_THAT(Refusal(MakePrivateFolder(name)), HasSubstr(absl::StrCat("chmod 700 ", name)))
        << std::oct << mode;
  }
  // Others may look: each file is private by itself.
  ASSERT_EQ(chmod(name.c_str(), 0755), 0);
  EXPECT_TRUE(MakePrivateFolder(name).ok());
}

TEST_F(PrivateFileTest, AFileInTheFoldersPlaceIsRefused) {
  EXPECT_THAT(Refusal(MakePrivateFolder(Holding("a file"))), HasSubstr("not a folder"));
  EXPECT_FALSE(MakePrivateFolder(absl::StrCat(Holding("a file"), "/below")).ok());
}

}  // namespace
}  // namespace liaison::record
