// The head file: how far the log had been acknowledged, kept outside the log.
//
// file := "igf.liaison/head/v1\n"
//         "log_id " uuid "\n"
//         "sequence " decimal "\n"
//         "root " hex[64] "\n"
//         "check " hex[64] "\n"       SHA-256 of everything before this line
//
// Text, because it is read by people on a bad day. DO NOT CHANGE THIS GRAMMAR: it is on disk.
#ifndef LIAISON_STORAGE_FORMAT_HEAD_FILE_H_
#define LIAISON_STORAGE_FORMAT_HEAD_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/uuid.h"

namespace liaison::storage {

inline constexpr size_t kMaxHeadFileSizeBytes = 1024;

struct HeadFile {
  record::Uuid log_id;
  uint64_t sequence = 0;
  record::Hash root;
};

// Thread-safe, both.
std::string EncodeHeadFile(const HeadFile& head);
// DATA_LOSS unless these are exactly the bytes that EncodeHeadFile gives.
absl::StatusOr<HeadFile> DecodeHeadFile(absl::string_view bytes);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_HEAD_FILE_H_
