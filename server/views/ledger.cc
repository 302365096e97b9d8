#include "server/views/ledger.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/domain/target.h"

namespace liaison::views {
namespace {

bool IsInput(pb::EventType type) {
  return type == pb::EVENT_TYPE_TOPIC_SIGNAL || type == pb::EVENT_TYPE_LOCAL_REPORT;
}

bool IsPublic(absl::string_view audience) { return absl::EndsWith(audience, "/public"); }

// Keeps the list sorted and without repeats. What comes is nearly always the greatest.
void Insert(Index index, std::vector<Index>* list) {
  if (list->empty() || list->back() < index) {
    list->push_back(index);
    return;
  }
  auto it = std::lower_bound(list->begin(), list->end(), index);
  if (*it != index) list->insert(it, index);
}

template <typename Map, typename Key>
auto Look(const Map& map, const Key& key)
    -> absl::Span<const typename Map::mapped_type::value_type> {
  auto it = map.find(key);
  if (it == map.end()) return {};
  return it->second;
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
      log_->ScanHeaders(entries_.size(), [&](const storage::EventLog::EventView& view) {
        mutex_.AssertHeld();
        taken = Take(view);
        return taken.ok();
      }));
  return taken;
}

absl::Status Ledger::Take(const storage::EventLog::EventView& view) {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(view.leaf));
  header_.Clear();
  if (view.sequence != entries_.size() + 1 ||
      !header_.ParseFromArray(view.header.data(), static_cast<int>(view.header.size()))) {
    return absl::DataLossError(
        absl::StrCat("the header of event ", view.sequence, " does not parse"));
  }
  const auto index = static_cast<Index>(entries_.size());
  Entry entry;
  entry.hub_time_us = leaf.hub_time_us;
  entry.root = index;
  entry.voice = VoiceOf(header_);
  entry.cycle = names_.NumberOf(header_.cycle());
  entry.topics = TopicsOf(header_);
  entry.type = header_.type();
  entry.asks = domain::IsRequest(header_);
  entry.asks_action = header_.topic_signal().purpose() == pb::PURPOSE_ACTION;
  entry.position_kind = static_cast<uint8_t>(header_.position().kind());
  entry.about = index;
  LIAISON_ASSIGN_OR_RETURN(const Named named, NamedBy(header_));
  // From here on nothing can fail: an event is taken in as a whole or not at all.
  std::map<Index, Counted> changed;  // inputs, as they counted before
  for (const auto& [target, relation] : named) {
    if (relation == pb::RELATION_POSITION_ON) entry.about = entries_[target].root;
    if (relation != pb::RELATION_REVISES && relation != pb::RELATION_RETRACTS) continue;
    const Index root = entries_[target].root;
    if (relation == pb::RELATION_REVISES) entry.root = root;
    if (IsInput(entries_[root].type)) changed.emplace(root, CountedOf(root));
  }
  entries_.push_back(entry);
  for (const auto& [target, relation] : named) naming_[target].push_back({index, relation});
  if (entry.root != index) Insert(index, &versions_[entry.root]);
  by_type_[entry.type].push_back(index);
  if (entry.asks) Insert(entry.root, &asking_);
  if (IsInput(entries_[entry.root].type)) TakeInput(entry);
  for (const auto& [root, before] : changed) cells_.Move(root, before, CountedOf(root));
  if (entry.root == index && IsInput(entry.type)) {
    cells_.Move(index, std::nullopt, CountedOf(index));
  }
  return absl::OkStatus();
}

absl::StatusOr<Ledger::Named> Ledger::NamedBy(const pb::EventHeader& header) const {
  Named named;
  const auto add = [&](absl::string_view digest, pb::Relation relation) -> absl::Status {
    mutex_.AssertReaderHeld();
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Index> target, Find(digest));
    if (target) named.emplace(*target, relation);
    return absl::OkStatus();
  };
  for (const pb::Reference& reference : header.references()) {
    LIAISON_RETURN_IF_ERROR(add(reference.digest(), reference.relation()));
  }
  for (absl::string_view digest : record::DigestsInFacts(header)) {
    LIAISON_RETURN_IF_ERROR(add(digest, pb::RELATION_UNSPECIFIED));
  }
  return named;
}

