#include "client/internal/send_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace liaison::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Items are told apart by their event id.
class SendQueueTest : public ::testing::Test {
 protected:
  void Push(const std::string& id, uint64_t size_bytes = 100) {
    UnansweredItem item;
    item.item.mutable_draft()->set_event_id(id);
    item.size_bytes = size_bytes;
    queue().Push(std::move(item));
  }
  // Ids of the next frame.
  std::vector<std::string> Take() {
    EXPECT_TRUE(queue().CanTakeFrame(settings_));
    last_frame_ = queue().TakeFrame(settings_);
    std::vector<std::string> ids;
    for (const auto& item : last_frame_.items()) ids.push_back(item.draft().event_id());
    return ids;
  }
  v1::PublishResults ResultsOf(uint64_t frame_id, int count) {
    v1::PublishResults results;
    results.set_frame_id(frame_id);
    for (int i = 0; i < count; ++i) results.add_results();
    return results;
  }
  std::string Pop() { return queue().PopAnswered().item.draft().event_id(); }
  // Made when first used, so that a test may change the options before.
  SendQueue& queue() {
    if (queue_ == nullptr) queue_ = std::make_unique<SendQueue>(options_);
    return *queue_;
  }

  PublishStreamOptions options_;
  v1::PublishSettings settings_;
  v1::PublishStreamRequest last_frame_;

 private:
  std::unique_ptr<SendQueue> queue_;
};

TEST_F(SendQueueTest, WhatWaitsTravelsTogether) {
  EXPECT_FALSE(queue().CanTakeFrame(settings_));
  Push("a");
  Push("b");
  EXPECT_THAT(Take(), ElementsAre("a", "b"));
  EXPECT_FALSE(queue().CanTakeFrame(settings_)) << "all of it is under way";
  Push("c");
  EXPECT_THAT(Take(), ElementsAre("c"));
}

TEST_F(SendQueueTest, FramesKeepWithinOurSizeAndTheHubs) {
  options_.max_frame_size_bytes = 350;
  for (const char* id : {"a", "b", "c", "d", "e"}) Push(id);
  EXPECT_THAT(Take(), SizeIs(2)) << "three of 100 and their framing are more than 350";
  settings_.set_max_frame_items(1);
  EXPECT_THAT(Take(), ElementsAre("c"));
  settings_.set_max_frame_items(0);
  settings_.set_max_frame_bytes(150);
  EXPECT_THAT(Take(), ElementsAre("d"));
}

TEST_F(SendQueueTest, AnItemLargerThanAFrameTravelsAlone) {
  options_.max_frame_size_bytes = 50;
  Push("a");
  Push("b");
  EXPECT_THAT(Take(), ElementsAre("a"));
  EXPECT_THAT(Take(), ElementsAre("b"));
}

TEST_F(SendQueueTest, TheHubsWindowHoldsFramesBack) {
  settings_.set_max_inflight_frames(2);
  for (const char* id : {"a", "b"}) {
    Push(id);
    Take();
  }
  Push("c");
  EXPECT_FALSE(queue().CanTakeFrame(settings_));
  EXPECT_EQ(Pop(), "a");
  EXPECT_TRUE(queue().CanTakeFrame(settings_));
}

TEST_F(SendQueueTest, TheHubsWindowHoldsBytesBack) {
  settings_.set_max_inflight_bytes(300);
  for (const char* id : {"a", "b", "c"}) Push(id);
  EXPECT_THAT(Take(), ElementsAre("a", "b"));
  EXPECT_FALSE(queue().CanTakeFrame(settings_));
  Pop();
  EXPECT_FALSE(queue().CanTakeFrame(settings_)) << "the frame counts until it is answered whole";
  Pop();
  EXPECT_THAT(Take(), ElementsAre("c"));
}

TEST_F(SendQueueTest, AnItemLargerThanTheHubsWindowGoesWhenNothingElseDoes) {
  settings_.set_max_inflight_bytes(50);
  Push("a");
  Push("b");
  EXPECT_THAT(Take(), ElementsAre("a"));
  EXPECT_FALSE(queue().CanTakeFrame(settings_));
  Pop();
  EXPECT_THAT(Take(), ElementsAre("b"));
}

TEST_F(SendQueueTest, OurWindowCountsWhatIsUnanswered) {
  options_.max_inflight_events = 2;
  options_.max_inflight_size_bytes = 1000;
  EXPECT_TRUE(queue().HasRoomFor(5000)) << "an empty queue has room for any";
  Push("a");
  EXPECT_TRUE(queue().HasRoomFor(900));
  EXPECT_FALSE(queue().HasRoomFor(901));
  Push("b");
  EXPECT_FALSE(queue().HasRoomFor(1));
  Take();
  EXPECT_FALSE(queue().HasRoomFor(1));
  Pop();
  EXPECT_TRUE(queue().HasRoomFor(1));
}

TEST_F(SendQueueTest, ResultsMustBeThoseOfTheOldestFrame) {
  EXPECT_FALSE(queue().CheckResults(ResultsOf(1, 0)).ok());
  Push("a");
  Push("b");
  Take();
  const uint64_t id = last_frame_.frame_id();
  EXPECT_FALSE(queue().CheckResults(ResultsOf(id + 1, 2)).ok());
  EXPECT_FALSE(queue().CheckResults(ResultsOf(id, 1)).ok());
  EXPECT_TRUE(queue().CheckResults(ResultsOf(id, 2)).ok());
}

TEST_F(SendQueueTest, RewindSendsAllThatIsUnansweredAgainInOrder) {
  for (const char* id : {"a", "b"}) Push(id);
  Take();
  const uint64_t id = last_frame_.frame_id();
  Push("c");
  Take();
  Push("d");
  EXPECT_EQ(Pop(), "a");
  queue().Rewind();
  EXPECT_FALSE(queue().anything_under_way());
  EXPECT_THAT(Take(), ElementsAre("b", "c", "d"));
  EXPECT_GT(last_frame_.frame_id(), id) << "ids are never used twice";
}

TEST_F(SendQueueTest, TakeAllLeavesNothing) {
  Push("a");
  Take();
  Push("b");
  EXPECT_THAT(queue().TakeAll(), SizeIs(2));
  EXPECT_TRUE(queue().empty());
  EXPECT_FALSE(queue().CanTakeFrame(settings_));
  EXPECT_TRUE(queue().HasRoomFor(1 << 30));
}

}  // namespace
}  // namespace liaison::internal
