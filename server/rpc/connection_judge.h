// Whether what comes in on a connection is explained by its calls.
#ifndef LIAISON_SERVER_RPC_CONNECTION_JUDGE_H_
#define LIAISON_SERVER_RPC_CONNECTION_JUDGE_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace liaison::rpc {

// What a connection has seen since it began. All of it only grows.
struct Traffic {
  uint64_t received_bytes = 0;  // by TCP, so also what nobody has read yet
  uint64_t sent_bytes = 0;
  uint64_t message_bytes = 0;  // of the messages that its calls have taken, with their lengths
  // Streams of HTTP/2, whether a call of ours came of them or not.
  uint64_t streams_begun = 0;
  uint64_t streams_ended = 0;   // in order
  uint64_t streams_broken = 0;  // taken back, or cut off
};

// channelz counts those that began first: what begins and ends meanwhile is over, and not begun.
inline uint64_t OpenStreams(const Traffic& traffic) {
  const uint64_t over = traffic.streams_ended + traffic.streams_broken;
  return traffic.streams_begun - std::min(over, traffic.streams_begun);
}

// What TCP alone knows of a connection.
struct Glimpse {
  uint64_t received_bytes = 0;
  uint64_t sent_bytes = 0;
  uint64_t unread_bytes = 0;   // gRPC has not taken them yet
  uint64_t message_bytes = 0;  // as in Traffic; no question to anybody
};

// A ConnectionJudge looks at one connection again and again. gRPC 1.51 bounds neither a header that
// does not end, which costs CPU by the square of its length, nor calls that are taken back as soon
// as they began, which cost memory. Both show in the traffic. Pure; not thread-safe.
class ConnectionJudge {
 public:
  explicit ConnectionJudge(absl::Time began) : last_(began), glanced_(began) {}

  enum class Verdict {
    kFine,
    kUnexplained,    // more came in than its calls explain
    kSilence,        // much came in without a byte going out: data is never sent like that
    kToil,           // the hub reads and reads, and nothing comes of it
    kBrokenStreams,  // nearly all of its many calls were taken back
  };
  // Quick, to be done often. kSilence is as of one stream: MayBeSilent says whether it stands.
  Verdict Glance(const Glimpse& glimpse, absl::Time now);
  // True iff what came in since something last went out can be the rest of messages on so many open
  // streams: once a message is wholly let in, nothing is answered before it is there.
  bool MayBeSilent(uint64_t open_streams) const;
  Verdict Look(const Traffic& traffic, absl::Time now);

 private:
  absl::Time last_;
  Traffic seen_;
  double unexplained_bytes_ = 0;
  double broken_streams_ = 0;
  // Time in which there was more to read, less a part of that in which there was not, and what it
  // began with: since something went out, and since a message came of it.
  struct Toil {
    absl::Duration time;
    uint64_t read_bytes = 0;
  };
  static bool IsEndless(Toil* toil, bool is_over, const Glimpse& glimpse, absl::Duration passed,
                        absl::Duration limit);

  absl::Time glanced_;
  Glimpse before_;
  uint64_t answered_bytes_ = 0;  // received when something last went out
  Toil unanswered_;
  Toil fruitless_;
};

const char* InWords(ConnectionJudge::Verdict verdict);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_CONNECTION_JUDGE_H_
