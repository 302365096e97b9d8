#include "server/views/reading.h"

#include <algorithm>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/views/limits.h"

namespace liaison::views {

absl::Status NotFound() {
  return record::Error(record::Reason::kNotFound, "no such event, or none that you may read");
}

std::string KeyOf(uint64_t sequence) { return absl::StrFormat("%020d", sequence); }

uint64_t SequenceOfKey(absl::string_view key) {
  uint64_t sequence = 0;
  // The token that brought it was made here.
  return absl::SimpleAtoi(key, &sequence) ? sequence : 0;
}

absl::StatusOr<std::unique_ptr<Reading>> Reading::Begin(Ledger* ledger, Caller caller) {
  LIAISON_RETURN_IF_ERROR(ledger->CatchUp());
  return std::unique_ptr<Reading>(new Reading(ledger, std::move(caller)));
}

// The lock is held from here to the destructor, which no annotation can say.
Reading::Reading(Ledger* ledger, Caller caller) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : ledger_(ledger),
      caller_(std::move(caller)) {
  ledger_->mutex().ReaderLock();
  may_.resize(ledger_->voices());
}

Reading::~Reading() ABSL_NO_THREAD_SAFETY_ANALYSIS { ledger_->mutex().ReaderUnlock(); }

const Entry& Reading::at(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->entries()[index];
}

uint64_t Reading::Head() const {
  ledger_->mutex().AssertReaderHeld();
  return std::min<uint64_t>(ledger_->entries().size(), end_);
}

Index Reading::FirstAtOrAfter(int64_t hub_time_us) const {
  ledger_->mutex().AssertReaderHeld();
  const auto& entries = ledger_->entries();
  const auto at = std::lower_bound(
      entries.begin(), entries.end(), hub_time_us,
      [](const Entry& entry, int64_t time_us) { return entry.hub_time_us < time_us; });
  return static_cast<Index>(at - entries.begin());
}

const Voice& Reading::VoiceOf(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->voice(at(index).voice);
}

const std::string& Reading::CycleOf(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->names().at(at(index).cycle);
}

absl::Span<const uint32_t> Reading::TopicsOf(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->topics(at(index).topics);
}

namespace {

template <typename Record>
absl::Status Parse(const storage::StoredEvent& event, Record* record) {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  record->digest = std::string(leaf.digest.bytes());
  if (record->header.ParseFromString(event.header)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the header of event ", event.sequence, " does not parse"));
}

}  // namespace

const Reading::Record& Reading::RecordOf(Index index) const {
  const auto [it, fresh] = records_.try_emplace(index);
  if (fresh) {
    const absl::StatusOr<storage::StoredEvent> event = ledger_->log().ReadHeader(SequenceOf(index));
    status_.Update(event.ok() ? Parse(*event, &it->second) : event.status());
  }
  return it->second;
}

const pb::EventHeader& Reading::Header(Index index) const { return RecordOf(index).header; }

const std::string& Reading::DigestOf(Index index) const { return RecordOf(index).digest; }

bool Reading::May(Index index) const { return index < end_ && MayHear(at(index).voice); }

bool Reading::MayHear(uint32_t voice) const {
  ledger_->mutex().AssertReaderHeld();
  std::optional<bool>& may = may_[voice];
  if (!may) {
    const Voice& heard = ledger_->voice(voice);
    may = auth::MayRead(caller_.principal, {heard.author, heard.audience, heard.relayed()});
  }
  return *may;
}

const Voice& Reading::VoiceAt(uint32_t voice) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->voice(voice);
}

absl::Span<const uint32_t> Reading::TopicsAt(uint32_t topics) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->topics(topics);
}

std::optional<uint32_t> Reading::NumberOf(absl::string_view name) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->names().Find(name);
}

const std::string& Reading::NameAt(uint32_t name) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->names().at(name);
}

