#include "server/views/reading.h"

#include <algorithm>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::views {

absl::Status NotFound() {
  return record::Error(record::Reason::kNotFound, "no such event, or none that you may read");
}

std::string KeyOf(uint64_t sequence) { return absl::StrFormat("%020d", sequence); }

absl::StatusOr<std::unique_ptr<Reading>> Reading::Begin(Ledger* ledger, Caller caller) {
  LIAISON_RETURN_IF_ERROR(ledger->CatchUp());
  return std::unique_ptr<Reading>(new Reading(ledger, std::move(caller)));
}

// The lock is held from here to the destructor, which no annotation can say.
Reading::Reading(Ledger* ledger, Caller caller) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : ledger_(ledger),
      caller_(std::move(caller)) {
  ledger_->mutex().ReaderLock();
}

Reading::~Reading() ABSL_NO_THREAD_SAFETY_ANALYSIS { ledger_->mutex().ReaderUnlock(); }

const Entry& Reading::at(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->entries()[index];
}

bool Reading::May(Index index) const {
  const pb::EventHeader& header = at(index).header;
  return auth::MayRead(caller_.principal, {header.author(), header.audience()});
}

std::optional<Index> Reading::FindQuietly(absl::string_view digest) const {
  ledger_->mutex().AssertReaderHeld();
  const std::optional<Index> index = ledger_->Find(digest);
  if (!index || !May(*index)) return std::nullopt;
  return index;
}

absl::StatusOr<Index> Reading::Find(absl::string_view digest) const {
  const std::optional<Index> index = FindQuietly(digest);
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

const std::vector<Index>& Reading::All(pb::EventType type) const {
  ledger_->mutex().AssertReaderHeld();
  return ledger_->OfType(type);
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
    if (at(index).root == index) found.push_back(index);
  }
  return found;
}

std::vector<Index> Reading::Chain(Index index) const {
  ledger_->mutex().AssertReaderHeld();
  std::vector<Index> chain;
  const Index root = at(index).root;
  if (May(root)) chain.push_back(root);
  for (Index version : ledger_->Versions(root)) {
    if (May(version)) chain.push_back(version);
  }
  return chain;
}

Index Reading::Latest(Index index) const {
  const Index root = at(index).root;
  Index latest = root;
  for (Index version : Chain(root)) {
    if (at(version).header.type() == at(root).header.type()) latest = version;
  }
  return latest;
}

std::vector<Index> Reading::Naming(Index root, pb::Relation relation) const {
  ledger_->mutex().AssertReaderHeld();
  std::set<Index> found;
  for (Index version : Chain(root)) {
    for (Index naming : ledger_->Naming(at(version).digest)) {
      if (!May(naming)) continue;
      const auto& references = at(naming).header.references();
      const bool fits =
          relation == pb::RELATION_UNSPECIFIED ||
          std::any_of(references.begin(), references.end(), [&](const pb::Reference& reference) {
            return reference.relation() == relation && reference.digest() == at(version).digest;
          });
      if (fits) found.insert(naming);
    }
  }
  return std::vector<Index>(found.begin(), found.end());
}

bool Reading::Retracted(Index index) const {
  return !Naming(at(index).root, pb::RELATION_RETRACTS).empty();
}

std::string Reading::ContributorOf(Index index) const {
  const pb::EventHeader& header = at(index).header;
  if (!header.has_recorded_for()) return header.author();
  return header.recorded_for().organisation();
}

bool Reading::IsOfKind(absl::string_view organisation, pb::OrganisationKind kind) const {
  // A seat speaks for its body.
  while (true) {
    if (caller_.registry->IsOfKind(organisation, kind)) return true;
    const size_t slash = organisation.rfind('/');
    if (slash == absl::string_view::npos) return false;
    organisation = organisation.substr(0, slash);
  }
}

std::vector<Index> Reading::Inputs(absl::string_view cycle) const {
  std::vector<Index> inputs = Roots(pb::EVENT_TYPE_TOPIC_SIGNAL);
  for (Index report : Roots(pb::EVENT_TYPE_LOCAL_REPORT)) inputs.push_back(report);
  std::sort(inputs.begin(), inputs.end());
  if (cycle.empty()) return inputs;
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](Index index) { return at(index).header.cycle() != cycle; }),
               inputs.end());
  return inputs;
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Reading::Body(Index index) const {
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event,
                           ledger_->log().Read(at(index).sequence));
  for (const storage::StoredSection& section : event.sections) {
    if (section.kind != pb::SECTION_KIND_CONTENT || section.erased) continue;
    auto body = record::NewBody(at(index).header.type());
    if (body == nullptr || !body->ParseFromString(section.data)) {
      return absl::DataLossError(
          absl::StrCat("the content of event ", at(index).sequence, " does not parse"));
    }
    return body;
  }
  return nullptr;
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
  const Entry& entry = at(index);
  pb::EventSummary summary;
  summary.set_sequence(entry.sequence);
  summary.set_digest(entry.digest);
  summary.set_event_id(entry.header.event_id());
  summary.set_type(entry.header.type());
  summary.set_author(entry.header.author());
  if (entry.header.has_recorded_for()) summary.set_contributor(ContributorOf(index));
  summary.set_cycle(entry.header.cycle());
  summary.set_language(entry.header.language());
  *summary.mutable_hub_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(entry.hub_time_us);
  LIAISON_ASSIGN_OR_RETURN(*summary.mutable_title(), Words(index, "title"));
  return summary;
}

absl::StatusOr<pb::EventSummary> Reading::Summary(Index index) const {
  const std::vector<Index> chain = Chain(index);
  // A version whose root is hidden stands for itself.
  const Index root = chain.empty() ? index : chain.front();
  LIAISON_ASSIGN_OR_RETURN(pb::EventSummary summary, SummaryOfVersion(root));
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
