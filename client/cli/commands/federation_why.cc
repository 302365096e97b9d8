#include "client/cli/commands/federation_why.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation_text.h"
#include "client/cli/event_json.h"
#include "client/cli/event_key.h"
#include "client/cli/view_output.h"
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
  return session->console().Bytes(DeliveriesText(response, absl::Now()));
}

absl::Status RunWhyAt(const Federation& federation, const EventKeyWords& key,
                      const std::string& peer) {
  Session* const session = federation.session;
  LIAISON_ASSIGN_OR_RETURN(const v1::ListDeliveriesResponse response,
                           AskDeliveries(federation, key, peer));
  if (session->format() == Format::kJson) return PrintMessage(session, response);
  return session->console().Bytes(DeliveryReasonsText(response));
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
  return session->console().Bytes(ArrivalText(event, origin, response));
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
