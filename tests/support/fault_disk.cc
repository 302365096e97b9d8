#include "tests/support/fault_disk.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/match.h"

namespace liaison::testing {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr size_t kBlockSizeBytes = 4096;

// RocksDB writes `a//b` and `a/` for `a/b` and `a`.
std::string Plain(const std::string& path) {
  std::string plain = std::filesystem::path(path).lexically_normal().string();
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

bool IsManifest(const std::string& path) {
  return absl::StartsWith(std::filesystem::path(path).filename().string(), "MANIFEST");
}

IOStatus NotThere(const std::string& path) { return IOStatus::PathNotFound(path); }

class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
  size_t GetLogFileSize() const override { return 0; }
};

// RocksDB sleeps a second after a failure in the background; nothing here gets better by waiting.
class Sleepless final : public rocksdb::SystemClockWrapper {
 public:
  Sleepless() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "Sleepless"; }
  void SleepForMicroseconds(int us) override {
    SystemClockWrapper::SleepForMicroseconds(std::min(us, 100));
  }
};

class FaultEnv final : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnv(const std::shared_ptr<rocksdb::FileSystem>& files)
      : EnvWrapper(std::shared_ptr<rocksdb::Env>(rocksdb::NewCompositeEnv(files))) {
    file_system_ = files;
    system_clock_ = std::make_shared<Sleepless>();
  }
  const char* Name() const override { return "FaultDisk"; }
};

class Held final : public rocksdb::FileLock {};

}  // namespace

// The border to RocksDB: paths become plain, everything else is the disk's.
class FaultFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultFiles(FaultDisk* disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}

  const char* Name() const override { return "FaultDisk"; }

  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext*) override;
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext*) override;
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext*) override;
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext*) override;
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* context) override {
    const IOStatus renamed = disk_->Rename(Plain(old_path), Plain(path));
    return renamed.ok() ? NewWritableFile(path, options, file, context) : renamed;
  }
  IOStatus NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("FaultDisk");
  }
  IOStatus NewMemoryMappedFileBuffer(const std::string&,
                                     std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) override {
    return IOStatus::NotSupported("FaultDisk");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext*) override;
  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    FaultDisk::NodePtr node;
    const IOStatus found = disk_->Look(Plain(path), &node);
    return found.IsPathNotFound() ? IOStatus::NotFound(path) : found;
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* names,
                       IODebugContext*) override {
    return disk_->List(Plain(path), names);
  }
  // The wrapper would ask the real file system.
  IOStatus GetChildrenFileAttributes(const std::string& path, const IOOptions& options,
                                     std::vector<rocksdb::FileAttributes>* files,
                                     IODebugContext* context) override {
    return FileSystem::GetChildrenFileAttributes(path, options, files, context);
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk_->Delete(Plain(path));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk_->Delete(Plain(path));
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions&,
                    IODebugContext*) override {
    FaultDisk::NodePtr node;
    const IOStatus found = disk_->Look(Plain(path), &node);
    return found.ok() ? disk_->Truncate(node.get(), size) : found;
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk_->MakeFolder(Plain(path), /*may_exist=*/false);
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk_->MakeFolder(Plain(path), /*may_exist=*/true);
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* size,
                       IODebugContext*) override {
    FaultDisk::NodePtr node;
    const IOStatus found = disk_->Look(Plain(path), &node);
    if (found.ok()) *size = disk_->SizeOf(node.get());
    return found;
  }
  IOStatus GetFileModificationTime(const std::string& path, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    FaultDisk::NodePtr node;
    *time = 0;
    return disk_->Look(Plain(path), &node);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    return disk_->Rename(Plain(from), Plain(to));
  }
  IOStatus LinkFile(const std::string&, const std::string&, const IOOptions&,
                    IODebugContext*) override {
    return IOStatus::NotSupported("FaultDisk");
  }
  // One process, one owner: what keeps others away is tested on a real file system.
  IOStatus LockFile(const std::string&, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    *lock = new Held();
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    delete lock;
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* logger,
                     IODebugContext*) override {
    *logger = std::make_shared<NoLog>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                           IODebugContext*) override {
    *absolute = Plain(path);
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string&, const IOOptions&, uint64_t* size,
                        IODebugContext*) override {
    return disk_->FreeSpace(size);
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_folder,
                       IODebugContext*) override {
    FaultDisk::NodePtr node;
    const IOStatus found = disk_->Look(Plain(path), &node);
    if (found.ok()) *is_folder = node->is_folder;
    return found;
  }

 private:
  class Sequential;
  class RandomAccess;
  class Writable;
  class Folder;

  FaultDisk* const disk_;
};

