// liaisond: puts the rooms together, says that it is ready, and ends in order on SIGTERM.

#include <google/protobuf/stubs/logging.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/macros.h"
#include "server/admin/init.h"
#include "server/admin/ordered_control.h"
#include "server/admission/admission.h"
#include "server/auth/audit_log.h"
#include "server/auth/credential_book.h"
#include "server/auth/enrolment.h"
#include "server/auth/gate.h"
#include "server/auth/hub_certificates.h"
#include "server/backup/backup_keeper.h"
#include "server/backup/erasure_follower.h"
#include "server/backup/offline.h"
#include "server/config/config.h"
#include "server/config/offline_command.h"
#include "server/fanout/tail.h"
#include "server/rpc/limits.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/server.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/watch_desk.h"
#include "server/rpc/worker_pool.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/sequencer/sequencer_thread.h"
#include "server/views/ledger.h"
#include "server/views/ledger_keeper.h"
#include "storage/rocks/open.h"

namespace {

using liaison::backup::ErasureFollower;
using liaison::config::Config;
using liaison::storage::LogOnDisk;

// JSON, one line a message, on standard error: standard output is for the ready line.
void SetUpLog(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("liaisond");
  logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%v"})");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  // What a caller sends wrong is answered to the caller; protobuf need not tell the log as well.
  google::protobuf::SetLogHandler(nullptr);
}

// Text inside a JSON string of the log.
std::string Quoted(const std::string& text) {
  const std::string json = nlohmann::json(text).dump();
  return json.substr(1, json.size() - 2);
}

int Fail(const absl::Status& status) {
  std::cerr << "liaisond: " << status.message() << "\n";
  return 1;
}

sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

const char* ModeOf(const Config& config, const liaison::auth::Gate& gate) {
  if (gate.is_development()) return "development";
  return config.keys_dir.empty() ? "tokens" : "certificates";
}

// Where partners reach it: the port is the one it listens on.
std::string PublicAddress(const Config& config) {
  return absl::StrCat(config.hosts.front(), config.listen.substr(config.listen.rfind(':')));
}

void SayReady(const Config& config, const std::string& address, const liaison::auth::Gate& gate,
              const liaison::storage::EventLog& log) {
  spdlog::info("ready on {}, head {}", address, log.head().sequence);
  if (gate.is_development()) {
    spdlog::warn(
        "development mode: no identities are configured, so callers are taken at their word; "
        "loopback only");
  }
  const nlohmann::ordered_json ready = {{"ready", true},
                                        {"grpc", address},
                                        {"hub", config.hub},
                                        {"log_id", log.log_id().ToString()},
                                        {"head", log.head().sequence},
                                        {"data_dir", config.data_dir},
                                        {"mode", ModeOf(config, gate)}};
  std::cout << ready.dump() << std::endl;
}

liaison::storage::OpenOptions OpenOptionsOf(const Config& config) {
  liaison::storage::OpenOptions options;
  options.data_dir = config.data_dir;
  options.block_cache_size_bytes = config.block_cache_mib << 20;
  options.reserve_size_bytes = config.disk_reserve_mib << 20;
  return options;
}

liaison::storage::BackupOptions BackupOptionsOf(const Config& config) {
  liaison::storage::BackupOptions options;
  options.folder = config.backup_dir;
  options.keep = config.backup_keep;
  options.reserve_size_bytes = config.disk_reserve_mib << 20;
  return options;
}

// `what` is done says the hub's log when it fails, and when it goes again.
std::unique_ptr<ErasureFollower> FollowErasures(
    const liaison::fanout::Tail& tail, std::string what,
    std::function<absl::StatusOr<uint64_t>(uint64_t after)> follow) {
  return std::make_unique<ErasureFollower>(ErasureFollower::Options{
      [&tail] { return tail.erasures(); }, std::move(follow),
      [what = std::move(what)](const absl::Status& status) {
        if (status.ok()) return spdlog::info("{} again", what);
        spdlog::error("not done: {}: {}", what, Quoted(std::string(status.message())));
      }});
}

// What was erased is in no file of the log any more.
std::unique_ptr<ErasureFollower> ClearErased(LogOnDisk* log, const liaison::fanout::Tail& tail) {
  return FollowErasures(tail, "erased sections leave the disk",
                        [log](uint64_t after) -> absl::StatusOr<uint64_t> {
                          const uint64_t through = log->head().sequence;
                          LIAISON_RETURN_IF_ERROR(log->CompactErased(after));
                          return through;
                        });
}

