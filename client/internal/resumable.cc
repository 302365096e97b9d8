#include "client/internal/resumable.h"

#include "liaison/error.h"

namespace liaison::internal {
namespace {

constexpr int kMaxDoubtfulInARow = 5;

}  // namespace

Fate FateOf(const absl::Status& status) {
  if (IsTransient(status)) return Fate::kResume;
  if (ReasonOf(status).has_value()) return Fate::kFinal;
  switch (status.code()) {
    // What gRPC and the proxies on the way make of a reset connection.
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return Fate::kDoubtful;
    default:
      return Fate::kFinal;
  }
}

bool FateCounter::MayResume(const absl::Status& status) {
  switch (FateOf(status)) {
    case Fate::kResume:
      return true;
    case Fate::kDoubtful:
      return ++doubtful_in_a_row_ <= kMaxDoubtfulInARow;
    case Fate::kFinal:
      return false;
  }
  return false;
}

}  // namespace liaison::internal
