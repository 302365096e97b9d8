#include "server/witness/witnessing.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "server/witness/witness_key.h"

namespace liaison::witness {
namespace {

uint64_t Now_s() { return static_cast<uint64_t>(absl::ToUnixSeconds(absl::Now())); }

absl::StatusOr<record::WitnessPolicy> ReadPolicy(const std::string& file, std::string* text) {
  LIAISON_ASSIGN_OR_RETURN(*text, record::ReadPublicFile(file));
  auto policy = record::WitnessPolicy::Parse(*text);
  if (policy.ok()) return policy;
  return absl::InvalidArgumentError(absl::StrCat(file, ", ", policy.status().message()));
}

std::string FileBeside(const transparency::LogKeyOptions& keys, absl::string_view what) {
  return absl::StrCat(keys.folder, "/log-", keys.log_id.ToString(), ".", what);
}

// 0 where that is not known: the signer says so when it opens.
uint64_t RecordedSize(const transparency::LogKeyOptions& keys) {
  const auto note = transparency::NoteFile(transparency::CheckpointFile(keys)).Load();
  if (!note.ok()) return 0;
  const auto parsed = record::ParseNote(*note);
  if (!parsed.ok()) return 0;
  const auto checkpoint = record::ParseCheckpoint(parsed->text);
  return checkpoint.ok() ? checkpoint->size : 0;
}

// What is no address is said at the start, not where nobody reads it.
absl::Status CheckAddresses(const std::string& file, const record::WitnessPolicy& policy) {
  for (const record::WitnessPolicy::Witness& witness : policy.witnesses()) {
    const bool is_address = absl::StartsWith(witness.url, "https://") ||
                            absl::StartsWith(witness.url, "http://") || witness.url.empty();
    if (is_address) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": the address of ", witness.name,
                     " begins with https://, such as https://witness.example.org/prefix"));
  }
  return absl::OkStatus();
}

// A log that both name is one.
void AddLog(const record::NoteVerifier& key, std::vector<record::NoteVerifier>* logs) {
  const std::string vkey = key.ToString();
  for (const record::NoteVerifier& known : *logs) {
    if (known.ToString() == vkey) return;
  }
  logs->push_back(key);
}

// Null where no log is witnessed and no key can be made, in a folder that is only read.
absl::StatusOr<std::unique_ptr<Witness>> OpenWitness(const WitnessingOptions& options) {
  auto key = FindOrMakeWitnessKey({options.keys.folder, options.keys.hub, options.keys.host});
  std::vector<record::NoteVerifier> named;
  if (options.logs_file.empty()) {
    if (!key.ok()) return nullptr;
  } else {
    LIAISON_RETURN_IF_ERROR(key.status());
    std::string text;
    LIAISON_ASSIGN_OR_RETURN(const record::WitnessPolicy policy,
                             ReadPolicy(options.logs_file, &text));
    for (const record::WitnessPolicy::Log& log : policy.logs()) AddLog(log.key, &named);
  }
  Witness::Logs logs = [pulled = options.logs, named = std::move(named)] {
    std::vector<record::NoteVerifier> all;
    if (pulled != nullptr) all = pulled();
    for (const record::NoteVerifier& log : named) AddLog(log, &all);
    return all;
  };
  return Witness::Open(*std::move(key), std::move(logs), StoresIn(options.keys.folder), Now_s);
}

}  // namespace

std::string WitnessedFile(const transparency::LogKeyOptions& keys) {
  return FileBeside(keys, "witnessed");
}

std::string ConflictFile(const transparency::LogKeyOptions& keys) {
  return FileBeside(keys, "conflict");
}

absl::StatusOr<std::unique_ptr<Witnessing>> OpenWitnessing(const WitnessingOptions& options,
                                                           const transparency::Signer& signer) {
  auto witnessing = std::make_unique<Witnessing>();
  witnessing->since_s = Now_s();
  LIAISON_ASSIGN_OR_RETURN(witnessing->witness, OpenWitness(options));
  witnessing->conflict_file = std::make_unique<transparency::NoteFile>(ConflictFile(options.keys));
  witnessing->history = std::make_unique<HistoryWatch>(
      signer.tree(storage::Tree::kLog),
      HistoryWatch::Options{signer.verifier(), witnessing->conflict_file.get(),
                            options.on_conflict});
  witnessing->conflict = witnessing->history->Open();
  if (options.policy_file.empty()) return witnessing;
  witnessing->witnessed_file =
      std::make_unique<transparency::NoteFile>(WitnessedFile(options.keys));
  CosignedLog::Options log{{},
                           signer.verifier(),
                           RecordedSize(options.keys),
                           witnessing->since_s,
                           witnessing->witnessed_file.get(),
                           {}};
  LIAISON_ASSIGN_OR_RETURN(log.policy, ReadPolicy(options.policy_file, &witnessing->policy_text));
  LIAISON_RETURN_IF_ERROR(CheckAddresses(options.policy_file, log.policy));
  log.on_conflict = [history = witnessing->history.get()](const absl::Status&,
                                                          absl::string_view note) {
    history->Look(note, "witnesses").IgnoreError();
  };
  witnessing->cosigned =
      std::make_unique<CosignedLog>(signer.tree(storage::Tree::kLog), std::move(log));
  const absl::Status cosigned = witnessing->cosigned->Open();
  if (!cosigned.ok()) witnessing->conflict = cosigned;
  return witnessing;
}

}  // namespace liaison::witness
