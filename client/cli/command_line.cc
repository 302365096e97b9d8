#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/commands/checking.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/outbox.h"
#include "client/cli/in_commands.h"
#include "client/cli/line_probe.h"
#include "client/cli/outbox_file.h"
#include "client/cli/suggest.h"
#include "client/cli/token_file.h"
#include "client/cli/user_folder.h"
#include "liaison/error.h"
#include "proto/record/certificate.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

constexpr char kDescription[] =
    "Publish to a hub of the IGF liaison network, and read what others published.";

constexpr char kExamples[] =
    "First steps:\n"
    "  liaison info\n"
    "  liaison example topic-signal > signal.json\n"
    "  liaison publish signal.json\n"
    "  liaison subscribe --live\n"
    "\n"
    "`liaison COMMAND --help` has examples for each command. Data goes to standard output, notes\n"
    "to standard error. Flags stand over the environment (LIAISON_HUB, LIAISON_PROFILE,\n"
    "LIAISON_AS, LIAISON_TOKEN_FILE, LIAISON_OUTBOX, NO_COLOR). Without a hub or a profile named,\n"
    "the profile that `liaison join` made in ~/.config/liaison is used, where there is one.\n";

std::string CheckOrganisation(const std::string& name) {
  if (record::IsOrganisation(name)) return "";
  return absl::StrCat("`", name, "` is no organisation; expected a name such as org/eurodig");
}

void AddGlobalOptions(CLI::App* app, GlobalOptions* options) {
  app->add_option("--hub", options->hub, "Address of the hub, host:port")
      ->envname("LIAISON_HUB")
      ->capture_default_str()
      ->type_name("ADDR");
  app->add_option("--profile", options->profile,
                  "Folder that `liaison join` made: the hub, and the way in")
      ->envname("LIAISON_PROFILE")
      ->type_name("FOLDER");
  app->add_option_function<std::string>(
         "--token-file",
         [options](const std::string& name) {
           const absl::StatusOr<std::string> token = ReadTokenFile(name);
           if (!token.ok()) throw CLI::ValidationError(std::string(token.status().message()));
           options->token = *token;
         },
         "Come in with the token in this file")
      ->envname("LIAISON_TOKEN_FILE")
      ->type_name("FILE");
  app->add_option("--as", options->acting_as,
                  "Act as this organisation, within what the token covers")
      ->envname("LIAISON_AS")
      ->check(CheckOrganisation)
      ->type_name("ORG");
  AddOutboxOption(app);
  app->add_option("--output", options->output,
                  "json, or table or text (default: on a terminal); requests also ical")
      ->check(CLI::IsMember({"json", "table", "text", "ical"}))
      ->type_name("FORMAT");
  app->add_option("--timeout", options->timeout_s,
                  "Give up a call after this many seconds without progress")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str()
      ->type_name("SECONDS");
  app->add_flag("-q,--quiet", options->quiet, "No notes and no progress on standard error");
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// CLI11 says only that a command is missing: find the word that was meant to be one.
std::string UnknownCommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::vector<std::string> names = CommandNames(app);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (absl::StartsWith(word, "-")) {
      const CLI::Option* option = app.get_option_no_throw(word);
      if (option != nullptr && option->get_items_expected_max() > 0) ++i;
      continue;
    }
    const bool known = std::find(names.begin(), names.end(), word) != names.end();
    return known ? ""
                 : absl::StrCat("there is no command `", word, "`", DidYouMean(word, names),
                                "\n`liaison --help` lists them");
  }
  return "";
}

// `--fliter`: which option of the command was meant?
std::string UnknownOption(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  const CLI::App* level = &app;
  while (level != nullptr) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames())
        known.push_back(absl::StrCat("--", name));
    }
    const auto chosen = level->get_subcommands();
    level = chosen.empty() ? nullptr : chosen.front();
  }
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (!absl::StartsWith(name, "--") || name == "--") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return absl::StrCat("there is no option `", name, "` here", DidYouMean(name, known));
  }
  return "";
}

ExitCode UsageError(const CLI::App& app, const std::vector<std::string>& arguments,
                    const CLI::ParseError& error, Console* console) {
  std::string text = UnknownCommand(app, arguments);
  const bool extra = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (text.empty() && extra) text = UnknownOption(app, arguments);
  if (text.empty()) text = error.what();
  const auto chosen = app.get_subcommands();
  const std::string help = chosen.empty()
                               ? "liaison --help"
                               : absl::StrCat("liaison ", chosen.front()->get_name(), " --help");
  console->Error(absl::StrCat(absl::StripSuffix(text, "\n"), "\nSee `", help, "`."));
  return ExitCode::kUsage;
}

