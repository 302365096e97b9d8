#include "server/domain/decide.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/signature.h"
#include "server/domain/roles.h"
#include "server/domain/rules.h"

namespace liaison::domain {
namespace {

using record::Error;
using record::Reason;

Error WithOriginal(Error&& error, const Statement& statement, const KnownEvent& original) {
  return std::move(error)
      .With("author", statement.header.author())
      .With("event_id", statement.header.event_id())
      .With("sequence", original.leaf.sequence)
      .With("digest", original.leaf.digest.ToHex())
      .With("leaf_hash", original.leaf_hash.ToHex());
}

// The registry in force is that before this event: a key does not vouch for its own coming.
absl::Status CheckKey(const Registry& registry, const Statement& statement) {
  const record::Hash key_hash = record::Hash::FromBytes(statement.header.key_hash());
  const RegisteredKey* key = registry.FindKey(key_hash);
  if (key == nullptr || key->organisation != statement.header.author()) {
    return Error(Reason::kKeyUnknown,
                 absl::StrCat("the registry has no such key of ", statement.header.author()))
        .With("key_hash", key_hash.ToHex());
  }
  if (!registry.KeyIsValid(*key, statement.header.author())) {
    return Error(Reason::kKeyNotValid, "the key is revoked; sign with a key in force")
        .With("key_hash", key_hash.ToHex())
        .With("registry_size", registry.size());
  }
  return absl::OkStatus();
}

// Keys of an organisation are its own business, or the secretariat's.
absl::Status DecideKey(const State& state, const Statement& statement) {
  const pb::KeyFacts& facts = statement.header.key();
  const std::string& author = statement.header.author();
  if (!record::IsWithinOrganisation(facts.organisation(), author) &&
      !RolesOf(*state.registry, author).is_secretariat) {
    return Error(Reason::kNotPermitted, absl::StrCat("only ", facts.organisation(),
                                                     " itself or the secretariat may add or "
                                                     "revoke its keys"));
  }
  const RegisteredKey* key = state.registry->FindKey(record::KeyHash(facts.public_key()));
  if (facts.action() == pb::KEY_ACTION_ADD && key != nullptr) {
    return Error(Reason::kKeyUnacceptable,
                 "this key stands in the registry already; a key never changes hands and never "
                 "comes back: make a new one");
  }
  if (facts.action() == pb::KEY_ACTION_REVOKE &&
      (key == nullptr || key->organisation != facts.organisation())) {
    return Error(Reason::kKeyUnknown,
                 absl::StrCat("the registry has no such key of ", facts.organisation()));
  }
  return absl::OkStatus();
}

// A chain is its author's: nobody moves somebody else's. By the first rules; later ones ask more.
absl::Status DecideRevisions(const Lookup& lookup, const Statement& statement) {
  const std::string& author = statement.header.author();
  for (const pb::Reference& reference : statement.header.references()) {
    if (reference.relation() != pb::RELATION_REVISES) continue;
    LIAISON_ASSIGN_OR_RETURN(std::optional<KnownEvent> revised,
                             lookup.ByDigest(record::Hash::FromBytes(reference.digest())));
    pb::EventHeader header;
    const bool known = revised && header.ParseFromString(revised->header_bytes);
    const bool ours = known && !revised->leaf.relayed;
    if (ours && record::IsWithinOrganisation(header.author(), author)) continue;
    // Of an event that is not public, nobody learns that it is there.
    if (!known || !absl::EndsWith(header.audience(), "/public")) {
      return Error(Reason::kTargetUnknown, "the log has no such event to revise");
    }
    return Error(Reason::kNotPermitted,
                 absl::StrCat("only its author, ", header.author(), ", may revise it"));
  }
  return absl::OkStatus();
}

// An author may have its own words erased, the secretariat anybody's, another hub's among them: a
// law that asks for it does not ask where they were said. That hub's org/a is not ours.
absl::StatusOr<record::RedactedSection> DecideRedaction(const State& state, const Lookup& lookup,
                                                        const Statement& statement) {
  const pb::RedactionFacts& facts = statement.header.redaction();
  LIAISON_ASSIGN_OR_RETURN(std::optional<KnownEvent> target,
                           lookup.ByDigest(record::Hash::FromBytes(facts.target_digest())));
  const absl::string_view author = statement.header.author();
  pb::EventHeader target_header;
  const bool known = target && target_header.ParseFromString(target->header_bytes) &&
                     std::any_of(target->sections.begin(), target->sections.end(),
                                 [&](const pb::Section& s) { return s.kind() == facts.section(); });
  const bool relayed = known && target->leaf.relayed.has_value();
  const bool may = known && ((target_header.author() == author && !relayed) ||
                             RolesOf(*state.registry, author).is_secretariat);
  // Of an event that is not public, nobody learns that it is there.
  if (!known || (!may && !absl::EndsWith(target_header.audience(), "/public"))) {
    return absl::Status(Error(Reason::kTargetUnknown, "the log has no such event and section"));
  }
  if (!may) {
    return absl::Status(
        Error(Reason::kNotPermitted, "only its author or the secretariat may have it erased"));
  }
  if (target_header.type() == pb::EVENT_TYPE_ORGANISATION ||
      target_header.type() == pb::EVENT_TYPE_KEY) {
    return absl::Status(Error(Reason::kNotPermitted, "the registry is wholly public for ever"));
  }
  // Who sees the words sees that they were erased. Of another hub's audiences only the public is
  // here.
  const std::string& audience = statement.header.audience();
  if (relayed && absl::EndsWith(target_header.audience(), "/public")) {
    if (!absl::EndsWith(audience, "/public")) {
      return record::FieldInvalid("audience", "public here, as the event that it erases is there");
    }
  } else if (!relayed && audience != target_header.audience()) {
    return record::FieldInvalid(
        "audience", absl::StrCat("that of the event that it erases, ", target_header.audience()));
  }
  return record::RedactedSection{target->leaf.sequence, static_cast<uint16_t>(facts.section()),
                                 static_cast<uint16_t>(facts.reason())};
}

// Where the next event would stand.
record::Leaf NextLeaf(const State& state, const Statement& statement, int64_t hub_time_us) {
  record::Leaf leaf;
  leaf.sequence = state.sequence + 1;
  leaf.hub_time_us = std::max(hub_time_us, state.hub_time_us + 1);
  leaf.registry_size = state.registry->size();
  leaf.digest = statement.digest;
  if (!statement.signature.empty()) {
    leaf.key_hash = record::Hash::FromBytes(statement.header.key_hash());
    std::memcpy(leaf.signature.data(), statement.signature.data(), leaf.signature.size());
  }
  return leaf;
}

// Its own hub has decided whether it may be said, federation whether it is taken. What is left is
// whether it is here already: by digest, for its name is good at its own hub.
absl::StatusOr<Verdict> DecideForeign(const State& state, const Lookup& lookup,
                                      const Statement& statement, int64_t hub_time_us) {
  LIAISON_ASSIGN_OR_RETURN(std::optional<KnownEvent> known, lookup.ByDigest(statement.digest));
  if (known) return Verdict(Duplicate{*std::move(known)});
  record::Leaf leaf = NextLeaf(state, statement, hub_time_us);
  leaf.kind = record::LeafKind::kRelayed;
  leaf.relayed = statement.foreign->from;
  return Verdict(Accepted{leaf});
}

}  // namespace

absl::Status CompareWithOriginal(const Statement& statement, const KnownEvent& original) {
  if (statement.digest == original.leaf.digest) return absl::OkStatus();
  if (statement.draft != nullptr) {
    const bool erased =
        std::any_of(original.sections.begin(), original.sections.end(),
                    [](const pb::Section& s) { return s.status() == pb::SECTION_STATUS_ERASED; });
    if (erased) {
      return WithOriginal(
          Error(Reason::kSectionErased,
                "this event was published before and has been erased since; it cannot be compared"),
          statement, original);
    }
    if (record::SameAsStored(*statement.draft, original.header_bytes, original.sections)) {
      return absl::OkStatus();
    }
  }
  return WithOriginal(Error(Reason::kEventIdReused,
                            absl::StrCat(statement.header.author(),
                                         " has published other content "
                                         "under this event id; use a new id for a new event")),
                      statement, original);
}

absl::StatusOr<Verdict> Decide(const State& state, const Lookup& lookup, const Statement& statement,
                               int64_t hub_time_us) {
  if (statement.foreign) return DecideForeign(state, lookup, statement, hub_time_us);
  LIAISON_ASSIGN_OR_RETURN(
      std::optional<KnownEvent> original,
      lookup.ByIdentity(statement.header.author(), statement.header.event_id()));
  // Known already comes first: a retry is answered whatever has expired since.
  if (original) {
    LIAISON_RETURN_IF_ERROR(CompareWithOriginal(statement, *original));
    return Verdict(Duplicate{*std::move(original)});
  }
  // An event that was published at two hubs is one event, whichever way it came first.
  if (state.has_relayed) {
    LIAISON_ASSIGN_OR_RETURN(original, lookup.ByDigest(statement.digest));
    if (original) return Verdict(Duplicate{*std::move(original)});
  }

  record::Leaf leaf = NextLeaf(state, statement, hub_time_us);
  leaf.kind = statement.signature.empty() ? record::LeafKind::kAttested : record::LeafKind::kSigned;
  if (!statement.signature.empty()) LIAISON_RETURN_IF_ERROR(CheckKey(*state.registry, statement));
  if (state.rules_version >= kLifeCycleRulesVersion) {
    LIAISON_RETURN_IF_ERROR(DecideLifeCycle(state, lookup, statement, leaf.hub_time_us));
  } else {
    LIAISON_RETURN_IF_ERROR(DecideRevisions(lookup, statement));
  }
  if (statement.header.type() == pb::EVENT_TYPE_KEY) {
    LIAISON_RETURN_IF_ERROR(DecideKey(state, statement));
  }
  if (statement.header.type() == pb::EVENT_TYPE_REDACTION) {
    leaf.kind = record::LeafKind::kRedaction;
    LIAISON_ASSIGN_OR_RETURN(leaf.redaction, DecideRedaction(state, lookup, statement));
  }
  if (statement.header.type() == pb::EVENT_TYPE_RULES) {
    leaf.kind = record::LeafKind::kRules;
    leaf.rules_version = statement.header.rules().rules_version();
  }
  return Verdict(Accepted{leaf});
}

absl::Status DecideChecks(const Lookup& lookup, absl::Span<const ChainCheck> checks) {
  std::vector<std::string> moved;
  for (size_t i = 0; i < checks.size(); ++i) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<record::Hash> latest,
                             lookup.LatestRevision(checks[i].root));
    if (!latest) {
      LIAISON_ASSIGN_OR_RETURN(std::optional<KnownEvent> root, lookup.ByDigest(checks[i].root));
      if (root) latest = checks[i].root;
    }
    if (latest == checks[i].latest) continue;
    moved.push_back(absl::StrCat(i, "=", latest ? latest->ToHex() : "none"));
  }
  if (moved.empty()) return absl::OkStatus();
  return Error(Reason::kChainMoved,
               absl::StrCat(moved.size(), " of ", checks.size(),
                            " checks failed: somebody was faster; read again, then decide again"))
      .With("latest", absl::StrJoin(moved, ","));
}

}  // namespace liaison::domain