Counted Ledger::CountedOf(Index root) const {
  const Voice& voice = voices_[entries_[root].voice];
  const auto seen_alike = [&](Index index) {
    mutex_.AssertReaderHeld();
    const Voice& other = voices_[entries_[index].voice];
    if (IsPublic(other.audience)) return true;
    return other.author == voice.author && other.audience == voice.audience;
  };
  Counted counted;
  Index latest = root;
  const auto look = [&](Index version) {
    mutex_.AssertReaderHeld();
    for (const Naming& naming : NamingOf(version)) {
      if (naming.relation != pb::RELATION_RETRACTS ||
          entries_[naming.from].type != pb::EVENT_TYPE_RETRACTION) {
        continue;
      }
      if (counted.how == Counted::How::kInCell) counted.how = Counted::How::kNot;
      if (!seen_alike(naming.from)) counted.how = Counted::How::kByReader;
    }
  };
  look(root);
  for (Index version : Versions(root)) {
    if (!seen_alike(version)) counted.how = Counted::How::kByReader;
    if (entries_[version].type == entries_[root].type) latest = version;
    look(version);
  }
  const Entry& entry = entries_[latest];
  counted.key = {entry.cycle, entries_[root].voice, entry.topics, entry.asks_action};
  return counted;
}

void Ledger::TakeInput(const Entry& entry) {
  Insert(entry.root, &inputs_of_[entry.cycle]);
  const std::string& contributor = voices_[entries_[entry.root].voice].contributor;
  if (!contributor.empty()) Insert(entry.root, &inputs_by_[contributor]);
}

uint32_t Ledger::VoiceOf(const pb::EventHeader& header) {
  Voice voice{header.author(), header.audience(), header.author()};
  if (header.has_recorded_for()) {
    voice.contributor = header.recorded_for().organisation();
    voice.group = header.recorded_for().individual().stakeholder_group();
    voice.region = header.recorded_for().individual().region();
  }
  std::string key = absl::StrCat(voice.author, "\n", voice.audience, "\n", voice.contributor, "\n",
                                 voice.group, "\n", voice.region);
  const auto [it, fresh] =
      voice_numbers_.try_emplace(std::move(key), static_cast<uint32_t>(voices_.size()));
  if (fresh) voices_.push_back(std::move(voice));
  return it->second;
}

uint32_t Ledger::TopicsOf(const pb::EventHeader& header) {
  std::vector<uint32_t> topics;
  std::string key;
  for (const std::string& topic : header.topics()) {
    topics.push_back(names_.NumberOf(topic));
    absl::StrAppend(&key, topic, "\n");
  }
  const auto [it, fresh] =
      topic_list_numbers_.try_emplace(std::move(key), static_cast<uint32_t>(topic_lists_.size()));
  if (fresh) topic_lists_.push_back(std::move(topics));
  return it->second;
}

absl::StatusOr<std::optional<Index>> Ledger::Find(absl::string_view digest) const {
  if (digest.size() != record::kHashSizeBytes) return std::optional<Index>();
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence,
                           log_->FindByDigest(record::Hash::FromBytes(digest)));
  if (!sequence || *sequence > entries_.size()) return std::optional<Index>();
  return std::make_optional(static_cast<Index>(*sequence - 1));
}

absl::Span<const Naming> Ledger::NamingOf(Index index) const { return Look(naming_, index); }

absl::Span<const Index> Ledger::Versions(Index root) const { return Look(versions_, root); }

absl::Span<const Index> Ledger::OfType(pb::EventType type) const { return Look(by_type_, type); }

absl::Span<const Index> Ledger::InputsOf(absl::string_view cycle) const {
  const std::optional<uint32_t> number = names_.Find(cycle);
  if (!number) return {};
  return Look(inputs_of_, *number);
}

absl::Span<const Index> Ledger::InputsBy(absl::string_view contributor) const {
  return Look(inputs_by_, std::string(contributor));
}

}  // namespace liaison::views
