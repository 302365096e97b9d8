#include "server/federation/replica.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using record::Hash;
using record::kHashSizeBytes;

constexpr size_t kRowsAtOnce = 1000;

// Of the leaf and of the perfect subtrees that it completes; zeros where the tree has no more than
// what is above them.
std::string HashesAt(const record::PartialTree& tree, uint64_t index) {
  std::string hashes;
  for (int level = 0; level <= std::countr_one(index); ++level) {
    const auto known = tree.HashesOf(index + 1 - (uint64_t{1} << level), index + 1);
    absl::StrAppend(&hashes, known.ok() ? known->front().bytes() : Hash().bytes());
  }
  return hashes;
}

bool HasUnknown(absl::string_view hashes) {
  for (size_t at = 0; at < hashes.size(); at += kHashSizeBytes) {
    if (hashes.substr(at, kHashSizeBytes) == Hash().bytes()) return true;
  }
  return false;
}

bool Came(const Judgement& judgement) {
  return judgement.verdict == Verdict::kAccepted || judgement.verdict == Verdict::kDuplicate;
}

absl::Status NoRow(absl::string_view origin, uint64_t index) {
  return absl::DataLossError(absl::StrCat("leaf ", index, " of ", origin, " was not shown here"));
}

}  // namespace

absl::Status Replica::Load(const record::NoteVerifier& registry_key) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> note,
                           entry_.Find(RegistryHeadRowKey(origin_)));
  if (!note) return absl::OkStatus();
  auto registry = std::make_shared<Registry>();
  LIAISON_ASSIGN_OR_RETURN(registry->head, OpenHead(registry_key, *note));
  const std::string prefix = RegistryRowPrefix(origin_);
  std::string after;
  while (registry->entries.size() < registry->head.size) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             entry_.List(prefix, after, kRowsAtOnce));
    if (kept.empty()) break;
    for (const KeptRow& each : kept) {
      rows::RegistryRow row;
      if (!row.ParseFromString(each.value)) {
        return absl::DataLossError(absl::StrCat("the row ", each.key, " does not parse"));
      }
      registry->entries.push_back(
          {std::move(*row.mutable_leaf()), std::move(*row.mutable_header())});
    }
    after = kept.back().key;
  }
  if (registry->entries.size() < registry->head.size) {
    return absl::DataLossError(absl::StrCat("entries of the registry of ", origin_, " are gone"));
  }
  registry->entries.resize(registry->head.size);
  absl::MutexLock lock(&mu_);
  registry_ = std::move(registry);
  return absl::OkStatus();
}

std::optional<Head> Replica::Contradiction(const Head& head) {
  absl::MutexLock lock(&mu_);
  const auto [known, fresh] = heads_.emplace(head.size, head);
  if (!fresh && known->second.root != head.root) return known->second;
  if (heads_.size() > kMaxRememberedHeads) heads_.erase(heads_.begin());
  return std::nullopt;
}

std::optional<Head> Replica::whole() const {
  absl::MutexLock lock(&mu_);
  return whole_;
}

void Replica::SetWhole(const Head& head) {
  absl::MutexLock lock(&mu_);
  if (!whole_ || whole_->size < head.size) whole_ = head;
}

std::shared_ptr<const Replica::Registry> Replica::registry() const {
  absl::MutexLock lock(&mu_);
  return registry_;
}

