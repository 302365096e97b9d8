#include "server/views/ledger.h"

#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/event_types.h"
#include "proto/record/foreign.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/domain/relayed.h"
#include "server/domain/target.h"
#include "server/views/sorted_list.h"

namespace liaison::views {
namespace {

bool IsInput(pb::EventType type) {
  return type == pb::EVENT_TYPE_TOPIC_SIGNAL || type == pb::EVENT_TYPE_LOCAL_REPORT;
}

// What a hub is made of, and how it goes about its work: another hub's is its own business.
bool IsOfOneHub(pb::EventType type) {
  switch (type) {
    case pb::EVENT_TYPE_RULES:
    case pb::EVENT_TYPE_ORGANISATION:
    case pb::EVENT_TYPE_KEY:
    case pb::EVENT_TYPE_AUDIENCE:
    case pb::EVENT_TYPE_LIAISON:
    case pb::EVENT_TYPE_TOPIC_SCHEME:
    case pb::EVENT_TYPE_CROSSWALK:
    case pb::EVENT_TYPE_CYCLE:
    case pb::EVENT_TYPE_EVALUATION:
    case pb::EVENT_TYPE_CARRY_OVER:
    case pb::EVENT_TYPE_GROUPING:
      return true;
    default:
      return false;
  }
}

// True iff both count for the same one.
bool IsOfSame(const Voice& a, const Voice& b) {
  return a.contributor == b.contributor && a.group == b.group && a.region == b.region;
}

// As Voice has the name of an organisation of that hub.
std::string NameThere(absl::string_view origin, absl::string_view organisation) {
  const absl::string_view hub = origin.substr(0, origin.rfind('/'));
  return absl::StrCat(absl::StrReplaceAll(hub, {{"/", ":"}}), ":", organisation);
}

bool IsPublic(absl::string_view audience) { return absl::EndsWith(audience, "/public"); }

template <typename Map, typename Key>
auto Look(const Map& map, const Key& key)
    -> absl::Span<const typename Map::mapped_type::value_type> {
  auto it = map.find(key);
  if (it == map.end()) return {};
  return it->second;
}

}  // namespace

absl::Status Ledger::CatchUp() { return Advance(std::numeric_limits<uint64_t>::max()).status(); }

absl::StatusOr<bool> Ledger::Advance(uint64_t most) {
  const uint64_t head = log_->head().sequence;
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (entries_.size() >= head) return false;
  }
  absl::MutexLock lock(&mutex_);
  absl::Status taken;
  LIAISON_RETURN_IF_ERROR(
      log_->ScanHeaders(entries_.size(), [&](const storage::EventLog::EventView& view) {
        mutex_.AssertHeld();
        taken = Take(view);
        return taken.ok() && --most > 0;
      }));
  LIAISON_RETURN_IF_ERROR(taken);
  return entries_.size() < log_->head().sequence;
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
  LIAISON_ASSIGN_OR_RETURN(const std::string origin, OriginOf(leaf));
  Entry entry;
  entry.hub_time_us = leaf.hub_time_us;
  entry.root = index;
  entry.voice = VoiceOf(header_, origin);
  entry.cycle = names_.NumberOf(header_.cycle());
  entry.topics = TopicsOf(header_);
  entry.type = header_.type();
  entry.asks = domain::IsRequest(header_);
  entry.asks_action = header_.topic_signal().purpose() == pb::PURPOSE_ACTION;
  entry.position_kind = static_cast<uint8_t>(header_.position().kind());
  entry.about = index;
  entry.relayed = leaf.relayed.has_value();
  LIAISON_ASSIGN_OR_RETURN(Named named, NamedBy(header_));
  if (entry.relayed) LIAISON_RETURN_IF_ERROR(Heed(leaf, &named));
  // From here on nothing can fail: an event is taken in as a whole or not at all.
  std::map<Index, Counted> touched;  // as they counted before
  for (Index root : InputsTouchedBy(entry.type, named)) touched.emplace(root, CountedOf(root));
  for (const NamedEvent& one : named) {
    const Index root = entries_[one.target].root;
    if (one.relation == pb::RELATION_POSITION_ON) entry.about = root;
    if (one.relation == pb::RELATION_RETRACTS && entry.type == pb::EVENT_TYPE_RETRACTION) {
      entry.about = root;
    }
    if (one.relation == pb::RELATION_REVISES) entry.root = root;
    naming_[one.target].push_back({index, one.relation, one.disposes});
    if (one.disposes) Insert(root, &disposed_by_[index]);
    if (IsInto(entry.type, one)) into_[index] = one.target;
  }
  entries_.push_back(entry);
  for (const NamedEvent& one : named) {
    if (IsRetraction({index, one.relation})) {
      entries_[entries_[one.target].root].has_retraction = true;
      gone_.insert(entries_[one.target].root);
    }
  }
  if (entry.root != index) {
    Insert(index, &versions_[entry.root]);
    entries_[entry.root].has_versions = true;
    if (IsInput(entries_[entry.root].type)) changes_of_inputs_.push_back(index);
  }
  if (header_.grouping().action() == pb::GROUPING_ACTION_DISSOLVE ||
      header_.decision().state() == pb::DECISION_STATE_WITHDRAWN) {
    gone_.insert(entry.root);
  }
  // Among the decisions of this hub's cycles stand its own.
  if (!entry.relayed || !(IsOfOneHub(entry.type) || entry.type == pb::EVENT_TYPE_DECISION)) {
    by_type_[entry.type].push_back(index);
  }
  if (entry.asks) TakeRequest(entry);
  if (IsInput(entries_[entry.root].type)) TakeInput(entry);
  if (entry.type == pb::EVENT_TYPE_POSITION) TakePosition(entry);
  for (const auto& [root, before] : touched) cells_.Move(root, before, CountedOf(root));
  if (entry.root == index && IsInput(entry.type)) {
    cells_.Move(index, std::nullopt, CountedOf(index));
  }
  return absl::OkStatus();
}

