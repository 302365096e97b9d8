// The rows of an outbox: all of its SQL.
#ifndef LIAISON_CLIENT_OUTBOX_TABLE_H_
#define LIAISON_CLIENT_OUTBOX_TABLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/outbox/database.h"
#include "liaison/outbox.h"

namespace liaison {

// A Table is what is in one outbox file. Each call is one transaction, and on the disk when it
// returns. Not thread-safe.
class Outbox::Table {
 public:
  static absl::StatusOr<std::unique_ptr<Table>> Open(const std::string& file,
                                                     const OutboxOptions& options);

  // What is said, as it is to be stored: with its time, perhaps signed.
  using Finish = std::function<absl::StatusOr<v1::PublishItem>(v1::PublishItem)>;
  // All of them or none; one that is there already adds nothing, and is not finished again.
  absl::Status Insert(const std::vector<v1::PublishItem>& items, const Finish& finish);
  absl::StatusOr<OutboxSummary> Summary();
  // In order, those after `after`.
  absl::StatusOr<std::vector<OutboxItem>> List(uint64_t after, int limit);
  // The next of those that wait: at least one if there is any, and no more than a window holds.
  absl::StatusOr<std::vector<OutboxItem>> NextWaiting(uint64_t after);
  // Of the largest event that waits.
  absl::StatusOr<uint64_t> LargestWaiting();
  // Writes down the verdicts: each item has a receipt or a refusal.
  absl::Status Settle(const std::vector<OutboxItem>& items);

  absl::Status Forget(const std::vector<uint64_t>& numbers);
  absl::Status Retry(uint64_t number);
  absl::Status Drop(uint64_t number);

  // The log it belongs to, and the name of its hub.
  absl::Status Pin(const std::string& log_id, const std::string& hub);
  // The last try did not bring everything over, and the next comes after a pause with full jitter
  // that doubles each time; `at_least` is what the hub asked for.
  absl::Status Failed(const absl::Status& why, std::optional<absl::Duration> at_least);
  absl::Status Succeeded();

 private:
  Table(std::unique_ptr<outbox::Database> database, const OutboxOptions& options)
      : database_(std::move(database)), options_(options) {}

  absl::Status InsertOne(const v1::PublishItem& said, const Finish& finish);
  absl::Status CheckRoom(uint64_t size_bytes);
  // As the event is stored; nullopt where it is not, or damaged: then it is taken out.
  absl::StatusOr<std::optional<v1::PublishItem>> Find(const std::string& author,
                                                      const std::string& event_id);
  absl::StatusOr<std::vector<OutboxItem>> Read(outbox::Statement* rows, uint64_t max_size_bytes);
  absl::Status RunOn(absl::string_view sql, uint64_t number, absl::string_view otherwise);

  const std::unique_ptr<outbox::Database> database_;
  const OutboxOptions options_;
};

}  // namespace liaison

#endif  // LIAISON_CLIENT_OUTBOX_TABLE_H_
