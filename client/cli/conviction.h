// What another hub's log is convicted by: bytes that nobody but that hub can have made.
#ifndef LIAISON_CLIENT_CLI_CONVICTION_H_
#define LIAISON_CLIENT_CLI_CONVICTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "proto/record/signed_note.h"

namespace liaison::cli {

// What it proves against the log of that key, in words; nothing that the hub says is believed.
// DATA_LOSS where it proves nothing. Thread-safe.
absl::StatusOr<std::string> CheckConviction(const igf::liaison::v1::OriginEvidence& evidence,
                                            const record::NoteVerifier& log);

// Two heads of the log itself as a file that anybody checks (proto/record/BUNDLE.md). DATA_LOSS or
// UNAUTHENTICATED where it has no such two.
absl::StatusOr<std::string> FormatTwoHeads(const igf::liaison::v1::OriginEvidence& evidence,
                                           const record::NoteVerifier& log);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_CONVICTION_H_