absl::Status Ledger::Heed(const record::Leaf& leaf, Named* named) const {
  if (IsOfOneHub(header_.type())) named->clear();
  for (auto it = named->begin(); it != named->end();) {
    bool may = true;
    if (it->relation == pb::RELATION_REVISES || it->relation == pb::RELATION_RETRACTS) {
      LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event,
                               log_->ReadHeader(uint64_t{it->target} + 1));
      LIAISON_ASSIGN_OR_RETURN(const record::Leaf earlier, record::DecodeLeaf(event.leaf));
      pb::EventHeader header;
      may =
          header.ParseFromString(event.header) && domain::MayChange(leaf, header_, earlier, header);
    }
    it = may ? std::next(it) : named->erase(it);
  }
  return absl::OkStatus();
}

bool Ledger::IsInto(pb::EventType type, const NamedEvent& named) {
  return type == pb::EVENT_TYPE_DISPOSITION && !named.disposes &&
         named.relation == pb::RELATION_UNSPECIFIED;
}

std::set<Index> Ledger::InputsTouchedBy(pb::EventType type, const Named& named) const {
  std::set<Index> inputs;
  for (const NamedEvent& one : named) {
    const Index root = entries_[one.target].root;
    const bool changes = one.disposes || one.relation == pb::RELATION_REVISES ||
                         one.relation == pb::RELATION_RETRACTS ||
                         one.relation == pb::RELATION_CARRIES_OVER;
    if (changes && IsInput(entries_[root].type)) inputs.insert(root);
    if (MovesWhatIsIn(type, one)) {
      for (Index input : InputsIn(root)) inputs.insert(input);
    }
    if (type != pb::EVENT_TYPE_RETRACTION || entries_[root].type != pb::EVENT_TYPE_DISPOSITION) {
      continue;
    }
    // What was disposed of is so no more.
    for (Index version : VersionsWithRoot(root)) {
      for (Index input : Look(disposed_by_, version)) inputs.insert(input);
    }
  }
  return inputs;
}

bool Ledger::MovesWhatIsIn(pb::EventType type, const NamedEvent& named) const {
  if (named.relation == pb::RELATION_RETRACTS) {
    return type == pb::EVENT_TYPE_RETRACTION && IsInput(entries_[entries_[named.target].root].type);
  }
  return named.relation == pb::RELATION_REVISES &&
         (type == pb::EVENT_TYPE_GROUPING ||
          header_.decision().state() == pb::DECISION_STATE_WITHDRAWN);
}

std::vector<Index> Ledger::InputsIn(Index root) const {
  std::vector<Index> inputs;
  for (Index version : VersionsWithRoot(root)) {
    for (const Naming& naming : NamingOf(version)) {
      const auto into = into_.find(naming.from);
      if (into == into_.end() || into->second != version) continue;
      const absl::Span<const Index> disposed = Look(disposed_by_, naming.from);
      inputs.insert(inputs.end(), disposed.begin(), disposed.end());
    }
  }
  return inputs;
}

