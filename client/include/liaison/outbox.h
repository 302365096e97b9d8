// Publishing where the line is bad: an event is safe on this disk first, and sent when it can be.
//
//   auto outbox = liaison::Outbox::Open("reports.outbox");
//   auto event_id = (*outbox)->Publish(draft);        // returns when it is safe on this disk
//   (*outbox)->Flush(liaison::ConnectOverSlowLine(address), {});  // now, or next week
#ifndef LIAISON_OUTBOX_H_
#define LIAISON_OUTBOX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "liaison/connection.h"
#include "liaison/outbox_limits.h"
#include "liaison/profile.h"

namespace liaison {

namespace outbox {
class Bell;
}  // namespace outbox

struct OutboxOptions {
  // How long a call waits for another process that is writing to the file.
  absl::Duration busy_timeout = absl::Seconds(10);
  uint64_t max_items = kMaxOutboxItems;
  uint64_t max_size_bytes = kMaxOutboxSizeBytes;
  // False: what was accepted is forgotten at once, for programs that never read receipts. A refusal
  // is always kept.
  bool keep_receipts = true;
  // With an Ed25519 seed, drafts by `signs_for` are signed before they are stored. See
  // OutboxOptionsOf.
  std::string signing_seed;
  std::string signs_for;
  // Name of a registered SQLite VFS; empty: the system's own.
  std::string sqlite_vfs;
};

// Signs where the profile has a key.
OutboxOptions OutboxOptionsOf(const Profile& profile);

enum class OutboxItemState {
  kWaiting,   // not sent, or sent and not answered
  kAccepted,  // `receipt` is there
  kRefused,   // `refusal` says why; it stays until Retry or Drop
};

// Whether an error is of the file on this side: it is full, damaged or another program's. Neither
// the hub nor the line had a part in it. Thread-safe.
bool IsOfTheFile(const absl::Status& status);

// One event of an outbox. What the disk gives back damaged is there all the same, so that it holds
// up nothing else: an event without `item` is refused with DATA_LOSS, as soon as it would be sent,
// and Publish with the same id puts it right; a receipt has its event id alone.
struct OutboxItem {
  uint64_t number = 0;  // in order of Publish
  std::string author;
  std::string event_id;
  OutboxItemState state = OutboxItemState::kWaiting;
  absl::Time stored_time;
  v1::PublishItem item;  // what is sent, the same at each try
  std::optional<v1::Receipt> receipt;
  absl::Status refusal;
};

struct OutboxSummary {
  uint64_t waiting = 0;
  uint64_t accepted = 0;  // and the receipt not yet read
  uint64_t refused = 0;
  uint64_t size_bytes = 0;  // of all of them
  std::string log_id;       // of the hub it belongs to; empty before the first contact
  std::string hub;          // that hub's name, `igf`
  int failures = 0;         // tries since the hub last answered
  absl::Time next_try;      // not before, by itself
  std::string last_error;   // of the last try; empty: it went well
};

struct FlushOptions {
  // A hub that says nothing for this long, and as long again as the largest event takes on the
  // slowest line, is given up for now.
  absl::Duration patience = absl::Seconds(30);
  // For another process that is sending.
  absl::Duration lock_timeout = absl::ZeroDuration();
  // Does nothing before OutboxSummary::next_try: for timers.
  bool only_when_due = false;
  // Called with what has been answered and is written down, in order, as it comes; not under a
  // lock. An error ends the flush; what was answered stays answered.
  std::function<absl::Status(absl::Span<const OutboxItem>)> on_settled;
};

struct FlushResult {
  uint64_t accepted = 0;
  uint64_t duplicates = 0;  // of the accepted: the hub had them already
  uint64_t refused = 0;
};

// An Outbox is a file of events that wait for the line. What it has taken survives a kill, a power
// loss and weeks offline; it is sent in the order of Publish, as often as it takes, and has one
// effect.
//
// Verdicts are kept until they are read: see List and Forget. A refusal is final for its event, and
// those behind it go on, of the same author too: order is kept among what is accepted.
//
// An outbox belongs to one log, by log_id and not by address: the first contact decides. Several
// processes may use one file; one of them sends at a time. Thread-safe. Not to be used across fork.
class Outbox {
 public:
  // Makes the file, for its owner alone to read, where there is none. INVALID_ARGUMENT where it
  // cannot be used or is something else, FAILED_PRECONDITION where a newer version made it,
  // DATA_LOSS, as any other call, where the file as a whole is damaged.
  static absl::StatusOr<std::unique_ptr<Outbox>> Open(const std::string& file,
                                                      OutboxOptions options = {});
  ~Outbox();

