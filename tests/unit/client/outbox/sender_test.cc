#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "liaison/outbox.h"
#include "tests/support/wall_clock.h"
#include "tests/unit/client/fake_log.h"
#include "tests/unit/client/outbox/paper_hub.h"

namespace liaison {
namespace {

TEST(OutboxSenderTest, DoesNotWaitForAClockThatIsSetBack) {
  std::string folder = ::testing::TempDir() + "/liaison-sender-XXXXXX";
  folder = mkdtemp(folder.data());
  const auto hub = std::make_shared<testing::PaperHub>("6f9619ff-8b86-4011-b42d-00cf4fc964ff");
  hub->Fail(absl::UnavailableError("nobody there"));
  {
    testing::SetWallClockAhead(absl::Hours(365 * 24));
    const auto outbox = Outbox::Open(folder + "/outbox");
    ASSERT_TRUE(outbox.ok()) << outbox.status();
    ASSERT_TRUE((*outbox)->Publish(testing::SampleDraft()).ok());
    OutboxSender sender(outbox->get(), hub);
    for (int i = 0; i < 3000 && (*outbox)->Summary()->failures == 0; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    absl::SleepFor(absl::Milliseconds(100));  // until it waits
    testing::SetWallClockAhead(absl::ZeroDuration());
    hub->Fail(absl::OkStatus());
    for (int i = 0; i < 3000 && (*outbox)->Summary()->waiting > 0; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_EQ((*outbox)->Summary()->waiting, 0);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace liaison
