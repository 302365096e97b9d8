#include "server/federation/origin.h"

#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::federation {

absl::StatusOr<Origin> ParseOrigin(absl::string_view name) {
  const auto wrong = [name](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("`", name, "` is no HOST/HUB/LOG_ID: ", what));
  };
  const size_t last = name.rfind('/');
  const size_t first = name.find('/');
  if (first == absl::string_view::npos || first == 0 || first == last) {
    return wrong("three parts, with a slash between them");
  }
  const absl::string_view hub = name.substr(first + 1, last - first - 1);
  if (!record::IsAudience(absl::StrCat(hub, "/public"))) return wrong("the hub is no such name");
  const absl::StatusOr<record::Uuid> log_id = record::Uuid::Parse(name.substr(last + 1));
  if (!log_id.ok()) return wrong(log_id.status().message());
  if (!record::IsNoteKeyName(name)) return wrong("it has a space or a plus");
  return Origin{std::string(name), std::string(hub), *log_id, record::Sha256Of(name)};
}

record::NoteVerifier RegistryKeyOf(const record::NoteVerifier& log_key) {
  return record::NoteVerifier::Of(absl::StrCat(log_key.name(), kRegistrySuffix), log_key.type(),
                                  log_key.public_key());
}

absl::StatusOr<Head> OpenHead(const record::NoteVerifier& key, absl::string_view note) {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened, record::OpenNote(note, {key}));
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint checkpoint,
                           record::ParseCheckpoint(opened.text));
  if (checkpoint.origin != key.name()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a checkpoint of ", checkpoint.origin, ", not of ", key.name()));
  }
  return Head{checkpoint.size, checkpoint.root, std::string(note)};
}

}  // namespace liaison::federation
