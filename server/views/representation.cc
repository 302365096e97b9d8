#include "server/domain/representation.h"

#include <map>
#include <utility>
#include <vector>

#include "proto/record/macros.h"
#include "server/domain/columns.h"
#include "server/views/views.h"
#include "server/views/window.h"

namespace liaison::views {
namespace {

domain::Breakdown InputsOf(const Reading& reading, const Scope& scope) {
  domain::Breakdown inputs;
  const auto add = [&](uint32_t voice, uint64_t count) {
    const domain::Contributor contributor = ContributorOf(reading, reading.VoiceAt(voice));
    inputs.Add(contributor.group, contributor.region, count);
  };
  std::map<uint32_t, uint64_t> by_voice;
  for (const Cell* cell : reading.CellsOf(scope.cycle)) {
    by_voice[cell->key.voice] += Within(scope, *cell).size();
  }
  for (const auto& [voice, count] : by_voice) {
    if (count > 0) add(voice, count);
  }
  for (Index root : reading.InputsByReader(scope.cycle)) {
    if (Within(reading, scope, root)) add(reading.at(root).voice, 1);
  }
  return inputs;
}

// Of the cycle's meetings, or of those that began within the days.
domain::Breakdown ParticipantsOf(const Reading& reading, const Scope& scope) {
  domain::Breakdown participants;
  for (Index root : reading.Roots(pb::EVENT_TYPE_ATTENDANCE)) {
    if (reading.Retracted(root)) continue;
    const pb::EventHeader& header = reading.Header(reading.Latest(root));
    if (!scope.cycle.empty() && header.cycle() != scope.cycle) continue;
    const pb::AttendanceFacts& facts = header.attendance();
    const pb::DateRange& days = scope.window.days();
    if (!days.starts_on().empty() && facts.starts_on() < days.starts_on()) continue;
    if (!days.ends_on().empty() && facts.starts_on() > days.ends_on()) continue;
    std::vector<const pb::Headcount*> rows;
    for (const pb::Headcount& row : facts.participants()) rows.push_back(&row);
    participants.AddMeeting(rows);
  }
  return participants;
}

// Those that are registered now: an initiative is there before it says anything.
domain::Breakdown InitiativesOf(const Reading& reading) {
  domain::Breakdown initiatives;
  for (const auto& [name, facts] : reading.caller().registry->organisations()) {
    if (domain::IsNri(facts.kind()) && !facts.retired()) {
      initiatives.Add(facts.stakeholder_group(), facts.region());
    }
  }
  return initiatives;
}

void Show(const std::vector<domain::RepresentationRow>& rows,
          google::protobuf::RepeatedPtrField<pb::RepresentationRow>* shown) {
  for (const domain::RepresentationRow& row : rows) {
    pb::RepresentationRow& one = *shown->Add();
    one.set_column(row.column);
    one.set_inputs(row.inputs);
    one.set_participants(row.participants);
    one.set_nris(row.nris);
    if (row.share_of_inputs) one.set_share_of_inputs(*row.share_of_inputs);
    if (row.share_of_participants) one.set_share_of_participants(*row.share_of_participants);
    if (row.share_of_nris) one.set_share_of_nris(*row.share_of_nris);
    if (row.inputs_to_participants) one.set_inputs_to_participants(*row.inputs_to_participants);
    if (row.inputs_to_nris) one.set_inputs_to_nris(*row.inputs_to_nris);
  }
}

}  // namespace

absl::StatusOr<pb::GetRepresentationResponse> GetRepresentation(
    const Reading& reading, const pb::GetRepresentationRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const Scope scope, ScopeOf(reading, request.window()));
  const domain::Representation representation = domain::Represent(
      InputsOf(reading, scope), ParticipantsOf(reading, scope), InitiativesOf(reading));
  pb::GetRepresentationResponse response;
  *response.mutable_window() = scope.window;
  response.set_inputs(representation.inputs);
  response.set_participants(representation.participants);
  response.set_nris(representation.nris);
  Show(representation.by_stakeholder_group, response.mutable_by_stakeholder_group());
  Show(representation.by_region, response.mutable_by_region());
  for (const domain::Silence& silence : representation.silences) {
    response.add_silences(silence.text);
  }
  response.set_as_of_sequence(reading.Head());
  return response;
}

}  // namespace liaison::views
