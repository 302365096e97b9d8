#include "server/domain/relayed.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

struct Named {
  KnownEvent event;
  pb::EventHeader header;
};

// nullopt where the log has no such event.
absl::StatusOr<std::optional<Named>> Find(const Lookup& lookup, absl::string_view digest) {
  const absl::StatusOr<record::Hash> hash = record::Hash::Parse(digest);
  if (!hash.ok()) return std::optional<Named>();  // its own hub let it in
  LIAISON_ASSIGN_OR_RETURN(std::optional<KnownEvent> known, lookup.ByDigest(*hash));
  Named named;
  if (!known || !named.header.ParseFromString(known->header_bytes)) return std::optional<Named>();
  named.event = *std::move(known);
  return std::optional<Named>(std::move(named));
}

bool HasSection(const KnownEvent& event, pb::SectionKind kind) {
  return std::any_of(event.sections.begin(), event.sections.end(),
                     [kind](const pb::Section& section) { return section.kind() == kind; });
}

}  // namespace

bool MayChange(const record::Leaf& later, const pb::EventHeader& later_header,
               const record::Leaf& earlier, const pb::EventHeader& earlier_header) {
  if (!later.relayed) return true;
  return record::IsWithinOrganisation(earlier_header.author(), later_header.author()) &&
         (record::IsOfOneOrigin(later, earlier) || record::IsOfOneKey(later, earlier));
}

bool MayErase(const record::Leaf& redaction, const pb::EventHeader& redaction_header,
              const record::Leaf& target, const pb::EventHeader& target_header) {
  return record::MayErase(redaction, redaction_header.author(), target, target_header.author());
}

absl::StatusOr<Effects> EffectsOfRelayed(const Lookup& lookup, const pb::EventHeader& header,
                                         const record::Leaf& leaf) {
  Effects effects;
  // An event revises one chain; another hub's may name 512, each of which would be read as a whole.
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Named> revised,
                           Find(lookup, ReferenceOf(header, pb::RELATION_REVISES)));
  if (revised && MayChange(leaf, header, revised->event.leaf, revised->header)) {
    effects.chains.push_back({revised->event.leaf.digest, leaf.digest});
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<KeyedRow> ahead,
                           lookup.Rows(ErasedAheadKey(leaf.digest.bytes())));
  for (const KeyedRow& row : ahead) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Named> redaction, Find(lookup, row.value));
    if (!redaction || !MayErase(redaction->event.leaf, redaction->header, leaf, header)) continue;
    effects.erasures.push_back({leaf.sequence, redaction->header.redaction().section()});
  }
  if (header.type() == pb::EVENT_TYPE_REDACTION) {
    const pb::RedactionFacts& facts = header.redaction();
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Named> target,
                             Find(lookup, facts.target_digest()));
    if (target && HasSection(target->event, facts.section()) &&
        MayErase(leaf, header, target->event.leaf, target->header)) {
      effects.erasures.push_back({target->event.leaf.sequence, facts.section()});
    }
  }
  return effects;
}

std::string ErasedOnceKey(const record::Hash& digest, int section) {
  return absl::StrCat(kErasedOnceRows, digest.ToHex(), "/", section);
}

absl::Status CheckMovesOwn(const Trial& trial) {
  if (!trial.state.has_relayed) return absl::OkStatus();
  for (int i = 0; i < trial.header().references_size(); ++i) {
    const pb::Reference& reference = trial.header().references(i);
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                             FindTarget(trial.lookup, reference.digest()));
    if (!target || !target->known->relayed) continue;
    const bool moves = reference.relation() == pb::RELATION_REVISES ||
                       reference.relation() == pb::RELATION_RETRACTS ||
                       reference.relation() == pb::RELATION_REPORTS_ON ||
                       (reference.relation() == pb::RELATION_CARRIES_OVER &&
                        target->root_header().type() == pb::EVENT_TYPE_DECISION);
    if (!moves) continue;
    return Refuse(record::Reason::kTargetUnsuitable,
                  "it comes from another hub, and is changed there",
                  {{absl::StrCat("references[", i, "]"), "name an event of this hub's own"}});
  }
  return absl::OkStatus();
}

}  // namespace liaison::domain
