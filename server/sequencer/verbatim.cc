#include "server/sequencer/verbatim.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "server/sequencer/first_event.h"
#include "server/sequencer/group.h"
#include "server/sequencer/limits.h"
#include "server/sequencer/rebuild.h"

namespace liaison::sequencer {
namespace {

size_t SizeOf(const storage::StoredEvent& event) {
  size_t size = event.leaf.size() + event.header.size();
  for (const storage::StoredSection& section : event.sections) size += section.data.size();
  return size;
}

domain::pb::Section ToSection(const storage::StoredSection& stored) {
  domain::pb::Section section;
  section.set_kind(static_cast<domain::pb::SectionKind>(stored.kind));
  section.set_salt(stored.salt);
  section.set_data(stored.data);
  section.set_status(stored.erased     ? domain::pb::SECTION_STATUS_ERASED
                     : stored.withheld ? domain::pb::SECTION_STATUS_WITHHELD
                                       : domain::pb::SECTION_STATUS_PRESENT);
  return section;
}

// nullptr where it was said here.
absl::StatusOr<std::shared_ptr<const domain::Foreign>> ForeignOf(
    const record::Leaf& leaf, const std::map<uint64_t, std::string>& evidence) {
  if (!leaf.relayed) return std::shared_ptr<const domain::Foreign>();
  const auto found = evidence.find(leaf.sequence);
  if (found == evidence.end()) {
    return absl::DataLossError(absl::StrCat("nothing proves event ", leaf.sequence));
  }
  return std::make_shared<const domain::Foreign>(domain::Foreign{*leaf.relayed, found->second});
}

absl::Status AcceptVerbatim(const storage::StoredEvent& event,
                            const std::map<uint64_t, std::string>& evidence, Group* group) {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  domain::Statement statement;
  statement.header_bytes = event.header;
  statement.digest = record::EventDigest(event.header);
  LIAISON_ASSIGN_OR_RETURN(statement.foreign, ForeignOf(leaf, evidence));
  if (statement.digest != leaf.digest || !statement.header.ParseFromString(event.header)) {
    return absl::DataLossError(absl::StrCat("event ", leaf.sequence, " is not what its leaf says"));
  }
  for (const storage::StoredSection& section : event.sections) {
    statement.sections.push_back(ToSection(section));
  }
  return group->Accept(std::move(statement), leaf);
}

}  // namespace

absl::Status AppendVerbatim(absl::Span<const storage::StoredEvent> events,
                            const std::map<uint64_t, std::string>& evidence,
                            storage::EventLog* log) {
  LIAISON_ASSIGN_OR_RETURN(domain::State state, RebuildState(*log));
  RecentReads recent;
  while (!events.empty()) {
    Group group(log, &state, &recent);
    size_t count = 0;
    size_t size = 0;
    while (count < events.size() && count < kMaxGroupProposals && size < kMaxGroupSizeBytes) {
      size += SizeOf(events[count]);
      const auto proven = evidence.find(events[count].sequence);
      if (proven != evidence.end()) size += proven->second.size();
      LIAISON_RETURN_IF_ERROR(AcceptVerbatim(events[count++], evidence, &group));
    }
    LIAISON_RETURN_IF_ERROR(log->Append(group.writes()).status());
    group.RememberRows();
    events.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::Status AppendQuote(const std::string& hub, const std::string& checkpoint, int64_t now_us,
                         storage::EventLog* log) {
  LIAISON_ASSIGN_OR_RETURN(domain::State state, RebuildState(*log));
  const uint32_t rules =
      state.rules_version == 0 ? domain::kCurrentRulesVersion : state.rules_version;
  domain::Statement statement = QuoteStatement(hub, log->log_id(), rules, checkpoint, now_us);
  record::Leaf leaf;
  leaf.kind = record::LeafKind::kRules;
  leaf.sequence = state.sequence + 1;
  leaf.hub_time_us = std::max(now_us, state.hub_time_us + 1);
  leaf.registry_size = state.registry->size();
  leaf.digest = statement.digest;
  leaf.rules_version = rules;
  RecentReads recent;
  Group group(log, &state, &recent);
  LIAISON_RETURN_IF_ERROR(group.Accept(std::move(statement), leaf));
  return log->Append(group.writes()).status();
}

absl::StatusOr<std::string> FindQuote(const std::string& hub, const storage::EventLog& log) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> at,
                           log.FindByIdentity(QuoteIdentity(hub, log.log_id())));
  if (!at) return "";
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log.Read(*at));
  for (const storage::StoredSection& section : event.sections) {
    domain::pb::Attachments attachments;
    if (section.kind != domain::pb::SECTION_KIND_ATTACHMENTS ||
        !attachments.ParseFromString(section.data)) {
      continue;
    }
    for (const domain::pb::Attachment& each : attachments.attachments()) {
      if (each.name() == kQuoteName) return each.data();
    }
  }
  return absl::DataLossError(absl::StrCat("event ", *at, " quotes nothing"));
}

}  // namespace liaison::sequencer