std::optional<Index> Reading::FindQuietly(absl::string_view digest) const {
  ledger_->mutex().AssertReaderHeld();
  const absl::StatusOr<std::optional<Index>> index = ledger_->Find(digest);
  status_.Update(index.status());
  if (!index.ok() || !*index || !May(**index)) return std::nullopt;
  return *index;
}

absl::StatusOr<Index> Reading::Find(absl::string_view digest) const {
  const std::optional<Index> index = FindQuietly(digest);
  LIAISON_RETURN_IF_ERROR(status_);
  if (!index) return NotFound();
  return *index;
}

absl::StatusOr<Index> Reading::FindSequence(uint64_t sequence) const {
  ledger_->mutex().AssertReaderHeld();
  if (sequence == 0 || sequence > ledger_->entries().size()) return NotFound();
  const auto index = static_cast<Index>(sequence - 1);
  if (!May(index)) return NotFound();
  return index;
}

absl::Span<const Index> Reading::All(pb::EventType type) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->OfType(type);
}

absl::Span<const Index> Reading::ChangesOfInputs() const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->ChangesOfInputs();
}

std::vector<Index> Reading::InputsChangedSince() const {
  ledger_->mutex().AssertReaderHeld();
  const auto since = [this](absl::Span<const Index> list) {
    return list.subspan(std::lower_bound(list.begin(), list.end(), end_) - list.begin());
  };
  std::set<Index> changed;
  for (Index version : since(ChangesOfInputs())) changed.insert(RootOf(version));
  for (Index retraction : since(All(pb::EVENT_TYPE_RETRACTION))) {
    for (const pb::Reference& reference : Header(retraction).references()) {
      const absl::StatusOr<std::optional<Index>> of = ledger_->Find(reference.digest());
      status_.Update(of.status());
      if (of.ok() && *of) changed.insert(RootOf(**of));
    }
  }
  return {changed.begin(), changed.end()};
}

std::vector<Index> Reading::OfType(pb::EventType type) const {
  std::vector<Index> found;
  for (Index index : All(type)) {
    if (May(index)) found.push_back(index);
  }
  return found;
}

std::vector<Index> Reading::Roots(pb::EventType type) const {
  std::vector<Index> found;
  for (Index index : OfType(type)) {
    if (RootOf(index) == index) found.push_back(index);
  }
  return found;
}

std::vector<Index> Reading::Chain(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> chain;
  const Index root = RootOf(index);
  if (May(root)) chain.push_back(root);
  for (Index version : ledger_->Versions(root)) {
    if (May(version)) chain.push_back(version);
  }
  return chain;
}

Index Reading::Latest(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  const Index root = RootOf(index);
  if (!at(root).has_versions) return root;
  Index latest = root;
  for (Index version : ledger_->Versions(root)) {
    if (TypeOf(version) == TypeOf(root) && May(version)) latest = version;
  }
  return latest;
}

