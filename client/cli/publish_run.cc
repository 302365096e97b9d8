#include "client/cli/publish_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "liaison/error.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr absl::string_view kItems = "items[";
constexpr absl::string_view kDraft = "].draft.";
// ErrorInfo's metadata on a batch that one item had refused.
constexpr absl::string_view kItemKey = "item";
// An item's own share of the message around it: tag and length, twice.
constexpr size_t kItemOverheadBytes = 16;

// `items[3].draft.title is ...` -> `title is ...`, wherever it stands.
std::string WithoutItems(absl::string_view text) {
  std::string result;
  while (true) {
    const size_t begin = text.find(kItems);
    const size_t end = begin == absl::string_view::npos ? begin : text.find(kDraft, begin);
    if (end == absl::string_view::npos) break;
    absl::StrAppend(&result, text.substr(0, begin));
    text.remove_prefix(end + kDraft.size());
  }
  return absl::StrCat(result, text);
}

absl::Cord RewriteBadRequest(const absl::Cord& payload) {
  google::rpc::BadRequest request;
  if (!request.ParseFromString(std::string(payload))) return payload;
  for (auto& violation : *request.mutable_field_violations()) {
    violation.set_field(WithoutItems(violation.field()));
  }
  return absl::Cord(request.SerializeAsString());
}

// Where a batch that begins at `begin` ends: as many as fit, at most `max_items`, at least one.
size_t EndOfBatch(const std::vector<v1::Draft>& drafts, size_t begin, size_t max_items) {
  size_t size_bytes = 0;
  size_t end = begin;
  for (; end < drafts.size() && end - begin < max_items; ++end) {
    size_bytes += drafts[end].ByteSizeLong() + kItemOverheadBytes;
    if (size_bytes > record::kMaxBatchSizeBytes && end > begin) break;
  }
  return end;
}

absl::Status DryRun(const PublishClient& client, std::vector<v1::Draft> drafts) {
  PublishParams params;
  params.dry_run = true;
  for (v1::Draft& draft : drafts) params.items.push_back(Item(std::move(draft)));
  return client.Publish(std::move(params)).status();
}

// Whether a refusal is of what was sent, and not of the hub's own condition.
bool IsOfADraft(const absl::Status& status) {
  if (!ReasonOf(status).has_value() || IsTransient(status)) return false;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

PublisherParams StreamParams(absl::Duration timeout) {
  PublisherParams params;
  params.stop_on_error = true;
  params.options.progress_timeout = timeout;
  params.options.give_up_after = timeout;
  return params;
}

}  // namespace

absl::Status AtOrigin(const absl::Status& status, absl::string_view origin) {
  if (status.ok()) return status;
  absl::Status told(status.code(), absl::StrCat(origin, ": ", WithoutItems(status.message())));
  status.ForEachPayload([&told](absl::string_view type_url, const absl::Cord& payload) {
    const bool bad_request = absl::EndsWith(type_url, "google.rpc.BadRequest");
    told.SetPayload(type_url, bad_request ? RewriteBadRequest(payload) : payload);
  });
  return told;
}

std::optional<size_t> ItemNamedIn(const absl::Status& status) {
  size_t item = 0;
  if (absl::SimpleAtoi(MetadataOf(status, kItemKey), &item)) return item;
  std::string text;
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    absl::StrAppend(&text, violation.field, "\n");
  }
  absl::StrAppend(&text, status.message());
  const size_t begin = text.find(kItems.data());
  if (begin == std::string::npos) return std::nullopt;
  const absl::string_view rest = absl::string_view(text).substr(begin + kItems.size());
  if (!absl::SimpleAtoi(rest.substr(0, rest.find(']')), &item)) return std::nullopt;
  return item;
}

absl::StatusOr<std::vector<v1::Receipt>> PublishBatch(const PublishClient& client,
                                                      std::vector<v1::Draft> drafts,
                                                      const std::vector<std::string>& origins,
                                                      bool dry_run) {
  if (drafts.size() > static_cast<size_t>(record::kMaxBatchItems)) {
    return absl::InvalidArgumentError(
        absl::StrCat("one batch holds at most ", record::kMaxBatchItems, " events, and there are ",
                     drafts.size(), "; publish them in parts or without --atomic"));
  }
  PublishParams params;
  params.dry_run = dry_run;
  for (v1::Draft& draft : drafts) params.items.push_back(Item(std::move(draft)));
  absl::StatusOr<std::vector<v1::Receipt>> receipts = client.Publish(std::move(params));
  if (receipts.ok()) return receipts;
  const std::optional<size_t> item = ItemNamedIn(receipts.status());
  const bool known = item.has_value() && *item < origins.size();
  if (known) return AtOrigin(receipts.status(), origins[*item]);
  return origins.size() == 1 ? AtOrigin(receipts.status(), origins[0]) : receipts;
}

