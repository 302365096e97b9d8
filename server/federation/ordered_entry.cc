#include "server/federation/ordered_entry.h"

#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/domain/relayed.h"
#include "server/federation/enter.h"
#include "server/federation/policy.h"

namespace liaison::federation {
namespace {

// REQUIRES: the proposal has a control row.
void AddRows(std::vector<KeptRow> rows, sequencer::Proposal* proposal) {
  for (KeptRow& row : rows) {
    proposal->size_bytes += row.key.size() + row.value.size();
    proposal->control->also.push_back({std::move(row.key), std::move(row.value)});
  }
}

}  // namespace

absl::StatusOr<bool> OrderedEntry::Knows(const record::Hash& digest) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, log_.FindByDigest(digest));
  return sequence.has_value();
}

absl::StatusOr<Behind> OrderedEntry::WhatIsBehind(absl::string_view origin,
                                                  const pb::EventHeader& header) const {
  Behind behind;
  for (const record::Hash& digest : FollowedBy(header)) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, log_.FindByDigest(digest));
    if (!sequence) continue;
    LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log_.ReadHeader(*sequence));
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
    if (!leaf.relayed || leaf.relayed->origin_name_hash != record::Sha256Of(origin)) continue;
    behind.goes = true;
    pb::EventHeader followed;
    if (!followed.ParseFromString(event.header) || followed.audience() != header.audience()) {
      continue;
    }
    behind.went = true;
    behind.of_author = behind.of_author || followed.author() == header.author();
  }
  return behind;
}

absl::Status OrderedEntry::LeaveOutWhatWasErased(std::vector<domain::Statement>* statements) const {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> any,
                           log_.ListRows(storage::Table::kControl, domain::kErasedOnceRows, "", 1));
  if (any.empty()) return absl::OkStatus();
  for (domain::Statement& statement : *statements) {
    for (pb::Section& section : statement.sections) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> erased,
                               Find(domain::ErasedOnceKey(statement.digest, section.kind())));
      if (!erased) continue;
      section.clear_salt();
      section.clear_data();
      section.set_status(pb::SECTION_STATUS_WITHHELD);
    }
  }
  return absl::OkStatus();
}

absl::Status OrderedEntry::Commit(Arrival arrival) {
  LIAISON_ASSIGN_OR_RETURN(const Origin origin, ParseOrigin(arrival.origin));
  std::vector<domain::Statement> statements;
  statements.reserve(arrival.items.size());
  for (const Accepted& accepted : arrival.items) {
    statements.push_back(ToStatement(accepted.item, accepted.judgement, origin, arrival.head));
  }
  LIAISON_RETURN_IF_ERROR(LeaveOutWhatWasErased(&statements));
  sequencer::Proposal proposal =
      EntryOf(std::move(statements),
              {std::move(arrival.lane_key), std::move(arrival.before), std::move(arrival.cursor)});
  AddRows(std::move(arrival.also), &proposal);
  return Order(std::move(proposal));
}

absl::StatusOr<std::optional<std::string>> OrderedEntry::Find(const std::string& key) const {
  return log_.GetRow(storage::Table::kControl, key);
}

absl::StatusOr<std::vector<KeptRow>> OrderedEntry::List(const std::string& prefix,
                                                        const std::string& after,
                                                        size_t limit) const {
  LIAISON_ASSIGN_OR_RETURN(std::vector<storage::EventLog::KeyValue> found,
                           log_.ListRows(storage::Table::kControl, prefix, after, limit));
  std::vector<KeptRow> rows;
  rows.reserve(found.size());
  for (auto& [key, value] : found) rows.push_back({std::move(key), std::move(value)});
  return rows;
}

absl::Status OrderedEntry::Keep(const std::string& key, const std::string& value,
                                std::vector<KeptRow> also) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> stands, Find(key));
  if (stands == value && also.empty()) return absl::OkStatus();
  sequencer::Proposal proposal;
  proposal.control = sequencer::ControlChange{key, std::move(stands), value};
  AddRows(std::move(also), &proposal);
  return Order(std::move(proposal));
}

absl::Status OrderedEntry::Order(sequencer::Proposal proposal) {
  // Shared with the answer, which notifies last.
  struct Wait {
    absl::Notification answered;
    absl::Status status;
  };
  auto wait = std::make_shared<Wait>();
  proposal.done = [wait](const sequencer::Answers& answers) {
    for (const absl::StatusOr<sequencer::Receipt>& answer : answers) {
      if (wait->status.ok()) wait->status = answer.status();
    }
    wait->answered.Notify();
  };
  LIAISON_RETURN_IF_ERROR(proposals_.Propose(std::move(proposal)));
  wait->answered.WaitForNotification();
  return wait->status;
}

}  // namespace liaison::federation
