#include "liaison/error.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/way_out.h"

namespace liaison {
namespace {

struct Words {
  absl::string_view what;  // happened, where the message is not for everybody
  absl::string_view action;
};

// About a status that no hub gave a reason for: something between here and there.
Words WordsWithoutReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return {"The hub cannot be reached.",
              "Check that the hub is running, that the address is right and that the network lets "
              "you through. Then try again: nothing is published twice."};
    case absl::StatusCode::kDeadlineExceeded:
      return {"The hub did not answer in time.", "Try again: nothing is published twice."};
    case absl::StatusCode::kCancelled:
      return {"It was broken off before it was done.", "Try again: nothing is published twice."};
    case absl::StatusCode::kUnimplemented:
      return {"What answers there does not know this call.",
              "It is an older hub, or no hub at all: check the address."};
    case absl::StatusCode::kResourceExhausted:
      return {"A message was too large.", "Send or ask for less than 4 MiB at once."};
    case absl::StatusCode::kDataLoss:
      return {"What the hub sent does not fit together.",
              "Do not rely on it. Tell the hub's operator, with this message."};
    default:
      return {};
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
  const record::ReasonInfo* info = reason.has_value() ? &record::InfoOf(*reason) : nullptr;
  const Words words = info != nullptr ? Words{"", info->action} : WordsWithoutReason(status.code());

  std::vector<std::string> lines;
  if (!words.what.empty()) lines.emplace_back(words.what);
  if (!status.message().empty()) {
    lines.push_back(absl::StrCat(lines.empty() ? "" : "  ", status.message()));
  }
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    const std::string line = absl::StrCat(violation.field, ": ", violation.description);
    // A single one is the message already.
    if (!absl::StrContains(status.message(), line)) lines.push_back(absl::StrCat("  ", line));
  }
  const std::string way_out = record::MetadataOf(status, record::kWayOut);
  const absl::string_view action = way_out.empty() ? words.action : way_out;
  if (!action.empty()) lines.push_back(absl::StrCat("What to do: ", action));
  if (const std::optional<absl::Duration> delay = RetryDelayOf(status)) {
    lines.push_back(absl::StrCat("The hub asks to wait ", absl::FormatDuration(*delay), " first."));
  }
  lines.push_back(absl::StrCat(
      "(", info != nullptr ? std::string(info->name) : absl::StatusCodeToString(status.code()),
      ")"));
  return absl::StrJoin(lines, "\n");
}

}  // namespace liaison