class FaultFiles::Sequential final : public rocksdb::FSSequentialFile {
 public:
  Sequential(FaultDisk* disk, FaultDisk::NodePtr node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)) {}

  IOStatus Read(size_t size, const IOOptions&, rocksdb::Slice* result, char* scratch,
                IODebugContext*) override {
    const IOStatus read = disk_->Read(node_.get(), path_, offset_, size, scratch, result);
    if (read.ok()) offset_ += result->size();
    return read;
  }
  IOStatus Skip(uint64_t size) override {
    offset_ += size;
    return IOStatus::OK();
  }

 private:
  FaultDisk* const disk_;
  const FaultDisk::NodePtr node_;
  const std::string path_;
  uint64_t offset_ = 0;
};

class FaultFiles::RandomAccess final : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccess(FaultDisk* disk, FaultDisk::NodePtr node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)) {}

  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, rocksdb::Slice* result,
                char* scratch, IODebugContext*) const override {
    return disk_->Read(node_.get(), path_, offset, size, scratch, result);
  }

 private:
  FaultDisk* const disk_;
  const FaultDisk::NodePtr node_;
  const std::string path_;
};

class FaultFiles::Writable final : public rocksdb::FSWritableFile {
 public:
  Writable(FaultDisk* disk, FaultDisk::NodePtr node) : disk_(disk), node_(std::move(node)) {}

  using rocksdb::FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice& data, const IOOptions&, IODebugContext*) override {
    return disk_->Append(node_.get(), {data.data(), data.size()});
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    return disk_->Truncate(node_.get(), size);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return disk_->SyncFile(node_.get()); }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    return disk_->SizeOf(node_.get());
  }

 private:
  FaultDisk* const disk_;
  const FaultDisk::NodePtr node_;
};

class FaultFiles::Folder final : public rocksdb::FSDirectory {
 public:
  Folder(FaultDisk* disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_->SyncFolder(path_); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  FaultDisk* const disk_;
  const std::string path_;
};

IOStatus FaultFiles::NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                       IODebugContext*) {
  FaultDisk::NodePtr node;
  const IOStatus opened = disk_->Open(Plain(path), &node);
  if (opened.ok()) *file = std::make_unique<Sequential>(disk_, std::move(node), Plain(path));
  return opened;
}

IOStatus FaultFiles::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                         std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                         IODebugContext*) {
  FaultDisk::NodePtr node;
  const IOStatus opened = disk_->Open(Plain(path), &node);
  if (opened.ok()) *file = std::make_unique<RandomAccess>(disk_, std::move(node), Plain(path));
  return opened;
}

IOStatus FaultFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     IODebugContext*) {
  FaultDisk::NodePtr node;
  const IOStatus created = disk_->Create(Plain(path), /*keep_content=*/false, &node);
  if (created.ok()) *file = std::make_unique<Writable>(disk_, std::move(node));
  return created;
}

IOStatus FaultFiles::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext*) {
  FaultDisk::NodePtr node;
  const IOStatus created = disk_->Create(Plain(path), /*keep_content=*/true, &node);
  if (created.ok()) *file = std::make_unique<Writable>(disk_, std::move(node));
  return created;
}

IOStatus FaultFiles::NewDirectory(const std::string& path, const IOOptions&,
                                  std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext*) {
  FaultDisk::NodePtr node;
  const IOStatus opened = disk_->Open(Plain(path), &node);
  if (opened.ok() && !node->is_folder) return IOStatus::IOError(path, "is no folder");
  if (opened.ok()) *folder = std::make_unique<Folder>(disk_, Plain(path));
  return opened;
}

FaultDisk::FaultDisk() : env_(std::make_unique<FaultEnv>(std::make_shared<FaultFiles>(this))) {
  absl::MutexLock lock(&mu_);
  const auto root = std::make_shared<Node>();
  root->is_folder = true;
  names_["/"] = root;
  durable_ = names_;
}

FaultDisk::~FaultDisk() = default;

// --- calls ---------------------------------------------------------------------------------------

uint64_t FaultDisk::Lot(uint64_t choices) { return choices == 0 ? 0 : lots_() % choices; }

