#include "server/witness/witness_key.h"

#include <filesystem>
#include <utility>

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

// Two files, of which the second is there from the first checkpoint on and says only that.
class CosignedFile final : public transparency::NoteStore {
 public:
  CosignedFile(const std::string& folder, std::string origin)
      : origin_(std::move(origin)),
        name_(absl::StrCat(CosignedFolder(folder), "/", record::Sha256Of(origin_).ToHex())),
        note_(name_),
        begun_(absl::StrCat(name_, kBegunSuffix)) {}

  absl::StatusOr<std::string> Load() override {
    const absl::StatusOr<std::string> begun = begun_.Load();
    if (!begun.ok() && !absl::IsNotFound(begun.status())) return begun.status();
    is_begun_ = begun.ok();
    absl::StatusOr<std::string> note = note_.Load();
    if (absl::IsNotFound(note.status()) && is_begun_) {
      return absl::DataLossError(absl::StrCat(name_, " is gone"));
    }
    // A process that died between the two has given nothing away.
    if (note.ok()) LIAISON_RETURN_IF_ERROR(Begin());
    return note;
  }

  absl::Status Save(absl::string_view note) override {
    LIAISON_RETURN_IF_ERROR(note_.Save(note));
    return Begin();
  }

 private:
  absl::Status Begin() {
    if (is_begun_) return absl::OkStatus();
    LIAISON_RETURN_IF_ERROR(begun_.Save(absl::StrCat(origin_, "\n")));
    is_begun_ = true;
    return absl::OkStatus();
  }

  const std::string origin_;
  const std::string name_;
  transparency::NoteFile note_;
  transparency::NoteFile begun_;
  bool is_begun_ = false;
};

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
    return std::make_unique<CosignedFile>(folder, origin);
  };
}

}  // namespace liaison::witness
