#include "client/cli/bundle_check.h"

#include <algorithm>
#include <iterator>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/bundle_bytes.h"
#include "client/cli/table.h"
#include "proto/record/commitment.h"
#include "proto/record/counted.h"
#include "proto/record/foreign.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"

namespace liaison::cli {
namespace {

using record::Counted;

namespace v1 = ::igf::liaison::v1;

constexpr size_t kMaxFaultsKept = 200;
constexpr size_t kMaxStillHere = 1000;
constexpr size_t kRegistryLeafSizeBytes = 146;
constexpr absl::string_view kRegistrySuffix = "/registry";
constexpr char kKept[] = "the one you kept";
constexpr char kBetweenWords[] = "\n";

absl::Status NoBundle(absl::string_view why) { return absl::InvalidArgumentError(why); }

std::string SectionName(uint16_t kind) {
  switch (kind) {
    case v1::SECTION_KIND_CONTENT:
      return "content";
    case v1::SECTION_KIND_PERSONAL:
      return "personal";
    case v1::SECTION_KIND_ATTACHMENTS:
      return "attachments";
    default:
      return absl::StrCat("section ", kind);
  }
}

absl::string_view SignatureIn(const record::Leaf& leaf) {
  return {reinterpret_cast<const char*>(leaf.signature.data()), leaf.signature.size()};
}

std::optional<record::Hash> OriginIn(const record::Leaf& leaf) {
  return leaf.relayed ? std::make_optional(leaf.relayed->origin_name_hash) : std::nullopt;
}

// The report says why already.
absl::Status GoNoFurther(const absl::Status& why) { return absl::AbortedError(why.message()); }

// Empty where leaf and header say the same of what stands in both.
std::string WhyFactsDiffer(const record::Leaf& leaf, const v1::EventHeader& header) {
  if (leaf.kind == record::LeafKind::kRelayed) return "";
  if (leaf.redaction.has_value() != (header.type() == v1::EVENT_TYPE_REDACTION)) {
    return "a redaction in the leaf or in the header, and not in both";
  }
  if (leaf.rules_version.has_value() != (header.type() == v1::EVENT_TYPE_RULES)) {
    return "rules in the leaf or in the header, and not in both";
  }
  if (leaf.redaction && (leaf.redaction->section != header.redaction().section() ||
                         leaf.redaction->reason != header.redaction().reason())) {
    return "leaf and header of the redaction name another section or reason";
  }
  if (leaf.rules_version && *leaf.rules_version != header.rules().rules_version()) {
    return "leaf and header name another version of the rules";
  }
  return "";
}

}  // namespace

void BundleCheck::Fault(absl::string_view name, absl::string_view where, absl::string_view what) {
  FaultAt(place_++, {std::string(name), std::string(where), std::string(what)});
}

void BundleCheck::FaultAt(uint64_t place, BundleFault fault) {
  ++report_.fault_count;
  faults_.emplace(place, std::move(fault));
  if (faults_.size() > kMaxFaultsKept) faults_.erase(std::prev(faults_.end()));
}

void BundleCheck::Broken(absl::string_view where, absl::string_view what) {
  Fault("format", where, what);
  stopped_ = true;
}

absl::Status BundleCheck::Take(char type, absl::string_view payload) {
  Fields fields(payload);
  const auto taken = [&]() -> absl::Status {
    switch (type) {
      case 'B':
        return TakeBegin(&fields);
      case 'C':
        return TakeCheckpoint(fields.Rest());
      case 'O':
        return TakeOlder(&fields);
      case 'G':
        return TakeRegistryCheckpoint(fields.Rest());
      case 'K':
        return TakeRegistryEntry(&fields);
      case 'P':
        return TakePlace(&fields);
      case 'E':
        return TakeEvent(&fields);
      case 'F':
        return TakeForeign(&fields);
      case 'H':
        return TakeHidden(&fields);
      case 'M':
        return TakeMark(&fields);
      case 'L':
        return TakeLater(&fields);
      default:
        return NoBundle("a record of unknown type");
    }
  };
  absl::Status status = taken();
  stopped_ = stopped_ || !status.ok();
  if (status.ok() && !fields.complete()) {
    status = NoBundle(absl::StrCat("a record of type ", std::string(1, type),
                                   fields.ok() ? " has bytes too many" : " ends inside a field"));
  }
  return status;
}

// --- before the events ---------------------------------------------------------------------------

absl::Status BundleCheck::TakeBegin(Fields* fields) {
  report_.origin = std::string(fields->Sized(2));
  const std::string vkey(fields->Sized(2));
  report_.first = fields->Number(8);
  report_.last = fields->Number(8);
  if (!fields->ok() || report_.first == 0 || report_.first - 1 > report_.last ||
      report_.last >> 63 != 0) {
    return NoBundle(absl::StrCat("events ", report_.first, " to ", report_.last));
  }
  if (!record::IsText(report_.origin)) {
    return NoBundle("the name of its log is no UTF-8");
  }
  if (const auto named = record::NoteVerifier::Parse(vkey); !named.ok()) {
    return NoBundle("its key is none");
  }
  if (report_.origin != trust_.log.name() || vkey != trust_.log.ToString()) {
    Fault("checkpoint", "begin",
          absl::StrCat("the file is of ", report_.origin, " and names its key as ", vkey,
                       ", you trust ", trust_.log.ToString()));
  }
  return absl::OkStatus();
}

absl::StatusOr<record::Checkpoint> BundleCheck::ReadNote(absl::string_view note,
                                                         const std::string& origin,
                                                         const record::NoteVerifier& key) const {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened, record::OpenNote(note, {key}));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, record::ParseCheckpoint(opened.text));
  if (checkpoint.origin == origin) return checkpoint;
  return absl::InvalidArgumentError(absl::StrCat("it is of ", checkpoint.origin));
}

