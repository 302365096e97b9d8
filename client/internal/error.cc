#include "liaison/error.h"

#include "absl/strings/str_cat.h"

namespace liaison {
namespace {

// What to do about a status that no hub gave a reason for: something between here and there.
absl::string_view ActionWithoutReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return "Check that the hub is running, that the address is right and that the network lets "
             "you through. Then try again: nothing is published twice.";
    case absl::StatusCode::kDeadlineExceeded:
      return "The hub did not answer in time. Try again: nothing is published twice.";
    case absl::StatusCode::kCancelled:
      return "It was broken off before it was done. Try again: nothing is published twice.";
    case absl::StatusCode::kUnimplemented:
      return "What answers there does not know this call: an older hub, or no hub at all. Check "
             "the address.";
    case absl::StatusCode::kResourceExhausted:
      return "A message was larger than a line carries (4 MiB). Send or ask for less at once.";
    case absl::StatusCode::kDataLoss:
      return "What was received does not fit together. Do not rely on it: tell the hub's operator, "
             "with this message.";
    case absl::StatusCode::kInvalidArgument:
      return "Correct what is named above.";
    default:
      return "";
  }
}

}  // namespace

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return true;
    case absl::StatusCode::kResourceExhausted:
      // Without a delay it is not the hub that is busy, but the call that asks too much.
      return RetryDelayOf(status).has_value();
    default:
      return false;
  }
}

std::string Explain(const absl::Status& status) {
  if (status.ok()) return "All went well.";
  const std::optional<Reason> reason = ReasonOf(status);
  std::string text(status.message());
  if (text.empty()) text = absl::StatusCodeToString(status.code());
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    absl::StrAppend(&text, "\n  ", violation.field, ": ", violation.description);
  }
  const absl::string_view action =
      reason.has_value() ? record::InfoOf(*reason).action : ActionWithoutReason(status.code());
  if (!action.empty()) absl::StrAppend(&text, "\nWhat to do: ", action);
  if (const std::optional<absl::Duration> delay = RetryDelayOf(status)) {
    absl::StrAppend(&text, "\nThe hub asks to wait ", absl::FormatDuration(*delay), " first.");
  }
  absl::StrAppend(&text, "\n(",
                  reason.has_value() ? std::string(record::InfoOf(*reason).name)
                                     : absl::StatusCodeToString(status.code()),
                  ")");
  return text;
}

}  // namespace liaison
