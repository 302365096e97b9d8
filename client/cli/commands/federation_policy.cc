// `liaison federation policy`: what goes to other hubs and what is taken, as two people decide it.
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation.h"
#include "client/cli/event_json.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::cli {
namespace {

using record::Counted;

struct Policies {
  Session* session;
  FederationConnector connector;
  std::shared_ptr<FederationConnection> connection() const {
    return connector(session->options().hub, session->connection_options());
  }
  bool as_json() const { return session->format() == Format::kJson; }
};

struct Arguments {
  std::string id;
  std::string file;
  uint64_t version = 0;
  bool dry_run = false;
};

std::string LineOf(const v1::PolicyChange& change) {
  if (change.before().empty()) return absl::StrCat("+ ", change.what(), " = ", change.after());
  if (change.after().empty()) return absl::StrCat("- ", change.what(), " = ", change.before());
  return absl::StrCat("- ", change.what(), " = ", change.before(), "\n+ ", change.what(), " = ",
                      change.after());
}

// --- what would leave ----------------------------------------------------------------------------

using Leaving = std::set<std::pair<uint64_t, std::string>>;  // sequence, and what of it

// By the policy in force, or by that text. A peer that it does not name gets nothing.
absl::StatusOr<Leaving> LeavingTo(FederationConnection* connection, const std::string& peer,
                                  const std::string& text) {
  Leaving leaving;
  v1::ListSharingRequest request;
  request.set_peer(peer);
  request.set_policy(text);
  request.set_page_size(1000);
  do {
    const absl::StatusOr<v1::ListSharingResponse> page = connection->ListSharing(request);
    if (record::ReasonOf(page.status()) == record::Reason::kNotFound) return leaving;
    LIAISON_RETURN_IF_ERROR(page.status());
    for (const v1::SharedEvent& event : page->events()) {
      std::string sections;
      for (const int section : event.sections()) absl::StrAppend(&sections, section, " ");
      leaving.emplace(event.sequence(), std::move(sections));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return leaving;
}

size_t CountMissing(const Leaving& of, const Leaving& in) {
  size_t missing = 0;
  for (const auto& each : of) missing += in.count(each) == 0 ? 1 : 0;
  return missing;
}

absl::Status ShowLeaving(const Policies& policies, const std::string& peer,
                         const std::string& text) {
  const auto connection = policies.connection();
  LIAISON_ASSIGN_OR_RETURN(const Leaving now, LeavingTo(connection.get(), peer, ""));
  LIAISON_ASSIGN_OR_RETURN(const Leaving then, LeavingTo(connection.get(), peer, text));
  const size_t more = CountMissing(then, now), less = CountMissing(now, then);
  if (policies.as_json()) {
    const Json json = {
        {"peer", peer}, {"would_leave", then.size()}, {"more", more}, {"less", less}};
    return policies.session->console().Line(ToLine(Json{{"leaving", json}}));
  }
  return policies.session->console().Line(
      absl::StrCat("To ", peer, " would leave ", Counted(then.size(), "event"), ": ", more,
                   " that do not now, without ", less, " that do."));
}

// --- the commands --------------------------------------------------------------------------------

absl::Status ShowChanges(const Policies& policies,
                         const google::protobuf::RepeatedPtrField<v1::PolicyChange>& changes) {
  for (const v1::PolicyChange& change : changes) {
    if (policies.as_json()) {
      LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(change));
      LIAISON_RETURN_IF_ERROR(
          policies.session->console().Line(ToLine(Json{{"change", std::move(json)}})));
    } else {
      LIAISON_RETURN_IF_ERROR(policies.session->console().Line(LineOf(change)));
    }
  }
  return absl::OkStatus();
}

absl::Status RunPropose(const Policies& policies, const Arguments& arguments) {
  v1::ProposePolicyRequest request;
  LIAISON_ASSIGN_OR_RETURN(*request.mutable_text(), record::ReadPublicFile(arguments.file));
  request.set_dry_run(true);
  LIAISON_ASSIGN_OR_RETURN(v1::ProposePolicyResponse response,
                           policies.connection()->ProposePolicy(request));
  LIAISON_RETURN_IF_ERROR(ShowChanges(policies, response.changes()));
  for (const std::string& peer : response.peers()) {
    LIAISON_RETURN_IF_ERROR(ShowLeaving(policies, peer, request.text()));
  }
  Console& console = policies.session->console();
  if (arguments.dry_run) {
    return policies.as_json() ? absl::OkStatus() : console.Line("Nothing was proposed.");
  }
  request.set_dry_run(false);
  LIAISON_ASSIGN_OR_RETURN(response, policies.connection()->ProposePolicy(request));
  if (policies.as_json()) return console.Line(ToLine(Json{{"id", response.id()}}));
  return console.Line(absl::StrCat(
      "It waits as ", response.id(),
      " until another operator agrees: liaison federation policy approve ", response.id()));
}

std::string HeadOf(const v1::FederationPolicy& policy) {
  if (policy.version() == 0) {
    return "# In force from the file that the hub was set up with; two people have adopted none.\n";
  }
  return absl::StrCat("# Version ", policy.version(), ", proposed by ", policy.proposed_by(),
                      " on ", TimeText(ToTime(policy.propose_time())), "\n# and approved by ",
                      policy.approved_by(), " on ", TimeText(ToTime(policy.approve_time())), ".\n");
}

absl::Status ShowProposed(const Policies& policies, const v1::ProposedPolicy& proposed) {
  Console& console = policies.session->console();
  if (policies.as_json()) return PrintMessage(policies.session, proposed);
  LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat(
      "# Proposed as ", proposed.id(), " by ", proposed.proposed_by(), " (",
      proposed.credential_id(), ") on ", TimeText(ToTime(proposed.propose_time())),
      proposed.refused_by().empty()
          ? ""
          : absl::StrCat("; refused by ", proposed.refused_by(), ": ", proposed.refusal()))));
  return console.Bytes(proposed.text());
}

