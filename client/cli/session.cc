#include "client/cli/session.h"

namespace liaison::cli {

Format Session::format() const {
  if (options_.output == "json") return Format::kJson;
  if (options_.output == "table" || options_.output == "text") return Format::kTable;
  return console_->stdout_is_terminal() ? Format::kTable : Format::kJson;
}

std::shared_ptr<Connection> Session::connection() {
  if (connection_ == nullptr) {
    ConnectionOptions options;
    options.acting_as = options_.acting_as;
    options.token = options_.token;
    options.user_agent = "liaison-cli";
    options.retry.total_timeout = timeout();
    options.retry.attempt_timeout = timeout();
    connection_ = connector_(options_.hub, options);
  }
  return connection_;
}

}  // namespace liaison::cli
