// A disk that fails when told to, and forgets what was not synced when it loses power.
#ifndef LIAISON_TESTS_UNIT_STORAGE_ROCKS_FAILING_DISK_H_
#define LIAISON_TESTS_UNIT_STORAGE_ROCKS_FAILING_DISK_H_

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace liaison::storage {

// A FailingDisk passes everything on to the real file system, except for what it was told. It
// watches the write-ahead log only. Thread-safe.
class FailingDisk {
 public:
  FailingDisk();

  rocksdb::Env* env() { return env_.get(); }

  void FailSyncs(bool fail);
  void FailWrites(bool fail);
  int syncs() const;

  // Cuts the write-ahead logs in a copy of the folder down to what had been synced.
  void LosePower(const std::string& copy_of_db) const;

 private:
  class File;
  class FileSystem;

  struct Size {
    uint64_t written = 0;
    uint64_t synced = 0;
  };

  std::unique_ptr<rocksdb::Env> env_;
  mutable absl::Mutex mu_;
  bool fail_syncs_ ABSL_GUARDED_BY(mu_) = false;
  bool fail_writes_ ABSL_GUARDED_BY(mu_) = false;
  int syncs_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, Size> logs_ ABSL_GUARDED_BY(mu_);  // by file name
};

}  // namespace liaison::storage

#endif  // LIAISON_TESTS_UNIT_STORAGE_ROCKS_FAILING_DISK_H_
