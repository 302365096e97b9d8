#include "server/sequencer/group.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "server/domain/life_cycle_rows.h"
#include "server/domain/relayed.h"
#include "server/sequencer/row.h"

namespace liaison::sequencer {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr size_t kRowsPage = 1000;

std::string RowKey(storage::Table table, absl::string_view key) {
  return absl::StrCat(std::string(1, static_cast<char>(table)), key);
}

pb::Section ToProto(const storage::StoredSection& stored) {
  pb::Section section;
  section.set_kind(static_cast<pb::SectionKind>(stored.kind));
  section.set_salt(stored.salt);
  section.set_data(stored.data);
  section.set_status(stored.erased     ? pb::SECTION_STATUS_ERASED
                     : stored.withheld ? pb::SECTION_STATUS_WITHHELD
                                       : pb::SECTION_STATUS_PRESENT);
  return section;
}

absl::StatusOr<std::optional<domain::KnownEvent>> ReadKnown(const storage::EventLog& log,
                                                            std::optional<uint64_t> sequence) {
  if (!sequence) return std::optional<domain::KnownEvent>();
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, log.Read(*sequence));
  LIAISON_ASSIGN_OR_RETURN(domain::KnownEvent known, ToKnownEvent(std::move(event)));
  return std::optional<domain::KnownEvent>(std::move(known));
}

// What this group erases is erased for everything behind it in the order, on disk or not.
void MarkErased(absl::Span<const storage::ErasedSection> erased, domain::KnownEvent* known) {
  for (const storage::ErasedSection& gone : erased) {
    if (gone.sequence != known->leaf.sequence) continue;
    for (pb::Section& section : known->sections) {
      if (section.kind() == gone.kind) section.set_status(pb::SECTION_STATUS_ERASED);
    }
  }
}

void Erase(uint16_t kind, std::vector<storage::StoredSection>* sections) {
  for (storage::StoredSection& section : *sections) {
    if (section.kind == kind) section = {kind, "", "", /*erased=*/true, /*withheld=*/false};
  }
}

}  // namespace

absl::StatusOr<domain::KnownEvent> ToKnownEvent(storage::StoredEvent event) {
  domain::KnownEvent known;
  LIAISON_ASSIGN_OR_RETURN(known.leaf, record::DecodeLeaf(event.leaf));
  known.leaf_hash = record::LeafHash(event.leaf);
  known.header_bytes = std::move(event.header);
  known.sections.reserve(event.sections.size());
  for (const storage::StoredSection& section : event.sections) {
    known.sections.push_back(ToProto(section));
  }
  return known;
}

Receipt ReceiptOf(const domain::KnownEvent& original, absl::string_view event_id) {
  return {original.leaf, original.leaf_hash, std::string(event_id), original.header_bytes, true};
}

absl::StatusOr<std::optional<domain::KnownEvent>> FindByIdentity(const storage::EventLog& log,
                                                                 absl::string_view author,
                                                                 absl::string_view event_id) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence,
                           log.FindByIdentity(storage::IdentityKey(author, event_id)));
  return ReadKnown(log, sequence);
}

absl::StatusOr<std::optional<domain::KnownEvent>> Group::ByIdentity(
    absl::string_view author, absl::string_view event_id) const {
  auto it = by_identity_.find(storage::IdentityKey(author, event_id));
  if (it != by_identity_.end()) return std::optional<domain::KnownEvent>(Known(it->second));
  LIAISON_ASSIGN_OR_RETURN(std::optional<domain::KnownEvent> known,
                           FindByIdentity(*log_, author, event_id));
  if (known) MarkErased(writes_.erased, &*known);
  return known;
}

absl::StatusOr<std::optional<domain::KnownEvent>> Group::ByDigest(
    const record::Hash& digest) const {
  auto it = by_digest_.find(digest);
  if (it != by_digest_.end()) return std::optional<domain::KnownEvent>(Known(it->second));
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence, log_->FindByDigest(digest));
  LIAISON_ASSIGN_OR_RETURN(std::optional<domain::KnownEvent> known, ReadKnown(*log_, sequence));
  if (known) MarkErased(writes_.erased, &*known);
  return known;
}