absl::Status BundleCheck::TakeCheckpoint(absl::string_view note) {
  const auto checkpoint = ReadNote(note, trust_.log.name(), trust_.log);
  if (!checkpoint.ok()) {
    Fault("checkpoint", "checkpoint", checkpoint.status().message());
    return GoNoFurther(checkpoint.status());
  }
  report_.checkpoint = *checkpoint;
  report_.signers = ReadWitnesses(note, trust_.log, "checkpoint");
  if (report_.signers.size() < trust_.quorum) {
    Fault("witness", "checkpoint",
          absl::StrCat(report_.signers.size(), " witnesses have seen it, and ", trust_.quorum,
                       " are asked for"));
  }
  const size_t others = report_.signers.size();
  if (!ReadPolicyWitnesses(note, "checkpoint", &report_.signers)) {
    std::vector<std::string> names;
    for (size_t i = others; i < report_.signers.size(); ++i)
      names.push_back(report_.signers[i].name);
    Fault("witness", "checkpoint",
          absl::StrCat("fewer witnesses than the policy asks for have seen it: ",
                       names.empty() ? "none" : absl::StrJoin(names, ", ")));
  }
  report_.signers.insert(report_.signers.begin(), {trust_.log.name(), std::nullopt});
  if (report_.last > checkpoint->size) {
    return NoBundle(absl::StrCat("events up to ", report_.last, " under a checkpoint of size ",
                                 checkpoint->size));
  }
  CompareWithKept();
  return absl::OkStatus();
}

std::vector<BundleReport::Signer> BundleCheck::ReadWitnesses(absl::string_view note,
                                                             const record::NoteVerifier& log,
                                                             absl::string_view where) {
  std::vector<BundleReport::Signer> seen;
  for (const record::NoteVerifier& witness : trust_.witnesses) {
    // The log has signed it: what is wrong is this witness's.
    const auto opened = record::OpenNote(note, {log, witness});
    if (!opened.ok()) {
      Fault("witness", where, opened.status().message());
      continue;
    }
    for (const record::NoteSignature& signature : opened->verified) {
      if (signature.name != witness.name() || signature.key_id != witness.id()) continue;
      seen.push_back({signature.name, *record::CosignatureTime(signature.signature)});
    }
  }
  return seen;
}

bool BundleCheck::ReadPolicyWitnesses(absl::string_view note, absl::string_view where,
                                      std::vector<BundleReport::Signer>* signers) {
  const auto parsed = record::ParseNote(note);
  if (!parsed.ok()) return true;  // is a fault already
  const auto cosigned = trust_.policy.CosignaturesOf(*parsed);
  for (const std::string& name : cosigned.wrong) {
    Fault("witness", where, absl::StrCat("the cosignature of ", name, " is wrong"));
  }
  for (const auto& cosignature : cosigned.good) {
    const std::string& name = trust_.policy.witnesses()[cosignature.witness].key.name();
    signers->push_back({name, cosignature.time_s});
  }
  return trust_.policy.IsMet(cosigned.good);
}

