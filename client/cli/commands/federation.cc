#include "client/cli/commands/federation.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation_why.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

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

using Kept = std::map<std::pair<std::string, std::string>, v1::KeptEvents>;  // by audience, rule

std::string SectionsOf(const v1::SharedEvent& event) {
  std::vector<std::string> names;
  for (const int section : event.sections()) {
    names.push_back(ShortValue(v1::SectionKind_descriptor(), section));
  }
  return names.empty() ? "header alone" : absl::StrJoin(names, ", ");
}

std::vector<std::string> RowOf(const v1::SharedEvent& event) {
  const auto* type = record::FindEventType(event.type());
  return {absl::StrCat(event.sequence()),
          event.author(),
          type == nullptr ? "" : std::string(type->name),
          event.audience(),
          SectionsOf(event),
          event.rule()};
}

absl::Status ShowKept(Session* session, const Kept& all) {
  for (const auto& [key, kept] : all) {
    if (session->format() == Format::kJson) {
      const Json json = {
          {"audience", kept.audience()}, {"rule", kept.rule()}, {"events", kept.events()}};
      LIAISON_RETURN_IF_ERROR(session->console().Line(ToLine(Json{{"kept", json}})));
      continue;
    }
    LIAISON_RETURN_IF_ERROR(
        session->console().Line(absl::StrCat(record::Counted(kept.events(), "event"), " for ",
                                             kept.audience(), " would stay: ", kept.rule(), ".")));
  }
  return absl::OkStatus();
}

absl::Status RunLeaving(const Federation& federation, const std::string& peer, uint64_t after,
                        const std::string& policy_file) {
  Session* const session = federation.session;
  Console& console = session->console();
  const auto connection = federation.connection();
  Table table({"SEQUENCE", "AUTHOR", "TYPE", "AUDIENCE", "SECTIONS", "RULE"});
  Kept kept;
  v1::ListSharingRequest request;
  request.set_peer(peer);
  request.set_after(after);
  if (!policy_file.empty()) {
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_policy(), record::ReadPublicFile(policy_file));
  }
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListSharingResponse page, connection->ListSharing(request));
    for (const v1::SharedEvent& event : page.events()) {
      if (session->format() == Format::kJson) {
        LIAISON_RETURN_IF_ERROR(PrintMessage(session, event));
      } else {
        table.Add(RowOf(event));
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
  if (table.size() == 0) {
    LIAISON_RETURN_IF_ERROR(console.Line("Nothing would leave."));
  } else {
    LIAISON_RETURN_IF_ERROR(console.Bytes(table.Render(console.width())));
  }
  return ShowKept(session, kept);
}

std::string ConditionOf(const v1::PeerStanding& standing) {
  if (standing.condition() == v1::PEER_CONDITION_UNSPECIFIED) return "not pulled";
  const std::string name = ShortValue(v1::PeerCondition_descriptor(), standing.condition());
  if (standing.why().empty()) return name;
  const std::string by = standing.set_by().empty() ? "" : absl::StrCat(", by ", standing.set_by());
  return absl::StrCat(name, by, ": ", standing.why());
}

// What keeps the lane behind comes first: an origin that is trusted may be served by nobody.
std::string ConditionOfLane(const v1::PulledLane& lane) {
  const bool is_active = lane.standing().condition() == v1::PEER_CONDITION_ACTIVE;
  if (lane.trouble().empty() || !is_active) return ConditionOf(lane.standing());
  return absl::StrCat("stands: ", lane.trouble());
}

std::string RejectsOf(const v1::PulledLane& lane) {
  std::map<std::string, uint64_t> rejects;  // in one order
  for (const auto& [what, count] : lane.counts()) {
    constexpr absl::string_view kRejected = "rejected/";
    if (absl::StartsWith(what, kRejected)) rejects[what.substr(kRejected.size())] = count;
  }
  return absl::StrJoin(rejects, ", ", absl::PairFormatter(" "));
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
  Console& console = session->console();
  if (response.peers().empty()) return console.Line("The policy has no peers.");
  const auto time = [](bool there, const google::protobuf::Timestamp& at) {
    return there ? TimeText(ToTime(at)) : std::string("never");
  };
  Table peers({"PEER", "CONDITION", "ANSWERED", "PULLED HERE", "UP TO"});
  Table lanes({"PEER", "ORIGIN", "CONDITION", "SETTLED", "LAG", "REJECTED"});
  for (const v1::Peer& peer : response.peers()) {
    peers.Add({peer.name(), ConditionOf(peer.standing()),
               time(peer.has_contact_time(), peer.contact_time()),
               time(peer.has_pull_time(), peer.pull_time()), absl::StrCat(peer.pulled_through())});
    for (const v1::PulledLane& lane : peer.lanes()) {
      const bool is_well = lane.trouble().empty();
      lanes.Add({peer.name(), lane.origin(), ConditionOfLane(lane), absl::StrCat(lane.settled()),
                 is_well ? absl::StrCat(lane.head_size() - lane.settled()) : "?", RejectsOf(lane)});
    }
  }
  LIAISON_RETURN_IF_ERROR(console.Bytes(peers.Render(console.width())));
  if (lanes.size() == 0) return absl::OkStatus();
  return console.Bytes(absl::StrCat("\n", lanes.Render(console.width())));
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
      "For the hub's operators. Peers stand in the policy, `liaison federation policy`;\n"
      "a hub is set up with one by its setting federation_policy, which names a file.\n");
  parent->require_subcommand(1);

  CLI::App* peers = AddCommand(
      parent, "peers", "Say how it stands with every peer: lag, last contact, what was rejected",
      "  liaison federation peers\n"
      "  liaison federation peers --output json     # with remarks: what did not come in, and "
      "why\n");
  peers->callback([=] { session->Choose([=] { return RunPeers(federation); }); });

  CLI::App* leaving = AddCommand(
      parent, "what-would-leave", "List what a peer gets and by which rule, and count what stays",
      "  liaison federation what-would-leave regional\n"
      "  liaison federation what-would-leave regional --since 1042 --output json\n"
      "  liaison federation what-would-leave regional --policy proposed.toml\n");
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
