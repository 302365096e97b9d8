#include "storage/rocks/log_check.h"

#include <rocksdb/utilities/debug.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/commitment.h"
#include "proto/record/compact_range.h"
#include "proto/record/foreign.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "storage/format/keys.h"
#include "storage/format/stored.h"
#include "storage/rocks/event_cursor.h"
#include "storage/rocks/recovery.h"
#include "storage/rocks/status.h"

namespace liaison::storage {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr uint64_t kReportEvery = 1024;
constexpr size_t kVersionsLookedAt = 8;  // more than one is a fault already

// Walks the log once. Not thread-safe.
class Checker {
 public:
  explicit Checker(const Database& database) : database_(database) {}

  absl::StatusOr<LogCheck> Run(const BackupObserver& observer);

 private:
  // Of a section, by event and kind.
  using SectionName = std::pair<uint64_t, uint16_t>;

  absl::Status CheckEvent(const EventLog::EventView& event);
  absl::Status CheckRelayed(const record::Leaf& leaf, const pb::EventHeader& header);
  absl::Status CheckOrigin(const record::Leaf& leaf) const;
  absl::Status CheckForeignRows() const;
  absl::StatusOr<bool> HasSay(const record::Leaf& redaction, const pb::EventHeader& header,
                              uint64_t target) const;
  absl::Status CheckSections(const EventLog::EventView& event, const pb::EventHeader& header,
                             const record::Leaf& leaf);
  absl::Status CheckFound(uint64_t sequence, Family family, absl::string_view key) const;
  absl::Status CheckRegistry(const Head& head) const;
  absl::Status CheckErasures() const;

  const Database& database_;
  LogCheck found_;
  record::CompactRange tree_;
  std::set<SectionName> erased_;
  std::map<SectionName, uint64_t> redacted_;  // by which event
  std::set<SectionName> redacted_elsewhere_;  // by another hub, which had a say in it
  uint64_t relayed_ = 0;
};

absl::Status Wrong(uint64_t sequence, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("event ", sequence, ": ", what));
}

absl::StatusOr<LogCheck> Checker::Run(const BackupObserver& observer) {
  LIAISON_ASSIGN_OR_RETURN(const Recovered recovered, Recover(database_));
  found_.head = recovered.head;
  const uint64_t through = found_.head.sequence;
  EventCursor cursor(database_, 0, through, EventCursor::Parts::kAll);
  EventLog::EventView event;
  while (cursor.Next(&event)) {
    LIAISON_RETURN_IF_ERROR(CheckEvent(event));
    if (event.sequence % kReportEvery == 0) observer({"checking", event.sequence, through});
  }
  LIAISON_RETURN_IF_ERROR(cursor.status());
  if (tree_.Root() != found_.head.root) {
    return absl::DataLossError(absl::StrCat("the leaves hash to root ", tree_.Root().ToHex(),
                                            ", the tree says ", found_.head.root.ToHex()));
  }
  LIAISON_RETURN_IF_ERROR(CheckRegistry(found_.head));
  LIAISON_RETURN_IF_ERROR(CheckForeignRows());
  LIAISON_RETURN_IF_ERROR(CheckErasures());
  observer({"checking", through, through});
  return found_;
}

absl::Status Checker::CheckEvent(const EventLog::EventView& event) {
  const uint64_t sequence = event.sequence;
  std::string row;
  tree_.Append(record::LeafHash(event.leaf), &row);
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (leaf.sequence != sequence) return Wrong(sequence, "its leaf is another event's");
  if (record::EventDigest(event.header) != leaf.digest) {
    return Wrong(sequence, "its header is not the one in the leaf");
  }
  pb::EventHeader header;
  if (!header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()))) {
    return Wrong(sequence, "its header cannot be read");
  }
  LIAISON_RETURN_IF_ERROR(CheckSections(event, header, leaf));
  if (leaf.redaction) {
    redacted_.emplace(SectionName(leaf.redaction->target_sequence, leaf.redaction->section),
                      sequence);
  }
  LIAISON_RETURN_IF_ERROR(CheckFound(sequence, Family::kDigest, leaf.digest.bytes()));
  if (leaf.relayed) return CheckRelayed(leaf, header);
  return CheckFound(sequence, Family::kIdentity, IdentityKey(header.author(), header.event_id()));
}

// It has no name here, and the proof of where it comes from.
absl::Status Checker::CheckRelayed(const record::Leaf& leaf, const pb::EventHeader& header) {
  ++relayed_;
  LIAISON_RETURN_IF_ERROR(CheckOrigin(leaf));
  const std::string name = IdentityKey(header.author(), header.event_id());
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> named,
                           database_.GetNumber(Family::kIdentity, name));
  if (named == leaf.sequence) return Wrong(leaf.sequence, "it is relayed, and has a name here");
  if (header.type() != pb::EVENT_TYPE_REDACTION) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<uint64_t> target,
      database_.GetNumber(Family::kDigest, header.redaction().target_digest()));
  if (!target || *target >= leaf.sequence) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const bool has_say, HasSay(leaf, header, *target));
  if (has_say) {
    redacted_elsewhere_.emplace(*target, static_cast<uint16_t>(header.redaction().section()));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Checker::HasSay(const record::Leaf& redaction, const pb::EventHeader& header,
                                     uint64_t target) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           database_.Get(Family::kEvents, NumberKey(target)));
  if (!bytes) return Wrong(target, "it is missing");
  EventRow row;  // views into the bytes
  LIAISON_RETURN_IF_ERROR(ParseEventRow(*bytes, &row));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(row.leaf));
  pb::EventHeader erased;
  return erased.ParseFromArray(row.header.data(), static_cast<int>(row.header.size())) &&
         record::MayErase(redaction, header.author(), leaf, erased.author());
}

