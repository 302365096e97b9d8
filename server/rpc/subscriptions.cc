#include "server/rpc/subscriptions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/filter.h"
#include "server/rpc/deferred_call.h"
#include "server/rpc/page_token.h"
#include "server/rpc/position.h"
#include "server/subscriptions/limits.h"

namespace liaison::rpc {
namespace {

namespace subs = ::liaison::subscriptions;
using google::protobuf::util::TimeUtil;
using record::Error;
using record::FieldInvalid;
using record::Reason;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= subs::kMaxNameSizeBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '.' ||
                  c == '_';
         });
}

absl::Status CheckDuration(const google::protobuf::Duration& duration, absl::Duration least,
                           absl::Duration most, absl::string_view field) {
  const bool in_shape = duration.nanos() >= 0 && duration.nanos() <= 999'999'999;
  const absl::Duration is = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (in_shape && is >= least && is <= most) return absl::OkStatus();
  return FieldInvalid(field, absl::StrCat("from ", absl::FormatDuration(least), " to ",
                                          absl::FormatDuration(most)));
}

absl::Status CheckSettings(const pb::SubscriptionSettings& settings) {
  if (settings.has_lease()) {
    LIAISON_RETURN_IF_ERROR(
        CheckDuration(settings.lease(), subs::kMinLease, subs::kMaxLease, "settings.lease"));
  }
  if (settings.has_min_retry_delay()) {
    LIAISON_RETURN_IF_ERROR(CheckDuration(settings.min_retry_delay(), absl::ZeroDuration(),
                                          subs::kMaxRetryDelay, "settings.min_retry_delay"));
  }
  if (settings.has_max_retry_delay()) {
    LIAISON_RETURN_IF_ERROR(CheckDuration(settings.max_retry_delay(), absl::ZeroDuration(),
                                          subs::kMaxRetryDelay, "settings.max_retry_delay"));
  }
  if (settings.max_attempts() > subs::kMaxMaxAttempts) {
    return FieldInvalid("settings.max_attempts", absl::StrCat("at most ", subs::kMaxMaxAttempts));
  }
  if (settings.unlimited_attempts() && settings.max_attempts() > 0) {
    return FieldInvalid("settings.max_attempts", "0 where attempts are unlimited");
  }
  if (settings.max_outstanding() > subs::kMaxMaxOutstanding) {
    return FieldInvalid("settings.max_outstanding",
                        absl::StrCat("at most ", subs::kMaxMaxOutstanding));
  }
  if (settings.label().size() > subs::kMaxLabelSizeBytes) {
    return FieldInvalid("settings.label",
                        absl::StrCat("at most ", subs::kMaxLabelSizeBytes, " bytes"));
  }
  return absl::OkStatus();
}

// Where to begin, of a request that says it as one of after, since, live, beginning.
template <typename Request>
absl::StatusOr<uint64_t> StartOf(const Hub& hub, const Request& request) {
  if (request.has_after()) {
    return ResolvePosition({hub.log->log_id(), hub.log->earliest(), hub.tail->head()},
                           request.after(), "after");
  }
  if (request.has_since()) return ResolveTime(*hub.log, request.since(), "since");
  if (request.live()) return hub.tail->head();
  if (request.beginning()) return hub.log->earliest() - 1;
  return absl::Status(Error(Reason::kStartRequired,
                            "say where to begin: after a position, since a time, live, or at the "
                            "beginning")
                          .Field("start", "one of after, since, live, beginning"));
}

template <typename Response>
auto AnswerWith(Answered answered) {
  return [answered = std::move(answered)](absl::StatusOr<pb::Subscription> shown) {
    if (!shown.ok()) return answered(shown.status());
    Response response;
    *response.mutable_subscription() = *std::move(shown);
    answered(SerializeMessage(response));
  };
}

