// The program as a function, so that a test can run it.
#ifndef LIAISON_CLIENT_CLI_COMMAND_LINE_H_
#define LIAISON_CLIENT_CLI_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "client/cli/commands/durable.h"
#include "client/cli/commands/federation.h"
#include "client/cli/console.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace liaison::cli {

// Reads the command line (without the program's name), runs the command, prints what went wrong.
ExitCode Run(std::vector<std::string> arguments, Console* console, Session::Connector connector,
             const DurableConnector& durable_connector = nullptr,
             const FederationConnector& federation_connector = nullptr);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMAND_LINE_H_
