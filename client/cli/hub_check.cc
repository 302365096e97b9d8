#include "client/cli/hub_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/evidence.h"
#include "liaison/directory_client.h"
#include "liaison/transparency_client.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"

namespace liaison::cli {
namespace {

// A section is erased a moment before a checkpoint covers its redaction.
constexpr int kMaxRounds = 10;
constexpr absl::Duration kBetweenRounds = absl::Milliseconds(200);

}  // namespace

HubCheck::HubCheck(std::shared_ptr<Connection> connection, KeptLogs kept, HubCheckOptions options)
    : connection_(std::move(connection)),
      kept_logs_(std::move(kept)),
      options_(std::move(options)) {}

absl::Status HubCheck::Open() {
  LIAISON_ASSIGN_OR_RETURN(
      const v1::GetCheckpointResponse newest,
      TransparencyClient(connection_).Checkpoint(/*covering=*/0, options_.patience));
  const auto shown = record::NoteVerifier::Parse(newest.log_vkey());
  if (!shown.ok() || shown->name() != newest.log_origin()) {
    return absl::DataLossError("the hub shows no key of its log");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string before, kept_logs_.OriginAt(options_.address));
  if (!before.empty() && before != shown->name()) {
    return absl::DataLossError(absl::StrCat(
        "the hub shows the log ", shown->name(), ", and it showed ", before,
        " before. After a restore it has to be another; ask its operator, by other means"));
  }
  LIAISON_ASSIGN_OR_RETURN(kept_, kept_logs_.Find(shown->name()));
  key_ = *shown;
  on_first_sight_ = options_.vkey.empty() && !kept_;
  std::string trusted = options_.vkey;
  if (trusted.empty() && kept_) trusted = kept_->key.ToString();
  if (!trusted.empty()) {
    LIAISON_ASSIGN_OR_RETURN(key_, record::NoteVerifier::Parse(trusted));
  }
  if (key_->ToString() != shown->ToString()) {
    return absl::DataLossError(absl::StrCat("the hub shows the key ", shown->ToString(),
                                            ", you trust ", key_->ToString()));
  }
  return kept_logs_.KeepOrigin(options_.address, shown->name());
}

absl::StatusOr<std::optional<BundleReport>> HubCheck::Round() {
  for (int round = 1;; ++round) {
    LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub, DirectoryClient(connection_).Hub());
    LIAISON_ASSIGN_OR_RETURN(
        v1::GetCheckpointResponse checkpoint,
        TransparencyClient(connection_).Checkpoint(hub.head().sequence(), options_.patience));
    const uint64_t kept_size = kept_ ? kept_->checkpoint.size : 0;
    // The newest has its cosignatures some seconds later.
    if (options_.policy.asks_for_witnesses() && checkpoint.witnessed_size() > 0 &&
        checkpoint.witnessed_size() >= kept_size) {
      checkpoint.set_note(checkpoint.witnessed_note());
      checkpoint.set_size(checkpoint.witnessed_size());
    }
    const auto read = ReadCheckpoint(checkpoint.note(), *key_);
    if (!read.ok()) {
      return absl::DataLossError(
          absl::StrCat("the hub's checkpoint is none: ", read.status().message()));
    }
    LIAISON_RETURN_IF_ERROR(CompareWithKept(*read, checkpoint.note()));
    if (kept_ && kept_->checkpoint.size == read->size) return std::optional<BundleReport>();
    bool awaits_redactions = false;
    LIAISON_ASSIGN_OR_RETURN(BundleReport report,
                             CheckStretch(hub, checkpoint, &awaits_redactions));
    if (report.valid() || !awaits_redactions || round == kMaxRounds) {
      return std::optional<BundleReport>(std::move(report));
    }
    source_.reset();
    absl::SleepFor(kBetweenRounds);
  }
}

