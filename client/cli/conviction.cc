#include "client/cli/conviction.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/evidence.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/checkpoint.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

namespace v1 = ::igf::liaison::v1;

// What follows a log's name in that of its registry, which the same key signs.
constexpr absl::string_view kRegistrySuffix = "/registry";

absl::Status Nothing(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("this proves nothing: ", why));
}

absl::StatusOr<record::Checkpoint> Open(const std::string& note, const record::NoteVerifier& key) {
  const auto opened = record::OpenNote(note, {key});
  if (!opened.ok()) return Nothing(opened.status().message());
  absl::StatusOr<record::Checkpoint> checkpoint = record::ParseCheckpoint(opened->text);
  if (!checkpoint.ok()) return Nothing(checkpoint.status().message());
  if (checkpoint->origin != key.name()) return Nothing("it is a checkpoint of another log");
  return checkpoint;
}

absl::StatusOr<std::string> CheckTwoHeads(const v1::OriginEvidence& evidence,
                                          const record::NoteVerifier& log) {
  const record::NoteVerifier registry = record::NoteVerifier::Of(
      absl::StrCat(log.name(), kRegistrySuffix), log.type(), log.public_key());
  const bool of_registry = !Open(evidence.notes(0), log).ok();
  const record::NoteVerifier& key = of_registry ? registry : log;
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint first, Open(evidence.notes(0), key));
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint second, Open(evidence.notes(1), key));
  if (first.size != second.size) return Nothing("the two heads are of different sizes");
  if (first.root == second.root) return Nothing("the two heads are the same");
  return absl::StrCat("the key of ", log.name(), " has signed two heads of its ",
                      of_registry ? "registry" : "log", " with ", first.size,
                      " entries and different roots: it shows one history to some and another to "
                      "others");
}

absl::StatusOr<std::string> CheckUnsigned(const v1::OriginEvidence& evidence,
                                          const record::NoteVerifier& log) {
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint head, Open(evidence.notes(0), log));
  const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(evidence.leaf());
  if (!leaf.ok()) return Nothing(leaf.status().message());
  if (leaf->sequence == 0) return Nothing("its leaf is none of a log");
  std::vector<record::Hash> proof;
  for (const std::string& bytes : evidence.proof()) {
    const absl::StatusOr<record::Hash> hash = record::Hash::Parse(bytes);
    if (!hash.ok()) return Nothing(hash.status().message());
    proof.push_back(*hash);
  }
  const absl::Status covered = record::VerifyInclusion(
      leaf->sequence - 1, head.size, record::LeafHash(evidence.leaf()), proof, head.root);
  if (!covered.ok()) return Nothing(covered.message());
  if (leaf->digest != record::EventDigest(evidence.header())) return Nothing("another header");
  if (leaf->attested()) return Nothing("nobody's signature stands in the leaf");
  if (!record::CheckPublicKey(evidence.public_key()).ok() ||
      record::KeyHash(evidence.public_key()) != leaf->key_hash) {
    return Nothing("the author's key is not the one in the leaf");
  }
  const absl::string_view signature(reinterpret_cast<const char*>(leaf->signature.data()),
                                    leaf->signature.size());
  if (record::VerifySignature(evidence.public_key(), record::kEventHeaderType, evidence.header(),
                              signature)) {
    return Nothing("the author has signed the event");
  }
  v1::EventHeader header;
  header.ParseFromString(evidence.header());
  return absl::StrCat("the key of ", log.name(), " has signed a log of ", head.size,
                      " entries whose entry ", leaf->sequence, ", in the name of ", header.author(),
                      ", bears a signature that is not by the key named beside it: that log says "
                      "what its author has not signed");
}

}  // namespace

absl::StatusOr<std::string> CheckConviction(const v1::OriginEvidence& evidence,
                                            const record::NoteVerifier& log) {
  if (evidence.notes_size() == 2 && evidence.leaf().empty()) return CheckTwoHeads(evidence, log);
  if (evidence.notes_size() == 1 && !evidence.leaf().empty()) return CheckUnsigned(evidence, log);
  return Nothing("neither two heads nor an event and a head that covers it");
}

absl::StatusOr<std::string> FormatTwoHeads(const v1::OriginEvidence& evidence,
                                           const record::NoteVerifier& log) {
  if (evidence.notes_size() != 2) return Nothing("there are no two heads in it");
  LIAISON_ASSIGN_OR_RETURN(const record::Checkpoint second, Open(evidence.notes(1), log));
  const Evidence heads{evidence.notes(0), evidence.notes(1), second.root, {}};
  LIAISON_RETURN_IF_ERROR(CheckEvidence(heads, log));
  return FormatEvidence(heads);
}

}  // namespace liaison::cli
