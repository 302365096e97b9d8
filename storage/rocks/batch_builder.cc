#include "storage/rocks/batch_builder.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/macros.h"
#include "storage/format/postings.h"
#include "storage/format/stored.h"
#include "storage/rocks/status.h"

namespace liaison::storage {
namespace {

size_t SizeOf(const NewEvent& event) {
  size_t size_bytes = event.header.size() + event.identity.size() + event.evidence.size();
  for (const StoredSection& section : event.sections) size_bytes += section.data.size();
  return size_bytes;
}

bool HasSection(const NewEvent& event, uint16_t kind) {
  return std::any_of(event.sections.begin(), event.sections.end(),
                     [kind](const StoredSection& section) { return section.kind == kind; });
}

record::RegistryLeaf RegistryLeafOf(const NewEvent& event, uint64_t index) {
  record::RegistryLeaf leaf;
  leaf.kind = *event.registry;
  leaf.index = index;
  leaf.sequence = event.leaf.sequence;
  leaf.digest = event.leaf.digest;
  leaf.key_hash = event.leaf.key_hash;
  leaf.signature = event.leaf.signature;
  return leaf;
}

}  // namespace

BatchBuilder::BatchBuilder(const Database& database, WriterState state)
    : database_(database), state_(std::move(state)) {}

absl::Status BatchBuilder::Check(const Group& group) const {
  if (group.events.size() > kMaxGroupEvents) {
    return absl::InvalidArgumentError(
        absl::StrCat("a group of ", group.events.size(), " events is too large"));
  }
  uint64_t sequence = state_.log.size();
  int64_t hub_time_us = state_.hub_time_us;
  size_t size_bytes = 0;
  for (const NewEvent& event : group.events) {
    if (event.leaf.sequence != ++sequence) {
      return absl::FailedPreconditionError(absl::StrCat(
          "event ", event.leaf.sequence, " does not continue the log: ", sequence, " is next"));
    }
    if (event.leaf.hub_time_us < hub_time_us) {
      return absl::FailedPreconditionError(absl::StrCat(
          "event ", sequence, " does not continue the log: its hub time ", event.leaf.hub_time_us,
          " us lies before the last event's, ", hub_time_us, " us"));
    }
    hub_time_us = event.leaf.hub_time_us;
    LIAISON_RETURN_IF_ERROR(CheckEvent(event));
    size_bytes += SizeOf(event);
  }
  for (const Row& row : group.rows) {
    size_bytes += row.key.size() + (row.value ? row.value->size() : 0);
  }
  if (size_bytes > kMaxGroupSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a group of ", size_bytes, " bytes is too large"));
  }
  return CheckErasures(group);
}

absl::Status BatchBuilder::CheckEvent(const NewEvent& event) const {
  const auto invalid = [&event](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("event ", event.leaf.sequence, " ", what));
  };
  if (event.sections.size() > kMaxSections) return invalid("has too many sections");
  for (size_t i = 0; i < event.sections.size(); ++i) {
    const StoredSection& section = event.sections[i];
    if (i > 0 && section.kind <= event.sections[i - 1].kind) {
      return invalid("has its sections out of order");
    }
    const bool here = !section.erased && !section.withheld;
    if (here && section.salt.size() != record::kSaltSizeBytes) {
      return invalid("has a salt of a wrong size");
    }
    if (section.withheld && !event.leaf.relayed) return invalid("withholds a section of its own");
  }
  if (event.leaf.relayed.has_value() == event.evidence.empty()) {
    return invalid("is relayed without evidence, or has evidence of nothing");
  }
  if (event.terms.size() > kMaxTermsPerEvent) return invalid("has too many terms");
  for (const std::string& term : event.terms) {
    if (term.size() > kMaxTermSizeBytes) return invalid("has a term that is too long");
  }
  return absl::OkStatus();
}

