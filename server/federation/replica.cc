#include "server/federation/replica.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using record::Hash;
using record::kHashSizeBytes;

constexpr size_t kRowsAtOnce = 1000;
// Of the hash of a key, in the keys of rows.
constexpr size_t kKeyDigits = 16;

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

bool Came(const Judgement& judgement) {
  return judgement.verdict == Verdict::kAccepted || judgement.verdict == Verdict::kDuplicate;
}

absl::Status NoRow(absl::string_view origin, uint64_t index) {
  return absl::DataLossError(absl::StrCat("leaf ", index, " of ", origin, " was not shown here"));
}

}  // namespace

absl::Status Replica::Load(const record::NoteVerifier& key) {
  LIAISON_RETURN_IF_ERROR(LoadRegistry(RegistryKeyOf(key)));
  return LoadWhole(key);
}

absl::Status Replica::LoadWhole(const record::NoteVerifier& key) {
  std::string after;
  for (size_t found = kRowsAtOnce; found == kRowsAtOnce;) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> lanes,
                             entry_.List(std::string(kLaneRows), after, kRowsAtOnce));
    for (const KeptRow& lane : lanes) {
      rows::Lane row;
      if (!absl::EndsWith(lane.key, absl::StrCat("/", kept_as_)) ||
          !row.ParseFromString(lane.value) || row.origin() != origin_ || row.whole_note().empty()) {
        continue;
      }
      if (const auto whole = OpenHead(key, row.whole_note()); whole.ok()) SetWhole(*whole);
    }
    found = lanes.size();
    if (found > 0) after = lanes.back().key;
  }
  return absl::OkStatus();
}

absl::Status Replica::LoadRegistry(const record::NoteVerifier& registry_key) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> note,
                           entry_.Find(RegistryHeadRowKey(kept_as_)));
  if (!note) return absl::OkStatus();
  auto registry = std::make_shared<Registry>();
  LIAISON_ASSIGN_OR_RETURN(registry->head, OpenHead(registry_key, *note));
  const std::string prefix = RegistryRowPrefix(kept_as_);
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

std::optional<Head> Replica::newest() const {
  absl::MutexLock lock(&mu_);
  return heads_.empty() ? std::nullopt : std::make_optional(heads_.rbegin()->second);
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
    kept.push_back({RegistryRowKey(kept_as_, index), row.SerializeAsString()});
    after->entries.push_back(entry);
  }
  if (after->entries.size() != head.size) return absl::OkStatus();  // another lane was faster
  LIAISON_RETURN_IF_ERROR(entry_.Keep(RegistryHeadRowKey(kept_as_), head.note, std::move(kept)));
  absl::MutexLock lock(&mu_);
  registry_ = std::move(after);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptRow>> Replica::TreeRows(const Shown& shown) const {
  Rows rows;
  if (shown.tree != nullptr) LIAISON_RETURN_IF_ERROR(AddPieces(shown, &rows));
  for (size_t i = 0; i < shown.late.size(); ++i) {
    if (!Came(shown.late[i])) continue;
    LIAISON_RETURN_IF_ERROR(
        AddWay(shown.batch->late[i], shown.late[i], shown.batch->head.size, &rows));
  }
  std::vector<KeptRow> kept;
  kept.reserve(rows.size());
  for (const auto& [index, row] : rows) {
    kept.push_back({TreeRowKey(kept_as_, index), row.SerializeAsString()});
  }
  return kept;
}

absl::StatusOr<Replica::Rows> Replica::RowsOf(const record::Evidence& evidence,
                                              const Head& head) const {
  const Item item{evidence.proof.index + 1, evidence.leaf, {}, {}, evidence.proof.hashes};
  Judgement judgement;
  LIAISON_ASSIGN_OR_RETURN(judgement.leaf, record::DecodeLeaf(evidence.leaf));
  judgement.leaf_hash = record::LeafHash(evidence.leaf);
  const absl::Status leads = record::VerifyInclusion(
      evidence.proof.index, head.size, judgement.leaf_hash, evidence.proof.hashes, head.root);
  if (!leads.ok()) return absl::DataLossError(leads.message());
  Rows rows;
  LIAISON_RETURN_IF_ERROR(AddWay(item, judgement, head.size, &rows));
  return rows;
}

absl::Status Replica::AddPieces(const Shown& shown, Rows* rows) const {
  size_t next = 0;
  for (const Piece& piece : shown.batch->pieces) {
    if (piece.items.empty() && piece.last <= shown.settled) {
      for (const record::Subtree& subtree : record::CoverOf(piece.first - 1, piece.last)) {
        rows::TreeRow row;
        row.set_hashes(HashesAt(*shown.tree, subtree.end() - 1));
        LIAISON_RETURN_IF_ERROR(Merge(subtree.end() - 1, row, rows));
      }
      continue;
    }
    for (const Item& item : piece.items) {
      const Judgement& judgement = shown.items[next++];
      if (item.sequence > shown.settled) return absl::OkStatus();
      rows::TreeRow row;
      row.set_hashes(HashesAt(*shown.tree, item.sequence - 1));
      if (Came(judgement)) row.set_digest(std::string(judgement.leaf.digest.bytes()));
      LIAISON_RETURN_IF_ERROR(Merge(item.sequence - 1, row, rows));
    }
  }
  return absl::OkStatus();
}

