// What catching up may cost a hub, so that what is new does not wait for it.
#ifndef LIAISON_SERVER_FEDERATION_BUDGET_H_
#define LIAISON_SERVER_FEDERATION_BUDGET_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/limits.h"

namespace liaison::federation {

// An Allowance fills at a steady rate up to a limit. Not thread-safe.
class Allowance {
 public:
  Allowance(double per_second, double at_once)
      : per_second_(per_second), at_once_(at_once), left_(at_once) {}

  // True, and it is taken, where there is so much.
  bool TryTake(double amount, absl::Time now);
  // Takes it in any case, into debt where there is not so much.
  void Take(double amount, absl::Time now);
  // Until there is no debt any more.
  absl::Duration Owed(absl::Time now);

 private:
  void Fill(absl::Time now);

  const double per_second_;
  const double at_once_;
  double left_;
  absl::Time filled_ = absl::InfinitePast();
};

// A BackfillBudget lets one batch of those that are far behind be judged and entered at a time, in
// the order in which they came, and so many items and bytes a second: the rest of the hub is for
// what is new. Thread-safe.
class BackfillBudget {
 public:
  struct Options {
    double items_per_second = kBackfillItemsPerSecond;
    double bytes_per_second = kBackfillBytesPerSecond;
    std::function<absl::Time()> now;
  };
  explicit BackfillBudget(Options options);

  // A batch's turn, which is over with it. The budget outlives it.
  class Turn {
   public:
    explicit Turn(BackfillBudget* budget) : budget_(budget) {}
    Turn(Turn&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(budget_, other.budget_);
      return *this;
    }
    ~Turn() {
      if (budget_ != nullptr) budget_->Leave();
    }

   private:
    BackfillBudget* budget_;
  };
  // Waits for the turn, and until what was taken before is made up for. nullopt: it was stopped.
  std::optional<Turn> Enter(size_t items, size_t size_bytes);
  // Ends the waits, for good.
  void Stop();

 private:
  void Leave();

  const Options options_;
  absl::Mutex mu_;
  Allowance items_ ABSL_GUARDED_BY(mu_);
  Allowance bytes_ ABSL_GUARDED_BY(mu_);
  uint64_t last_ticket_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t turn_ ABSL_GUARDED_BY(mu_) = 1;  // the ticket that is served
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_BUDGET_H_
