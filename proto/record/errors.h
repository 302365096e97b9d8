// Errors as values: an absl::Status whose payloads are google.rpc details.
//
// Each refusal carries exactly one ErrorInfo; field violations and a retry delay where they help.
// Payload keys are the type URLs of google.rpc.{ErrorInfo, BadRequest, QuotaFailure, RetryInfo}, so
// the border to gRPC only moves them.
#ifndef LIAISON_PROTO_RECORD_ERRORS_H_
#define LIAISON_PROTO_RECORD_ERRORS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"
#include "proto/record/error_reason.h"

namespace liaison::record {

struct FieldViolation {
  std::string field;        // path, `items[3].draft.topics[0]`
  std::string description;  // what is wrong and the way out
};

struct QuotaViolation {
  std::string subject;      // whose it is, `org/eurodig`
  std::string description;  // how much there is
};

// An Error is built up and then becomes a Status:
//   return Error(Reason::kPositionAheadOfLog, "...").With("head", head);
class Error {
 public:
  Error(Reason reason, absl::string_view message);
  // A value that the message speaks of, for programs.
  Error&& With(absl::string_view key, absl::string_view value) &&;
  Error&& With(absl::string_view key, uint64_t value) &&;
  Error&& Field(absl::string_view field, absl::string_view description) &&;
  Error&& Quota(absl::string_view subject, absl::string_view description) &&;
  Error&& RetryAfter(absl::Duration delay) &&;
  operator absl::Status() &&;  // NOLINT(google-explicit-constructor): reads as a return value

 private:
  Reason reason_;
  std::string message_;
  std::map<std::string, std::string> metadata_;
  std::vector<FieldViolation> violations_;
  std::optional<QuotaViolation> quota_;
  std::optional<absl::Duration> retry_after_;
};

// One field violation, the most frequent refusal.
absl::Status FieldInvalid(absl::string_view field, absl::string_view description);
// The same with several fields; `violations` must not be empty.
absl::Status FieldsInvalid(const std::vector<FieldViolation>& violations);

// The same error with one more value in its metadata. REQUIRES: not OK.
absl::Status WithMetadata(absl::Status status, absl::string_view key, uint64_t value);

// nullopt for a status that did not come from here (a broken connection, a deadline).
std::optional<Reason> ReasonOf(const absl::Status& status);
// Empty strings and lists where there is none.
std::string MetadataOf(const absl::Status& status, absl::string_view key);
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);
std::optional<QuotaViolation> QuotaViolationOf(const absl::Status& status);
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// To and from the wire's form; at most kMaxErrorSizeBytes: lists are cut, and ErrorInfo's metadata
// says so (`truncated`). A status without payloads gets the ErrorInfo INTERNAL.
google::rpc::Status ToProto(const absl::Status& status);
absl::Status FromProto(const google::rpc::Status& status);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_ERRORS_H_
