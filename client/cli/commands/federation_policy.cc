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
#include "client/cli/commands/federation_text.h"
#include "client/cli/event_json.h"
#include "client/cli/paragraph.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

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

// As deploy/federation/POLICY.md has it, with more words.
constexpr char kFields[] =
    "  [peer.regional]                               # as this hub calls it\n"
    "  address = \"hub.example.org:7410\"              # left out: it dials here\n"
    "  profile = \"/etc/liaison/peers/regional\"       # from `liaison join` there\n"
    "  organisation = \"org/regional-hub\"             # as which it calls here\n"
    "  calls_as = \"org/our-hub\"                      # as which this hub calls there\n"
    "  origins = [\"hub.example.org/regional/LOG_ID\"] # logs that are pulled from it\n"
    "  relays = []                                   # others' logs it may pull here\n"
    "\n"
    "  [[peer.regional.send]]                        # what goes there\n"
    "  name = \"reports, but not what is personal\"    # which people are told\n"
    "  withhold = false                              # true: what fits stays here\n"
    "  audiences = [\"igf/public\"]                    # one by one\n"
    "  topics = \"*\"                                  # or [\"core-2027:\", ...]\n"
    "  types = [\"topic-signal\", \"local-report\"]      # or \"*\"\n"
    "  authors = [\"org/fictional-a\"]                 # or \"*\"\n"
    "  sections = [\"content\", \"attachments\"]         # or \"personal\", too\n"
    "\n"
    "  [origin.\"hub.example.org/regional/LOG_ID\"]    # `log_origin` there\n"
    "  vkey = \"VKEY\"                                 # `log_vkey` there, by letter\n"
    "\n"
    "  [[origin.\"hub.example.org/regional/LOG_ID\".receive]] # what is taken\n"
    "  name = \"their public record\"\n"
    "  audiences = [\"regional/public\"]\n"
    "  topics = \"*\"\n"
    "  types = \"*\"\n"
    "  authors = \"*\"\n";

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
  return policies.session->console().Bytes(
      Sentences(absl::StrCat("To ", peer, " would leave ", Counted(then.size(), "event"), ": ",
                             more, " that do not now, without ", less, " that do.")));
}

// --- the commands --------------------------------------------------------------------------------

absl::Status ShowChanges(const Policies& policies,
                         const google::protobuf::RepeatedPtrField<v1::PolicyChange>& changes) {
  if (!policies.as_json()) return policies.session->console().Bytes(ChangesText(changes));
  for (const v1::PolicyChange& change : changes) {
    LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(change));
    LIAISON_RETURN_IF_ERROR(
        policies.session->console().Line(ToLine(Json{{"change", std::move(json)}})));
  }
  return absl::OkStatus();
}

absl::Status ShowWarnings(const Policies& policies,
                          const google::protobuf::RepeatedPtrField<std::string>& warnings) {
  if (!policies.as_json()) return policies.session->console().Bytes(WarningsText(warnings));
  for (const std::string& warning : warnings) {
    LIAISON_RETURN_IF_ERROR(policies.session->console().Line(ToLine(Json{{"warning", warning}})));
  }
  return absl::OkStatus();
}

absl::Status RunPropose(const Policies& policies, const Arguments& arguments) {
  v1::ProposePolicyRequest request;
  LIAISON_ASSIGN_OR_RETURN(*request.mutable_text(), ReadPolicyText(arguments.file));
  request.set_dry_run(true);
  LIAISON_ASSIGN_OR_RETURN(v1::ProposePolicyResponse response,
                           policies.connection()->ProposePolicy(request));
  LIAISON_RETURN_IF_ERROR(ShowChanges(policies, response.changes()));
  for (const std::string& peer : response.peers()) {
    LIAISON_RETURN_IF_ERROR(ShowLeaving(policies, peer, request.text()));
  }
  LIAISON_RETURN_IF_ERROR(ShowWarnings(policies, response.warnings()));
  Console& console = policies.session->console();
  if (arguments.dry_run) {
    return policies.as_json() ? absl::OkStatus() : console.Line("Nothing was proposed.");
  }
  request.set_dry_run(false);
  LIAISON_ASSIGN_OR_RETURN(response, policies.connection()->ProposePolicy(request));
  if (policies.as_json()) return console.Line(ToLine(Json{{"id", response.id()}}));
  return console.Bytes(
      Printable(absl::StrCat("It waits as ", response.id(), " until another operator agrees:")) +
      "\n  liaison federation policy approve " + Printable(response.id()) + "\n");
}

// Words before or behind a policy, which stays one with them.
std::string Comment(absl::string_view text) {
  std::string lines = Paragraph(text, kFederationWidth, 2);
  for (size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) lines[at] = '#';
  return lines;
}

// A policy is whoever's words it is, to the byte where no person looks.
std::string TextFor(const Console& console, const std::string& text) {
  return console.stdout_is_terminal() ? PrintableLines(text) : text;
}

std::string HeadOf(const v1::FederationPolicy& policy) {
  if (policy.version() == 0) {
    return policy.text().empty()
               ? "# None is in force: the hub was set up without a file, and two people have "
                 "adopted\n"
                 "# none. Nobody is a peer: nothing goes to other hubs, and nothing comes.\n"
               : "# In force from the file that the hub was set up with; two people have adopted "
                 "none.\n";
  }
  return absl::StrCat(
      Comment(absl::StrCat("Version ", policy.version(), ", proposed by ", policy.proposed_by(),
                           " on ", SecondText(ToTime(policy.propose_time())), ",")),
      Comment(absl::StrCat("and approved by ", policy.approved_by(), " on ",
                           SecondText(ToTime(policy.approve_time())), ".")));
}

