#include "server/admission/fresh_salt.h"

#include <set>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

namespace liaison::admission {
namespace {

TEST(FreshSaltTest, NoSaltIsGivenTwiceToAnyThread) {
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;  // many draws
  absl::Mutex mu;
  std::set<std::string> seen;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const std::string salt = FreshSalt(igf::liaison::v1::SECTION_KIND_CONTENT);
        absl::MutexLock lock(&mu);
        EXPECT_EQ(salt.size(), 32);
        EXPECT_TRUE(seen.insert(salt).second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), kThreads * kEach);
}

}  // namespace
}  // namespace liaison::admission
