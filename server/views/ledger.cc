#include "server/views/ledger.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"

namespace liaison::views {
namespace {

const std::vector<Index>& None() {
  static const auto& none = *new std::vector<Index>();
  return none;
}

}  // namespace

absl::Status Ledger::CatchUp() {
  const uint64_t head = log_->head().sequence;
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (entries_.size() >= head) return absl::OkStatus();
  }
  absl::MutexLock lock(&mutex_);
  absl::Status taken;
  LIAISON_RETURN_IF_ERROR(
      log_->Scan(entries_.size(), [&](const storage::EventLog::EventView& view) {
        mutex_.AssertHeld();
        taken = Take(view);
        return taken.ok();
      }));
  return taken;
}

absl::Status Ledger::Take(const storage::EventLog::EventView& view) {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(view.leaf));
  Entry entry;
  if (view.sequence != entries_.size() + 1 ||
      !entry.header.ParseFromArray(view.header.data(), static_cast<int>(view.header.size()))) {
    return absl::DataLossError(
        absl::StrCat("the header of event ", view.sequence, " does not parse"));
  }
  entry.header.clear_commitments();
  entry.header.clear_key_hash();
  entry.sequence = view.sequence;
  entry.hub_time_us = leaf.hub_time_us;
  entry.digest = std::string(leaf.digest.bytes());
  const auto index = static_cast<Index>(entries_.size());
  entry.root = index;

  std::set<std::string> named;
  for (const pb::Reference& reference : entry.header.references()) {
    named.insert(reference.digest());
    if (reference.relation() != pb::RELATION_REVISES) continue;
    auto it = by_digest_.find(reference.digest());
    if (it == by_digest_.end()) continue;
    entry.root = entries_[it->second].root;
    versions_[entry.root].push_back(index);
  }
  for (absl::string_view digest : record::DigestsInFacts(entry.header)) named.emplace(digest);
  for (const std::string& digest : named) naming_[digest].push_back(index);
  by_digest_.emplace(entry.digest, index);
  by_type_[entry.header.type()].push_back(index);
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

std::optional<Index> Ledger::Find(absl::string_view digest) const {
  auto it = by_digest_.find(digest);
  if (it == by_digest_.end()) return std::nullopt;
  return it->second;
}

const std::vector<Index>& Ledger::Naming(absl::string_view digest) const {
  auto it = naming_.find(digest);
  return it == naming_.end() ? None() : it->second;
}

const std::vector<Index>& Ledger::Versions(Index root) const {
  auto it = versions_.find(root);
  return it == versions_.end() ? None() : it->second;
}

const std::vector<Index>& Ledger::OfType(pb::EventType type) const {
  auto it = by_type_.find(type);
  return it == by_type_.end() ? None() : it->second;
}

}  // namespace liaison::views
