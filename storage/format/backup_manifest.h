// The manifest of a backup: what log it is of, and how far it goes.
//
// file := "igf.liaison/backup/v1\n"
//         "number " decimal "\n"
//         "log_id " uuid "\n"
//         "sequence " decimal "\n"             the head,
//         "root " hex[64] "\n"
//         "registry_size " decimal "\n"
//         "registry_root " hex[64] "\n"
//         "hub_time_us " decimal "\n"          as it stood in the log
//         "begun_us " decimal "\n"
//         "size_bytes " decimal "\n"
//         "engine_meta " hex[64] "\n"          SHA-256 of the file meta/NUMBER beside it
//         "check " hex[64] "\n"                SHA-256 of everything before this line
//
// Text, because it is read by people on a bad day. DO NOT CHANGE THIS GRAMMAR: it is on disk.
#ifndef LIAISON_STORAGE_FORMAT_BACKUP_MANIFEST_H_
#define LIAISON_STORAGE_FORMAT_BACKUP_MANIFEST_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "storage/backup.h"

namespace liaison::storage {

inline constexpr size_t kMaxManifestSizeBytes = 2048;

struct BackupManifest {
  BackupInfo info;
  record::Hash engine_meta;  // names and sums of all files
};

// Thread-safe, both.
std::string EncodeManifest(const BackupManifest& manifest);
// DATA_LOSS unless these are exactly the bytes that EncodeManifest gives.
absl::StatusOr<BackupManifest> DecodeManifest(absl::string_view bytes);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_BACKUP_MANIFEST_H_
