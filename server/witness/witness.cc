#include "server/witness/witness.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"
#include "storage/base/fault_point.h"

namespace liaison::witness {
namespace {

Answer Refused(Outcome outcome, absl::string_view why, uint64_t size = 0) {
  return {outcome, size, "", std::string(why)};
}

absl::Status Damaged(const std::string& origin, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("what this hub cosigned of ", origin, " is damaged: ", why,
                   ". Bring the file back from a copy. To begin anew with that log might cosign a "
                   "second history of it"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(record::NoteSigner key, Logs logs,
                                                       StoreOf store_of,
                                                       std::function<uint64_t()> now_s) {
  std::unique_ptr<Witness> witness(
      new Witness(std::move(key), std::move(logs), std::move(store_of), std::move(now_s)));
  // What is damaged is said at the start, not to whoever asks first.
  for (const record::NoteVerifier& log : witness->logs_of_()) {
    LIAISON_RETURN_IF_ERROR(witness->Find(log.name(), witness->KeysOf(log.name())).status());
  }
  return witness;
}

Witness::Keys Witness::KeysOf(const std::string& origin) const {
  Keys keys;
  for (record::NoteVerifier& log : logs_of_()) {
    if (log.name() == origin) keys.push_back(std::move(log));
  }
  return keys;
}

absl::StatusOr<Witness::Log*> Witness::Find(const std::string& origin, const Keys& keys) const {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Log>& log = logs_[origin];
  if (log != nullptr) return log.get();
  auto loaded = std::make_unique<Log>();
  loaded->store = store_of_(origin);
  LIAISON_RETURN_IF_ERROR(Load(origin, keys, loaded.get()));
  log = std::move(loaded);
  return log.get();
}

absl::Status Witness::Load(const std::string& origin, Keys keys, Log* log) const {
  absl::StatusOr<std::string> note = log->store->Load();
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  if (!note.ok()) return Damaged(origin, note.status().message());
  // Its own word counts: the log's keys may be others by now. Where they are not, the log's line is
  // checked too, since it is given away again.
  keys.push_back(key_.verifier());
  const auto opened = record::OpenNote(*note, keys);
  if (!opened.ok()) return Damaged(origin, opened.status().message());
  const bool is_own = std::any_of(opened->verified.begin(), opened->verified.end(),
                                  [this](const record::NoteSignature& signature) {
                                    return signature.name == verifier().name() &&
                                           signature.key_id == verifier().id();
                                  });
  if (!is_own) return Damaged(origin, "it has no cosignature of this witness");
  const auto checkpoint = record::ParseCheckpoint(opened->text);
  if (!checkpoint.ok()) return Damaged(origin, checkpoint.status().message());
  if (checkpoint->origin != origin) return Damaged(origin, "it is of another log");
  absl::MutexLock lock(&log->mu);
  log->size = checkpoint->size;
  log->root = checkpoint->root;
  log->note = *std::move(note);
  return absl::OkStatus();
}

Answer Witness::AddCheckpoint(absl::string_view request) {
  Asked asked;
  auto parsed = record::ParseAddCheckpoint(request);
  if (!parsed.ok()) return Refused(Outcome::kMalformed, parsed.status().message());
  asked.request = *std::move(parsed);
  const auto note = record::ParseNote(asked.request.checkpoint);
  if (!note.ok()) return Refused(Outcome::kMalformed, note.status().message());
  auto checkpoint = record::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return Refused(Outcome::kMalformed, checkpoint.status().message());
  asked.checkpoint = *std::move(checkpoint);
  const Keys keys = KeysOf(asked.checkpoint.origin);
  if (keys.empty()) return Refused(Outcome::kUnknownLog, "no log that is known here");
  auto opened = record::OpenNote(asked.request.checkpoint, keys);
  if (!opened.ok()) return Refused(Outcome::kNotSigned, opened.status().message());
  asked.note = *std::move(opened);
  if (asked.request.old_size > asked.checkpoint.size) {
    return Refused(Outcome::kMalformed, "the old size is above the new one");
  }
  const absl::StatusOr<Log*> log = Find(asked.checkpoint.origin, keys);
  if (!log.ok()) return Refused(Outcome::kNotKept, log.status().message());
  absl::MutexLock lock(&(*log)->mu);
  return Cosign(asked, *log);
}

Answer Witness::Cosign(const Asked& asked, Log* log) const {
  const record::Checkpoint& checkpoint = asked.checkpoint;
  if (asked.request.old_size != log->size) {
    return Refused(Outcome::kOtherSize, "this witness goes on from another size", log->size);
  }
  if (checkpoint.size == log->size && checkpoint.root != log->root && log->size > 0) {
    return Refused(Outcome::kOtherRoot, "this witness has cosigned another root of that size",
                   log->size);
  }
  const absl::Status goes_on = record::VerifyConsistency(log->size, checkpoint.size, log->root,
                                                         checkpoint.root, asked.request.hashes);
  if (!goes_on.ok()) return Refused(Outcome::kNoContinuation, goes_on.message());
  LIAISON_FAULT_POINT("cosign.compared");
  std::string note = absl::StrCat(asked.note.text, "\n");
  for (const record::NoteSignature& signature : asked.note.verified) note += signature.line;
  std::string cosignature = key_.Sign(asked.note.text, now_s_());
  note += cosignature;
  // Where it is not kept, or this process dies here, nobody has the cosignature: the log asks
  // again.
  if (absl::Status kept = log->store->Save(note); !kept.ok()) {
    return Refused(Outcome::kNotKept, kept.message());
  }
  LIAISON_FAULT_POINT("cosign.kept");
  log->size = checkpoint.size;
  log->root = checkpoint.root;
  log->note = std::move(note);
  return {Outcome::kCosigned, 0, std::move(cosignature), ""};
}

absl::StatusOr<std::string> Witness::Latest(const record::Hash& origin_hash) const {
  for (const record::NoteVerifier& known : logs_of_()) {
    if (record::Sha256Of(known.name()) != origin_hash) continue;
    LIAISON_ASSIGN_OR_RETURN(const Log* log, Find(known.name(), KeysOf(known.name())));
    absl::MutexLock lock(&log->mu);
    if (log->note.empty()) return absl::NotFoundError("nothing of that log has been cosigned yet");
    return log->note;
  }
  return absl::NotFoundError("no log that is known here");
}

}  // namespace liaison::witness