// The checkpoint that whoever asks has kept: is this still the same history?
void BundleCheck::CompareWithKept() {
  if (trust_.kept.empty()) return;
  const auto kept = ReadNote(trust_.kept, trust_.log.name(), trust_.log);
  if (!kept.ok()) return Fault("checkpoint", kKept, kept.status().message());
  if (kept->size != report_.checkpoint->size) {
    roots_[kept->size] = {kept->root, kKept};
  } else if (kept->root != report_.checkpoint->root) {
    Fault("checkpoint", kKept, absl::StrCat("the log signed two roots of size ", kept->size));
  }
}

absl::Status BundleCheck::TakeOlder(Fields* fields) {
  const std::vector<record::Hash> proof = fields->Hashes(fields->Number(1));
  const absl::string_view note = fields->Rest();
  const auto older = ReadNote(note, trust_.log.name(), trust_.log);
  const absl::Status consistent =
      older.ok() ? record::VerifyConsistency(older->size, report_.checkpoint->size, older->root,
                                             report_.checkpoint->root, proof)
                 : older.status();
  if (!consistent.ok()) {
    Fault("checkpoint", "older checkpoint", consistent.message());
    return absl::OkStatus();
  }
  if (!report_.older.empty() && report_.older.back() >= older->size) {
    return NoBundle("older checkpoints out of order");
  }
  report_.older.push_back(older->size);
  const auto known = roots_.find(older->size);
  if (known != roots_.end() && known->second.first != older->root) {
    Fault("checkpoint", known->second.second,
          absl::StrCat("the log signed two roots of size ", older->size));
  }
  roots_[older->size] = {older->root, "older checkpoint"};
  return absl::OkStatus();
}

absl::Status BundleCheck::TakeRegistryCheckpoint(absl::string_view note) {
  const std::string origin = absl::StrCat(trust_.log.name(), kRegistrySuffix);
  const record::NoteVerifier key =
      record::NoteVerifier::Of(origin, record::NoteKeyType::kEd25519, trust_.log.public_key());
  const auto checkpoint = ReadNote(note, origin, key);
  if (!checkpoint.ok()) {
    Fault("registry-checkpoint", "registry checkpoint", checkpoint.status().message());
    return GoNoFurther(checkpoint.status());
  }
  report_.registry_signers = ReadWitnesses(note, key, "registry checkpoint");
  // Nobody is asked to cosign it: the registry's events stand in the log. What is there is true.
  ReadPolicyWitnesses(note, "registry checkpoint", &report_.registry_signers);
  report_.registry_signers.insert(report_.registry_signers.begin(), {origin, std::nullopt});
  registry_checkpoint_ = *checkpoint;
  return absl::OkStatus();
}

absl::Status BundleCheck::TakeRegistryEntry(Fields* fields) {
  const std::string where = absl::StrCat("registry entry ", registry_.tree().size());
  const absl::string_view leaf = fields->Bytes(kRegistryLeafSizeBytes);
  const absl::string_view header = fields->Rest();
  if (!fields->ok()) return NoBundle("a registry entry is cut off");
  for (const std::string& wrong : registry_.Add(leaf, header)) Fault("registry", where, wrong);
  return absl::OkStatus();
}

absl::Status BundleCheck::TakePlace(Fields* fields) {
  const record::CompactRange& registry = registry_.tree();
  if (registry.size() != registry_checkpoint_->size ||
      registry.Root() != registry_checkpoint_->root) {
    Fault("registry", "registry",
          absl::StrCat(registry.size(), " entries, whose root is not that of the checkpoint of ",
                       registry_checkpoint_->size));
  }
  report_.registry_size = registry.size();
  report_.organisations = registry_.organisations();
  report_.keys = registry_.keys().size();
  std::vector<record::Hash> left = fields->Hashes(fields->Number(1));
  right_ = fields->Hashes(fields->Number(1));
  const uint64_t before = report_.first - 1;
  if (!fields->ok() || left.size() != static_cast<size_t>(absl::popcount(before))) {
    return NoBundle("the place has another number of hashes");
  }
  tree_ = record::CompactRange(before, std::move(left));
  CompareRoots();
  return absl::OkStatus();
}

// --- the range -----------------------------------------------------------------------------------

