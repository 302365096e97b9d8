// The rows of life cycles: how they are found.
#ifndef LIAISON_SERVER_DOMAIN_ROWS_H_
#define LIAISON_SERVER_DOMAIN_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "server/domain/rows.pb.h"

namespace liaison::domain {

// One letter of kind, then what it is about. Names end with a NUL where something follows, digests
// have 32 bytes, sequences eight, big-endian. A plain signal has no row: its header says all that
// there is. DO NOT CHANGE THESE LETTERS: they stand on disk.
enum class RowKind : char {
  kRevision = 'v',     // root -> rows::Revision
  kDecision = 'd',     // root -> rows::Decision
  kPosition = 'p',     // target's root, HolderOf -> rows::Position
  kRequest = 'q',      // root, addressee -> rows::Request
  kInput = 'i',        // root -> rows::Input
  kEvaluation = 'x',   // cycle NUL, candidate's root, author -> rows::Evaluation
  kTranslation = 't',  // root, language -> rows::Translation
  kGrouping = 'g',     // root -> rows::Grouping
  kLiaison = 'l',      // from NUL, to -> rows::Liaison
  kCarriedOver = 'o',  // to cycle NUL, item's root -> rows::CarriedOver
  kErasedAhead = 'e',  // digest of what has not come, origin, section -> its redaction's digest

  // Lists. The value is the digest of the root.
  kConsiders = 'c',     // decision's root, root of what a version considers
  kRequestsTo = 'Q',    // addressee NUL, sequence
  kRequestsFrom = 'R',  // author NUL, sequence
  kDecisionsOf = 'D',   // cycle NUL, sequence: every cycle that it was ever in
  kGroupsOf = 'G',      // member's root, group's root
};

std::string RevisionKey(const record::Hash& root);
std::string DecisionKey(const record::Hash& root);
// Prefix of all positions on it; with whose it is (HolderOf), the key of one.
std::string PositionKey(const record::Hash& target, absl::string_view holder = "");
std::string RequestKey(const record::Hash& root, absl::string_view addressee = "");
std::string InputKey(const record::Hash& root);
// Prefix of all evaluations of a cycle; of a candidate in it; of one author.
std::string EvaluationKey(absl::string_view cycle);
std::string EvaluationKey(absl::string_view cycle, const record::Hash& candidate,
                          absl::string_view author = "");
std::string TranslationKey(const record::Hash& root, absl::string_view language = "");
std::string GroupingKey(const record::Hash& root);
std::string LiaisonKey(absl::string_view from, absl::string_view to = "");
// Prefix of all that the cycle took over.
std::string CarriedOverKey(absl::string_view cycle);
std::string CarriedOverKey(absl::string_view cycle, const record::Hash& item);

// Prefix of a list; its row for the event of that sequence.
std::string ListKey(RowKind list, absl::string_view name);
std::string ListKey(RowKind list, absl::string_view name, uint64_t sequence);
// Prefix of what its versions consider; the row of one of these.
std::string ConsidersKey(const record::Hash& decision);
std::string ConsidersKey(const record::Hash& decision, const record::Hash& considered);
// Prefix of the groups that it is or was a member of; the row of one of them.
std::string GroupsOfKey(const record::Hash& member);
std::string GroupsOfKey(const record::Hash& member, const record::Hash& group);
// Prefix of the redactions that came before what they erase; the row of the one that an origin, by
// the hash of its name, has of one section: as many as it says there may be.
std::string ErasedAheadKey(absl::string_view target);
std::string ErasedAheadKey(absl::string_view target, const record::Hash& origin, int section);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_ROWS_H_
