// Checks a hub as it goes on, against what it signed before.
#ifndef LIAISON_CLIENT_CLI_HUB_CHECK_H_
#define LIAISON_CLIENT_CLI_HUB_CHECK_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/bundle_check.h"
#include "client/cli/bundle_source.h"
#include "client/cli/kept_log.h"
#include "liaison/connection.h"

namespace liaison::cli {

struct HubCheckOptions {
  std::string address;                // by which the hub is known
  std::string vkey;                   // empty: as it was kept, or, the first time, as the hub says
  record::WitnessPolicy policy = {};  // whose witnesses must have seen what is good
  std::vector<record::NoteVerifier> origins = {};  // logs of other hubs
  absl::Duration patience = absl::Seconds(10);
  std::function<void(uint64_t sequence)> progress;
};

// A HubCheck goes through all of a hub's log, once, and goes on as the log grows. What was good is
// kept, so that the next run begins there. Not thread-safe.
class HubCheck {
 public:
  HubCheck(std::shared_ptr<Connection> connection, KeptLogs kept, HubCheckOptions options);

  // Whom it trusts. DATA_LOSS where the hub shows another log or key than it did before.
  absl::Status Open();
  // True where the key is nobody's word but the hub's.
  bool on_first_sight() const { return on_first_sight_; }
  const record::NoteVerifier& key() const { return *key_; }

  // Checks what there is behind what was checked, up to a checkpoint; nullopt where there is
  // nothing. What is not good is in the report. DATA_LOSS where the hub's history is no longer the
  // one that it signed: the message says where the evidence is.
  absl::StatusOr<std::optional<BundleReport>> Round();

 private:
  // That the checkpoint goes on from what was kept.
  absl::Status CompareWithKept(const record::Checkpoint& checkpoint, const std::string& note);
  absl::Status Convict(const record::Checkpoint& checkpoint, const std::string& note,
                       absl::string_view why);
  absl::StatusOr<BundleReport> CheckStretch(const v1::GetHubResponse& hub,
                                            const v1::GetCheckpointResponse& checkpoint,
                                            bool* awaits_redactions);

  const std::shared_ptr<Connection> connection_;
  const KeptLogs kept_logs_;
  const HubCheckOptions options_;
  std::unique_ptr<BundleSource> source_;
  std::optional<record::NoteVerifier> key_;
  std::optional<KeptLog> kept_;
  bool on_first_sight_ = false;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_HUB_CHECK_H_
