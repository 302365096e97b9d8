#include "server/domain/representation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "proto/record/macros.h"
#include "server/domain/columns.h"
#include "server/views/limits.h"
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
    if (Within(reading, scope, root)) add(reading.VoiceNow(root), 1);
  }
  return inputs;
}

// Everything that is known of one, but for its words: another organiser may meet on the same days,
// and of those who come and those who call in there may be figures of each.
using Meeting = std::tuple<std::string, std::string, std::string, std::string, int>;

Meeting MeetingOf(const Reading& reading, Index root) {
  const pb::EventHeader& header = reading.Header(reading.Latest(root));
  const std::string organiser = reading.ContributorOf(root);
  const pb::AttendanceFacts& facts = header.attendance();
  return {domain::IndependentOrganisation(organiser.empty() ? reading.AuthorOf(root) : organiser),
          header.cycle(), facts.starts_on(), facts.ends_on(), facts.mode()};
}

// Older logs have what anybody said.
bool HoldsMeetings(const Reading& reading, const std::string& author) {
  if (reading.IsOfKind(author, pb::ORGANISATION_KIND_SECRETARIAT)) return true;
  const pb::OrganisationFacts* const facts =
      reading.caller().registry->FindOrganisation(domain::IndependentOrganisation(author));
  return facts != nullptr && domain::IsNri(facts->kind()) && !facts->retired();
}

struct Attendances {
  std::vector<Index> counted;   // roots, ascending
  std::vector<Index> replaced;  // by a later one of the same meeting
};

// Of the cycle's meetings, or of those that began within the days.
Attendances AttendancesOf(const Reading& reading, const Scope& scope) {
  std::map<Meeting, Index> latest;
  Attendances attendances;
  for (Index root : reading.Roots(pb::EVENT_TYPE_ATTENDANCE)) {
    if (reading.Retracted(root) || !HoldsMeetings(reading, reading.AuthorOf(root))) continue;
    const pb::EventHeader& header = reading.Header(reading.Latest(root));
    if (!scope.cycle.empty() && header.cycle() != scope.cycle) continue;
    const pb::AttendanceFacts& facts = header.attendance();
    const pb::DateRange& days = scope.window.days();
    if (!days.starts_on().empty() && facts.starts_on() < days.starts_on()) continue;
    if (!days.ends_on().empty() && facts.starts_on() > days.ends_on()) continue;
    const auto [at, fresh] = latest.try_emplace(MeetingOf(reading, root), root);
    if (fresh) continue;
    Index replaced = root;
    if (reading.Latest(root) > reading.Latest(at->second)) std::swap(replaced, at->second);
    attendances.replaced.push_back(replaced);
  }
  for (const auto& [meeting, root] : latest) attendances.counted.push_back(root);
  std::sort(attendances.counted.begin(), attendances.counted.end());
  std::sort(attendances.replaced.begin(), attendances.replaced.end());
  return attendances;
}

const pb::AttendanceFacts& FactsOf(const Reading& reading, Index attendance) {
  return reading.Header(reading.Latest(attendance)).attendance();
}

domain::Breakdown ParticipantsOf(const Reading& reading, const Attendances& attendances) {
  domain::Breakdown participants;
  for (Index root : attendances.counted) {
    std::vector<const pb::Headcount*> rows;
    for (const pb::Headcount& row : FactsOf(reading, root).participants()) rows.push_back(&row);
    participants.AddMeeting(rows);
  }
  return participants;
}

// Which say something about a row, by its column.
std::map<std::string, std::set<Index>> ByColumn(const Reading& reading,
                                                const Attendances& attendances) {
  std::map<std::string, std::set<Index>> by_column;
  for (Index root : attendances.counted) {
    for (const pb::Headcount& row : FactsOf(reading, root).participants()) {
      if (row.count() == 0) continue;
      if (row.stakeholder_group() != pb::STAKEHOLDER_GROUP_UNSPECIFIED) {
        by_column[std::string(domain::ColumnOf(row.stakeholder_group()))].insert(root);
      }
      if (row.region() != pb::REGION_UNSPECIFIED) {
        by_column[std::string(domain::ColumnOf(row.region()))].insert(root);
      }
    }
  }
  return by_column;
}

void Name(const std::map<std::string, std::set<Index>>& by_column,
          google::protobuf::RepeatedPtrField<pb::RepresentationRow>* rows) {
  for (pb::RepresentationRow& row : *rows) {
    const auto behind = by_column.find(row.column());
    if (behind == by_column.end()) continue;
    row.set_attendances(static_cast<uint32_t>(behind->second.size()));
    for (Index root : behind->second) {
      if (static_cast<uint32_t>(row.attendance_sequences_size()) == kNamedAttendances) break;
      row.add_attendance_sequences(Reading::SequenceOf(root));
    }
  }
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
  const Attendances attendances = AttendancesOf(reading, scope);
  const domain::Representation representation = domain::Represent(
      InputsOf(reading, scope), ParticipantsOf(reading, attendances), InitiativesOf(reading));
  pb::GetRepresentationResponse response;
  *response.mutable_window() = scope.window;
  response.set_inputs(representation.inputs);
  response.set_participants(representation.participants);
  response.set_nris(representation.nris);
  Show(representation.by_stakeholder_group, response.mutable_by_stakeholder_group());
  Show(representation.by_region, response.mutable_by_region());
  const std::map<std::string, std::set<Index>> by_column = ByColumn(reading, attendances);
  Name(by_column, response.mutable_by_stakeholder_group());
  Name(by_column, response.mutable_by_region());
  response.set_attendances(static_cast<uint32_t>(attendances.counted.size()));
  for (Index root : attendances.replaced) {
    if (static_cast<uint32_t>(response.attendances_replaced_size()) == kNamedAttendances) break;
    response.add_attendances_replaced(Reading::SequenceOf(root));
  }
  for (const domain::Silence& silence : representation.silences) {
    response.add_silences(silence.text);
  }
  response.set_as_of_sequence(reading.Head());
  return response;
}

}  // namespace liaison::views