absl::Status BatchBuilder::CheckErasures(const Group& group) const {
  for (const ErasedSection& erased : group.erased) {
    bool there = false;
    if (erased.sequence > state_.log.size()) {
      const uint64_t position = erased.sequence - state_.log.size() - 1;
      there = position < group.events.size() && HasSection(group.events[position], erased.kind);
    } else {
      rocksdb::PinnableSlice row;
      LIAISON_ASSIGN_OR_RETURN(
          there,
          database_.GetPinned(Family::kSections, SectionKey(erased.sequence, erased.kind), &row));
    }
    if (!there) {
      return absl::FailedPreconditionError(absl::StrCat(
          "event ", erased.sequence, " has no section ", erased.kind, " that could be erased"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Committed> BatchBuilder::Build(const Group& group, rocksdb::WriteBatch* batch) {
  batch_ = batch;
  failed_ = rocksdb::Status::OK();
  Committed committed;
  committed.leaf_hashes.reserve(group.events.size());
  for (const NewEvent& event : group.events) committed.leaf_hashes.push_back(AddEvent(event));
  for (const Row& row : group.rows) AddTableRow(row);
  // After the events: a section that comes and goes in one group is gone.
  for (const ErasedSection& erased : group.erased) {
    StoredSection marker;
    marker.erased = true;
    row_.clear();
    AppendSectionRow(marker, &row_);
    Put(Family::kSections, SectionKey(erased.sequence, erased.kind), row_);
  }
  batch_ = nullptr;
  if (!failed_.ok()) return FromRocks(failed_, "cannot build the write batch");
  committed.head = {state_.log.size(), RootOf(state_.log), state_.registry.size(),
                    state_.registry.Root(), state_.hub_time_us};
  return committed;
}

record::Hash BatchBuilder::AddEvent(const NewEvent& event) {
  const uint64_t sequence = event.leaf.sequence;
  const std::string key = NumberKey(sequence);
  const std::string leaf = record::EncodeLeaf(event.leaf);
  row_.clear();
  AppendEventRow(leaf, event.header, event.sections, &row_);
  Put(Family::kEvents, key, row_);
  for (const StoredSection& section : event.sections) {
    row_.clear();
    AppendSectionRow(section, &row_);
    Put(Family::kSections, SectionKey(sequence, section.kind), row_);
  }
  const record::Hash leaf_hash = AddToTree(leaf);
  Put(Family::kDigest, event.leaf.digest.bytes(), key);
  if (!event.identity.empty()) Put(Family::kIdentity, event.identity, key);
  if (event.registry) AddRegistryLeaf(event);
  if (event.leaf.relayed) {
    Put(Family::kTables, TableKey(Table::kForeign, ForeignKey(sequence)), event.evidence);
  }
  state_.block.Add(sequence, event.terms);
  if (CompleteBlocksEnd(sequence) == sequence) AddPostings(BlockOf(sequence));
  state_.hub_time_us = event.leaf.hub_time_us;
  return leaf_hash;
}

record::Hash BatchBuilder::AddToTree(const std::string& leaf) {
#ifdef LIAISON_WITHOUT_TREE  // tests/bench builds such a hub, whose log nobody can open again
  static_cast<void>(leaf);
  const uint64_t size = state_.log.size() + 1;
  state_.log = record::CompactRange(size, std::vector<record::Hash>(absl::popcount(size)));
  return record::Hash();
#else
  // The very bytes that were stored are hashed.
  const record::Hash leaf_hash = record::LeafHash(leaf);
  const std::string key = NumberKey(state_.log.size());
  row_.clear();
  state_.log.Append(leaf_hash, &row_);
  Put(Family::kTree, key, row_);
  return leaf_hash;
#endif
}

record::Hash BatchBuilder::RootOf(const record::CompactRange& tree) {
#ifdef LIAISON_WITHOUT_TREE
  static_cast<void>(tree);
  return record::Hash();
#else
  return tree.Root();
#endif
}

void BatchBuilder::AddRegistryLeaf(const NewEvent& event) {
  const uint64_t index = state_.registry.size();
  const std::string leaf = record::EncodeRegistryLeaf(RegistryLeafOf(event, index));
  Put(Family::kRegistry, NumberKey(index), leaf);
  row_.clear();
  state_.registry.Append(record::LeafHash(leaf), &row_);
  Put(Family::kRegistryTree, NumberKey(index), row_);
}

void BatchBuilder::AddPostings(uint64_t block) {
  state_.block.Take([this, block](absl::string_view term, absl::Span<const uint16_t> offsets) {
    Put(Family::kIndex, PostingsKey(term, block), EncodePostings(offsets));
  });
}

void BatchBuilder::AddTableRow(const Row& row) {
  const std::string key = TableKey(row.table, row.key);
  if (row.value) {
    Put(Family::kTables, key, *row.value);
  } else {
    Note(batch_->Delete(database_.family(Family::kTables), key));
  }
}

void BatchBuilder::Put(Family family, absl::string_view key, absl::string_view value) {
  Note(batch_->Put(database_.family(family), ToSlice(key), ToSlice(value)));
}

void BatchBuilder::Note(const rocksdb::Status& status) {
  if (failed_.ok() && !status.ok()) failed_ = status;
}

}  // namespace liaison::storage