absl::StatusOr<std::vector<v1::Receipt>> CheckOnly(const PublishClient& client,
                                                   const std::vector<v1::Draft>& drafts,
                                                   const std::vector<std::string>& origins) {
  std::vector<v1::Receipt> all;
  for (size_t begin = 0; begin < drafts.size();) {
    const size_t end = EndOfBatch(drafts, begin, record::kMaxBatchItems);
    const auto first = static_cast<ptrdiff_t>(begin), last = static_cast<ptrdiff_t>(end);
    LIAISON_ASSIGN_OR_RETURN(
        std::vector<v1::Receipt> receipts,
        PublishBatch(client, {drafts.begin() + first, drafts.begin() + last},
                     {origins.begin() + first, origins.begin() + last}, /*dry_run=*/true));
    std::move(receipts.begin(), receipts.end(), std::back_inserter(all));
    begin = end;
  }
  return all;
}

// A batch that is refused is tried again up to the item that the hub names, or its first half where
// it names none, until nothing before the one to blame is refused; then batches grow again.
absl::StatusOr<std::vector<RefusedDraft>> FindRefused(const PublishClient& client,
                                                      const std::vector<v1::Draft>& drafts,
                                                      size_t max_refused) {
  constexpr size_t kMaxItems = record::kMaxBatchItems;
  std::vector<RefusedDraft> refused;
  std::optional<RefusedDraft> blamed;
  size_t max_items = kMaxItems;
  for (size_t begin = 0; begin < drafts.size() && refused.size() < max_refused;) {
    const size_t end = EndOfBatch(drafts, begin, max_items);
    const auto first = drafts.begin() + static_cast<ptrdiff_t>(begin);
    const absl::Status status =
        DryRun(client, {first, first + static_cast<ptrdiff_t>(end - begin)});
    if (status.ok()) {
      begin = end;
      max_items = std::min(2 * max_items, kMaxItems);
      if (blamed.has_value() && blamed->index == end) {
        refused.push_back(*std::exchange(blamed, std::nullopt));
        ++begin;
      }
      continue;
    }
    if (!IsOfADraft(status)) return status;
    const size_t count = end - begin;
    const std::optional<size_t> item = ItemNamedIn(status);
    if (count == 1 || (item.has_value() && *item == 0)) {
      refused.push_back({begin, status});
      ++begin;
      continue;
    }
    const bool named = item.has_value() && *item < count;
    if (named) blamed = RefusedDraft{begin + *item, status};
    max_items = named ? *item : count / 2;
  }
  return refused;
}

PublishRun::PublishRun(const PublishClient& client, absl::Duration timeout, OnReceipt on_receipt)
    : on_receipt_(std::move(on_receipt)), publisher_(client.OpenPublisher(StreamParams(timeout))) {}

PublishRun::~PublishRun() = default;

absl::Status PublishRun::Add(v1::Draft draft, const std::string& origin) {
  EnsureEventId(&draft);
  return AddItem(Item(std::move(draft)), origin);
}

absl::Status PublishRun::Add(v1::SignedEvent event, const std::string& origin) {
  return AddItem(Item(std::move(event)), origin);
}

absl::Status PublishRun::AddItem(v1::PublishItem item, const std::string& origin) {
  {
    absl::MutexLock lock(&mutex_);
    if (!error_.ok()) return error_;
    ++owed_;
  }
  absl::Status sent = publisher_.Send(
      std::move(item),
      [this, origin](const absl::StatusOr<v1::Receipt>& receipt) { TakeVerdict(receipt, origin); });
  if (sent.ok()) return absl::OkStatus();
  // Not taken: its verdict never comes. Where an earlier draft was refused meanwhile, that is the
  // reason, and its verdict is on the way.
  absl::MutexLock lock(&mutex_);
  --owed_;
  ++not_sent_;
  mutex_.Await(absl::Condition(this, &PublishRun::NothingOwed));
  if (error_.ok()) {
    error_ = AtOrigin(sent, origin);
    --not_sent_;
  }
  return error_;
}

void PublishRun::TakeVerdict(const absl::StatusOr<v1::Receipt>& receipt,
                             const std::string& origin) {
  // A full pipe may block here; it must not block the thread that reads `failed`.
  const absl::Status shown = receipt.ok() ? on_receipt_(*receipt) : absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  --owed_;
  if (receipt.ok()) {
    ++accepted_;
    if (receipt->duplicate()) ++duplicates_;
    if (!shown.ok() && error_.ok()) error_ = shown;
  } else if (error_.ok()) {
    error_ = AtOrigin(receipt.status(), origin);
  } else {
    ++not_sent_;
  }
}

absl::Status PublishRun::WaitForVerdicts() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &PublishRun::NothingOwed));
  return error_;
}

absl::Status PublishRun::Finish() {
  // Errors have come as verdicts already, each with its draft.
  publisher_.Finish().IgnoreError();
  return WaitForVerdicts();
}

bool PublishRun::failed() const {
  absl::MutexLock lock(&mutex_);
  return !error_.ok();
}

size_t PublishRun::accepted() const {
  absl::MutexLock lock(&mutex_);
  return accepted_;
}

size_t PublishRun::duplicates() const {
  absl::MutexLock lock(&mutex_);
  return duplicates_;
}

size_t PublishRun::not_sent() const {
  absl::MutexLock lock(&mutex_);
  return not_sent_;
}

}  // namespace liaison::cli
