#include "tests/crash/log_model.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/record/event_types.h"
#include "proto/record/leaf.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"

namespace liaison::testing {
namespace {

namespace pb = record::pb;
using storage::EventLog;
using storage::Group;
using storage::NewEvent;
using storage::StoredSection;
using storage::Table;

constexpr size_t kMaxNotes = 20;
constexpr absl::string_view kTopics[] = {"fictional:access", "fictional:access.school",
                                         "fictional:trust"};

bool Same(const StoredSection& a, const StoredSection& b) {
  return a.kind == b.kind && a.salt == b.salt && a.data == b.data && a.erased == b.erased;
}

}  // namespace

void Findings::Note(uint64_t* count, const std::string& text) {
  ++*count;
  if (notes.size() < kMaxNotes) notes.push_back(text);
}

void Findings::Add(const Findings& other) {
  lost += other.lost;
  duplicated += other.duplicated;
  holes += other.holes;
  wrongly_served += other.wrongly_served;
  half_written += other.half_written;
  refused += other.refused;
  errors += other.errors;
  for (const std::string& note : other.notes) {
    if (notes.size() < kMaxNotes) notes.push_back(note);
  }
}

LogModel::LogModel(uint64_t seed, Shape shape) : lots_(seed), shape_(shape) {}

// --- making groups -------------------------------------------------------------------------------

NewEvent LogModel::MakeEvent(uint64_t sequence) {
  const uint64_t number = ++events_made_;
  pb::EventHeader header;
  header.set_author(absl::StrCat("org/fictional-", Lot(3)));
  header.set_event_id(absl::StrFormat("00000000-0000-4000-8000-%012x", number));
  header.set_type(pb::EVENT_TYPE_TOPIC_SIGNAL);
  header.set_audience("igf/public");
  header.add_topics(std::string(kTopics[Lot(std::size(kTopics))]));

  NewEvent event;
  event.header = header.SerializeAsString();
  event.leaf.sequence = sequence;
  event.leaf.hub_time_us = now_us_ += 1 + static_cast<int64_t>(Lot(1000));
  event.leaf.digest = record::EventDigest(event.header);
  const uint64_t sections = Lot(8) == 0 ? 0 : 1 + Lot(2);
  for (uint64_t kind = 1; kind <= sections; ++kind) {
    // Mostly small, so that many fit a run; now and then one that crosses blocks.
    const size_t limit = shape_.max_content_size_bytes * (Lot(20) == 0 ? 16 : 1);
    std::string content(Lot(limit + 1), '\0');
    for (char& c : content) c = static_cast<char>(lots_());
    event.sections.push_back(
        {static_cast<uint16_t>(kind), absl::StrFormat("%032d", number), std::move(content), false});
  }
  event.identity = storage::IdentityKey(header.author(), header.event_id());
  event.terms = record::TermsOf(header);
  if (Lot(6) == 0) {
    event.registry =
        Lot(2) == 0 ? record::RegistryLeafKind::kOrganisation : record::RegistryLeafKind::kKey;
  }
  return event;
}

void LogModel::MakeRows(Group* group) {
  constexpr Table kTables[] = {Table::kChain, Table::kDirectory, Table::kControl};
  for (uint64_t i = Lot(4); i > 0; --i) {
    storage::Row row{kTables[Lot(3)], absl::StrCat("key-", Lot(12)), std::nullopt};
    if (Lot(4) != 0) row.value = absl::StrCat("value-", lots_());
    group->rows.push_back(std::move(row));
  }
}

// Erases a section that is there, with the event that says so.
bool LogModel::MakeErasure(Group* group) {
  if (events_.empty()) return false;
  const storage::StoredEvent& target = events_[Lot(events_.size())].event;
  if (target.sections.empty()) return false;
  const uint16_t kind = target.sections[Lot(target.sections.size())].kind;
  NewEvent redaction = MakeEvent(events_.size() + group->events.size() + 1);
  redaction.registry.reset();
  redaction.leaf.kind = record::LeafKind::kRedaction;
  redaction.leaf.redaction = record::RedactedSection{target.sequence, kind, 1};
  group->events.push_back(std::move(redaction));
  group->erased.push_back({target.sequence, kind});
  return true;
}

Group LogModel::Next() {
  Group group;
  const uint64_t count = 1 + Lot(static_cast<uint64_t>(shape_.max_group_events));
  while (group.events.size() < count) {
    if (Lot(10) == 0 && MakeErasure(&group)) continue;
    group.events.push_back(MakeEvent(events_.size() + group.events.size() + 1));
  }
  MakeRows(&group);
  return group;
}

void LogModel::Acknowledge(const Group& group) {
  for (const NewEvent& event : group.events) {
    Kept kept;
    kept.event = {event.leaf.sequence, record::EncodeLeaf(event.leaf), event.header,
                  event.sections};
    kept.identity = event.identity;
    kept.digest = event.leaf.digest;
    kept.leaf_hash = record::LeafHash(kept.event.leaf);
    kept.terms = event.terms;
    events_.push_back(std::move(kept));
    if (!event.registry) continue;
    const record::RegistryLeaf leaf{*event.registry,   registry_.size(),    event.leaf.sequence,
                                    event.leaf.digest, event.leaf.key_hash, event.leaf.signature};
    registry_.push_back(record::EncodeRegistryLeaf(leaf));
  }
  for (const storage::Row& row : group.rows) {
    rows_.erase({row.table, row.key});
    if (row.value) rows_[{row.table, row.key}] = *row.value;
  }
  for (const storage::ErasedSection& erased : group.erased) {
    for (StoredSection& section : events_[erased.sequence - 1].event.sections) {
      if (section.kind == erased.kind) section = {erased.kind, "", "", true};
    }
  }
}

// --- comparing -----------------------------------------------------------------------------------

bool LogModel::Failed(const absl::Status& status, absl::string_view what,
                      Findings* findings) const {
  if (status.ok()) return false;
  if (errors_ == Errors::kAreAllowed && !absl::IsNotFound(status) && !absl::IsOutOfRange(status)) {
    ++findings->errors;
  } else {
    // NOT_FOUND for what is there is an answer, and a wrong one.
    findings->Note(absl::IsNotFound(status) ? &findings->lost : &findings->refused,
                   absl::StrCat(what, ": ", status.ToString()));
  }
  return true;
}

Findings LogModel::Compare(const EventLog& log, Errors errors) {
  errors_ = errors;
  Findings findings;
  if (errors == Errors::kAreRefusals) Settle(log);
  if (!CompareSize(log, &findings)) return findings;
  CompareHead(log, &findings);
  CompareScan(log, &findings);
  CompareEvents(log, &findings);
  CompareRows(log, &findings);
  CompareIndex(log, &findings);
  CompareTrees(log, &findings);
  return findings;
}

void LogModel::Settle(const EventLog& log) {
  if (doubt_ && log.head().sequence == events_.size() + doubt_->events.size()) {
    Acknowledge(*doubt_);
  }
  doubt_.reset();
}

bool LogModel::CompareSize(const EventLog& log, Findings* findings) {
  const uint64_t head = log.head().sequence;
  if (head == events_.size()) return true;
  const std::string note = absl::StrCat("the log ends at ", head, ", not ", events_.size());
  findings->Note(head < events_.size() ? &findings->lost : &findings->half_written, note);
  return false;
}

void LogModel::CompareHead(const EventLog& log, Findings* findings) {
  const storage::Head head = log.head();
  std::vector<record::Hash> registry;
  for (const std::string& leaf : registry_) registry.push_back(record::LeafHash(leaf));
  const int64_t time =
      events_.empty() ? 0 : record::DecodeLeaf(events_.back().event.leaf).value().hub_time_us;
  if (head.root != Root(events_.size()) || head.registry_size != registry_.size() ||
      head.registry_root != record::RootOf(registry) || head.hub_time_us != time) {
    findings->Note(&findings->wrongly_served, "the head differs");
  }
}

void LogModel::CompareEvent(const Kept& kept, absl::string_view leaf, absl::string_view header,
                            absl::Span<const StoredSection> sections, Findings* findings) const {
  const std::vector<StoredSection>& expected = kept.event.sections;
  const bool same =
      leaf == kept.event.leaf && header == kept.event.header &&
      std::equal(sections.begin(), sections.end(), expected.begin(), expected.end(), Same);
  if (!same) {
    findings->Note(&findings->wrongly_served,
                   absl::StrCat("event ", kept.event.sequence, " differs"));
  }
}

void LogModel::CompareScan(const EventLog& log, Findings* findings) {
  uint64_t next = 0;
  std::set<std::string> leaves;
  const absl::Status scanned = log.Scan(0, [&](const EventLog::EventView& view) {
    if (!leaves.insert(std::string(view.leaf)).second) {
      findings->Note(&findings->duplicated, absl::StrCat("event ", view.sequence, " stands twice"));
    }
    if (view.sequence != next + 1 || next >= events_.size()) {
      findings->Note(&findings->holes, absl::StrCat(view.sequence, " follows ", next));
      return false;
    }
    CompareEvent(events_[next++], view.leaf, view.header, view.sections, findings);
    return true;
  });
  if (Failed(scanned, "Scan", findings)) return;
  if (next != events_.size()) {
    findings->Note(&findings->lost, absl::StrCat("a scan ends at ", next, " of ", events_.size()));
  }
}

void LogModel::CompareEvents(const EventLog& log, Findings* findings) {
  for (const Kept& kept : events_) {
    const uint64_t sequence = kept.event.sequence;
    const auto event = log.Read(sequence);
    if (!Failed(event.status(), "Read", findings)) {
      CompareEvent(kept, event->leaf, event->header, event->sections, findings);
    }
    for (const auto& found : {log.FindByIdentity(kept.identity), log.FindByDigest(kept.digest)}) {
      if (Failed(found.status(), "Find", findings) || *found == sequence) continue;
      findings->Note(*found ? &findings->wrongly_served : &findings->lost,
                     absl::StrCat("event ", sequence, " is not found by its names"));
    }
  }
  // Not one that was never written.
  const auto past = log.Read(events_.size() + 1);
  if (past.ok()) findings->Note(&findings->half_written, "there is an event after the last");
}

void LogModel::CompareRows(const EventLog& log, Findings* findings) {
  for (const Table table : {Table::kChain, Table::kDirectory, Table::kControl}) {
    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& [key, value] : rows_) {
      if (key.first == table) expected.emplace_back(key.second, value);
    }
    const auto rows = log.ListRows(table, "", "", 1000);
    if (!Failed(rows.status(), "ListRows", findings)) {
      const bool same = std::equal(rows->begin(), rows->end(), expected.begin(), expected.end(),
                                   [](const auto& row, const auto& e) {
                                     return row.key == e.first && row.value == e.second;
                                   });
      if (!same) findings->Note(&findings->wrongly_served, "the rows of a table differ");
    }
    for (const auto& [key, value] : expected) {
      const auto row = log.GetRow(table, key);
      if (Failed(row.status(), "GetRow", findings) || *row == value) continue;
      findings->Note(&findings->wrongly_served, absl::StrCat("row ", key, " differs"));
    }
  }
}