absl::Status BundleCheck::Grow(const record::Hash& leaf_hash) {
  if (mark_due_) return NoBundle(absl::StrCat("no mark behind event ", tree_.size()));
  if (tree_.size() >= report_.last) return NoBundle("more events than it says");
  tree_.Append(leaf_hash);
  opened_.push_back('\0');
  mark_due_ = tree_.size() % kBundleMarkEvery == 0;
  relayed_.reset();
  CompareRoots();
  return absl::OkStatus();
}

void BundleCheck::CompareRoots() {
  const auto known = roots_.find(tree_.size());
  if (known == roots_.end()) return;
  if (known->second.first != tree_.Root()) {
    Fault("checkpoint", known->second.second,
          absl::StrCat("the log signed another root of size ", tree_.size()));
  }
  roots_.erase(known);
}

absl::Status BundleCheck::TakeHidden(Fields* fields) {
  if (fields->left() == 0 || fields->left() % record::kHashSizeBytes != 0) {
    return NoBundle("hidden events that are no hashes");
  }
  for (const record::Hash& hash : fields->Hashes(fields->left() / record::kHashSizeBytes)) {
    LIAISON_RETURN_IF_ERROR(Grow(hash));
    ++report_.hidden;
    const record::RegistryLeaf* entry = nullptr;
    if (registry_.HasEntryAt(tree_.size(), &entry)) {
      Fault("registry-entry", absl::StrCat("event ", tree_.size()),
            "an event of the registry, which is public, is hidden");
    }
  }
  return absl::OkStatus();
}

absl::Status BundleCheck::TakeMark(Fields* fields) {
  const uint64_t sequence = fields->Number(8);
  if (!mark_due_ || sequence != tree_.size()) {
    return NoBundle(absl::StrCat("a mark behind event ", tree_.size()));
  }
  mark_due_ = false;
  if (fields->Hashes(absl::popcount(sequence)) != tree_.roots()) {
    Fault("root", absl::StrCat("mark ", sequence), "the tree is another here");
  }
  return absl::OkStatus();
}

absl::Status BundleCheck::TakeEvent(Fields* fields) {
  const absl::string_view leaf_bytes = fields->Sized(2);
  const absl::string_view header_bytes = fields->Sized(4);
  LIAISON_ASSIGN_OR_RETURN(const std::vector<GivenSection> sections, ReadSections(fields));
  LIAISON_RETURN_IF_ERROR(Grow(record::LeafHash(leaf_bytes)));
  const uint64_t sequence = tree_.size();
  const std::string where = absl::StrCat("event ", sequence);
  ++report_.events;
  const auto leaf = ReadLeaf(leaf_bytes);
  if (!leaf.ok()) {
    Fault("leaf", where, leaf.status().message());
    return absl::OkStatus();
  }
  if (leaf->kind == record::LeafKind::kRelayed) relayed_ = *leaf;
  if (leaf->sequence != sequence) {
    Fault("sequence", where, absl::StrCat("its leaf says ", leaf->sequence));
  }
  if (leaf->hub_time_us < last_time_us_) Fault("sequence", where, "the hub's time goes back");
  last_time_us_ = std::max(last_time_us_, leaf->hub_time_us);
  const auto header = HeaderOf(*leaf, header_bytes, where);
  if (!header) return absl::OkStatus();
  CheckRegistry(*leaf, *header, sequence, where);
  CheckAuthor(*leaf, *header, header_bytes, where);
  CheckSections(*leaf, *header, sections, sequence);
  if (header->type() == v1::EVENT_TYPE_REDACTION) TakeRedaction(*leaf, *header, where);
  return absl::OkStatus();
}

std::optional<v1::EventHeader> BundleCheck::HeaderOf(const record::Leaf& leaf,
                                                     absl::string_view bytes,
                                                     const std::string& where) {
  if (record::EventDigest(bytes) != leaf.digest) {
    Fault("header", where, "the header's digest is not the leaf's");
  }
  auto header = ReadHeader(bytes);
  if (!header.ok()) {
    Fault("header", where, header.status().message());
    return std::nullopt;
  }
  if (header->key_hash() != (leaf.attested() ? absl::string_view() : leaf.key_hash.bytes())) {
    Fault("header", where, "the header names another key than the leaf");
  }
  if (const std::string why = WhyFactsDiffer(leaf, *header); !why.empty()) {
    Fault("leaf", where, why);
  }
  return *std::move(header);
}

