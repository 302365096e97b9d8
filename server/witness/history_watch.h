// Whether this hub's log is still what its own key has signed of it.
#ifndef LIAISON_SERVER_WITNESS_HISTORY_WATCH_H_
#define LIAISON_SERVER_WITNESS_HISTORY_WATCH_H_

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/checkpoint.h"
#include "proto/record/signed_note.h"
#include "server/transparency/note_file.h"
#include "server/transparency/proofs.h"

namespace liaison::witness {

// OK where the log leads to the checkpoint. DATA_LOSS where it ends before, or has another root
// there; INTERNAL where its tree cannot be read. `seen` says by whom the checkpoint was: "and seen
// by witnesses". Thread-safe.
absl::Status CompareWithLog(const transparency::LogTree& tree, const record::Checkpoint& checkpoint,
                            absl::string_view seen);

// A HistoryWatch is shown checkpoints of this log, by peers that have taken more of it than there
// is, and believes the log's own signature alone: a number proves nothing. A checkpoint to which
// the log does not lead says that the log was put back to an earlier copy, or that somebody else
// signs with its key; it is kept, so that the next start knows as well. Thread-safe.
class HistoryWatch {
 public:
  struct Options {
    record::NoteVerifier log;           // its key
    transparency::NoteStore* conflict;  // outlives this
    // The log is not what was signed of it. Once at most, and not by Open.
    std::function<void(const absl::Status& why)> on_conflict;
  };
  HistoryWatch(const transparency::LogTree& tree, Options options)
      : tree_(tree), options_(std::move(options)) {}

  // Compares with what was kept: DATA_LOSS where the log still does not lead there. A log that was
  // brought back whole since then is well again.
  absl::Status Open();
  // That `shown_by` has this note. DATA_LOSS once the log is known not to be what was signed of it,
  // by whatever note; INVALID_ARGUMENT or UNAUTHENTICATED for what is no checkpoint of this log. An
  // empty note is none.
  absl::Status Look(absl::string_view note, absl::string_view shown_by);

  bool in_conflict() const { return !conflict().ok(); }
  absl::Status conflict() const;

 private:
  absl::Status Compare(absl::string_view note, absl::string_view seen) const;

  const transparency::LogTree tree_;
  const Options options_;

  mutable absl::Mutex mu_;
  absl::Status conflict_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_HISTORY_WATCH_H_
