// `liaison admin token|invite|credentials|revoke`: who is let in.
#include <map>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/qr_code.h"
#include "client/cli/table.h"
#include "client/cli/token_file.h"
#include "client/cli/view_output.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

const std::map<std::string, v1::Role> kRoles = {{"reader", v1::ROLE_READER},
                                                {"publisher", v1::ROLE_PUBLISHER},
                                                {"administrator", v1::ROLE_ADMINISTRATOR},
                                                {"operator", v1::ROLE_OPERATOR},
                                                {"auditor", v1::ROLE_AUDITOR}};

std::string NameOf(v1::Role role) { return Short(v1::Role_descriptor(), role); }

std::string NameOf(v1::CredentialKind kind) { return Short(v1::CredentialKind_descriptor(), kind); }

std::string StateOf(const v1::Credential& credential) {
  if (credential.has_revoke_time()) {
    return absl::StrCat("revoked ", DayText(ToTime(credential.revoke_time())));
  }
  if (credential.has_use_time()) {
    return absl::StrCat("used ", DayText(ToTime(credential.use_time())));
  }
  const bool expired = ToTime(credential.expire_time()) <= absl::Now();
  return absl::StrCat(expired ? "expired " : "until ", DayText(ToTime(credential.expire_time())));
}

struct CreateArguments {
  std::string organisation;
  std::string role = "publisher";
  std::string label;
  int days = 90;
  std::string file;
};

absl::Status RunCreate(Session* session, const CreateArguments& arguments) {
  v1::CreateTokenRequest request;
  request.set_organisation(arguments.organisation);
  request.set_role(kRoles.at(arguments.role));
  request.set_label(arguments.label);
  request.mutable_lifetime()->set_seconds(int64_t{arguments.days} * 24 * 3600);
  LIAISON_ASSIGN_OR_RETURN(const v1::CreateTokenResponse made,
                           session->connection()->CreateToken(request));
  Console& console = session->console();
  if (!arguments.file.empty()) {
    // What could not be kept lets nobody in.
    if (absl::Status kept = WriteTokenFile(arguments.file, made.secret()); !kept.ok()) {
      v1::RevokeCredentialRequest revoke;
      revoke.set_id(made.credential().id());
      const absl::Status revoked = session->connection()->RevokeCredential(revoke).status();
      return absl::InvalidArgumentError(absl::StrCat(
          kept.message(), revoked.ok() ? "; the new token has been revoked"
                                       : absl::StrCat("; revoke token ", made.credential().id())));
    }
  }
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(made.credential()));
    if (arguments.file.empty()) json["secret"] = made.secret();
    return console.Line(ToLine(json));
  }
  const std::string what =
      absl::StrCat("Token ", made.credential().id(), " of ", made.credential().organisation(), ", ",
                   NameOf(made.credential().role()), ", ", StateOf(made.credential()));
  if (!arguments.file.empty()) {
    return console.Line(absl::StrCat(what, ", is in ", arguments.file,
                                     ". Use it with --token-file ", arguments.file, "."));
  }
  console.Note(absl::StrCat(what,
                            ". It is shown this once: keep it in a file that nobody else can "
                            "read."));
  return console.Line(made.secret());
}

struct InviteArguments {
  std::string organisation;
  std::string role = "publisher";
  std::string label;
  int days = 7;
  bool qr = false;
};

absl::Status RunInvite(Session* session, const InviteArguments& arguments) {
  v1::CreateInvitationRequest request;
  request.set_organisation(arguments.organisation);
  request.set_role(kRoles.at(arguments.role));
  request.set_label(arguments.label);
  request.mutable_lifetime()->set_seconds(int64_t{arguments.days} * 24 * 3600);
  LIAISON_ASSIGN_OR_RETURN(const v1::CreateInvitationResponse made,
                           session->connection()->CreateInvitation(request));
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(made.credential()));
    json["secret"] = made.secret();
    if (!made.link().empty()) json["link"] = made.link();
    LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
  } else {
    console.Note(absl::StrCat(
        "Invitation ", made.credential().id(), " of ", made.credential().organisation(), ", ",
        NameOf(made.credential().role()), ", ", StateOf(made.credential()),
        ". It is shown this once, and good for one use: send it where nobody else reads it."));
    const std::string web = made.link().substr(0, made.link().find("/join/"));
    LIAISON_RETURN_IF_ERROR(console.Line(
        absl::StrCat("liaison join ", web.empty() ? "https://HUB" : web, " ", made.secret())));
    if (!made.link().empty()) {
      LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat("Without a command line: ", made.link())));
    }
  }
  if (!arguments.qr) return absl::OkStatus();
  if (made.link().empty()) {
    return absl::FailedPreconditionError(
        "there is no link to draw: the hub does not know its own address on the web (setting web)");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string drawn, QrCodeText(made.link()));
  return console.Bytes(drawn);
}