absl::StatusOr<std::shared_ptr<const domain::KnownHeader>> Group::Header(
    const record::Hash& digest) const {
  if (by_digest_.contains(digest)) {
    std::shared_ptr<const domain::KnownHeader>& own = own_headers_[digest];
    if (own == nullptr) {
      LIAISON_ASSIGN_OR_RETURN(own, domain::Lookup::Header(digest));
    }
    return own;
  }
  if (const auto* header = recent_->headers.Find(digest); header != nullptr) return *header;
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<const domain::KnownHeader> header,
                           domain::Lookup::Header(digest));
  // One that is not there may come.
  if (header != nullptr) recent_->headers.Remember(digest, header);
  return header;
}

absl::StatusOr<std::optional<record::Hash>> Group::LatestRevision(const record::Hash& root) const {
  std::optional<std::string> latest;
  if (const storage::Row* row = Touched(storage::Table::kChain, root.bytes()); row != nullptr) {
    latest = row->value;
  } else {
    LIAISON_ASSIGN_OR_RETURN(latest, log_->GetRow(storage::Table::kChain, root.bytes()));
  }
  if (!latest) return std::optional<record::Hash>();
  LIAISON_ASSIGN_OR_RETURN(record::Hash hash, record::Hash::Parse(*latest));
  return std::optional<record::Hash>(hash);
}

absl::StatusOr<std::optional<std::string>> Group::Row(absl::string_view key) const {
  if (const storage::Row* row = Touched(storage::Table::kLifeCycle, key); row != nullptr) {
    return row->value;
  }
  if (const auto* row = recent_->rows.Find(key); row != nullptr) return *row;
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> row,
                           log_->GetRow(storage::Table::kLifeCycle, key));
  return *recent_->rows.Remember(std::string(key), std::move(row));
}

absl::StatusOr<std::vector<domain::KeyedRow>> Group::Rows(absl::string_view prefix) const {
  std::map<std::string, std::string> merged;
  std::string after;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(std::vector<storage::EventLog::KeyValue> page,
                             log_->ListRows(storage::Table::kLifeCycle, prefix, after, kRowsPage));
    for (storage::EventLog::KeyValue& row : page) {
      merged.emplace_hint(merged.end(), std::move(row.key), std::move(row.value));
    }
    if (page.size() < kRowsPage) break;
    after = merged.rbegin()->first;
  }
  const std::string begin = RowKey(storage::Table::kLifeCycle, prefix);
  for (auto it = rows_.lower_bound(begin); it != rows_.end() && absl::StartsWith(it->first, begin);
       ++it) {
    const storage::Row& row = writes_.rows[it->second.back()];
    if (row.value) {
      merged[row.key] = *row.value;
    } else {
      merged.erase(row.key);
    }
  }
  std::vector<domain::KeyedRow> rows;
  rows.reserve(merged.size());
  for (auto& [key, value] : merged) rows.push_back({key, std::move(value)});
  return rows;
}

void Group::RememberRows() const {
  for (const storage::Row& row : writes_.rows) {
    if (row.table == storage::Table::kLifeCycle) recent_->rows.Remember(row.key, row.value);
  }
}

const storage::Row* Group::Touched(storage::Table table, absl::string_view key) const {
  if (rows_.empty()) return nullptr;
  auto it = rows_.find(RowKey(table, key));
  return it == rows_.end() ? nullptr : &writes_.rows[it->second.back()];
}

void Group::Put(storage::Table table, std::string key, std::optional<std::string> value) {
  rows_[RowKey(table, key)].push_back(writes_.rows.size());
  writes_.rows.push_back({table, std::move(key), std::move(value)});
}

domain::KnownEvent Group::Known(size_t index) const {
  const storage::NewEvent& event = writes_.events[index];
  domain::KnownEvent known;
  known.leaf = event.leaf;
  known.leaf_hash = record::LeafHash(record::EncodeLeaf(event.leaf));
  known.header_bytes = event.header;
  for (const storage::StoredSection& section : event.sections) {
    known.sections.push_back(ToProto(section));
  }
  MarkErased(writes_.erased, &known);
  return known;
}

void Group::Reserve(size_t events) {
  writes_.events.reserve(events);
  undo_.reserve(events);
  by_identity_.reserve(events);
  by_digest_.reserve(events);
}

