// Points in time as one types them.
#ifndef LIAISON_CLIENT_CLI_TIME_ARGUMENT_H_
#define LIAISON_CLIENT_CLI_TIME_ARGUMENT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::cli {

// `2027-01-31T12:00:00Z` (RFC 3339), `2027-01-31` (UTC), or a time before `now` such as `90m`,
// `2h30m` or `7d`. INVALID_ARGUMENT for anything else. Thread-safe.
absl::StatusOr<absl::Time> ParseTimeArgument(absl::string_view text, absl::Time now);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_TIME_ARGUMENT_H_
