#include "server/transparency/log_key.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "server/transparency/note_file.h"

namespace liaison::transparency {
namespace {

std::string Named(const LogKeyOptions& options, absl::string_view what) {
  return absl::StrCat(options.folder, "/log-", options.log_id.ToString(), ".", what);
}

absl::Status SaveEmpty(const std::string& file, const record::NoteSigner& signer) {
  const std::string text =
      record::FormatCheckpoint({signer.verifier().name(), 0, record::EmptyRoot(), {}});
  return NoteFile(file).Save(absl::StrCat(text, "\n", signer.Sign(text)));
}

absl::StatusOr<record::NoteSigner> MakeLogKey(const LogKeyOptions& options) {
  const std::string origin =
      absl::StrCat(options.host, "/", options.hub, "/", options.log_id.ToString());
  if (!record::IsNoteKeyName(origin)) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", origin, "` cannot name a log: its host is written without spaces or +"));
  }
  record::NoteSigner signer = record::NoteSigner::Generate(origin, record::NoteKeyType::kEd25519);
  LIAISON_RETURN_IF_ERROR(SaveEmpty(CheckpointFile(options), signer));
  LIAISON_RETURN_IF_ERROR(SaveEmpty(RegistryCheckpointFile(options),
                                    signer.WithName(absl::StrCat(origin, kRegistrySuffix))));
  LIAISON_RETURN_IF_ERROR(
      record::ReplacePrivateFile(LogKeyFile(options), absl::StrCat(signer.ToSecret(), "\n")));
  return signer;
}

// The record of a key that was never used is none: making it was cut short.
absl::StatusOr<bool> HasRecord(const std::string& file) {
  const absl::StatusOr<std::string> note = record::ReadPublicFile(file);
  if (absl::IsNotFound(note.status())) return false;
  LIAISON_RETURN_IF_ERROR(note.status());
  const auto parsed = record::ParseNote(*note);
  if (!parsed.ok()) return true;
  const auto checkpoint = record::ParseCheckpoint(parsed->text);
  return !checkpoint.ok() || checkpoint->size > 0;
}

}  // namespace

std::string LogKeyFile(const LogKeyOptions& options) { return Named(options, "key"); }

std::string CheckpointFile(const LogKeyOptions& options) { return Named(options, "checkpoint"); }

std::string RegistryCheckpointFile(const LogKeyOptions& options) {
  return Named(options, "registry-checkpoint");
}

absl::StatusOr<record::NoteSigner> FindOrMakeLogKey(const LogKeyOptions& options) {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(options.folder));
  const std::string file = LogKeyFile(options);
  const absl::StatusOr<std::string> text = record::ReadPrivateFile(file);
  if (absl::IsNotFound(text.status())) {
    for (const std::string& record : {CheckpointFile(options), RegistryCheckpointFile(options)}) {
      LIAISON_ASSIGN_OR_RETURN(const bool was_signed, HasRecord(record));
      if (!was_signed) continue;
      return absl::FailedPreconditionError(
          absl::StrCat(file, " is gone, and ", record,
                       " was signed with it: bring the key back from a copy. "
                       "With another key this would be another log to everybody who checks it"));
    }
    return MakeLogKey(options);
  }
  LIAISON_RETURN_IF_ERROR(text.status());
  absl::StatusOr<record::NoteSigner> signer =
      record::NoteSigner::Parse(absl::StripTrailingAsciiWhitespace(*text));
  if (!signer.ok() || signer->verifier().type() != record::NoteKeyType::kEd25519) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is not the key of a log"));
  }
  if (!absl::EndsWith(signer->verifier().name(), absl::StrCat("/", options.log_id.ToString()))) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is the key of another log"));
  }
  return signer;
}

absl::StatusOr<record::Checkpoint> ReadRecord(const record::NoteVerifier& key,
                                              const absl::StatusOr<std::string>& note) {
  LIAISON_RETURN_IF_ERROR(note.status());
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened, record::OpenNote(*note, {key}));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, record::ParseCheckpoint(opened.text));
  if (checkpoint.origin == key.name()) return checkpoint;
  return absl::InvalidArgumentError("it is of another log");
}

}  // namespace liaison::transparency
