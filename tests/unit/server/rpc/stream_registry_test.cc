#include "server/rpc/stream_registry.h"

#include <gtest/gtest.h>

#include <memory>

#include "proto/record/errors.h"

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

}  // namespace
}  // namespace liaison::rpc
