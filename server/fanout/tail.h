// The end of the log in memory, and those who wait for more of it.
#ifndef LIAISON_SERVER_FANOUT_TAIL_H_
#define LIAISON_SERVER_FANOUT_TAIL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/fanout/chunk.h"
#include "server/fanout/limits.h"
#include "server/sequencer/sequencer.h"

namespace liaison::fanout {

// Whoever waits at the end of the log. Between Park and Wake it must stay alive.
class Waiter {
 public:
  virtual ~Waiter() = default;
  // There is more. Called once for each Park, without locks; must not block.
  virtual void Wake() = 0;

 private:
  friend class Tail;
  size_t slot_ = 0;  // where it stands among those who wait; the Tail's business
};

// A Stretch is some events that follow each other, serialised when they are first asked for: the
// writer does not wait for it, and nobody pays for what nobody reads. Thread-safe.
class Stretch {
 public:
  using Events = std::shared_ptr<const std::vector<storage::NewEvent>>;
  // Those from `begin` to before `end`, of which there is at least one. They take about
  // `size_bytes` when serialised.
  Stretch(Events events, size_t begin, size_t end, size_t size_bytes);

  uint64_t first() const { return first_; }
  uint64_t last() const { return last_; }
  size_t size_bytes() const { return size_bytes_; }
  // Null where an event cannot be serialised: readers then find it in the log, and its fault there.
  std::shared_ptr<const Chunk> chunk() const;

 private:
  const size_t begin_;
  const size_t end_;
  const uint64_t first_;
  const uint64_t last_;
  const size_t size_bytes_;
  mutable absl::Mutex mu_;
  mutable Events events_ ABSL_GUARDED_BY(mu_);  // until they are serialised
  mutable std::shared_ptr<const Chunk> chunk_ ABSL_GUARDED_BY(mu_);
};

// A Tail holds the recent events up to the committed watermark. Readers that are further behind
// read from the log: it is the same path, only colder. Thread-safe.
class Tail final : public sequencer::CommitObserver {
 public:
  // `head`: of the log as it was opened. Keeps `max_size_bytes` of events.
  explicit Tail(uint64_t head, size_t max_size_bytes = kTailSizeBytes)
      : max_size_bytes_(max_size_bytes), head_(head) {}

  // The last committed sequence.
  uint64_t head() const;
  // How often something was erased: what was read before the last time is not to be served.
  uint64_t erasures() const;
  // How often registry or directory changed since there is this tail: with every time, readers'
  // rights may be others.
  uint64_t directory_changes() const;
  // The chunk with the event after `after`; null where that is not (or no longer) in memory.
  std::shared_ptr<const Chunk> Find(uint64_t after) const;

  // Waits for a head beyond `after`. False where it is beyond already, and nothing was done.
  bool Park(Waiter* waiter, uint64_t after);
  // True: it was waiting and is no longer, and will not be woken. False: it was not, or its Wake is
  // on the way.
  bool Unpark(Waiter* waiter);

  // sequencer::CommitObserver.
  void OnCommitted(storage::Group group, const storage::Head& head) override;
  void OnAcknowledged() override;
  void OnReopened(const storage::Head& head) override;

 private:
  const size_t max_size_bytes_;
  mutable absl::Mutex mu_;
  uint64_t head_ ABSL_GUARDED_BY(mu_);
  uint64_t erasures_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t directory_changes_ ABSL_GUARDED_BY(mu_) = 0;
  // Contiguous: each begins after the one before, the last ends at head_.
  std::deque<std::shared_ptr<const Stretch>> stretches_ ABSL_GUARDED_BY(mu_);
  size_t size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<Waiter*> waiters_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_TAIL_H_
