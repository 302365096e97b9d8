// Why something was refused: the `reason` of google.rpc.ErrorInfo, domain `liaison.igf`.
//
// The table is append-only: a reason is API. Its name and code never change and it is never
// removed; the table in error_reason.cc has a line for each, with what the caller can do.
#ifndef LIAISON_PROTO_RECORD_ERROR_REASON_H_
#define LIAISON_PROTO_RECORD_ERROR_REASON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace liaison::record {

inline constexpr absl::string_view kErrorDomain = "liaison.igf";

enum class Reason {
  // Shape of what was sent. INVALID_ARGUMENT.
  kFieldInvalid = 1,   // a field's value is not of its grammar, or missing
  kEventTooLarge = 2,  // one event over its size limit
  kBatchTooLarge = 3,  // too many items or bytes together
  kNestingTooDeep = 4,
  kTextNotUtf8 = 5,
  kEnumUnknown = 6,         // a number outside the enum this hub knows
  kContentUnreadable = 7,   // section bytes are not the type's message
  kFactsDisagree = 8,       // header says other than content
  kCommitmentMismatch = 9,  // a section does not open its commitment
  kFilterInvalid = 10,
  kPageTokenInvalid = 11,
  kStartRequired = 12,
  kTypeNotPublishable = 13,  // only the hub itself says this
  kBatchRepeatsEvent = 14,   // the same (author, event id) twice in one batch
  kKeyUnacceptable = 15,     // public key of low order, non-canonical, or possession not shown
  kRequestUnreadable = 16,   // bytes are not the method's request message

  // Who. UNAUTHENTICATED or PERMISSION_DENIED.
  kSignatureInvalid = 30,    // UNAUTHENTICATED
  kKeyUnknown = 31,          // UNAUTHENTICATED: not in the registry, or not the author's
  kKeyNotValid = 32,         // UNAUTHENTICATED: revoked at the registry size in force
  kNotPermitted = 33,        // PERMISSION_DENIED
  kCredentialRequired = 34,  // UNAUTHENTICATED: this is not for everybody
  kCredentialInvalid = 35,   // UNAUTHENTICATED: no token, none of this hub's, expired or revoked

  // Against what is there.
  kEventIdReused = 50,      // ALREADY_EXISTS: same (author, event id), other content
  kSectionErased = 51,      // ALREADY_EXISTS: cannot be compared any more; receipt attached
  kChainMoved = 52,         // ABORTED: a check failed
  kPredecessorFailed = 53,  // ABORTED: something earlier on the stream was refused
  kNotFound = 54,           // NOT_FOUND: unknown, or not for the caller's eyes
  kTargetUnknown = 55,      // FAILED_PRECONDITION: what this event acts on is not in the log

  // Against the rules of life cycles. FAILED_PRECONDITION; the violations name all of it.
  kTransitionNotAllowed = 56,  // not in the table of its life cycle
  kAdoptionIncomplete = 57,    // each thing that adoption asks for and is not there
  kReasonsMissing = 58,        // whoever is refused is told why
  kTargetUnsuitable = 59,      // what it is about is not what this can be about
  kTargetRetracted = 60,
  kTopicUnknown = 61,  // in no scheme of this hub
  kDatePast = 62,
  kCycleUnknown = 63,    // or closed
  kOutsidePhase = 64,    // the cycle's phase has not begun, or is over
  kApprovalNeeded = 65,  // kept; a second person has to agree first

  // Positions.
  kLogIncarnationChanged = 70,  // FAILED_PRECONDITION
  kPositionAheadOfLog = 71,     // OUT_OF_RANGE
  kPositionExpired = 72,        // OUT_OF_RANGE

  // The hub's own condition.
  kQueueFull = 90,       // RESOURCE_EXHAUSTED, RetryInfo
  kWindowExceeded = 91,  // RESOURCE_EXHAUSTED; kept free: a hub stops reading the stream instead
  kLogWriteFailed = 92,  // UNAVAILABLE: a write or sync failed; outcome unknown
  kClockJumped = 93,     // UNAVAILABLE, RetryInfo: until the operator accepts the clock
  kShuttingDown = 94,    // UNAVAILABLE, RetryInfo
  kSlowConsumer = 95,    // UNAVAILABLE: resume after the last position that was read
  kInternal = 96,        // INTERNAL
  kTooManyStreams = 97,  // RESOURCE_EXHAUSTED, RetryInfo
  kDiskFull = 98,        // RESOURCE_EXHAUSTED, RetryInfo: nothing written; heals by itself
  kBackupNotConfigured = 99,  // FAILED_PRECONDITION: the hub has no folder for backups
  kBackupRunning = 100,       // ABORTED: one at a time
  kBackupFailed = 101,        // UNAVAILABLE: earlier backups are as they were
  kReadOnly = 102,            // UNAVAILABLE: the log is not what was signed; a person has to look
  kQuotaExceeded = 103,       // RESOURCE_EXHAUSTED, RetryInfo, QuotaFailure: of the caller's own
};

struct ReasonInfo {
  Reason reason;
  absl::string_view name;  // EVENT_ID_REUSED
  absl::StatusCode code;
  absl::string_view action;  // one sentence: what the caller can do
};

// The whole table in order of number. Thread-safe.
absl::Span<const ReasonInfo> Reasons();
const ReasonInfo& InfoOf(Reason reason);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_ERROR_REASON_H_
