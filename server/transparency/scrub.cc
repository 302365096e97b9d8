#include "server/transparency/scrub.h"

#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "proto/record/signed_note.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"

namespace liaison::transparency {
namespace {

absl::Status Damaged(const std::string& file, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(file, " is damaged: ", why));
}

absl::StatusOr<uint64_t> CompareSigned(const std::string& file, const record::NoteVerifier& key,
                                       storage::Tree tree, uint64_t size,
                                       const storage::ScrubOptions::RootAt& root_at) {
  const auto checkpoint = ReadRecord(key, NoteFile(file).Load());
  if (!checkpoint.ok()) return Damaged(file, checkpoint.status().message());
  if (checkpoint->size > size) {
    return absl::DataLossError(absl::StrCat(checkpoint->size, " entries were signed for ",
                                            key.name(), ", and there are ", size));
  }
  LIAISON_ASSIGN_OR_RETURN(const record::Hash root, root_at(tree, checkpoint->size));
  if (root == checkpoint->root) return checkpoint->size;
  return absl::DataLossError(
      absl::StrCat("another root was signed for ", key.name(), " at size ", checkpoint->size));
}

absl::Status Compare(const LogKeyOptions& options, const storage::Scrubbed& log,
                     const storage::ScrubOptions::RootAt& root_at, Scrub* scrub) {
  const std::string file = LogKeyFile(options);
  const absl::StatusOr<std::string> text = record::ReadPrivateFile(file);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  LIAISON_RETURN_IF_ERROR(text.status());
  const auto key = FindOrMakeLogKey(options);
  if (!key.ok()) return absl::DataLossError(key.status().message());
  if (*text != absl::StrCat(key->ToSecret(), "\n")) return Damaged(file, "it ends in other bytes");
  scrub->origin = key->verifier().name();
  LIAISON_ASSIGN_OR_RETURN(scrub->signed_size,
                           CompareSigned(CheckpointFile(options), key->verifier(),
                                         storage::Tree::kLog, log.head.sequence, root_at));
  const record::NoteSigner registry_key =
      key->WithName(absl::StrCat(scrub->origin, kRegistrySuffix));
  LIAISON_ASSIGN_OR_RETURN(
      scrub->signed_registry,
      CompareSigned(RegistryCheckpointFile(options), registry_key.verifier(),
                    storage::Tree::kRegistry, log.head.registry_size, root_at));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scrub> ScrubSignedLog(const std::string& data_dir, const std::string& keys_folder,
                                     const storage::BackupObserver& observer) {
  Scrub scrub;
  storage::ScrubOptions options;
  options.data_dir = data_dir;
  options.observer = observer;
  options.compare = [&](const storage::Scrubbed& log,
                        const storage::ScrubOptions::RootAt& root_at) {
    return Compare({keys_folder, "", "", log.log_id}, log, root_at, &scrub);
  };
  LIAISON_ASSIGN_OR_RETURN(scrub.log, storage::ScrubLog(options));
  return scrub;
}

}  // namespace liaison::transparency
