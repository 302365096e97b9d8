// Which write of a stream is not taken.
#ifndef LIAISON_SERVER_RPC_WRITE_WATCH_H_
#define LIAISON_SERVER_RPC_WRITE_WATCH_H_

#include "absl/time/time.h"

namespace liaison::rpc {

// A WriteWatch finds that a reader is too slow: a write that is under way for longer than
// `patience` ends its call, and a status that is not taken either for another `grace` breaks it
// off. Not thread-safe.
class WriteWatch {
 public:
  WriteWatch(absl::Duration patience, absl::Duration grace) : patience_(patience), grace_(grace) {}

  void Began(absl::Time now) { began_ = now; }
  // False where the call has been ended in the meantime: what comes of the write is nobody's
  // business any more.
  bool Ended(absl::Time now) {
    began_ = absl::InfiniteFuture();
    last_ = now;
    return !too_slow_;
  }
  // As if one had ended.
  void Rested(absl::Time now) { last_ = now; }
  // Since the last one.
  absl::Duration idle(absl::Time now) const { return now - last_; }

  enum class Verdict {
    kFine,
    kEnd,       // end the call now; told once
    kEnded,     // that has been told
    kBreakOff,  // not even the status is taken: the reader has gone, whatever gRPC believes
  };
  Verdict Look(absl::Time now) {
    const absl::Duration stuck = now - began_;
    if (too_slow_) return stuck > patience_ + grace_ ? Verdict::kBreakOff : Verdict::kEnded;
    too_slow_ = stuck > patience_;
    return too_slow_ ? Verdict::kEnd : Verdict::kFine;
  }

 private:
  const absl::Duration patience_;
  const absl::Duration grace_;
  absl::Time began_ = absl::InfiniteFuture();
  absl::Time last_ = absl::InfiniteFuture();
  bool too_slow_ = false;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_WRITE_WATCH_H_