absl::Status Replica::AddWay(const Item& item, const Judgement& judgement, uint64_t size,
                             Rows* rows) const {
  const auto add = [&](int level, uint64_t index, const Hash& hash) -> absl::Status {
    const uint64_t end = (index + 1) << level;
    if (end > size) return absl::OkStatus();  // it still grows
    rows::TreeRow row;
    row.mutable_hashes()->assign((std::countr_one(end - 1) + 1) * kHashSizeBytes, '\0');
    row.mutable_hashes()->replace(level * kHashSizeBytes, kHashSizeBytes,
                                  std::string(hash.bytes()));
    if (level == 0 && index == item.sequence - 1) {
      row.set_digest(std::string(judgement.leaf.digest.bytes()));
    }
    return Merge(end - 1, row, rows);
  };
  uint64_t node = item.sequence - 1;
  uint64_t last = size - 1;
  int level = 0;
  Hash hash = judgement.leaf_hash;
  LIAISON_RETURN_IF_ERROR(add(level, node, hash));
  for (const Hash& sibling : item.proof) {
    // Where there is nothing to its right, it stands one level higher as it is.
    while ((node & 1) == 0 && node == last) {
      node >>= 1;
      last >>= 1;
      ++level;
    }
    LIAISON_RETURN_IF_ERROR(add(level, node ^ 1, sibling));
    hash = (node & 1) == 1 ? record::NodeHash(sibling, hash) : record::NodeHash(hash, sibling);
    node >>= 1;
    last >>= 1;
    ++level;
    LIAISON_RETURN_IF_ERROR(add(level, node, hash));
  }
  return absl::OkStatus();
}

absl::Status Replica::Merge(uint64_t index, const rows::TreeRow& row, Rows* rows) const {
  const auto [at, fresh] = rows->try_emplace(index);
  rows::TreeRow& into = at->second;
  if (fresh) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> stands,
                             entry_.Find(TreeRowKey(kept_as_, index)));
    if (!stands || !into.ParseFromString(*stands) || into.hashes().size() != row.hashes().size()) {
      into = row;
      return absl::OkStatus();
    }
  }
  if (into.digest().empty()) into.set_digest(row.digest());
  for (size_t byte = 0; byte < row.hashes().size(); byte += kHashSizeBytes) {
    const absl::string_view is = absl::string_view(row.hashes()).substr(byte, kHashSizeBytes);
    const absl::string_view was = absl::string_view(into.hashes()).substr(byte, kHashSizeBytes);
    if (is == Hash().bytes() || is == was) continue;
    if (was != Hash().bytes()) {
      return absl::AlreadyExistsError(
          absl::StrCat("another peer has shown another history of ", origin_, " at ", index + 1));
    }
    into.mutable_hashes()->replace(byte, kHashSizeBytes, row.hashes(), byte, kHashSizeBytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<Replica*> Replicas::Of(const std::string& origin, const record::NoteVerifier& key) {
  absl::MutexLock lock(&mu_);
  in_force_.erase(origin);  // what cannot be opened is not served either
  std::unique_ptr<Replica>& replica = replicas_[{origin, key.ToString()}];
  if (replica == nullptr) {
    LIAISON_ASSIGN_OR_RETURN(std::string kept_as, KeptAs(origin, key));
    auto made = std::make_unique<Replica>(&entry_, origin, std::move(kept_as));
    LIAISON_RETURN_IF_ERROR(made->Load(key));
    replica = std::move(made);
  }
  in_force_[origin] = replica.get();
  return replica.get();
}

absl::StatusOr<std::string> Replicas::KeptAs(const std::string& origin,
                                             const record::NoteVerifier& key) const {
  const std::string other =
      absl::StrCat(origin, "#", record::Sha256Of(key.ToString()).ToHex().substr(0, kKeyDigits));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> of_this,
                           entry_.Find(RegistryHeadRowKey(other)));
  if (of_this) return other;
  // The registry's head is the first that is kept, so it tells whose the rest is.
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> of_first,
                           entry_.Find(RegistryHeadRowKey(origin)));
  if (of_first && absl::IsUnauthenticated(OpenHead(RegistryKeyOf(key), *of_first).status())) {
    return other;
  }
  for (const auto& [whose, replica] : replicas_) {
    if (whose.first == origin && replica != nullptr && replica->kept_as() == origin) return other;
  }
  return origin;
}

const Replica* Replicas::Find(absl::string_view origin) const {
  absl::MutexLock lock(&mu_);
  const auto found = in_force_.find(origin);
  return found == in_force_.end() ? nullptr : found->second;
}

void Replicas::SetDeaf(const std::string& origin, std::string why) {
  absl::MutexLock lock(&mu_);
  deaf_[origin] = std::move(why);
}

std::string Replicas::deaf(absl::string_view origin) const {
  absl::MutexLock lock(&mu_);
  const auto found = deaf_.find(origin);
  return found == deaf_.end() ? "" : found->second;
}

absl::Status ForeignTree::ReadRows(absl::Span<const uint64_t> indexes,
                                   std::vector<std::string>* rows) const {
  rows->clear();
  for (const uint64_t index : indexes) {
    if (const auto found = rows_.find(index); found != rows_.end()) {
      rows->push_back(found->second.hashes());
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                             entry_.Find(TreeRowKey(kept_as_, index)));
    rows::TreeRow row;
    if (!bytes || !row.ParseFromString(*bytes)) return NoRow(kept_as_, index);
    rows->push_back(std::move(*row.mutable_hashes()));
  }
  return absl::OkStatus();
}

}  // namespace liaison::federation
