// What `liaison doctor` looks at.
#ifndef LIAISON_CLIENT_CLI_DIAGNOSIS_H_
#define LIAISON_CLIENT_CLI_DIAGNOSIS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "liaison/connection.h"

namespace liaison::cli {

struct Finding {
  std::string check;  // `connection`, `clock`, ...
  bool ok = false;
  std::string detail;   // what was seen
  std::string way_out;  // what to do; empty where it is well
};

Finding Well(absl::string_view check, absl::string_view detail);
Finding Problem(absl::string_view check, absl::string_view detail, absl::string_view way_out);

// Each judges one thing, from values alone. Thread-safe.
Finding JudgeVersion(absl::string_view client, absl::string_view hub);
// `hub_time` was read while the local clock showed a time between `asked` and `answered`.
Finding JudgeClock(absl::Time hub_time, absl::Time asked, absl::Time answered);
Finding JudgeLatency(std::vector<absl::Duration> round_trips);
Finding JudgeWrites(const v1::GetHubResponse& hub);
Finding JudgeCaller(const v1::GetHubResponse& hub, absl::string_view acting_as);

// Reads the log's beginning and its end and checks every event against its own leaf; where all of
// the log is short enough to be read, and all of it visible, the root is computed from the leaves
// and compared with the hub's.
Finding VerifyLog(const std::shared_ptr<Connection>& connection, const v1::GetHubResponse& hub);

// All of them, in order; only the first where there is no connection.
std::vector<Finding> Diagnose(const std::shared_ptr<Connection>& connection,
                              absl::string_view address, absl::string_view acting_as);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_DIAGNOSIS_H_
