// `liaison durable`: subscriptions that the hub remembers.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_DURABLE_H_
#define LIAISON_CLIENT_CLI_COMMANDS_DURABLE_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "client/cli/session.h"
#include "liaison/durable_connection.h"

namespace liaison::cli {

using DurableConnector = std::function<std::shared_ptr<DurableConnection>(
    const std::string& hub, ConnectionOptions options)>;

// Without a connector there is no such command.
void AddDurable(CLI::App* app, Session* session, const DurableConnector& connector);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_DURABLE_H_