// Null where there are no backups.
std::unique_ptr<ErasureFollower> KeepRedactions(const Config& config, LogOnDisk* log,
                                                const liaison::fanout::Tail& tail) {
  if (config.backup_dir.empty()) return nullptr;
  return FollowErasures(tail, "redactions are kept beside the backups",
                        [log, folder = config.backup_dir](uint64_t after) {
                          return log->KeepRedactions(folder, after);
                        });
}

// Of init. The hub must not run.
int RunInit(const liaison::config::OfflineCommand& command) {
  liaison::storage::OpenOptions open_options;
  open_options.data_dir = command.data_dir;
  auto log = liaison::storage::OpenEventLog(open_options);
  if (!log.ok()) return Fail(log.status());
  const liaison::admin::InitOptions options{command.keys_dir, command.hub,           command.hosts,
                                            command.port,     command.administrator, command.again};
  const auto made = liaison::admin::Init(log->get(), options);
  if (!made.ok()) return Fail(made.status());
  std::cout << "The hub's authority is in " << command.keys_dir
            << ": keep authority.key where nobody "
            << "but the hub reads it.\n"
            << "The administrator's way in is " << made->profile << " (credentials "
            << made->credential_ids << "): liaison --profile " << made->profile << " info\n";
  return 0;
}

// Of the commands that need no running hub.
int RunOffline(const std::vector<std::string>& args) {
  const auto command = liaison::config::ParseOffline(args);
  if (!command.ok()) {
    std::cerr << "liaisond: " << command.status().message() << "\n";
    return 2;
  }
  if (command->print) {
    std::cout << *command->print;
    return 0;
  }
  if (command->what == liaison::config::OfflineCommand::What::kInit) return RunInit(*command);
  const liaison::backup::OfflineOptions options{command->from, command->number, command->data_dir,
                                                command->progress};
  return command->what == liaison::config::OfflineCommand::What::kVerify
             ? liaison::backup::VerifyOffline(options, &std::cout)
             : liaison::backup::RestoreOffline(options, &std::cout);
}

// What the TLS port needs, and enrolment signs with. Empty without TLS.
struct Identity {
  std::optional<liaison::auth::Authority> authority;
  std::unique_ptr<liaison::auth::HubCertificates> certificates;
};

