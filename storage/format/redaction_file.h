// A redaction as it is kept beside the backups.
//
// file    := "igf.liaison/redaction/v1\n" log_id[16] leaf_size:u16be leaf
//            header_size:u32be header sections:u8 section* check[32]
// section := kind:u16be row_size:u32be row      a section row, see stored.h
// check   := SHA-256 of everything before it
//
// One that was relayed from another hub is version 2, which has `evidence_size:u32be evidence`
// before its check.
//
// DO NOT CHANGE THIS LAYOUT: it is on disk.
#ifndef LIAISON_STORAGE_FORMAT_REDACTION_FILE_H_
#define LIAISON_STORAGE_FORMAT_REDACTION_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/limits.h"
#include "storage/backup.h"

namespace liaison::storage {

inline constexpr size_t kMaxRedactionFileSizeBytes = 2 * record::kMaxEventSizeBytes;

// Thread-safe, both.
std::string EncodeRedactionFile(const KeptRedaction& redaction);
// DATA_LOSS unless these are the bytes of one.
absl::StatusOr<KeptRedaction> DecodeRedactionFile(absl::string_view bytes);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_REDACTION_FILE_H_
