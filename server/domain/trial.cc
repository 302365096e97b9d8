#include "server/domain/trial.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "server/domain/rows.h"

namespace liaison::domain {

using record::Error;
using record::FieldViolation;
using record::Reason;

absl::Status Refuse(Reason reason, absl::string_view message,
                    const std::vector<FieldViolation>& violations) {
  Error error(reason, message);
  for (const FieldViolation& violation : violations) {
    // NOLINTNEXTLINE(bugprone-use-after-move): it returns the error it is called on
    std::move(error).Field(violation.field, violation.description);
  }
  return error;
}

absl::Status NotPermitted(absl::string_view who, const Trial& trial) {
  const auto* type = record::FindEventType(trial.header().type());
  return Error(Reason::kNotPermitted,
               absl::StrCat("only ", who, " may say this; ", trial.author(), " is none of these"))
      .With("type", type == nullptr ? "" : type->name)
      .With("author", trial.author());
}

bool IsOne(pb::EventType type, absl::Span<const pb::EventType> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool Imports(const Trial& trial) {
  return trial.header().channel() == pb::CHANNEL_IMPORT &&
         (!HasSecretariat(*trial.state.registry) ||
          RolesOf(*trial.state.registry, trial.author()).is_secretariat);
}

namespace {

bool IsRegistered(const Registry& registry, absl::string_view organisation) {
  const pb::OrganisationFacts* facts = registry.FindNearest(organisation);
  return facts != nullptr && !facts->retired();
}

// A slip of the pen: but for a letter or two in one place they are the same.
bool Resemble(absl::string_view a, absl::string_view b) {
  constexpr size_t kMostLetters = 2;
  const size_t longer = std::max(a.size(), b.size());
  size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  a.remove_prefix(same);
  b.remove_prefix(same);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
    ++same;
  }
  return longer - same <= kMostLetters;
}

}  // namespace

std::string WhyUnknown(const Trial& trial, absl::string_view organisation) {
  constexpr size_t kMostNames = 3;
  const Registry& registry = *trial.state.registry;
  if (IsRegistered(registry, organisation) || !HasSecretariat(registry) || Imports(trial)) {
    return "";
  }
  std::vector<std::string> near;
  for (const auto& [name, facts] : registry.organisations()) {
    if (near.size() == kMostNames) break;
    if (!facts.retired() && Resemble(organisation, name)) near.push_back(name);
  }
  return absl::StrCat("this hub knows no ", organisation, ": ",
                      near.empty()
                          ? "name an organisation that is registered"
                          : absl::StrCat("did you mean ", absl::StrJoin(near, " or "), "?"));
}

std::optional<FieldViolation> HiddenFrom(const Trial& trial, const std::vector<Readership>& these) {
  const auto covers = [&](absl::string_view audience) {
    return std::all_of(these.begin(), these.end(), [&](const Readership& one) {
      return Covers(*trial.state.registry, *trial.state.directory, {trial.author(), audience}, one);
    });
  };
  const std::string& audience = trial.header().audience();
  if (covers(audience)) return std::nullopt;
  const std::string hub = audience.substr(0, audience.find('/'));
  std::string wider = absl::StrCat(hub, "/public");
  for (const char* group : {"/partners", "/mag"}) {
    if (covers(absl::StrCat(hub, group))) wider = absl::StrCat(hub, group);
  }
  return FieldViolation{
      "audience",
      absl::StrCat("whoever may read what it is about, its author among them, may read "
                   "what became of it; all of these can where it is for ",
                   wider, these.size() > 1 ? ", or say it for fewer inputs at once" : "")};
}

absl::Status CheckReaders(const Trial& trial, const std::vector<Readership>& these) {
  const std::optional<FieldViolation> hidden = HiddenFrom(trial, these);
  return hidden ? record::FieldsInvalid({*hidden}) : absl::OkStatus();
}

Targets::Found Targets::Find(absl::string_view digest, const std::string& field,
                             absl::Span<const pb::EventType> types, absl::string_view wanted) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<Target> target, FindTarget(trial_.lookup, digest));
  if (!target || !IsOne(target->root_header().type(), types)) {
    unsuitable_.push_back({field, absl::StrCat("name ", wanted)});
    return std::optional<Target>();
  }
  LIAISON_ASSIGN_OR_RETURN(const rows::Revision revision,
                           ReadRow<rows::Revision>(trial_.lookup, RevisionKey(target->root)));
  if (revision.has_retraction()) {
    retracted_.push_back({field, "has been retracted"});
    return std::optional<Target>();
  }
  return target;
}

