#include "server/views/cycles.h"

#include <algorithm>

#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/views/carry_overs.h"
#include "server/views/decisions.h"
#include "server/views/requests.h"
#include "server/views/triage.h"
#include "server/views/views.h"

namespace liaison::views {
namespace {

constexpr size_t kMaxRows = 500;  // of each part: what does not fit has a list of its own

// What was carried on is not left.
bool IsLeftIn(const Reading& reading, const CarryOvers& carried, Index request,
              const std::string& cycle) {
  if (carried.out.count(request) > 0) return false;
  return reading.CycleOf(reading.Latest(request)) == cycle || carried.into.count(request) > 0;
}

}  // namespace

const pb::CycleFacts* FindCycle(const Reading& reading, absl::string_view cycle) {
  const pb::CycleFacts* found = nullptr;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CYCLE)) {
    const pb::CycleFacts& facts = reading.Header(index).cycle_facts();
    if (facts.cycle_id() == cycle) found = &facts;
  }
  return found;
}

absl::Status CheckCycle(const Reading& reading, absl::string_view cycle, absl::string_view field) {
  if (cycle.empty()) return record::FieldInvalid(field, "which? As 2027");
  if (FindCycle(reading, cycle) != nullptr || !reading.Inputs(cycle).empty()) {
    return absl::OkStatus();
  }
  return record::FieldInvalid(field, "no such cycle; ListCycles has them all");
}

std::string CycleBefore(const Reading& reading, absl::string_view cycle) {
  std::string before;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CYCLE)) {
    const std::string& id = reading.Header(index).cycle_facts().cycle_id();
    if (id < cycle && id > before) before = id;
  }
  return before;
}

absl::StatusOr<pb::GetCycleOpeningResponse> GetCycleOpening(
    const Reading& reading, const pb::GetCycleOpeningRequest& request) {
  if (FindCycle(reading, request.cycle()) == nullptr) {
    return record::FieldInvalid("cycle", "no such cycle");
  }
  pb::GetCycleOpeningResponse response;
  response.set_from_cycle(request.from_cycle().empty() ? CycleBefore(reading, request.cycle())
                                                       : request.from_cycle());
  if (response.from_cycle().empty()) return response;
  LIAISON_RETURN_IF_ERROR(CheckCycle(reading, response.from_cycle(), "from_cycle"));

  std::vector<DecisionNow> unfinished;
  for (DecisionNow& one : DecisionsNow(reading, response.from_cycle())) {
    const bool outcome = LatestReport(reading, one.decision, pb::EVENT_TYPE_OUTCOME).has_value();
    const pb::DecisionState state = one.facts.state();
    if (state == pb::DECISION_STATE_COMPLETED || outcome) {
      LIAISON_ASSIGN_OR_RETURN(*response.add_outcomes(),
                               ToProto(reading, one.decision, /*brief=*/true));
    }
    if (IsUnfinished(state)) unfinished.push_back(std::move(one));
  }
  const auto priority = [](const DecisionNow& one) {
    return one.facts.priority() == 0 ? UINT32_MAX : one.facts.priority();
  };
  std::stable_sort(
      unfinished.begin(), unfinished.end(),
      [&](const DecisionNow& a, const DecisionNow& b) { return priority(a) < priority(b); });
  for (const DecisionNow& one : unfinished) {
    LIAISON_ASSIGN_OR_RETURN(*response.add_unfinished(),
                             ToProto(reading, one.decision, /*brief=*/true));
  }
  const CarryOvers last = CarryOversOf(reading, response.from_cycle());
  for (const RequestRow& row : Requests(reading)) {
    if (!Waits(row.state) || !IsLeftIn(reading, last, row.request, response.from_cycle())) continue;
    if (response.open_requests_size() == static_cast<int>(kMaxRows)) break;
    LIAISON_ASSIGN_OR_RETURN(*response.add_open_requests(),
                             ToProto(reading, row, UsualReminders()));
  }
  for (Index input : Undisposed(reading, response.from_cycle())) {
    if (response.undisposed_size() == static_cast<int>(kMaxRows)) break;
    LIAISON_ASSIGN_OR_RETURN(*response.add_undisposed(), reading.Summary(input));
  }
  const CarryOvers carried = CarryOversOf(reading, request.cycle());
  for (const auto& [item, brought] : carried.into) {
    LIAISON_ASSIGN_OR_RETURN(*response.add_carried_over(), reading.Summary(item));
  }
  return response;
}

}  // namespace liaison::views
