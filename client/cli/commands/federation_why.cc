#include "client/cli/commands/federation_why.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/event_key.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

// What both commands share.
struct Federation {
  Session* session;
  FederationConnector connector;
  std::shared_ptr<FederationConnection> connection() const {
    return connector(session->options().hub, session->connection_options());
  }
};

std::string StateOf(v1::DeliveryState state) {
  switch (state) {
    case v1::DELIVERY_STATE_CONFIRMED:
      return "confirmed";
    case v1::DELIVERY_STATE_NOT_YET:
      return "not yet";
    case v1::DELIVERY_STATE_KEPT:
      return "never";
    default:
      return "unknown";
  }
}

std::string EventOf(const v1::ListDeliveriesResponse& response) {
  const auto* type = record::FindEventType(response.type());
  return absl::StrCat("Event ", response.sequence(), ", ",
                      type == nullptr ? "" : absl::StrCat(type->name, " "), "of ",
                      response.author(), " for ", response.audience());
}

absl::StatusOr<v1::ListDeliveriesResponse> AskDeliveries(const Federation& federation,
                                                         const EventKeyWords& key,
                                                         const std::string& peer) {
  v1::ListDeliveriesRequest request;
  SetKey(key, &request);
  request.set_peer(peer);
  return federation.connection()->ListDeliveries(request);
}

absl::Status RunConfirmed(const Federation& federation, const EventKeyWords& key) {
  Session* const session = federation.session;
  LIAISON_ASSIGN_OR_RETURN(const v1::ListDeliveriesResponse response,
                           AskDeliveries(federation, key, ""));
  if (session->format() == Format::kJson) return PrintMessage(session, response);
  Console& console = session->console();
  LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat(EventOf(response), ".")));
  if (response.deliveries().empty()) return console.Line("The policy has no peers.");
  const auto time = [](bool there, const google::protobuf::Timestamp& at) {
    return there ? TimeText(ToTime(at)) : std::string("never");
  };
  Table table({"PEER", "CONFIRMED", "IS AT", "SINCE", "ASKED", "BY"});
  for (const v1::PeerDelivery& delivery : response.deliveries()) {
    table.Add({delivery.peer(), StateOf(delivery.state()), absl::StrCat(delivery.settled()),
               time(delivery.has_settle_time(), delivery.settle_time()),
               time(delivery.has_ask_time(), delivery.ask_time()), delivery.rule()});
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(table.Render(console.width())));
  return console.Line(
      absl::StrCat("Confirmed is what the peer says itself. `liaison federation why ",
                   response.sequence(), " --at PEER` says more."));
}

absl::Status RunWhyAt(const Federation& federation, const EventKeyWords& key,
                      const std::string& peer) {
  Session* const session = federation.session;
  LIAISON_ASSIGN_OR_RETURN(const v1::ListDeliveriesResponse response,
                           AskDeliveries(federation, key, peer));
  if (session->format() == Format::kJson) return PrintMessage(session, response);
  Console& console = session->console();
  for (const v1::PeerDelivery& delivery : response.deliveries()) {
    std::string became = "is of unknown whereabouts at";
    if (delivery.state() == v1::DELIVERY_STATE_CONFIRMED) became = "has been confirmed by";
    if (delivery.state() == v1::DELIVERY_STATE_NOT_YET) became = "has not been confirmed yet by";
    if (delivery.state() == v1::DELIVERY_STATE_KEPT) became = "does not go to";
    LIAISON_RETURN_IF_ERROR(
        console.Line(absl::StrCat(EventOf(response), ", ", became, " ", delivery.peer(), ".")));
    for (const std::string& reason : delivery.reasons()) {
      LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat("  ", reason)));
    }
  }
  return absl::OkStatus();
}

std::string StateOf(v1::ArrivalState state) {
  switch (state) {
    case v1::ARRIVAL_STATE_HERE:
      return "is here";
    case v1::ARRIVAL_STATE_REJECTED:
      return "was rejected";
    case v1::ARRIVAL_STATE_NOT_TAKEN:
      return "was not taken";
    case v1::ARRIVAL_STATE_NOT_SHOWN:
      return "was not shown to this hub";
    case v1::ARRIVAL_STATE_NOT_YET:
      return "is not here yet";
    case v1::ARRIVAL_STATE_NOT_PULLED:
      return "is not asked for";
    case v1::ARRIVAL_STATE_IN_REGISTRY:
      return "came with the registry";
    default:
      return "is not here, as far as is known";
  }
}

