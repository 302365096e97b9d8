// How a hub is set up: flags over LIAISON_* over liaisond.toml.
#ifndef LIAISON_SERVER_CONFIG_CONFIG_H_
#define LIAISON_SERVER_CONFIG_CONFIG_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace liaison::config {

// What a caller may have of the hub; what is not said is as the wire room says, 0 is no limit.
struct Share {
  std::optional<size_t> calls_per_s;
  std::optional<size_t> mib_per_s;
  std::optional<size_t> streams;  // open at once
};

struct Config {
  std::string data_dir;
  std::string listen = "127.0.0.1:7410";
  std::string hub = "igf";  // the name before the slash of this hub's audiences
  std::string log_level = "info";
  size_t block_cache_mib = 64;
  // A subscriber that takes nothing for so long is told to come back; an answer is broken off.
  size_t slow_consumer_timeout_s = 60;
  size_t disk_reserve_mib = 128;
  std::string backup_dir;  // empty: this hub makes no backups
  size_t backup_keep = 7;
  std::string keys_dir;  // of the certificate authority; empty: no TLS
  std::vector<std::string> hosts = {
      "localhost"};                        // by which partners reach the hub, the first above all
  std::string web;                         // `https://hub.example.org`, where liaison-web is
  std::string socket;                      // a Unix socket for liaison-web; empty: none
  std::string witness_policy;              // file: who is to cosign our checkpoints; empty: nobody
  std::string witnessed_logs;              // file: whose checkpoints we cosign; empty: nobody's
  std::string federation_policy;           // file: our peers, till one is adopted; empty: none
  std::vector<std::string> four_eyes;      // actions that take a second person, `adopt-decision`
  size_t max_connections = 0;              // 0: as many as there are files for
  size_t max_connections_per_address = 0;  // 0: what the wire room says
  size_t max_connection_age_s = 3600;
  Share organisation;  // each
  Share address;       // each that callers without a name come from
};

// A Request is what the command line asks for: to run with a configuration, or to print a text.
struct Request {
  Config config;
  std::optional<std::string> print;  // help or version
};

// Variables by name, those that begin with LIAISON_.
using Environment = std::map<std::string, std::string>;
Environment ProcessEnvironment();

// Reads flags, environment and file. INVALID_ARGUMENT naming the flag, the variable, or the file
// with its line: a key that nobody knows is an error, not a wish.
absl::StatusOr<Request> Parse(const std::vector<std::string>& args, const Environment& environment);

}  // namespace liaison::config

#endif  // LIAISON_SERVER_CONFIG_CONFIG_H_