std::vector<Index> Ledger::VersionsWithRoot(Index root) const {
  std::vector<Index> versions = {root};
  const absl::Span<const Index> later = Versions(root);
  versions.insert(versions.end(), later.begin(), later.end());
  return versions;
}

absl::StatusOr<Ledger::Named> Ledger::NamedBy(const pb::EventHeader& header) const {
  Named named;
  const auto add = [&](absl::string_view digest, pb::Relation relation,
                       bool disposes) -> absl::Status {
    mutex_.AssertReaderHeld();
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Index> target, Find(digest));
    if (target) named.insert({*target, relation, disposes});
    return absl::OkStatus();
  };
  for (const pb::Reference& reference : header.references()) {
    LIAISON_RETURN_IF_ERROR(add(reference.digest(), reference.relation(), false));
  }
  for (const pb::DisposedInput& input : header.disposition().inputs()) {
    LIAISON_RETURN_IF_ERROR(add(input.input(), pb::RELATION_UNSPECIFIED, true));
  }
  if (header.has_disposition()) {
    if (header.disposition().into().empty()) return named;
    LIAISON_RETURN_IF_ERROR(add(header.disposition().into(), pb::RELATION_UNSPECIFIED, false));
    return named;
  }
  for (absl::string_view digest : record::DigestsInFacts(header)) {
    LIAISON_RETURN_IF_ERROR(add(digest, pb::RELATION_UNSPECIFIED, false));
  }
  return named;
}

bool Ledger::IsRetraction(const Naming& naming) const {
  return naming.relation == pb::RELATION_RETRACTS &&
         entries_[naming.from].type == pb::EVENT_TYPE_RETRACTION;
}

Counted Ledger::CountedOf(Index root) const {
  const Voice& voice = voices_[entries_[root].voice];
  Counted counted;
  bool alike = true;  // what changes the chain can be read by all who may read its root
  const auto see = [&](Index index) {
    mutex_.AssertReaderHeld();
    const Voice& other = voices_[entries_[index].voice];
    alike &= IsPublic(other.audience) ||
             (other.author == voice.author && other.audience == voice.audience);
  };
  // True iff it is retracted.
  const auto retracted = [&](Index chain) {
    mutex_.AssertReaderHeld();
    bool found = false;
    for (Index version : VersionsWithRoot(chain)) {
      for (const Naming& naming : NamingOf(version)) {
        if (!IsRetraction(naming)) continue;
        see(naming.from);
        found = true;
      }
    }
    return found;
  };
  Index latest = root;
  bool carried = false;
  bool undone = false;
  for (Index version : VersionsWithRoot(root)) {
    see(version);
    if (entries_[version].type == entries_[root].type) latest = version;
    for (const Naming& naming : NamingOf(version)) {
      // It is of more than one cycle, and waits in another than it began in.
      carried |= naming.relation == pb::RELATION_CARRIES_OVER &&
                 entries_[naming.from].type == pb::EVENT_TYPE_CARRY_OVER;
      // What another hub's MAG said of it waits for ours.
      if (!naming.disposes || entries_[naming.from].relayed) continue;
      see(naming.from);
      // It may wait again, for whoever reads that.
      const auto into = into_.find(naming.from);
      undone |= into != into_.end() && gone_.contains(entries_[into->second].root);
      counted.disposed |= !retracted(entries_[naming.from].root);
    }
  }
  if (retracted(root)) counted.how = Counted::How::kNot;
  if (!alike || carried || undone) counted.how = Counted::How::kByReader;
  const Entry& entry = entries_[latest];
  counted.cycle = entry.cycle;
  counted.voice = entries_[root].voice;
  // Whoever corrects whose words they are has the latest say. A cell is heard by all who hear its
  // voice.
  const Voice& now = voices_[entry.voice];
  if (now.author == voice.author && now.audience == voice.audience) {
    counted.voice = entry.voice;
  } else if (!IsOfSame(now, voice) && counted.how == Counted::How::kInCells) {
    counted.how = Counted::How::kByReader;
  }
  counted.topics = topics(entry.topics);
  counted.asks_action = entry.asks_action;
  return counted;
}