  // Returns the event id once the event is on the disk: finished, so that every try sends the same.
  // A draft without an id gets one; without an authored time, this one. The same event again has
  // one effect.
  //
  // INVALID_ARGUMENT for what no hub takes: no author or body, too large. ALREADY_EXISTS for other
  // content under an id that is here. RESOURCE_EXHAUSTED where the outbox or the disk is full.
  // After any other error, ask again with the same id: it may be there.
  absl::StatusOr<std::string> Publish(v1::Draft draft);
  absl::StatusOr<std::string> Publish(v1::SignedEvent event);
  // All of them, or none.
  absl::StatusOr<std::vector<std::string>> PublishAll(std::vector<v1::Draft> drafts);

  absl::StatusOr<OutboxSummary> Summary() const;
  // In order, at most `limit`, those after `after`.
  absl::StatusOr<std::vector<OutboxItem>> List(uint64_t after = 0, int limit = 100) const;

  // Accepted events whose receipts have been read. What waits or was refused stays.
  absl::Status Forget(const std::vector<uint64_t>& numbers);
  // A refused event waits again, at its old place. NOT_FOUND where none is refused by this number.
  absl::Status Retry(uint64_t number);
  // Takes it out unsent. It may have been sent already, if it waits.
  absl::Status Drop(uint64_t number);
  // The outbox belongs to this log from now on, whatever it belonged to before.
  absl::Status Adopt(const std::string& log_id);

  // Sends what waits; OK when nothing does any more. Without anything waiting, the hub is not even
  // asked. After an error the rest waits, and nothing is lost:
  //   ABORTED              another process is sending
  //   FAILED_PRECONDITION  the hub has another log; the message says what to do
  //   any other            why the hub could not be reached, or did not let the caller in
  absl::StatusOr<FlushResult> Flush(std::shared_ptr<Connection> connection,
                                    const FlushOptions& options);

 private:
  friend class OutboxSender;
  class Table;
  class Pass;
  Outbox(std::string file, OutboxOptions options, std::unique_ptr<Table> table);

  absl::StatusOr<v1::PublishItem> Finished(v1::PublishItem item) const;
  absl::Status Store(const std::vector<v1::PublishItem>& items);

  const std::string file_;
  const OutboxOptions options_;
  mutable absl::Mutex mutex_;
  const std::unique_ptr<Table> table_ ABSL_PT_GUARDED_BY(mutex_);
  const std::unique_ptr<outbox::Bell> work_;  // rings at Publish and Retry on this object
};

// An OutboxSender flushes an outbox on a thread of its own for as long as it lives, with pauses
// that grow while the hub is away and are remembered in the file. It says nothing on the line while
// nothing waits. Thread-safe.
class OutboxSender {
 public:
  // `outbox` must outlive it.
  OutboxSender(Outbox* outbox, std::shared_ptr<Connection> connection, FlushOptions options = {});
  // Ends after the window that is being sent, or the call that is being made; the rest waits.
  ~OutboxSender();

  // OK, or why the last try did not bring everything over.
  absl::Status last_status() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // One try, if there is anything to send and it is time. How long until the next look.
  absl::Duration TryOnce();
  bool stopping() const ABSL_LOCKS_EXCLUDED(mutex_);

  Outbox* const outbox_;
  const std::shared_ptr<Connection> connection_;
  FlushOptions options_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status last_status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace liaison

#endif  // LIAISON_OUTBOX_H_
