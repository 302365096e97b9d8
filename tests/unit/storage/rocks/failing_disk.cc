#include "tests/unit/storage/rocks/failing_disk.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"

namespace liaison::storage {

class FailingDisk::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, FailingDisk* disk)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), disk_(disk) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    {
      absl::MutexLock lock(&disk_->mu_);
      if (disk_->fail_writes_) return rocksdb::IOStatus::NoSpace("the disk is full");
      disk_->logs_[name_].written += data.size();
    }
    return target()->Append(data, options, context);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&,
                           rocksdb::IODebugContext* context) override {
    return Append(data, options, context);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override {
    return Synced([&] { return target()->Sync(options, context); });
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override {
    return Synced([&] { return target()->Fsync(options, context); });
  }

 private:
  template <typename SyncFunction>
  rocksdb::IOStatus Synced(SyncFunction sync) {
    absl::MutexLock lock(&disk_->mu_);
    if (disk_->fail_syncs_) return rocksdb::IOStatus::IOError("the disk did not sync");
    ++disk_->syncs_;
    disk_->logs_[name_].synced = disk_->logs_[name_].written;
    return sync();
  }

  const std::string name_;
  FailingDisk* const disk_;
};

class FailingDisk::FileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FileSystem(FailingDisk* disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}

  const char* Name() const override { return "FailingDisk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, file, context);
    if (status.ok() && absl::EndsWith(path, ".log")) {
      const std::string name = std::filesystem::path(path).filename();
      *file = std::make_unique<File>(std::move(*file), name, disk_);
    }
    return status;
  }

 private:
  FailingDisk* const disk_;
};

FailingDisk::FailingDisk() : env_(rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(this))) {}

void FailingDisk::FailSyncs(bool fail) {
  absl::MutexLock lock(&mu_);
  fail_syncs_ = fail;
}

void FailingDisk::FailWrites(bool fail) {
  absl::MutexLock lock(&mu_);
  fail_writes_ = fail;
}

int FailingDisk::syncs() const {
  absl::MutexLock lock(&mu_);
  return syncs_;
}

void FailingDisk::LosePower(const std::string& copy_of_db) const {
  absl::MutexLock lock(&mu_);
  for (const auto& [name, size] : logs_) {
    const std::string path = copy_of_db + "/" + name;
    if (std::filesystem::exists(path)) std::filesystem::resize_file(path, size.synced);
  }
}

}  // namespace liaison::storage
