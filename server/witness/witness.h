// This hub as a witness of other logs: add-checkpoint of C2SP tlog-witness v1.0.0.
#ifndef LIAISON_SERVER_WITNESS_WITNESS_H_
#define LIAISON_SERVER_WITNESS_WITNESS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/checkpoint.h"
#include "proto/record/hash.h"
#include "proto/record/signed_note.h"
#include "server/transparency/note_file.h"

namespace liaison::witness {

// A proof of 63 hashes beside the largest note.
inline constexpr size_t kMaxRequestSizeBytes = record::kMaxNoteSizeBytes + (4 << 10);

// What a witness says to a request; each has a status code of its own over HTTP.
enum class Outcome {
  kCosigned,        // 200
  kMalformed,       // 400: no request, or its old size is above the new one
  kNotSigned,       // 403: by no key of that log, or wrongly
  kUnknownLog,      // 404
  kOtherSize,       // 409: it goes on from another size than this witness does
  kOtherRoot,       // 409: the log has signed another root of that size. Evidence
  kNoContinuation,  // 422: the proof does not hold
  kNotKept,         // 503: what was to be cosigned could not be put on disk
};

struct Answer {
  Outcome outcome = Outcome::kCosigned;
  uint64_t size = 0;         // of kOtherSize and kOtherRoot: where this witness stands
  std::string cosignatures;  // of kCosigned: lines
  std::string message;       // of all others
};

// A Witness cosigns what goes on from the last checkpoint that it cosigned of that log, and nothing
// else: of each log it ever sees one history. What it cosigned is on disk before it is said, and
// whether it may be and that it was are one step: of two requests that go on from one size, one
// wins. Which logs those are is asked for with each request: one that comes later is witnessed from
// then on, one that goes no longer, and one that comes back from where it stood. Thread-safe; waits
// for the disk.
class Witness {
 public:
  // Where the last checkpoint of a log is kept; the log has that origin.
  using StoreOf =
      std::function<std::unique_ptr<transparency::NoteStore>(const std::string& origin)>;
  // Whose logs it witnesses, by their keys: those of the moment. Several keys of one name are keys
  // of one log.
  using Logs = std::function<std::vector<record::NoteVerifier>()>;

  // `key` signs cosignatures and nothing else. FAILED_PRECONDITION where what was kept of a log is
  // damaged: to begin anew might cosign a second history.
  static absl::StatusOr<std::unique_ptr<Witness>> Open(record::NoteSigner key, Logs logs,
                                                       StoreOf store_of,
                                                       std::function<uint64_t()> now_s);

  // The body of the request, as it came.
  Answer AddCheckpoint(absl::string_view request);
  // The last checkpoint it cosigned of the log whose origin has that hash (SHA-256): the log's
  // signatures and its own. NOT_FOUND where there is none.
  absl::StatusOr<std::string> Latest(const record::Hash& origin_hash) const;

  const record::NoteVerifier& verifier() const { return key_.verifier(); }

 private:
  struct Log {
    std::unique_ptr<transparency::NoteStore> store;
    mutable absl::Mutex mu;
    uint64_t size ABSL_GUARDED_BY(mu) = 0;
    record::Hash root ABSL_GUARDED_BY(mu) = record::EmptyRoot();
    std::string note ABSL_GUARDED_BY(mu);  // empty: none yet
  };
  // A request that its log has signed.
  struct Asked {
    record::AddCheckpoint request;
    record::Checkpoint checkpoint;
    record::VerifiedNote note;
  };

  using Keys = std::vector<record::NoteVerifier>;

  Witness(record::NoteSigner key, Logs logs, StoreOf store_of, std::function<uint64_t()> now_s)
      : key_(std::move(key)),
        logs_of_(std::move(logs)),
        store_of_(std::move(store_of)),
        now_s_(std::move(now_s)) {}

  // Empty where the log is not witnessed.
  Keys KeysOf(const std::string& origin) const;
  // With what was kept of it. The same one for ever: two of one store could cosign two histories.
  absl::StatusOr<Log*> Find(const std::string& origin, const Keys& keys) const
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Load(const std::string& origin, Keys keys, Log* log) const;
  Answer Cosign(const Asked& asked, Log* log) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(log->mu);

  const record::NoteSigner key_;
  const Logs logs_of_;
  const StoreOf store_of_;
  const std::function<uint64_t()> now_s_;
  mutable absl::Mutex mu_;
  // By origin, as they were asked for; nullptr where that failed. None is taken out.
  mutable std::map<std::string, std::unique_ptr<Log>> logs_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::witness

#endif  // LIAISON_SERVER_WITNESS_WITNESS_H_
