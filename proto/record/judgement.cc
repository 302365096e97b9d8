#include "proto/record/judgement.h"

#include <optional>

#include "proto/record/errors.h"

namespace liaison::record {

bool IsJudgement(const absl::Status& status) {
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return false;
  const std::optional<Reason> reason = ReasonOf(status);
  if (reason == Reason::kCredentialRequired || reason == Reason::kCredentialInvalid) return false;
  return !RetryDelayOf(status).has_value();
}

}  // namespace liaison::record