std::vector<Index> Reading::Naming(Index root, pb::Relation relation) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> found;
  for (Index version : Chain(root)) {
    for (const views::Naming& naming : ledger_->NamingOf(version)) {
      const bool fits = relation == pb::RELATION_UNSPECIFIED || naming.relation == relation;
      if (fits && May(naming.from)) found.push_back(naming.from);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool Reading::Retracted(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  const auto retracts = [&](Index version) {
    ledger_->mutex().AssertReaderHeld();
    if (!May(version)) return false;
    const absl::Span<const views::Naming> namings = ledger_->NamingOf(version);
    return std::any_of(namings.begin(), namings.end(), [&](const views::Naming& naming) {
      return naming.relation == pb::RELATION_RETRACTS &&
             TypeOf(naming.from) == pb::EVENT_TYPE_RETRACTION && May(naming.from);
    });
  };
  const Index root = RootOf(index);
  if (!at(root).has_retraction) return false;
  const absl::Span<const Index> versions = ledger_->Versions(root);
  return retracts(root) || std::any_of(versions.begin(), versions.end(), retracts);
}

bool Reading::MovesStateOf(Index one, Index by) const {
  return !at(by).relayed || VoiceOf(by).origin == VoiceOf(one).origin;
}

std::string Reading::ContributorOf(Index index) const { return LatestVoiceOf(index).contributor; }

bool Reading::IsOfKind(absl::string_view organisation, pb::OrganisationKind kind) const {
  // A seat speaks for its body.
  while (true) {
    if (caller_.registry->IsOfKind(organisation, kind)) return true;
    const size_t slash = organisation.rfind('/');
    if (slash == absl::string_view::npos) return false;
    organisation = organisation.substr(0, slash);
  }
}

bool Reading::IsOf(Index root, absl::string_view cycle) const {
  return May(root) && (cycle.empty() || CycleOf(Latest(root)) == cycle);
}

std::vector<Index> Reading::Inputs(absl::string_view cycle) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> inputs;
  if (cycle.empty()) {
    inputs = Roots(pb::EVENT_TYPE_TOPIC_SIGNAL);
    for (Index report : Roots(pb::EVENT_TYPE_LOCAL_REPORT)) inputs.push_back(report);
    std::sort(inputs.begin(), inputs.end());
    return inputs;
  }
  for (Index root : ledger_->InputsOf(cycle)) {
    if (IsOf(root, cycle)) inputs.push_back(root);
  }
  return inputs;
}

std::vector<Index> Reading::InputsBy(absl::string_view contributor) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> inputs;
  const auto& contributors = ledger_->contributors();
  for (auto it = contributors.lower_bound(std::string(contributor));
       it != contributors.end() && absl::StartsWith(it->first, contributor); ++it) {
    if (!record::IsWithinOrganisation(it->first, contributor)) continue;
    for (Index root : it->second) {
      // It may be somebody else's by now.
      if (May(root) && record::IsWithinOrganisation(ContributorOf(root), contributor)) {
        inputs.push_back(root);
      }
    }
  }
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

std::vector<const Cells::OfCycle*> Reading::OfCycle(absl::string_view cycle) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<const views::Cells::OfCycle*> found;
  for (const auto& [number, cells] : ledger_->cells().cycles()) {
    if (cycle.empty() || NameAt(number) == cycle) found.push_back(&cells);
  }
  return found;
}

void Reading::AddHeard(const CellRow& cells, CellList* heard) const {
  for (const Cell& cell : cells) {
    if (!cell.sequences.empty() && MayHear(cell.key.voice)) heard->push_back(&cell);
  }
}

CellList Reading::CellsOf(absl::string_view cycle) const {
  CellList heard;
  for (const Cells::OfCycle* cells : OfCycle(cycle)) AddHeard(cells->any_topic, &heard);
  return heard;
}

CellList Reading::CellsOf(absl::string_view cycle, absl::string_view topic) const {
  CellList heard;
  const std::optional<uint32_t> number = NumberOf(topic);
  if (!number) return heard;
  for (const Cells::OfCycle* cells : OfCycle(cycle)) {
    auto it = cells->by_topic.find(*number);
    if (it != cells->by_topic.end()) AddHeard(it->second, &heard);
  }
  return heard;
}

std::map<uint32_t, CellList> Reading::CellsByTopic(absl::string_view cycle) const {
  std::map<uint32_t, CellList> heard;
  for (const Cells::OfCycle* of_cycle : OfCycle(cycle)) {
    for (const auto& [topic, cells] : of_cycle->by_topic) {
      AddHeard(cells, &heard[topic]);
    }
  }
  return heard;
}

absl::Span<const Index> Reading::PositionsAbout(absl::string_view cycle) const {
  ledger_->mutex().AssertReaderHeld();
  return cycle.empty() ? All(pb::EVENT_TYPE_POSITION) : ledger_->PositionsOf(cycle);
}

