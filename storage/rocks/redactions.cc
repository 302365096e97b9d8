#include "storage/rocks/redactions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "storage/format/redaction_file.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"

namespace liaison::storage {
namespace {

std::string FolderOf(const std::string& folder) { return absl::StrCat(folder, "/redactions"); }

std::string PathOf(const std::string& folder, const record::Hash& digest) {
  return absl::StrCat(FolderOf(folder), "/", digest.ToHex());
}

absl::StatusOr<KeptRedaction> ReadRedaction(rocksdb::FileSystem* files, const std::string& path) {
  LIAISON_ASSIGN_OR_RETURN(const std::string bytes,
                           ReadSmallFile(files, path, kMaxRedactionFileSizeBytes));
  absl::StatusOr<KeptRedaction> redaction = DecodeRedactionFile(bytes);
  if (redaction.ok()) {
    const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(redaction->leaf);
    const record::Hash digest = record::EventDigest(redaction->header);
    if (leaf.ok() && (leaf->redaction || leaf->relayed) && leaf->digest == digest &&
        absl::EndsWith(path, digest.ToHex())) {
      return redaction;
    }
  }
  return absl::DataLossError(absl::StrCat(path, " is damaged"));
}

// What a redaction says can be erased in its turn.
bool SameErased(const std::vector<StoredSection>& a, const std::vector<StoredSection>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const StoredSection& one, const StoredSection& other) {
                      return one.kind == other.kind && one.erased == other.erased;
                    });
}

// By its leaf, or by the header where it is another hub's.
bool IsRedaction(const EventLog::EventView& event) {
  const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(event.leaf);
  if (!leaf.ok() || !leaf->relayed) return leaf.ok() && leaf->redaction.has_value();
  record::pb::EventHeader header;
  return header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size())) &&
         header.type() == record::pb::EVENT_TYPE_REDACTION;
}

// Its leaf does not say what it erased here, if anything.
absl::StatusOr<std::optional<ErasedSection>> ErasedByRelayed(const EventLog& log,
                                                             const StoredEvent& redaction) {
  const std::optional<ErasedSection> nothing;
  record::pb::EventHeader header;
  if (!header.ParseFromString(redaction.header)) return nothing;
  const auto digest = record::Hash::Parse(header.redaction().target_digest());
  if (!digest.ok()) return nothing;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> target, log.FindByDigest(*digest));
  if (!target) return nothing;
  LIAISON_ASSIGN_OR_RETURN(const StoredEvent event, log.Read(*target));
  for (const StoredSection& section : event.sections) {
    if (section.kind == header.redaction().section() && section.erased) {
      return std::make_optional(ErasedSection{*target, section.kind});
    }
  }
  return nothing;
}

absl::Status Add(const EventLog& log, uint64_t sequence, std::vector<Redaction>* redactions) {
  LIAISON_ASSIGN_OR_RETURN(StoredEvent event, log.Read(sequence));
  LIAISON_ASSIGN_OR_RETURN(record::Leaf leaf, record::DecodeLeaf(event.leaf));
  Redaction redaction{leaf, std::move(event), "", std::nullopt};
  if (leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> evidence,
                             log.GetRow(Table::kForeign, ForeignKey(sequence)));
    redaction.evidence = std::move(evidence).value_or("");
    LIAISON_ASSIGN_OR_RETURN(redaction.erased, ErasedByRelayed(log, redaction.event));
  } else {
    redaction.erased = {leaf.redaction->target_sequence, leaf.redaction->section};
  }
  redactions->push_back(std::move(redaction));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Redaction>> RedactionsOf(const EventLog& log, uint64_t after,
                                                    uint64_t through) {
  const std::string term = record::Term(
      record::TermKind::kType, record::FindEventType(record::pb::EVENT_TYPE_REDACTION)->name);
  const uint64_t indexed_through = std::min(log.indexed_through(), through);
  std::vector<uint64_t> sequences;
  uint64_t at = after;
  while (at < indexed_through) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<uint64_t> some, log.NextWithTerm(term, at));
    if (some.empty()) break;
    sequences.insert(sequences.end(), some.begin(), some.end());
    at = some.back();
  }
  while (!sequences.empty() && sequences.back() > indexed_through) sequences.pop_back();
  LIAISON_RETURN_IF_ERROR(
      log.Scan(std::max(after, indexed_through), [&](const EventLog::EventView& event) {
        if (event.sequence > through) return false;
        if (IsRedaction(event)) sequences.push_back(event.sequence);
        return true;
      }));
  std::vector<Redaction> redactions;
  for (uint64_t sequence : sequences) {
    LIAISON_RETURN_IF_ERROR(Add(log, sequence, &redactions));
  }
  return redactions;
}

absl::Status WriteRedactions(rocksdb::FileSystem* files, const std::string& folder,
                             const record::Uuid& log_id, const std::vector<Redaction>& redactions) {
  LIAISON_RETURN_IF_ERROR(MakeFolders(files, FolderOf(folder)));
  for (const Redaction& redaction : redactions) {
    const std::string path = PathOf(folder, redaction.leaf.digest);
    const absl::StatusOr<KeptRedaction> there = ReadRedaction(files, path);
    if (there.ok() && SameErased(there->sections, redaction.event.sections)) continue;
    LIAISON_RETURN_IF_ERROR(
        ReplaceFile(files, path,
                    EncodeRedactionFile({log_id, redaction.event.leaf, redaction.event.header,
                                         redaction.event.sections, redaction.evidence})));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptRedaction>> ReadRedactions(rocksdb::FileSystem* files,
                                                          const std::string& folder) {
  std::vector<KeptRedaction> redactions;
  LIAISON_ASSIGN_OR_RETURN(const bool there, FileExists(files, FolderOf(folder)));
  if (!there) return redactions;
  std::vector<std::string> names;
  const rocksdb::IOStatus listed =
      files->GetChildren(FolderOf(folder), rocksdb::IOOptions(), &names, nullptr);
  if (!listed.ok()) return FromRocks(listed, absl::StrCat("cannot read ", FolderOf(folder)));
  for (const std::string& name : names) {
    if (name == "." || name == ".." || absl::EndsWith(name, kUnfinished)) continue;
    LIAISON_ASSIGN_OR_RETURN(KeptRedaction redaction,
                             ReadRedaction(files, absl::StrCat(FolderOf(folder), "/", name)));
    redactions.push_back(std::move(redaction));
  }
  const auto place = [](const KeptRedaction& redaction) {
    const record::Leaf leaf = record::DecodeLeaf(redaction.leaf).value();  // was read above
    return std::pair(leaf.hub_time_us, leaf.sequence);
  };
  std::sort(redactions.begin(), redactions.end(),
            [&](const KeptRedaction& a, const KeptRedaction& b) { return place(a) < place(b); });
  return redactions;
}

}  // namespace liaison::storage
