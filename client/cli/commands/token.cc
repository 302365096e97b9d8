// `liaison admin token`: who is let in.
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
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

std::string StateOf(const v1::Credential& token) {
  if (token.has_revoke_time())
    return absl::StrCat("revoked ", DayText(ToTime(token.revoke_time())));
  const bool expired = ToTime(token.expire_time()) <= absl::Now();
  return absl::StrCat(expired ? "expired " : "until ", DayText(ToTime(token.expire_time())));
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

absl::Status RunList(Session* session, const std::string& organisation) {
  Console& console = session->console();
  Table table({"TOKEN", "ORGANISATION", "ROLE", "STATE", "CREATED BY", "LABEL"});
  v1::ListCredentialsRequest request;
  request.set_organisation(organisation);
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListCredentialsResponse page,
                             session->connection()->ListCredentials(request));
    for (const v1::Credential& token : page.credentials()) {
      if (session->format() == Format::kJson) {
        LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(token));
        LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
      }
      table.Add({token.id(), token.organisation(), NameOf(token.role()), StateOf(token),
                 token.created_by(), token.label()});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return console.Line("There are no tokens that you manage.");
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunRevoke(Session* session, const std::string& id) {
  v1::RevokeCredentialRequest request;
  request.set_id(id);
  LIAISON_ASSIGN_OR_RETURN(const v1::RevokeCredentialResponse revoked,
                           session->connection()->RevokeCredential(request));
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(revoked.credential()));
    return session->console().Line(ToLine(json));
  }
  return session->console().Line(absl::StrCat(
      "Token ", id, " of ", revoked.credential().organisation(), " lets nobody in any more."));
}

}  // namespace

void AddToken(CLI::App* admin, Session* session) {
  CLI::App* command = AddCommand(admin, "token", "Say who is let in",
                                 "  liaison admin token create org/eurodig --file eurodig.token\n"
                                 "  liaison admin token list\n"
                                 "  liaison admin token revoke 0011223344556677\n");
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
  create->add_option("--label", arguments->label, "Where it is used, for the list of tokens");
  create->add_option("--days", arguments->days, "How long it is good for")
      ->check(CLI::Range(1, 366))
      ->capture_default_str();
  create->add_option("--file", arguments->file, "Keep it in this new file instead of showing it")
      ->type_name("FILE");
  create->callback([=] { session->Choose([=] { return RunCreate(session, *arguments); }); });

  CLI::App* list = AddCommand(command, "list", "List those that you manage, without secrets",
                              "  liaison admin token list\n"
                              "  liaison admin token list org/eurodig --output json\n");
  auto organisation = std::make_shared<std::string>();
  list->add_option("organisation", *organisation, "Those of this one and what belongs to it");
  list->callback([=] { session->Choose([=] { return RunList(session, *organisation); }); });

  CLI::App* revoke = AddCommand(command, "revoke", "Let nobody in with it any more",
                                "  liaison admin token revoke 0011223344556677\n");
  auto id = std::make_shared<std::string>();
  revoke->add_option("token", *id, "Its number, as the list shows it")->required();
  revoke->callback([=] { session->Choose([=] { return RunRevoke(session, *id); }); });
}

}  // namespace liaison::cli