absl::StatusOr<subs::rows::Subscription> HeadOf(const Hub& hub, const subs::Name& name,
                                                const pb::CreateSubscriptionRequest& request) {
  LIAISON_RETURN_IF_ERROR(fanout::Filter::Parse(request.filter()).status());
  LIAISON_RETURN_IF_ERROR(CheckSettings(request.settings()));
  if (!pb::DeliveryOrder_IsValid(request.order())) {
    return absl::Status(Error(Reason::kEnumUnknown, "order has a value that this hub does not know")
                            .Field("order", "NONE, AUTHOR or TOPIC"));
  }
  subs::rows::Subscription head;
  head.set_owner(name.owner);
  head.set_name(name.name);
  head.set_filter(request.filter());
  head.set_order(request.order() == pb::DELIVERY_ORDER_UNSPECIFIED ? pb::DELIVERY_ORDER_NONE
                                                                   : request.order());
  *head.mutable_settings() = request.settings();
  LIAISON_ASSIGN_OR_RETURN(const uint64_t position, StartOf(hub, request));
  head.set_position(position);
  return head;
}

// One page of what `list(after, limit, done)` gives, in the order of `key_of`.
template <typename Item, typename ListSome, typename KeyOf, typename Fill>
void Page(const Hub& hub, const std::string& named, int page_size, const std::string& page_token,
          const ListSome& list, const KeyOf& key_of, const Fill& fill, const Answered& answered) {
  const absl::StatusOr<size_t> size = PageSize(page_size);
  if (!size.ok()) return answered(size.status());
  const absl::StatusOr<std::string> after = ReadPageToken(*hub.log, named, page_token);
  if (!after.ok()) return answered(after.status());
  // One more than asked for tells whether there is a next page.
  list(
      *after, *size + 1,
      [&hub, named, size = *size, key_of, fill, answered](absl::StatusOr<std::vector<Item>> items) {
        if (!items.ok()) return answered(items.status());
        std::string next;
        if (items->size() > size) {
          items->resize(size);
          next = MakePageToken(*hub.log, named, key_of(items->back()));
        }
        answered(fill(*std::move(items), std::move(next)));
      });
}

absl::Status CheckSequences(const google::protobuf::RepeatedField<uint64_t>& sequences) {
  if (static_cast<size_t>(sequences.size()) <= subs::kMaxAtOnce) return absl::OkStatus();
  return FieldInvalid("sequences", absl::StrCat("at most ", subs::kMaxAtOnce));
}

template <typename Response>
auto AnswerLetters(Answered answered) {
  return [answered = std::move(answered)](const absl::StatusOr<subs::DeadLetters>& letters) {
    if (!letters.ok()) return answered(letters.status());
    Response response;
    for (uint64_t sequence : letters->sequences) response.add_sequences(sequence);
    response.set_remaining(letters->remaining);
    answered(SerializeMessage(response));
  };
}

class DeskTicker final : public OpenStream {
 public:
  explicit DeskTicker(std::shared_ptr<subs::Desk> desk) : desk_(std::move(desk)) {}
  void Tick(absl::Time) override { desk_->Tick(); }
  void Drain() override { desk_->Drain(); }

 private:
  const std::shared_ptr<subs::Desk> desk_;
};

}  // namespace

absl::StatusOr<subs::Name> NameFor(const auth::Principal& principal, const std::string& name) {
  if (principal.organisation.empty()) {
    return absl::Status(
        Error(Reason::kCredentialRequired,
              "subscriptions that the hub remembers belong to an organisation; show a token or a "
              "certificate of one, or read without a subscription"));
  }
  if (!IsName(name)) {
    return FieldInvalid("name", absl::StrCat("1 to ", subs::kMaxNameSizeBytes,
                                             " lower-case letters, digits, -, . and _"));
  }
  return subs::Name{principal.organisation, name};
}

