#include "server/subscriptions/book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/sequencer/row.h"

namespace liaison::subscriptions {
namespace {

using storage::Table;

constexpr size_t kRowsAtOnce = 1000;

std::string EntryPrefix(absl::string_view uid) { return absl::StrCat("subscription-entry/", uid); }
std::string DeadPrefix(absl::string_view uid) { return absl::StrCat("subscription-dead/", uid); }

std::string EntryKey(absl::string_view uid, uint64_t sequence) {
  return absl::StrCat(EntryPrefix(uid), sequencer::EncodeSequence(sequence));
}
std::string DeadKey(absl::string_view uid, uint64_t sequence) {
  return absl::StrCat(DeadPrefix(uid), sequencer::EncodeSequence(sequence));
}

// Calls visit(sequence, value) for every row with that prefix.
template <typename Visit>
absl::Status ForEachRow(const storage::EventLog& log, const std::string& prefix,
                        const Visit& visit) {
  std::string after;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> page,
                             log.ListRows(Table::kControl, prefix, after, kRowsAtOnce));
    for (const auto& row : page) {
      const uint64_t sequence =
          sequencer::DecodeSequence(absl::string_view(row.key).substr(prefix.size()));
      if (sequence == 0 || !visit(sequence, row.value)) {
        return absl::DataLossError("a row of a subscription does not parse");
      }
    }
    if (page.size() < kRowsAtOnce) return absl::OkStatus();
    after = page.back().key;
  }
}

}  // namespace

std::string HeadPrefix(absl::string_view owner) {
  return absl::StrCat("subscription/", owner, ":");
}
std::string HeadKey(absl::string_view owner, absl::string_view name) {
  return absl::StrCat(HeadPrefix(owner), name);
}

absl::StatusOr<std::optional<State>> LoadState(const storage::EventLog& log,
                                               absl::string_view owner, absl::string_view name) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                           log.GetRow(Table::kControl, HeadKey(owner, name)));
  if (!row) return std::optional<State>();
  State state;
  if (!state.head.ParseFromString(*row)) {
    return absl::DataLossError("the row of a subscription does not parse");
  }
  LIAISON_RETURN_IF_ERROR(ForEachRow(log, EntryPrefix(state.head.uid()),
                                     [&](uint64_t sequence, const std::string& value) {
                                       return state.entries[sequence].ParseFromString(value);
                                     }));
  LIAISON_RETURN_IF_ERROR(
      ForEachRow(log, DeadPrefix(state.head.uid()), [&](uint64_t sequence, const std::string&) {
        return state.dead_letters.insert(sequence).second;
      }));
  return std::optional<State>(std::move(state));
}

absl::StatusOr<std::vector<rows::Subscription>> ListHeads(const storage::EventLog& log,
                                                          absl::string_view owner,
                                                          absl::string_view after, size_t limit) {
  const std::string prefix = HeadPrefix(owner);
  LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> page,
                           log.ListRows(Table::kControl, prefix,
                                        after.empty() ? "" : absl::StrCat(prefix, after), limit));
  std::vector<rows::Subscription> heads(page.size());
  for (size_t i = 0; i < page.size(); ++i) {
    if (!heads[i].ParseFromString(page[i].value)) {
      return absl::DataLossError("the row of a subscription does not parse");
    }
  }
  return heads;
}

absl::StatusOr<std::optional<rows::DeadLetter>> ReadDeadLetter(const storage::EventLog& log,
                                                               absl::string_view uid,
                                                               uint64_t sequence) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                           log.GetRow(Table::kControl, DeadKey(uid, sequence)));
  if (!row) return std::optional<rows::DeadLetter>();
  rows::DeadLetter letter;
  if (!letter.ParseFromString(*row)) {
    return absl::DataLossError("the row of a dead letter does not parse");
  }
  return std::optional<rows::DeadLetter>(std::move(letter));
}

sequencer::ControlChange ToControl(const State& before, const Change& change) {
  sequencer::ControlChange control;
  control.key = HeadKey(before.head.owner(), before.head.name());
  control.expected = before.head.SerializeAsString();
  control.value = change.head.SerializeAsString();
  control.also.reserve(change.entries.size() + change.dead_letters.size());
  const std::string& uid = before.head.uid();
  for (const auto& [sequence, entry] : change.entries) {
    control.also.push_back({EntryKey(uid, sequence),
                            entry ? std::make_optional(entry->SerializeAsString()) : std::nullopt});
  }
  for (const auto& [sequence, letter] : change.dead_letters) {
    control.also.push_back(
        {DeadKey(uid, sequence),
         letter ? std::make_optional(letter->SerializeAsString()) : std::nullopt});
  }
  return control;
}

sequencer::ControlChange CreateControl(const rows::Subscription& head) {
  sequencer::ControlChange control;
  control.key = HeadKey(head.owner(), head.name());
  control.value = head.SerializeAsString();
  return control;
}

sequencer::ControlChange DeleteControl(const State& state) {
  sequencer::ControlChange control;
  control.key = HeadKey(state.head.owner(), state.head.name());
  control.expected = state.head.SerializeAsString();
  for (const auto& entry : state.entries) {
    control.also.push_back({EntryKey(state.head.uid(), entry.first), std::nullopt});
  }
  for (uint64_t sequence : state.dead_letters) {
    control.also.push_back({DeadKey(state.head.uid(), sequence), std::nullopt});
  }
  return control;
}

}  // namespace liaison::subscriptions
