#include "server/rpc/position.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::rpc {

using record::Error;
using record::Reason;

absl::StatusOr<uint64_t> ResolvePosition(const Extent& log,
                                         const igf::liaison::v1::Position& position,
                                         absl::string_view field) {
  if (!position.log_id().empty()) {
    absl::StatusOr<record::Uuid> log_id = record::Uuid::Parse(position.log_id());
    if (!log_id.ok()) {
      return record::FieldInvalid(absl::StrCat(field, ".log_id"), "a log_id is a UUID");
    }
    if (*log_id != log.log_id) {
      return absl::Status(
          Error(Reason::kLogIncarnationChanged,
                "the position belongs to another log: this hub's log was recreated or restored; "
                "begin again, or compare what you hold")
              .With("log_id", log.log_id.ToString())
              .With("head", log.head));
    }
  }
  if (position.sequence() > log.head) {
    return absl::Status(Error(Reason::kPositionAheadOfLog,
                              absl::StrCat("sequence ", position.sequence(),
                                           " is beyond the head of the log, ", log.head))
                            .With("sequence", position.sequence())
                            .With("head", log.head));
  }
  if (position.sequence() + 1 < log.earliest) {
    return absl::Status(
        Error(Reason::kPositionExpired,
              absl::StrCat("the log begins at ", log.earliest, " now; what was before is trimmed"))
            .With("sequence", position.sequence())
            .With("earliest", log.earliest));
  }
  return position.sequence();
}

}  // namespace liaison::rpc
