#include "client/cli/commands/federation.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation_text.h"
#include "client/cli/commands/federation_why.h"
#include "client/cli/event_json.h"
#include "client/cli/view_output.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

// What all of these commands share.
struct Federation {
  Session* session;
  FederationConnector connector;
  std::shared_ptr<FederationConnection> connection() const {
    return connector(session->options().hub, session->connection_options());
  }
};

absl::Status ShowKept(Session* session, const Kept& all) {
  for (const auto& [key, kept] : all) {
    const Json json = {
        {"audience", kept.audience()}, {"rule", kept.rule()}, {"events", kept.events()}};
    LIAISON_RETURN_IF_ERROR(session->console().Line(ToLine(Json{{"kept", json}})));
  }
  return absl::OkStatus();
}

absl::Status RunLeaving(const Federation& federation, const std::string& peer, uint64_t after,
                        const std::string& policy_file) {
  Session* const session = federation.session;
  const auto connection = federation.connection();
  std::vector<v1::SharedEvent> leaving;
  Kept kept;
  v1::ListSharingRequest request;
  request.set_peer(peer);
  request.set_after(after);
  if (!policy_file.empty()) {
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_policy(), ReadPolicyText(policy_file));
  }
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListSharingResponse page, connection->ListSharing(request));
    for (const v1::SharedEvent& event : page.events()) {
      if (session->format() == Format::kJson) {
        LIAISON_RETURN_IF_ERROR(PrintMessage(session, event));
      } else {
        leaving.push_back(event);
      }
    }
    for (const v1::KeptEvents& stays : page.kept()) {
      v1::KeptEvents& sum = kept[{stays.audience(), stays.rule()}];
      const uint64_t events = sum.events() + stays.events();
      sum = stays;
      sum.set_events(events);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return ShowKept(session, kept);
  return session->console().Bytes(SharingText(leaving, kept));
}

absl::Status RunPeers(const Federation& federation) {
  Session* const session = federation.session;
  LIAISON_ASSIGN_OR_RETURN(const v1::ListPeersResponse response,
                           federation.connection()->ListPeers(v1::ListPeersRequest()));
  if (session->format() == Format::kJson) {
    for (const v1::Peer& peer : response.peers()) {
      LIAISON_RETURN_IF_ERROR(PrintMessage(session, peer));
    }
    return absl::OkStatus();
  }
  return session->console().Bytes(PeersText(response, absl::Now()));
}

}  // namespace

void AddFederation(CLI::App* app, Session* session, const FederationConnector& connector) {
  if (connector == nullptr) return;
  const Federation federation{session, connector};
  CLI::App* parent = AddCommand(
      app, "federation", "What goes to other hubs, and what comes from them",
      "  liaison federation peers\n"
      "  liaison federation what-would-leave regional\n"
      "  liaison federation confirmed 42\n"
      "  liaison federation why 42 --at regional\n"
      "\n"
      "For the hub's operators. Peers stand in the policy, which two of them change while the\n"
      "hub runs: `liaison federation policy`. A new hub may begin with the one in the file that\n"
      "its setting federation_policy names.\n");
  parent->require_subcommand(1);

  CLI::App* peers = AddCommand(
      parent, "peers", "Say how it stands with every peer: lag, last contact, what was rejected",
      "  liaison federation peers\n"
      "  liaison federation peers --output json     # with remarks: what did not come in, and "
      "why\n"
      "\n"
      "Times are UTC, to the minute. `not reached yet`: it has not answered since this hub was\n"
      "started, so that the lag is not known; a lag of ? is not known either, and the line below\n"
      "says why. PULLED HERE is when the peer asked last for anything, UP TO how far it is in\n"
      "this hub's own log: 0 where it takes only other hubs' logs from here. What a peer says\n"
      "itself stands in quotes, and is cut here.\n");
  peers->callback([=] { session->Choose([=] { return RunPeers(federation); }); });

  CLI::App* leaving = AddCommand(
      parent, "what-would-leave", "List what a peer gets and by which rule, and count what stays",
      "  liaison federation what-would-leave regional\n"
      "  liaison federation what-would-leave regional --since 1042 --output json\n"
      "  liaison federation what-would-leave regional --policy proposed.toml\n"
      "\n"
      "Whatever the rules say, every peer gets the registry: which organisations and keys this\n"
      "hub knows, without names and contacts of people. Of what this hub has from elsewhere,\n"
      "and stays, the peer by which it came still gets the leaves alone, without headers: it\n"
      "keeps them for this hub.\n");
  auto peer = std::make_shared<std::string>();
  auto since = std::make_shared<uint64_t>(0);
  auto policy_file = std::make_shared<std::string>();
  leaving->add_option("PEER", *peer, "The policy's name of the peer")->required();
  leaving->add_option("--since", *since, "What comes after this sequence")->type_name("N");
  leaving->add_option("--policy", *policy_file, "As if this file were the policy")
      ->type_name("FILE");
  leaving->callback([=] {
    session->Choose([=] { return RunLeaving(federation, *peer, *since, *policy_file); });
  });
  AddFederationWhy(parent, session, connector);
  AddFederationActs(parent, session, connector);
  AddFederationPolicy(parent, session, connector);
}

}  // namespace liaison::cli
