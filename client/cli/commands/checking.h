// The commands that let anybody check the record; see commands.h.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_CHECKING_H_
#define LIAISON_CLIENT_CLI_COMMANDS_CHECKING_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "client/cli/session.h"

namespace liaison::cli {

void AddVerify(CLI::App* app, Session* session);
void AddCheckpoint(CLI::App* app, Session* session);
void AddProof(CLI::App* app, Session* session);
void AddConsistency(CLI::App* app, Session* session);
void AddLeafHashes(CLI::App* app, Session* session);
void AddLeaf(CLI::App* app, Session* session);

// Writes all of the record that the caller may read into one file that anybody can check.
absl::Status ExportBundle(Session* session, const std::string& file);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_CHECKING_H_
