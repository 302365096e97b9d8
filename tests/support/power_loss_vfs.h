// An SQLite VFS that knows what a disk may hold after the power went.
#ifndef LIAISON_TESTS_SUPPORT_POWER_LOSS_VFS_H_
#define LIAISON_TESTS_SUPPORT_POWER_LOSS_VFS_H_

#include <sqlite3.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace liaison::testing {

// A PowerLossVfs passes everything on to the system's own VFS and keeps, beside it, what is certain
// to be on the disk, and each change since that is not: a write is certain once its file is synced,
// an entry in the folder once the folder is. After the power is cut every call fails; Restore then
// draws by lot what of the uncertain has reached the disk: all, nothing, or some sectors of some
// writes. One folder; SQLite's rollback journal only. Not thread-safe.
class PowerLossVfs {
 public:
  // What a disk does not do that it says it does, to see whether the test notices.
  enum class Lie {
    kNone,
    kNothingIsSynced,   // as PRAGMA synchronous=OFF
    kFolderIsNotSynced  // as PRAGMA synchronous=FULL, which leaves the folder alone
  };
  PowerLossVfs(std::string name, Lie lie);
  ~PowerLossVfs();
  PowerLossVfs(const PowerLossVfs&) = delete;
  PowerLossVfs& operator=(const PowerLossVfs&) = delete;

  const std::string& name() const { return name_; }
  // The power goes with the n-th change from now, 1 being the next.
  void CutAfter(int changes) { changes_left_ = changes; }
  bool is_cut() const { return changes_left_.has_value() && *changes_left_ <= 0; }

  // Writes what the disk may hold into the folder.
  void Restore(const std::string& folder, std::mt19937* random) const;

  // For the methods of SQLite, which are functions.
  struct Methods;

 private:
  struct Change {
    bool is_truncation = false;
    int64_t offset = 0;  // or the size
    std::string bytes;
  };
  // One file by its name: what it holds for certain, what not, and what the folder may say instead.
  struct OnDisk {
    bool exists = false;
    bool entry_is_certain = false;
    std::string certain;
    std::vector<Change> uncertain;
    std::optional<std::string> before;  // deleted, or replaced, and may be back
  };

  // False: the power is gone.
  bool MayChange();
  void Opened(const std::string& path, bool is_database);
  void Synced(const std::string& path, bool with_folder);
  void Deleted(const std::string& path, bool with_folder);
  void SyncFolder();
  static std::string Image(const OnDisk& file, std::mt19937* random);

  const std::string name_;
  const Lie lie_;
  sqlite3_vfs vfs_;
  sqlite3_vfs* const real_;
  std::map<std::string, OnDisk> files_;
  std::optional<int> changes_left_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_POWER_LOSS_VFS_H_
