// Small files and folders that must survive a crash, on RocksDB's file system: what the log needs
// beside the database lies on the same one, and the same faults can be tried on it.
#ifndef LIAISON_STORAGE_ROCKS_SYNCED_FILE_H_
#define LIAISON_STORAGE_ROCKS_SYNCED_FILE_H_

#include <rocksdb/file_system.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::storage {

// Thread-safe, all of them. Errors are FromRocks's, and name the path.

// Creates the folder and those above it where missing. After a crash a created one is there.
absl::Status MakeFolders(rocksdb::FileSystem* files, const std::string& path);

// After a crash the folder names what it names now.
absl::Status SyncFolder(rocksdb::FileSystem* files, const std::string& path);

// Ends the name of a file whose write may have been cut short.
inline constexpr absl::string_view kUnfinished = ".tmp";

// Replaces the file's content: after a crash the file has the old content or the new. Returns once
// the new is on disk. One caller per path at a time: the temporary file is `path`.tmp.
absl::Status ReplaceFile(rocksdb::FileSystem* files, const std::string& path,
                         absl::string_view content);

// Gives the file or folder `from` the name `to`, which is free, on the same disk. Returns once that
// is so on disk.
absl::Status Move(rocksdb::FileSystem* files, const std::string& from, const std::string& to);

// NOT_FOUND where there is none; OUT_OF_RANGE where it is longer than `max_size_bytes`.
absl::StatusOr<std::string> ReadSmallFile(rocksdb::FileSystem* files, const std::string& path,
                                          size_t max_size_bytes);

// An error where it cannot be told.
absl::StatusOr<bool> FileExists(rocksdb::FileSystem* files, const std::string& path);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_SYNCED_FILE_H_
