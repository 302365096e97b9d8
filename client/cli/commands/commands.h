// The commands, one file for each. Every function adds its command to the program; running it is
// left to the session, once the whole command line has been read.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_COMMANDS_H_
#define LIAISON_CLIENT_CLI_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "client/cli/commands/federation.h"
#include "client/cli/session.h"

namespace liaison::cli {

// Where `join` keeps what it makes, unless told otherwise; empty: there is no home.
std::string DefaultProfileFolder();

// A command with its help: one line, examples below the options. Global options may stand after it.
CLI::App* AddCommand(CLI::App* parent, const std::string& name, const std::string& line,
                     const std::string& examples, const std::string& group = "");

void AddExample(CLI::App* app, Session* session);
void AddPublish(CLI::App* app, Session* session);
void AddSubscribe(CLI::App* app, Session* session);
void AddGet(CLI::App* app, Session* session);
void AddList(CLI::App* app, Session* session);
void AddImport(CLI::App* app, Session* session);
void AddExport(CLI::App* app, Session* session);
void AddRequests(CLI::App* app, Session* session);
void AddTrail(CLI::App* app, Session* session);
void AddContributions(CLI::App* app, Session* session);
void AddTriage(CLI::App* app, Session* session);
void AddReadingPlan(CLI::App* app, Session* session);
void AddBoard(CLI::App* app, Session* session);
void AddDecisions(CLI::App* app, Session* session);
void AddFormats(CLI::App* app, Session* session);
void AddCycle(CLI::App* app, Session* session);
void AddRadar(CLI::App* app, Session* session);
void AddTopicEvents(CLI::App* app, Session* session);
void AddTopicLinks(CLI::App* app, Session* session);
void AddRepresentation(CLI::App* app, Session* session);
void AddGaps(CLI::App* app, Session* session);
void AddDuplicates(CLI::App* app, Session* session);
void AddDigest(CLI::App* app, Session* session);
void AddPack(CLI::App* app, Session* session);
void AddInfo(CLI::App* app, Session* session);
void AddDoctor(CLI::App* app, Session* session);
void AddDirectory(CLI::App* app, Session* session);  // organisations, schemes, cycles
void AddAdmin(CLI::App* app, Session* session, const FederationConnector& connector);
void AddBackup(CLI::App* admin, Session* session);  // below admin
// Below admin as well.
void AddToken(CLI::App* admin, Session* session);
void AddInvite(CLI::App* admin, Session* session);
void AddCredentials(CLI::App* admin, Session* session);  // and revoke
void AddKeys(CLI::App* admin, Session* session);         // and revoke-key
void AddAudit(CLI::App* admin, Session* session);
void AddErase(CLI::App* admin, Session* session, const FederationConnector& connector);
void AddWhy(CLI::App* admin, Session* session);        // and what-would-leave
void AddApprovals(CLI::App* admin, Session* session);  // approve and refuse
void AddJoin(CLI::App* app, Session* session);
void AddRenew(CLI::App* app, Session* session);
void AddCompletion(CLI::App* app, Session* session);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_COMMANDS_H_
