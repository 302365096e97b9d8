#include "server/domain/target.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/rows.h"

namespace liaison::domain {

absl::StatusOr<std::optional<Target>> FindTarget(const Lookup& lookup, absl::string_view digest) {
  if (digest.size() != record::kHashSizeBytes) return std::optional<Target>();
  Target target;
  target.digest = record::Hash::FromBytes(digest);
  LIAISON_ASSIGN_OR_RETURN(target.known, lookup.Header(target.digest));
  if (target.known == nullptr) return std::optional<Target>();
  target.root = RootOf(target.header(), target.digest);
  target.known_root = target.known;
  if (!target.is_root()) {
    LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<const KnownHeader> root, lookup.Header(target.root));
    // Earlier rules let an event revise what is not there.
    if (root != nullptr) target.known_root = std::move(root);
  }
  return std::optional<Target>(std::move(target));
}

absl::StatusOr<std::shared_ptr<const KnownHeader>> CurrentHeader(const Lookup& lookup,
                                                                 const Target& target) {
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                           ReadRow<rows::Revision>(lookup, RevisionKey(target.root)));
  std::optional<record::Hash> version;
  if (chain.version().size() == record::kHashSizeBytes) {
    version = record::Hash::FromBytes(chain.version());
  } else if (!chain.has_latest()) {
    // Versions from before there were rows.
    LIAISON_ASSIGN_OR_RETURN(version, lookup.LatestRevision(target.root));
  }
  if (!version) return target.known_root;
  LIAISON_ASSIGN_OR_RETURN(std::shared_ptr<const KnownHeader> current, lookup.Header(*version));
  const bool fits = current != nullptr && current->header.type() == target.root_header().type();
  return fits ? current : target.known_root;
}

record::Hash RootOf(const pb::EventHeader& header, const record::Hash& digest) {
  const absl::string_view root = ReferenceOf(header, pb::RELATION_REVISES);
  return root.size() == record::kHashSizeBytes ? record::Hash::FromBytes(root) : digest;
}

std::string HolderOf(const pb::EventHeader& position, const record::Hash& root) {
  if (!position.has_recorded_for()) return position.author();
  if (!position.recorded_for().has_individual()) return position.recorded_for().organisation();
  return absl::StrCat("~", root.bytes());
}

bool IsIndividual(absl::string_view holder) { return absl::StartsWith(holder, "~"); }

absl::string_view ReferenceOf(const pb::EventHeader& header, pb::Relation relation) {
  for (const pb::Reference& reference : header.references()) {
    if (reference.relation() == relation) return reference.digest();
  }
  return {};
}

absl::StatusOr<rows::Decision> ReadDecision(const Lookup& lookup, const record::Hash& root) {
  LIAISON_ASSIGN_OR_RETURN(rows::Decision decision,
                           ReadRow<rows::Decision>(lookup, DecisionKey(root)));
  if (decision.has_latest()) return decision;
  LIAISON_ASSIGN_OR_RETURN(const std::optional<record::Hash> latest, lookup.LatestRevision(root));
  LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> known,
                           lookup.Header(latest.value_or(root)));
  if (known != nullptr && known->header.has_decision()) {
    *decision.mutable_facts() = known->header.decision();
    decision.set_cycle(known->header.cycle());
  }
  return decision;
}

absl::StatusOr<std::string> OwnCycle(const Lookup& lookup, const Target& target) {
  if (target.root_header().type() == pb::EVENT_TYPE_DECISION) {
    LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision, ReadDecision(lookup, target.root));
    return decision.cycle();
  }
  LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                           CurrentHeader(lookup, target));
  return current->header.cycle();
}

pb::DecisionFacts MergedFacts(const pb::DecisionFacts& before, const pb::DecisionFacts& facts) {
  pb::DecisionFacts merged = before;
  merged.set_state(facts.state());
  if (facts.priority() != 0) merged.set_priority(facts.priority());
  if (!facts.time_frame().starts_on().empty()) {
    merged.mutable_time_frame()->set_starts_on(facts.time_frame().starts_on());
  }
  if (!facts.time_frame().ends_on().empty()) {
    merged.mutable_time_frame()->set_ends_on(facts.time_frame().ends_on());
  }
  if (!facts.outcome_owner().empty()) merged.set_outcome_owner(facts.outcome_owner());
  if (!facts.outcome_due_on().empty()) merged.set_outcome_due_on(facts.outcome_due_on());
  if (facts.work_format() != pb::WORK_FORMAT_UNSPECIFIED) {
    merged.set_work_format(facts.work_format());
  }
  if (!facts.steward().empty()) merged.set_steward(facts.steward());
  std::set<int> stated(before.stated().begin(), before.stated().end());
  stated.insert(facts.stated().begin(), facts.stated().end());
  merged.clear_stated();
  for (const int part : stated) merged.add_stated(static_cast<pb::DecisionPart>(part));
  // Which objections are answered stands in the rows of the positions.
  merged.clear_answered();
  return merged;
}

bool IsRequest(const pb::EventHeader& header) {
  if (header.addressees().empty()) return false;
  switch (header.type()) {
    case pb::EVENT_TYPE_TOPIC_SIGNAL:
      return header.topic_signal().purpose() == pb::PURPOSE_ACTION ||
             header.topic_signal().purpose() == pb::PURPOSE_RESPONSE;
    case pb::EVENT_TYPE_LOCAL_REPORT:
      return header.local_report().stated_size() > 0;  // its requests
    case pb::EVENT_TYPE_SUPPORT_REQUEST:
      return true;
    default:
      return false;
  }
}

const std::string& ResponderOf(const pb::EventHeader& response) {
  const bool imported =
      response.channel() == pb::CHANNEL_IMPORT && !response.recorded_for().organisation().empty();
  return imported ? response.recorded_for().organisation() : response.author();
}

absl::string_view AddresseeOf(const pb::EventHeader& request, absl::string_view responder) {
  absl::string_view nearest;
  for (const std::string& addressee : request.addressees()) {
    const bool fits = record::IsWithinOrganisation(responder, addressee);
    if (fits && addressee.size() > nearest.size()) nearest = addressee;
  }
  return nearest;
}

absl::string_view DateAskedOf(const pb::EventHeader& request, absl::string_view addressee) {
  if (request.has_support_request()) return request.support_request().due_on();
  if (!request.has_local_report()) return request.topic_signal().requested_date();
  absl::string_view first;
  for (const pb::ReportRequestFacts& asked : request.local_report().asked()) {
    if (!asked.to().empty() && asked.to() != addressee) continue;
    if (!asked.by().empty() && (first.empty() || asked.by() < first)) first = asked.by();
  }
  return first;
}

}  // namespace liaison::domain
