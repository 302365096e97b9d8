// How a client behaves. Every field has a default that suits a partner on an ordinary line.
#ifndef LIAISON_OPTIONS_H_
#define LIAISON_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace liaison {

// How often and how long a call is tried again. Only calls that are safe to repeat are: reads, and
// publishing, whose event ids make it so.
struct RetryOptions {
  // Whole time of one call with all its tries, pauses included. 1 s to 1 h.
  absl::Duration total_timeout = absl::Seconds(60);
  // One try. At most total_timeout.
  absl::Duration attempt_timeout = absl::Seconds(10);
  // Before the n-th repetition: uniformly random in [0, min(max_backoff, initial * 2^n)] (full
  // jitter). A RetryInfo from the hub is a lower bound.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(10);
};

// What a connection to a hub outside loopback shows and believes. PEM, all three.
struct TlsOptions {
  std::string authority;    // whose certificate the hub shows
  std::string certificate;  // ours, of the same authority
  std::string private_key;
};

struct ConnectionOptions {
  // Absent: plaintext, which a hub speaks on loopback alone. LoadProfile fills this in.
  std::optional<TlsOptions> tls;
  // What to be let in with, `igfl_pat_...`; empty: as anybody. Keep it in a file that nobody else
  // can read, never in a command line.
  std::string token;
  // Whom to act as, within the token's organisation; a hub in development mode takes it at its
  // word.
  std::string acting_as;  // `org/eurodig`; empty is what the token says
  RetryOptions retry;
  // HTTP/2 keepalive, so that a dead line is noticed. 30 s at least, or the hub hangs up.
  absl::Duration keepalive_interval = absl::Seconds(45);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Text put before the library's own in the user agent.
  std::string user_agent;
};

struct SubscribeOptions {
  // The hub says at least this often that it is there. 1 s to 60 s.
  absl::Duration heartbeat_interval = absl::Seconds(15);
  // Nothing for this many heartbeats, and the stream is taken up anew.
  int missed_heartbeats = 3;
  // Between tries to resume: full jitter, as in RetryOptions. Resuming goes on for ever unless
  // `give_up_after` is set.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(30);
  // Without a connection for this long, the subscription ends with the last error.
  absl::Duration give_up_after = absl::InfiniteDuration();
};

struct WatchOptions {
  // The hub says every 15 s that it is there. Nothing for so long, and the stream is taken up anew.
  absl::Duration silence_timeout = absl::Seconds(45);
  // Between tries to resume: full jitter, as in RetryOptions. Resuming goes on for ever unless
  // `give_up_after` is set.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(30);
  // Without a connection for this long, the watch ends with the last error.
  absl::Duration give_up_after = absl::InfiniteDuration();
};

struct PublishStreamOptions {
  // What may be under way at once; never more than the hub allows.
  uint32_t max_inflight_events = 1024;
  uint64_t max_inflight_size_bytes = 8 << 20;
  // Events that wait together travel in one frame, up to this size. Nothing waits for company.
  uint64_t max_frame_size_bytes = 256 << 10;
  // A stream without any progress for this long is broken off and taken up anew with what was not
  // yet answered.
  absl::Duration progress_timeout = absl::Seconds(10);
  // Between tries to resume: full jitter, as in RetryOptions.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(10);
  // With events waiting and no verdict for this long, all of them get the last error.
  absl::Duration give_up_after = absl::Seconds(60);
};

}  // namespace liaison

#endif  // LIAISON_OPTIONS_H_
