#include "storage/rocks/synced_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace liaison::storage {
namespace {

class SyncedFile : public ::testing::Test {
 protected:
  SyncedFile() {
    std::string pattern = ::testing::TempDir() + "/files.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SyncedFile() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  rocksdb::FileSystem* const files_ = rocksdb::FileSystem::Default().get();
  std::string folder_;
};

TEST_F(SyncedFile, AFileIsReplacedWhole) {
  ASSERT_TRUE(ReplaceFile(files_, Path("f"), "a long first content").ok());
  ASSERT_TRUE(ReplaceFile(files_, Path("f"), "second").ok());
  EXPECT_EQ(ReadSmallFile(files_, Path("f"), 100).value(), "second");
  EXPECT_FALSE(FileExists(files_, Path("f.tmp")).value());
  EXPECT_TRUE(FileExists(files_, Path("f")).value());
}

TEST_F(SyncedFile, WhatACrashLeftOfTheTemporaryFileIsOverwritten) {
  ASSERT_TRUE(ReplaceFile(files_, Path("f.tmp"), "half of something that is longer").ok());
  ASSERT_TRUE(ReplaceFile(files_, Path("f"), "new").ok());
  EXPECT_EQ(ReadSmallFile(files_, Path("f"), 100).value(), "new");
}

TEST_F(SyncedFile, ErrorsNameThePath) {
  const absl::Status missing = ReplaceFile(files_, Path("no/such/folder"), "x");
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_NE(missing.message().find(Path("no/such/folder")), absl::string_view::npos) << missing;
  EXPECT_TRUE(absl::IsNotFound(ReadSmallFile(files_, Path("nothing"), 10).status()));
}

TEST_F(SyncedFile, ReadingIsBounded) {
  ASSERT_TRUE(ReplaceFile(files_, Path("f"), "0123456789").ok());
  EXPECT_EQ(ReadSmallFile(files_, Path("f"), 10).value(), "0123456789");
  EXPECT_TRUE(absl::IsOutOfRange(ReadSmallFile(files_, Path("f"), 9).status()));
}

TEST_F(SyncedFile, FoldersAreMadeWithThoseAbove) {
  ASSERT_TRUE(MakeFolders(files_, Path("a/b/c")).ok());
  ASSERT_TRUE(MakeFolders(files_, Path("a/b/c")).ok()) << "there already";
  EXPECT_TRUE(std::filesystem::is_directory(Path("a/b/c")));
  EXPECT_FALSE(MakeFolders(files_, "/proc/no/such/place").ok());
}

}  // namespace
}  // namespace liaison::storage
