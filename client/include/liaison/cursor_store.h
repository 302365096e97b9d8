// Where a subscriber stands, remembered together with what it made of the events.
//
//   auto store = liaison::CursorStore::Open("mine.db");
//   liaison::SubscribeParams params;
//   params.start = *(*store)->StartOf("radar", liaison::FromBeginning{});
//   ...
//   (*store)->Process("radar", subscription.position(), [&](sqlite3* db) { ... });
#ifndef LIAISON_CURSOR_STORE_H_
#define LIAISON_CURSOR_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "liaison/event_client.h"

struct sqlite3;

namespace liaison {

struct CursorStoreOptions {
  // How long a call waits for another process that is writing to the file.
  absl::Duration busy_timeout = absl::Seconds(10);
  // Name of a registered SQLite VFS; empty: the system's own.
  std::string sqlite_vfs;
};

// A CursorStore keeps positions by name in an SQLite file, which may be a program's own: it adds
// one table, `liaison_cursor`, and leaves the rest alone. What it has remembered survives a kill
// and a power loss. Several processes may use one file. Thread-safe.
class CursorStore {
 public:
  // Makes the file, for its owner alone to read, where there is none. INVALID_ARGUMENT where it
  // cannot be used.
  static absl::StatusOr<std::unique_ptr<CursorStore>> Open(const std::string& file,
                                                           CursorStoreOptions options = {});
  ~CursorStore();

  // nullopt where nothing is remembered by this name.
  absl::StatusOr<std::optional<v1::Position>> Get(const std::string& name) const;
  // After what is remembered; `otherwise` the first time.
  absl::StatusOr<Start> StartOf(const std::string& name, Start otherwise) const;

  // What `work` writes through the connection it is given, and the position, are there together or
  // not at all. True: it was done now. False: this position was passed before, and `work` is not
  // called. An error from `work` undoes it all. `work` must neither commit nor close.
  // FAILED_PRECONDITION where the position is in another log than the one remembered.
  absl::StatusOr<bool> Process(const std::string& name, const v1::Position& position,
                               const std::function<absl::Status(sqlite3*)>& work);
  // The position alone, for whoever writes elsewhere and can bear a repetition.
  absl::Status Remember(const std::string& name, const v1::Position& position);
  // Begins anew, with whatever log there is: what is remembered by this name is gone.
  absl::Status Reset(const std::string& name);

 private:
  class Impl;
  explicit CursorStore(std::unique_ptr<Impl> impl);

  mutable absl::Mutex mutex_;
  const std::unique_ptr<Impl> impl_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace liaison

#endif  // LIAISON_CURSOR_STORE_H_