absl::StatusOr<BundleReport> HubCheck::CheckStretch(const v1::GetHubResponse& hub,
                                                    const v1::GetCheckpointResponse& checkpoint,
                                                    bool* awaits_redactions) {
  if (source_ == nullptr) {
    source_ = std::make_unique<BundleSource>(connection_, options_.patience, options_.progress);
  }
  record::CompactRange done = kept_ ? kept_->tree : record::CompactRange();
  BundleCheck check({*key_, {}, 0, kept_ ? kept_->note : "", options_.policy, options_.origins});
  const absl::Status given = source_->Read(hub, checkpoint, &done, &check);
  if (absl::IsInvalidArgument(given)) {
    check.Broken("the hub", given.message());
  } else if (!absl::IsAborted(given)) {
    LIAISON_RETURN_IF_ERROR(given);
  }
  *awaits_redactions = check.awaits_redactions();
  const record::CompactRange tree = check.tree();
  BundleReport report = check.Finish();
  if (!report.valid()) return report;
  kept_ = KeptLog{*key_, *report.checkpoint, checkpoint.note(), tree};
  LIAISON_RETURN_IF_ERROR(kept_logs_.Keep(*kept_));
  return report;
}

absl::Status HubCheck::CompareWithKept(const record::Checkpoint& checkpoint,
                                       const std::string& note) {
  if (!kept_) return absl::OkStatus();
  const record::Checkpoint& before = kept_->checkpoint;
  if (checkpoint.size < before.size) {
    return Convict(checkpoint, note, "it shows fewer events than it has signed");
  }
  if (checkpoint.size == before.size) {
    return checkpoint.root == before.root
               ? absl::OkStatus()
               : Convict(checkpoint, note, "it has signed two roots of one size");
  }
  if (before.size == 0) return absl::OkStatus();
  v1::GetConsistencyProofRequest request;
  request.set_old_size(before.size);
  request.set_new_size(checkpoint.size);
  LIAISON_ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse response,
                           TransparencyClient(connection_).Consistency(request));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> proof, HashesOf(response.hashes()));
  absl::Status consistent =
      record::VerifyConsistency(before.size, checkpoint.size, before.root, checkpoint.root, proof);
  if (consistent.ok()) return consistent;
  return Convict(checkpoint, note, "it has rewritten what it had signed");
}

// Keeps both checkpoints, with the proof that they are of two histories where the hub gives it.
absl::Status HubCheck::Convict(const record::Checkpoint& checkpoint, const std::string& note,
                               absl::string_view why) {
  const std::string sizes = absl::StrCat(".", kept_->checkpoint.size, "-", checkpoint.size);
  const TransparencyClient client(connection_);
  Evidence evidence{kept_->note, note, checkpoint.root, {}};
  const auto prove = [&]() -> absl::Status {
    if (checkpoint.size > kept_->checkpoint.size) {
      record::CompactRange other;
      LIAISON_RETURN_IF_ERROR(client.LeafHashes(v1::TREE_LOG, 0, kept_->checkpoint.size,
                                                [&other](const record::Hash& hash) {
                                                  other.Append(hash);
                                                  return absl::OkStatus();
                                                }));
      evidence.root = other.Root();
      v1::GetConsistencyProofRequest request;
      request.set_old_size(kept_->checkpoint.size);
      request.set_new_size(checkpoint.size);
      LIAISON_ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse response,
                               client.Consistency(request));
      LIAISON_ASSIGN_OR_RETURN(evidence.proof, HashesOf(response.hashes()));
    }
    return CheckEvidence(evidence, *key_);
  };
  const absl::Status proven = prove();
  LIAISON_ASSIGN_OR_RETURN(
      const std::string older,
      kept_logs_.KeepEvidence(key_->name(), absl::StrCat(sizes, ".older.note"), kept_->note));
  LIAISON_ASSIGN_OR_RETURN(
      const std::string newer,
      kept_logs_.KeepEvidence(key_->name(), absl::StrCat(sizes, ".newer.note"), note));
  if (!proven.ok()) {
    return absl::DataLossError(absl::StrCat("the history of ", key_->name(), " is not one: ", why,
                                            ". Both checkpoints are kept: ", older, " and ",
                                            newer));
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string file,
                           kept_logs_.KeepEvidence(key_->name(), absl::StrCat(sizes, ".evidence"),
                                                   FormatEvidence(evidence)));
  return absl::DataLossError(absl::StrCat("the history of ", key_->name(), " is not one: ", why,
                                          ". The evidence, which nobody else can have made, is in ",
                                          file));
}

}  // namespace liaison::cli
