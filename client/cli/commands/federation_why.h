// `liaison federation confirmed` and `why`: what became of an event between hubs.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_WHY_H_
#define LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_WHY_H_

#include <CLI/CLI.hpp>

#include "client/cli/commands/federation.h"
#include "client/cli/session.h"

namespace liaison::cli {

// Below `federation`.
void AddFederationWhy(CLI::App* federation, Session* session, const FederationConnector& connector);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_WHY_H_
