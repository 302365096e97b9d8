#include "client/cli/session.h"

namespace liaison::cli {

Format Session::format() const {
  if (options_.output == "json") return Format::kJson;
  if (options_.output == "table" || options_.output == "text") return Format::kTable;
  return console_->stdout_is_terminal() ? Format::kTable : Format::kJson;
}

absl::Status Session::UseProfile(const std::string& folder, bool keeps_hub) {
  absl::StatusOr<Profile> loaded = LoadProfile(folder);
  if (!loaded.ok()) return loaded.status();
  profile_ = *std::move(loaded);
  options_.profile = folder;
  if (!keeps_hub) options_.hub = profile_->hub;
  return absl::OkStatus();
}

std::shared_ptr<Connection> Session::connection() {
  if (connection_ == nullptr) connection_ = connector_(options_.hub, connection_options());
  return connection_;
}

ConnectionOptions Session::connection_options() const {
  ConnectionOptions options;
  if (profile_) options = OptionsOf(*profile_);
  options.acting_as = options_.acting_as;
  if (!options_.token.empty()) options.token = options_.token;
  options.user_agent = "liaison-cli";
  options.retry.total_timeout = timeout();
  options.retry.attempt_timeout = timeout();
  return options;
}

}  // namespace liaison::cli
