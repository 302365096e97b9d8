// What RocksDB says about itself, for people who look for trouble.
#ifndef LIAISON_STORAGE_ROCKS_INFO_LOG_H_
#define LIAISON_STORAGE_ROCKS_INFO_LOG_H_

#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace liaison::storage {

// Returns a log in the file `path`, which rolls over to `NAME.1.log` and so on: three files of 8
// MiB are kept. What cannot be written is left out: RocksDB's own ends the process at the first
// line behind one for which a full disk had no room. Thread-safe.
std::shared_ptr<rocksdb::Logger> NewInfoLog(const std::string& path);

// Returns a log that writes nothing, for what may not write: RocksDB would else begin a file of its
// own.
std::shared_ptr<rocksdb::Logger> NoInfoLog();

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_INFO_LOG_H_
