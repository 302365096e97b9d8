// The key that a log signs its checkpoints with.
//
// In the folder of keys, for the log of that id:
//   log-ID.key                   skey of the signed note; its name is the log's origin
//   log-ID.checkpoint            the last checkpoint that was signed with it
//   log-ID.registry-checkpoint   likewise, of the registry's tree
#ifndef LIAISON_SERVER_TRANSPARENCY_LOG_KEY_H_
#define LIAISON_SERVER_TRANSPARENCY_LOG_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/checkpoint.h"
#include "proto/record/signed_note.h"
#include "proto/record/uuid.h"

namespace liaison::transparency {

// What follows the log's origin in that of its registry.
inline constexpr absl::string_view kRegistrySuffix = "/registry";

struct LogKeyOptions {
  std::string folder;  // made where missing
  std::string hub;     // `igf`
  std::string host;    // `hub.example.org`
  record::Uuid log_id;
};

// Names of the files above.
std::string LogKeyFile(const LogKeyOptions& options);
std::string CheckpointFile(const LogKeyOptions& options);
std::string RegistryCheckpointFile(const LogKeyOptions& options);

// The log's key. Where there is none it is made, with the checkpoints of the empty trees before it:
// whoever finds a key without a record knows that one was lost. The origin, HOST/HUB/ID, is made
// with the key and stays, whatever the hub is called later; another incarnation of the log has
// another, and so never splits the history of this one. FAILED_PRECONDITION where the key is gone
// and its record is there; INVALID_ARGUMENT for what is no key, or cannot be read or written. No
// message holds a word of the key.
absl::StatusOr<record::NoteSigner> FindOrMakeLogKey(const LogKeyOptions& options);

// What the record of what this key has signed says. An error where it is lost, or none.
absl::StatusOr<record::Checkpoint> ReadRecord(const record::NoteVerifier& key,
                                              const absl::StatusOr<std::string>& note);

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_LOG_KEY_H_
