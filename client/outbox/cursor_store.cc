#include "liaison/cursor_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/outbox/database.h"
#include "liaison/error.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

// DO NOT CHANGE: it is in the files of partners, beside tables of their own.
constexpr absl::string_view kSchema = R"sql(
CREATE TABLE IF NOT EXISTS liaison_cursor(
  name TEXT PRIMARY KEY,
  log_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  stored_us INTEGER NOT NULL
)
)sql";

absl::Status CheckPosition(const v1::Position& position) {
  if (!position.log_id().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "a position without a log_id says nothing; take it from "
      "Subscription::position()");
}

}  // namespace

// Not thread-safe.
class CursorStore::Impl {
 public:
  explicit Impl(std::unique_ptr<outbox::Database> database) : database_(std::move(database)) {}

  absl::StatusOr<std::optional<v1::Position>> Get(const std::string& name) {
    LIAISON_ASSIGN_OR_RETURN(
        outbox::Statement get,
        database_->Prepare("SELECT log_id, sequence FROM liaison_cursor WHERE name = ?"));
    LIAISON_ASSIGN_OR_RETURN(const bool found, get.Text(name).Step());
    if (!found) return std::nullopt;
    v1::Position position;
    position.set_log_id(get.BytesAt(0));
    position.set_sequence(static_cast<uint64_t>(get.IntAt(1)));
    return position;
  }

  absl::StatusOr<bool> Process(const std::string& name, const v1::Position& position,
                               const std::function<absl::Status(sqlite3*)>& work) {
    LIAISON_RETURN_IF_ERROR(CheckPosition(position));
    LIAISON_ASSIGN_OR_RETURN(outbox::Transaction transaction,
                             outbox::Transaction::Begin(database_.get()));
    LIAISON_ASSIGN_OR_RETURN(const std::optional<v1::Position> stored, Get(name));
    if (stored.has_value() && stored->log_id() != position.log_id()) {
      return record::Error(Reason::kLogIncarnationChanged,
                           absl::StrCat("`", name, "` stands in the log ", stored->log_id(),
                                        ", and this is the log ", position.log_id()))
          .With("log_id", position.log_id());
    }
    if (stored.has_value() && position.sequence() <= stored->sequence()) return false;
    if (work) LIAISON_RETURN_IF_ERROR(work(database_->handle()));
    LIAISON_RETURN_IF_ERROR(Write(name, position));
    LIAISON_RETURN_IF_ERROR(transaction.Commit());
    return true;
  }

  absl::Status Reset(const std::string& name) {
    LIAISON_ASSIGN_OR_RETURN(outbox::Statement reset,
                             database_->Prepare("DELETE FROM liaison_cursor WHERE name = ?"));
    return reset.Text(name).Run();
  }

 private:
  absl::Status Write(const std::string& name, const v1::Position& position) {
    LIAISON_ASSIGN_OR_RETURN(
        outbox::Statement write,
        database_->Prepare("INSERT OR REPLACE INTO liaison_cursor VALUES(?,?,?,?)"));
    return write.Text(name)
        .Text(position.log_id())
        .Int(static_cast<int64_t>(position.sequence()))
        .Int(absl::ToUnixMicros(absl::Now()))
        .Run();
  }

  const std::unique_ptr<outbox::Database> database_;
};

absl::StatusOr<std::unique_ptr<CursorStore>> CursorStore::Open(const std::string& file,
                                                               CursorStoreOptions options) {
  LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<outbox::Database> database,
                           outbox::Database::Open(file, {"a database of cursors", 0, 0, kSchema},
                                                  options.busy_timeout, options.sqlite_vfs));
  return std::unique_ptr<CursorStore>(new CursorStore(std::make_unique<Impl>(std::move(database))));
}

CursorStore::CursorStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CursorStore::~CursorStore() = default;

absl::StatusOr<std::optional<v1::Position>> CursorStore::Get(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return impl_->Get(name);
}

absl::StatusOr<Start> CursorStore::StartOf(const std::string& name, Start otherwise) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<v1::Position> position, Get(name));
  if (!position.has_value()) return otherwise;
  return After{position->log_id(), position->sequence()};
}

absl::StatusOr<bool> CursorStore::Process(const std::string& name, const v1::Position& position,
                                          const std::function<absl::Status(sqlite3*)>& work) {
  absl::MutexLock lock(&mutex_);
  return impl_->Process(name, position, work);
}

absl::Status CursorStore::Remember(const std::string& name, const v1::Position& position) {
  return Process(name, position, nullptr).status();
}

absl::Status CursorStore::Reset(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  return impl_->Reset(name);
}

}  // namespace liaison
