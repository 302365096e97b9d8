#include "server/fanout/cursor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fanout/limits.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

namespace pb = ::igf::liaison::v1;
using fanout::Cursor;
using fanout::CursorOptions;
using fanout::Frame;
using ::testing::ElementsAre;
using testing::Signal;
using testing::TestHub;

class CursorTest : public ::testing::Test {
 protected:
  void PublishMany(int count, const std::string& author = "org/apnic", size_t size_bytes = 0) {
    std::vector<pb::Draft> drafts;
    for (int i = 0; i < count; ++i) {
      drafts.push_back(Signal("fictional sample", author));
      drafts.back().mutable_topic_signal()->set_text(std::string(size_bytes, 'x'));
      if (drafts.size() < 500 && i + 1 < count) continue;
      for (const auto& answer : hub_.PublishBatch(std::move(drafts), true)) {
        ASSERT_TRUE(answer.ok()) << answer.status();
      }
      drafts.clear();
    }
  }
  std::vector<uint64_t> Range(uint64_t first, uint64_t last) {
    std::vector<uint64_t> range;
    for (uint64_t s = first; s <= last; ++s) range.push_back(s);
    return range;
  }
  // Every frame until there is nothing more.
  std::vector<Frame> Frames(Cursor* cursor) {
    std::vector<Frame> frames;
    while (true) {
      auto step = cursor->Next(true);
      if (!step.ok()) {
        ADD_FAILURE() << step.status();
        return frames;
      }
      auto* frame = std::get_if<Frame>(&*step);
      if (frame == nullptr) return frames;
      const bool last = frame->kind == Frame::Kind::kStoppedAtHead;
      frames.push_back(std::move(*frame));
      if (last) return frames;
    }
  }
  std::vector<Frame::Kind> Kinds(Cursor* cursor) {
    std::vector<Frame::Kind> kinds;
    for (const Frame& frame : Frames(cursor)) kinds.push_back(frame.kind);
    return kinds;
  }
  TestHub hub_;
};

TEST_F(CursorTest, ConfirmsDeliversAndCatchesUp) {
  PublishMany(3);
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  EXPECT_THAT(Kinds(&cursor),
              ElementsAre(Frame::Kind::kConfirmed, Frame::Kind::kEvents, Frame::Kind::kCaughtUp));
  EXPECT_EQ(cursor.position(), 4u);
}

// Rights are those of now, and a change of them is said before anything is read by it.
TEST_F(CursorTest, ASubscriberIsToldWhenItsRightsChange) {
  const auto as_partner = [this](const std::string& text) {
    pb::Draft draft = testing::Signal(text, "org/lacnic");
    draft.set_audience("igf/partners");
    ASSERT_TRUE(hub_.Publish(draft).ok());
  };
  const auto organisation = [this](bool retired) {
    pb::Draft draft =
        testing::OrganisationDraft("org/apnic", pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY);
    draft.mutable_organisation()->set_retired(retired);
    ASSERT_TRUE(hub_.Publish(draft).ok());
  };
  CursorOptions options;
  options.principal.organisation = "org/apnic";
  options.renew = [this] {
    return *auth::DevelopmentPrincipal("org/apnic", *hub_.sequencer().registry(),
                                       *hub_.sequencer().directory());
  };
  Cursor cursor(&hub_.log(), &hub_.tail(), options);
  as_partner("not yet");
  EXPECT_THAT(Kinds(&cursor),
              ElementsAre(Frame::Kind::kConfirmed, Frame::Kind::kEvents, Frame::Kind::kCaughtUp));
  organisation(/*retired=*/false);
  as_partner("from here on");
  const std::vector<Frame> granted = Frames(&cursor);
  ASSERT_EQ(granted.size(), 2u);
  EXPECT_EQ(granted[0].kind, Frame::Kind::kAudienceChanged);
  EXPECT_EQ(granted[0].change.group, "partners");
  EXPECT_TRUE(granted[0].change.granted);
  EXPECT_EQ(granted[0].position, 2u);
  EXPECT_EQ(granted[1].event_count, 2u);
  organisation(/*retired=*/true);
  as_partner("no more");
  const std::vector<Frame> revoked = Frames(&cursor);
  ASSERT_GE(revoked.size(), 2u);
  EXPECT_EQ(revoked[0].kind, Frame::Kind::kAudienceChanged);
  EXPECT_FALSE(revoked[0].change.granted);
  EXPECT_EQ(revoked[1].event_count, 1u);
}

