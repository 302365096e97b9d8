#include "client/cli/draft_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/draft_json.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr char kNamedReferences[] = "references_by_name";

absl::Status Within(absl::string_view place, absl::string_view separator,
                    const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(place, separator, status.message()));
}

absl::StatusOr<std::vector<NamedReference>> TakeNamedReferences(Json* json) {
  std::vector<NamedReference> references;
  const auto found = json->find(kNamedReferences);
  if (found == json->end()) return references;
  const auto wrong = absl::InvalidArgumentError(
      absl::StrCat("field `", kNamedReferences,
                   "`: expected a list of {\"author\", \"event_id\", \"relation\"}"));
  if (!found->is_array()) return wrong;
  for (const Json& item : *found) {
    NamedReference reference;
    for (const auto& [name, value] : item.items()) {
      if (!value.is_string()) return wrong;
      const auto text = value.get<std::string>();
      if (name == "author") {
        reference.author = text;
      } else if (name == "event_id") {
        reference.event_id = text;
      } else if (name != "relation" || !v1::Relation_Parse(text, &reference.relation)) {
        return wrong;
      }
    }
    if (reference.author.empty() || reference.event_id.empty()) return wrong;
    references.push_back(std::move(reference));
  }
  json->erase(kNamedReferences);
  return references;
}

}  // namespace

DraftReader::DraftReader(std::string file_name, RecordReader::Read read,
                         NamedReferences named_references)
    : file_name_(std::move(file_name)),
      records_(std::move(read)),
      named_references_(named_references) {}

absl::StatusOr<ReadDraft> DraftReader::Parse(const Record& record) const {
  ReadDraft read;
  read.origin = absl::StrCat(file_name_, ", line ", record.line, " (draft ", record.number, ")");
  absl::StatusOr<Json> json = ParseJson(record.text, record.line);
  if (!json.ok()) return Within(file_name_, ", ", json.status());
  if (named_references_ == NamedReferences::kRead) {
    absl::StatusOr<std::vector<NamedReference>> named = TakeNamedReferences(&*json);
    if (!named.ok()) return Within(read.origin, ": ", named.status());
    read.named_references = *std::move(named);
  }
  absl::StatusOr<v1::Draft> draft = DraftFromJson(*json);
  if (!draft.ok()) return Within(read.origin, ": ", draft.status());
  if (record::DraftBody(*draft) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(read.origin,
                     ": it has no body: one of `topic_signal`, `local_report`, ... "
                     "(`liaison example` shows each)"));
  }
  read.draft = *std::move(draft);
  return read;
}

absl::StatusOr<std::optional<ReadDraft>> DraftReader::Next() {
  absl::StatusOr<std::optional<Record>> record = records_.Next();
  if (!record.ok()) {
    if (absl::IsCancelled(record.status())) return record.status();
    return Within(file_name_, ", ", record.status());
  }
  if (!record->has_value()) {
    if (any_) return std::nullopt;
    return absl::InvalidArgumentError(absl::StrCat(file_name_, ": there is no draft in it"));
  }
  any_ = true;
  LIAISON_ASSIGN_OR_RETURN(ReadDraft draft, Parse(**record));
  return draft;
}

}  // namespace liaison::cli