absl::Status Group::Accept(domain::Statement statement, const record::Leaf& leaf) {
  // Against the state before it, and before anything has changed.
  LIAISON_ASSIGN_OR_RETURN(std::vector<domain::ChangedRow> changed,
                           domain::ApplyLifeCycle(*state_, *this, statement.header, leaf));
  domain::Effects effects;
  Undo undo{"", leaf.digest, writes_.rows.size(), writes_.erased.size()};
  if (leaf.relayed) {
    LIAISON_ASSIGN_OR_RETURN(effects, domain::EffectsOfRelayed(*this, statement.header, leaf));
    domain::Apply(statement.header, leaf, state_);
  } else {
    undo.identity = storage::IdentityKey(statement.header.author(), statement.header.event_id());
    effects = domain::Apply(statement.header, leaf, state_);
  }

  storage::NewEvent event;
  event.leaf = leaf;
  event.identity = undo.identity;
  event.terms = record::TermsOf(statement.header);
  event.registry = effects.registry;
  event.header = std::move(statement.header_bytes);
  if (statement.foreign) event.evidence = statement.foreign->evidence;
  event.sections.reserve(statement.sections.size());
  for (pb::Section& section : statement.sections) {
    event.sections.push_back(
        {static_cast<uint16_t>(section.kind()), std::move(*section.mutable_salt()),
         std::move(*section.mutable_data()), section.status() == pb::SECTION_STATUS_ERASED,
         section.status() == pb::SECTION_STATUS_WITHHELD});
  }
  for (const domain::ChainRow& chain : effects.chains) {
    Put(storage::Table::kChain, std::string(chain.root.bytes()), std::string(chain.latest.bytes()));
  }
  for (domain::DirectoryRow& row : effects.directory) {
    Put(storage::Table::kDirectory, std::move(row.name), EncodeSequence(row.sequence));
  }
  for (domain::ChangedRow& row : changed) {
    Put(storage::Table::kLifeCycle, std::move(row.key), std::move(row.value));
  }
  for (const domain::Erasure& erasure : effects.erasures) {
    // What was erased before it came is never written.
    if (erasure.sequence == leaf.sequence) {
      Erase(static_cast<uint16_t>(erasure.section), &event.sections);
      continue;
    }
    writes_.erased.push_back({erasure.sequence, static_cast<uint16_t>(erasure.section)});
  }
  if (!undo.identity.empty()) by_identity_.emplace(undo.identity, writes_.events.size());
  by_digest_.emplace(leaf.digest, writes_.events.size());
  undo_.push_back(std::move(undo));
  writes_.events.push_back(std::move(event));
  return absl::OkStatus();
}

absl::Status Group::ChangeControl(const ControlChange& change) {
  std::optional<std::string> there;
  if (const storage::Row* row = Touched(storage::Table::kControl, change.key); row != nullptr) {
    there = row->value;
  } else {
    LIAISON_ASSIGN_OR_RETURN(there, log_->GetRow(storage::Table::kControl, change.key));
  }
  if (there != change.expected) {
    return record::Error(record::Reason::kPredecessorFailed,
                         "somebody sent or settled the same at this moment; look again");
  }
  Put(storage::Table::kControl, change.key, change.value);
  for (const ControlChange::Row& row : change.also) {
    Put(storage::Table::kControl, row.key, row.value);
  }
  return absl::OkStatus();
}

void Group::Rollback(const Mark& mark) {
  while (writes_.events.size() > mark.events) {
    const Undo& undo = undo_.back();
    by_identity_.erase(undo.identity);
    by_digest_.erase(undo.digest);
    own_headers_.erase(undo.digest);
    while (writes_.rows.size() > undo.rows) {
      const storage::Row& row = writes_.rows.back();
      auto it = rows_.find(RowKey(row.table, row.key));
      it->second.pop_back();
      if (it->second.empty()) rows_.erase(it);
      writes_.rows.pop_back();
    }
    writes_.erased.resize(undo.erased);
    writes_.events.pop_back();
    undo_.pop_back();
  }
  *state_ = mark.state;
}

}  // namespace liaison::sequencer