TEST_F(CursorTest, AMemberOfAGroupReadsWhatIsForItFromItsFirstEvent) {
  const auto publish = [this](const pb::Draft& draft) { ASSERT_TRUE(hub_.Publish(draft).ok()); };
  publish(testing::OrganisationDraft("org/apnic", pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY));
  CursorOptions options;
  const auto who = [this] {
    return *auth::DevelopmentPrincipal("org/apnic", *hub_.sequencer().registry(),
                                       *hub_.sequencer().directory());
  };
  options.principal = who();
  options.renew = who;
  Cursor cursor(&hub_.log(), &hub_.tail(), options);
  Frames(&cursor);
  pb::Draft group = testing::Signal("", "org/secretariat");
  group.clear_topics();
  pb::Audience* const members = group.mutable_audience_body();
  members->set_group("igf/wg-strategy");
  members->set_version(1);
  members->set_title("A fictional working group");
  members->add_members("org/apnic");
  publish(group);
  pb::Draft to_group = testing::Signal("among us", "org/lacnic");
  to_group.set_audience("igf/wg-strategy@1");
  publish(to_group);
  const std::vector<Frame> frames = Frames(&cursor);
  ASSERT_GE(frames.size(), 2u);
  EXPECT_EQ(frames[0].kind, Frame::Kind::kAudienceChanged);
  EXPECT_EQ(frames[0].change.group, "wg-strategy@1");
  EXPECT_TRUE(frames[0].change.granted);
  EXPECT_EQ(frames[1].event_count, 2u);
}

TEST_F(CursorTest, StopsAtTheHeadAsItWas) {
  PublishMany(3);
  CursorOptions options;
  options.stop_at = 3;
  Cursor cursor(&hub_.log(), &hub_.tail(), options);
  EXPECT_THAT(Kinds(&cursor), ElementsAre(Frame::Kind::kConfirmed, Frame::Kind::kEvents,
                                          Frame::Kind::kCaughtUp, Frame::Kind::kStoppedAtHead));
  EXPECT_EQ(cursor.position(), 3u);
}

TEST_F(CursorTest, FromEveryPositionThereIsExactlyTheRest) {
  PublishMany(40);
  for (bool restarted : {false, true}) {
    if (restarted) hub_.Restart();  // then it comes from the log, not from memory
    for (uint64_t after = 0; after <= 41; ++after) {
      CursorOptions options;
      options.after = after;
      EXPECT_EQ(hub_.Read(options), Range(after + 1, 41)) << after;
    }
  }
}

TEST_F(CursorTest, FromMemoryAndFromTheLogCrossTheSeam) {
  PublishMany(30);
  hub_.Restart();
  PublishMany(30);
  for (uint64_t after = 0; after <= 61; ++after) {
    CursorOptions options;
    options.after = after;
    EXPECT_EQ(hub_.Read(options), Range(after + 1, 61)) << after;
  }
}

TEST_F(CursorTest, WithoutTheLogItNeverGuesses) {
  PublishMany(3);
  hub_.Restart();
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  ASSERT_TRUE(cursor.Next(false).ok());  // confirmed
  auto step = cursor.Next(false);
  ASSERT_TRUE(step.ok());
  EXPECT_TRUE(std::holds_alternative<fanout::NotInMemory>(*step));
  EXPECT_EQ(cursor.position(), 0u);
}

TEST_F(CursorTest, FramesAreBoundedInBytesAndALargeEventGoesAlone) {
  PublishMany(100, "org/apnic", 1000);
  PublishMany(1, "org/apnic", 200'000);
  PublishMany(5, "org/apnic", 1000);
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  size_t event_count = 0;
  for (const Frame& frame : Frames(&cursor)) {
    size_t size_bytes = 0;
    for (const Frame::Run& run : frame.runs) size_bytes += run.end - run.begin;
    EXPECT_TRUE(size_bytes <= record::kMaxFrameSizeBytes || frame.event_count == 1) << size_bytes;
    event_count += frame.event_count;
  }
  EXPECT_EQ(event_count, 107u) << "between two frames nothing is left out";
}

TEST_F(CursorTest, HiddenEventsAreSteppedOverAndProgressIsReported) {
  std::vector<pb::Draft> hidden;
  for (uint64_t i = 0; i < 1000; ++i) {
    hidden.push_back(Signal("fictional sample"));
    hidden.back().set_audience("igf/mag");
  }
  hub_.PublishBatch(std::move(hidden), true);
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  const std::vector<Frame> frames = Frames(&cursor);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].kind, Frame::Kind::kEvents);
  EXPECT_EQ(frames[1].event_count, 1u);
  EXPECT_EQ(frames[2].kind, Frame::Kind::kCaughtUp);
  EXPECT_EQ(frames[2].position, 1001u);
}

