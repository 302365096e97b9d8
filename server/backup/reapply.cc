#include "server/backup/reapply.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/domain/relayed.h"
#include "server/domain/state.h"

namespace liaison::backup {
namespace {

// The leaf of the redaction in this log, where its target stands at `target`.
record::Leaf LeafHere(record::Leaf leaf, const storage::Head& head, uint64_t target) {
  leaf.sequence = head.sequence + 1;
  leaf.hub_time_us = std::max(leaf.hub_time_us, head.hub_time_us + 1);
  if (leaf.relayed) {
    leaf.registry_size = head.registry_size;
  } else {
    leaf.registry_size = std::min(leaf.registry_size, head.registry_size);
    leaf.redaction->target_sequence = target;
  }
  return leaf;
}

// Another hub's: it has no name here, and comes with its evidence. What it erased in the log that
// it is from is erased in this one.
storage::Group RelayedGroupOf(const storage::KeptRedaction& redaction,
                              const domain::pb::EventHeader& header, const record::Leaf& leaf,
                              std::optional<uint64_t> erases) {
  storage::Group group;
  storage::NewEvent& event = group.events.emplace_back();
  event.leaf = leaf;
  event.header = redaction.header;
  event.sections = redaction.sections;
  event.evidence = redaction.evidence;
  event.terms = record::TermsOf(header);
  if (erases) {
    group.erased.push_back({*erases, static_cast<uint16_t>(header.redaction().section())});
  }
  return group;
}

// `target` as far as the relayed redaction has a say in it.
absl::StatusOr<std::optional<uint64_t>> ErasedBy(const storage::EventLog& log,
                                                 const record::Leaf& leaf,
                                                 const domain::pb::EventHeader& header,
                                                 uint64_t target) {
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log.Read(target));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf target_leaf, record::DecodeLeaf(event.leaf));
  domain::pb::EventHeader target_header;
  const bool may = target_header.ParseFromString(event.header) &&
                   domain::MayErase(leaf, header, target_leaf, target_header) &&
                   std::any_of(event.sections.begin(), event.sections.end(),
                               [&](const storage::StoredSection& section) {
                                 return section.kind == header.redaction().section();
                               });
  return may ? std::make_optional(target) : std::nullopt;
}

storage::Group GroupOf(const storage::KeptRedaction& redaction,
                       const domain::pb::EventHeader& header, const record::Leaf& leaf) {
  domain::State state;
  domain::Effects effects = domain::Apply(header, leaf, &state);
  storage::Group group;
  storage::NewEvent& event = group.events.emplace_back();
  event.leaf = leaf;
  event.header = redaction.header;
  event.sections = redaction.sections;
  event.identity = storage::IdentityKey(header.author(), header.event_id());
  event.terms = record::TermsOf(header);
  for (const domain::ChainRow& chain : effects.chains) {
    group.rows.push_back({storage::Table::kChain, std::string(chain.root.bytes()),
                          std::string(chain.latest.bytes())});
  }
  for (const domain::Erasure& erasure : effects.erasures) {
    group.erased.push_back({erasure.sequence, static_cast<uint16_t>(erasure.section)});
  }
  return group;
}

// Another hub's event that is not here may come again from there, and this hub has erased it: the
// redaction, which is of a log that ended, does not come.
absl::Status KeepOut(const record::Hash& target, const domain::pb::EventHeader& redaction,
                     storage::EventLog* log) {
  storage::Group group;
  group.rows.push_back({storage::Table::kControl,
                        domain::ErasedOnceKey(target, redaction.redaction().section()),
                        redaction.author()});
  return log->Append(group).status();
}

}  // namespace

absl::StatusOr<Reapplied> Reapply(absl::Span<const storage::KeptRedaction> redactions,
                                  storage::EventLog* log) {
  Reapplied reapplied;
  for (const storage::KeptRedaction& redaction : redactions) {
    LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(redaction.leaf));
    domain::pb::EventHeader header;
    if (!(leaf.redaction || leaf.relayed) || !header.ParseFromString(redaction.header) ||
        header.type() != domain::pb::EVENT_TYPE_REDACTION) {
      return absl::DataLossError("something that is kept as a redaction is none");
    }
    LIAISON_ASSIGN_OR_RETURN(const record::Hash target_digest,
                             record::Hash::Parse(header.redaction().target_digest()));
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> known, log->FindByDigest(leaf.digest));
    std::optional<uint64_t> repeated;
    if (!leaf.relayed) {
      LIAISON_ASSIGN_OR_RETURN(
          repeated, log->FindByIdentity(storage::IdentityKey(header.author(), header.event_id())));
    }
    LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> target,
                             log->FindByDigest(target_digest));
    if (known || repeated) {
      ++reapplied.known;
    } else if (!target) {
      ++reapplied.without_target;
      if (!leaf.relayed) LIAISON_RETURN_IF_ERROR(KeepOut(target_digest, header, log));
    } else {
      const record::Leaf here = LeafHere(leaf, log->head(), *target);
      storage::Group group;
      if (leaf.relayed) {
        LIAISON_ASSIGN_OR_RETURN(const auto erases, ErasedBy(*log, here, header, *target));
        group = RelayedGroupOf(redaction, header, here, erases);
      } else {
        group = GroupOf(redaction, header, here);
      }
      LIAISON_RETURN_IF_ERROR(log->Append(group).status());
      ++reapplied.appended;
    }
  }
  return reapplied;
}

}  // namespace liaison::backup
