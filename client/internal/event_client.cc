#include "liaison/event_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/internal/subscription.h"
#include "proto/record/foreign.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

absl::Status AnotherEvent() {
  return absl::DataLossError("the hub answered with another event than was asked for");
}

}  // namespace

EventClient::EventClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<Event> EventClient::Get(uint64_t sequence) const {
  v1::GetEventRequest request;
  request.set_sequence(sequence);
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetEvent(request));
  LIAISON_ASSIGN_OR_RETURN(Event event, Event::Open(std::move(*response.mutable_event())));
  if (event.sequence() != sequence) return AnotherEvent();
  return event;
}

absl::StatusOr<Event> EventClient::Get(const record::Hash& digest) const {
  v1::GetEventRequest request;
  request.set_digest(std::string(digest.bytes()));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetEvent(request));
  LIAISON_ASSIGN_OR_RETURN(Event event, Event::Open(std::move(*response.mutable_event())));
  if (event.digest() != digest) return AnotherEvent();
  return event;
}

absl::StatusOr<Event> EventClient::Get(absl::string_view author, absl::string_view event_id) const {
  v1::GetEventRequest request;
  request.mutable_name()->set_author(std::string(author));
  request.mutable_name()->set_event_id(std::string(event_id));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetEvent(request));
  LIAISON_ASSIGN_OR_RETURN(Event event, Event::Open(std::move(*response.mutable_event())));
  if (event.author() != author || event.event_id() != event_id) return AnotherEvent();
  return event;
}

absl::StatusOr<std::string> EventClient::Evidence(uint64_t sequence) const {
  v1::GetEventRequest request;
  request.set_sequence(sequence);
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetEvent(request));
  LIAISON_ASSIGN_OR_RETURN(const Event event, Event::Open(std::move(*response.mutable_event())));
  if (event.sequence() != sequence) return AnotherEvent();
  if (!event.leaf().relayed) return std::string();
  LIAISON_ASSIGN_OR_RETURN(const record::Evidence evidence,
                           record::DecodeForeign(response.evidence()));
  const absl::Status shown = record::CheckForeign(event.leaf(), evidence);
  if (shown.ok()) return std::move(*response.mutable_evidence());
  return absl::DataLossError(absl::StrCat("event ", sequence, " is not shown to be from ",
                                          event.origin(), ": ", shown.message()));
}

absl::StatusOr<EventPage> EventClient::List(const ListParams& params,
                                            absl::string_view page_token) const {
  v1::ListEventsRequest request;
  request.set_filter(params.filter);
  request.set_page_size(params.page_size);
  request.set_page_token(std::string(page_token));
  if (params.after.has_value() && page_token.empty()) {
    request.mutable_after()->set_log_id(params.after->log_id);
    request.mutable_after()->set_sequence(params.after->sequence);
  }
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->ListEvents(request));
  EventPage page;
  page.events.reserve(response.events_size());
  uint64_t last_sequence = params.after.has_value() ? params.after->sequence : 0;
  for (v1::Event& served : *response.mutable_events()) {
    LIAISON_ASSIGN_OR_RETURN(Event event, Event::Open(std::move(served)));
    if (event.sequence() <= last_sequence) {
      return absl::DataLossError("the hub's page is not in the order of the log");
    }
    last_sequence = event.sequence();
    page.events.push_back(std::move(event));
  }
  page.next_page_token = std::move(*response.mutable_next_page_token());
  page.position = std::move(*response.mutable_position());
  return page;
}

Subscription EventClient::Subscribe(SubscribeParams params) const {
  return Subscription(std::make_shared<Subscription::Impl>(connection_, std::move(params)));
}

}  // namespace liaison
