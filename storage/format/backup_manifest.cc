#include "storage/format/backup_manifest.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace liaison::storage {
namespace {

// Takes lines apart from the front. Once one is not as expected, none is any more.
class Lines {
 public:
  explicit Lines(absl::string_view text) : lines_(absl::StrSplit(text, '\n')) {}

  bool ok() const { return ok_; }

  absl::string_view Take(absl::string_view name) {
    absl::string_view line = next_ < lines_.size() ? lines_[next_++] : absl::string_view();
    if (!absl::ConsumePrefix(&line, name) || !absl::ConsumePrefix(&line, " ")) ok_ = false;
    return line;
  }
  template <typename Number>
  void TakeNumber(absl::string_view name, Number* number) {
    if (!absl::SimpleAtoi(Take(name), number)) ok_ = false;
  }
  void TakeHash(absl::string_view name, record::Hash* hash) {
    const absl::StatusOr<record::Hash> parsed = record::Hash::FromHex(Take(name));
    if (!parsed.ok()) ok_ = false;
    if (parsed.ok()) *hash = *parsed;
  }
  void TakeUuid(absl::string_view name, record::Uuid* uuid) {
    const absl::StatusOr<record::Uuid> parsed = record::Uuid::Parse(Take(name));
    if (!parsed.ok()) ok_ = false;
    if (parsed.ok()) *uuid = *parsed;
  }

 private:
  const std::vector<absl::string_view> lines_;
  size_t next_ = 1;  // behind the title
  bool ok_ = true;
};

}  // namespace

std::string EncodeManifest(const BackupManifest& manifest) {
  const BackupInfo& info = manifest.info;
  std::string text = absl::StrCat("igf.liaison/backup/v1\nnumber ", info.number, "\nlog_id ",
                                  info.log_id.ToString(), "\nsequence ", info.head.sequence,
                                  "\nroot ", info.head.root.ToHex(), "\n");
  absl::StrAppend(&text, "registry_size ", info.head.registry_size, "\nregistry_root ",
                  info.head.registry_root.ToHex(), "\nhub_time_us ", info.head.hub_time_us,
                  "\nbegun_us ", info.begun_us, "\nsize_bytes ", info.size_bytes, "\nengine_meta ",
                  manifest.engine_meta.ToHex(), "\n");
  const std::string check = record::Sha256Of(text).ToHex();
  absl::StrAppend(&text, "check ", check, "\n");
  return text;
}

absl::StatusOr<BackupManifest> DecodeManifest(absl::string_view bytes) {
  BackupManifest manifest;
  BackupInfo& info = manifest.info;
  Lines lines(bytes);
  lines.TakeNumber("number", &info.number);
  lines.TakeUuid("log_id", &info.log_id);
  lines.TakeNumber("sequence", &info.head.sequence);
  lines.TakeHash("root", &info.head.root);
  lines.TakeNumber("registry_size", &info.head.registry_size);
  lines.TakeHash("registry_root", &info.head.registry_root);
  lines.TakeNumber("hub_time_us", &info.head.hub_time_us);
  lines.TakeNumber("begun_us", &info.begun_us);
  lines.TakeNumber("size_bytes", &info.size_bytes);
  lines.TakeHash("engine_meta", &manifest.engine_meta);
  // One encoding for one manifest: whatever else would parse is not what was written.
  if (!lines.ok() || EncodeManifest(manifest) != bytes) {
    return absl::DataLossError("the manifest of the backup is damaged");
  }
  return manifest;
}

}  // namespace liaison::storage