absl::Status RunList(Session* session, const std::string& organisation) {
  Console& console = session->console();
  Table table({"ID", "KIND", "ORGANISATION", "ROLE", "STATE", "CREATED BY", "LABEL"});
  v1::ListCredentialsRequest request;
  request.set_organisation(organisation);
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListCredentialsResponse page,
                             session->connection()->ListCredentials(request));
    for (const v1::Credential& credential : page.credentials()) {
      if (session->format() == Format::kJson) {
        LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(credential));
        LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
      }
      table.Add({credential.id(), NameOf(credential.kind()), credential.organisation(),
                 NameOf(credential.role()), StateOf(credential), credential.created_by(),
                 credential.label()});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return console.Line("There are no credentials that you manage.");
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunRevoke(Session* session, const std::string& id) {
  if (absl::StartsWith(id, "igfl_")) {
    return absl::InvalidArgumentError(
        "that is the secret itself, and was not sent; its number stands in `liaison admin "
        "credentials`");
  }
  v1::RevokeCredentialRequest request;
  request.set_id(id);
  LIAISON_ASSIGN_OR_RETURN(const v1::RevokeCredentialResponse revoked,
                           session->connection()->RevokeCredential(request));
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(revoked.credential()));
    return session->console().Line(ToLine(json));
  }
  LIAISON_RETURN_IF_ERROR(session->console().Line(
      absl::StrCat("The ", NameOf(revoked.credential().kind()), " ", id, " of ",
                   revoked.credential().organisation(), " lets nobody in any more.")));
  for (const v1::Credential& renewed : revoked.renewed()) {
    LIAISON_RETURN_IF_ERROR(session->console().Line(
        absl::StrCat("Nor does the certificate ", renewed.id(), ", which was renewed from it.")));
  }
  return absl::OkStatus();
}

}  // namespace

void AddToken(CLI::App* admin, Session* session) {
  CLI::App* command = AddCommand(admin, "token", "Let a person or a program in",
                                 "  liaison admin token create org/eurodig --file eurodig.token\n");
  command->require_subcommand(1);
  CLI::App* create = AddCommand(
      command, "create", "Make a token, which is shown once",
      "  liaison admin token create org/eurodig --label 'import job' --file eurodig.token\n"
      "  liaison --token-file eurodig.token publish signal.json\n"
      "\n"
      "The first token of a hub makes it ask everybody for one: make it with --role operator.\n");
  auto arguments = std::make_shared<CreateArguments>();
  create->add_option("organisation", arguments->organisation, "Whose it is")->required();
  create->add_option("--role", arguments->role, "What it lets its bearer do")
      ->check(CLI::IsMember(kRoles))
      ->capture_default_str();
  create->add_option("--label", arguments->label, "Where it is used, for the list of credentials");
  create->add_option("--days", arguments->days, "How long it is good for")
      ->check(CLI::Range(1, 366))
      ->capture_default_str();
  create->add_option("--file", arguments->file, "Keep it in this new file instead of showing it")
      ->type_name("FILE");
  create->callback([=] { session->Choose([=] { return RunCreate(session, *arguments); }); });
}

void AddInvite(CLI::App* admin, Session* session) {
  CLI::App* command = AddCommand(
      admin, "invite", "Invite an organisation, which then joins by itself",
      "  liaison admin invite org/eurodig\n"
      "  liaison admin invite org/eurodig --role administrator --days 3 --qr\n"
      "\n"
      "Whoever gets it runs `liaison join`, or opens the link, and needs no password. It is good\n"
      "once. A new invitation ends an organisation's earlier ones, and its browser sessions.\n");
  auto arguments = std::make_shared<InviteArguments>();
  command->add_option("organisation", arguments->organisation, "Who is invited; registered already")
      ->required();
  command->add_option("--role", arguments->role, "What whoever joins may do")
      ->check(CLI::IsMember(kRoles))
      ->capture_default_str();
  command->add_option("--label", arguments->label, "For the list of credentials");
  command->add_option("--days", arguments->days, "How long it is good for")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  command->add_flag("--qr", arguments->qr, "Draw the link as a QR code");
  command->callback([=] { session->Choose([=] { return RunInvite(session, *arguments); }); });
}

void AddCredentials(CLI::App* admin, Session* session) {
  CLI::App* list = AddCommand(admin, "credentials",
                              "List tokens, certificates, invitations and sessions that you manage",
                              "  liaison admin credentials\n"
                              "  liaison admin credentials org/eurodig --output json\n");
  auto organisation = std::make_shared<std::string>();
  list->add_option("organisation", *organisation, "Those of this one and what belongs to it");
  list->callback([=] { session->Choose([=] { return RunList(session, *organisation); }); });

  CLI::App* revoke =
      AddCommand(admin, "revoke", "Let nobody in with a credential any more, at once",
                 "  liaison admin revoke 0011223344556677\n");
  auto id = std::make_shared<std::string>();
  revoke->add_option("id", *id, "Its number, as `liaison admin credentials` shows it")->required();
  revoke->callback([=] { session->Choose([=] { return RunRevoke(session, *id); }); });
}

}  // namespace liaison::cli
