#include "tests/support/power_loss_vfs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace liaison::testing {
namespace {

constexpr size_t kSectorSizeBytes = 512;

// As it lies in the memory that SQLite gives; the real file stands behind it.
struct File {
  sqlite3_file base;
  PowerLossVfs* vfs;
  const char* path;   // SQLite keeps it while the file is open
  bool syncs_folder;  // a journal that is new does, with its first sync
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
PowerLossVfs* Of(sqlite3_vfs* vfs) { return static_cast<PowerLossVfs*>(vfs->pAppData); }

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// Signatures are SQLite's.
struct PowerLossVfs::Methods {
  static int Close(sqlite3_file* file) {
    return Of(file)->real()->pMethods->xClose(Of(file)->real());
  }
  static int Read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    if (Of(file)->vfs->is_cut()) return SQLITE_IOERR_READ;
    return Of(file)->real()->pMethods->xRead(Of(file)->real(), into, size, offset);
  }
  static int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    PowerLossVfs* vfs = Of(file)->vfs;
    // A write may be half way when the power goes.
    Change change;
    change.offset = offset;
    change.bytes.assign(static_cast<const char*>(from), size);
    if (!vfs->is_cut()) vfs->files_[Of(file)->path].uncertain.push_back(std::move(change));
    if (!vfs->MayChange()) return SQLITE_IOERR_WRITE;
    return Of(file)->real()->pMethods->xWrite(Of(file)->real(), from, size, offset);
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    PowerLossVfs* vfs = Of(file)->vfs;
    if (!vfs->MayChange()) return SQLITE_IOERR_TRUNCATE;
    Change change;
    change.is_truncation = true;
    change.offset = size;
    vfs->files_[Of(file)->path].uncertain.push_back(std::move(change));
    return Of(file)->real()->pMethods->xTruncate(Of(file)->real(), size);
  }
  static int Sync(sqlite3_file* file, int flags) {
    if (!Of(file)->vfs->MayChange()) return SQLITE_IOERR_FSYNC;
    Of(file)->vfs->Synced(Of(file)->path, std::exchange(Of(file)->syncs_folder, false));
    return Of(file)->real()->pMethods->xSync(Of(file)->real(), flags);
  }
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    return Of(file)->real()->pMethods->xFileSize(Of(file)->real(), size);
  }
  static int Lock(sqlite3_file* file, int level) {
    return Of(file)->real()->pMethods->xLock(Of(file)->real(), level);
  }
  static int Unlock(sqlite3_file* file, int level) {
    return Of(file)->real()->pMethods->xUnlock(Of(file)->real(), level);
  }
  static int CheckReservedLock(sqlite3_file* file, int* is_locked) {
    return Of(file)->real()->pMethods->xCheckReservedLock(Of(file)->real(), is_locked);
  }
  // Nothing behind our back: size hints and the like would change the file.
  static int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int SectorSize(sqlite3_file*) { return kSectorSizeBytes; }
  static int Characteristics(sqlite3_file* file) {
    return Of(file)->real()->pMethods->xDeviceCharacteristics(Of(file)->real());
  }

  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
    static const sqlite3_io_methods kMethods = {1,
                                                Close,
                                                Read,
                                                Write,
                                                Truncate,
                                                Sync,
                                                FileSize,
                                                Lock,
                                                Unlock,
                                                CheckReservedLock,
                                                FileControl,
                                                SectorSize,
                                                Characteristics,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr};
    File* opened = Of(file);
    opened->base.pMethods = nullptr;
    opened->vfs = Of(vfs);
    opened->path = path;
    const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    opened->syncs_folder = !is_database;
    if (opened->vfs->is_cut() || path == nullptr) return SQLITE_CANTOPEN;
    opened->vfs->Opened(path, is_database);
    const int code =
        opened->vfs->real_->xOpen(opened->vfs->real_, path, opened->real(), flags, out);
    if (code == SQLITE_OK) opened->base.pMethods = &kMethods;
    return code;
  }
  static int Delete(sqlite3_vfs* vfs, const char* path, int with_folder) {
    if (!Of(vfs)->MayChange()) return SQLITE_IOERR_DELETE;
    Of(vfs)->Deleted(path, with_folder != 0);
    return Of(vfs)->real_->xDelete(Of(vfs)->real_, path, with_folder);
  }
};

