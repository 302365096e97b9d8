#include "server/witness/witness_key.h"

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::witness {
namespace {

absl::StatusOr<record::NoteSigner> MakeKey(const WitnessKeyOptions& options) {
  const std::string name = absl::StrCat(options.host, "/", options.hub, "/witness");
  if (!record::IsNoteKeyName(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", name, "` cannot name a witness: its host is written without spaces or +"));
  }
  record::NoteSigner signer = record::NoteSigner::Generate(name, record::NoteKeyType::kCosignature);
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(CosignedFolder(options.folder)));
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(WitnessKeyFile(options.folder),
                                                     absl::StrCat(signer.ToSecret(), "\n")));
  return signer;
}

}  // namespace

std::string WitnessKeyFile(const std::string& folder) {
  return absl::StrCat(folder, "/witness.key");
}

std::string CosignedFolder(const std::string& folder) { return absl::StrCat(folder, "/witness"); }

absl::StatusOr<record::NoteSigner> FindOrMakeWitnessKey(const WitnessKeyOptions& options) {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(options.folder));
  const std::string file = WitnessKeyFile(options.folder);
  const absl::StatusOr<std::string> text = record::ReadPrivateFile(file);
  if (absl::IsNotFound(text.status())) return MakeKey(options);
  LIAISON_RETURN_IF_ERROR(text.status());
  absl::StatusOr<record::NoteSigner> signer =
      record::NoteSigner::Parse(absl::StripTrailingAsciiWhitespace(*text));
  if (!signer.ok() || signer->verifier().type() != record::NoteKeyType::kCosignature) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is not the key of a witness"));
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(CosignedFolder(options.folder), ignored)) {
    return absl::FailedPreconditionError(absl::StrCat(
        CosignedFolder(options.folder), " is gone, where stands what was cosigned with ", file,
        ": bring it back from a copy. Without it this witness could cosign a second history"));
  }
  return signer;
}

Witness::StoreOf StoresIn(const std::string& folder) {
  return [folder](const std::string& origin) {
    return std::make_unique<transparency::NoteFile>(
        absl::StrCat(CosignedFolder(folder), "/", record::Sha256Of(origin).ToHex()));
  };
}

}  // namespace liaison::witness
