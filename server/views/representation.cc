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

// Who stands behind the inputs of one row.
struct Behind {
  std::set<std::string> organisations;
  uint64_t of_individuals = 0;
  std::set<std::string> recorders;
};

struct Inputs {
  domain::Breakdown counts;
  std::map<pb::StakeholderGroup, Behind> by_group;
  std::map<pb::Region, Behind> by_region;
};

Inputs InputsOf(const Reading& reading, const Scope& scope) {
  Inputs inputs;
  const auto add = [&](uint32_t number, uint64_t count) {
    const Voice& voice = reading.VoiceAt(number);
    const domain::Contributor contributor = ContributorOf(reading, voice);
    inputs.counts.Add(contributor.group, contributor.region, count);
    for (Behind* behind :
         {&inputs.by_group[contributor.group], &inputs.by_region[contributor.region]}) {
      if (voice.contributor.empty()) {
        behind->of_individuals += count;
      } else {
        behind->organisations.insert(domain::IndependentOrganisation(contributor.organisation));
      }
      behind->recorders.insert(domain::IndependentOrganisation(voice.author));
    }
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

// Older logs have what anybody said. Who was there is true after an initiative has retired.
bool HoldsMeetings(const Reading& reading, const std::string& author) {
  if (reading.IsOfKind(author, pb::ORGANISATION_KIND_SECRETARIAT)) return true;
  const pb::OrganisationFacts* const facts =
      reading.caller().registry->FindOrganisation(domain::IndependentOrganisation(author));
  return facts != nullptr && domain::IsNri(facts->kind());
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

struct Initiatives {
  domain::Breakdown counts;
  std::map<pb::StakeholderGroup, std::vector<std::string>> by_group;  // their names
  std::map<pb::Region, std::vector<std::string>> by_region;
};

// Those that are registered now: an initiative is there before it says anything.
Initiatives InitiativesOf(const Reading& reading) {
  Initiatives initiatives;
  for (const auto& [name, facts] : reading.caller().registry->organisations()) {
    if (!domain::IsNri(facts.kind()) || facts.retired()) continue;
    initiatives.counts.Add(facts.stakeholder_group(), facts.region());
    initiatives.by_group[facts.stakeholder_group()].push_back(name);
    initiatives.by_region[facts.region()].push_back(name);
  }
  return initiatives;
}

template <typename Key>
void ShowBehind(const std::map<Key, Behind>& behind,
                const std::map<Key, std::vector<std::string>>& initiatives,
                google::protobuf::RepeatedPtrField<pb::RepresentationRow>* rows) {
  std::map<std::string, pb::RepresentationRow*> by_column;
  for (pb::RepresentationRow& row : *rows) by_column[row.column()] = &row;
  for (const auto& [key, one] : behind) {
    const auto at = by_column.find(std::string(domain::ColumnOf(key)));
    if (at == by_column.end()) continue;
    at->second->set_organisations(static_cast<uint32_t>(one.organisations.size()));
    at->second->set_of_individuals(one.of_individuals);
    at->second->set_recorders(static_cast<uint32_t>(one.recorders.size()));
  }
  for (const auto& [key, names] : initiatives) {
    const auto at = by_column.find(std::string(domain::ColumnOf(key)));
    if (at == by_column.end()) continue;
    for (const std::string& name : names) {
      if (at->second->nri_names_size() == static_cast<int>(kNamedInitiatives)) break;
      at->second->add_nri_names(name);
    }
  }
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
  const Inputs inputs = InputsOf(reading, scope);
  const Initiatives initiatives = InitiativesOf(reading);
  const domain::Representation representation =
      domain::Represent(inputs.counts, ParticipantsOf(reading, attendances), initiatives.counts);
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
  ShowBehind(inputs.by_group, initiatives.by_group, response.mutable_by_stakeholder_group());
  ShowBehind(inputs.by_region, initiatives.by_region, response.mutable_by_region());
  response.set_attendances(static_cast<uint32_t>(attendances.counted.size()));
  for (Index root : attendances.replaced) {
    if (static_cast<uint32_t>(response.attendances_replaced_size()) == kNamedAttendances) break;
    response.add_attendances_replaced(Reading::SequenceOf(root));
  }
  for (const domain::Silence& silence : representation.silences) {
    response.add_silences(domain::InEnglish(silence.sentence));
    *response.add_silence_sentences() = silence.sentence;
  }
  response.set_as_of_sequence(reading.Head());
  return response;
}

}  // namespace liaison::views