void BundleCheck::CheckRegistry(const record::Leaf& leaf, const v1::EventHeader& header,
                                uint64_t sequence, const std::string& where) {
  const uint64_t size = registry_.SizeBefore(sequence);
  if (leaf.registry_size != size) {
    Fault("registry-size", where,
          absl::StrCat("its leaf says that the registry had ", leaf.registry_size,
                       " entries, it had ", size));
  }
  const record::RegistryLeaf* entry = nullptr;
  if (registry_.HasEntryAt(sequence, &entry)) {
    if (entry == nullptr || entry->digest != leaf.digest || entry->key_hash != leaf.key_hash ||
        entry->signature != leaf.signature) {
      Fault("registry-entry", where, "the registry has another event here");
    }
  } else if (leaf.kind != record::LeafKind::kRelayed &&
             (header.type() == v1::EVENT_TYPE_ORGANISATION ||
              header.type() == v1::EVENT_TYPE_KEY)) {
    Fault("registry-entry", where, "the registry does not have it");
  }
}

void BundleCheck::CheckAuthor(const record::Leaf& leaf, const v1::EventHeader& header,
                              absl::string_view bytes, const std::string& where) {
  if (leaf.attested()) {
    ++report_.attested;
    return;
  }
  const bool relayed = leaf.kind == record::LeafKind::kRelayed;
  const auto key = registry_.keys().find(leaf.key_hash);
  if (relayed && key == registry_.keys().end()) {
    ++report_.of_another_hub;
    return;
  }
  const std::string why =
      relayed ? "" : registry_.WhyNotBy(header.author(), leaf.key_hash, leaf.registry_size);
  if (!why.empty()) return Fault("author-key", where, why);
  crew_.Add({place_++, absl::StrCat(where, kBetweenWords, header.author()), key->second.public_key,
             bytes, SignatureIn(leaf)});
}

void BundleCheck::TakeVerdict() {
  const SignatureCrew::Verdict verdict = crew_.Finish();
  report_.signatures_verified = verdict.right;
  for (const auto& [place, words] : verdict.first_wrong) {
    const std::pair<std::string, std::string> where_and_author =
        absl::StrSplit(words, absl::MaxSplits(kBetweenWords, 1));
    FaultAt(place, {"author-signature", where_and_author.first,
                    absl::StrCat("not by the key of ", where_and_author.second)});
  }
  report_.fault_count += verdict.wrong - verdict.first_wrong.size();
}

absl::StatusOr<std::vector<BundleCheck::GivenSection>> BundleCheck::ReadSections(Fields* fields) {
  std::vector<GivenSection> sections;
  for (uint64_t count = fields->Number(1); count > 0; --count) {
    GivenSection section{static_cast<uint16_t>(fields->Number(2)),
                         static_cast<BundledSection>(fields->Number(1)), "", ""};
    if (section.status == BundledSection::kPresent) {
      section.salt = fields->Bytes(record::kSaltSizeBytes);
      section.data = fields->Sized(4);
    }
    if (!fields->ok() || section.status < BundledSection::kPresent ||
        section.status > BundledSection::kNotIncluded) {
      return NoBundle("a section is none");
    }
    sections.push_back(section);
  }
  return sections;
}

void BundleCheck::CheckSections(const record::Leaf& leaf, const v1::EventHeader& header,
                                const std::vector<GivenSection>& sections, uint64_t sequence) {
  const std::string where = absl::StrCat("event ", sequence);
  std::map<int, std::string> committed;
  for (const v1::SectionCommitment& commitment : header.commitments()) {
    committed[commitment.kind()] = commitment.commitment();
  }
  int last_kind = -1;
  for (const GivenSection& section : sections) {
    if (section.kind <= last_kind) Fault("section", where, "sections out of order");
    last_kind = section.kind;
    const auto expected = committed.find(section.kind);
    if (expected == committed.end()) {
      Fault("section", where, absl::StrCat("the header knows of no ", SectionName(section.kind)));
      continue;
    }
    const std::string commitment = std::move(expected->second);
    committed.erase(expected);
    if (section.status == BundledSection::kNotIncluded) {
      ++report_.not_included;
    } else if (section.status == BundledSection::kErased) {
      TakeErased({leaf.digest, static_cast<uint16_t>(section.kind)},
                 {sequence, header.author(), leaf.key_hash, OriginIn(leaf)});
    } else if (record::Commitment(section.kind, section.salt, section.data).bytes() == commitment) {
      ++report_.opened;
      if (section.kind < 8) {
        opened_.back() = static_cast<char>(opened_.back() | 1 << section.kind);
      }
    } else {
      Fault("section", where,
            absl::StrCat("its ", SectionName(section.kind), " is not what the header commits to"));
    }
  }
  for (const auto& [kind, commitment] : committed) {
    ++report_.missing;
    Fault("missing", where, absl::StrCat("its ", SectionName(static_cast<uint16_t>(kind))));
  }
}