TEST_F(CursorTest, AnEventsFrameEndsWhereItsLastEventStands) {
  PublishMany(3, "org/lacnic");
  PublishMany(40, "org/apnic");
  CursorOptions options;
  options.filter = *fanout::Filter::Parse("author = org/lacnic");
  Cursor cursor(&hub_.log(), &hub_.tail(), options);
  const std::vector<Frame> frames = Frames(&cursor);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].position, 4u);
  EXPECT_EQ(frames[2].kind, Frame::Kind::kCaughtUp);
  EXPECT_EQ(frames[2].position, 44u);
}

TEST_F(CursorTest, WhileLiveProgressThroughHiddenEventsIsReported) {
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  Frames(&cursor);
  std::vector<pb::Draft> hidden;
  for (uint64_t i = 0; i < fanout::kAdvanceEvery; ++i) {
    hidden.push_back(Signal("fictional sample"));
    hidden.back().set_audience("igf/mag");
  }
  hub_.PublishBatch(std::move(hidden), true);
  EXPECT_THAT(Kinds(&cursor), ElementsAre(Frame::Kind::kAdvanced));
}

TEST_F(CursorTest, FallsBehindAndCatchesUpAgain) {
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  Frames(&cursor);
  ASSERT_TRUE(cursor.caught_up());
  PublishMany(static_cast<int>(fanout::kFellBehindEvents) + 1);
  const std::vector<Frame::Kind> kinds = Kinds(&cursor);
  EXPECT_EQ(kinds.front(), Frame::Kind::kFellBehind);
  EXPECT_EQ(kinds.back(), Frame::Kind::kCaughtUp);
  EXPECT_EQ(cursor.position(), hub_.log().head().sequence);
}

TEST_F(CursorTest, ErasedWordsAreNotServedFromMemory) {
  auto receipt = hub_.Publish(Signal("fictional words"));
  ASSERT_TRUE(hub_.Publish(testing::RedactionDraft("org/apnic", receipt->leaf.digest,
                                                   pb::SECTION_KIND_CONTENT))
                  .ok());
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  std::string served;
  for (const Frame& frame : Frames(&cursor)) {
    for (const Frame::Run& run : frame.runs) served += run.chunk->bytes;
  }
  EXPECT_EQ(served.find("fictional words"), std::string::npos);
  EXPECT_EQ(hub_.Read({}), Range(1, 3));
}

// Found by the simulation: a slow reader held the words that it had read ahead.
TEST_F(CursorTest, ErasedWordsAreNotServedFromWhatWasReadAhead) {
  std::vector<pb::Draft> drafts = {Signal("fictional"), Signal("fictional words")};
  auto answers = hub_.PublishBatch(std::move(drafts), true);
  hub_.Restart();  // so that they are read from the log
  Cursor cursor(&hub_.log(), &hub_.tail(), {});
  ASSERT_TRUE(cursor.Next(true).ok());                    // confirmed
  ASSERT_TRUE(cursor.Next(true, /*max_events=*/1).ok());  // the rules; the others were read with it
  ASSERT_TRUE(hub_.Publish(testing::RedactionDraft("org/apnic", answers[1]->leaf.digest,
                                                   pb::SECTION_KIND_CONTENT))
                  .ok());
  std::string served;
  for (const Frame& frame : Frames(&cursor)) {
    for (const Frame::Run& run : frame.runs) served += run.chunk->bytes;
  }
  EXPECT_EQ(served.find("fictional words"), std::string::npos);
  EXPECT_EQ(cursor.position(), 4u);
}