absl::Status Replica::AddRegistry(uint64_t first, const std::vector<RegistryEntry>& entries,
                                  const Head& head) {
  absl::MutexLock settling(&settling_);
  const std::shared_ptr<const Registry> before = registry();
  const uint64_t have = before->entries.size();
  if (head.size <= have && !before->head.note.empty()) return absl::OkStatus();
  auto after = std::make_shared<Registry>(*before);
  after->head = head;
  std::vector<KeptRow> kept;
  for (uint64_t index = std::max(have, first); index < first + entries.size(); ++index) {
    const RegistryEntry& entry = entries[index - first];
    rows::RegistryRow row;
    row.set_leaf(entry.leaf);
    row.set_header(entry.header);
    kept.push_back({RegistryRowKey(origin_, index), row.SerializeAsString()});
    after->entries.push_back(entry);
  }
  if (after->entries.size() != head.size) return absl::OkStatus();  // another lane was faster
  LIAISON_RETURN_IF_ERROR(entry_.Keep(RegistryHeadRowKey(origin_), head.note, std::move(kept)));
  absl::MutexLock lock(&mu_);
  registry_ = std::move(after);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptRow>> Replica::TreeRows(const Batch& batch,
                                                       const record::PartialTree& tree,
                                                       absl::Span<const Judgement> judgements,
                                                       uint64_t settled) const {
  std::vector<KeptRow> kept;
  size_t next = 0;
  for (const Piece& piece : batch.pieces) {
    if (piece.items.empty() && piece.last <= settled) {
      for (const record::Subtree& subtree : record::CoverOf(piece.first - 1, piece.last)) {
        rows::TreeRow row;
        row.set_hashes(HashesAt(tree, subtree.end() - 1));
        LIAISON_ASSIGN_OR_RETURN(KeptRow merged, Merged(subtree.end() - 1, std::move(row)));
        kept.push_back(std::move(merged));
      }
      continue;
    }
    for (const Item& item : piece.items) {
      const Judgement& judgement = judgements[next++];
      if (item.sequence > settled) return kept;
      rows::TreeRow row;
      row.set_hashes(HashesAt(tree, item.sequence - 1));
      if (Came(judgement)) row.set_digest(std::string(judgement.leaf.digest.bytes()));
      LIAISON_ASSIGN_OR_RETURN(KeptRow merged, Merged(item.sequence - 1, std::move(row)));
      kept.push_back(std::move(merged));
    }
  }
  return kept;
}

absl::StatusOr<std::vector<KeptRow>> Replica::LateRows(
    absl::Span<const Item> items, absl::Span<const Judgement> judgements) const {
  std::vector<KeptRow> kept;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!Came(judgements[i])) continue;
    const uint64_t index = items[i].sequence - 1;
    rows::TreeRow row;
    row.set_digest(std::string(judgements[i].leaf.digest.bytes()));
    row.set_hashes(std::string(judgements[i].leaf_hash.bytes()) +
                   std::string(std::countr_one(index) * kHashSizeBytes, '\0'));
    LIAISON_ASSIGN_OR_RETURN(KeptRow merged, Merged(index, std::move(row)));
    kept.push_back(std::move(merged));
  }
  return kept;
}

absl::StatusOr<KeptRow> Replica::Merged(uint64_t index, rows::TreeRow row) const {
  std::string key = TreeRowKey(origin_, index);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> stands, entry_.Find(key));
  rows::TreeRow before;
  if (stands && before.ParseFromString(*stands) && before.hashes().size() == row.hashes().size()) {
    if (row.digest().empty()) row.set_digest(before.digest());
    for (size_t at = 0; at < row.hashes().size(); at += kHashSizeBytes) {
      const absl::string_view was = absl::string_view(before.hashes()).substr(at, kHashSizeBytes);
      const absl::string_view is = absl::string_view(row.hashes()).substr(at, kHashSizeBytes);
      if (HasUnknown(is)) {
        row.mutable_hashes()->replace(at, kHashSizeBytes, before.hashes(), at, kHashSizeBytes);
      } else if (!HasUnknown(was) && was != is) {
        return absl::AlreadyExistsError(
            absl::StrCat("another peer has shown another history of ", origin_, " at ", index + 1));
      }
    }
  }
  return KeptRow{std::move(key), row.SerializeAsString()};
}

absl::StatusOr<Replica*> Replicas::Of(const std::string& origin, const record::NoteVerifier& key) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Replica>& replica = replicas_[origin];
  if (replica == nullptr) {
    auto made = std::make_unique<Replica>(&entry_, origin);
    LIAISON_RETURN_IF_ERROR(made->Load(RegistryKeyOf(key)));
    replica = std::move(made);
  }
  return replica.get();
}

const Replica* Replicas::Find(absl::string_view origin) const {
  absl::MutexLock lock(&mu_);
  const auto found = replicas_.find(origin);
  return found == replicas_.end() ? nullptr : found->second.get();
}

absl::Status ForeignTree::ReadRows(absl::Span<const uint64_t> indexes,
                                   std::vector<std::string>* rows) const {
  rows->clear();
  for (const uint64_t index : indexes) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                             entry_.Find(TreeRowKey(origin_, index)));
    rows::TreeRow row;
    if (!bytes || !row.ParseFromString(*bytes)) return NoRow(origin_, index);
    rows->push_back(std::move(*row.mutable_hashes()));
  }
  return absl::OkStatus();
}

}  // namespace liaison::federation
