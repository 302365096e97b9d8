#include "storage/base/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace liaison::storage {
namespace {

class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = ::testing::TempDir() + "/files.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  std::string folder_;
};

TEST_F(Files, AFileIsReplacedWhole) {
  ASSERT_TRUE(ReplaceFile(Path("f"), "a long first content").ok());
  ASSERT_TRUE(ReplaceFile(Path("f"), "second").ok());
  EXPECT_EQ(ReadSmallFile(Path("f"), 100).value(), "second");
  EXPECT_FALSE(FileExists(Path("f.tmp")));
}

TEST_F(Files, WhatACrashLeftOfTheTemporaryFileIsOverwritten) {
  ASSERT_TRUE(ReplaceFile(Path("f.tmp"), "half of something that is longer").ok());
  ASSERT_TRUE(ReplaceFile(Path("f"), "new").ok());
  EXPECT_EQ(ReadSmallFile(Path("f"), 100).value(), "new");
}

TEST_F(Files, ErrorsNameThePath) {
  const absl::Status missing = ReplaceFile(Path("no/such/folder"), "x");
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_NE(missing.message().find(Path("no/such/folder")), absl::string_view::npos) << missing;
  EXPECT_TRUE(absl::IsNotFound(ReadSmallFile(Path("nothing"), 10).status()));
}

TEST_F(Files, ReadingIsBounded) {
  ASSERT_TRUE(ReplaceFile(Path("f"), "0123456789").ok());
  EXPECT_EQ(ReadSmallFile(Path("f"), 10).value(), "0123456789");
  EXPECT_TRUE(absl::IsOutOfRange(ReadSmallFile(Path("f"), 9).status()));
}

TEST_F(Files, AFolderHasOneHolder) {
  absl::StatusOr<FolderLock> first = FolderLock::Acquire(folder_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = FolderLock::Acquire(folder_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_NE(second.message().find(absl::StrCat("process ", getpid())), absl::string_view::npos)
      << second;
  {
    const FolderLock moved = *std::move(first);
    EXPECT_FALSE(FolderLock::Acquire(folder_).ok());
  }
  EXPECT_TRUE(FolderLock::Acquire(folder_).ok());
}

}  // namespace
}  // namespace liaison::storage
