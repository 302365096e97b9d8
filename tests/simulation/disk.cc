#include "tests/simulation/disk.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"

namespace liaison::simulation {

using storage::Committed;
using storage::Group;
using storage::NewEvent;
using storage::StoredEvent;
using storage::StoredSection;

void Disk::Apply(const Group& group) {
  std::string row;  // the nodes are not kept: the oracle has its own way to a root
  for (const NewEvent& event : group.events) {
    const uint64_t sequence = event.leaf.sequence;
    const std::string leaf = record::EncodeLeaf(event.leaf);
    events.push_back({sequence, leaf, event.header, event.sections});
    tree.Append(record::LeafHash(leaf), &row);
    identities.emplace(event.identity, sequence);
    digests.emplace(event.leaf.digest, sequence);
    for (const std::string& term : event.terms) terms[term].push_back(sequence);
    if (event.registry) {
      record::RegistryLeaf registered;
      registered.kind = *event.registry;
      registered.index = registry.size();
      registered.sequence = sequence;
      registered.digest = event.leaf.digest;
      registered.key_hash = event.leaf.key_hash;
      registered.signature = event.leaf.signature;
      registry.push_back(record::EncodeRegistryLeaf(registered));
      registry_tree.Append(record::LeafHash(registry.back()), &row);
    }
    hub_time_us = event.leaf.hub_time_us;
    row.clear();
  }
  for (const storage::Row& change : group.rows) {
    if (change.value) {
      rows[{change.table, change.key}] = *change.value;
    } else {
      rows.erase({change.table, change.key});
    }
  }
  for (const storage::ErasedSection& erased : group.erased) {
    for (StoredSection& section : events[erased.sequence - 1].sections) {
      if (section.kind == erased.kind) section = {erased.kind, "", "", true};
    }
  }
}

storage::Head Disk::head() const {
  return {events.size(), tree.Root(), registry.size(), registry_tree.Root(), hub_time_us};
}

SimulatedLog::SimulatedLog(Disk* disk, DiskWorld* world) : disk_(disk), world_(world) {
  if (disk_->limbo && disk_->limbo_is_there) disk_->Apply(*disk_->limbo);
  disk_->limbo.reset();
  // What was recovered is served from now on, so that the head file has it, as the real log's has.
  disk_->head_file_sequence = disk_->events.size();
}

absl::Status SimulatedLog::Check(const Group& group) const {
  uint64_t sequence = disk_->events.size();
  int64_t hub_time_us = disk_->hub_time_us;
  for (const NewEvent& event : group.events) {
    if (event.leaf.sequence != ++sequence || event.leaf.hub_time_us < hub_time_us) {
      return absl::FailedPreconditionError(
          absl::StrCat("event ", event.leaf.sequence, " does not continue the log"));
    }
    hub_time_us = event.leaf.hub_time_us;
  }
  return absl::OkStatus();
}

absl::StatusOr<Committed> SimulatedLog::Append(const Group& group) {
  LIAISON_RETURN_IF_ERROR(failure_);
  LIAISON_RETURN_IF_ERROR(Check(group));
  const Fate fate = world_->NextFate();
  failure_ = record::Error(record::Reason::kLogWriteFailed, "the simulated disk failed");
  disk_->limbo = group;
  disk_->limbo_is_there = fate == Fate::kFailsAndIsThere || fate == Fate::kHubDiesAndItIsThere;
  if (!world_->WaitForDisk()) return failure_;
  if (fate == Fate::kHubDiesAndItIsThere || fate == Fate::kHubDiesAndItIsGone) {
    world_->HubDies();
    return failure_;
  }
  if (fate != Fate::kDone) {
    world_->WriteFailed();
    return failure_;
  }
  failure_ = absl::OkStatus();
  disk_->limbo.reset();
  disk_->Apply(group);
  Committed committed;
  committed.head = head();
  for (const NewEvent& event : group.events) {
    committed.leaf_hashes.push_back(record::LeafHash(record::EncodeLeaf(event.leaf)));
  }
  return committed;
}

absl::Status SimulatedLog::SyncHeadFile() {
  LIAISON_RETURN_IF_ERROR(failure_);
  if (!world_->WaitForDisk()) {
    failure_ = absl::UnavailableError("the hub has ended");
    return failure_;
  }
  disk_->head_file_sequence = disk_->events.size();
  return absl::OkStatus();
}

absl::StatusOr<StoredEvent> SimulatedLog::Read(uint64_t sequence) const {
  if (sequence == 0 || sequence > disk_->events.size()) return absl::NotFoundError("no such event");
  return disk_->events[sequence - 1];
}

absl::StatusOr<std::vector<std::optional<storage::StoredSection>>> SimulatedLog::ReadSections(
    absl::Span<const uint64_t> sequences, uint16_t kind) const {
  std::vector<std::optional<storage::StoredSection>> found;
  for (const uint64_t sequence : sequences) {
    LIAISON_ASSIGN_OR_RETURN(const StoredEvent event, Read(sequence));
    found.emplace_back();
    for (const storage::StoredSection& section : event.sections) {
      if (section.kind == kind) found.back() = section;
    }
  }
  return found;
}

absl::StatusOr<std::vector<storage::StoredEvent>> SimulatedLog::ReadHeaders(
    absl::Span<const uint64_t> sequences) const {
  std::vector<storage::StoredEvent> events;
  for (const uint64_t sequence : sequences) {
    LIAISON_ASSIGN_OR_RETURN(events.emplace_back(), ReadHeader(sequence));
  }
  return events;
}

absl::Status SimulatedLog::Scan(uint64_t after,
                                const std::function<bool(const EventView&)>& visit) const {
  const bool fails = world_->ScanFails();
  for (uint64_t i = after; i < disk_->events.size(); ++i) {
    const StoredEvent& event = disk_->events[i];
    if (!visit({event.sequence, event.leaf, event.header, event.sections})) return absl::OkStatus();
    if (fails) return absl::UnavailableError("the simulated disk cannot be read");
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredEvent> SimulatedLog::ReadHeader(uint64_t sequence) const {
  LIAISON_ASSIGN_OR_RETURN(StoredEvent event, Read(sequence));
  event.sections.clear();
  return event;
}

absl::Status SimulatedLog::ScanHeaders(uint64_t after,
                                       const std::function<bool(const EventView&)>& visit) const {
  return Scan(after, [&visit](const EventView& event) {
    return visit({event.sequence, event.leaf, event.header, {}});
  });
}

absl::StatusOr<std::optional<uint64_t>> SimulatedLog::FindByIdentity(
    absl::string_view identity) const {
  auto it = disk_->identities.find(std::string(identity));
  return it == disk_->identities.end() ? std::nullopt : std::make_optional(it->second);
}

absl::StatusOr<std::optional<uint64_t>> SimulatedLog::FindByDigest(
    const record::Hash& digest) const {
  auto it = disk_->digests.find(digest);
  return it == disk_->digests.end() ? std::nullopt : std::make_optional(it->second);
}

absl::StatusOr<uint64_t> SimulatedLog::FirstAtOrAfter(int64_t hub_time_us) const {
  for (const StoredEvent& event : disk_->events) {
    LIAISON_ASSIGN_OR_RETURN(record::Leaf leaf, record::DecodeLeaf(event.leaf));
    if (leaf.hub_time_us >= hub_time_us) return event.sequence;
  }
  return disk_->events.size() + 1;
}

uint64_t SimulatedLog::indexed_through() const {
  return disk_->events.size() / disk_->block_sequences * disk_->block_sequences;
}

absl::StatusOr<std::vector<uint64_t>> SimulatedLog::NextWithTerm(absl::string_view term,
                                                                 uint64_t after) const {
  std::vector<uint64_t> found;
  auto it = disk_->terms.find(std::string(term));
  if (it == disk_->terms.end()) return found;
  const auto block = [this](uint64_t sequence) { return (sequence - 1) / disk_->block_sequences; };
  auto next = std::upper_bound(it->second.begin(), it->second.end(), after);
  for (; next != it->second.end() && *next <= indexed_through(); ++next) {
    if (!found.empty() && block(*next) != block(found.front())) break;
    found.push_back(*next);
  }
  return found;
}

absl::StatusOr<std::optional<std::string>> SimulatedLog::GetRow(storage::Table table,
                                                                absl::string_view key) const {
  auto it = disk_->rows.find({table, std::string(key)});
  return it == disk_->rows.end() ? std::nullopt : std::make_optional(it->second);
}

absl::StatusOr<std::vector<storage::EventLog::KeyValue>> SimulatedLog::ListRows(
    storage::Table table, absl::string_view prefix, absl::string_view after, size_t limit) const {
  std::vector<KeyValue> found;
  for (const auto& [key, value] : disk_->rows) {
    if (key.first != table || !absl::StartsWith(key.second, prefix) || key.second <= after) {
      continue;
    }
    if (found.size() < limit) found.push_back({key.second, value});
  }
  return found;
}

absl::StatusOr<record::Hash> SimulatedLog::RootAt(uint64_t size) const {
  if (size > disk_->events.size()) return absl::OutOfRangeError("beyond the head");
  std::vector<record::Hash> leaf_hashes;
  for (uint64_t i = 0; i < size; ++i) {
    leaf_hashes.push_back(record::LeafHash(disk_->events[i].leaf));
  }
  return record::RootOf(leaf_hashes);
}

absl::StatusOr<std::string> SimulatedLog::ReadRegistryLeaf(uint64_t index) const {
  if (index >= disk_->registry.size()) return absl::NotFoundError("no such leaf");
  return disk_->registry[index];
}

// Every row is made anew, which is slow and cannot be out of date.
absl::Status SimulatedLog::ReadTreeRows(storage::Tree tree, absl::Span<const uint64_t> indexes,
                                        std::vector<std::string>* rows) const {
  const bool is_log = tree == storage::Tree::kLog;
  const size_t size = is_log ? disk_->events.size() : disk_->registry.size();
  std::vector<std::string> all(size);
  record::CompactRange range;
  for (size_t i = 0; i < size; ++i) {
    range.Append(record::LeafHash(is_log ? disk_->events[i].leaf : disk_->registry[i]), &all[i]);
  }
  rows->clear();
  for (const uint64_t index : indexes) {
    if (index >= size) return absl::OutOfRangeError("beyond the tree");
    rows->push_back(all[index]);
  }
  return absl::OkStatus();
}

}  // namespace liaison::simulation