// Of header_.
void Ledger::TakeRequest(const Entry& entry) {
  Insert(entry.root, &asking_);
  for (const uint32_t number : {entries_[entry.root].voice, entry.voice}) {
    const Voice& voice = voices_[number];
    for (const std::string* name : {&voice.author, &voice.contributor}) {
      if (!name->empty()) Insert(entry.root, &asking_with_[*name]);
    }
  }
  for (const std::string& addressee : header_.addressees()) {
    Insert(entry.root, &asking_with_[addressee]);
  }
}

void Ledger::TakeInput(const Entry& entry) {
  Insert(entry.root, &inputs_of_[entry.cycle]);
  if (entry.cycle != entries_[entry.root].cycle) {
    // Positions go with what they are on.
    for (Index version : VersionsWithRoot(entry.root)) {
      for (const Naming& naming : NamingOf(version)) {
        const Index position = entries_[naming.from].root;
        if (naming.relation == pb::RELATION_POSITION_ON &&
            entries_[position].type == pb::EVENT_TYPE_POSITION) {
          Insert(position, &positions_of_[entry.cycle]);
        }
      }
    }
  }
  if (entry.type != entries_[entry.root].type) return;
  std::vector<Index>* const inputs_by = inputs_by_voice_[entry.voice];
  if (inputs_by != nullptr) Insert(entry.root, inputs_by);
}

void Ledger::TakePosition(const Entry& entry) {
  const Index target = entries_[entry.root].about;
  if (!IsInput(entries_[target].type)) return;
  for (Index version : VersionsWithRoot(target)) {
    Insert(entry.root, &positions_of_[entries_[version].cycle]);
  }
}

absl::StatusOr<std::string> Ledger::OriginOf(const record::Leaf& leaf) {
  if (!leaf.relayed) return std::string();
  std::string& known = origins_[leaf.relayed->origin_name_hash];
  if (!known.empty()) return known;
  LIAISON_ASSIGN_OR_RETURN(
      const std::optional<std::string> evidence,
      log_->GetRow(storage::Table::kForeign, storage::ForeignKey(leaf.sequence)));
  LIAISON_ASSIGN_OR_RETURN(std::string origin, record::OriginIn(evidence.value_or("")));
  if (record::Sha256Of(origin) != leaf.relayed->origin_name_hash) {
    return absl::DataLossError(
        absl::StrCat("event ", leaf.sequence, " comes from another hub than its evidence says"));
  }
  known = std::move(origin);
  return known;
}

uint32_t Ledger::VoiceOf(const pb::EventHeader& header, const std::string& origin) {
  const pb::RecordedFor& whose = header.recorded_for();
  const std::string& contributor =
      header.has_recorded_for() ? whose.organisation() : header.author();
  key_.clear();
  absl::StrAppend(&key_, header.author(), "\n", header.audience(), "\n", contributor, "\n",
                  whose.individual().stakeholder_group(), "\n", whose.individual().region(), "\n",
                  origin);
  const auto it = voice_numbers_.find(key_);
  if (it != voice_numbers_.end()) return it->second;
  const auto number = static_cast<uint32_t>(voices_.size());
  voice_numbers_.emplace(key_, number);
  Voice& voice = voices_.emplace_back(Voice{header.author(), header.audience(), contributor,
                                            whose.individual().stakeholder_group(),
                                            whose.individual().region(), origin});
  if (voice.relayed()) {
    voice.author = NameThere(origin, header.author());
    if (!contributor.empty()) voice.contributor = NameThere(origin, contributor);
  }
  inputs_by_voice_.push_back(voice.contributor.empty() ? nullptr : &inputs_by_[voice.contributor]);
  return number;
}

uint32_t Ledger::TopicsOf(const pb::EventHeader& header) {
  key_.clear();
  for (const std::string& topic : header.topics()) absl::StrAppend(&key_, topic, "\n");
  const auto it = topic_list_numbers_.find(key_);
  if (it != topic_list_numbers_.end()) return it->second;
  const auto number = static_cast<uint32_t>(topic_lists_.size());
  topic_list_numbers_.emplace(key_, number);
  std::vector<uint32_t>& topics = topic_lists_.emplace_back();
  for (const std::string& topic : header.topics()) topics.push_back(names_.NumberOf(topic));
  return number;
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

absl::Span<const Index> Ledger::PositionsOf(absl::string_view cycle) const {
  const std::optional<uint32_t> number = names_.Find(cycle);
  if (!number) return {};
  return Look(positions_of_, *number);
}

absl::Span<const Index> Ledger::InputsBy(absl::string_view contributor) const {
  return Look(inputs_by_, std::string(contributor));
}

}  // namespace liaison::views