IOStatus FaultDisk::Begin(Call call) {
  dying_ = false;
  if (!power_) return IOStatus::IOError("the power is off");
  ++calls_[static_cast<size_t>(call)];
  if (calls_to_live_ > 0 && --calls_to_live_ == 0) {
    power_ = false;
    dying_ = true;
  }
  if (!failure_ || (failure_->call && *failure_->call != call)) return IOStatus::OK();
  ++failure_counted_;
  const bool fails =
      failure_->lasting ? failure_counted_ >= failure_->first : failure_counted_ == failure_->first;
  if (!fails) return IOStatus::OK();
  ++failed_calls_;
  return failure_->error == Failure::Error::kNoSpace ? IOStatus::NoSpace("the disk is full")
                                                     : IOStatus::IOError("the disk failed");
}

IOStatus FaultDisk::Done() const {
  return dying_ ? IOStatus::IOError("the power is off") : IOStatus::OK();
}

IOStatus FaultDisk::Open(const std::string& path, NodePtr* node) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kOpen);
  if (!begun.ok()) return begun;
  const auto it = names_.find(path);
  if (it == names_.end()) return NotThere(path);
  *node = it->second;
  return IOStatus::OK();
}

IOStatus FaultDisk::Create(const std::string& path, bool keep_content, NodePtr* node) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kOpen);
  if (!begun.ok()) return begun;
  const auto it = names_.find(path);
  if (it != names_.end()) {
    *node = it->second;
    if (!keep_content) {
      (*node)->data.clear();
      (*node)->synced = 0;
      (*node)->dropping = false;  // what is written now is dirty again
    }
    return Done();
  }
  if (names_.find(FolderOf(path)) == names_.end()) return NotThere(path);
  *node = std::make_shared<Node>();
  Enter({FolderOf(path), {{path, *node}}});
  return Done();
}

IOStatus FaultDisk::Append(Node* node, absl::string_view data) {
  absl::MutexLock lock(&mu_);
  IOStatus begun = Begin(Call::kWrite);
  size_t written = data.size();
  const uint64_t used = UsedLocked();
  const uint64_t free = capacity_size_bytes_ > used ? capacity_size_bytes_ - used : 0;
  if (!power_ && !Dying()) return begun;
  if (!begun.ok() || Dying()) written = Lot(data.size() + 1);
  if (begun.ok() && data.size() > free) begun = IOStatus::NoSpace("the disk is full");
  written = std::min<uint64_t>(written, free);
  node->data.append(data.data(), written);
  return begun.ok() ? Done() : begun;
}

IOStatus FaultDisk::Truncate(Node* node, uint64_t size) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kWrite);
  if (!begun.ok()) return begun;
  node->data.resize(size);
  node->synced = std::min<size_t>(node->synced, size);
  return Done();
}

IOStatus FaultDisk::SyncFile(Node* node) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kSync);
  if (!begun.ok()) {
    if (power_) node->dropping = true;
    return begun;
  }
  if (pretend_to_sync_ || node->dropping) return Done();
  if (Dying()) {
    node->synced += Lot(node->data.size() - node->synced + 1);
  } else {
    node->synced = node->data.size();
  }
  return Done();
}

IOStatus FaultDisk::SyncFolder(const std::string& path) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kSync);
  if (!begun.ok()) return begun;
  if (pretend_to_sync_ || (Dying() && Lot(2) == 0)) return Done();
  std::vector<Change> others;
  for (Change& change : unsynced_) {
    if (change.folder == path) {
      Apply(change, &durable_);
    } else {
      others.push_back(std::move(change));
    }
  }
  unsynced_ = std::move(others);
  return Done();
}

IOStatus FaultDisk::Read(const Node* node, const std::string& path, uint64_t offset, size_t size,
                         char* scratch, rocksdb::Slice* result) {
  absl::MutexLock lock(&mu_);
  *result = rocksdb::Slice(scratch, 0);
  const IOStatus begun = Begin(Call::kRead);
  if (!begun.ok()) return begun;
  if (offset >= node->data.size()) return IOStatus::OK();
  const size_t read = std::min<size_t>(size, node->data.size() - offset);
  node->data.copy(scratch, read, offset);
  *result = rocksdb::Slice(scratch, read);
  if (!flip_ || flip_->path != path) return IOStatus::OK();
  const uint64_t byte = flip_->bit / 8;
  if (byte < offset || byte >= offset + read) return IOStatus::OK();
  scratch[byte - offset] = static_cast<char>(scratch[byte - offset] ^ (1 << (flip_->bit % 8)));
  ++flipped_reads_;
  return IOStatus::OK();
}

