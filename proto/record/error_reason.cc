#include "proto/record/error_reason.h"

#include <algorithm>

namespace liaison::record {
namespace {

using absl::StatusCode;

// APPEND ONLY, in order of number. A name or code that stands here is API and never changes.
constexpr ReasonInfo kReasons[] = {
    {Reason::kFieldInvalid, "FIELD_INVALID", StatusCode::kInvalidArgument,
     "Correct the fields named in the violations and send it again."},
    {Reason::kEventTooLarge, "EVENT_TOO_LARGE", StatusCode::kInvalidArgument,
     "Shorten the text, or link to what is attached instead of sending it."},
    {Reason::kBatchTooLarge, "BATCH_TOO_LARGE", StatusCode::kInvalidArgument,
     "Send the items in several smaller batches."},
    {Reason::kNestingTooDeep, "NESTING_TOO_DEEP", StatusCode::kInvalidArgument,
     "Send a message that is nested no deeper than its type needs."},
    {Reason::kTextNotUtf8, "TEXT_NOT_UTF8", StatusCode::kInvalidArgument,
     "Convert the text to UTF-8 without NUL characters and send it again."},
    {Reason::kEnumUnknown, "ENUM_UNKNOWN", StatusCode::kInvalidArgument,
     "Use a value that this version of the hub knows, or ask its operator to upgrade it."},
    {Reason::kContentUnreadable, "CONTENT_UNREADABLE", StatusCode::kInvalidArgument,
     "Serialise the body message that belongs to the event type into the content section."},
    {Reason::kFactsDisagree, "FACTS_DISAGREE", StatusCode::kInvalidArgument,
     "Copy the facts into the header from the very content that is sent, then sign again."},
    {Reason::kCommitmentMismatch, "COMMITMENT_MISMATCH", StatusCode::kInvalidArgument,
     "Send each section with the salt and the exact bytes that the header commits to."},
    {Reason::kFilterInvalid, "FILTER_INVALID", StatusCode::kInvalidArgument,
     "Correct the filter at the place named, for example: type = topic-signal AND cycle = 2027."},
    {Reason::kPageTokenInvalid, "PAGE_TOKEN_INVALID", StatusCode::kInvalidArgument,
     "Use the token of the previous page with an unchanged request, or begin at the first page."},
    {Reason::kStartRequired, "START_REQUIRED", StatusCode::kInvalidArgument,
     "Say where to start: after a position, since a time, at the beginning, or live."},
    {Reason::kTypeNotPublishable, "TYPE_NOT_PUBLISHABLE", StatusCode::kInvalidArgument,
     "Publish another type of event: this one is said by the hub itself."},
    {Reason::kBatchRepeatsEvent, "BATCH_REPEATS_EVENT", StatusCode::kInvalidArgument,
     "Give every event of the batch an event id of its own."},
    {Reason::kKeyUnacceptable, "KEY_UNACCEPTABLE", StatusCode::kInvalidArgument,
     "Make a new Ed25519 key and sign the organisation's name with it to show possession."},
    {Reason::kRequestUnreadable, "REQUEST_UNREADABLE", StatusCode::kInvalidArgument,
     "Send the method's request message, generated from the hub's own .proto files."},

    {Reason::kSignatureInvalid, "SIGNATURE_INVALID", StatusCode::kUnauthenticated,
     "Sign the exact header bytes that are sent, with the key that the header names."},
    {Reason::kKeyUnknown, "KEY_UNKNOWN", StatusCode::kUnauthenticated,
     "Have the key added to the author's organisation, or sign with one that is."},
    {Reason::kKeyNotValid, "KEY_NOT_VALID", StatusCode::kUnauthenticated,
     "Sign with a key that has not been revoked."},
    {Reason::kNotPermitted, "NOT_PERMITTED", StatusCode::kPermissionDenied,
     "Act as an organisation that may do this, or ask the hub's operator for the permission."},
    {Reason::kCredentialRequired, "CREDENTIAL_REQUIRED", StatusCode::kUnauthenticated,
     "Send a token (`--token-file FILE`, or metadata `authorization: Bearer TOKEN`); whoever "
     "administers the organisation makes one."},
    {Reason::kCredentialInvalid, "CREDENTIAL_INVALID", StatusCode::kUnauthenticated,
     "Ask whoever administers the organisation for a new token."},

    {Reason::kEventIdReused, "EVENT_ID_REUSED", StatusCode::kAlreadyExists,
     "Choose a new event id for the new content; the earlier event stands as it was published."},
    {Reason::kSectionErased, "SECTION_ERASED", StatusCode::kAlreadyExists,
     "Do not send it again: the event was published and part of it has been erased since."},
    {Reason::kChainMoved, "CHAIN_MOVED", StatusCode::kAborted,
     "Read the chains named, decide again on what they say now, and send new checks."},
    {Reason::kPredecessorFailed, "PREDECESSOR_FAILED", StatusCode::kAborted,
     "Correct what was refused first, then send it and everything after it again."},
    {Reason::kNotFound, "NOT_FOUND", StatusCode::kNotFound,
     "Check the name or number, and whether the caller may read it."},
    {Reason::kTargetUnknown, "TARGET_UNKNOWN", StatusCode::kFailedPrecondition,
     "Publish the event that this one acts on first, or correct its digest."},
    {Reason::kTransitionNotAllowed, "TRANSITION_NOT_ALLOWED", StatusCode::kFailedPrecondition,
     "Read what it is now, and say one of the things that are allowed from there."},
    {Reason::kAdoptionIncomplete, "ADOPTION_INCOMPLETE", StatusCode::kFailedPrecondition,
     "Fill in what the violations name, or record it as adopted, incomplete, for now."},
    {Reason::kReasonsMissing, "REASONS_MISSING", StatusCode::kFailedPrecondition,
     "Give the reasons: everybody concerned is told why."},
    {Reason::kTargetUnsuitable, "TARGET_UNSUITABLE", StatusCode::kFailedPrecondition,
     "Name an event that this can be about, by the first of its chain."},
    {Reason::kTargetRetracted, "TARGET_RETRACTED", StatusCode::kFailedPrecondition,
     "Leave it: its author has taken it back."},
    {Reason::kTopicUnknown, "TOPIC_UNKNOWN", StatusCode::kFailedPrecondition,
     "Use a code of a topic scheme of this hub, or `unspecified`."},
    {Reason::kDatePast, "DATE_PAST", StatusCode::kFailedPrecondition,
     "Name a day that is not over yet."},
    {Reason::kCycleUnknown, "CYCLE_UNKNOWN", StatusCode::kFailedPrecondition,
     "Name a cycle that the secretariat has opened and not closed."},
    {Reason::kOutsidePhase, "OUTSIDE_PHASE", StatusCode::kFailedPrecondition,
     "Say it again within the dates named, or have the secretariat move the phase."},
    {Reason::kApprovalNeeded, "APPROVAL_NEEDED", StatusCode::kFailedPrecondition,
     "Have a second person look at it (`liaison admin approvals`, `liaison admin approve ID`); "
     "nothing has to be sent again."},

    {Reason::kLogIncarnationChanged, "LOG_INCARNATION_CHANGED", StatusCode::kFailedPrecondition,
     "Start over from the beginning of the new log: positions of the old one mean nothing here."},
    {Reason::kPositionAheadOfLog, "POSITION_AHEAD_OF_LOG", StatusCode::kOutOfRange,
     "Start at or before the head, and find out why the position is further than the log."},
    {Reason::kPositionExpired, "POSITION_EXPIRED", StatusCode::kOutOfRange,
     "Start at the earliest sequence named; what came before it is there no more."},

    {Reason::kQueueFull, "QUEUE_FULL", StatusCode::kResourceExhausted,
     "Wait for the time named and send the same again: retrying is safe."},
    {Reason::kWindowExceeded, "WINDOW_EXCEEDED", StatusCode::kResourceExhausted,
     "Keep no more frames and bytes in flight than the settings of the stream allow."},
    {Reason::kLogWriteFailed, "LOG_WRITE_FAILED", StatusCode::kUnavailable,
     "Send the same again later; the operator may have to restart the hub. Retrying is safe."},
    {Reason::kClockJumped, "CLOCK_JUMPED", StatusCode::kUnavailable,
     "Wait and send the same again; the operator has to accept or correct the hub's clock."},
    {Reason::kShuttingDown, "SHUTTING_DOWN", StatusCode::kUnavailable,
     "Wait for the time named and send the same again: retrying is safe."},
    {Reason::kSlowConsumer, "SLOW_CONSUMER", StatusCode::kUnavailable,
     "Subscribe again after the last position that was read, and read faster or filter more."},
    {Reason::kInternal, "INTERNAL", StatusCode::kInternal,
     "Try again once; if it stays, give the hub's operator the time and the message."},
    {Reason::kTooManyStreams, "TOO_MANY_STREAMS", StatusCode::kResourceExhausted,
     "Close streams that are not needed, or wait for the time named and open it again."},
    {Reason::kDiskFull, "DISK_FULL", StatusCode::kResourceExhausted,
     "Wait for the time named and send the same again; the operator has to make room."},
    {Reason::kBackupNotConfigured, "BACKUP_NOT_CONFIGURED", StatusCode::kFailedPrecondition,
     "Set backup_dir in the hub's settings and start it again."},
    {Reason::kBackupRunning, "BACKUP_RUNNING", StatusCode::kAborted,
     "Wait until the backup that is being made is done."},
    {Reason::kBackupFailed, "BACKUP_FAILED", StatusCode::kUnavailable,
     "Mend what the message names and make the backup again; earlier ones are as they were."},
    {Reason::kReadOnly, "READ_ONLY", StatusCode::kUnavailable,
     "Read on; keep what you would publish until the operator has brought the whole log back."},
    {Reason::kQuotaExceeded, "QUOTA_EXCEEDED", StatusCode::kResourceExhausted,
     "Wait for the time named and send the same again; ask for less often, or the operator for "
     "more."},
};

constexpr bool Ascending() {
  for (size_t i = 1; i < std::size(kReasons); ++i) {
    if (kReasons[i - 1].reason >= kReasons[i].reason) return false;
  }
  return true;
}
static_assert(Ascending(), "InfoOf searches by number");

}  // namespace

absl::Span<const ReasonInfo> Reasons() { return kReasons; }

const ReasonInfo& InfoOf(Reason reason) {
  const auto less = [](const ReasonInfo& info, Reason wanted) { return info.reason < wanted; };
  const auto* found = std::lower_bound(std::begin(kReasons), std::end(kReasons), reason, less);
  const bool known = found != std::end(kReasons) && found->reason == reason;
  return known ? *found : InfoOf(Reason::kInternal);
}

}  // namespace liaison::record
