// `liaison outbox`.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_OUTBOX_H_
#define LIAISON_CLIENT_CLI_COMMANDS_OUTBOX_H_

#include <CLI/CLI.hpp>

#include "client/cli/session.h"

namespace liaison::cli {

void AddOutbox(CLI::App* app, Session* session);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_OUTBOX_H_
