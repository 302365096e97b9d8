// How long a peer that does not answer is left alone.
#ifndef LIAISON_SERVER_FEDERATION_BACKOFF_H_
#define LIAISON_SERVER_FEDERATION_BACKOFF_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "server/federation/rows.pb.h"

namespace liaison::federation {

inline constexpr absl::Duration kFirstPause = absl::Seconds(1);
inline constexpr absl::Duration kLongestPause = absl::Minutes(15);
// A peer that asks for more is not believed.
inline constexpr absl::Duration kLongestAsked = absl::Hours(1);

// A Backoff says when to try again: after a pause with full jitter, uniform up to a ceiling that
// doubles with each failure, and for ever. It outlives the process as a row. A peer that calls
// earns one probe in each pause, and no new start: one that can call and cannot be called would
// otherwise be hammered. Not thread-safe.
class Backoff {
 public:
  Backoff() = default;
  // As it was kept. A wall clock that was turned back does not make the pause longer than it can
  // be.
  Backoff(const rows::Backoff& row, absl::Time now);

  // A pause that began while the clock was ahead is over once it is right.
  bool MayTry(absl::Time now) const {
    return now >= until_ || until_ - now > kLongestAsked + kLongestPause;
  }
  absl::Time until() const { return until_; }
  uint32_t failures() const { return failures_; }

  // `roll` is drawn uniformly from [0, 1). `asked` is what the peer asked for: jitter comes on top.
  // A probe that failed leaves the pause as it is.
  void Failed(absl::Time now, double roll, std::optional<absl::Duration> asked = std::nullopt);
  void Succeeded() { *this = Backoff(); }
  // The peer called us. True iff it may be tried once, now.
  bool Called(absl::Time now);

  rows::Backoff ToRow() const;

 private:
  uint32_t failures_ = 0;
  absl::Time until_ = absl::UnixEpoch();
  bool probe_spent_ = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_BACKOFF_H_
