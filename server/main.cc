// liaisond: puts the rooms together, says that it is ready, and ends in order on SIGTERM.

#include <google/protobuf/stubs/logging.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "server/admin/init.h"
#include "server/admin/ordered_control.h"
#include "server/admission/admission.h"
#include "server/auth/audit_log.h"
#include "server/auth/credential_book.h"
#include "server/auth/enrolment.h"
#include "server/auth/four_eyes.h"
#include "server/auth/gate.h"
#include "server/auth/hub_certificates.h"
#include "server/backup/backup_keeper.h"
#include "server/backup/erasure_follower.h"
#include "server/backup/held_words.h"
#include "server/backup/offline.h"
#include "server/config/config.h"
#include "server/config/offline_command.h"
#include "server/fanout/tail.h"
#include "server/federation/attached_lines.h"
#include "server/federation/attachments.h"
#include "server/federation/client_line.h"
#include "server/federation/exchange.h"
#include "server/federation/former_rules.h"
#include "server/federation/limits.h"
#include "server/federation/ordered_entry.h"
#include "server/federation/own_heads.h"
#include "server/federation/policy.h"
#include "server/federation/policy_book.h"
#include "server/federation/policy_sense.h"
#include "server/federation/questions.h"
#include "server/federation/receipts.h"
#include "server/federation/relay.h"
#include "server/federation/replica.h"
#include "server/federation/source.h"
#include "server/recovery/limits.h"
#include "server/recovery/recover.h"
#include "server/rpc/accept_loop.h"
#include "server/rpc/limits.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/quota_book.h"
#include "server/rpc/server.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/transparency.h"
#include "server/rpc/watch_desk.h"
#include "server/rpc/witness.h"
#include "server/rpc/worker_pool.h"
#include "server/sequencer/fence.h"
#include "server/sequencer/hub_clock.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/sequencer/sequencer_thread.h"
#include "server/subscriptions/desk.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/scrub.h"
#include "server/transparency/signer.h"
#include "server/views/ledger.h"
#include "server/views/ledger_keeper.h"
#include "server/witness/scrub.h"
#include "server/witness/witness_key.h"
#include "server/witness/witnessing.h"
#include "storage/rocks/open.h"
#include "storage/trees.h"

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

// Before any thread is started, so that every thread inherits it and WaitFor has the signal.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
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

