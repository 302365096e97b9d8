#include "server/federation/evidence.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/leaf.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/signed_note.h"
#include "server/federation/limits.h"
#include "server/federation/replica.h"
#include "server/federation/told.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {
namespace {

Opinion Nothing(absl::string_view why) {
  return {Finding::kNothing, rows::CAUSE_UNSPECIFIED, std::string(why)};
}

Opinion CannotTell(absl::string_view why) {
  return {Finding::kCannotTell, rows::CAUSE_UNSPECIFIED, std::string(why)};
}

// Of one tree, of one size, with two roots.
Opinion JudgeHeads(const rows::Evidence& evidence, const record::NoteVerifier& log_key) {
  for (const record::NoteVerifier& key : {log_key, RegistryKeyOf(log_key)}) {
    const auto one = OpenHead(key, evidence.notes(0));
    const auto other = OpenHead(key, evidence.notes(1));
    if (!one.ok() || !other.ok()) continue;
    if (one->size != other->size) return Nothing("two checkpoints of different sizes");
    if (one->root == other->root) return Nothing("twice the same checkpoint");
    return {Finding::kGuilty, rows::CAUSE_TWO_HISTORIES,
            absl::StrCat(key.name(), " has signed two roots at ", one->size)};
  }
  return Nothing("it is not signed by the origin");
}

// Takes whatever that origin has for the audience.
absl::StatusOr<Policy> TakeAll(const record::NoteVerifier& key, const std::string& audience) {
  if (!record::IsAudience(audience)) return absl::InvalidArgumentError("it is for no audience");
  const std::string origin = absl::StrCat("origin.\"", key.name(), "\"");
  return Policy::Parse(absl::StrCat("[", origin, "]\nvkey = \"", key.ToString(), "\"\n[[", origin,
                                    ".receive]]\nname = \"all\"\naudiences = [\"", audience,
                                    "\"]\ntopics = \"*\"\ntypes = \"*\"\nauthors = \"*\"\n"));
}

// Neither its sections nor this hub's own policy and registry have a say in whether its author
// signed it.
Opinion JudgeEvent(const record::NoteVerifier& key, const rows::Evidence& evidence,
                   const Head& head, const OriginRegistry& theirs) {
  const absl::StatusOr<Origin> origin = ParseOrigin(key.name());
  const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(evidence.leaf());
  pb::EventHeader header;
  if (!origin.ok() || !leaf.ok() || !header.ParseFromString(evidence.header())) {
    return Nothing("an event that cannot be read");
  }
  Item item;
  item.sequence = leaf->sequence;
  item.leaf = evidence.leaf();
  item.header = evidence.header();
  for (const pb::SectionCommitment& commitment : header.commitments()) {
    item.sections.push_back({commitment.kind(), Presence::kStays, "", ""});
  }
  for (const std::string& bytes : evidence.proof()) {
    const auto hash = record::Hash::Parse(bytes);
    if (!hash.ok()) return Nothing("a proof that is none");
    item.proof.push_back(*hash);
  }
  const absl::StatusOr<Policy> all = TakeAll(key, header.audience());
  if (!all.ok()) return CannotTell(all.status().message());
  static const domain::Registry& nobody = *new domain::Registry();
  const Bench bench{&*origin,
                    &head,
                    &theirs,
                    &nobody,
                    &*all,
                    [](const record::Hash&) { return false; },
                    [](const pb::EventHeader&) { return Behind(); }};
  const absl::StatusOr<Judgement> judgement = VerifyItem(item, bench);
  if (!judgement.ok()) return CannotTell(judgement.status().message());
  switch (judgement->why) {
    case Why::kSignatureWrong:
      return {Finding::kGuilty, rows::CAUSE_SIGNATURE_WRONG,
              absl::StrCat("item ", item.sequence, ": ", NameOf(judgement->why), ", ",
                           judgement->detail)};
    case Why::kTooLarge:
    case Why::kUnreadable:
    case Why::kSequenceDisagrees:
    case Why::kUnproven:
    case Why::kHeaderDisagrees:
      return Nothing(absl::StrCat("it is not in that log: ", NameOf(judgement->why)));
    case Why::kFine:
    case Why::kSectionDisagrees:
      return Nothing("an event that its author did sign");
    default:
      return CannotTell(absl::StrCat(NameOf(judgement->why), ", ", judgement->detail));
  }
}

// False where the policy pins a key that has not signed all of it.
bool MayBeOfPinnedKey(const std::string& origin, const rows::Evidence& evidence,
                      const Policy& policy) {
  const auto found = policy.origins().find(origin);
  if (found == policy.origins().end()) return true;
  const record::NoteVerifier& key = found->second.key;
  for (const std::string& note : evidence.notes()) {
    if (!OpenHead(key, note).ok() && !OpenHead(RegistryKeyOf(key), note).ok()) return false;
  }
  return true;
}

// Of several the first are kept, and the last.
absl::Status Keep(const std::string& origin, const rows::Evidence& evidence, Entry* entry) {
  for (size_t index = 0;; ++index) {
    const std::string key = EvidenceRowKey(origin, index);
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> stands, entry->Find(key));
    if (!stands || index == kMaxEvidence - 1) {
      return entry->Keep(key, evidence.SerializeAsString());
    }
  }
}

}  // namespace