std::vector<Index> Reading::InputsByReader(absl::string_view cycle) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> inputs;
  for (Index root : ledger_->cells().by_reader()) {
    if (IsOf(root, cycle) && !Retracted(root)) inputs.push_back(root);
  }
  return inputs;
}

std::vector<Index> Reading::Asking(absl::string_view with) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> heard;
  if (with.empty()) {
    for (Index root : ledger_->Asking()) {
      if (May(root)) heard.push_back(root);
    }
    return heard;
  }
  std::set<Index> found;
  const auto& asking = ledger_->asking_with();
  const auto add = [&](const std::vector<Index>& roots) {
    found.insert(roots.begin(), roots.end());
  };
  // Itself, what belongs to it, and what it belongs to.
  for (auto it = asking.lower_bound(std::string(with));
       it != asking.end() && absl::StartsWith(it->first, with); ++it) {
    if (record::IsWithinOrganisation(it->first, with)) add(it->second);
  }
  for (size_t end = with.rfind('/'); end != absl::string_view::npos; end = with.rfind('/')) {
    with = with.substr(0, end);
    if (auto it = asking.find(std::string(with)); it != asking.end()) add(it->second);
  }
  for (Index root : found) {
    if (May(root)) heard.push_back(root);
  }
  return heard;
}

namespace {

// Ascending, each once.
std::vector<uint64_t> SequencesOf(const std::vector<Index>& indexes) {
  std::vector<uint64_t> sequences;
  sequences.reserve(indexes.size());
  for (Index index : indexes) sequences.push_back(Reading::SequenceOf(index));
  std::sort(sequences.begin(), sequences.end());
  sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
  return sequences;
}

}  // namespace

void Reading::ReadHeaders(std::vector<Index> indexes) const {
  indexes.erase(std::remove_if(indexes.begin(), indexes.end(),
                               [this](Index index) { return records_.contains(index); }),
                indexes.end());
  const std::vector<uint64_t> sequences = SequencesOf(indexes);
  for (size_t i = 0; i < sequences.size(); i += kReadAhead) {
    // Where that fails each is read by itself, and status() says why.
    const auto events =
        ledger_->log().ReadHeaders(absl::MakeConstSpan(sequences).subspan(i, kReadAhead));
    if (!events.ok()) return;
    for (const storage::StoredEvent& event : *events) {
      status_.Update(Parse(event, &records_[static_cast<Index>(event.sequence - 1)]));
    }
  }
}

void Reading::ReadAhead(std::vector<Index> indexes, Ahead what) const {
  if (what == Ahead::kHeaders) return ReadHeaders(std::move(indexes));
  ahead_.clear();
  const std::vector<uint64_t> sequences = SequencesOf(indexes);
  // Where that fails each is read by itself, and whoever asks for it is told why.
  if (auto sections = ledger_->log().ReadSections(sequences, pb::SECTION_KIND_CONTENT);
      sections.ok()) {
    for (size_t i = 0; i < sequences.size(); ++i) {
      ahead_.emplace(static_cast<Index>(sequences[i] - 1), std::move((*sections)[i]));
    }
  }
  if (what == Ahead::kWordsAndHeaders) ReadHeaders(std::move(indexes));
}

