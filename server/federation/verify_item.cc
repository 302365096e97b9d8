#include "server/federation/verify_item.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/commitment.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/plain_form.h"
#include "proto/record/proof.h"
#include "proto/record/signature.h"
#include "server/federation/item_shape.h"

namespace liaison::federation {
namespace {

constexpr size_t kMaxLeafSizeBytes = 242;
constexpr size_t kMaxItemSections = 3;

struct Fault {
  Why why = Why::kFine;
  Blame blame = Blame::kNobody;
  std::string detail;

  bool none() const { return why == Why::kFine; }
};

Fault OfPeer(Why why, std::string detail) { return {why, Blame::kPeer, std::move(detail)}; }
Fault OfOrigin(Why why, std::string detail) { return {why, Blame::kOrigin, std::move(detail)}; }

// Before anything is parsed.
Fault CheckSizes(const Item& item) {
  size_t size = item.header.size();
  for (const ItemSection& section : item.sections) {
    size += section.salt.size() + section.data.size();
    if (section.kind == pb::SECTION_KIND_PERSONAL &&
        section.data.size() > record::kMaxPersonalSizeBytes) {
      return OfPeer(Why::kTooLarge, "the personal section");
    }
  }
  // Salts stand on top of what its author was allowed.
  if (size > record::kMaxEventSizeBytes + kMaxItemSections * record::kSaltSizeBytes) {
    return OfPeer(Why::kTooLarge, absl::StrCat(size, " bytes"));
  }
  if (item.header.size() > record::kMaxHeaderSizeBytes) return OfPeer(Why::kTooLarge, "the header");
  if (item.leaf.size() > kMaxLeafSizeBytes) return OfPeer(Why::kTooLarge, "the leaf");
  if (item.sections.size() > kMaxItemSections) return OfPeer(Why::kTooLarge, "its sections");
  if (item.proof.size() > record::kMaxProofHashes) return OfPeer(Why::kTooLarge, "the proof");
  return {};
}

// That the origin's own log has this leaf, in this place.
Fault CheckLeaf(const Item& item, const Head& head, Judgement* judgement) {
  absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(item.leaf);
  if (!leaf.ok()) return OfPeer(Why::kUnreadable, std::string(leaf.status().message()));
  judgement->leaf = *leaf;
  judgement->leaf_hash = record::LeafHash(item.leaf);
  if (item.sequence == 0 || leaf->sequence != item.sequence) {
    return OfPeer(Why::kSequenceDisagrees, absl::StrCat("the leaf says ", leaf->sequence));
  }
  const absl::Status proven = record::VerifyInclusion(item.sequence - 1, head.size,
                                                      judgement->leaf_hash, item.proof, head.root);
  if (!proven.ok()) return OfPeer(Why::kUnproven, std::string(proven.message()));
  return {};
}

// One truth: what the header says of itself is what the leaf says of it.
Fault CheckHeader(const Item& item, Judgement* judgement) {
  const record::Leaf& leaf = judgement->leaf;
  if (record::EventDigest(item.header) != leaf.digest) {
    return OfPeer(Why::kHeaderDisagrees, "it is not the header that the leaf names");
  }
  pb::EventHeader& header = judgement->header;
  if (item.header.empty() || !header.ParseFromString(item.header)) {
    return OfOrigin(Why::kUnreadable, "the header does not parse");
  }
  // What one reader takes and another does not would make this whole record a faulty one to that.
  if (!record::IsPlain(item.header, *pb::EventHeader::descriptor())) {
    return OfOrigin(Why::kUnreadable, "the header is not in the form that all readers read alike");
  }
  const bool key_agrees =
      leaf.attested() ? header.key_hash().empty() : header.key_hash() == leaf.key_hash.bytes();
  if (!key_agrees) return OfOrigin(Why::kShapeWrong, "leaf and header name different keys");
  const bool says_signed = leaf.kind == record::LeafKind::kSigned;
  if ((leaf.attested() ? says_signed : leaf.kind == record::LeafKind::kAttested) ||
      (leaf.attested() && leaf.signature != decltype(leaf.signature){})) {
    return OfOrigin(Why::kShapeWrong, "the leaf's kind, key and signature disagree");
  }
  const bool erases = header.type() == pb::EVENT_TYPE_REDACTION;
  if (erases != (leaf.kind == record::LeafKind::kRedaction)) {
    return OfOrigin(Why::kShapeWrong, "leaf and header are of different kinds");
  }
  return {};
}

// Only of the origin's own hub, and in the shape of what is said here.
Fault CheckShape(const Bench& bench, const Judgement& judgement) {
  const std::string& audience = judgement.header.audience();
  if (!absl::StartsWith(audience, absl::StrCat(bench.origin->hub, "/"))) {
    return OfOrigin(Why::kAudienceForged, audience);
  }
  const absl::Status shape = CheckHeaderShape(judgement.header, bench.origin->hub);
  if (shape.ok()) return {};
  return OfOrigin(Why::kShapeWrong, std::string(shape.message()));
}

// True of what changes, if its author may, what was said before.
bool ChangesOthers(const pb::EventHeader& header) {
  return header.type() == pb::EVENT_TYPE_REDACTION ||
         std::any_of(header.references().begin(), header.references().end(),
                     [](const pb::Reference& reference) {
                       return reference.relation() == pb::RELATION_REVISES ||
                              reference.relation() == pb::RELATION_RETRACTS;
                     });
}

// Whoever signed it might have, when the origin took it.
Fault CheckSignature(const Item& item, const Bench& bench, const Judgement& judgement) {
  const record::Leaf& leaf = judgement.leaf;
  const std::string& author = judgement.header.author();
  if (leaf.registry_size > bench.theirs->size()) {
    return OfPeer(Why::kRegistryBehind,
                  absl::StrCat("it needs ", leaf.registry_size, " registry entries, ",
                               bench.theirs->size(), " are here"));
  }
  if (!leaf.attested()) {
    const domain::RegisteredKey* key =
        bench.theirs->KeyInForce(leaf.key_hash, author, leaf.registry_size);
    if (key == nullptr) {
      return OfOrigin(Why::kKeyNotInForce,
                      absl::StrCat("no such key of ", author, " at ", leaf.registry_size));
    }
    const absl::string_view signature(reinterpret_cast<const char*>(leaf.signature.data()),
                                      leaf.signature.size());
    if (!record::VerifySignature(key->public_key, record::kEventHeaderType, item.header,
                                 signature)) {
      return OfOrigin(Why::kSignatureWrong, absl::StrCat("not by the key of ", author));
    }
  }
  const domain::RegisteredKey* ours = bench.ours->FindKey(leaf.key_hash);
  // It may have been stolen: that another hub still takes it does not give it a say here.
  if (ours != nullptr && !bench.ours->KeyIsValid(*ours, author) &&
      ChangesOthers(judgement.header)) {
    return {Why::kAuthorIsOurs, Blame::kNobody,
            absl::StrCat("that key of ", author, " is not in force here")};
  }
  if (bench.ours->FindNearest(author) == nullptr || judgement.ruling.names_author) return {};
  if (ours == nullptr || !bench.ours->KeyIsValid(*ours, author)) {
    return {Why::kAuthorIsOurs, Blame::kNobody,
            absl::StrCat("our registry has ", author,
                         ": it speaks by a key that stands there, or a rule names it")};
  }
  return {};
}

Fault CheckSections(const Item& item, const Judgement& judgement) {
  const pb::EventHeader& header = judgement.header;
  const auto wrong = [](absl::string_view what) {
    return OfPeer(Why::kSectionDisagrees, std::string(what));
  };
  if (header.commitments_size() != static_cast<int>(item.sections.size())) {
    return wrong("the header commits to another number of sections");
  }
  for (int i = 0; i < header.commitments_size(); ++i) {
    const ItemSection& section = item.sections[i];
    const pb::SectionCommitment& commitment = header.commitments(i);
    if (section.kind != commitment.kind()) return wrong("sections of other kinds");
    if (section.presence != Presence::kHere) {
      if (!section.salt.empty() || !section.data.empty()) return wrong("gone, and yet there");
      continue;
    }
    if (section.salt.size() != record::kSaltSizeBytes) return wrong("a salt has 32 bytes");
    const record::Hash opened =
        record::Commitment(static_cast<uint16_t>(section.kind), section.salt, section.data);
    if (opened.bytes() != commitment.commitment()) {
      return wrong(absl::StrCat(pb::SectionKind_Name(section.kind),
                                " does not open the header's commitment"));
    }
  }
  const absl::Status shape = CheckContentShape(header, item);
  if (shape.ok()) return {};
  return OfOrigin(Why::kShapeWrong, std::string(shape.message()));
}

// Another hub's event, which comes from its own.
bool IsLeafAlone(const Item& item, const record::Leaf& leaf) {
  return leaf.relayed && item.header.empty() && item.sections.empty();
}

bool IsOfThisLane(const Judgement& judgement) {
  return judgement.leaf.kind != record::LeafKind::kRelayed &&
         judgement.leaf.kind != record::LeafKind::kRules &&
         judgement.header.type() != pb::EVENT_TYPE_RULES;
}

void Withhold(Why why, std::string detail, Judgement* judgement) {
  judgement->verdict = Verdict::kWithheld;
  judgement->why = why;
  judgement->detail = std::move(detail);
}

void Reject(Fault fault, Judgement* judgement) {
  judgement->verdict = Verdict::kRejected;
  judgement->why = fault.why;
  judgement->blame = fault.blame;
  judgement->detail = std::move(fault.detail);
}

}  // namespace

absl::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kDuplicate:
      return "duplicate";
    case Verdict::kWithheld:
      return "withheld";
    case Verdict::kRejected:
      return "rejected";
    case Verdict::kElsewhere:
      return "elsewhere";
  }
  return "unknown";
}

