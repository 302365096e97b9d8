#include "client/outbox/database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::outbox {
namespace {

// On an error of this room's.
constexpr absl::string_view kOfTheFile = "igf.liaison/of-the-file";

absl::Status StatusInWords(sqlite3* handle, absl::string_view file) {
  const std::string words =
      absl::StrCat(file, ": ", handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
  switch (handle == nullptr ? SQLITE_NOMEM : sqlite3_errcode(handle)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::AbortedError(
          absl::StrCat(file, ": another program is writing to it; try again"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          absl::StrCat(words, "; make room on the disk, then try again"));
    case SQLITE_CORRUPT:
      return absl::DataLossError(absl::StrCat(
          words,
          ". Keep the file, under another name, and begin a new one: publishing again from "
          "your own copies, with the event_ids, has one effect. What SQLite can still read "
          "of it, `sqlite3 FILE .recover` brings back"));
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return absl::InvalidArgumentError(words);
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(words);
    default:
      return absl::InternalError(words);
  }
}

absl::Status StatusOf(sqlite3* handle, absl::string_view file) {
  absl::Status status = StatusInWords(handle, file);
  status.SetPayload(kOfTheFile, absl::Cord());
  return status;
}

absl::Status SystemError(absl::string_view file) {
  const absl::StatusCode code =
      errno == ENOSPC ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInvalidArgument;
  absl::Status status(code, absl::StrCat(file, ": ", std::generic_category().message(errno)));
  status.SetPayload(kOfTheFile, absl::Cord());
  return status;
}

// Closes it, whatever happens.
absl::Status SyncAndClose(int descriptor, absl::string_view name) {
  const bool synced = fsync(descriptor) == 0;
  absl::Status status = synced ? absl::OkStatus() : SystemError(name);
  close(descriptor);
  return status;
}

// An entry in a folder is on the disk once the folder is.
absl::Status SyncFolderOf(const std::string& file) {
  const std::filesystem::path parent = std::filesystem::path(file).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(folder);
  return SyncAndClose(descriptor, folder);
}

// By ourselves and not by SQLite: what is in it is for its owner alone.
absl::Status CreateWhereMissing(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno == EEXIST ? absl::OkStatus() : SystemError(file);
  return SyncAndClose(descriptor, file);
}

}  // namespace

absl::Status DamagedError(absl::string_view what) {
  absl::Status status = absl::DataLossError(what);
  status.SetPayload(kOfTheFile, absl::Cord());
  return status;
}

bool IsOfTheFile(const absl::Status& status) { return status.GetPayload(kOfTheFile).has_value(); }

void Statement::Bound(int code) {
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::Int(int64_t value) {
  Bound(sqlite3_bind_int64(statement_.get(), next_++, value));
  return *this;
}

Statement& Statement::Text(absl::string_view value) {
  Bound(sqlite3_bind_text64(statement_.get(), next_++, value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::Bytes(absl::string_view value) {
  Bound(
      sqlite3_bind_blob64(statement_.get(), next_++, value.data(), value.size(), SQLITE_TRANSIENT));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (bind_error_ != SQLITE_OK) return absl::InternalError(sqlite3_errstr(bind_error_));
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default: {
      sqlite3* handle = sqlite3_db_handle(statement_.get());
      const char* file = sqlite3_db_filename(handle, "main");
      return StatusOf(handle, file == nullptr ? "" : file);
    }
  }
}

absl::Status Statement::Run() {
  const absl::StatusOr<bool> stepped = Step();
  sqlite3_reset(statement_.get());
  next_ = 1;
  return stepped.status();
}

std::string Statement::BytesAt(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& file,
                                                         const FileKind& kind,
                                                         absl::Duration busy_timeout,
                                                         const std::string& vfs) {
  LIAISON_RETURN_IF_ERROR(CreateWhereMissing(file));
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Database> database(new Database(file, handle));  // owned, even after an error
  if (code != SQLITE_OK) return StatusOf(handle, file);
  sqlite3_busy_timeout(handle, static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
  LIAISON_RETURN_IF_ERROR(database->Check(kind));
  return database;
}

absl::Status Database::Check(const FileKind& kind) {
  // What is dropped is overwritten: drafts hold names.
  LIAISON_RETURN_IF_ERROR(
      Execute("PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF"));
  if (kind.application_id == 0) {
    LIAISON_RETURN_IF_ERROR(SyncFolderOf(file_));
    return Execute(std::string(kind.schema));
  }
  LIAISON_ASSIGN_OR_RETURN(int64_t application, Pragma("application_id"));
  LIAISON_ASSIGN_OR_RETURN(const int64_t tables, Pragma("schema_version"));
  if (application == 0 && tables == 0) {
    LIAISON_RETURN_IF_ERROR(Create(kind));
    LIAISON_ASSIGN_OR_RETURN(application, Pragma("application_id"));
  }
  if (application != kind.application_id) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, " is not ", kind.words, "; name another file"));
  }
  LIAISON_ASSIGN_OR_RETURN(const int64_t version, Pragma("user_version"));
  if (version == kind.version) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(file_, " was made by another version (", version, ", this one writes ",
                   kind.version, "); use the newer program, nothing in it is lost"));
}

absl::StatusOr<int64_t> Database::Pragma(absl::string_view name) {
  LIAISON_ASSIGN_OR_RETURN(Statement statement, Prepare(absl::StrCat("PRAGMA ", name)));
  LIAISON_RETURN_IF_ERROR(statement.Step().status());
  return statement.IntAt(0);
}

// The folder first: a file that is complete is also in its folder for good.
absl::Status Database::Create(const FileKind& kind) {
  LIAISON_RETURN_IF_ERROR(SyncFolderOf(file_));
  LIAISON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(this));
  LIAISON_ASSIGN_OR_RETURN(const int64_t tables, Pragma("schema_version"));
  if (tables != 0) return absl::OkStatus();  // another process was faster
  LIAISON_RETURN_IF_ERROR(Execute(std::string(kind.schema)));
  LIAISON_RETURN_IF_ERROR(Execute(absl::StrCat("PRAGMA application_id=", kind.application_id,
                                               "; PRAGMA user_version=", kind.version)));
  return transaction.Commit();
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return StatusOf(handle_.get(), file_);
  return Statement(statement);
}

absl::Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : StatusOf(handle_.get(), file_);
}

absl::StatusOr<Transaction> Transaction::Begin(Database* database) {
  LIAISON_RETURN_IF_ERROR(database->Execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ == nullptr || sqlite3_get_autocommit(database_->handle()) != 0) return;
  database_->Execute("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() { return database_->Execute("COMMIT"); }

}  // namespace liaison::outbox