void LogModel::CompareIndex(const EventLog& log, Findings* findings) {
  const uint64_t through = log.indexed_through();
  std::map<std::string, std::vector<uint64_t>> expected;
  for (uint64_t i = 0; i < std::min<uint64_t>(through, events_.size()); ++i) {
    for (const std::string& term : events_[i].terms) expected[term].push_back(i + 1);
  }
  for (const auto& [term, sequences] : expected) {
    std::vector<uint64_t> found;
    for (;;) {
      const auto more = log.NextWithTerm(term, found.empty() ? 0 : found.back());
      if (Failed(more.status(), "NextWithTerm", findings)) return;
      if (more->empty()) break;
      found.insert(found.end(), more->begin(), more->end());
      if (found.size() > events_.size()) break;
    }
    if (found == sequences) continue;
    findings->Note(&findings->wrongly_served, absl::StrCat("the index differs for ", term));
  }
}

void LogModel::CompareTrees(const EventLog& log, Findings* findings) {
  for (int i = 0; i < 3 && !events_.empty(); ++i) {
    const uint64_t size = Lot(events_.size() + 1);
    const auto root = log.RootAt(size);
    if (Failed(root.status(), "RootAt", findings) || *root == Root(size)) continue;
    findings->Note(&findings->wrongly_served, absl::StrCat("the root at ", size, " differs"));
  }
  for (size_t i = 0; i < registry_.size(); ++i) {
    const auto leaf = log.ReadRegistryLeaf(i);
    if (Failed(leaf.status(), "ReadRegistryLeaf", findings) || *leaf == registry_[i]) continue;
    findings->Note(&findings->wrongly_served, absl::StrCat("registry leaf ", i, " differs"));
  }
  for (int i = 0; i < 3 && !events_.empty(); ++i) {
    const Kept& kept = events_[Lot(events_.size())];
    const int64_t time = record::DecodeLeaf(kept.event.leaf).value().hub_time_us;
    const auto first = log.FirstAtOrAfter(time);
    if (Failed(first.status(), "FirstAtOrAfter", findings)) continue;
    if (*first != kept.event.sequence) {
      findings->Note(&findings->wrongly_served, "the search by time differs");
    }
  }
}

record::Hash LogModel::Root(uint64_t size) const {
  std::vector<record::Hash> hashes;
  hashes.reserve(size);
  for (uint64_t i = 0; i < size; ++i) hashes.push_back(events_[i].leaf_hash);
  return record::RootOf(hashes);
}

}  // namespace liaison::testing
