// What witnessing keeps beside the keys, read again: of the command `liaisond scrub`.
#ifndef LIAISON_SERVER_WITNESS_SCRUB_H_
#define LIAISON_SERVER_WITNESS_SCRUB_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "proto/record/uuid.h"

namespace liaison::witness {

// Reads the witness's key, every note that was cosigned with it, and, of the log of that id, the
// notes that witnesses have cosigned or held against it. Returns how many notes those are.
// DATA_LOSS names the file that is not what was written. A line by somebody else's key is not
// judged: the key is not here, and nobody believes the line without it. No hub may run.
absl::StatusOr<size_t> ScrubNotes(const std::string& keys_folder, const record::Uuid& log_id);

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_SCRUB_H_
