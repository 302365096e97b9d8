// `liaison federation`: what goes between hubs, for an operator.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_H_
#define LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "client/cli/session.h"
#include "liaison/federation_connection.h"

namespace liaison::cli {

using FederationConnector = std::function<std::shared_ptr<FederationConnection>(
    const std::string& hub, ConnectionOptions options)>;

// Without a connector there is no such command.
void AddFederation(CLI::App* app, Session* session, const FederationConnector& connector);

// Below `federation`: block, release and evidence.
void AddFederationActs(CLI::App* federation, Session* session,
                       const FederationConnector& connector);

// And policy.
void AddFederationPolicy(CLI::App* federation, Session* session,
                         const FederationConnector& connector);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_H_
