// The command `liaisond scrub`: a log, and what was signed of it, read to the last byte.
#ifndef LIAISON_SERVER_TRANSPARENCY_SCRUB_H_
#define LIAISON_SERVER_TRANSPARENCY_SCRUB_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/scrub.h"

namespace liaison::transparency {

struct Scrub {
  storage::Scrubbed log;
  std::string origin;        // empty where the log has no key yet
  uint64_t signed_size = 0;  // by the last checkpoint
  uint64_t signed_registry = 0;
};

// As storage::ScrubLog, and looks at the key in `keys_folder` and whether the log is still what was
// signed with it.
absl::StatusOr<Scrub> ScrubSignedLog(const std::string& data_dir, const std::string& keys_folder,
                                     const storage::BackupObserver& observer);

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_SCRUB_H_
