#include "storage/rocks/open.h"

namespace liaison::storage {

// Under construction: says so instead of pretending.
absl::StatusOr<std::unique_ptr<EventLog>> OpenEventLog(const OpenOptions&) {
  return absl::UnimplementedError("the log is not there yet");
}

}  // namespace liaison::storage
