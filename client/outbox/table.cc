#include "client/outbox/table.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/status.pb.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

// DO NOT CHANGE THESE VALUES, nor a column: they are in the files of partners. `state` is
// OutboxItemState + 1; `answer` is a serialised Receipt or google.rpc.Status; times are
// microseconds since 1970. The sizes of all items are added up as they come and go.
constexpr int32_t kApplicationId = 0x4c494f42;  // "LIOB"
constexpr int32_t kVersion = 1;
constexpr absl::string_view kSchema = R"sql(
CREATE TABLE item(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  author TEXT NOT NULL,
  event_id TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 1,
  stored_us INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  item BLOB NOT NULL,
  answer BLOB,
  UNIQUE(author, event_id)
);
CREATE INDEX item_by_state ON item(state, number, size_bytes);
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  items INTEGER NOT NULL DEFAULT 0,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  log_id TEXT NOT NULL DEFAULT '',
  hub TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0,
  next_try_us INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT ''
);
INSERT INTO outbox(id) VALUES(1);
CREATE TRIGGER item_comes AFTER INSERT ON item BEGIN
  UPDATE outbox SET items = items + 1, size_bytes = size_bytes + new.size_bytes;
END;
CREATE TRIGGER item_goes AFTER DELETE ON item BEGIN
  UPDATE outbox SET items = items - 1, size_bytes = size_bytes - old.size_bytes;
END;
)sql";

constexpr absl::string_view kColumns =
    "SELECT number, author, event_id, state, stored_us, item, answer FROM item ";

constexpr int kMaxDoublings = 20;

int64_t StateValue(OutboxItemState state) { return static_cast<int64_t>(state) + 1; }

// Who says it, and its event id; empty where the header cannot be read.
std::pair<std::string, std::string> NameOf(const v1::PublishItem& item) {
  if (item.has_draft()) return {item.draft().author(), item.draft().event_id()};
  v1::EventHeader header;
  if (!header.ParseFromString(item.signed_().header())) return {};
  return {header.author(), header.event_id()};
}

// The same event said again. What is stored has got its time, and perhaps a signature.
bool IsSame(const v1::PublishItem& stored, const v1::PublishItem& again) {
  if (stored.has_signed_() && again.has_signed_()) {
    return stored.signed_().header() == again.signed_().header();
  }
  if (!again.has_draft()) return false;
  if (stored.has_signed_()) {
    const v1::SignedEvent& event = stored.signed_();
    return record::SameAsStored(again.draft(), event.header(),
                                {event.sections().begin(), event.sections().end()});
  }
  v1::Draft draft = again.draft();
  if (!draft.has_authored_time()) *draft.mutable_authored_time() = stored.draft().authored_time();
  return google::protobuf::util::MessageDifferencer::Equals(draft, stored.draft());
}

// One event that is damaged holds up no other.
void TakeItem(const std::string& bytes, OutboxItem* item) {
  if (item->item.ParseFromString(bytes)) return;
  item->item.Clear();
  if (item->state != OutboxItemState::kWaiting) return;
  item->state = OutboxItemState::kRefused;
  item->refusal = outbox::DamagedError(
      "what this disk gives back of it is damaged, and was not sent; publish it again from your "
      "own "
      "copy, with the same event_id, or drop it");
}

void TakeAnswer(const std::string& answer, OutboxItem* item) {
  if (item->state == OutboxItemState::kAccepted) {
    if (item->receipt.emplace().ParseFromString(answer)) return;
    item->receipt->Clear();
    item->receipt->set_event_id(item->event_id);
  } else if (item->state == OutboxItemState::kRefused && item->refusal.ok()) {
    google::rpc::Status refusal;
    const bool is_there = refusal.ParseFromString(answer);
    item->refusal = is_there ? record::FromProto(refusal) : absl::OkStatus();
    if (!item->refusal.ok()) return;
    item->refusal = outbox::DamagedError("the hub refused it, and why is damaged on this disk");
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Outbox::Table>> Outbox::Table::Open(const std::string& file,
                                                                   const OutboxOptions& options) {
  LIAISON_ASSIGN_OR_RETURN(
      std::unique_ptr<outbox::Database> database,
      outbox::Database::Open(file, {"an outbox", kApplicationId, kVersion, kSchema},
                             options.busy_timeout, options.sqlite_vfs));
  return std::unique_ptr<Table>(new Table(std::move(database), options));
}

absl::Status Outbox::Table::Insert(const std::vector<v1::PublishItem>& items,
                                   const Finish& finish) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Transaction transaction,
                           outbox::Transaction::Begin(database_.get()));
  for (const v1::PublishItem& item : items) LIAISON_RETURN_IF_ERROR(InsertOne(item, finish));
  return transaction.Commit();
}