PowerLossVfs::PowerLossVfs(std::string name, Lie lie)
    : name_(std::move(name)),
      lie_(lie),
      vfs_(*sqlite3_vfs_find(nullptr)),
      real_(sqlite3_vfs_find(nullptr)) {
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.xOpen = Methods::Open;
  vfs_.xDelete = Methods::Delete;
  sqlite3_vfs_register(&vfs_, 0);
}

PowerLossVfs::~PowerLossVfs() { sqlite3_vfs_unregister(&vfs_); }

bool PowerLossVfs::MayChange() {
  if (changes_left_.has_value()) --*changes_left_;
  return !is_cut();
}

void PowerLossVfs::Opened(const std::string& path, bool is_database) {
  OnDisk& file = files_[path];
  if (file.exists) return;
  file.exists = true;
  file.uncertain.clear();
  file.certain = is_database ? Contents(path) : "";
  // The outbox syncs the folder of a file that it makes, by itself.
  file.entry_is_certain = is_database;
}

void PowerLossVfs::Synced(const std::string& path, bool with_folder) {
  if (lie_ == Lie::kNothingIsSynced) return;
  OnDisk& file = files_[path];
  std::mt19937 unused;
  for (const Change& change : file.uncertain) {
    if (change.is_truncation) {
      file.certain.resize(change.offset);
      continue;
    }
    const size_t end = change.offset + change.bytes.size();
    if (file.certain.size() < end) file.certain.resize(end);
    std::copy(change.bytes.begin(), change.bytes.end(), file.certain.begin() + change.offset);
  }
  file.uncertain.clear();
  if (with_folder) SyncFolder();
}

void PowerLossVfs::Deleted(const std::string& path, bool with_folder) {
  OnDisk& file = files_[path];
  if (file.exists && file.entry_is_certain) file.before = file.certain;
  file.exists = file.entry_is_certain = false;
  file.certain.clear();
  file.uncertain.clear();
  if (with_folder && lie_ == Lie::kNone) SyncFolder();
}

void PowerLossVfs::SyncFolder() {
  for (auto& entry : files_) {
    entry.second.before.reset();
    entry.second.entry_is_certain = entry.second.exists;
  }
}

std::string PowerLossVfs::Image(const OnDisk& file, std::mt19937* random) {
  std::string image = file.certain;
  const int how = static_cast<int>((*random)() % 4);  // 0: nothing, 1: all, else some
  for (const Change& change : file.uncertain) {
    if (how == 0 || (how > 1 && (*random)() % 3 == 0)) continue;
    if (change.is_truncation) {
      image.resize(change.offset);
      continue;
    }
    const bool torn = how > 1 && (*random)() % 2 == 0;
    const size_t end = change.offset + change.bytes.size();
    if (image.size() < end) image.resize(end);
    for (size_t at = 0; at < change.bytes.size(); at += kSectorSizeBytes) {
      if (torn && (*random)() % 2 == 0) continue;
      const size_t size = std::min(kSectorSizeBytes, change.bytes.size() - at);
      std::copy_n(change.bytes.begin() + static_cast<ptrdiff_t>(at), size,
                  image.begin() + change.offset + static_cast<ptrdiff_t>(at));
    }
  }
  return image;
}

void PowerLossVfs::Restore(const std::string& folder, std::mt19937* random) const {
  for (const auto& entry : files_) {
    const OnDisk& file = entry.second;
    std::optional<std::string> content;
    if (file.exists) content = Image(file, random);
    if (!file.entry_is_certain && (*random)() % 2 == 0) content = file.before;
    if (!content.has_value()) continue;
    const auto path = std::filesystem::path(folder) / std::filesystem::path(entry.first).filename();
    std::ofstream(path, std::ios::binary) << *content;
  }
}

}  // namespace liaison::testing