absl::Status Checker::CheckOrigin(const record::Leaf& leaf) const {
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> bytes,
      database_.Get(Family::kTables, TableKey(Table::kForeign, ForeignKey(leaf.sequence))));
  if (!bytes) return Wrong(leaf.sequence, "the evidence of its origin is missing");
  const absl::StatusOr<record::Evidence> evidence = record::DecodeForeign(*bytes);
  const absl::Status shown =
      evidence.ok() ? record::CheckForeign(leaf, *evidence) : evidence.status();
  if (!shown.ok()) {
    return Wrong(leaf.sequence, absl::StrCat("the evidence of its origin: ", shown.message()));
  }
  // CheckForeign has compared its hash with the leaf's.
  LIAISON_ASSIGN_OR_RETURN(const std::string origin, record::OriginIn(*bytes));
  if (absl::EndsWith(origin, absl::StrCat("/", leaf.relayed->log_id.ToString()))) {
    return absl::OkStatus();
  }
  return Wrong(leaf.sequence, absl::StrCat("its leaf names another log than ", origin));
}

// Evidence of what is not there, or is this log's own, is a fault.
absl::Status Checker::CheckForeignRows() const {
  const std::string prefix = TableKey(Table::kForeign, "");
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(
      database_.rocks()->NewIterator(options, database_.family(Family::kTables)));
  uint64_t rows = 0;
  for (it->Seek(ToSlice(prefix)); it->Valid() && absl::StartsWith(ToView(it->key()), prefix);
       it->Next()) {
    ++rows;
  }
  if (!it->status().ok()) return FromRocks(it->status(), "cannot read the evidence of origins");
  if (rows == relayed_) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("there is evidence of the origin of ", rows,
                                          " events, and ", relayed_, " are relayed"));
}

absl::Status Checker::CheckSections(const EventLog::EventView& event, const pb::EventHeader& header,
                                    const record::Leaf& leaf) {
  if (static_cast<size_t>(header.commitments_size()) != event.sections.size()) {
    return Wrong(event.sequence, "it has other sections than its header commits to");
  }
  for (size_t i = 0; i < event.sections.size(); ++i) {
    const StoredSection& section = event.sections[i];
    const pb::SectionCommitment& said = header.commitments(static_cast<int>(i));
    if (said.kind() != section.kind) {
      return Wrong(event.sequence, "it has other sections than its header commits to");
    }
    if (section.erased) {
      erased_.emplace(event.sequence, section.kind);
      ++found_.erased;
      continue;
    }
    if (section.withheld) {
      if (leaf.relayed) continue;
      return Wrong(event.sequence, absl::StrCat("section ", section.kind,
                                                " is withheld, and it is this log's own"));
    }
    if (record::Commitment(section.kind, section.salt, section.data).bytes() != said.commitment()) {
      return Wrong(event.sequence,
                   absl::StrCat("section ", section.kind, " does not open its commitment"));
    }
    ++found_.sections;
  }
  return absl::OkStatus();
}

absl::Status Checker::CheckFound(uint64_t sequence, Family family, absl::string_view key) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> found, database_.GetNumber(family, key));
  if (found == sequence) return absl::OkStatus();
  return Wrong(sequence, absl::StrCat("it is not found by its row in `",
                                      kFamilyNames[static_cast<size_t>(family)], "`"));
}

absl::Status Checker::CheckRegistry(const Head& head) const {
  record::CompactRange tree;
  std::string row;
  for (uint64_t index = 0; index < head.registry_size; ++index) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> leaf,
                             database_.Get(Family::kRegistry, NumberKey(index)));
    if (!leaf) return absl::DataLossError(absl::StrCat("registry leaf ", index, " is missing"));
    tree.Append(record::LeafHash(*leaf), &row);
    row.clear();
  }
  if (tree.Root() == head.registry_root) return absl::OkStatus();
  return absl::DataLossError("the registry's leaves do not hash to its root");
}

absl::Status Checker::CheckErasures() const {
  std::vector<ErasedSection> erased;
  for (const auto& [sequence, kind] : erased_) {
    if (redacted_.count({sequence, kind}) == 0 &&
        redacted_elsewhere_.count({sequence, kind}) == 0) {
      return Wrong(sequence, absl::StrCat("section ", kind, " is missing: no redaction erased it"));
    }
    erased.push_back({sequence, kind});
  }
  for (const auto& [name, by] : redacted_) {
    if (erased_.count(name) == 0) {
      return Wrong(name.first, absl::StrCat("section ", name.second, " is still there, although ",
                                            "event ", by, " erased it"));
    }
  }
  return CheckErased(database_, erased);
}

}  // namespace

absl::StatusOr<LogCheck> CheckLog(const Database& database, const BackupObserver& observer) {
  return Checker(database).Run(observer);
}

absl::Status CheckErased(const Database& database, absl::Span<const ErasedSection> erased) {
  for (const ErasedSection& section : erased) {
    const std::string key = SectionKey(section.sequence, section.kind);
    std::vector<rocksdb::KeyVersion> versions;
    const rocksdb::Status listed =
        rocksdb::GetAllKeyVersions(database.rocks(), database.family(Family::kSections), key, key,
                                   kVersionsLookedAt, &versions);
    if (!listed.ok()) return FromRocks(listed, "cannot read the versions of a section");
    if (versions.size() != 1) {
      return Wrong(section.sequence, absl::StrCat("section ", section.kind,
                                                  " is erased, and its words are still in a file"));
    }
  }
  return absl::OkStatus();
}

}  // namespace liaison::storage
