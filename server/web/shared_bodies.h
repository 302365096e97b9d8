// Bodies that several answers have in common.
#ifndef LIAISON_SERVER_WEB_SHARED_BODIES_H_
#define LIAISON_SERVER_WEB_SHARED_BODIES_H_

#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/web/answer_budget.h"

namespace liaison::web {

using Body = std::shared_ptr<const std::string>;

// A SharedBodies makes a body once for all who ask for it at about the same time: of a file, of an
// export. It keeps those of the last kSharedBodyAge, kSharedBodiesSizeBytes of them at most;
// whoever still reads an older one has it as long. Each counts once in the budget. Thread-safe;
// waits for whoever makes one.
class SharedBodies {
 public:
  // The budget must outlive it, and the bodies.
  explicit SharedBodies(AnswerBudget* budget) : budget_(*budget) {}

  // What stands under this key, which says what it is and which version, or else what `make` gives.
  // RESOURCE_EXHAUSTED where there is no room for it; what `make` says where it gives none.
  absl::StatusOr<Body> Get(const std::string& key,
                           absl::FunctionRef<absl::StatusOr<std::string>()> make);

 private:
  struct Kept {
    std::string key;
    Body body;
    absl::Time made_at;
  };
  void Forget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  AnswerBudget& budget_;
  absl::Mutex mu_;
  std::list<Kept> kept_ ABSL_GUARDED_BY(mu_);  // the oldest first
  size_t size_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_SHARED_BODIES_H_
