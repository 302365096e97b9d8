#include "server/views/cycles.h"

#include <algorithm>
#include <utility>

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

// The first kMaxRows: requests are looked at until there are so many, and of other cycles none.
std::vector<RequestRow> OpenRequestsLeftIn(const Reading& reading, const CarryOvers& carried,
                                           const std::string& cycle) {
  std::vector<Index> left = reading.Asking();
  left.erase(std::remove_if(left.begin(), left.end(),
                            [&](Index root) { return !IsLeftIn(reading, carried, root, cycle); }),
             left.end());
  std::vector<RequestRow> open;
  for (size_t i = 0; i < left.size(); ++i) {
    ReadStretch(reading, left, i, Itself, Reading::Ahead::kHeaders);
    for (RequestRow& row : RequestsOf(reading, left[i])) {
      if (!Waits(row.state)) continue;
      if (open.size() == kMaxRows) return open;
      open.push_back(std::move(row));
    }
  }
  return open;
}

}  // namespace

absl::Status CheckCycle(const Reading& reading, absl::string_view cycle, absl::string_view field) {
  if (cycle.empty()) return record::FieldInvalid(field, "which? As 2027");
  if (FindCycle(reading, cycle) != nullptr || !reading.Inputs(cycle).empty()) {
    return absl::OkStatus();
  }
  return record::FieldInvalid(field, "no such cycle; ListCycles has them all");
}

Cycles CyclesOf(const Reading& reading) {
  Cycles cycles;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CYCLE)) {
    const pb::CycleFacts& facts = reading.Header(index).cycle_facts();
    cycles[facts.cycle_id()] = &facts;
  }
  return cycles;
}

const pb::CycleFacts* FindCycle(const Reading& reading, absl::string_view cycle) {
  const Cycles cycles = CyclesOf(reading);
  const auto found = cycles.find(cycle);
  return found == cycles.end() ? nullptr : found->second;
}

std::string BeginOf(const pb::CycleFacts& cycle) {
  std::string begins;
  for (const pb::Phase& phase : cycle.phases()) {
    if (begins.empty() || phase.starts_on() < begins) begins = phase.starts_on();
  }
  return begins;
}

std::string CycleBefore(const Reading& reading, absl::string_view cycle) {
  const Cycles cycles = CyclesOf(reading);
  const auto self = cycles.find(cycle);
  const std::string begins = self == cycles.end() ? "" : BeginOf(*self->second);
  // Of those of which it is known both begin dates decide; of the others the names do.
  std::pair<std::string, std::string> by_date;
  std::string by_name;
  for (const auto& [name, facts] : cycles) {
    const std::string other = BeginOf(*facts);
    if (!begins.empty() && !other.empty()) {
      if (other < begins) by_date = std::max(by_date, {other, name});
    } else if (name < cycle) {
      by_name = name;
    }
  }
  return by_date.second.empty() ? by_name : by_date.second;
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
    const pb::DecisionState state = one.facts.state();
    if (state == pb::DECISION_STATE_COMPLETED || one.outcome) {
      LIAISON_ASSIGN_OR_RETURN(*response.add_outcomes(), ToProto(reading, one, /*brief=*/true));
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
    LIAISON_ASSIGN_OR_RETURN(*response.add_unfinished(), ToProto(reading, one, /*brief=*/true));
  }
  const CarryOvers last = CarryOversOf(reading, response.from_cycle());
  const std::vector<RequestRow> requests = OpenRequestsLeftIn(reading, last, response.from_cycle());
  const auto request_of = [](const RequestRow& row) { return row.request; };
  for (size_t i = 0; i < requests.size(); ++i) {
    ReadStretch(reading, requests, i, request_of);
    LIAISON_ASSIGN_OR_RETURN(*response.add_open_requests(),
                             ToProto(reading, requests[i], UsualReminders()));
  }
  const std::vector<Index> undisposed = Undisposed(reading, response.from_cycle(), kMaxRows);
  for (size_t i = 0; i < undisposed.size(); ++i) {
    ReadStretch(reading, undisposed, i, Itself);
    LIAISON_ASSIGN_OR_RETURN(*response.add_undisposed(), reading.Summary(undisposed[i]));
  }
  const CarryOvers carried = CarryOversOf(reading, request.cycle());
  for (const auto& [item, brought] : carried.into) {
    LIAISON_ASSIGN_OR_RETURN(*response.add_carried_over(), reading.Summary(item));
  }
  return response;
}

}  // namespace liaison::views
