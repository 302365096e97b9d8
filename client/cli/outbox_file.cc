#include "client/cli/outbox_file.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/body_title.h"
#include "client/cli/event_json.h"
#include "liaison/error.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"

namespace liaison::cli {
namespace {

constexpr const char* kStates[] = {"waiting", "accepted", "refused"};

v1::EventHeader HeaderOf(const OutboxItem& item) {
  v1::EventHeader header;
  header.ParseFromString(item.item.signed_().header());
  return header;
}

v1::EventType TypeOf(const OutboxItem& item) {
  return item.item.has_draft() ? record::DraftType(item.item.draft()) : HeaderOf(item).type();
}

// `1 of your reports waits`, `3 of your reports wait`.
std::string Some(uint64_t count, absl::string_view one, absl::string_view many) {
  return absl::StrCat(count, " of your reports ", count == 1 ? one : many);
}

}  // namespace

void AddOutboxOption(CLI::App* app) {
  app->add_option("--outbox",
                  "File that keeps what `publish` is given until the line carries it; see `outbox`")
      ->expected(1)
      ->envname("LIAISON_OUTBOX")
      ->type_name("FILE");
}

std::string OutboxNamed(const CLI::App& app) {
  const CLI::Option* option = app.get_option("--outbox");
  return option->count() == 0 ? "" : option->results().front();
}

absl::StatusOr<std::unique_ptr<Outbox>> OpenOutbox(const Session& session,
                                                   const std::string& file) {
  if (file.empty()) {
    return absl::InvalidArgumentError(
        "which outbox? Name its file: --outbox FILE, or LIAISON_OUTBOX");
  }
  OutboxOptions options;
  if (session.profile() != nullptr) options = OutboxOptionsOf(*session.profile());
  auto outbox = Outbox::Open(file, std::move(options));
  if (!outbox.ok()) return OfThisSide(outbox.status());
  return outbox;
}

absl::Status OfThisSide(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kDataLoss:
      return absl::InvalidArgumentError(status.message());
    case absl::StatusCode::kResourceExhausted:
      return absl::FailedPreconditionError(status.message());
    default:
      return status;
  }
}

absl::Status OfItsOwnSide(const absl::Status& status) {
  return IsOfTheFile(status) ? OfThisSide(status) : status;
}

std::string WordsFor(const OutboxSummary& summary) {
  std::vector<std::string> words;
  if (summary.waiting > 0) {
    words.push_back(absl::StrCat(Some(summary.waiting, "waits", "wait"),
                                 " for the line; nothing is lost. `liaison outbox flush` sends "));
    words.back() += summary.waiting == 1 ? "it" : "them";
  }
  if (summary.refused > 0) {
    words.push_back(absl::StrCat(Some(summary.refused, "was", "were"),
                                 " refused; `liaison outbox list` says why, `outbox "
                                 "retry` sends again, `outbox drop` takes out"));
  }
  if (words.empty()) return "Nothing waits: all that you gave is with the hub";
  return absl::StrJoin(words, "\n");
}

void NoteWhatWaits(Session* session, Outbox* outbox) {
  const absl::StatusOr<OutboxSummary> summary = outbox->Summary();
  if (summary.ok()) session->console().Note(WordsFor(*summary));
}

std::string TitleOf(const OutboxItem& item) {
  if (item.item.has_draft()) {
    const google::protobuf::Message* body = record::DraftBody(item.item.draft());
    return body == nullptr ? "" : TitleOf(*body);
  }
  for (const v1::Section& section : item.item.signed_().sections()) {
    if (section.kind() != v1::SECTION_KIND_CONTENT) continue;
    const auto body = record::ParseBody(TypeOf(item), section.data());
    if (body.ok()) return TitleOf(**body);
  }
  return "";
}

Json ItemToJson(const OutboxItem& item) {
  Json json;
  json["event_id"] = item.event_id;
  json["state"] = kStates[static_cast<int>(item.state)];
  json["author"] = item.author;
  const record::EventTypeInfo* info = record::FindEventType(TypeOf(item));
  if (info != nullptr) json["type"] = std::string(info->name);
  json["title"] = TitleOf(item);
  json["stored_time"] = TimeText(item.stored_time);
  json["size_bytes"] = item.item.ByteSizeLong();
  json["signed"] = item.item.has_signed_();
  if (item.receipt.has_value()) json["sequence"] = item.receipt->position().sequence();
  if (item.state != OutboxItemState::kRefused) return json;
  if (const auto reason = ReasonOf(item.refusal)) {
    json["reason"] = std::string(record::InfoOf(*reason).name);
  }
  json["message"] = std::string(item.refusal.message());
  return json;
}

}  // namespace liaison::cli
