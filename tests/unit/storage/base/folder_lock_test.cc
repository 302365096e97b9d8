#include "storage/base/folder_lock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace liaison::storage {
namespace {

class FolderLockTest : public ::testing::Test {
 protected:
  FolderLockTest() {
    std::string pattern = ::testing::TempDir() + "/lock.XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~FolderLockTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(FolderLockTest, AFolderHasOneHolder) {
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
