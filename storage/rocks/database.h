// RocksDB with the log's column families.
#ifndef LIAISON_STORAGE_ROCKS_DATABASE_H_
#define LIAISON_STORAGE_ROCKS_DATABASE_H_

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/format/keys.h"
#include "storage/rocks/open.h"

namespace liaison::storage {

// A Database is RocksDB opened with all families. Thread-safe.
class Database {
 public:
  // Opens the database in `path`, creating it where `create` is set and there is none.
  // FAILED_PRECONDITION where a newer version wrote it; DATA_LOSS where a file of it is missing.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const OpenOptions& options, bool create,
                                                        rocksdb::Env* env);
  // Opens what lies in `path` without changing a byte of it: a backup, by the names that its engine
  // gives. `env` lives as long as the database; null is this machine's.
  // A write-ahead log that ends in half a record is what a crash leaves, or damage.
  enum class Tail { kMayBeTorn, kWhole };
  static absl::StatusOr<std::unique_ptr<Database>> OpenReadOnly(const std::string& path,
                                                                std::shared_ptr<rocksdb::Env> env,
                                                                Tail tail = Tail::kMayBeTorn);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // An error where it cannot be told.
  static absl::StatusOr<bool> Exists(const std::string& path, rocksdb::Env* env);

  rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }

  absl::StatusOr<std::optional<std::string>> Get(Family family, absl::string_view key) const;
  // Of a family whose values are numbers. DATA_LOSS where the value is none.
  absl::StatusOr<std::optional<uint64_t>> GetNumber(Family family, absl::string_view key) const;
  // False where there is no such key. `value` keeps the bytes alive.
  absl::StatusOr<bool> GetPinned(Family family, absl::string_view key,
                                 rocksdb::PinnableSlice* value) const;
  // The same of many keys, ascending: which of them are there.
  absl::StatusOr<std::vector<bool>> GetManyPinned(
      Family family, const std::vector<std::string>& keys,
      std::vector<rocksdb::PinnableSlice>* values) const;
  // The last key of a family whose keys are numbers; nullopt where the family is empty.
  absl::StatusOr<std::optional<uint64_t>> LastNumber(Family family) const;

  // The first error of what RocksDB does in the background. It may have stopped doing it, and an
  // error that is soft to RocksDB would let a writer wait for ever.
  absl::Status background_error() const;

  // One atomic write, fsynced.
  rocksdb::Status WriteSynced(rocksdb::WriteBatch* batch);

  // Brings what is in memory into files. The write-ahead log up to now is then of no use and goes.
  absl::Status FlushAll() const;

  rocksdb::DB* rocks() const { return db_.get(); }

 private:
  class BackgroundErrors;

  Database(std::shared_ptr<const BackgroundErrors> background_errors,
           std::shared_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db,
           std::vector<rocksdb::ColumnFamilyHandle*> handles);

  const std::shared_ptr<const BackgroundErrors> background_errors_;
  const std::shared_ptr<rocksdb::Env> env_;  // null where it is the caller's business
  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // in order of Family
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_DATABASE_H_
