// Subscriptions as rows of the hub's control state.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_BOOK_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_BOOK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/sequencer/proposal.h"
#include "server/subscriptions/state.h"
#include "storage/event_log.h"

namespace liaison::subscriptions {

// row   key                                       value
// head  "subscription/" owner ":" name            rows::Subscription
// entry "subscription-entry/" uid sequence:u64be  rows::Entry
// dead  "subscription-dead/" uid sequence:u64be   rows::DeadLetter
//
// DO NOT CHANGE THESE: they are on disk.

std::string HeadKey(absl::string_view owner, absl::string_view name);
// In front of the heads of one owner.
std::string HeadPrefix(absl::string_view owner);

// nullopt where there is none. DATA_LOSS where rows do not parse.
absl::StatusOr<std::optional<State>> LoadState(const storage::EventLog& log,
                                               absl::string_view owner, absl::string_view name);
// At most `limit` of that owner, after that name, in order; without entries.
absl::StatusOr<std::vector<rows::Subscription>> ListHeads(const storage::EventLog& log,
                                                          absl::string_view owner,
                                                          absl::string_view after, size_t limit);
absl::StatusOr<std::optional<rows::DeadLetter>> ReadDeadLetter(const storage::EventLog& log,
                                                               absl::string_view uid,
                                                               uint64_t sequence);

// The change as one write, which happens only where the head's row is the one before it.
sequencer::ControlChange ToControl(const State& before, const Change& change);
// Of a new one, where there must be none; and of one that goes with all that is its.
sequencer::ControlChange CreateControl(const rows::Subscription& head);
sequencer::ControlChange DeleteControl(const State& state);

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_BOOK_H_
