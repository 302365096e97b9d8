#include <csignal>
#include <string>
#include <vector>

#include "client/cli/command_line.h"
#include "liaison/slow_line.h"

int main(int argc, char** argv) {
  // A reader that leaves (`| head`) ends the program quietly, even where a library asked otherwise.
  std::signal(SIGPIPE, SIG_DFL);
  liaison::cli::Console console;
  // Nobody knows whose line this is; compressing costs a partner nothing that is felt.
  const liaison::cli::ExitCode code = liaison::cli::Run(
      std::vector<std::string>(argv + 1, argv + argc), &console,
      [](const std::string& hub, liaison::ConnectionOptions options) {
        return liaison::ConnectOverSlowLine(hub, std::move(options));
      },
      [](const std::string& hub, liaison::ConnectionOptions options) {
        return liaison::ConnectDurable(hub, std::move(options));
      },
      [](const std::string& hub, liaison::ConnectionOptions options) {
        return liaison::ConnectFederation(hub, std::move(options));
      });
  return static_cast<int>(code);
}