Targets::Found Targets::FindRoot(absl::string_view digest, const std::string& field,
                                 absl::Span<const pb::EventType> types, absl::string_view wanted) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<Target> target, Find(digest, field, types, wanted));
  if (!target || target->is_root()) return target;
  unsuitable_.push_back(
      {field, absl::StrCat("name the first event of the chain, ", target->root.ToHex())});
  return std::optional<Target>();
}

Targets::Found Targets::FindStanding(absl::string_view digest, const std::string& field,
                                     absl::Span<const pb::EventType> types,
                                     absl::string_view wanted) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<Target> target, Find(digest, field, types, wanted));
  if (!target || target->root_header().type() != pb::EVENT_TYPE_GROUPING) return target;
  LIAISON_ASSIGN_OR_RETURN(const rows::Grouping group,
                           ReadRow<rows::Grouping>(trial_.lookup, GroupingKey(target->root)));
  if (!group.dissolved()) return target;
  unsuitable_.push_back({field, "this group has been dissolved; name what was in it"});
  return std::optional<Target>();
}

void Targets::Unsuitable(const std::string& field, std::string description) {
  unsuitable_.push_back({field, std::move(description)});
}

void Targets::RefusedStep(const std::string& field, const absl::Status& refused) {
  steps_.push_back({field, std::string(refused.message())});
  if (step_.ok()) step_ = refused;
}

void Targets::Also(FieldViolation violation) { also_.push_back(std::move(violation)); }

absl::Status Targets::ToStatus() const {
  std::vector<FieldViolation> all = unsuitable_;
  for (const auto* more : {&retracted_, &steps_, &also_}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  if (!unsuitable_.empty()) {
    return Refuse(Reason::kTargetUnsuitable, "what it is about is not what this can be about", all);
  }
  if (!retracted_.empty()) {
    return Refuse(Reason::kTargetRetracted, "what it is about has been retracted", all);
  }
  if (step_.ok()) return absl::OkStatus();
  Error error(Reason::kTransitionNotAllowed, step_.message());
  for (const char* key : {"life_cycle", "state", "event", "allowed"}) {
    // NOLINTNEXTLINE(bugprone-use-after-move): it returns the error it is called on
    std::move(error).With(key, record::MetadataOf(step_, key));
  }
  for (const FieldViolation& one : all) {
    std::move(error).Field(one.field, one.description);  // NOLINT(bugprone-use-after-move)
  }
  return error;
}

absl::Status CheckStillDecided(const Trial& trial, const Target& target, const std::string& field) {
  if (target.root_header().type() != pb::EVENT_TYPE_DECISION) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const rows::Decision decision, ReadDecision(trial.lookup, target.root));
  const pb::DecisionState state = decision.facts().state();
  if (state != pb::DECISION_STATE_DECLINED && state != pb::DECISION_STATE_WITHDRAWN) {
    return absl::OkStatus();
  }
  const absl::string_view how = state == pb::DECISION_STATE_DECLINED ? "declined" : "withdrawn";
  return Refuse(Reason::kTargetUnsuitable, absl::StrCat("this decision has been ", how),
                {{field, absl::StrCat("has been ", how,
                                      "; name one that is still decided about, "
                                      "or propose another")}});
}

std::string ReferenceField(const pb::EventHeader& header, pb::Relation relation) {
  for (int i = 0; i < header.references_size(); ++i) {
    if (header.references(i).relation() == relation) return absl::StrCat("references[", i, "]");
  }
  return "references";
}

}  // namespace liaison::domain
