#include "server/domain/rows.h"

#include "absl/strings/str_cat.h"

namespace liaison::domain {
namespace {

constexpr absl::string_view kNul("\0", 1);

std::string Key(RowKind kind, absl::string_view a, absl::string_view b = "",
                absl::string_view c = "", absl::string_view d = "") {
  return absl::StrCat(std::string(1, static_cast<char>(kind)), a, b, c, d);
}

}  // namespace

std::string RevisionKey(const record::Hash& root) { return Key(RowKind::kRevision, root.bytes()); }
std::string DecisionKey(const record::Hash& root) { return Key(RowKind::kDecision, root.bytes()); }
std::string PositionKey(const record::Hash& target, absl::string_view holder) {
  return Key(RowKind::kPosition, target.bytes(), holder);
}
std::string RequestKey(const record::Hash& root, absl::string_view addressee) {
  return Key(RowKind::kRequest, root.bytes(), addressee);
}
std::string InputKey(const record::Hash& root) { return Key(RowKind::kInput, root.bytes()); }
std::string EvaluationKey(absl::string_view cycle) {
  return Key(RowKind::kEvaluation, cycle, kNul);
}
std::string EvaluationKey(absl::string_view cycle, const record::Hash& candidate,
                          absl::string_view author) {
  return Key(RowKind::kEvaluation, cycle, kNul, candidate.bytes(), author);
}
std::string TranslationKey(const record::Hash& root, absl::string_view language) {
  return Key(RowKind::kTranslation, root.bytes(), language);
}
std::string GroupingKey(const record::Hash& root) { return Key(RowKind::kGrouping, root.bytes()); }
std::string LiaisonKey(absl::string_view from, absl::string_view to) {
  return Key(RowKind::kLiaison, from, kNul, to);
}
std::string CarriedOverKey(absl::string_view cycle) {
  return Key(RowKind::kCarriedOver, cycle, kNul);
}
std::string CarriedOverKey(absl::string_view cycle, const record::Hash& item) {
  return Key(RowKind::kCarriedOver, cycle, kNul, item.bytes());
}

std::string ListKey(RowKind list, absl::string_view name) { return Key(list, name, kNul); }
std::string ListKey(RowKind list, absl::string_view name, uint64_t sequence) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, sequence >>= 8) bytes[i] = static_cast<char>(sequence & 0xff);
  return Key(list, name, kNul, bytes);
}
std::string ConsidersKey(const record::Hash& decision) {
  return Key(RowKind::kConsiders, decision.bytes());
}
std::string ConsidersKey(const record::Hash& decision, const record::Hash& considered) {
  return Key(RowKind::kConsiders, decision.bytes(), considered.bytes());
}
std::string GroupsOfKey(const record::Hash& member) {
  return Key(RowKind::kGroupsOf, member.bytes());
}
std::string GroupsOfKey(const record::Hash& member, const record::Hash& group) {
  return Key(RowKind::kGroupsOf, member.bytes(), group.bytes());
}
std::string ErasedAheadKey(absl::string_view target) { return Key(RowKind::kErasedAhead, target); }
std::string ErasedAheadKey(absl::string_view target, const record::Hash& origin, int section) {
  return Key(RowKind::kErasedAhead, target, origin.bytes(), absl::StrCat(section));
}

}  // namespace liaison::domain