IOStatus FaultDisk::Rename(const std::string& from, const std::string& to) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kRename);
  if (!begun.ok()) return begun;
  const auto it = names_.find(from);
  if (it == names_.end()) return NotThere(from);
  if (FolderOf(from) != FolderOf(to)) return IOStatus::NotSupported("from folder to folder");
  const NodePtr node = it->second;
  Enter({FolderOf(to), {{to, node}, {from, nullptr}}});
  return Done();
}

IOStatus FaultDisk::Delete(const std::string& path) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kDelete);
  if (!begun.ok()) return begun;
  if (names_.find(path) == names_.end()) return NotThere(path);
  Enter({FolderOf(path), {{path, nullptr}}});
  return Done();
}

IOStatus FaultDisk::MakeFolder(const std::string& path, bool may_exist) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kMakeFolder);
  if (!begun.ok()) return begun;
  if (names_.find(path) != names_.end()) {
    return may_exist ? IOStatus::OK() : IOStatus::IOError(path, "is there already");
  }
  if (names_.find(FolderOf(path)) == names_.end()) return NotThere(path);
  const auto node = std::make_shared<Node>();
  node->is_folder = true;
  Enter({FolderOf(path), {{path, node}}});
  return Done();
}

IOStatus FaultDisk::Look(const std::string& path, NodePtr* node) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kLook);
  if (!begun.ok()) return begun;
  const auto it = names_.find(path);
  if (it == names_.end()) return NotThere(path);
  *node = it->second;
  return IOStatus::OK();
}

uint64_t FaultDisk::SizeOf(const Node* node) const {
  absl::MutexLock lock(&mu_);
  return node->data.size();
}

IOStatus FaultDisk::List(const std::string& path, std::vector<std::string>* names) {
  absl::MutexLock lock(&mu_);
  names->clear();
  const IOStatus begun = Begin(Call::kLook);
  if (!begun.ok()) return begun;
  if (names_.find(path) == names_.end()) return NotThere(path);
  for (const auto& [name, node] : names_) {
    if (name != "/" && FolderOf(name) == path) {
      names->push_back(std::filesystem::path(name).filename().string());
    }
  }
  return IOStatus::OK();
}

IOStatus FaultDisk::FreeSpace(uint64_t* size_bytes) {
  absl::MutexLock lock(&mu_);
  const IOStatus begun = Begin(Call::kLook);
  if (!begun.ok()) return begun;
  const uint64_t used = UsedLocked();
  *size_bytes = capacity_size_bytes_ > used ? capacity_size_bytes_ - used : 0;
  return IOStatus::OK();
}

// --- names and content ---------------------------------------------------------------------------

void FaultDisk::Apply(const Change& change, Names* names) {
  for (const auto& [name, node] : change.names) {
    if (node == nullptr) {
      names->erase(name);
    } else {
      (*names)[name] = node;
    }
  }
}

void FaultDisk::Enter(Change change) {
  Apply(change, &names_);
  unsynced_.push_back(std::move(change));
}

uint64_t FaultDisk::UsedLocked() const {
  if (capacity_size_bytes_ == std::numeric_limits<uint64_t>::max()) return 0;
  uint64_t used = 0;
  for (const auto& [name, node] : names_) used += node->data.size();
  return used;
}

FaultDisk::Names FaultDisk::SurvivingNames(Survival survival) {
  Names names = durable_;
  const size_t kept = survival == Survival::kNothing      ? 0
                      : survival == Survival::kEverything ? unsynced_.size()
                                                          : Lot(unsynced_.size() + 1);
  for (size_t i = 0; i < kept; ++i) Apply(unsynced_[i], &names);
  // What stands in a folder that is gone is gone with it; a folder comes before what is in it.
  for (auto it = names.begin(); it != names.end();) {
    const bool lost = it->first != "/" && names.find(FolderOf(it->first)) == names.end();
    it = lost ? names.erase(it) : std::next(it);
  }
  return names;
}

