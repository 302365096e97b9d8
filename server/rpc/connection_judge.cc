#include "server/rpc/connection_judge.h"

#include <algorithm>
#include <utility>

#include "server/rpc/limits.h"

namespace liaison::rpc {
namespace {

// gRPC looks at the size of a message when all of it is there. What is somewhat larger than it
// takes is to be told so, and not to be cut off.
constexpr double kToldTooLarge = 4 * kUnexplainedBytesOfOne;

}  // namespace

bool ConnectionJudge::IsEndless(Toil* toil, bool is_over, const Glimpse& glimpse,
                                absl::Duration passed, absl::Duration limit) {
  // The two are looked at one after the other: more may be unread by then than had come.
  const uint64_t read_bytes =
      std::max(toil->read_bytes,
               glimpse.received_bytes - std::min(glimpse.unread_bytes, glimpse.received_bytes));
  // Rest counts for less than work: whoever leaves pauses between keeps the hub busy as well.
  toil->time += glimpse.unread_bytes > 0 ? passed : -passed / kRestPerToil;
  const bool is_quick = read_bytes - toil->read_bytes > kMostToilBytes;
  if (is_over || is_quick || toil->time <= absl::ZeroDuration()) {
    *toil = {absl::ZeroDuration(), read_bytes};
  }
  return toil->time > limit && read_bytes - toil->read_bytes > kLeastToilBytes;
}

ConnectionJudge::Verdict ConnectionJudge::Glance(const Glimpse& glimpse, absl::Time now) {
  const bool answered = glimpse.sent_bytes != before_.sent_bytes;
  const bool bore_fruit = glimpse.message_bytes != before_.message_bytes;
  // A process that was stopped for a while has not toiled.
  const absl::Duration passed = std::min(now - std::exchange(glanced_, now), 2 * kGlanceInterval);
  before_ = glimpse;
  if (answered) answered_bytes_ = glimpse.received_bytes;
  const bool unanswered = IsEndless(&unanswered_, answered, glimpse, passed, kLongestUnanswered);
  const bool fruitless = IsEndless(&fruitless_, bore_fruit, glimpse, passed, kLongestFruitless);
  if (unanswered || fruitless) return Verdict::kToil;
  return MayBeSilent(1) ? Verdict::kFine : Verdict::kSilence;
}

bool ConnectionJudge::MayBeSilent(uint64_t open_streams) const {
  const uint64_t others = std::clamp<uint64_t>(open_streams, 1, kUploadsAtOnce) - 1;
  return before_.received_bytes - answered_bytes_ <= kMaxSilentBytes + others * kMaxRestBytes;
}

ConnectionJudge::Verdict ConnectionJudge::Look(const Traffic& traffic, absl::Time now) {
  const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - last_));
  const auto since = [&](uint64_t Traffic::*count) {
    return static_cast<double>(traffic.*count - seen_.*count);
  };
  const double received = since(&Traffic::received_bytes);
  // What is explained today is no credit for tomorrow: nothing here falls below zero.
  const double explained = since(&Traffic::message_bytes) * kWireBytesPerMessageByte +
                           since(&Traffic::streams_begun) * kExplainedBytesPerCall +
                           // What was refused, or not wanted any more, was under way as well.
                           // Within an endless header no stream ends.
                           (since(&Traffic::streams_ended) + since(&Traffic::streams_broken)) *
                               (kUnexplainedBytesPerStream + kToldTooLarge) +
                           since(&Traffic::sent_bytes) * kExplainedBytesPerSentByte +
                           seconds * kExplainedBytesPerSecond;
  unexplained_bytes_ = std::max(0.0, unexplained_bytes_ + received - explained);
  broken_streams_ =
      std::max(0.0, broken_streams_ + since(&Traffic::streams_broken) -
                        since(&Traffic::streams_ended) - seconds * kForgivenStreamsPerSecond);
  last_ = now;
  seen_ = traffic;
  const uint64_t open = OpenStreams(traffic);
  // Messages that are still on their way explain nothing yet.
  const double allowed =
      kUnexplainedBytes +
      static_cast<double>(std::min<uint64_t>(open, kUploadsAtOnce)) * kUnexplainedBytesPerStream +
      (open > 0 ? kToldTooLarge : 0);
  // More than HTTP/2 lets be open at once: those are taken back already, and not yet put away.
  if (open > kMaxBrokenStreams || broken_streams_ > kMaxBrokenStreams)
    return Verdict::kBrokenStreams;
  if (unexplained_bytes_ > allowed) return Verdict::kUnexplained;
  return Verdict::kFine;
}

const char* InWords(ConnectionJudge::Verdict verdict) {
  switch (verdict) {
    case ConnectionJudge::Verdict::kUnexplained:
      return "it sent more than its calls explain";
    case ConnectionJudge::Verdict::kSilence:
      return "it sent much that could not be answered";
    case ConnectionJudge::Verdict::kToil:
      return "it kept the hub reading, and nothing came of it";
    case ConnectionJudge::Verdict::kBrokenStreams:
      return "it took back nearly all of its calls";
    case ConnectionJudge::Verdict::kFine:
      break;
  }
  return "nothing is wrong with it";
}

}  // namespace liaison::rpc