absl::Status Outbox::Table::InsertOne(const v1::PublishItem& said, const Finish& finish) {
  const auto name = NameOf(said);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<v1::PublishItem> stored,
                           Find(name.first, name.second));
  if (stored.has_value()) {
    if (IsSame(*stored, said)) return absl::OkStatus();
    return record::Error(record::Reason::kEventIdReused,
                         absl::StrCat("the outbox has another event of ", name.first, " by the id ",
                                      name.second))
        .With("event_id", name.second);
  }
  LIAISON_ASSIGN_OR_RETURN(const v1::PublishItem item, finish(said));
  const std::string bytes = item.SerializeAsString();
  LIAISON_RETURN_IF_ERROR(CheckRoom(bytes.size()));
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement insert,
      database_->Prepare(
          "INSERT INTO item(author, event_id, stored_us, size_bytes, item) VALUES(?,?,?,?,?)"));
  return insert.Text(name.first)
      .Text(name.second)
      .Int(absl::ToUnixMicros(absl::Now()))
      .Int(static_cast<int64_t>(bytes.size()))
      .Bytes(bytes)
      .Run();
}

absl::Status Outbox::Table::CheckRoom(uint64_t size_bytes) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement sums,
                           database_->Prepare("SELECT items, size_bytes FROM outbox"));
  LIAISON_RETURN_IF_ERROR(sums.Step().status());
  const auto items = static_cast<uint64_t>(sums.IntAt(0));
  const auto used = static_cast<uint64_t>(sums.IntAt(1));
  if (items < options_.max_items && used + size_bytes <= options_.max_size_bytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the outbox is full: ", items, " events with ", used >> 20, " MiB, of ",
                   options_.max_items, " and ", options_.max_size_bytes >> 20,
                   " MiB. What is in it is safe. Send it, read the receipts, or drop what was "
                   "refused; then there is room again"));
}

absl::StatusOr<std::optional<v1::PublishItem>> Outbox::Table::Find(const std::string& author,
                                                                   const std::string& event_id) {
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement find,
      database_->Prepare("SELECT item FROM item WHERE author = ? AND event_id = ?"));
  LIAISON_ASSIGN_OR_RETURN(const bool found, find.Text(author).Text(event_id).Step());
  if (!found) return std::nullopt;
  v1::PublishItem item;
  if (item.ParseFromString(find.BytesAt(0))) return item;
  // Damaged on the disk, and here it comes again.
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement forget,
      database_->Prepare("DELETE FROM item WHERE author = ? AND event_id = ?"));
  LIAISON_RETURN_IF_ERROR(forget.Text(author).Text(event_id).Run());
  return std::nullopt;
}

absl::StatusOr<OutboxSummary> Outbox::Table::Summary() {
  OutboxSummary summary;
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement counts,
      database_->Prepare("SELECT size_bytes, log_id, hub, failures, next_try_us, last_error, "
                         "(SELECT count(*) FROM item WHERE state = 1), "
                         "(SELECT count(*) FROM item WHERE state = 2), "
                         "(SELECT count(*) FROM item WHERE state = 3) FROM outbox"));
  LIAISON_RETURN_IF_ERROR(counts.Step().status());
  summary.size_bytes = static_cast<uint64_t>(counts.IntAt(0));
  summary.log_id = counts.BytesAt(1);
  summary.hub = counts.BytesAt(2);
  summary.failures = static_cast<int>(counts.IntAt(3));
  summary.next_try = absl::FromUnixMicros(counts.IntAt(4));
  summary.last_error = counts.BytesAt(5);
  summary.waiting = static_cast<uint64_t>(counts.IntAt(6));
  summary.accepted = static_cast<uint64_t>(counts.IntAt(7));
  summary.refused = static_cast<uint64_t>(counts.IntAt(8));
  // A clock that was set back must not make a pause of years.
  if (summary.next_try > absl::Now() + absl::Hours(1) + kOutboxLongestPause) {
    summary.next_try = absl::Now();
  }
  return summary;
}

absl::StatusOr<std::vector<OutboxItem>> Outbox::Table::Read(outbox::Statement* rows,
                                                            uint64_t max_size_bytes) {
  std::vector<OutboxItem> items;
  uint64_t size_bytes = 0;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return items;
    OutboxItem item;
    item.number = static_cast<uint64_t>(rows->IntAt(0));
    item.author = rows->BytesAt(1);
    item.event_id = rows->BytesAt(2);
    item.state = static_cast<OutboxItemState>(rows->IntAt(3) - 1);
    item.stored_time = absl::FromUnixMicros(rows->IntAt(4));
    const std::string bytes = rows->BytesAt(5);
    size_bytes += bytes.size();
    if (!items.empty() && size_bytes > max_size_bytes) return items;
    TakeItem(bytes, &item);
    TakeAnswer(rows->BytesAt(6), &item);
    items.push_back(std::move(item));
  }
}