absl::Status BundleCheck::TakeForeign(Fields* fields) {
  const absl::string_view leaf = fields->Sized(2);
  const absl::string_view proof = fields->Rest();
  const std::optional<record::Leaf> relayed = std::exchange(relayed_, std::nullopt);
  if (!relayed) {
    return NoBundle(absl::StrCat("the origin of event ", tree_.size(), ", which is not relayed"));
  }
  const absl::Status shown = CheckForeign(*relayed, leaf, proof);
  if (!shown.ok()) Fault("foreign", absl::StrCat("event ", tree_.size()), shown.message());
  return absl::OkStatus();
}

absl::Status BundleCheck::CheckForeign(const record::Leaf& relayed, absl::string_view leaf_bytes,
                                       absl::string_view proof_text) {
  LIAISON_RETURN_IF_ERROR(ReadLeaf(leaf_bytes).status());
  LIAISON_ASSIGN_OR_RETURN(record::TlogProof proof, record::ParseTlogProof(proof_text));
  const std::string note = proof.checkpoint;
  LIAISON_RETURN_IF_ERROR(
      record::CheckForeign(relayed, {std::string(leaf_bytes), std::move(proof)}));
  const auto key = std::find_if(
      trust_.origins.begin(), trust_.origins.end(), [&](const record::NoteVerifier& one) {
        return record::Sha256Of(one.name()) == relayed.relayed->origin_name_hash;
      });
  if (key == trust_.origins.end()) {
    ++report_.foreign_not_checked;
    return absl::OkStatus();
  }
  LIAISON_RETURN_IF_ERROR(ReadNote(note, key->name(), *key).status());
  ++report_.foreign_shown;
  return absl::OkStatus();
}

// --- redactions ----------------------------------------------------------------------------------

// Another hub has a say in what is from it, and an author in what one key has signed: a name alone
// is somebody else's at every hub.
std::string BundleCheck::WhyNoSay(const record::Leaf& leaf, const std::string& author,
                                  const Erased& erased) const {
  const bool own = author == erased.author;
  const bool may =
      leaf.relayed ? erased.origin == OriginIn(leaf) ||
                         (own && !leaf.attested() && leaf.key_hash == erased.key_hash)
                   : (own && !erased.origin) || registry_.IsSecretariat(author, leaf.registry_size);
  if (may) return "";
  return absl::StrCat(author, " has no say in what ", erased.author, " wrote",
                      erased.origin ? " at another hub" : "");
}

void BundleCheck::TakeErased(const SectionOf& key, const Erased& erased) {
  const auto found = ahead_.find(key);
  const bool with_authority =
      found != ahead_.end() &&
      std::any_of(found->second.begin(), found->second.end(), [&](const auto& redaction) {
        return WhyNoSay(redaction.first, redaction.second, erased).empty();
      });
  if (!with_authority) {
    erased_[key] = erased;
    return;
  }
  redacted_.insert(key);
  ++report_.erased_with_authority;
}