// The certificates stay up to date from here on; `identity` must not move any more.
absl::Status KeepIdentity(const Config& config, const liaison::auth::CredentialBook& credentials,
                          Identity* identity) {
  if (config.keys_dir.empty()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(identity->authority, liaison::admin::LoadAuthority(config.keys_dir));
  if (!credentials.required()) {
    return absl::InvalidArgumentError(
        "this log has no credentials, so that nobody could come in: run `liaisond init` on it");
  }
  liaison::auth::HubCertificates::Options options;
  options.folder = config.data_dir + "/tls";
  options.hosts = config.hosts;
  options.now = absl::Now;
  options.report = [](const absl::Status& status) {
    if (status.ok()) return spdlog::info("the hub's certificates are kept up to date again");
    spdlog::error("the hub's certificates are not kept up to date: {}",
                  Quoted(std::string(status.message())));
  };
  identity->certificates = std::make_unique<liaison::auth::HubCertificates>(
      &*identity->authority, &credentials, std::move(options));
  LIAISON_RETURN_IF_ERROR(identity->certificates->Refresh());
  identity->certificates->StartKeeping();
  return absl::OkStatus();
}

liaison::rpc::ServerOptions ServerOptionsOf(const Config& config, const Identity& identity) {
  liaison::rpc::ServerOptions options;
  options.listen = config.listen;
  options.socket = config.socket;
  if (identity.certificates != nullptr) options.tls = identity.certificates->files();
  return options;
}

// Of the process.
int SayEnded(const absl::Status& condition, const liaison::storage::EventLog& log) {
  if (condition.ok()) {
    spdlog::info("ended at head {}", log.head().sequence);
    return 0;
  }
  spdlog::error("ended in trouble: {}", Quoted(std::string(condition.message())));
  return 1;
}

int Run(const Config& config) {
  // Before any thread is started, so that every thread inherits it and the signal comes here.
  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto log = liaison::storage::OpenEventLog(OpenOptionsOf(config));
  if (!log.ok()) return Fail(log.status());

  // In the order an event meets them; torn down in the opposite one.
  liaison::sequencer::LocalProposalLog proposals;
  liaison::fanout::Tail tail((*log)->head().sequence);
  auto pool = std::make_unique<liaison::rpc::WorkerPool>(liaison::rpc::kWorkerThreads);
  liaison::sequencer::SequencerOptions options;
  options.hub = config.hub;
#ifdef LIAISON_RULES_VERSION  // tests/bench builds a hub without the later rules
  options.rules_version = LIAISON_RULES_VERSION;
#endif
  options.answer_on = [&pool](std::function<void()> answering) {
    pool->Post(std::move(answering));
  };
  liaison::sequencer::Sequencer sequencer(log->get(), &proposals, &tail, options);
  if (absl::Status opened = sequencer.Open(); !opened.ok()) return Fail(opened);
  liaison::sequencer::SequencerThread sequencer_thread(&sequencer);
  liaison::admission::Admission admission(log->get(), config.hub,
                                          [&] { return sequencer.registry(); });
  liaison::rpc::StreamRegistry streams;
  const std::unique_ptr<ErasureFollower> cleared = ClearErased(log->get(), tail);
  const std::unique_ptr<ErasureFollower> redactions = KeepRedactions(config, log->get(), tail);
  liaison::backup::BackupKeeper backups(log->get(), BackupOptionsOf(config));
  liaison::views::Ledger ledger(log->get());
#ifndef LIAISON_WITHOUT_VIEWS  // tests/bench builds a hub that leaves them until they are asked for
  const liaison::views::LedgerKeeper ledger_keeper(&ledger);
#endif
  liaison::admin::OrderedControl control(log->get(), &proposals);
  liaison::auth::CredentialBook credentials(&control);
  // What has begun by now ends before anybody is told why it goes no further.
  const auto fail = [&](const absl::Status& status) {
    proposals.Close();
    sequencer_thread.Join();
    return Fail(status);
  };
  if (absl::Status loaded = credentials.Load(); !loaded.ok()) return fail(loaded);
  const liaison::auth::Gate gate(&credentials);
  Identity identity;
  if (absl::Status kept = KeepIdentity(config, credentials, &identity); !kept.ok()) {
    return fail(kept);
  }
  const auto audit = liaison::auth::AuditLog::Open(config.data_dir + "/audit.jsonl");
  if (!audit.ok()) return fail(audit.status());
  liaison::auth::Enrolment enrolment(&credentials,
                                     identity.authority ? &*identity.authority : nullptr);
  liaison::rpc::WatchDesk watches(liaison::rpc::kMaxWatchers, liaison::rpc::kWatchThreads);
  const liaison::rpc::Hub hub{config.hub,
                              LIAISON_VERSION,
                              log->get(),
                              &proposals,
                              &sequencer,
                              &admission,
                              &tail,
                              pool.get(),
                              &streams,
                              &backups,
                              absl::Seconds(config.slow_consumer_timeout_s),
                              &ledger,
                              &watches,
                              &credentials,
                              &gate,
                              &enrolment,
                              PublicAddress(config),
                              config.web,
                              audit->get()};
  auto server = liaison::rpc::Server::Start(&hub, ServerOptionsOf(config, identity));
  if (!server.ok()) return fail(server.status());

  SayReady(config, (*server)->address(), gate, **log);

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("signal {}: draining", signal);
  // New events are refused from here on; what is in the order is still committed and answered while
  // the server waits for its calls.
  proposals.Close();
  backups.Stop();
  (*server)->Drain();
  sequencer_thread.Join();
  pool.reset();
  server->reset();
  return SayEnded(sequencer.condition(), **log);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (liaison::config::IsOffline(args)) return RunOffline(args);
  auto request = liaison::config::Parse(args, liaison::config::ProcessEnvironment());
  if (!request.ok()) {
    std::cerr << "liaisond: " << request.status().message() << "\n";
    return 2;
  }
  if (request->print) {
    std::cout << *request->print;
    return 0;
  }
  // Before anything is made on disk.
  if (absl::Status allowed = liaison::rpc::CheckListenAddress(request->config.listen,
                                                              !request->config.keys_dir.empty());
      !allowed.ok()) {
    std::cerr << "liaisond: " << allowed.message() << "\n";
    return 2;
  }
  SetUpLog(request->config.log_level);
  return Run(request->config);
}