absl::StatusOr<std::optional<storage::StoredSection>> Reading::Content(Index index) const {
  if (records_.contains(index)) {
    const uint64_t sequence = SequenceOf(index);
    LIAISON_ASSIGN_OR_RETURN(auto sections,
                             ledger_->log().ReadSections({&sequence, 1}, pb::SECTION_KIND_CONTENT));
    return std::move(sections.front());
  }
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, ledger_->log().Read(SequenceOf(index)));
  // Whoever reads the words mostly asks for the header next, which has come with them.
  status_.Update(Parse(event, &records_[index]));
  for (storage::StoredSection& section : event.sections) {
    if (section.kind == pb::SECTION_KIND_CONTENT) return std::make_optional(std::move(section));
  }
  return std::optional<storage::StoredSection>();
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Reading::Body(Index index) const {
  if (const auto it = ahead_.find(index); it != ahead_.end()) return Parsed(index, it->second);
  LIAISON_ASSIGN_OR_RETURN(const std::optional<storage::StoredSection> content, Content(index));
  return Parsed(index, content);
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Reading::Parsed(
    Index index, const std::optional<storage::StoredSection>& content) const {
  if (!content || content->erased || content->withheld) return nullptr;
  auto body = record::NewBody(TypeOf(index));
  // Another hub's, of a type that this one does not know yet.
  if (body == nullptr && at(index).relayed) return nullptr;
  if (body == nullptr || !body->ParseFromString(content->data)) {
    return absl::DataLossError(
        absl::StrCat("the content of event ", SequenceOf(index), " does not parse"));
  }
  return body;
}

absl::StatusOr<pb::Personal> Reading::Personal(Index index) const {
  const auto& commitments = Header(index).commitments();
  const bool has_any = std::any_of(commitments.begin(), commitments.end(), [](const auto& one) {
    return one.kind() == pb::SECTION_KIND_PERSONAL;
  });
  if (!has_any) return pb::Personal();
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event,
                           ledger_->log().Read(SequenceOf(index)));
  pb::Personal personal;
  for (const storage::StoredSection& section : event.sections) {
    if (section.kind != pb::SECTION_KIND_PERSONAL || section.erased || section.withheld) continue;
    if (!personal.ParseFromString(section.data)) {
      return absl::DataLossError(
          absl::StrCat("the contacts of event ", SequenceOf(index), " do not parse"));
    }
  }
  return personal;
}

absl::StatusOr<std::string> Reading::Words(Index index, const std::string& field) const {
  LIAISON_ASSIGN_OR_RETURN(const auto body, Body(index));
  if (body == nullptr) return std::string();
  const auto* descriptor = body->GetDescriptor()->FindFieldByName(field);
  if (descriptor == nullptr || descriptor->is_repeated() ||
      descriptor->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return std::string();
  }
  return body->GetReflection()->GetString(*body, descriptor);
}

absl::StatusOr<pb::EventSummary> Reading::SummaryOfVersion(Index index) const {
  // The header comes with the words.
  LIAISON_ASSIGN_OR_RETURN(std::string title, Words(index, "title"));
  const pb::EventHeader& header = Header(index);
  pb::EventSummary summary;
  summary.set_sequence(SequenceOf(index));
  summary.set_digest(DigestOf(index));
  summary.set_event_id(header.event_id());
  summary.set_type(header.type());
  summary.set_author(header.author());
  if (header.has_recorded_for()) summary.set_contributor(header.recorded_for().organisation());
  summary.set_origin(VoiceOf(index).origin);
  summary.set_cycle(header.cycle());
  summary.set_language(header.language());
  *summary.mutable_hub_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(at(index).hub_time_us);
  summary.set_title(std::move(title));
  return summary;
}

absl::StatusOr<pb::EventSummary> Reading::Summary(Index index) const {
  const std::vector<Index> chain = Chain(index);
  // A version whose root is hidden stands for itself.
  const Index root = chain.empty() ? index : chain.front();
  LIAISON_ASSIGN_OR_RETURN(pb::EventSummary summary, SummaryOfVersion(root));
  if (const Index latest = Latest(root); latest != root) {
    const bool own = VoiceOf(latest).contributor == VoiceOf(latest).author;
    summary.set_contributor(own ? "" : Header(latest).recorded_for().organisation());
  }
  for (auto version = chain.rbegin(); version != chain.rend(); ++version) {
    if (*version == root) break;
    LIAISON_ASSIGN_OR_RETURN(std::string title, Words(*version, "title"));
    if (title.empty()) continue;
    summary.set_title(std::move(title));
    break;
  }
  summary.set_retracted(Retracted(index));
  return summary;
}

}  // namespace liaison::views