bool BundleCheck::TakeRedaction(const record::Leaf& leaf, const v1::EventHeader& header,
                                const std::string& where) {
  const auto digest = record::Hash::Parse(header.redaction().target_digest());
  if (!digest.ok()) return false;
  const int section = header.redaction().section();
  const SectionOf key{*digest, static_cast<uint16_t>(section)};
  if (section != key.second) return false;
  const auto found = erased_.find(key);
  if (found == erased_.end()) {
    if (leaf.relayed) ahead_[key].emplace_back(leaf, header.author());
    if (!leaf.redaction || redacted_.count(key) > 0) return false;
    const uint64_t at = leaf.redaction->target_sequence - report_.first;
    if (at < opened_.size() && key.second < 8 && (opened_[at] >> key.second & 1) != 0 &&
        report_.still_here.size() < kMaxStillHere) {
      report_.still_here.emplace_back(leaf.redaction->target_sequence, SectionName(key.second));
    }
    return false;
  }
  const Erased erased = found->second;
  const std::string no_say = WhyNoSay(leaf, header.author(), erased);
  // A hub takes in what another one says, and heeds it where that has a say: else whoever can be
  // heard could make this record a faulty one.
  if (leaf.relayed && !no_say.empty()) return false;
  erased_.erase(found);
  redacted_.insert(key);
  if (leaf.redaction && leaf.redaction->target_sequence != erased.sequence) {
    Fault("redaction", where,
          absl::StrCat("its leaf says event ", leaf.redaction->target_sequence,
                       ", its header event ", erased.sequence));
  } else if (!no_say.empty()) {
    Fault("redaction", where, no_say);
  } else {
    ++report_.erased_with_authority;
    return true;
  }
  ++report_.missing;
  return true;
}

absl::Status BundleCheck::TakeLater(Fields* fields) {
  const absl::string_view leaf_bytes = fields->Sized(2);
  const absl::string_view header_bytes = fields->Sized(4);
  const std::vector<record::Hash> proof = fields->Hashes(fields->Number(1));
  if (tree_.size() != report_.last || mark_due_) return NoBundle("the range is not complete");
  const auto leaf = ReadLeaf(leaf_bytes);
  if (!leaf.ok()) {
    Fault("redaction", "a later redaction", leaf.status().message());
    return absl::OkStatus();
  }
  const std::string where = absl::StrCat("event ", leaf->sequence);
  if (leaf->sequence <= std::max(report_.last, last_later_)) {
    return NoBundle("later redactions out of order");
  }
  last_later_ = leaf->sequence;
  const absl::Status included =
      record::VerifyInclusion(leaf->sequence - 1, report_.checkpoint->size,
                              record::LeafHash(leaf_bytes), proof, report_.checkpoint->root);
  if (!included.ok()) {
    Fault("redaction", where, included.message());  // what is not in the log erases nothing
    return absl::OkStatus();
  }
  const auto header = HeaderOf(*leaf, header_bytes, where);
  if (!header) return absl::OkStatus();
  CheckRegistry(*leaf, *header, leaf->sequence, where);
  CheckAuthor(*leaf, *header, header_bytes, where);
  if (header->type() != v1::EVENT_TYPE_REDACTION || !TakeRedaction(*leaf, *header, where)) {
    Fault("redaction", where, "it erases nothing that is in this file");
  }
  return absl::OkStatus();
}

// --- the end -------------------------------------------------------------------------------------

absl::Status BundleCheck::End(const BundleRecord& record, const BundleEnd& before) {
  Fields fields(record.payload);
  const uint64_t records = fields.Number(8);
  const uint64_t events = fields.Number(8);
  const uint64_t hidden = fields.Number(8);
  const std::vector<record::Hash> digest = fields.Hashes(1);
  if (!fields.complete()) return NoBundle("the end is of another length");
  if (digest[0] != before.digest) Fault("digest", "end", "SHA256 of the file is another");
  if (records != before.records || events != report_.events || hidden != report_.hidden) {
    Fault("digest", "end", "it counts other records or events");
  }
  if (tree_.size() != report_.last || mark_due_) {
    return NoBundle(absl::StrCat("it ends behind event ", tree_.size(), " of ", report_.last));
  }
  return absl::OkStatus();
}

BundleReport BundleCheck::Finish() {
  TakeVerdict();
  if (!stopped_) CheckWhole();
  for (auto& [place, fault] : faults_) report_.faults.push_back(std::move(fault));
  return report_;
}

void BundleCheck::CheckWhole() {
  if (report_.checkpoint && tree_.size() == report_.last) {
    const absl::Status led = record::VerifyConsistency(
        report_.last, report_.checkpoint->size, tree_.Root(), report_.checkpoint->root, right_);
    if (!led.ok()) {
      Fault("root", "the range",
            absl::StrCat("it does not lead to the checkpoint's root: ", led.message()));
    }
  }
  for (const auto& [section, erased] : erased_) {
    ++report_.missing;
    Fault(
        "redaction", absl::StrCat("event ", erased.sequence),
        absl::StrCat("its ", SectionName(section.second), " is erased, and no redaction says so"));
  }
  for (const auto& [size, root] : roots_) {
    if (root.second != kKept) continue;
    Fault("checkpoint", kKept,
          absl::StrCat("nothing here shows that it goes on from size ", size,
                       ": ask for a full file, or one with that checkpoint"));
  }
}