absl::string_view NameOf(Why why) {
  static constexpr absl::string_view kNames[] = {"fine",
                                                 "too-large",
                                                 "unreadable",
                                                 "sequence-disagrees",
                                                 "unproven",
                                                 "header-disagrees",
                                                 "known",
                                                 "other-lane",
                                                 "shape-wrong",
                                                 "registry-behind",
                                                 "key-not-in-force",
                                                 "author-is-ours",
                                                 "signature-wrong",
                                                 "section-disagrees",
                                                 "audience-forged",
                                                 "not-taken",
                                                 "left-to-its-hub"};
  return kNames[static_cast<size_t>(why)];
}

absl::StatusOr<Judgement> VerifyItem(const Item& item, const Bench& bench) {
  Judgement judgement;
  Fault fault = CheckSizes(item);
  if (fault.none()) fault = CheckLeaf(item, *bench.head, &judgement);
  if (fault.none() && IsLeafAlone(item, judgement.leaf)) {
    judgement.verdict = Verdict::kElsewhere;
    return judgement;
  }
  if (fault.none()) fault = CheckHeader(item, &judgement);
  if (!fault.none()) {
    Reject(std::move(fault), &judgement);
    return judgement;
  }
  // Before it is asked what is known: the same item is judged the same whenever it comes.
  if (!IsOfThisLane(judgement)) {
    Withhold(Why::kOtherLane, "it comes from its own origin", &judgement);
    return judgement;
  }
  LIAISON_ASSIGN_OR_RETURN(const bool known, bench.knows(judgement.leaf.digest));
  if (known) {
    judgement.verdict = Verdict::kDuplicate;
    judgement.why = Why::kKnown;
    return judgement;
  }
  fault = CheckShape(bench, judgement);
  if (!fault.none()) {
    Reject(std::move(fault), &judgement);
    return judgement;
  }
  LIAISON_ASSIGN_OR_RETURN(const Behind behind, bench.behind(judgement.header));
  judgement.ruling = bench.policy->MayEnter(bench.origin->name, Describe(judgement.header, behind));
  // What nobody here wants is nobody's fault, and costs no signature.
  if (!judgement.ruling.passes) {
    Withhold(Why::kNotTaken, judgement.ruling.rule, &judgement);
    return judgement;
  }
  fault = CheckSignature(item, bench, judgement);
  if (fault.none()) fault = CheckSections(item, judgement);
  if (!fault.none()) {
    Reject(std::move(fault), &judgement);
  } else {
    judgement.verdict = Verdict::kAccepted;
    judgement.detail = judgement.ruling.rule;
  }
  return judgement;
}

}  // namespace liaison::federation
