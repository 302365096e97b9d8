#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/domain/state.h"

namespace liaison::domain {

std::string DirectoryKey(DirectoryKind kind, absl::string_view name) {
  return absl::StrCat(std::string(1, static_cast<char>(kind)), name);
}

Effects Apply(const pb::EventHeader& header, const record::Leaf& leaf, State* state) {
  Effects effects;
  const auto in_directory = [&](DirectoryKind kind, absl::string_view name) {
    effects.directory.push_back({DirectoryKey(kind, name), leaf.sequence});
  };
  const auto in_registry = [&](record::RegistryLeafKind kind) {
    effects.registry = kind;
    auto registry = std::make_shared<Registry>(*state->registry);
    registry->Apply(header);
    state->registry = std::move(registry);
  };

  state->sequence = leaf.sequence;
  state->hub_time_us = leaf.hub_time_us;
  // Organisations, keys, groups, cycles and rules of another hub are read, not obeyed.
  if (leaf.relayed) {
    state->has_relayed = true;
    return effects;
  }
  switch (header.type()) {
    case pb::EVENT_TYPE_RULES:
      state->rules_version = header.rules().rules_version();
      in_directory(DirectoryKind::kRules, "");
      break;
    case pb::EVENT_TYPE_ORGANISATION:
      in_registry(record::RegistryLeafKind::kOrganisation);
      in_directory(DirectoryKind::kOrganisation, header.organisation().organisation());
      break;
    case pb::EVENT_TYPE_KEY:
      in_registry(record::RegistryLeafKind::kKey);
      in_directory(DirectoryKind::kKeyEvent, absl::StrFormat("%020d", leaf.sequence));
      break;
    case pb::EVENT_TYPE_AUDIENCE:
      in_directory(DirectoryKind::kAudience, absl::StrCat(header.audience_facts().group(), "@",
                                                          header.audience_facts().version()));
      break;
    case pb::EVENT_TYPE_CROSSWALK:
      in_directory(DirectoryKind::kCrosswalk, absl::StrCat(header.crosswalk().from_scheme(), " ",
                                                           header.crosswalk().to_scheme()));
      break;
    case pb::EVENT_TYPE_TOPIC_SCHEME:
      in_directory(DirectoryKind::kTopicScheme, header.topic_scheme().scheme());
      break;
    case pb::EVENT_TYPE_CYCLE:
      in_directory(DirectoryKind::kCycle, header.cycle_facts().cycle_id());
      break;
    case pb::EVENT_TYPE_REDACTION:
      effects.erasures.push_back({leaf.redaction->target_sequence, header.redaction().section()});
      break;
    default:
      break;  // what they change stands in rows: life_cycle_rows.h
  }
  if (Directory::Has(header.type())) {
    auto directory = std::make_shared<Directory>(*state->directory);
    directory->Apply(header);
    state->directory = std::move(directory);
  }
  for (const pb::Reference& reference : header.references()) {
    if (reference.relation() != pb::RELATION_REVISES) continue;
    effects.chains.push_back({record::Hash::FromBytes(reference.digest()), leaf.digest});
  }
  return effects;
}

}  // namespace liaison::domain
