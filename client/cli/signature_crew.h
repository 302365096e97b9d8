// Verifies signatures on all processors while whoever needs them reads on.
#ifndef LIAISON_CLIENT_CLI_SIGNATURE_CREW_H_
#define LIAISON_CLIENT_CLI_SIGNATURE_CREW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/signature.h"

namespace liaison::cli {

// A signature is almost all of what an event costs whoever checks it. A SignatureCrew takes them in
// any number, keeps a bounded part of them, and tells in the end which ones are wrong. Its threads
// begin with the second batch, so that a small file costs none. One caller at a time.
class SignatureCrew {
 public:
  // What is wrong is told by the number, and by the words, that it came with.
  struct Claim {
    uint64_t number;
    absl::string_view words;
    absl::string_view public_key;  // one that record::CheckPublicKey takes
    absl::string_view header;      // of an event: what was signed is its PAE
    absl::string_view signature;
  };
  struct Verdict {
    uint64_t right = 0;
    uint64_t wrong = 0;
    std::map<uint64_t, std::string> first_wrong;  // the words of those with the lowest numbers
  };

  // So many threads besides the caller's own; by default one for each other processor.
  explicit SignatureCrew(size_t threads = OtherProcessors());
  ~SignatureCrew();
  SignatureCrew(const SignatureCrew&) = delete;
  SignatureCrew& operator=(const SignatureCrew&) = delete;

  // Takes a copy. Where enough waits already the caller verifies too.
  void Add(const Claim& claim);
  // Waits until all are verified. Nothing is added behind it.
  Verdict Finish();

  static size_t OtherProcessors();

 private:
  // Of one claim; the bytes stand in the batch, one behind the other.
  struct Job {
    uint64_t number;
    size_t words_size_bytes;
    size_t message_size_bytes;
    char public_key[record::kPublicKeySizeBytes];
    char signature[record::kSignatureSizeBytes];
  };
  struct Batch {
    std::vector<Job> jobs;
    std::string bytes;
  };

  void HandOver();
  void Work();
  void Verify(const Batch& batch);
  void Count(Verdict found);
  // Null where there is none.
  std::unique_ptr<Batch> TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool SomethingToDo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !waiting_.empty() || ended_;
  }
  bool AllDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return at_work_ == 0; }

  const size_t thread_count_;
  // The caller's.
  std::unique_ptr<Batch> open_;
  size_t batches_ = 0;
  std::vector<std::thread> threads_;

  absl::Mutex mu_;
  std::deque<std::unique_ptr<Batch>> waiting_ ABSL_GUARDED_BY(mu_);
  size_t at_work_ ABSL_GUARDED_BY(mu_) = 0;  // batches that a thread has taken
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  Verdict verdict_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_SIGNATURE_CREW_H_
