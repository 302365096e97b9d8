#include "server/rpc/connection_judge.h"

#include <algorithm>

#include "server/rpc/limits.h"

namespace liaison::rpc {

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
                               kUnexplainedBytesPerStream +
                           since(&Traffic::sent_bytes) * kExplainedBytesPerSentByte +
                           seconds * kExplainedBytesPerSecond;
  unexplained_bytes_ = std::max(0.0, unexplained_bytes_ + received - explained);
  broken_streams_ =
      std::max(0.0, broken_streams_ + since(&Traffic::streams_broken) -
                        since(&Traffic::streams_ended) - seconds * kForgivenStreamsPerSecond);
  if (traffic.sent_bytes != seen_.sent_bytes) {
    silent_bytes_ = 0;
  } else {
    silent_bytes_ += static_cast<uint64_t>(received);
  }
  last_ = now;
  seen_ = traffic;
  const uint64_t open = traffic.streams_begun - traffic.streams_ended - traffic.streams_broken;
  // Messages that are still on their way explain nothing yet.
  const double allowed =
      kUnexplainedBytes +
      static_cast<double>(std::min<uint64_t>(open, kUploadsAtOnce)) * kUnexplainedBytesPerStream;
  // More than HTTP/2 lets be open at once: those are taken back already, and not yet put away.
  if (open > kMaxBrokenStreams || broken_streams_ > kMaxBrokenStreams)
    return Verdict::kBrokenStreams;
  if (silent_bytes_ > kMaxSilentBytes) return Verdict::kSilence;
  if (unexplained_bytes_ > allowed) return Verdict::kUnexplained;
  return Verdict::kFine;
}

const char* InWords(ConnectionJudge::Verdict verdict) {
  switch (verdict) {
    case ConnectionJudge::Verdict::kUnexplained:
      return "it sent more than its calls explain";
    case ConnectionJudge::Verdict::kSilence:
      return "it sent much that could not be answered";
    case ConnectionJudge::Verdict::kBrokenStreams:
      return "it took back nearly all of its calls";
    case ConnectionJudge::Verdict::kFine:
      break;
  }
  return "nothing is wrong with it";
}

}  // namespace liaison::rpc