// What was found on this side says all there is to say; what came from the hub, or did not come,
// wants explaining.
std::string ErrorText(const absl::Status& status) {
  switch (ExitCodeOf(status)) {
    case ExitCode::kBadInput:
    case ExitCode::kOther:
      return std::string(status.message());
    default:
      return InCommands(Explain(status));
  }
}

// The profile that is named; where neither it nor a hub is, the one that `join` made. `join` itself
// makes one.
void FindProfile(const CLI::App& app, Session* session) {
  const bool names_hub = app.get_option("--hub")->count() > 0;
  std::string folder = session->options().profile;
  if (app.got_subcommand("join")) return;
  if (folder.empty() && !names_hub) {
    const std::string usual = DefaultProfileFolder();
    if (!usual.empty() && std::filesystem::exists(usual + "/profile.toml")) folder = usual;
  }
  if (folder.empty()) return;
  const absl::Status used = session->UseProfile(folder, names_hub);
  if (!used.ok()) throw CLI::ValidationError(std::string(used.message()));
  // In time, whatever is asked for; `doctor` says it among its findings.
  const auto own = record::ReadCertificate(session->profile()->tls.certificate);
  if (!own.ok() || app.got_subcommand("doctor") || app.got_subcommand("renew")) return;
  const Finding finding = JudgeOwnCertificate(*own, absl::Now());
  if (!finding.ok) session->console().Note(absl::StrCat(finding.detail, ": ", finding.way_out));
}

ExitCode RunChosen(const Session& session, Console* console) {
  const absl::Status status = session.RunChosen();
  // An error without words has been told already, as `doctor` does.
  if (!status.message().empty()) console->Error(ErrorText(status));
  return ExitCodeOf(status);
}

}  // namespace

std::string DefaultProfileFolder() { return UserFolder("XDG_CONFIG_HOME", ".config", "liaison"); }

CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& line,
                     const std::string& examples, const std::string& group) {
  CLI::App* command = parent->add_subcommand(name, line);
  command->fallthrough();
  command->footer(absl::StrCat("Examples:\n", examples));
  if (!group.empty()) command->group(group);
  return command;
}

ExitCode Run(std::vector<std::string> arguments, Console* console, Session::Connector connector,
             const DurableConnector& durable_connector,
             const FederationConnector& federation_connector) {
  Session session(console, std::move(connector));
  CLI::App app(kDescription, "liaison");
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.set_version_flag("--version", "liaison " LIAISON_VERSION);
  app.footer(absl::StrCat(kExamples, "\n", ExitCodeHelp()));
  AddGlobalOptions(&app, &session.options());
  AddJoin(&app, &session);
  AddRenew(&app, &session);
  AddExample(&app, &session);
  AddPublish(&app, &session);
  AddOutbox(&app, &session);
  AddImport(&app, &session);
  AddSubscribe(&app, &session);
  AddList(&app, &session);
  AddDurable(&app, &session, durable_connector);
  AddGet(&app, &session);
  AddExport(&app, &session);
  AddDirectory(&app, &session);
  AddRequests(&app, &session);
  AddTrail(&app, &session);
  AddContributions(&app, &session);
  AddTriage(&app, &session);
  AddReadingPlan(&app, &session);
  AddBoard(&app, &session);
  AddDecisions(&app, &session);
  AddFormats(&app, &session);
  AddCycle(&app, &session);
  AddRadar(&app, &session);
  AddTopicEvents(&app, &session);
  AddTopicLinks(&app, &session);
  AddRepresentation(&app, &session);
  AddGaps(&app, &session);
  AddDuplicates(&app, &session);
  AddDigest(&app, &session);
  AddPack(&app, &session);
  AddVerify(&app, &session);
  AddCheckpoint(&app, &session);
  AddProof(&app, &session);
  AddConsistency(&app, &session);
  AddLeafHashes(&app, &session);
  AddLeaf(&app, &session);
  AddInfo(&app, &session);
  AddDoctor(&app, &session);
  AddAdmin(&app, &session, federation_connector);
  AddFederation(&app, &session, federation_connector);
  AddCompletion(&app, &session);

  // CLI11 reports by exceptions; none goes further than here.
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
    if (session.options().output == "ical" && !app.got_subcommand("requests")) {
      throw CLI::ValidationError("--output", "only `requests` can be a calendar");
    }
    console->set_quiet(session.options().quiet);
    FindProfile(app, &session);
  } catch (const CLI::CallForHelp&) {
    return ExitCodeOf(console->Bytes(app.help()));
  } catch (const CLI::CallForVersion&) {
    return ExitCodeOf(console->Line("liaison " LIAISON_VERSION));
  } catch (const CLI::ParseError& error) {
    return UsageError(app, arguments, error, console);
  }
  return RunChosen(session, console);
}

}  // namespace liaison::cli