// --- in words ------------------------------------------------------------------------------------

Json BundleReport::ToJson() const {
  const auto names_of = [](const std::vector<Signer>& from) {
    Json names = Json::array();
    for (const Signer& signer : from) {
      names.push_back(
          {{"name", signer.name}, {"time", signer.time_s ? Json(*signer.time_s) : Json()}});
    }
    return names;
  };
  Json json;
  json["valid"] = valid();
  json["origin"] = origin;
  json["checkpoint"] = nullptr;
  if (checkpoint) {
    json["checkpoint"] = {{"size", checkpoint->size},
                          {"root", checkpoint->root.ToHex()},
                          {"signed_by", names_of(signers)}};
  }
  json["older_checkpoints"] = older;
  json["registry"] = {{"size", registry_size},
                      {"organisations", organisations},
                      {"keys", keys},
                      {"signed_by", names_of(registry_signers)}};
  json["first"] = first;
  json["last"] = last;
  json["events"] = events;
  json["hidden"] = hidden;
  json["signatures"] = {{"verified", signatures_verified},
                        {"attested", attested},
                        {"of_another_hub", of_another_hub}};
  json["sections"] = {{"opened", opened},
                      {"erased_with_authority", erased_with_authority},
                      {"missing", missing},
                      {"not_included", not_included}};
  json["foreign"] = {{"shown", foreign_shown}, {"not_checked", foreign_not_checked}};
  json["still_here_after_redaction"] = Json::array();
  for (const auto& [sequence, section] : still_here) {
    json["still_here_after_redaction"].push_back({{"sequence", sequence}, {"section", section}});
  }
  json["fault_count"] = fault_count;
  json["faults"] = Json::array();
  for (const BundleFault& fault : faults) {
    json["faults"].push_back({{"name", fault.name}, {"where", fault.where}, {"what", fault.what}});
  }
  return json;
}

std::string BundleReport::ToText() const {
  std::vector<std::string> lines;
  if (checkpoint) {
    const bool whole = first == 1 && last == checkpoint->size;
    lines.push_back(absl::StrCat(
        "log         ", origin, ", ", whole ? "all " : "",
        whole ? Counted(last, "event")
              : absl::StrCat("events ", first, " to ", last, " of ", checkpoint->size)));
    lines.push_back(absl::StrCat("checkpoint  size ", checkpoint->size, ", root ",
                                 checkpoint->root.ToHex().substr(0, 16), "..."));
    for (const Signer& signer : signers) {
      lines.push_back(
          absl::StrCat("            ", signer.time_s ? "seen by " : "signed by ", signer.name));
    }
    lines.push_back(absl::StrCat("registry    ", registry_size, " entries, which are all: ",
                                 organisations, " organisations, ", keys, " keys"));
    lines.push_back(absl::StrCat("events      ", events, " to be read, ", hidden,
                                 " not for whoever reads here"));
    lines.push_back(absl::StrCat("signatures  ", signatures_verified, " by their authors, ",
                                 attested, " events attested by the hub"));
    lines.push_back(absl::StrCat("sections    ", opened, " opened, ", erased_with_authority,
                                 " erased with authority, ", missing, " missing, ", not_included,
                                 " not included"));
    if (foreign_shown > 0 || foreign_not_checked > 0) {
      lines.push_back(absl::StrCat("relayed     ", foreign_shown,
                                   " shown to be in their own hub's log, ", foreign_not_checked,
                                   " not checked (no key of that hub given)"));
    }
    for (const auto& [sequence, section] : still_here) {
      lines.push_back(absl::StrCat("NOTE: the ", section, " of event ", sequence,
                                   " has been erased since: delete the file, or export again"));
    }
  }
  for (const BundleFault& fault : faults) {
    lines.push_back(absl::StrCat("FAULT ", fault.name, ": ", fault.where, ": ", fault.what));
  }
  lines.push_back(
      valid() ? std::string("VALID: everything here is as the log signed it.")
              : absl::StrCat("INVALID: ", Counted(fault_count, "fault"), ". Do not rely on this."));
  // Whoever wrote the file chose names in it, and would write a verdict of their own.
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, Printable(line), "\n");
  return text;
}

}  // namespace liaison::cli