absl::Status ShowProposed(const Policies& policies, const v1::ProposedPolicy& proposed) {
  Console& console = policies.session->console();
  if (policies.as_json()) return PrintMessage(policies.session, proposed);
  const std::string shown =
      proposed.credential_id().empty() ? "" : absl::StrCat(" (", proposed.credential_id(), ")");
  LIAISON_RETURN_IF_ERROR(console.Bytes(Comment(absl::StrCat(
      "Proposed as ", proposed.id(), " by ", proposed.proposed_by(), shown, " on ",
      SecondText(ToTime(proposed.propose_time())),
      proposed.refused_by().empty()
          ? "."
          : absl::StrCat("; refused by ", proposed.refused_by(), ": ", proposed.refusal())))));
  return console.Bytes(TextFor(console, proposed.text()));
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
      LIAISON_RETURN_IF_ERROR(ShowChanges(policies, proposed.changes()));
      return ShowWarnings(policies, proposed.warnings());
    }
    return absl::NotFoundError(absl::StrCat("no policy waits as ", arguments.id));
  }
  if (policies.as_json()) return PrintMessage(policies.session, response);
  LIAISON_RETURN_IF_ERROR(
      console.Bytes(HeadOf(response.policy()) + TextFor(console, response.policy().text())));
  if (!response.trouble().empty()) {
    LIAISON_RETURN_IF_ERROR(
        console.Bytes(Comment(absl::StrCat("Not all is pulled: ", response.trouble()))));
  }
  for (const v1::ProposedPolicy& proposed : response.proposed()) {
    if (!proposed.refused_by().empty()) continue;
    LIAISON_RETURN_IF_ERROR(console.Bytes(Comment(absl::StrCat(
        proposed.id(), " waits for a second person, proposed by ", proposed.proposed_by(), "."))));
  }
  return absl::OkStatus();
}

// What is agreed to, where it waits and is nothing but words to a person.
absl::Status ShowAgreedTo(const Policies& policies, const std::string& id) {
  if (policies.as_json()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const v1::GetPolicyResponse response,
                           policies.connection()->GetPolicy(v1::GetPolicyRequest()));
  for (const v1::ProposedPolicy& proposed : response.proposed()) {
    if (proposed.id() != id) continue;
    if (proposed.text().empty() && proposed.changes().empty() && !proposed.warnings().empty()) {
      return absl::FailedPreconditionError(absl::StrCat(id, " ", proposed.warnings(0)));
    }
    LIAISON_RETURN_IF_ERROR(policies.session->console().Bytes(
        Sentences(absl::StrCat("What ", proposed.proposed_by(), " has proposed changes:"))));
    LIAISON_RETURN_IF_ERROR(ShowChanges(policies, proposed.changes()));
    return ShowWarnings(policies, proposed.warnings());
  }
  return absl::OkStatus();
}

absl::Status RunApprove(const Policies& policies, const Arguments& arguments) {
  LIAISON_RETURN_IF_ERROR(ShowAgreedTo(policies, arguments.id));
  v1::ApprovePolicyRequest request;
  request.set_id(arguments.id);
  LIAISON_ASSIGN_OR_RETURN(const v1::ApprovePolicyResponse response,
                           policies.connection()->ApprovePolicy(request));
  if (policies.as_json()) return PrintMessage(policies.session, response);
  return policies.session->console().Bytes(Sentences(
      absl::StrCat("Version ", response.policy().version(), " is in force.",
                   response.trouble().empty() ? "" : " Not all is pulled: ", response.trouble())));
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
      "It takes two operators, of whom neither has let the other in, and whose tokens were not\n"
      "made by one hand: `liaison federation policy approve --help`. Whoever proposed it or could\n"
      "approve it refuses it with `liaison admin refuse`. All that may stand in one:\n"
      "`liaison federation policy propose --help`.\n");
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
      "It shows each difference from the policy in force, how many events would leave to each\n"
      "peer, and a warning for what may not be meant. `liaison federation what-would-leave PEER\n"
      "--policy FILE` lists the events. All that may stand in it:\n"
      "\n" +
          std::string(kFields));
  auto proposed = std::make_shared<Arguments>();
  propose->add_option("FILE", proposed->file, "The whole policy, as TOML")->required();
  propose->add_flag("--dry-run", proposed->dry_run, "Show it and propose nothing");
  propose->callback([=] { session->Choose([=] { return RunPropose(policies, *proposed); }); });

  CLI::App* approve = AddCommand(
      parent, "approve", "Put a policy in force, as the second person",
      "  liaison federation policy show --proposed 0011223344556677\n"
      "  liaison federation policy approve 0011223344556677\n"
      "\n"
      "From then on it goes by it, without a restart. Look at it first; what it changes\n"
      "is shown once more.\n"
      "\n"
      "Two people are two credentials of which none came of the other, and which nobody\n"
      "else holds both: whoever makes a token sees it, so that two tokens of one maker\n"
      "are one hand. Who came in by an invitation has a key that nobody else has seen:\n"
      "`liaison admin invite`, once for each person. A hub in development mode takes two\n"
      "organisations (--as) for two people.\n");
  auto approved = std::make_shared<Arguments>();
  approve->add_option("ID", approved->id, "Its number, as `propose` has said it")->required();
  approve->callback([=] { session->Choose([=] { return RunApprove(policies, *approved); }); });
}

}  // namespace liaison::cli
