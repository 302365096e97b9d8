#include "server/config/config.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <sstream>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/private_file.h"
#include "proto/record/toml.h"
#include "server/config/limits.h"

#ifndef LIAISON_VERSION
#define LIAISON_VERSION "unknown"
#endif

namespace liaison::config {
namespace {

constexpr char kDefaultFile[] = "liaisond.toml";
constexpr char kPrefix[] = "LIAISON_";
constexpr char kFileVariable[] = "LIAISON_CONFIG";
// Belong to the command line `liaison`, which may share our environment: LIAISON_HUB is the address
// of a hub, not its name.
constexpr const char* kVariablesOfOthers[] = {
    "LIAISON_HUB",   "LIAISON_AS", "LIAISON_TOKEN_FILE", "LIAISON_PROFILE",
#ifdef LIAISON_FAULTS
    "LIAISON_FAULT",  // of storage/base/fault_point.h; a hub that is shipped refuses it
#endif
};

using Setter = std::function<absl::Status(const std::string& value, Config* config)>;

// One setting: the same name as flag (--data-dir), variable (LIAISON_DATA_DIR) and key (data_dir).
struct Setting {
  std::string key;
  std::string description;
  Setter set;
  bool has_variable = true;
};

Setter Text(std::string Config::*field) {
  return [field](const std::string& value, Config* config) {
    config->*field = value;
    return absl::OkStatus();
  };
}

Setter Number(const char* what, size_t max, size_t Config::*field) {
  return [what, max, field](const std::string& value, Config* config) -> absl::Status {
    size_t& number = config->*field;
    if (absl::SimpleAtoi(value, &number) && number >= 1 && number <= max) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("a number of ", what, " from 1 to ", max));
  };
}

Setter OfShare(Share Config::*whose, std::optional<size_t> Share::*field) {
  return [whose, field](const std::string& value, Config* config) -> absl::Status {
    constexpr size_t kMost = 1'000'000;
    size_t number = 0;
    if (!absl::SimpleAtoi(value, &number) || number > kMost) {
      return absl::InvalidArgumentError(
          absl::StrCat("a number from 1 to ", kMost, ", or 0 for no limit"));
    }
    config->*whose.*field = number;
    return absl::OkStatus();
  };
}

absl::Status SetLogLevel(const std::string& value, Config* config) {
  for (const char* level : {"debug", "info", "warn", "error"}) {
    if (value == level) {
      config->log_level = value;
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError("debug, info, warn or error");
}

absl::Status SetHub(const std::string& value, Config* config) {
  if (!record::IsAudience(absl::StrCat(value, "/public"))) {
    return absl::InvalidArgumentError("lower case letters, digits and dashes, such as igf");
  }
  config->hub = value;
  return absl::OkStatus();
}

absl::Status SetHosts(const std::string& value, Config* config) {
  config->hosts = absl::StrSplit(value, ',', absl::SkipWhitespace());
  for (std::string& host : config->hosts) host = std::string(absl::StripAsciiWhitespace(host));
  if (!config->hosts.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("names and addresses, such as hub.example.org,192.0.2.1");
}

absl::Status SetWeb(const std::string& value, Config* config) {
  const absl::string_view address = absl::StripSuffix(value, "/");
  if (!absl::StartsWith(address, "https://") || address.size() == 8 ||
      address.find_first_of(" ?#") != absl::string_view::npos) {
    return absl::InvalidArgumentError("an address such as https://hub.example.org");
  }
  config->web = std::string(address);
  return absl::OkStatus();
}

absl::Status SetFourEyes(const std::string& value, Config* config) {
  config->four_eyes.clear();
  for (absl::string_view action : absl::StrSplit(value, ',', absl::SkipWhitespace())) {
    config->four_eyes.emplace_back(absl::StripAsciiWhitespace(action));
  }
  return absl::OkStatus();
}

const std::vector<Setting>& Settings() {
  static const auto* settings = new std::vector<Setting>{
      {"data_dir", "folder of the log; made where missing", Text(&Config::data_dir)},
      {"listen",
       "address for gRPC, without keys_dir on loopback; port 0 takes a free one [127.0.0.1:7410]",
       Text(&Config::listen)},
      {"hub", "name before the slash of this hub's audiences [igf]", SetHub, false},
      {"log_level", "debug, info, warn or error [info]", SetLogLevel},
      {"block_cache_mib", "memory for blocks of the log [64]",
       Number("MiB", 65536, &Config::block_cache_mib)},
      {"slow_consumer_timeout_s", "ends a stream or answer that is not taken for so long [60]",
       Number("seconds", 3600, &Config::slow_consumer_timeout_s)},
      {"disk_reserve_mib", "nothing is taken while the disk has less room than this [128]",
       Number("MiB", 65536, &Config::disk_reserve_mib)},
      {"backup_dir", "folder for backups, on another disk; without it there are none",
       Text(&Config::backup_dir)},
      {"backup_keep", "so many backups stay, the newest [7]",
       Number("backups", 1000, &Config::backup_keep)},
      {"keys_dir",
       "folder that `liaisond init` has made; with it TLS and certificates are asked for",
       Text(&Config::keys_dir)},
      {"hosts", "names and addresses by which partners reach the hub, with commas [localhost]",
       SetHosts},
      {"web", "address of liaison-web, for links in invitations, such as https://hub.example.org",
       SetWeb},
      {"socket", "path of a Unix socket for liaison-web besides; without it there is none",
       Text(&Config::socket)},
      {"witness_policy",
       "C2SP tlog-policy: who is to cosign the log's checkpoints; without it nobody is asked",
       Text(&Config::witness_policy)},
      {"witnessed_logs", "the same form: the logs whose checkpoints this hub cosigns",
       Text(&Config::witnessed_logs)},
      {"federation_policy",
       "TOML: which hubs are peers, what goes to them, what is taken; read until two people adopt "
       "another by `liaison federation policy`; without it there are none",
       Text(&Config::federation_policy)},
      {"four_eyes",
       "actions that take a second person, with commas: adopt-decision; federation-policy always "
       "does",
       SetFourEyes},
      {"max_connections",
       "connections at once; without it as many as the limit of open files leaves room for",
       Number("connections", 100000, &Config::max_connections)},
      {"max_connections_per_address",
       "connections at once from one IPv4 address, or one /64 of IPv6, with TLS [64]",
       Number("connections", 100000, &Config::max_connections_per_address)},
      {"max_connection_age_s",
       "with TLS, a connection is asked to come back anew after so long [3600]",
       Number("seconds", 604800, &Config::max_connection_age_s)},
      {"organisation_calls_per_s",
       "calls and messages of streams that an organisation may make a second; 0: no limit [1000]",
       OfShare(&Config::organisation, &Share::calls_per_s)},
      {"organisation_mib_per_s", "MiB that it may send a second; 0: no limit [16]",
       OfShare(&Config::organisation, &Share::mib_per_s)},
      {"organisation_streams", "streams that it may have open; 0: no limit [200]",
       OfShare(&Config::organisation, &Share::streams)},
      {"address_calls_per_s",
       "calls a second by callers without a name from one address; 0: no limit [200]",
       OfShare(&Config::address, &Share::calls_per_s)},
      {"address_mib_per_s", "MiB that they may send a second; 0: no limit [2]",
       OfShare(&Config::address, &Share::mib_per_s)},
      {"address_streams", "streams that they may have open; 0: no limit [200]",
       OfShare(&Config::address, &Share::streams)},
  };
  return *settings;
}

std::string FlagOf(const Setting& setting) {
  return absl::StrCat("--", absl::StrReplaceAll(setting.key, {{"_", "-"}}));
}
std::string VariableOf(const Setting& setting) {
  return absl::StrCat("LIAISON_", absl::AsciiStrToUpper(setting.key));
}

absl::Status Set(const Setting& setting, const std::string& where, const std::string& value,
                 Config* config) {
  absl::Status set = setting.set(value, config);
  if (set.ok()) return set;
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", set.message()));
}

absl::Status ReadFile(const std::string& path, Config* config) {
  LIAISON_ASSIGN_OR_RETURN(const std::string written, record::ReadPublicFile(path, kConfigFile));
  const toml::parse_result parsed = record::ParseToml(written);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return absl::InvalidArgumentError(absl::StrCat(path, ", line ", error.source().begin.line, ": ",
                                                   std::string(error.description())));
  }
  for (const auto& [key, node] : parsed.table()) {
    const std::string where =
        absl::StrCat(path, ", line ", node.source().begin.line, ", ", std::string(key.str()));
    const Setting* found = nullptr;
    for (const Setting& setting : Settings()) {
      if (setting.key == key.str()) found = &setting;
    }
    if (found == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(
          where, ": no such setting; there are ",
          absl::StrJoin(Settings(), ", ",
                        [](std::string* out, const Setting& s) { out->append(s.key); })));
    }
    std::string value;
    if (const auto text = node.value_exact<std::string>()) {
      value = *text;
    } else if (const auto number = node.value_exact<int64_t>()) {
      value = absl::StrCat(*number);
    } else {
      return absl::InvalidArgumentError(absl::StrCat(where, ": write text or a whole number"));
    }
    LIAISON_RETURN_IF_ERROR(Set(*found, where, value, config));
  }
  return absl::OkStatus();
}

// The setting that a variable sets, or none.
const Setting* SettingOf(const std::string& variable) {
  for (const Setting& setting : Settings()) {
    if (setting.has_variable && VariableOf(setting) == variable) return &setting;
  }
  return nullptr;
}

bool IsOfOthers(const std::string& variable) {
  return absl::c_linear_search(kVariablesOfOthers, variable);
}

// A variable that begins like ours and is none is a mistake that would otherwise pass in silence.
absl::Status ReadEnvironment(const Environment& environment, Config* config) {
  for (const auto& [variable, value] : environment) {
    if (variable == kFileVariable || IsOfOthers(variable)) continue;
    const Setting* setting = SettingOf(variable);
    if (setting == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(variable, ": no such variable; `liaisond --help` lists them"));
    }
    LIAISON_RETURN_IF_ERROR(Set(*setting, variable, value, config));
  }
  return absl::OkStatus();
}

constexpr char kExamples[] = R"(
Examples:
  liaisond --data-dir /var/lib/liaison
  liaisond --data-dir /tmp/try --listen 127.0.0.1:0
  liaisond init --data-dir /var/lib/liaison --keys-dir /etc/liaison/keys --hosts hub.example.org
  liaisond --data-dir /var/lib/liaison --keys-dir /etc/liaison/keys --hosts hub.example.org \
    --listen 0.0.0.0:7410
  liaisond verify-backup --from /var/backups/liaison
  liaisond scrub --data-dir /var/lib/liaison
  liaisond restore --from /var/backups/liaison --data-dir /var/lib/liaison
  LIAISON_DATA_DIR=/var/lib/liaison liaisond --config /etc/liaison/liaisond.toml

When it is ready it prints one line of JSON on standard output; its log goes to standard error.
SIGTERM ends it in order.)";

}  // namespace

