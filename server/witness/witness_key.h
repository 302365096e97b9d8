// The key that this hub cosigns other logs' checkpoints with, and where it keeps what it cosigned.
//
// In the folder of keys:
//   witness.key            skey of cosignature/v1; its name is the witness's
//   witness/HASH           the last checkpoint it cosigned of the log whose origin has that SHA-256
//   witness/HASH.begun     that origin: there was such a checkpoint
#ifndef LIAISON_SERVER_WITNESS_WITNESS_KEY_H_
#define LIAISON_SERVER_WITNESS_WITNESS_KEY_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/signed_note.h"
#include "server/witness/witness.h"

namespace liaison::witness {

struct WitnessKeyOptions {
  std::string folder;  // made where missing
  std::string hub;     // `igf`
  std::string host;    // `hub.example.org`
};

// The witness's key. Where there is none it is made, named HOST/HUB/witness, with the folder of
// what it cosigns before it: whoever finds a key without the folder knows that one was lost. It is
// never the key of a log. FAILED_PRECONDITION where the folder is gone; INVALID_ARGUMENT for what
// is no such key, or cannot be read or written. No message holds a word of the key.
absl::StatusOr<record::NoteSigner> FindOrMakeWitnessKey(const WitnessKeyOptions& options);

// Names of the two above.
std::string WitnessKeyFile(const std::string& folder);
std::string CosignedFolder(const std::string& folder);

inline constexpr absl::string_view kBegunSuffix = ".begun";

// Files in that folder. Of a log that was begun with, a checkpoint that is gone is DATA_LOSS: it
// must not pass for a log that is new here.
Witness::StoreOf StoresIn(const std::string& folder);

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_WITNESS_KEY_H_