// Filters over the index, the part of the log that is not indexed yet, and memory must agree with
// reading everything and looking at each.
TEST_F(CursorTest, FilteredReadingAgreesWithLookingAtEverything) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const char* authors[] = {"org/apnic", "org/lacnic", "org/rare"};
  const char* topics[] = {"igf-call-2022:cyber.child", "igf-call-2022:cyber.iot", "unspecified"};
  std::vector<pb::Draft> drafts;
  const uint64_t first = hub_.log().head().sequence + 1;
  for (int i = 0; i < 3000; ++i) {
    pb::Draft draft = Signal("fictional", authors[random() % 500 == 0 ? 2 : random() % 2]);
    draft.set_topics(0, topics[random() % 3]);
    draft.set_cycle(std::to_string(2026 + random() % 2));
    // Not the last of a block of the index, whose sequence is even: the filters meet it.
    if ((first + i) % 2 == 1 && random() % 4 == 0) draft.set_audience("igf/mag");
    drafts.push_back(std::move(draft));
    if (drafts.size() == 100) hub_.PublishBatch(std::exchange(drafts, {}), true);
  }
  const char* filters[] = {"author = org/rare",
                           "topic = igf-call-2022:cyber",
                           "author = org/rare OR cycle = 2027",
                           "author = org/lacnic AND NOT cycle = 2026",
                           "NOT author = org/apnic",
                           "cycle = 2026 OR cycle = 2027",
                           "type = rules",
                           "type = decision"};
  for (bool restarted : {false, true}) {
    if (restarted) hub_.Restart();
    for (const char* text : filters) {
      const fanout::Filter filter = *fanout::Filter::Parse(text);
      std::vector<uint64_t> expected;
      for (uint64_t s = 1; s <= hub_.log().head().sequence; ++s) {
        pb::EventHeader header;
        ASSERT_TRUE(header.ParseFromString(hub_.log().Read(s)->header));
        if (header.audience() == "igf/public" && filter.Matches(header)) expected.push_back(s);
      }
      EXPECT_EQ(hub_.ReadFiltered(text), expected) << text;
      const uint64_t after = random() % 3000;
      expected.erase(expected.begin(), std::upper_bound(expected.begin(), expected.end(), after));
      EXPECT_EQ(hub_.ReadFiltered(text, after), expected) << text << " after " << after;
    }
  }
}

// A reader beside writers: dense, in order, once; and whoever parks is woken.
TEST_F(CursorTest, LiveReadersMissNothing) {
  class Reader : public fanout::Waiter {
   public:
    void Wake() override { awake = true; }
    std::atomic<bool> awake{true};
  };
  constexpr int kReaders = 3;
  constexpr int kEvents = 300;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int r = 0; r < kReaders; ++r) {
    threads.emplace_back([&] {
      Cursor cursor(&hub_.log(), &hub_.tail(), {});
      Reader reader;
      uint64_t expected = 1;
      const absl::Time deadline = absl::Now() + absl::Seconds(60);
      while (expected <= kEvents + 1 && absl::Now() < deadline) {
        auto step = cursor.Next(true);
        if (!step.ok()) break;
        if (auto* frame = std::get_if<Frame>(&*step)) {
          for (const Frame::Run& run : frame->runs) {
            for (const auto& entry : run.chunk->entries) {
              if (entry.begin < run.begin || entry.end > run.end) continue;
              if (entry.sequence != expected++) ++failures;
            }
          }
          continue;
        }
        reader.awake = false;
        if (!hub_.tail().Park(&reader, cursor.position())) continue;
        while (!reader.awake && absl::Now() < deadline) std::this_thread::yield();
      }
      if (expected != kEvents + 2) ++failures;
    });
  }
  for (int i = 0; i < kEvents; ++i) ASSERT_TRUE(hub_.Publish(Signal("fictional")).ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

class Counter : public fanout::Waiter {
 public:
  void Wake() override { ++wakes; }
  std::atomic<int> wakes{0};
};

TEST_F(CursorTest, EveryoneWhoWaitsIsWokenOnce) {
  std::array<Counter, 5> waiting;
  for (Counter& waiter : waiting) ASSERT_TRUE(hub_.tail().Park(&waiter, 1));
  ASSERT_TRUE(hub_.Publish(Signal("fictional")).ok());
  hub_.Restart();  // joins the sequencer: every Wake has happened
  for (const Counter& waiter : waiting) EXPECT_EQ(waiter.wakes, 1);
}

// What came between looking and lying down woke nobody.
TEST_F(CursorTest, NobodyLiesDownWhereThereIsSomethingToRead) {
  PublishMany(1);
  Counter late;
  EXPECT_FALSE(hub_.tail().Park(&late, 1));
  EXPECT_TRUE(hub_.tail().Park(&late, 2));
  EXPECT_TRUE(hub_.tail().Unpark(&late));
}

TEST_F(CursorTest, WhoeverIsUnparkedIsNotWoken) {
  Counter stays;
  Counter leaves;
  ASSERT_TRUE(hub_.tail().Park(&leaves, 1));
  ASSERT_TRUE(hub_.tail().Park(&stays, 1));
  EXPECT_TRUE(hub_.tail().Unpark(&leaves));
  EXPECT_FALSE(hub_.tail().Unpark(&leaves));
  ASSERT_TRUE(hub_.Publish(Signal("fictional")).ok());
  hub_.Restart();  // joins the sequencer: every Wake has happened
  EXPECT_EQ(leaves.wakes, 0);
  EXPECT_EQ(stays.wakes, 1);
}

}  // namespace
}  // namespace liaison
