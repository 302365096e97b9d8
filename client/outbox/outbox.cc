#include "liaison/outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/outbox/bell.h"
#include "client/outbox/database.h"
#include "client/outbox/pass.h"
#include "client/outbox/sender_lock.h"
#include "client/outbox/table.h"
#include "google/protobuf/util/time_util.h"
#include "liaison/error.h"
#include "liaison/publish_client.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

using ::google::protobuf::util::TimeUtil;

absl::Status CheckSize(const v1::PublishItem& item) {
  if (item.ByteSizeLong() <= record::kMaxEventSizeBytes) return absl::OkStatus();
  return record::Error(Reason::kEventTooLarge, "the event is larger than any hub takes")
      .With("size_bytes", item.ByteSizeLong())
      .With("max_size_bytes", record::kMaxEventSizeBytes);
}

absl::Status CheckDraft(const v1::Draft& draft) {
  std::vector<FieldViolation> violations;
  if (draft.author().empty()) {
    violations.push_back({"author", "is missing; say who is speaking, such as org/example-igf"});
  }
  if (record::DraftBody(draft) == nullptr) {
    violations.push_back({"body", "is missing; set one, such as topic_signal"});
  }
  return violations.empty() ? absl::OkStatus() : record::FieldsInvalid(violations);
}

}  // namespace

bool IsOfTheFile(const absl::Status& status) { return outbox::IsOfTheFile(status); }

OutboxOptions OutboxOptionsOf(const Profile& profile) {
  OutboxOptions options;
  options.signing_seed = profile.signing_seed;
  options.signs_for = profile.organisation;
  return options;
}

absl::StatusOr<std::unique_ptr<Outbox>> Outbox::Open(const std::string& file,
                                                     OutboxOptions options) {
  LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<Table> table, Table::Open(file, options));
  return std::unique_ptr<Outbox>(new Outbox(file, std::move(options), std::move(table)));
}

Outbox::Outbox(std::string file, OutboxOptions options, std::unique_ptr<Table> table)
    : file_(std::move(file)),
      options_(std::move(options)),
      table_(std::move(table)),
      work_(std::make_unique<outbox::Bell>()) {}

Outbox::~Outbox() = default;

absl::StatusOr<std::string> Outbox::Publish(v1::Draft draft) {
  std::vector<v1::Draft> drafts;
  drafts.push_back(std::move(draft));
  LIAISON_ASSIGN_OR_RETURN(std::vector<std::string> ids, PublishAll(std::move(drafts)));
  return std::move(ids.front());
}

absl::StatusOr<std::vector<std::string>> Outbox::PublishAll(std::vector<v1::Draft> drafts) {
  std::vector<std::string> ids;
  std::vector<v1::PublishItem> items;
  ids.reserve(drafts.size());
  items.reserve(drafts.size());
  for (v1::Draft& draft : drafts) {
    LIAISON_RETURN_IF_ERROR(CheckDraft(draft));
    ids.push_back(EnsureEventId(&draft));
    items.push_back(Item(std::move(draft)));
  }
  LIAISON_RETURN_IF_ERROR(Store(items));
  return ids;
}

absl::StatusOr<std::string> Outbox::Publish(v1::SignedEvent event) {
  v1::EventHeader header;
  if (!header.ParseFromString(event.header()) || header.event_id().empty()) {
    return record::FieldInvalid("signed.header", "is no event header; Sign makes one");
  }
  std::vector<v1::PublishItem> items;
  items.push_back(Item(std::move(event)));
  LIAISON_RETURN_IF_ERROR(Store(items));
  return header.event_id();
}

// Nothing is left to be decided when it is sent: an answer that was lost is asked for again with
// the same bytes, and an event is as old as what it says.
absl::StatusOr<v1::PublishItem> Outbox::Finished(v1::PublishItem item) const {
  if (item.has_draft()) {
    v1::Draft& draft = *item.mutable_draft();
    if (!draft.has_authored_time()) {
      *draft.mutable_authored_time() = TimeUtil::NanosecondsToTimestamp(ToUnixNanos(absl::Now()));
    }
    if (!options_.signing_seed.empty() && draft.author() == options_.signs_for) {
      LIAISON_ASSIGN_OR_RETURN(const record::SigningKey key,
                               record::SigningKey::FromSeed(options_.signing_seed));
      LIAISON_ASSIGN_OR_RETURN(v1::SignedEvent event, Sign(draft, key));
      item = Item(std::move(event));
    }
  }
  LIAISON_RETURN_IF_ERROR(CheckSize(item));
  return item;
}

absl::Status Outbox::Store(const std::vector<v1::PublishItem>& items) {
  absl::MutexLock lock(&mutex_);
  LIAISON_RETURN_IF_ERROR(
      table_->Insert(items, [this](v1::PublishItem item) { return Finished(std::move(item)); }));
  work_->Ring();
  return absl::OkStatus();
}

absl::StatusOr<OutboxSummary> Outbox::Summary() const {
  absl::MutexLock lock(&mutex_);
  return table_->Summary();
}

absl::StatusOr<std::vector<OutboxItem>> Outbox::List(uint64_t after, int limit) const {
  absl::MutexLock lock(&mutex_);
  return table_->List(after, limit);
}

absl::Status Outbox::Forget(const std::vector<uint64_t>& numbers) {
  absl::MutexLock lock(&mutex_);
  return table_->Forget(numbers);
}

absl::Status Outbox::Retry(uint64_t number) {
  absl::MutexLock lock(&mutex_);
  LIAISON_RETURN_IF_ERROR(table_->Retry(number));
  work_->Ring();
  return absl::OkStatus();
}

absl::Status Outbox::Drop(uint64_t number) {
  absl::MutexLock lock(&mutex_);
  return table_->Drop(number);
}

absl::Status Outbox::Adopt(const std::string& log_id) {
  absl::MutexLock lock(&mutex_);
  return table_->Pin(log_id, "");
}

absl::StatusOr<FlushResult> Outbox::Flush(std::shared_ptr<Connection> connection,
                                          const FlushOptions& options) {
  LIAISON_ASSIGN_OR_RETURN(const OutboxSummary before, Summary());
  if (before.waiting == 0) return FlushResult();
  if (options.only_when_due && absl::Now() < before.next_try) return FlushResult();
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<outbox::SenderLock> sender,
                           outbox::SenderLock::Take(file_, options.lock_timeout));
  Pass pass(this, std::move(connection), options);
  absl::Status sent = pass.Run();
  if (pass.was_stopped()) return sent;
  absl::MutexLock lock(&mutex_);
  const absl::Status noted =
      sent.ok() ? table_->Succeeded() : table_->Failed(sent, RetryDelayOf(sent));
  LIAISON_RETURN_IF_ERROR(sent);
  LIAISON_RETURN_IF_ERROR(noted);
  return pass.result();
}

}  // namespace liaison