// Whoever erases here is told which backups hold the words still; of what another hub has erased
// the hub's log tells. Null where there are no backups.
std::unique_ptr<ErasureFollower> TellHeldWords(const Config& config, const LogOnDisk& log,
                                               const liaison::backup::BackupKeeper* backups,
                                               const liaison::fanout::Tail& tail) {
  if (config.backup_dir.empty()) return nullptr;
  // What came before the start was told then.
  return FollowErasures(
      tail, "what backups hold of erased words is looked up",
      [&log, backups, start = log.head().sequence](uint64_t after) -> absl::StatusOr<uint64_t> {
        LIAISON_ASSIGN_OR_RETURN(
            const liaison::backup::HeldWords held,
            liaison::backup::WordsHeldOfOthers(log, *backups, std::max(after, start)));
        for (const std::string& told : held.told) spdlog::warn("{}", Quoted(told));
        return held.through;
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
  const auto log_key = liaison::transparency::FindOrMakeLogKey(
      {command.keys_dir, command.hub, command.hosts.front(), (*log)->log_id()});
  if (!log_key.ok()) return Fail(log_key.status());
  std::cout << "The hub's authority is in " << command.keys_dir
            << ": keep authority.key where nobody "
            << "but the hub reads it.\n"
            << "The administrator's way in is " << made->profile << " (credentials "
            << made->credential_ids << "): liaison --profile " << made->profile << " info\n"
            << "Whoever checks the log needs its key, and better not from the hub: "
            << log_key->verifier().ToString() << "\n";
  const auto witness_key = liaison::witness::FindOrMakeWitnessKey(
      {command.keys_dir, command.hub, command.hosts.front()});
  if (!witness_key.ok()) return Fail(witness_key.status());
  std::cout << "Whoever asks this hub to cosign another log needs its key as a witness: "
            << witness_key->verifier().ToString() << "\n";
  return 0;
}

// Of scrub. One line of JSON, and the exit codes of `liaison`.
int RunScrub(const liaison::config::OfflineCommand& command) {
  const std::string keys = command.keys_dir.empty() ? command.data_dir + "/keys" : command.keys_dir;
  const auto found = liaison::transparency::ScrubSignedLog(
      command.data_dir, keys, [](const liaison::storage::BackupProgress&) {});
  const auto notes = found.ok() ? liaison::witness::ScrubNotes(keys, found->log.log_id)
                                : absl::StatusOr<size_t>(found.status());
  if (const absl::Status& status = notes.status(); !status.ok()) {
    const nlohmann::ordered_json error = {{"error", std::string(status.message())}};
    std::cout << error.dump() << std::endl;
    return absl::IsDataLoss(status) ? 7 : absl::IsNotFound(status) ? 5 : 6;
  }
  const nlohmann::ordered_json clean = {{"clean", true},
                                        {"log_id", found->log.log_id.ToString()},
                                        {"head", found->log.head.sequence},
                                        {"sections", found->log.sections},
                                        {"erased_sections", found->log.erased},
                                        {"log_origin", found->origin},
                                        {"signed", found->signed_size},
                                        {"signed_registry", found->signed_registry},
                                        {"witness_notes", *notes}};
  std::cout << clean.dump() << std::endl;
  return 0;
}

std::string AuditFileIn(const std::string& folder) { return folder + "/audit.jsonl"; }

// As the commands on backups ask for it.
std::function<absl::StatusOr<uint64_t>(const std::string& data_dir)> RestoringAudit(
    const std::string& folder) {
  return [folder](const std::string& data_dir) -> absl::StatusOr<uint64_t> {
    LIAISON_ASSIGN_OR_RETURN(const liaison::auth::AuditEnd end,
                             liaison::auth::VerifyAuditFile(AuditFileIn(folder)));
    if (!data_dir.empty()) {
      LIAISON_RETURN_IF_ERROR(
          liaison::auth::CopyAuditFile(AuditFileIn(folder), AuditFileIn(data_dir)));
    }
    return end.entries;
  };
}

// The policy that the hub is set up with; empty where there is none.
absl::StatusOr<std::string> ReadPolicyFile(const std::string& file) {
  if (file.empty()) return std::string();
  LIAISON_ASSIGN_OR_RETURN(std::string text, liaison::record::ReadPublicFile(
                                                 file, liaison::record::kFederationPolicyFile));
  const absl::Status read = liaison::federation::Policy::Parse(text).status();
  if (read.ok()) return text;
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", read.message()));
}

absl::StatusOr<liaison::federation::Policy> ReadPolicy(const std::string& file) {
  LIAISON_ASSIGN_OR_RETURN(const std::string text, ReadPolicyFile(file));
  return liaison::federation::Policy::Parse(text);
}

// Of restore. `policy` and what is said to a person outlive it.
liaison::recovery::Options RecoveryOptionsOf(const liaison::config::OfflineCommand& command,
                                             const liaison::federation::Policy& policy,
                                             const liaison::backup::OfflineOptions& offline) {
  liaison::recovery::Options options;
  options.policy = command.without_peers ? nullptr : &policy;
  options.without = {command.without_peer.begin(), command.without_peer.end()};
  options.keys_dir = command.keys_dir;
  options.evidence_file = command.data_dir + ".evidence";
  options.dial = liaison::federation::DialPeer;
  options.note = [](const std::string& what) {
    std::cout << nlohmann::json{{"note", what}}.dump() << std::endl;
  };
  options.pause = [] { absl::SleepFor(liaison::recovery::kAskAgainAfter); };
  options.now_us = [] { return absl::ToUnixMicros(absl::Now()); };
  options.observer = liaison::backup::ObserverOf(offline, &std::cout);
  return options;
}

// A hub that was restored asks its peers before it writes.
absl::Status CheckAsked(const liaison::storage::EventLog& log,
                        const liaison::federation::Policy& policy) {
  const bool can_ask = std::any_of(policy.peers().begin(), policy.peers().end(),
                                   [](const auto& peer) { return !peer.second.address.empty(); });
  LIAISON_ASSIGN_OR_RETURN(const bool unasked, liaison::backup::IsUnasked(log));
  if (!can_ask || !unasked) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this log was restored, and nobody has asked the hub's peers what they have of it behind the "
      "backup: restore it once more with --keys-dir and --federation-policy, or say with "
      "--without-peers that they are not to be asked");
}

// Of the commands that need no running hub.
// In a log that was restored, before it runs: peers may have more than the backup knows of, and get
// by the policy that was given for it.
absl::Status LeaveForFederation(const std::string& policy_file, LogOnDisk* log) {
  liaison::storage::Group group;
  group.rows.push_back(liaison::federation::FormerRules::AfterRestore(log->head().sequence));
  if (!policy_file.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const std::string text, ReadPolicyFile(policy_file));
    LIAISON_ASSIGN_OR_RETURN(liaison::federation::PolicyBook::Rows rows,
                             liaison::federation::PolicyBook::AfterRestore(
                                 [log](const std::string& key) {
                                   return log->GetRow(liaison::storage::Table::kControl, key);
                                 },
                                 text, absl::ToUnixMicros(absl::Now())));
    for (auto& [key, value] : rows) {
      group.rows.push_back({liaison::storage::Table::kControl, std::move(key), std::move(value)});
    }
  }
  return log->Append(group).status();
}

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
  if (command->what == liaison::config::OfflineCommand::What::kScrub) return RunScrub(*command);
  liaison::backup::OfflineOptions options{command->from, command->number, command->data_dir,
                                          command->progress, RestoringAudit(command->from)};
  const absl::StatusOr<liaison::federation::Policy> policy = ReadPolicy(command->federation_policy);
  if (!policy.ok()) return Fail(policy.status());
  if (command->without_peers || !command->federation_policy.empty()) {
    options.go_on =
        [&, asking = RecoveryOptionsOf(*command, *policy, options)](
            liaison::storage::Restore* restore) -> absl::StatusOr<liaison::backup::Continuation> {
      LIAISON_ASSIGN_OR_RETURN(liaison::backup::Continuation continuation,
                               liaison::recovery::GoOn(asking, restore));
      LIAISON_RETURN_IF_ERROR(LeaveForFederation(command->federation_policy, &restore->log()));
      return continuation;
    };
  }
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
  options.max_connections = config.max_connections;
  if (config.max_connections_per_address > 0) {
    options.max_connections_per_address = config.max_connections_per_address;
  }
  options.max_connection_age = absl::Seconds(config.max_connection_age_s);
  options.report = [](const std::string& what) { spdlog::warn("{}", Quoted(what)); };
  if (identity.certificates != nullptr) options.tls = identity.certificates->files();
  return options;
}

