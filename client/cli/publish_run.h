// Publishing many drafts in order, with a receipt for each as it comes.
#ifndef LIAISON_CLIENT_CLI_PUBLISH_RUN_H_
#define LIAISON_CLIENT_CLI_PUBLISH_RUN_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "liaison/publish_client.h"

namespace liaison::cli {

// The status, saying where the draft was read; `items[3].draft.` is taken off the hub's field
// names, as it means nothing to whoever wrote the file. Thread-safe.
absl::Status AtOrigin(const absl::Status& status, absl::string_view origin);

// Which item of a batch the hub refused: ErrorInfo's `item`, or the `3` of `items[3].draft.title`;
// nullopt where it names none. Thread-safe.
std::optional<size_t> ItemNamedIn(const absl::Status& status);

// Publishes all drafts as one batch, or checks them only. `origins` has one entry for each; a
// refusal names the one it is about. INVALID_ARGUMENT where there are more than one batch holds.
// Thread-safe.
absl::StatusOr<std::vector<v1::Receipt>> PublishBatch(const PublishClient& client,
                                                      std::vector<v1::Draft> drafts,
                                                      const std::vector<std::string>& origins,
                                                      bool dry_run);

// Checks any number of drafts in as few batches as hold them; nothing is written. Thread-safe.
absl::StatusOr<std::vector<v1::Receipt>> CheckOnly(const PublishClient& client,
                                                   const std::vector<v1::Draft>& drafts,
                                                   const std::vector<std::string>& origins);

// A draft that the hub would refuse, and its reason.
struct RefusedDraft {
  size_t index = 0;
  absl::Status status;
};

// Has the hub check each draft by itself, in as few batches as that takes; nothing is written.
// Looks no further once `max_refused` are found. An error where the hub gives no verdict: it cannot
// be reached, or what it refuses is no draft. Thread-safe.
absl::StatusOr<std::vector<RefusedDraft>> FindRefused(const PublishClient& client,
                                                      const std::vector<v1::Draft>& drafts,
                                                      size_t max_refused);

// A PublishRun sends drafts one after the other, many under way at once, and stops at the first
// that is refused: what was accepted before stays accepted.
//
// Add, WaitForVerdicts and Finish: one thread. The rest is thread-safe.
class PublishRun {
 public:
  // Called for each receipt, in order of Add, on a thread of the publisher's. An error from it
  // (standard output is gone) fails the run.
  using OnReceipt = std::function<absl::Status(const v1::Receipt&)>;

  // Without any verdict for `timeout`, while some are owed, the run fails.
  PublishRun(const PublishClient& client, absl::Duration timeout, OnReceipt on_receipt);
  ~PublishRun();

  // The first error of the run, if there was one; then the draft was not sent.
  absl::Status Add(v1::Draft draft, const std::string& origin);
  absl::Status Add(v1::SignedEvent event, const std::string& origin);
  // Waits until everything added has its verdict; the first error.
  absl::Status WaitForVerdicts() ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, and ends the run.
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(mutex_);

  bool failed() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t accepted() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t duplicates() const ABSL_LOCKS_EXCLUDED(mutex_);  // of the accepted
  // Added, and neither accepted nor the one refused.
  size_t not_sent() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status AddItem(v1::PublishItem item, const std::string& origin);
  void TakeVerdict(const absl::StatusOr<v1::Receipt>& receipt, const std::string& origin)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool NothingOwed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return owed_ == 0; }

  const OnReceipt on_receipt_;
  mutable absl::Mutex mutex_;
  size_t owed_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t duplicates_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t not_sent_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  // Last, so that no verdict comes once the members above are gone.
  Publisher publisher_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_PUBLISH_RUN_H_