Environment ProcessEnvironment() {
  Environment ours;
  // Read before any thread is started.
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::pair<absl::string_view, absl::string_view> variable =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    if (absl::StartsWith(variable.first, kPrefix)) {
      ours.emplace(std::string(variable.first), std::string(variable.second));
    }
  }
  return ours;
}

absl::StatusOr<Request> Parse(const std::vector<std::string>& args,
                              const Environment& environment) {
  CLI::App app(
      "liaisond: the hub of IGF Liaison, a durable log of what partners say and the IGF "
      "decides, over gRPC.",
      "liaisond");
  app.footer(kExamples);
  app.set_version_flag("--version", "liaisond " LIAISON_VERSION);
  std::string file;
  app.add_option("--config", file, absl::StrCat("settings as TOML [", kDefaultFile, ", if there]"));
  std::vector<std::string> values(Settings().size());
  std::vector<CLI::Option*> options;
  for (size_t i = 0; i < Settings().size(); ++i) {
    options.push_back(app.add_option(
        FlagOf(Settings()[i]), values[i],
        absl::StrCat(Settings()[i].description, " (",
                     Settings()[i].has_variable ? VariableOf(Settings()[i]) + ", " : "",
                     Settings()[i].key, ")")));
  }
  Request request;
  try {
    std::vector<std::string> reversed(args.rbegin(), args.rend());  // as CLI11 wants them
    app.parse(reversed);
  } catch (const CLI::Success& done) {
    std::ostringstream out;
    std::ostringstream error;
    app.exit(done, out, error);
    request.print = out.str();
    return request;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(error.what(), "; `liaisond --help` lists what there is"));
  }

  if (file.empty()) {
    if (auto named = environment.find(kFileVariable); named != environment.end()) {
      file = named->second;
    }
  }
  std::error_code ignored;
  if (!file.empty() && !std::filesystem::exists(file, ignored)) {
    return absl::InvalidArgumentError(absl::StrCat("--config ", file, ": no such file"));
  }
  if (file.empty() && std::filesystem::exists(kDefaultFile, ignored)) file = kDefaultFile;
  if (!file.empty()) LIAISON_RETURN_IF_ERROR(ReadFile(file, &request.config));
  LIAISON_RETURN_IF_ERROR(ReadEnvironment(environment, &request.config));
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i]->count() == 0) continue;
    LIAISON_RETURN_IF_ERROR(Set(Settings()[i], FlagOf(Settings()[i]), values[i], &request.config));
  }
  if (request.config.data_dir.empty()) {
    return absl::InvalidArgumentError(
        "say where the log is to be kept: --data-dir DIR, LIAISON_DATA_DIR or data_dir in "
        "liaisond.toml");
  }
  return request;
}

}  // namespace liaison::config
