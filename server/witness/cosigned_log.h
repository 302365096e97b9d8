// What witnesses have seen of this hub's own log.
#ifndef LIAISON_SERVER_WITNESS_COSIGNED_LOG_H_
#define LIAISON_SERVER_WITNESS_COSIGNED_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/checkpoint.h"
#include "proto/record/signed_note.h"
#include "proto/record/witness_policy.h"
#include "server/transparency/note_file.h"
#include "server/transparency/proofs.h"

namespace liaison::witness {

// Whose clock a cosignature's time is: a witness may be so far behind.
inline constexpr uint64_t kClockSkew_s = 60;
// Checkpoints whose cosignatures are still on their way.
inline constexpr size_t kMaxCheckpointsAwaited = 64;

// A CosignedLog collects the cosignatures of the log's checkpoints, and keeps the newest checkpoint
// that enough witnesses have seen. It believes signatures, not whoever brings them: a checkpoint
// that this log has signed and is not what the log is, is proof that the log was rolled back or
// replaced, from whomever it comes. Thread-safe.
class CosignedLog {
 public:
  struct Options {
    record::WitnessPolicy policy;
    record::NoteVerifier log;        // its key
    uint64_t recorded_size = 0;      // of the last checkpoint that was signed before this start
    uint64_t since_s = 0;            // of this start
    transparency::NoteStore* store;  // of the newest that enough have seen; outlives this
    // The log is not what it signed: why, and the checkpoint that says so. Once at most.
    std::function<void(const absl::Status& why, absl::string_view note)> on_conflict;
  };
  explicit CosignedLog(const transparency::LogTree& tree, Options options)
      : tree_(tree), options_(std::move(options)) {}

  // What was kept before. DATA_LOSS where the log is not what it signed then.
  absl::Status Open();

  struct Taken {
    size_t witnesses = 0;  // so many cosignatures of its are good
    bool enough = false;   // with those that came before
  };
  // Takes a checkpoint of this log with cosignatures. INVALID_ARGUMENT or UNAUTHENTICATED where it
  // is none; DATA_LOSS where the log is not what it says.
  absl::StatusOr<Taken> Take(absl::string_view note);

  // The note, with the cosignatures that have come for it.
  std::string WithCosignatures(const std::string& note) const;
  // The newest that enough witnesses have seen; empty and 0 where there is none.
  struct Witnessed {
    uint64_t size = 0;
    std::string note;
  };
  Witnessed witnessed() const;

  // Whether enough witnesses have said, since this start, that they have seen no more of this log
  // than there is: before that nothing more is signed, lest it be a second history.
  bool compared() const;
  bool in_conflict() const;
  const Options& options() const { return options_; }

 private:
  struct Cosigned {
    record::Checkpoint checkpoint;
    std::string log_lines;
    std::map<size_t, record::WitnessPolicy::Cosignature> cosignatures;  // by witness
  };

  // `kept`: a copy of what came before, which says nothing of what witnesses have seen since.
  absl::StatusOr<Taken> TakeNote(absl::string_view note, bool kept);
  bool IsEnough(const Cosigned& cosigned) const;
  static std::string NoteOf(const std::string& text, const Cosigned& cosigned);
  void CountAsCompared(const Cosigned& cosigned) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const transparency::LogTree tree_;
  const Options options_;

  mutable absl::Mutex mu_;
  std::map<std::string, Cosigned> by_text_ ABSL_GUARDED_BY(mu_);
  record::Checkpoint newest_ ABSL_GUARDED_BY(mu_);
  std::string newest_note_ ABSL_GUARDED_BY(mu_);
  std::set<size_t> compared_ ABSL_GUARDED_BY(mu_);  // witnesses
  bool in_conflict_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_COSIGNED_LOG_H_
