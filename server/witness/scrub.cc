#include "server/witness/scrub.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/checkpoint.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "proto/record/signed_note.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/witness/witness_key.h"
#include "server/witness/witnessing.h"

namespace liaison::witness {
namespace {

absl::Status Damaged(const std::string& file, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(file, " is damaged: ", why));
}

// The checkpoint in that file, which this key has signed.
absl::StatusOr<record::Checkpoint> ReadNote(const std::string& file,
                                            const record::NoteVerifier& key) {
  const auto note = transparency::NoteFile(file).Load();
  if (absl::IsNotFound(note.status())) return note.status();
  if (!note.ok()) return Damaged(file, note.status().message());
  const auto opened = record::OpenNote(*note, {key});
  if (!opened.ok()) return Damaged(file, opened.status().message());
  const auto checkpoint = record::ParseCheckpoint(opened->text);
  if (!checkpoint.ok()) return Damaged(file, checkpoint.status().message());
  return *checkpoint;
}

// That the checkpoint is there of which this file says that it was.
absl::Status ScrubBegun(const std::string& file) {
  const std::string note(absl::StripSuffix(file, kBegunSuffix));
  const auto origin = transparency::NoteFile(file).Load();
  if (!origin.ok()) return Damaged(file, origin.status().message());
  const std::string hash = record::Sha256Of(absl::StripSuffix(*origin, "\n")).ToHex();
  if (!absl::EndsWith(*origin, "\n") || hash != std::filesystem::path(note).filename()) {
    return Damaged(file, "it names another log than its name says");
  }
  std::error_code ignored;
  if (std::filesystem::exists(note, ignored)) return absl::OkStatus();
  return Damaged(note, "it is gone");
}

absl::StatusOr<size_t> ScrubCosigned(const std::string& folder, const record::NoteVerifier& key) {
  size_t notes = 0;
  std::error_code error;
  std::filesystem::directory_iterator files(CosignedFolder(folder), error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const std::string file = files->path().string();
    if (absl::EndsWith(file, ".new")) continue;  // of a process that did not come as far
    if (absl::EndsWith(file, kBegunSuffix)) {
      LIAISON_RETURN_IF_ERROR(ScrubBegun(file));
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint checkpoint, ReadNote(file, key));
    if (record::Sha256Of(checkpoint.origin).ToHex() != files->path().filename()) {
      return Damaged(file, "it is of another log than its name says");
    }
    ++notes;
  }
  if (error) return Damaged(CosignedFolder(folder), error.message());
  return notes;
}

// 0 where this hub is no witness.
absl::StatusOr<size_t> ScrubOwn(const std::string& folder) {
  const std::string file = WitnessKeyFile(folder);
  const absl::StatusOr<std::string> text = record::ReadPrivateFile(file);
  std::error_code ignored;
  if (absl::IsNotFound(text.status()) &&
      !std::filesystem::exists(CosignedFolder(folder), ignored)) {
    return 0;
  }
  if (!text.ok()) return Damaged(file, text.status().message());
  const auto key = FindOrMakeWitnessKey({folder, "", ""});
  if (!key.ok()) return absl::DataLossError(key.status().message());
  if (*text != absl::StrCat(key->ToSecret(), "\n")) return Damaged(file, "it ends in other bytes");
  return ScrubCosigned(folder, key->verifier());
}

}  // namespace

absl::StatusOr<size_t> ScrubNotes(const std::string& keys_folder, const record::Uuid& log_id) {
  LIAISON_ASSIGN_OR_RETURN(size_t notes, ScrubOwn(keys_folder));
  const transparency::LogKeyOptions log{keys_folder, "", "", log_id};
  if (!record::ReadPrivateFile(transparency::LogKeyFile(log)).ok()) return notes;
  const auto key = transparency::FindOrMakeLogKey(log);
  if (!key.ok()) return absl::DataLossError(key.status().message());
  for (const std::string& file : {WitnessedFile(log), ConflictFile(log)}) {
    const auto checkpoint = ReadNote(file, key->verifier());
    if (absl::IsNotFound(checkpoint.status())) continue;
    LIAISON_RETURN_IF_ERROR(checkpoint.status());
    if (checkpoint->origin != key->verifier().name()) return Damaged(file, "it is of another log");
    ++notes;
  }
  return notes;
}

}  // namespace liaison::witness