absl::Status CheckSettlements(const google::protobuf::RepeatedPtrField<pb::Settlement>& said) {
  if (static_cast<size_t>(said.size()) > subs::kMaxAtOnce) {
    return FieldInvalid("settlements", absl::StrCat("at most ", subs::kMaxAtOnce));
  }
  for (int i = 0; i < said.size(); ++i) {
    const pb::Settlement& one = said[i];
    const std::string field = absl::StrCat("settlements[", i, "].");
    if (one.action() == pb::SETTLE_ACTION_UNSPECIFIED || !pb::SettleAction_IsValid(one.action())) {
      return absl::Status(
          Error(Reason::kEnumUnknown, "action has a value that this hub does not know")
              .Field(absl::StrCat(field, "action"),
                     "ACK, RETRY, DEAD_LETTER, SKIP, RELEASE or EXTEND"));
    }
    if (one.has_delay()) {
      LIAISON_RETURN_IF_ERROR(CheckDuration(one.delay(), absl::ZeroDuration(), subs::kMaxRetryDelay,
                                            absl::StrCat(field, "delay")));
    }
    if (one.reason().size() > subs::kMaxReasonSizeBytes) {
      return FieldInvalid(absl::StrCat(field, "reason"),
                          absl::StrCat("at most ", subs::kMaxReasonSizeBytes, " bytes"));
    }
  }
  return absl::OkStatus();
}

void AppendDelivery(const subs::Delivery& delivery, std::string* out) {
  pb::Delivery rest;
  rest.set_ack_token(delivery.ack_token);
  rest.set_attempt(delivery.attempt);
  const std::string rest_bytes = rest.SerializeAsString();
  out->push_back('\x0a');  // field 1, length-delimited
  fanout::AppendVarint(delivery.event_field.size() + rest_bytes.size(), out);
  absl::StrAppend(out, delivery.event_field, rest_bytes);
}

std::shared_ptr<OpenStream> MakeDeskTicker(std::shared_ptr<subs::Desk> desk) {
  return std::make_shared<DeskTicker>(std::move(desk));
}

void CreateSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::CreateSubscriptionRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  absl::StatusOr<subs::rows::Subscription> head = HeadOf(hub, *name, request);
  if (!head.ok()) return answered(head.status());
  hub.desk->Create(*std::move(head), AnswerWith<pb::CreateSubscriptionResponse>(answered));
}

void GetSubscription(const Hub& hub, const auth::Principal& principal,
                     const pb::GetSubscriptionRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  hub.desk->Get(*name, AnswerWith<pb::GetSubscriptionResponse>(answered));
}

void ListSubscriptions(const Hub& hub, const auth::Principal& principal,
                       const pb::ListSubscriptionsRequest& request, const Answered& answered) {
  if (principal.organisation.empty()) {
    return answered(SerializeMessage(pb::ListSubscriptionsResponse()));
  }
  const auto list = [&](const std::string& after, size_t limit, auto done) {
    hub.desk->List(principal.organisation, after, limit, std::move(done));
  };
  const auto fill = [](std::vector<pb::Subscription> items, std::string next) {
    pb::ListSubscriptionsResponse response;
    for (pb::Subscription& item : items) *response.add_subscriptions() = std::move(item);
    response.set_next_page_token(std::move(next));
    return SerializeMessage(response);
  };
  Page<pb::Subscription>(
      hub, absl::StrCat("subscriptions ", principal.organisation), request.page_size(),
      request.page_token(), list, [](const pb::Subscription& item) { return item.name(); }, fill,
      answered);
}

void UpdateSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::UpdateSubscriptionRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  const absl::Status checked = CheckSettings(request.settings());
  if (!checked.ok()) return answered(checked);
  hub.desk->Update(*name, request.settings(), AnswerWith<pb::UpdateSubscriptionResponse>(answered));
}

void DeleteSubscription(const Hub& hub, const auth::Principal& principal,
                        const pb::DeleteSubscriptionRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  hub.desk->Delete(*name, [answered](const absl::StatusOr<bool>& deleted) {
    if (!deleted.ok()) return answered(deleted.status());
    answered(SerializeMessage(pb::DeleteSubscriptionResponse()));
  });
}

