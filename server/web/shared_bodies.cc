#include "server/web/shared_bodies.h"

#include <utility>

#include "absl/time/clock.h"
#include "proto/record/macros.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

struct Counted {
  std::string bytes;
  AnswerBudget::Share share;
};

}  // namespace

absl::StatusOr<Body> SharedBodies::Get(const std::string& key,
                                       absl::FunctionRef<absl::StatusOr<std::string>()> make) {
  absl::MutexLock lock(&mu_);
  Forget(absl::Now());
  for (const Kept& one : kept_) {
    if (one.key == key) return one.body;
  }
  LIAISON_ASSIGN_OR_RETURN(std::string bytes, make());
  bytes.shrink_to_fit();
  auto share = budget_.Take(bytes.size());
  if (!share) return absl::ResourceExhaustedError("too many answers wait for their readers");
  auto counted = std::make_shared<const Counted>(Counted{std::move(bytes), *std::move(share)});
  Body body(counted, &counted->bytes);
  size_ += body->size();
  kept_.push_back({key, body, absl::Now()});
  Forget(absl::Now());
  return body;
}

void SharedBodies::Forget(absl::Time now) {
  while (!kept_.empty() && (size_ > kSharedBodiesSizeBytes ||
                            now - kept_.front().made_at > absl::FromChrono(kSharedBodyAge))) {
    size_ -= kept_.front().body->size();
    kept_.pop_front();
  }
}

}  // namespace liaison::web
