// What every command is given: the global options, the outputs and the hub.
#ifndef LIAISON_CLIENT_CLI_SESSION_H_
#define LIAISON_CLIENT_CLI_SESSION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cli/console.h"
#include "liaison/connection.h"
#include "liaison/profile.h"

namespace liaison::cli {

// Flag over environment over profile over default: --hub over LIAISON_HUB, --as over LIAISON_AS.
struct GlobalOptions {
  std::string hub = "127.0.0.1:7410";
  std::string acting_as;
  std::string token;      // out of --token-file; over the profile's
  std::string profile;    // the folder; empty: none
  std::string output;     // `json`, `table` or `text`; empty: a table on a terminal, else JSON
  double timeout_s = 10;  // a call without progress for this long is given up
  bool quiet = false;
};

// A Session is one run of the program. Not thread-safe, save console().
class Session {
 public:
  using Connector =
      std::function<std::shared_ptr<Connection>(const std::string& hub, ConnectionOptions options)>;
  Session(Console* console, Connector connector)
      : console_(console), connector_(std::move(connector)) {}

  GlobalOptions& options() { return options_; }
  Console& console() { return *console_; }
  absl::Duration timeout() const { return absl::Seconds(options_.timeout_s); }
  Format format() const;

  // Made when first asked for, so that what needs no hub works without one.
  std::shared_ptr<Connection> connection();

  // How the hub is called, by whatever connection.
  ConnectionOptions connection_options() const;

  // Takes the folder's hub, unless `keeps_hub`, and its way in.
  absl::Status UseProfile(const std::string& folder, bool keeps_hub);
  // Null where there is none.
  const Profile* profile() const { return profile_ ? &*profile_ : nullptr; }

  // What the command line chose; run once it has been read as a whole.
  using Command = std::function<absl::Status()>;
  void Choose(Command command) { chosen_ = std::move(command); }
  absl::Status RunChosen() const { return chosen_ ? chosen_() : absl::OkStatus(); }

 private:
  Console* const console_;
  const Connector connector_;
  GlobalOptions options_;
  std::optional<Profile> profile_;
  std::shared_ptr<Connection> connection_;
  Command chosen_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_SESSION_H_