void Pull(const Hub& hub, const auth::Principal& principal, const pb::PullRequest& request,
          const Answered& answered, const WhoNow& who) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  if (request.max_messages() > subs::kMaxAtOnce) {
    return answered(FieldInvalid("max_messages", absl::StrCat("at most ", subs::kMaxAtOnce)));
  }
  absl::Status checked;
  if (request.has_wait()) {
    checked = CheckDuration(request.wait(), absl::ZeroDuration(), subs::kMaxPullWait, "wait");
  }
  if (!checked.ok()) return answered(checked);
  const uint64_t messages =
      request.max_messages() == 0 ? record::kDefaultPageSize : request.max_messages();
  hub.desk->Pull(*name, who, messages, TimeUtil::DurationToMicroseconds(request.wait()),
                 [answered](const absl::StatusOr<std::vector<subs::Delivery>>& deliveries) {
                   if (!deliveries.ok()) return answered(deliveries.status());
                   std::string bytes;
                   for (const subs::Delivery& delivery : *deliveries)
                     AppendDelivery(delivery, &bytes);
                   const grpc::Slice slice(bytes);
                   answered(grpc::ByteBuffer(&slice, 1));
                 });
}

void Settle(const Hub& hub, const auth::Principal& principal, const pb::SettleRequest& request,
            const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  const absl::Status checked = CheckSettlements(request.settlements());
  if (!checked.ok()) return answered(checked);
  hub.desk->Settle(*name, {request.settlements().begin(), request.settlements().end()},
                   [answered](const absl::StatusOr<std::vector<pb::SettleResult>>& results) {
                     if (!results.ok()) return answered(results.status());
                     pb::SettleResponse response;
                     for (pb::SettleResult result : *results) response.add_results(result);
                     answered(SerializeMessage(response));
                   });
}

void Seek(const Hub& hub, const auth::Principal& principal, const pb::SeekRequest& request,
          const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  const absl::StatusOr<uint64_t> position = StartOf(hub, request);
  if (!position.ok()) return answered(position.status());
  hub.desk->Seek(*name, *position, [answered](const absl::StatusOr<pb::SeekResponse>& sought) {
    if (!sought.ok()) return answered(sought.status());
    answered(SerializeMessage(*sought));
  });
}

void ListDeadLetters(const Hub& hub, const auth::Principal& principal,
                     const pb::ListDeadLettersRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  const auto list = [&](const std::string& after, size_t limit, auto done) {
    uint64_t sequence = 0;
    if (!absl::SimpleAtoi(after, &sequence)) sequence = 0;
    hub.desk->ListDeadLetters(*name, sequence, limit, std::move(done));
  };
  const auto fill = [](std::vector<pb::DeadLetter> items, std::string next) {
    pb::ListDeadLettersResponse response;
    for (pb::DeadLetter& item : items) *response.add_dead_letters() = std::move(item);
    response.set_next_page_token(std::move(next));
    return SerializeMessage(response);
  };
  Page<pb::DeadLetter>(
      hub, absl::StrCat("dead-letters ", name->owner, " ", name->name), request.page_size(),
      request.page_token(), list,
      [](const pb::DeadLetter& item) { return absl::StrCat(item.position().sequence()); }, fill,
      answered);
}

void ReplayDeadLetters(const Hub& hub, const auth::Principal& principal,
                       const pb::ReplayDeadLettersRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  const absl::Status checked = CheckSequences(request.sequences());
  if (!checked.ok()) return answered(checked);
  hub.desk->Replay(*name, {request.sequences().begin(), request.sequences().end()},
                   request.dry_run(), AnswerLetters<pb::ReplayDeadLettersResponse>(answered));
}

void DiscardDeadLetters(const Hub& hub, const auth::Principal& principal,
                        const pb::DiscardDeadLettersRequest& request, const Answered& answered) {
  const absl::StatusOr<subs::Name> name = NameFor(principal, request.name());
  if (!name.ok()) return answered(name.status());
  absl::Status checked = CheckSequences(request.sequences());
  if (checked.ok() && request.all() != request.sequences().empty()) {
    checked = FieldInvalid("sequences", "some, or `all`");
  }
  if (!checked.ok()) return answered(checked);
  hub.desk->Discard(*name, {request.sequences().begin(), request.sequences().end()},
                    request.dry_run(), AnswerLetters<pb::DiscardDeadLettersResponse>(answered));
}

}  // namespace liaison::rpc
