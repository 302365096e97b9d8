// SQLite as this room uses it: values for errors, owners for handles, and nothing unsynced.
#ifndef LIAISON_CLIENT_OUTBOX_DATABASE_H_
#define LIAISON_CLIENT_OUTBOX_DATABASE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::outbox {

// Whether this room said it: SQLite, or the system of the file.
bool IsOfTheFile(const absl::Status& status);
// DATA_LOSS, of the file.
absl::Status DamagedError(absl::string_view what);

// A Statement is one prepared command. Not thread-safe; the database must outlive it.
class Statement {
 public:
  // Values for the `?`s, from the left.
  Statement& Int(int64_t value);
  Statement& Text(absl::string_view value);
  Statement& Bytes(absl::string_view value);

  // True: there is a row, until the next Step.
  absl::StatusOr<bool> Step();
  // For commands that yield no row.
  absl::Status Run();

  int64_t IntAt(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string BytesAt(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void Bound(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  int bind_error_ = SQLITE_OK;
};

// What a file must be to be opened.
struct FileKind {
  absl::string_view words;     // `an outbox`
  int32_t application_id = 0;  // 0: any
  int32_t version = 0;         // PRAGMA user_version; 0: not looked at
  absl::string_view schema;    // makes a new one; of kind 0 at each Open
};

// A Database is one connection to one file. A commit that returned is on the disk: the rollback
// journal is synced before the file, the file before the journal goes, and the folder after that
// (synchronous=EXTRA). Not thread-safe.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& file,
                                                        const FileKind& kind,
                                                        absl::Duration busy_timeout,
                                                        const std::string& vfs);

  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  // Any number of commands, without values.
  absl::Status Execute(const std::string& sql);
  // Of the last Run.
  int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  sqlite3* handle() { return handle_.get(); }

 private:
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(std::string file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}
  absl::Status Check(const FileKind& kind);
  absl::StatusOr<int64_t> Pragma(absl::string_view name);
  absl::Status Create(const FileKind& kind);

  const std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A Transaction is undone unless it was committed. It takes the file for writing at once, so that
// two processes wait for each other and never stand in each other's way. Not thread-safe.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database* database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace liaison::outbox

#endif  // LIAISON_CLIENT_OUTBOX_DATABASE_H_
