#include "server/rpc/position.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::rpc {

using google::protobuf::util::TimeUtil;
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
                absl::StrCat("the position belongs to another log: this hub's log was recreated, "
                             "or restored from a backup, and ends at ",
                             log.head, " now; compare what you hold with it, and begin again"))
              .With("log_id", log.log_id.ToString())
              .With("head", log.head));
    }
  }
  if (position.sequence() > log.head) {
    return absl::Status(Error(Reason::kPositionAheadOfLog,
                              absl::StrCat("sequence ", position.sequence(),
                                           " is beyond the head of the log, ", log.head,
                                           ": it was read elsewhere, or this hub was put back to "
                                           "an earlier copy of itself"))
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

absl::StatusOr<uint64_t> ResolveTime(const storage::EventLog& log,
                                     const google::protobuf::Timestamp& since,
                                     absl::string_view field) {
  if (since.seconds() < TimeUtil::kTimestampMinSeconds ||
      since.seconds() > TimeUtil::kTimestampMaxSeconds || since.nanos() < 0 ||
      since.nanos() > 999'999'999) {
    return record::FieldInvalid(field, "outside the years 1 to 9999");
  }
  LIAISON_ASSIGN_OR_RETURN(const uint64_t first,
                           log.FirstAtOrAfter(TimeUtil::TimestampToMicroseconds(since)));
  return first - 1;
}

}  // namespace liaison::rpc