void FaultDisk::LoseContent(Survival survival, bool manifest, Node* node) {
  const size_t unsynced = node->data.size() - node->synced;
  size_t kept = survival == Survival::kNothing      ? 0
                : survival == Survival::kEverything ? unsynced
                                                    : Lot(unsynced + 1);
  const bool each = survival == Survival::kEach || survival == Survival::kTornBlocks;
  if (each && Lot(4) == 0) kept = unsynced;
  node->data.resize(node->synced + kept);
  // storage/doc/2026-11-24-power-loss.md says why a manifest is cut, and not torn.
  if (survival == Survival::kTornBlocks && kept > 0 && !manifest) {
    const size_t block = (node->data.size() - 1) / kBlockSizeBytes * kBlockSizeBytes;
    const bool zeros = Lot(2) == 0;
    for (size_t i = std::max(block, node->synced); i < node->data.size(); ++i) {
      node->data[i] = zeros ? '\0' : static_cast<char>(Lot(256));
    }
  }
  node->synced = node->data.size();
  node->dropping = false;
}

// --- what a test says ----------------------------------------------------------------------------

void FaultDisk::Fail(const Failure& failure) {
  absl::MutexLock lock(&mu_);
  failure_ = failure;
  failure_counted_ = 0;
  failed_calls_ = 0;
}

void FaultDisk::StopFailing() {
  absl::MutexLock lock(&mu_);
  failure_.reset();
}

uint64_t FaultDisk::failed_calls() const {
  absl::MutexLock lock(&mu_);
  return failed_calls_;
}

uint64_t FaultDisk::calls() const {
  absl::MutexLock lock(&mu_);
  uint64_t sum = 0;
  for (const uint64_t count : calls_) sum += count;
  return sum;
}

uint64_t FaultDisk::calls(Call call) const {
  absl::MutexLock lock(&mu_);
  return calls_[static_cast<size_t>(call)];
}

void FaultDisk::LosePowerAtCall(uint64_t n, uint64_t seed) {
  absl::MutexLock lock(&mu_);
  calls_to_live_ = n;
  lots_.seed(seed);
}

void FaultDisk::LosePower() {
  absl::MutexLock lock(&mu_);
  power_ = false;
}

bool FaultDisk::power() const {
  absl::MutexLock lock(&mu_);
  return power_;
}

void FaultDisk::RestorePower(Survival survival, uint64_t seed) {
  absl::MutexLock lock(&mu_);
  lots_.seed(seed);
  names_ = SurvivingNames(survival);
  durable_ = names_;
  unsynced_.clear();
  std::set<Node*> seen;
  for (const auto& [name, node] : names_) {
    if (seen.insert(node.get()).second) LoseContent(survival, IsManifest(name), node.get());
  }
  power_ = true;
  dying_ = false;
  calls_to_live_ = 0;
}

void FaultDisk::PretendToSync(bool pretend) {
  absl::MutexLock lock(&mu_);
  pretend_to_sync_ = pretend;
}

void FaultDisk::SetCapacity(uint64_t size_bytes) {
  absl::MutexLock lock(&mu_);
  capacity_size_bytes_ = size_bytes;
}

uint64_t FaultDisk::used_size_bytes() const {
  absl::MutexLock lock(&mu_);
  uint64_t used = 0;
  for (const auto& [name, node] : names_) used += node->data.size();
  return used;
}

void FaultDisk::FlipBitWhenRead(const std::string& path, uint64_t bit) {
  absl::MutexLock lock(&mu_);
  flip_ = Flip{path, bit};
  flipped_reads_ = 0;
}

void FaultDisk::StopFlipping() {
  absl::MutexLock lock(&mu_);
  flip_.reset();
}

uint64_t FaultDisk::flipped_reads() const {
  absl::MutexLock lock(&mu_);
  return flipped_reads_;
}

std::vector<std::pair<std::string, uint64_t>> FaultDisk::Files() const {
  absl::MutexLock lock(&mu_);
  std::vector<std::pair<std::string, uint64_t>> files;
  for (const auto& [name, node] : names_) {
    if (!node->is_folder) files.emplace_back(name, node->data.size());
  }
  return files;
}

FaultDisk::Image FaultDisk::Save() const {
  absl::MutexLock lock(&mu_);
  Image image;
  for (const auto& [name, node] : names_) {
    image[node->is_folder && name != "/" ? name + "/" : name] = node->data;
  }
  return image;
}

void FaultDisk::Load(const Image& image) {
  absl::MutexLock lock(&mu_);
  names_.clear();
  unsynced_.clear();
  for (const auto& [name, data] : image) {
    const auto node = std::make_shared<Node>();
    node->is_folder = absl::EndsWith(name, "/");
    node->data = data;
    node->synced = data.size();
    names_[Plain(name)] = node;
  }
  durable_ = names_;
}

}  // namespace liaison::testing
