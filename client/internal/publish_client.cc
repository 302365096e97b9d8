#include "liaison/publish_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/internal/publisher.h"
#include "liaison/error.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"

namespace liaison {

std::string EnsureEventId(v1::Draft* draft) {
  if (draft->event_id().empty()) draft->set_event_id(record::Uuid::Random().ToString());
  return draft->event_id();
}

absl::StatusOr<v1::SignedEvent> Sign(const v1::Draft& draft, const record::SigningKey& key) {
  std::vector<FieldViolation> violations;
  if (draft.event_id().empty()) {
    violations.push_back({"draft.event_id", "is missing; EnsureEventId makes one"});
  }
  if (record::DraftBody(draft) == nullptr) {
    violations.push_back({"draft.body", "is missing; set one, such as topic_signal"});
  }
  if (!violations.empty()) return record::FieldsInvalid(violations);
  return record::BuildEvent(draft, &key, absl::Now(),
                            [](v1::SectionKind) { return record::RandomSalt(); });
}

v1::PublishItem Item(v1::Draft draft) {
  EnsureEventId(&draft);
  v1::PublishItem item;
  *item.mutable_draft() = std::move(draft);
  return item;
}

v1::PublishItem Item(v1::SignedEvent event) {
  v1::PublishItem item;
  *item.mutable_signed_() = std::move(event);
  return item;
}

Publisher::Publisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::Publisher(Publisher&&) noexcept = default;
Publisher::~Publisher() = default;

absl::Status Publisher::Send(v1::PublishItem item, Verdict verdict) {
  return impl_->Send(std::move(item), std::move(verdict));
}
absl::Status Publisher::Finish() { return impl_->Finish(); }

PublishClient::PublishClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<v1::Receipt> PublishClient::Publish(v1::Draft draft) const {
  PublishParams params;
  params.items.push_back(Item(std::move(draft)));
  LIAISON_ASSIGN_OR_RETURN(std::vector<v1::Receipt> receipts, Publish(std::move(params)));
  return std::move(receipts.front());
}

absl::StatusOr<v1::Receipt> PublishClient::Publish(v1::SignedEvent event) const {
  PublishParams params;
  params.items.push_back(Item(std::move(event)));
  LIAISON_ASSIGN_OR_RETURN(std::vector<v1::Receipt> receipts, Publish(std::move(params)));
  return std::move(receipts.front());
}

absl::StatusOr<std::vector<v1::Receipt>> PublishClient::Publish(PublishParams params) const {
  v1::PublishRequest request;
  for (v1::PublishItem& item : params.items) *request.add_items() = std::move(item);
  for (v1::Check& check : params.checks) *request.add_checks() = std::move(check);
  request.set_dry_run(params.dry_run);
  if (request.ByteSizeLong() > record::kMaxMessageSizeBytes) {
    // The transport would refuse it too, in words that help nobody.
    return record::Error(Reason::kBatchTooLarge, "the batch is larger than a message may be")
        .With("size_bytes", request.ByteSizeLong())
        .With("max_size_bytes", record::kMaxMessageSizeBytes);
  }
  LIAISON_ASSIGN_OR_RETURN(v1::PublishResponse response, connection_->Publish(request));
  if (response.receipts_size() != request.items_size()) {
    return absl::InternalError(absl::StrCat("the hub gave ", response.receipts_size(),
                                            " receipts for ", request.items_size(), " events"));
  }
  return std::vector<v1::Receipt>(std::make_move_iterator(response.mutable_receipts()->begin()),
                                  std::make_move_iterator(response.mutable_receipts()->end()));
}

Publisher PublishClient::OpenPublisher(PublisherParams params) const {
  return Publisher(std::make_unique<Publisher::Impl>(connection_, params));
}

}  // namespace liaison
