#include "server/admin/ordered_control.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_hub.h"

namespace liaison::admin {
namespace {

class OrderedControlTest : public ::testing::Test {
 protected:
  std::vector<std::string> Values(const std::string& prefix) {
    OrderedControl control(&hub_.log(), &hub_.proposals());
    std::vector<std::string> values;
    const auto rows = control.List(prefix);
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok()) return values;
    for (const auth::ControlRow& row : *rows) values.push_back(row.value);
    return values;
  }
  absl::Status Change(const std::string& key, const std::string& value,
                      std::optional<std::string> expected = std::nullopt) {
    OrderedControl control(&hub_.log(), &hub_.proposals());
    return control.Change({key, value}, std::move(expected));
  }

  testing::TestHub hub_;
};

TEST_F(OrderedControlTest, WritesWhatIsExpectedAndRemembersIt) {
  ASSERT_TRUE(Change("credential/a", "one").ok());
  EXPECT_TRUE(absl::IsAborted(Change("credential/a", "two")));
  EXPECT_TRUE(absl::IsAborted(Change("credential/a", "two", "none")));
  ASSERT_TRUE(Change("credential/a", "two", "one").ok());
  ASSERT_TRUE(Change("credential/b", "three").ok());
  hub_.Restart();
  EXPECT_THAT(Values("credential/"), ::testing::ElementsAre("two", "three"));
  EXPECT_THAT(Values("credential/b"), ::testing::ElementsAre("three"));
}

TEST_F(OrderedControlTest, LeavesTheRecordAsItIs) {
  const storage::Head before = hub_.log().head();
  ASSERT_TRUE(Change("credential/a", "one").ok());
  EXPECT_EQ(hub_.log().head().sequence, before.sequence);
  EXPECT_EQ(hub_.log().head().root, before.root);
}

// An invitation that is spent once, whoever comes at the same moment.
TEST_F(OrderedControlTest, OfManyAtOnceOneIsTheFirst) {
  ASSERT_TRUE(Change("invitation", "open").ok());
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (Change("invitation", absl::StrCat("taken by ", i), "open").ok()) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1);
}

TEST_F(OrderedControlTest, ManyRowsAreAllListed) {
  for (int i = 0; i < 1100; ++i) {
    ASSERT_TRUE(Change(absl::StrCat("many/", absl::Dec(i, absl::kZeroPad6)), "x").ok());
  }
  EXPECT_EQ(Values("many/").size(), 1100u);
}

}  // namespace
}  // namespace liaison::admin