Opinion JudgeEvidence(const std::string& origin, const rows::Evidence& evidence,
                      const OriginRegistry& theirs, const Policy& policy) {
  const auto found = policy.origins().find(origin);
  if (found == policy.origins().end()) return CannotTell("it is no origin of the policy");
  const record::NoteVerifier& key = found->second.key;
  if (evidence.leaf().empty() && evidence.notes_size() == 2) return JudgeHeads(evidence, key);
  if (evidence.leaf().empty() || evidence.notes_size() != 1)
    return Nothing("neither heads nor event");
  const auto head = OpenHead(key, evidence.notes(0));
  if (!head.ok()) return Nothing(head.status().message());
  return JudgeEvent(key, evidence, *head, theirs);
}

void AddPublicKey(const OriginRegistry& theirs, rows::Evidence* evidence) {
  const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(evidence->leaf());
  if (!leaf.ok()) return;
  const domain::RegisteredKey* key = theirs.registry().FindKey(leaf->key_hash);
  if (key != nullptr) evidence->set_public_key(key->public_key);
}

void Convict(const std::string& origin, rows::Cause cause, rows::Evidence evidence, Entry* entry,
             Standings* standings, absl::Time now) {
  const rows::State state = standings->OfOrigin(origin, now).state;
  if (state == rows::STATE_QUARANTINED || state == rows::STATE_BLOCKED) return;
  evidence.set_shown_us(absl::ToUnixMicros(now));
  const absl::Status kept = Keep(origin, evidence, entry);
  standings->FaultOfOrigin(
      origin, cause,
      kept.ok() ? evidence.why()
                : absl::StrCat(evidence.why(), " (the evidence is not kept: ", kept.message(), ")"),
      now);
}

rows::Evidence ToRow(const pb::OriginEvidence& evidence) {
  rows::Evidence row;
  *row.mutable_notes() = evidence.notes();
  row.set_leaf(evidence.leaf());
  row.set_header(evidence.header());
  *row.mutable_proof() = evidence.proof();
  return row;
}

pb::OriginEvidence ToProto(const std::string& origin, const rows::Evidence& evidence) {
  pb::OriginEvidence told;
  told.set_origin(origin);
  told.set_why(evidence.why());
  *told.mutable_notes() = evidence.notes();
  told.set_leaf(evidence.leaf());
  told.set_header(evidence.header());
  *told.mutable_proof() = evidence.proof();
  told.set_public_key(evidence.public_key());
  return told;
}

bool MayTell(absl::string_view peer, const rows::Evidence& evidence, const Policy& policy) {
  if (evidence.header().empty()) return true;
  pb::EventHeader header;
  return header.ParseFromString(evidence.header()) &&
         policy.MayLeave(peer, Describe(header, {})).passes;
}

absl::StatusOr<pb::GetEvidenceResponse> TellEvidence(absl::string_view peer,
                                                     const pb::GetEvidenceRequest& request,
                                                     const Policy& policy, const Entry& entry,
                                                     const Replicas* replicas) {
  if (request.origins_size() > kMaxEvidenceOrigins) {
    return record::FieldInvalid("origins", absl::StrCat("at most ", kMaxEvidenceOrigins));
  }
  pb::GetEvidenceResponse response;
  const Replica* const own = replicas == nullptr ? nullptr : replicas->Find(request.own_origin());
  // Signed for everybody to see: whoever asks for another's log is told no more than it publishes.
  if (const auto newest = own == nullptr ? std::nullopt : own->newest()) {
    response.set_own_head(newest->note);
  }
  for (const std::string& origin : request.origins()) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                             entry.Find(EvidenceRowKey(origin)));
    rows::Evidence evidence;
    if (!row || !evidence.ParseFromString(*row)) continue;
    if (!MayTell(peer, evidence, policy) || !MayBeOfPinnedKey(origin, evidence, policy)) continue;
    *response.add_evidence() = ToProto(origin, evidence);
    // The others come with the next call: those that are known by then are not asked for.
    if (response.ByteSizeLong() > kMaxRegistryBytes) break;
  }
  return response;
}

}  // namespace liaison::federation
