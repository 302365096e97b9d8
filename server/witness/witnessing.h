// Puts this room together from its files: this hub as a witness, and the witnesses of its own log.
#ifndef LIAISON_SERVER_WITNESS_WITNESSING_H_
#define LIAISON_SERVER_WITNESS_WITNESSING_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/signer.h"
#include "server/witness/cosigned_log.h"
#include "server/witness/history_watch.h"
#include "server/witness/witness.h"

namespace liaison::witness {

struct WitnessingOptions {
  transparency::LogKeyOptions keys;
  std::string policy_file;  // who is to cosign this hub's log; empty: nobody is asked
  std::string logs_file;    // policy whose logs this hub cosigns; empty: none
  Witness::Logs logs;       // and these: whose logs it pulls at the moment; null: none
  // As HistoryWatch has it; what is kept of it is beside the log's key.
  std::function<void(const absl::Status& why)> on_conflict;
};

// Beside the log's key, in the folder of keys:
//   log-ID.witnessed   the newest checkpoint that enough witnesses have seen
//   log-ID.conflict    a checkpoint that the log signed and is not what the log is
std::string WitnessedFile(const transparency::LogKeyOptions& keys);
std::string ConflictFile(const transparency::LogKeyOptions& keys);

struct Witnessing {
  std::string policy_text;
  std::unique_ptr<transparency::NoteFile> witnessed_file;
  std::unique_ptr<transparency::NoteFile> conflict_file;
  std::unique_ptr<Witness> witness;       // null where no key could be made, and none is needed
  std::unique_ptr<CosignedLog> cosigned;  // null where nobody is asked
  uint64_t since_s = 0;
  std::unique_ptr<HistoryWatch> history;
  absl::Status conflict;  // of the start: OK where the log is what was seen of it

  // Nothing is signed before the witnesses have been compared with, nor beside what was signed.
  bool may_sign() const {
    if (history->in_conflict()) return false;
    return cosigned == nullptr || (cosigned->compared() && !cosigned->in_conflict());
  }
};

// `signer` need not be open, and outlives it. INVALID_ARGUMENT naming the file and its line.
absl::StatusOr<std::unique_ptr<Witnessing>> OpenWitnessing(const WitnessingOptions& options,
                                                           const transparency::Signer& signer);

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_WITNESSING_H_