absl::StatusOr<std::vector<OutboxItem>> Outbox::Table::List(uint64_t after, int limit) {
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement rows,
      database_->Prepare(absl::StrCat(kColumns, "WHERE number > ? ORDER BY number LIMIT ?")));
  rows.Int(static_cast<int64_t>(after)).Int(limit);
  return Read(&rows, options_.max_size_bytes);
}

absl::StatusOr<std::vector<OutboxItem>> Outbox::Table::NextWaiting(uint64_t after) {
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement rows,
      database_->Prepare(absl::StrCat(
          kColumns, "WHERE state = 1 AND number > ? ORDER BY number LIMIT ", kOutboxWindowItems)));
  rows.Int(static_cast<int64_t>(after));
  return Read(&rows, kOutboxWindowSizeBytes);
}

absl::StatusOr<uint64_t> Outbox::Table::LargestWaiting() {
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement largest,
                           database_->Prepare("SELECT max(size_bytes) FROM item WHERE state = 1"));
  LIAISON_RETURN_IF_ERROR(largest.Step().status());
  return static_cast<uint64_t>(largest.IntAt(0));
}

absl::Status Outbox::Table::Settle(const std::vector<OutboxItem>& items) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Transaction transaction,
                           outbox::Transaction::Begin(database_.get()));
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement update,
      database_->Prepare("UPDATE item SET state = ?, answer = ? WHERE number = ?"));
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement forget,
                           database_->Prepare("DELETE FROM item WHERE number = ?"));
  for (const OutboxItem& item : items) {
    const auto number = static_cast<int64_t>(item.number);
    const bool accepted = item.state == OutboxItemState::kAccepted;
    if (accepted && !options_.keep_receipts) {
      LIAISON_RETURN_IF_ERROR(forget.Int(number).Run());
      continue;
    }
    const std::string answer = accepted ? item.receipt->SerializeAsString()
                                        : record::ToProto(item.refusal).SerializeAsString();
    LIAISON_RETURN_IF_ERROR(update.Int(StateValue(item.state)).Bytes(answer).Int(number).Run());
  }
  LIAISON_RETURN_IF_ERROR(database_->Execute("UPDATE outbox SET failures = 0, next_try_us = 0"));
  return transaction.Commit();
}

absl::Status Outbox::Table::Forget(const std::vector<uint64_t>& numbers) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Transaction transaction,
                           outbox::Transaction::Begin(database_.get()));
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement forget,
                           database_->Prepare("DELETE FROM item WHERE number = ? AND state = 2"));
  for (const uint64_t number : numbers) {
    LIAISON_RETURN_IF_ERROR(forget.Int(static_cast<int64_t>(number)).Run());
  }
  return transaction.Commit();
}

absl::Status Outbox::Table::RunOn(absl::string_view sql, uint64_t number,
                                  absl::string_view otherwise) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement statement, database_->Prepare(sql));
  LIAISON_RETURN_IF_ERROR(statement.Int(static_cast<int64_t>(number)).Run());
  return database_->changes() > 0 ? absl::OkStatus() : absl::NotFoundError(otherwise);
}

absl::Status Outbox::Table::Retry(uint64_t number) {
  return RunOn("UPDATE item SET state = 1, answer = NULL WHERE number = ? AND state = 3", number,
               "nothing that was refused has this number");
}

absl::Status Outbox::Table::Drop(uint64_t number) {
  return RunOn("DELETE FROM item WHERE number = ?", number, "nothing has this number");
}

absl::Status Outbox::Table::Pin(const std::string& log_id, const std::string& hub) {
  LIAISON_ASSIGN_OR_RETURN(outbox::Statement pin,
                           database_->Prepare("UPDATE outbox SET log_id = ?, hub = ?"));
  return pin.Text(log_id).Text(hub).Run();
}

absl::Status Outbox::Table::Failed(const absl::Status& why,
                                   std::optional<absl::Duration> at_least) {
  LIAISON_ASSIGN_OR_RETURN(const OutboxSummary summary, Summary());
  const absl::Duration ceiling =
      std::min(kOutboxLongestPause,
               kOutboxFirstPause * (int64_t{1} << std::min(summary.failures, kMaxDoublings)));
  absl::BitGen random;
  const absl::Duration pause =
      std::clamp(at_least.value_or(absl::ZeroDuration()), absl::ZeroDuration(), absl::Hours(1)) +
      ceiling * absl::Uniform(random, 0.0, 1.0);
  LIAISON_ASSIGN_OR_RETURN(
      outbox::Statement update,
      database_->Prepare(
          "UPDATE outbox SET failures = failures + 1, next_try_us = ?, last_error = ?"));
  return update.Int(absl::ToUnixMicros(absl::Now() + pause)).Text(why.message()).Run();
}

absl::Status Outbox::Table::Succeeded() {
  return database_->Execute("UPDATE outbox SET failures = 0, next_try_us = 0, last_error = ''");
}

}  // namespace liaison
