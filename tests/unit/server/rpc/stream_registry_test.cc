#include "server/rpc/stream_registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "tests/support/wall_clock.h"

namespace liaison::rpc {
namespace {

class Idle : public OpenStream {
 public:
  void Tick(absl::Time) override {}
  void Drain() override {}
};

class StreamRegistryTest : public ::testing::Test {
 protected:
  static QuotaOptions OneStreamEach() {
    QuotaOptions options;
    options.organisation.open_streams = 1;
    return options;
  }
  bool IsFree() { return book_.OpenStream(PayerOf("org/eurodig")).ok(); }
  QuotaBook::Seat Take() { return *book_.OpenStream(PayerOf("org/eurodig")); }

  QuotaBook book_{OneStreamEach()};
  StreamRegistry streams_;
};

TEST_F(StreamRegistryTest, ASeatIsGivenBackWithItsStream) {
  const auto stream = std::make_shared<Idle>();
  ASSERT_TRUE(streams_.Add(stream, Take()).ok());
  EXPECT_FALSE(IsFree());
  streams_.Remove(stream.get());
  EXPECT_TRUE(IsFree());
  streams_.Remove(stream.get());
  EXPECT_TRUE(IsFree());
}

TEST_F(StreamRegistryTest, WhoIsNotTakenGivesTheirSeatBack) {
  streams_.Drain();
  EXPECT_EQ(record::ReasonOf(streams_.Add(std::make_shared<Idle>(), Take())),
            record::Reason::kShuttingDown);
  EXPECT_TRUE(IsFree());
}

class Counted : public OpenStream {
 public:
  void Tick(absl::Time) override { ++ticks_; }
  void Drain() override {}
  bool AwaitTick() const {
    const int before = ticks_;
    for (int i = 0; i < 1000 && ticks_ == before; ++i) absl::SleepFor(absl::Milliseconds(10));
    return ticks_ > before;
  }

 private:
  std::atomic<int> ticks_ = 0;
};

// Heartbeats, leases and readers that stand still all hang on it.
TEST_F(StreamRegistryTest, TicksGoOnWhenTheClockIsSetBack) {
  const auto stream = std::make_shared<Counted>();
  ASSERT_TRUE(streams_.Add(stream).ok());
  testing::SetWallClockAhead(absl::Hours(365 * 24));
  EXPECT_TRUE(stream->AwaitTick());
  absl::SleepFor(absl::Milliseconds(20));  // until it waits for the next
  testing::SetWallClockAhead(absl::ZeroDuration());
  EXPECT_TRUE(stream->AwaitTick());
}

}  // namespace
}  // namespace liaison::rpc
