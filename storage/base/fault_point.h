// Named places at which a test may interrupt the hub.
#ifndef LIAISON_STORAGE_BASE_FAULT_POINT_H_
#define LIAISON_STORAGE_BASE_FAULT_POINT_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>

#include "absl/strings/string_view.h"

// LIAISON_FAULT_POINT("append.written") marks the place where that step is done. It is nothing at
// all unless the build says LIAISON_FAULTS; a name that is not in kFaultPoints does not compile.
#ifdef LIAISON_FAULTS
#define LIAISON_FAULT_POINT(name)                                                     \
  do {                                                                                \
    static_assert(::liaison::storage::IsFaultPoint(name), "name it in kFaultPoints"); \
    ::liaison::storage::PassFaultPoint(name);                                         \
  } while (false)
#else
#define LIAISON_FAULT_POINT(name) \
  static_assert(::liaison::storage::IsFaultPoint(name), "name it in kFaultPoints")
#endif

namespace liaison::storage {

// In the order in which an event meets them. Tests name them: rename none.
inline constexpr absl::string_view kFaultPoints[] = {
    // Opening: what lies on disk is read and, for a new log, made.
    "open.database_open",   // RocksDB has recovered
    "open.identity_there",  // the log has its log_id, on disk
    "open.compared",        // the head was compared with the head file
    // The sequencer's thread, one group.
    "group.taken",         // out of the queue, nothing decided
    "group.decided",       // nothing written
    "append.checked",      // the batch is not built yet
    "append.built",        // the batch is not written
    "append.written",      // on disk, not yet to be seen
    "append.published",    // to be seen in the log, not yet in memory's tail
    "group.committed",     // Append has returned
    "group.shown",         // readers can have it, nobody is answered
    "group.answered_one",  // the first of the group has its receipt
    "group.answered",      // all have, no reader was woken
    "group.woken",
    // The head file.
    "head_file.begun",
    "file.written",  // the temporary file has its content, unsynced
    "file.synced",   // and is on disk
    "file.renamed",  // under its name, the folder unsynced
    "head_file.done",
    // A checkpoint. Both trees pass these, the log's first.
    "sign.reread",     // all that it covers was read and hashed again
    "sign.signed",     // the note is in memory alone
    "note.begun",      // nothing lies beside the record
    "note.written",    // the note is on disk beside the record
    "note.renamed",    // and in its place, the folder unsynced
    "sign.kept",       // on disk, and nobody has it
    "sign.published",  // whoever asks has it; once for both trees
    // A cosignature of another log.
    "cosign.compared",  // it goes on from the last
    "cosign.kept",      // on disk, and nobody has it
};

constexpr bool IsFaultPoint(absl::string_view name) {
  return std::any_of(std::begin(kFaultPoints), std::end(kFaultPoints),
                     [name](absl::string_view known) { return known == name; });
}

#ifdef LIAISON_FAULTS

// Called by the macro. Thread-safe, as is all that follows.
//
// The first passing reads LIAISON_FAULT from the environment: `NAME=kill@N` kills the process
// (SIGKILL) the N-th time it passes NAME, `NAME=stop@N` stops it (SIGSTOP); `NAME=late@N` kills it
// as well, after that thread alone has stood there for 200 ms: whatever others can see by then,
// they have seen. Several are separated by commas. What cannot be read ends the process at once
// with a message: a campaign must not believe that it tested something.
void PassFaultPoint(absl::string_view name);

// `action` is called at every passing of `name` until another is armed; null disarms.
void ArmFaultPoint(absl::string_view name, std::function<void()> action);

// How often it was passed since the process began.
size_t FaultPointPassed(absl::string_view name);

#endif  // LIAISON_FAULTS

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_BASE_FAULT_POINT_H_