absl::Status RunShow(const Policies& policies, const Arguments& arguments) {
  Console& console = policies.session->console();
  v1::GetPolicyRequest request;
  request.set_version(arguments.version);
  LIAISON_ASSIGN_OR_RETURN(const v1::GetPolicyResponse response,
                           policies.connection()->GetPolicy(request));
  if (!arguments.id.empty()) {
    for (const v1::ProposedPolicy& proposed : response.proposed()) {
      if (proposed.id() != arguments.id) continue;
      LIAISON_RETURN_IF_ERROR(ShowProposed(policies, proposed));
      if (policies.as_json()) return absl::OkStatus();
      LIAISON_RETURN_IF_ERROR(console.Line("\n# What it changes:"));
      return ShowChanges(policies, proposed.changes());
    }
    return absl::NotFoundError(absl::StrCat("no policy waits as ", arguments.id));
  }
  if (policies.as_json()) return PrintMessage(policies.session, response);
  LIAISON_RETURN_IF_ERROR(
      console.Bytes(absl::StrCat(HeadOf(response.policy()), response.policy().text())));
  if (!response.trouble().empty()) {
    LIAISON_RETURN_IF_ERROR(
        console.Line(absl::StrCat("# Not all is pulled: ", response.trouble())));
  }
  for (const v1::ProposedPolicy& proposed : response.proposed()) {
    if (!proposed.refused_by().empty()) continue;
    LIAISON_RETURN_IF_ERROR(
        console.Line(absl::StrCat("# ", proposed.id(), " waits for a second person, proposed by ",
                                  proposed.proposed_by(), ".")));
  }
  return absl::OkStatus();
}

absl::Status RunApprove(const Policies& policies, const Arguments& arguments) {
  v1::ApprovePolicyRequest request;
  request.set_id(arguments.id);
  LIAISON_ASSIGN_OR_RETURN(const v1::ApprovePolicyResponse response,
                           policies.connection()->ApprovePolicy(request));
  if (policies.as_json()) return PrintMessage(policies.session, response);
  return policies.session->console().Line(
      absl::StrCat("Version ", response.policy().version(), " is in force.",
                   response.trouble().empty() ? "" : " Not all is pulled: ", response.trouble()));
}

}  // namespace

void AddFederationPolicy(CLI::App* federation, Session* session,
                         const FederationConnector& connector) {
  const Policies policies{session, connector};
  CLI::App* parent = AddCommand(
      federation, "policy", "Show, propose and approve what goes to other hubs and what is taken",
      "  liaison federation policy show\n"
      "  liaison federation policy propose federation.toml\n"
      "  liaison federation policy approve 0011223344556677\n"
      "\n"
      "It takes two operators, of whom neither has let the other in. Whoever proposed it or could\n"
      "approve it refuses it with `liaison admin refuse`.\n");
  parent->require_subcommand(1);

  CLI::App* show =
      AddCommand(parent, "show", "Show the policy in force, an earlier one, or one that waits",
                 "  liaison federation policy show\n"
                 "  liaison federation policy show --number 3\n"
                 "  liaison federation policy show --proposed 0011223344556677\n");
  auto shown = std::make_shared<Arguments>();
  CLI::Option* version =
      show->add_option("--number", shown->version, "One that was adopted before")->type_name("N");
  show->add_option("--proposed", shown->id, "One that waits, and what it changes")
      ->type_name("ID")
      ->excludes(version);
  show->callback([=] { session->Choose([=] { return RunShow(policies, *shown); }); });

  CLI::App* propose = AddCommand(
      parent, "propose", "Propose another policy, after showing what it changes",
      "  liaison federation policy propose federation.toml --dry-run\n"
      "  liaison federation policy propose federation.toml\n"
      "\n"
      "It shows each difference from the policy in force, and how many events would leave to\n"
      "each peer. `liaison federation what-would-leave PEER --policy FILE` lists them.\n");
  auto proposed = std::make_shared<Arguments>();
  propose->add_option("FILE", proposed->file, "The whole policy, as TOML")->required();
  propose->add_flag("--dry-run", proposed->dry_run, "Show it and propose nothing");
  propose->callback([=] { session->Choose([=] { return RunPropose(policies, *proposed); }); });

  CLI::App* approve =
      AddCommand(parent, "approve", "Put a policy in force, as the second person",
                 "  liaison federation policy show --proposed 0011223344556677\n"
                 "  liaison federation policy approve 0011223344556677\n"
                 "\n"
                 "From then on it goes by it, without a restart. Look at it first.\n");
  auto approved = std::make_shared<Arguments>();
  approve->add_option("ID", approved->id, "Its number, as `propose` has said it")->required();
  approve->callback([=] { session->Choose([=] { return RunApprove(policies, *approved); }); });
}

}  // namespace liaison::cli
