// Publishing: a batch at a time, or as a stream.
#ifndef LIAISON_PUBLISH_CLIENT_H_
#define LIAISON_PUBLISH_CLIENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "liaison/connection.h"
#include "liaison/options.h"
#include "proto/record/signature.h"

namespace liaison {

// Makes an event id for a draft that has none. Keep the draft, with it, until you hold the receipt:
// it is what makes a retry safe. Returns the id.
std::string EnsureEventId(v1::Draft* draft);

// Builds and signs the event on this side: header, salts, signature. `draft.author` must be the
// organisation that `key` is registered for. INVALID_ARGUMENT for a draft without event id or body.
absl::StatusOr<v1::SignedEvent> Sign(const v1::Draft& draft, const record::SigningKey& key);

// As to be sent. A draft without an event id gets one.
v1::PublishItem Item(v1::Draft draft);
v1::PublishItem Item(v1::SignedEvent event);

struct PublishParams {
  std::vector<v1::PublishItem> items;  // all of them or none
  std::vector<v1::Check> checks;
  bool dry_run = false;
};

// A Publisher sends events one after the other over a stream and keeps many under way at once;
// waiting events travel together. After a disconnect it takes up again with what has no verdict
// yet: event ids make that safe.
//
// Thread-safe. Verdicts come in the order of Send, on a thread of the Publisher's own; a callback
// must not block for long and must not call into the Publisher.
class Publisher {
 public:
  class Impl;
  explicit Publisher(std::unique_ptr<Impl> impl);
  Publisher(Publisher&&) noexcept;
  ~Publisher();  // as Finish, without waiting: what has no verdict gets CANCELLED

  using Verdict = std::function<void(absl::StatusOr<v1::Receipt>)>;

  // Takes the event, waiting while the window is full. The verdict comes exactly once; for an event
  // that was not taken, because Send returned an error, never.
  // FAILED_PRECONDITION after Finish, or after a refusal on a stream that stops on error.
  // INVALID_ARGUMENT for an event that no message can carry.
  absl::Status Send(v1::PublishItem item, Verdict verdict);
  // Waits until everything sent has its verdict. The first error that broke the stream, if any.
  absl::Status Finish();

 private:
  std::unique_ptr<Impl> impl_;
};

struct PublisherParams {
  // False: one refused event does not stop those after it.
  bool stop_on_error = true;
  PublishStreamOptions options;
};

// A PublishClient puts events into a hub's log. Copies share one connection. Thread-safe.
class PublishClient {
 public:
  explicit PublishClient(std::shared_ptr<Connection> connection);

  // One event. Retried while that is safe, which it always is; `receipt.duplicate` tells whether
  // the hub had it already. A draft without an event id gets one, for this call and its retries.
  absl::StatusOr<v1::Receipt> Publish(v1::Draft draft) const;
  absl::StatusOr<v1::Receipt> Publish(v1::SignedEvent event) const;
  // A batch, atomic.
  absl::StatusOr<std::vector<v1::Receipt>> Publish(PublishParams params) const;

  Publisher OpenPublisher(PublisherParams params = {}) const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace liaison

#endif  // LIAISON_PUBLISH_CLIENT_H_
