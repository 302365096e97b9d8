// Signs the log's checkpoints, and never two roots of one size.
#ifndef LIAISON_SERVER_TRANSPARENCY_SIGNER_H_
#define LIAISON_SERVER_TRANSPARENCY_SIGNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/record/checkpoint.h"
#include "proto/record/compact_range.h"
#include "proto/record/signed_note.h"
#include "server/transparency/head_news.h"
#include "server/transparency/note_file.h"
#include "server/transparency/proofs.h"
#include "storage/event_log.h"

namespace liaison::transparency {

// A checkpoint with its signature.
struct Signed {
  TreeHead head;
  std::string note;
};

// What everybody may have. The registry's covers every registry size in the log's.
struct Published {
  Signed log;
  Signed registry;
};

// A Signer covers what the log has with signed checkpoints, in this order: the head is read, which
// is on disk; what comes after the last checkpoint is read again and hashed, and must lead to the
// head's root; it is signed; the note is put on disk in the signer's own record; it is published.
// A crash between any two steps leaves a log that the next process signs further, for all that was
// ever signed is a prefix of what is on disk.
//
// Open and SignHead have one caller at a time; the other calls are thread-safe.
class Signer {
 public:
  // What was signed before, of each tree. All of these must outlive the signer.
  struct Records {
    NoteStore* log;
    NoteStore* registry;
  };
  // `key` is named after the log's origin.
  Signer(const storage::EventLog* log, const storage::TreeStore* trees, record::NoteSigner key,
         Records records);
  ~Signer();

  // Compares the records with the log and signs its head. Once, and before anything else.
  // DATA_LOSS where the log is shorter than what was signed, or other: whatever is appended to it
  // would be a second history. FAILED_PRECONDITION where a record is lost or damaged.
  absl::Status Open();
  // As long as `may` says no, nothing is signed beyond the records. Before Open.
  void SignOnlyWhen(std::function<bool()> may) { may_ = std::move(may); }
  // Covers the log as it is now. Once condition() is no longer OK nothing is signed any more; any
  // other error leaves things as they were, and the next call may do better.
  absl::Status SignHead();

  // Null before Open.
  std::shared_ptr<const Published> published() const;
  // OK; or INTERNAL, naming why: what is stored is not what was signed, or no longer what was
  // written. A person has to look.
  absl::Status condition() const;
  const record::NoteVerifier& verifier() const { return log_tree_->key.verifier(); }
  const std::string& origin() const { return verifier().name(); }
  LogTree tree(storage::Tree tree) const { return LogTree(log_, trees_, tree); }

 private:
  // One tree, as far as it is covered.
  struct Covered {
    storage::Tree tree;
    record::NoteSigner key;
    NoteStore* record;
    record::CompactRange range;
    Signed last;
  };

  absl::Status OpenTree(Covered* covered) const;
  // Covers the tree up to `head`. The order of the steps is the promise.
  absl::Status SignTree(Covered* covered, const TreeHead& head) const;
  // The range, grown up to that size by what is read.
  absl::StatusOr<record::CompactRange> Reread(const Covered& covered, uint64_t size) const;
  absl::StatusOr<record::CompactRange> RereadRegistry(record::CompactRange range,
                                                      uint64_t size) const;
  absl::Status Stop(const absl::Status& cause);

  const storage::EventLog* const log_;
  const storage::TreeStore* const trees_;
  std::function<bool()> may_ = [] { return true; };

  // Belong to whoever calls Open and SignHead.
  std::unique_ptr<Covered> log_tree_;
  std::unique_ptr<Covered> registry_tree_;

  mutable absl::Mutex mu_;
  std::shared_ptr<const Published> published_ ABSL_GUARDED_BY(mu_);
  absl::Status condition_ ABSL_GUARDED_BY(mu_);
};

// A SigningBeat has the signer cover the head: soon when somebody asks, else once a second, or ten
// times where somebody listens. It has a thread of its own, so that nothing that is appended waits.
class SigningBeat {
 public:
  // `signer` is open and must outlive the beat, as must `news`, which may be null. `on_change` is
  // told when signing fails, and when it goes again.
  SigningBeat(Signer* signer, std::function<void(const absl::Status&)> on_change,
              HeadNews* news = nullptr);
  // Covers the head once more, and ends.
  ~SigningBeat();

  // Whoever waits for a checkpoint need not wait for the next beat. Does not wait itself.
  void Hurry();

 private:
  void Run();
  absl::Status Sign();
  bool Wanted() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return asked_ || ending_; }

  Signer* const signer_;
  const std::function<void(const absl::Status&)> on_change_;
  HeadNews* const news_;
  uint64_t told_ = 0;  // the size that the listeners know; of its thread

  absl::Mutex mu_;
  bool asked_ ABSL_GUARDED_BY(mu_) = false;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_SIGNER_H_
