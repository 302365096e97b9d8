#include "client/cli/kept_log.h"

#include <utility>

#include "absl/numeric/bits.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/user_folder.h"
#include "proto/record/base64.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::cli {
namespace {

constexpr absl::string_view kKeptMagic = "igf.liaison/kept/v1\n";

absl::StatusOr<KeptLog> ParseKept(absl::string_view text) {
  const absl::Status damaged = absl::InvalidArgumentError("it is damaged");
  if (!absl::ConsumePrefix(&text, kKeptMagic)) return damaged;
  const size_t empty_line = text.find("\n\n");
  if (empty_line == absl::string_view::npos) return damaged;
  absl::string_view head = text.substr(0, empty_line + 1);
  const absl::string_view note = text.substr(empty_line + 2);
  std::vector<record::Hash> roots;
  std::string vkey;
  while (!head.empty()) {
    absl::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(line.size() + 1);
    if (absl::ConsumePrefix(&line, "vkey ")) {
      vkey = std::string(line);
    } else if (absl::ConsumePrefix(&line, "root ")) {
      LIAISON_ASSIGN_OR_RETURN(const record::Hash root, record::ParseBase64Hash(line));
      roots.push_back(root);
    } else {
      return damaged;
    }
  }
  LIAISON_ASSIGN_OR_RETURN(record::NoteVerifier key, record::NoteVerifier::Parse(vkey));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, ReadCheckpoint(note, key));
  if (roots.size() != static_cast<size_t>(absl::popcount(checkpoint.size))) return damaged;
  record::CompactRange tree(checkpoint.size, std::move(roots));
  if (tree.Root() != checkpoint.root) return damaged;
  return KeptLog{std::move(key), std::move(checkpoint), std::string(note), std::move(tree)};
}

std::string FormatKept(const KeptLog& log) {
  std::string text = absl::StrCat(kKeptMagic, "vkey ", log.key.ToString(), "\n");
  for (const record::Hash& root : log.tree.roots()) {
    absl::StrAppend(&text, "root ", record::ToBase64(root), "\n");
  }
  return absl::StrCat(text, "\n", log.note);
}

}  // namespace

absl::StatusOr<record::Checkpoint> ReadCheckpoint(absl::string_view note,
                                                  const record::NoteVerifier& key) {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened, record::OpenNote(note, {key}));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, record::ParseCheckpoint(opened.text));
  if (checkpoint.origin == key.name()) return checkpoint;
  return absl::InvalidArgumentError(absl::StrCat("a checkpoint of ", checkpoint.origin));
}

std::string KeptLogs::DefaultFolder() {
  return UserFolder("XDG_STATE_HOME", ".local/state", "liaison/kept");
}

std::string KeptLogs::FileOf(absl::string_view what, absl::string_view suffix) const {
  return absl::StrCat(folder_, "/", record::Sha256Of(what).ToHex().substr(0, 32), suffix);
}

absl::StatusOr<std::optional<KeptLog>> KeptLogs::Find(const std::string& origin) const {
  const std::string file = FileOf(origin, ".kept");
  const absl::StatusOr<std::string> text = record::ReadPublicFile(file);
  if (absl::IsNotFound(text.status())) return std::optional<KeptLog>();
  LIAISON_RETURN_IF_ERROR(text.status());
  absl::StatusOr<KeptLog> kept = ParseKept(*text);
  if (kept.ok() && kept->checkpoint.origin == origin) return std::optional<KeptLog>(*kept);
  return absl::InvalidArgumentError(absl::StrCat(
      file, " cannot be used: ", kept.ok() ? "it is of another log" : kept.status().message()));
}

absl::Status KeptLogs::Keep(const KeptLog& log) const {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(folder_));
  return record::ReplacePrivateFile(FileOf(log.checkpoint.origin, ".kept"), FormatKept(log));
}

absl::StatusOr<std::string> KeptLogs::OriginAt(const std::string& address) const {
  absl::StatusOr<std::string> origin = record::ReadPublicFile(FileOf(address, ".origin"));
  if (absl::IsNotFound(origin.status())) return std::string();
  return origin;
}

absl::Status KeptLogs::KeepOrigin(const std::string& address, const std::string& origin) const {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(folder_));
  return record::ReplacePrivateFile(FileOf(address, ".origin"), origin);
}

absl::StatusOr<std::string> KeptLogs::KeepEvidence(const std::string& origin,
                                                   absl::string_view suffix,
                                                   absl::string_view content) const {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(folder_));
  std::string file = FileOf(origin, suffix);
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(file, content));
  return file;
}

}  // namespace liaison::cli
