// What is read and compared before the log is opened for use.
#ifndef LIAISON_STORAGE_ROCKS_RECOVERY_H_
#define LIAISON_STORAGE_ROCKS_RECOVERY_H_

#include <rocksdb/file_system.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/uuid.h"
#include "storage/event_log.h"
#include "storage/format/head_file.h"
#include "storage/rocks/batch_builder.h"
#include "storage/rocks/database.h"

namespace liaison::storage {

// What the log is: made once, with the log.
struct LogIdentity {
  record::Uuid log_id;
  std::string token_secret;
};

// Reads the identity, or makes one for a database that has nothing in it. FAILED_PRECONDITION
// where a newer version wrote it; DATA_LOSS where there are events and no identity.
absl::StatusOr<LogIdentity> LoadOrMakeIdentity(Database* database);

struct Recovered {
  Head head;
  WriterState state;
};

// Finds where the log ends and reads what is needed to go on from there. DATA_LOSS where the
// families disagree: they are written together.
absl::StatusOr<Recovered> Recover(const Database& database);

// Below the data folder, while a backup is on its way into it.
inline constexpr char kRestoringFolder[] = "restoring";

std::string HeadFilePath(const std::string& data_dir);

// nullopt where there is none. DATA_LOSS where it is damaged.
absl::StatusOr<std::optional<HeadFile>> ReadHeadFile(rocksdb::FileSystem* files,
                                                     const std::string& data_dir);

// DATA_LOSS where the log is another, ends earlier than the head file says, or had another root at
// that point. The message says what was found, and the way out.
absl::Status CheckAgainstHeadFile(const Database& database, const std::string& data_dir,
                                  const record::Uuid& log_id, const Head& recovered,
                                  const HeadFile& head_file);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_ROCKS_RECOVERY_H_