absl::Status RunWhyHere(const Federation& federation, const std::string& origin,
                        const EventKeyWords& key) {
  Session* const session = federation.session;
  v1::ExplainArrivalRequest request;
  request.set_origin(origin);
  std::string event = "That event";
  if (const auto* sequence = std::get_if<uint64_t>(&key)) {
    request.set_sequence(*sequence);
    event = absl::StrCat("Event ", *sequence);
  } else if (const auto* digest = std::get_if<record::Hash>(&key)) {
    request.set_digest(std::string(digest->bytes()));
  }
  LIAISON_ASSIGN_OR_RETURN(const v1::ExplainArrivalResponse response,
                           federation.connection()->ExplainArrival(request));
  if (session->format() == Format::kJson) return PrintMessage(session, response);
  Console& console = session->console();
  LIAISON_RETURN_IF_ERROR(
      console.Line(absl::StrCat(event, " of ", origin, " ", StateOf(response.state()), ".")));
  for (const std::string& reason : response.reasons()) {
    LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat("  ", reason)));
  }
  return absl::OkStatus();
}

bool IsOrigin(const std::string& word) { return std::count(word.begin(), word.end(), '/') >= 2; }

EventKeyWords KeyIn(const std::vector<std::string>& words) {
  const absl::StatusOr<EventKeyWords> key = ParseEventKeyWords(words);
  if (!key.ok()) throw CLI::ValidationError("EVENT", std::string(key.status().message()));
  return *key;
}

void AddConfirmed(CLI::App* parent, const Federation& federation) {
  CLI::App* confirmed = AddCommand(
      parent, "confirmed", "Say which peers have confirmed an event, and which never will",
      "  liaison federation confirmed 42\n"
      "  liaison federation confirmed org/fictional-a 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11\n"
      "\n"
      "Of a retraction, an amendment, a redaction or a revoked key as of any event.\n"
      "`confirmed` is the peer's own word that it has dealt with the event: shown to it by\n"
      "that rule. `not yet`: it is not that far. `never`: the rule that keeps it.\n");
  auto words = std::make_shared<std::vector<std::string>>();
  confirmed->add_option("EVENT", *words, "Sequence, digest, or AUTHOR EVENT_ID")
      ->required()
      ->expected(1, 2);
  confirmed->callback([=] {
    const EventKeyWords key = KeyIn(*words);
    federation.session->Choose([=] { return RunConfirmed(federation, key); });
  });
}

void AddWhyBetween(CLI::App* parent, const Federation& federation) {
  CLI::App* why = AddCommand(
      parent, "why", "Say why an event has come to another hub or from it, or has not",
      "  liaison federation why 42 --at regional            # of this hub's, at a peer\n"
      "  liaison federation why hub.example/igf/0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11 42\n"
      "                                                     # of another hub's, here\n"
      "\n"
      "An origin is HOST/HUB/LOG_ID, as `liaison federation peers` lists it; the sequence\n"
      "after it is that of its own log. A digest does as well.\n");
  auto words = std::make_shared<std::vector<std::string>>();
  auto peer = std::make_shared<std::string>();
  why->add_option("EVENT", *words,
                  "With --at: sequence, digest, or AUTHOR EVENT_ID; else ORIGIN and a sequence "
                  "there, or a digest")
      ->required()
      ->expected(1, 2);
  why->add_option("--at", *peer, "The policy's name of the peer")->type_name("PEER");
  why->callback([=] {
    if (!peer->empty()) {
      const EventKeyWords key = KeyIn(*words);
      federation.session->Choose([=] { return RunWhyAt(federation, key, *peer); });
      return;
    }
    if (words->size() != 2 || !IsOrigin((*words)[0])) {
      throw CLI::ValidationError("EVENT",
                                 "say at which peer (--at PEER), or begin with the hub that it "
                                 "comes from: HOST/HUB/LOG_ID and its sequence there");
    }
    const EventKeyWords key = KeyIn({(*words)[1]});
    federation.session->Choose([=] { return RunWhyHere(federation, (*words)[0], key); });
  });
}

}  // namespace

void AddFederationWhy(CLI::App* federation, Session* session,
                      const FederationConnector& connector) {
  AddConfirmed(federation, {session, connector});
  AddWhyBetween(federation, {session, connector});
}

}  // namespace liaison::cli
