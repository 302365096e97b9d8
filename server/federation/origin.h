// Whose log it is, and what it signs of itself.
#ifndef LIAISON_SERVER_FEDERATION_ORIGIN_H_
#define LIAISON_SERVER_FEDERATION_ORIGIN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/signed_note.h"
#include "proto/record/uuid.h"

namespace liaison::federation {

// What follows a log's origin in that of its registry.
inline constexpr absl::string_view kRegistrySuffix = "/registry";

// One incarnation of one hub's log. Value type.
struct Origin {
  std::string name;  // HOST/HUB/LOG_ID, the first line of its checkpoints
  std::string hub;   // the name before the slash of its audiences
  record::Uuid log_id;
  record::Hash name_hash;  // as relayed leaves have it
};

// INVALID_ARGUMENT for anything else than HOST/HUB/LOG_ID. Thread-safe.
absl::StatusOr<Origin> ParseOrigin(absl::string_view name);

// The name of the key with which the origin signs its registry. The key itself is that of the log.
record::NoteVerifier RegistryKeyOf(const record::NoteVerifier& log_key);

// What a tree was at one moment, by its own word.
struct Head {
  uint64_t size = 0;
  record::Hash root;
  std::string note;  // signed, verbatim: the evidence
};

// Opens a checkpoint of the tree that the key is named after. UNAUTHENTICATED unless that key, the
// one that was pinned, signed it; INVALID_ARGUMENT for what is no checkpoint, or another tree's.
// Thread-safe.
absl::StatusOr<Head> OpenHead(const record::NoteVerifier& key, absl::string_view note);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ORIGIN_H_