liaison::rpc::QuotaOptions QuotaOptionsOf(const Config& config) {
  namespace rpc = liaison::rpc;
  const auto quota = [](size_t calls_per_s, size_t mib_per_s, size_t streams) {
    const auto calls = static_cast<double>(calls_per_s);
    const auto bytes = static_cast<double>(mib_per_s << 20);
    return rpc::Quota{calls, calls * rpc::kQuotaAtOnce_s, bytes, bytes * rpc::kQuotaAtOnce_s,
                      streams};
  };
  const liaison::config::Share& organisation = config.organisation;
  const liaison::config::Share& address = config.address;
  rpc::QuotaOptions options;
  options.organisation = quota(organisation.calls_per_s.value_or(rpc::kOrganisationCallsPerSecond),
                               organisation.mib_per_s.value_or(rpc::kOrganisationMiBPerSecond),
                               organisation.streams.value_or(rpc::kOrganisationStreams));
  options.address = quota(address.calls_per_s.value_or(rpc::kAddressCallsPerSecond),
                          address.mib_per_s.value_or(rpc::kAddressMiBPerSecond),
                          address.streams.value_or(rpc::kAddressStreams));
  return options;
}

std::shared_ptr<liaison::subscriptions::Desk> MakeDesk(const liaison::storage::EventLog* log,
                                                       liaison::fanout::Tail* tail,
                                                       liaison::sequencer::ProposalLog* proposals,
                                                       liaison::rpc::WorkerPool* thread) {
  return liaison::subscriptions::Desk::Make(
      {log, tail, proposals, [] { return absl::ToUnixMicros(absl::Now()); },
       [] { return liaison::sequencer::ReadSystemClocks().boot_us; },
       [thread](std::function<void()> task) { thread->Post(std::move(task)); }});
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

// What other hubs get of this one.
struct Sharing {
  std::unique_ptr<liaison::federation::PolicyBook> book;
  std::unique_ptr<liaison::federation::Source> source;
  std::unique_ptr<liaison::transparency::HeadNews> news =
      std::make_unique<liaison::transparency::HeadNews>();
};

// Whoever changes the file once another policy was adopted waits for nothing.
void SayWhichPolicy(const std::string& file,
                    const liaison::federation::rows::AdoptedPolicy& in_force) {
  if (in_force.version() == 0) return;
  spdlog::info("the federation goes by version {} of its policy, and by no file",
               in_force.version());
  if (file.empty()) return;
  const absl::StatusOr<std::string> text =
      liaison::record::ReadPublicFile(file, liaison::record::kFederationPolicyFile);
  if (text.ok() && *text == in_force.text()) return;
  spdlog::warn(
      "{} is not the policy in force and changes nothing: propose it (`liaison federation policy "
      "propose FILE`), or take the setting federation_policy out",
      Quoted(file));
}

absl::StatusOr<Sharing> OpenSharing(const Config& config, const liaison::storage::EventLog& log,
                                    const liaison::transparency::Signer& signer) {
  Sharing sharing;
  LIAISON_ASSIGN_OR_RETURN(sharing.book,
                           liaison::federation::PolicyBook::Open(
                               [&log](const std::string& key) {
                                 return log.GetRow(liaison::storage::Table::kControl, key);
                               },
                               [&config] { return ReadPolicyFile(config.federation_policy); }));
  SayWhichPolicy(config.federation_policy, sharing.book->in_force().row);
  LIAISON_RETURN_IF_ERROR(CheckAsked(log, *sharing.book->policy()));
  sharing.source = std::make_unique<liaison::federation::Source>(
      &log, &signer, [book = sharing.book.get()] { return book->policy(); });
  return sharing;
}

// Whoever is pulled from is witnessed.
std::vector<liaison::record::NoteVerifier> KeysIn(const liaison::federation::Policy& policy) {
  std::vector<liaison::record::NoteVerifier> keys;
  for (const auto& [name, origin] : policy.origins()) keys.push_back(origin.key);
  return keys;
}

// What signs the log's checkpoints, and what stands on them.
struct Signing {
  std::unique_ptr<liaison::transparency::NoteFile> log_record;
  std::unique_ptr<liaison::transparency::NoteFile> registry_record;
  std::unique_ptr<liaison::transparency::Signer> signer;
  std::unique_ptr<liaison::witness::Witnessing> witnessing;
  Sharing sharing;
  // What is done where witnesses or peers have seen what the log no longer is.
  std::shared_ptr<std::function<void(const absl::Status& why)>> on_conflict =
      std::make_shared<std::function<void(const absl::Status& why)>>([](const absl::Status&) {});
  absl::Status read_only;  // OK where the log is what was signed of it
};

absl::Status ReadOnly(const absl::Status& why) {
  spdlog::error("read-only: {}", Quoted(std::string(why.message())));
  return liaison::record::Error(liaison::record::Reason::kReadOnly,
                                absl::StrCat("this hub is read-only: ", why.message()));
}

// Before anything is signed or written: whether peers have more of this log than there is. A log
// that was never signed nobody has.
void AskPeers(Signing* signing) {
  if (!signing->log_record->Load().ok() || !signing->read_only.ok()) return;
  for (const liaison::federation::ShownHead& shown : liaison::federation::AskForOwnHeads(
           *signing->sharing.book->policy(), signing->signer->origin(),
           liaison::federation::DialPeer, liaison::federation::kOwnHeadWait)) {
    const absl::Status is_ours = signing->witnessing->history->Look(shown.note, shown.peer);
    if (!absl::IsDataLoss(is_ours)) continue;
    signing->read_only = ReadOnly(is_ours);
    return;
  }
}

// A log that is not what was signed of it is only read: what it took would split its history.
absl::StatusOr<Signing> OpenSigning(const Config& config, const LogOnDisk& log) {
  const std::string folder = config.keys_dir.empty() ? config.data_dir + "/keys" : config.keys_dir;
  const liaison::transparency::LogKeyOptions options{folder, config.hub, config.hosts.front(),
                                                     log.log_id()};
  LIAISON_ASSIGN_OR_RETURN(liaison::record::NoteSigner key,
                           liaison::transparency::FindOrMakeLogKey(options));
  Signing signing;
  signing.log_record = std::make_unique<liaison::transparency::NoteFile>(
      liaison::transparency::CheckpointFile(options));
  signing.registry_record = std::make_unique<liaison::transparency::NoteFile>(
      liaison::transparency::RegistryCheckpointFile(options));
  signing.signer = std::make_unique<liaison::transparency::Signer>(
      &log, &liaison::storage::TreesOf(log), std::move(key),
      liaison::transparency::Signer::Records{signing.log_record.get(),
                                             signing.registry_record.get()});
  LIAISON_ASSIGN_OR_RETURN(signing.sharing, OpenSharing(config, log, *signing.signer));
  LIAISON_ASSIGN_OR_RETURN(
      signing.witnessing,
      liaison::witness::OpenWitnessing(
          {options, config.witness_policy, config.witnessed_logs,
           [book = signing.sharing.book.get()] { return KeysIn(*book->policy()); },
           [act = signing.on_conflict](const absl::Status& why) { (*act)(why); }},
          *signing.signer));
  if (signing.witnessing->cosigned != nullptr) {
    signing.sharing.source->AskForCosignatures(signing.witnessing->since_s);
  }
  signing.signer->SignOnlyWhen(
      [witnessing = signing.witnessing.get()] { return witnessing->may_sign(); });
  if (signing.witnessing->conflict.ok() && !signing.witnessing->may_sign()) {
    spdlog::info("no checkpoint is signed before the witnesses have said what they have seen");
  }
  signing.sharing.source->LookAtOwnHeads(
      [history = signing.witnessing->history.get()](
          absl::string_view note, absl::string_view peer) { return history->Look(note, peer); });
  if (const absl::Status& conflict = signing.witnessing->conflict; !conflict.ok()) {
    signing.read_only = ReadOnly(conflict);
  }
  AskPeers(&signing);
  const absl::Status opened = signing.signer->Open();
  // What cannot be signed because it is damaged can still be read.
  if (opened.ok() || liaison::record::ReasonOf(opened)) return signing;
  if (!absl::IsDataLoss(opened)) return opened;
  signing.read_only = ReadOnly(opened);
  return signing;
}

// Null where nothing is signed.
std::unique_ptr<liaison::transparency::SigningBeat> StartSigning(Signing* signing) {
#ifdef LIAISON_WITHOUT_TREE  // tests/bench builds such a hub
  static_cast<void>(signing);
  return nullptr;
#else
  return std::make_unique<liaison::transparency::SigningBeat>(
      signing->signer.get(),
      [](const absl::Status& status) {
        if (status.ok()) return spdlog::info("checkpoints are signed again");
        spdlog::error("checkpoints are not signed: {}", Quoted(std::string(status.message())));
      },
      signing->sharing.news.get());
#endif
}

// What comes from other hubs.
struct Pulling {
  std::unique_ptr<liaison::federation::OrderedEntry> entry;
  std::unique_ptr<liaison::federation::Replicas> replicas;
  std::unique_ptr<liaison::federation::Relay> relay;
  std::unique_ptr<liaison::federation::Receipts> receipts;
  std::unique_ptr<liaison::federation::FormerRules> former;
  std::unique_ptr<liaison::federation::AttachedLines> attached =
      std::make_unique<liaison::federation::AttachedLines>();
  std::unique_ptr<liaison::federation::Exchange> exchange;
};

void ReportOfFederation(const std::string& what) { spdlog::warn("federation: {}", Quoted(what)); }

// This hub as a witness of what it pulls; null where it is none.
liaison::federation::Cosign CosignBy(liaison::witness::Witness* witness) {
  if (witness == nullptr) return nullptr;
  return [witness](absl::string_view request) {
    liaison::witness::Answer answer = witness->AddCheckpoint(request);
    liaison::federation::Cosigned said{
        std::move(answer.cosignatures), {}, "", std::move(answer.message)};
    if (answer.outcome == liaison::witness::Outcome::kOtherSize) said.stands_at = answer.size;
    if (answer.outcome != liaison::witness::Outcome::kOtherRoot) return said;
    const auto parsed = liaison::record::ParseAddCheckpoint(request);
    if (!parsed.ok()) return said;
    const std::string origin = parsed->checkpoint.substr(0, parsed->checkpoint.find('\n'));
    said.seen = witness->Latest(liaison::record::Sha256Of(origin)).value_or("");
    return said;
  };
}

// Uniformly from [0, 1). Lanes, errands and streams roll on threads of their own: none of them has
// another's bits.
double Roll() {
  absl::BitGen random;
  return absl::Uniform(random, 0.0, 1.0);
}

// Over which whoever cannot dial this hub's peers hears of it, and is answered as one that calls.
liaison::federation::Attachments::Options StreamsOf(const Signing& signing, const Pulling& pulling,
                                                    const LogOnDisk* log) {
  namespace pb = liaison::federation::pb;
  liaison::witness::Witnessing* const witnessing = signing.witnessing.get();
  const liaison::rpc::TransparencyDesk desk{log, signing.signer.get(), nullptr,
                                            witnessing->cosigned.get()};
  liaison::federation::AnsweringRooms rooms;
  rooms.source = signing.sharing.source.get();
  rooms.relay = pulling.relay.get();
  rooms.receipts = pulling.receipts.get();
  rooms.entry = pulling.entry.get();
  rooms.replicas = pulling.replicas.get();
  rooms.prove_consistency = [desk](const pb::GetConsistencyProofRequest& request) {
    return liaison::rpc::GetConsistencyProof(desk, {}, request);
  };
  rooms.take_cosignatures = [witnessing](const pb::AddCosignaturesRequest& request) {
    return liaison::rpc::AddCosignatures(witnessing, request);
  };
  liaison::federation::Attachments::Options options;
  options.news = signing.sharing.news.get();
  options.serve = [rooms](const std::string& peer, const pb::LaneQuestion& question) {
    return liaison::federation::AnswerQuestion(rooms, peer, question, absl::Now());
  };
  options.dial = liaison::federation::DialStreams;
  options.now = absl::Now;
  options.roll = Roll;
  options.report = ReportOfFederation;
  return options;
}

absl::StatusOr<Pulling> StartPulling(const Config& config, const Signing& signing,
                                     const LogOnDisk& log,
                                     liaison::sequencer::ProposalLog* proposals,
                                     const liaison::sequencer::Sequencer& sequencer) {
  const Sharing& sharing = signing.sharing;
  Pulling pulling;
  const auto report = ReportOfFederation;
  pulling.entry = std::make_unique<liaison::federation::OrderedEntry>(
      &log, proposals, [&sequencer] { return sequencer.registry(); });
  pulling.replicas = std::make_unique<liaison::federation::Replicas>(pulling.entry.get());
  pulling.relay = std::make_unique<liaison::federation::Relay>(liaison::federation::Relay::Rooms{
      &log, sharing.source.get(), pulling.replicas.get(), pulling.entry.get()});
  pulling.receipts = std::make_unique<liaison::federation::Receipts>(pulling.entry.get(), report);
  pulling.former = std::make_unique<liaison::federation::FormerRules>(pulling.entry.get(), report);
  LIAISON_RETURN_IF_ERROR(pulling.former->Load());
  pulling.former->InForce(*sharing.book->policy(), log.head().sequence);
  sharing.source->Remember(pulling.former.get());
  liaison::federation::Puller::Options options;
  options.entry = pulling.entry.get();
  options.replicas = pulling.replicas.get();
  options.dial = liaison::federation::DialPeerOnce;
  options.now = absl::Now;
  options.roll = Roll;
  options.attached = [lines = pulling.attached.get()](const std::string& peer) {
    return lines->LineTo(peer);
  };
  options.report = report;
  options.certificate_end = liaison::federation::CertificateEnd;
  options.pause = liaison::federation::kPullPause;
  options.own_origin = sharing.source->origin();
  options.cosign = CosignBy(signing.witnessing->witness.get());
  options.on_own_head = [history = signing.witnessing->history.get()](const std::string& note,
                                                                      const std::string& peer) {
    history->Look(note, peer).IgnoreError();  // which acts on it
  };
  const liaison::federation::PolicyBook::InForce in_force = sharing.book->in_force();
  for (const std::string& doubt : liaison::federation::DoubtsAbout(
           *in_force.policy, sharing.source->origin(), PublicAddress(config))) {
    report(absl::StrCat("the policy, ", doubt));
  }
  // What was adopted is mended by another policy, for which the hub has to run.
  const bool of_file = in_force.row.version() == 0;
  auto exchange = liaison::federation::Exchange::Start(
      std::move(options), in_force.policy, /*strict=*/of_file, StreamsOf(signing, pulling, &log));
  if (!exchange.ok() && of_file) {
    return absl::Status(exchange.status().code(),
                        absl::StrCat(config.federation_policy, ": ", exchange.status().message()));
  }
  LIAISON_ASSIGN_OR_RETURN(pulling.exchange, std::move(exchange));
  return pulling;
}

liaison::rpc::ServerOptions WithSigning(liaison::rpc::ServerOptions options,
                                        const liaison::storage::EventLog& log,
                                        const Signing& signing, const Pulling& pulling,
                                        liaison::transparency::SigningBeat* beat) {
  options.federation = {
      signing.sharing.book.get(), signing.sharing.source.get(), pulling.relay.get(),
      pulling.exchange.get(),     pulling.receipts.get(),       pulling.former.get(),
      signing.signer.get(),       pulling.entry.get(),          pulling.attached.get(),
      signing.sharing.news.get(), pulling.replicas.get()};
  options.transparency = {&log, signing.signer.get(), beat, signing.witnessing->cosigned.get()};
  options.witnessing = signing.witnessing.get();
  return options;
}

// Null where they are left until they are asked for.
std::unique_ptr<liaison::views::LedgerKeeper> Keep(liaison::views::Ledger* ledger) {
#ifdef LIAISON_WITHOUT_VIEWS  // tests/bench builds such a hub
  static_cast<void>(ledger);
  return nullptr;
#else
  return std::make_unique<liaison::views::LedgerKeeper>(ledger);
#endif
}

// `pool` is there until nothing is ordered any more.
liaison::sequencer::SequencerOptions SequencerOptionsOf(const Config& config,
                                                        liaison::rpc::WorkerPool* pool) {
  liaison::sequencer::SequencerOptions options;
  options.hub = config.hub;
#ifdef LIAISON_RULES_VERSION  // tests/bench builds a hub without the later rules
  options.rules_version = LIAISON_RULES_VERSION;
#endif
  options.answer_on = [pool](std::function<void()> answering) { pool->Post(std::move(answering)); };
  return options;
}

// The signal that came.
int WaitFor(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

// What a backup carries besides; `audit` outlives whoever copies.
auto CopyOf(const liaison::auth::AuditLog& audit) {
  return [&audit](const std::string& folder) { return audit.CopyTo(AuditFileIn(folder)); };
}

// New events are refused from here on; what is in the order is still committed and answered while
// the server waits for its calls.
template <typename Proposals, typename Backups, typename Thread>
void Drain(Proposals* proposals, Backups* backups, liaison::federation::Exchange* exchange,
           liaison::rpc::Server* server, Thread* sequencer_thread) {
  proposals->Close();
  backups->Stop();
  exchange->Stop();
  server->Drain();
  sequencer_thread->Join();
}

int Run(const Config& config) {
  const sigset_t signals = BlockEndingSignals();
  liaison::rpc::RaiseFileLimit();
  auto log = liaison::storage::OpenEventLog(OpenOptionsOf(config));
  if (!log.ok()) return Fail(log.status());

  auto signing = OpenSigning(config, **log);
  if (!signing.ok()) return Fail(signing.status());
  const auto audit = liaison::auth::AuditLog::Open(AuditFileIn(config.data_dir));
  if (!audit.ok()) return Fail(audit.status());

  // In the order an event meets them; torn down in the opposite one.
  liaison::sequencer::LocalProposalLog order;
  liaison::sequencer::FencedLog proposals(&order);
  liaison::fanout::Tail tail((*log)->head().sequence);
  auto pool = std::make_unique<liaison::rpc::WorkerPool>(liaison::rpc::kWorkerThreads);
  liaison::sequencer::SequencerOptions options = SequencerOptionsOf(config, pool.get());
  options.read_only = signing->read_only;
  liaison::sequencer::Sequencer sequencer(log->get(), &proposals, &tail, options);
  if (absl::Status opened = sequencer.Open(); !opened.ok()) return Fail(opened);
  *signing->on_conflict = [&](const absl::Status& why) { proposals.Shut(ReadOnly(why)); };
  liaison::sequencer::SequencerThread sequencer_thread(&sequencer);
  liaison::admission::Admission admission(log->get(), config.hub,
                                          [&] { return sequencer.registry(); });
  liaison::rpc::QuotaBook quotas(QuotaOptionsOf(config));  // which streams give back to
  liaison::rpc::StreamRegistry streams;
  const std::unique_ptr<ErasureFollower> cleared = ClearErased(log->get(), tail);
  const std::unique_ptr<ErasureFollower> redactions = KeepRedactions(config, log->get(), tail);
  liaison::backup::BackupKeeper backups(log->get(), BackupOptionsOf(config), CopyOf(**audit));
  const std::unique_ptr<ErasureFollower> held = TellHeldWords(config, **log, &backups, tail);
  liaison::views::Ledger ledger(log->get());
  const std::unique_ptr<liaison::views::LedgerKeeper> ledger_keeper = Keep(&ledger);
  const auto signing_beat = StartSigning(&*signing);
  liaison::admin::OrderedControl control(log->get(), &proposals);
  liaison::auth::CredentialBook credentials(&control);
  // What has begun by now ends before anybody is told why it goes no further.
  const auto fail = [&](const absl::Status& status) {
    proposals.Close();
    sequencer_thread.Join();
    return Fail(status);
  };
  Identity identity;
  absl::Status loaded = credentials.Load();
  if (loaded.ok()) loaded = KeepIdentity(config, credentials, &identity);
  if (!loaded.ok()) return fail(loaded);
  const liaison::auth::Gate gate(&credentials);
  liaison::auth::Enrolment enrolment(&credentials,
                                     identity.authority ? &*identity.authority : nullptr);
  const liaison::auth::FourEyes four_eyes(config.four_eyes, &control, &credentials);
  const auto pulling = StartPulling(config, *signing, **log, &proposals, sequencer);
  if (!pulling.ok()) return fail(pulling.status());
  auto desk_thread = std::make_unique<liaison::rpc::WorkerPool>(1);
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
                              audit->get(),
                              &four_eyes,
                              MakeDesk(log->get(), &tail, &proposals, desk_thread.get()),
                              &quotas};
  auto server =
      liaison::rpc::Server::Start(&hub, WithSigning(ServerOptionsOf(config, identity), **log,
                                                    *signing, *pulling, signing_beat.get()));
  if (!server.ok()) {
    pulling->exchange->Stop();
    return fail(server.status());
  }
  SayReady(config, (*server)->address(), gate, **log);
  spdlog::info("signal {}: draining", WaitFor(signals));
  Drain(&proposals, &backups, pulling->exchange.get(), server->get(), &sequencer_thread);
  pool.reset();
  server->reset();
  desk_thread.reset();
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
  if (absl::Status known = liaison::auth::FourEyes::CheckActions(request->config.four_eyes);
      !known.ok()) {
    std::cerr << "liaisond: " << known.message() << "\n";
    return 2;
  }
  SetUpLog(request->config.log_level);
  return Run(request->config);
}
