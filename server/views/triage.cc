#include "server/views/triage.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/reading_plan.h"
#include "server/domain/roles.h"
#include "server/views/cycles.h"
#include "server/views/groups.h"
#include "server/views/views.h"
#include "server/views/window.h"

namespace liaison::views {
namespace {

constexpr size_t kMaxPlannedReadings = 10'000;
constexpr uint32_t kUsualReaders = 2;
constexpr uint32_t kUsualWordsPerMinute = 200;

// Words between blanks; scripts that write without blanks count two characters for a word.
uint64_t WordsIn(absl::string_view text) {
  uint64_t words = 0;
  uint64_t dense = 0;
  bool inside = false;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (byte >= 0xe3 && byte <= 0xe9) ++dense;  // leads a character of East Asia
    if (!blank && !inside) ++words;
    inside = !blank;
  }
  return words + dense / 2;
}

void CountWords(const google::protobuf::Message& message, uint64_t* words) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        // The same words in other languages are read once.
        if (field->name() == "other_languages") continue;
        CountWords(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                        : reflection->GetMessage(message, field),
                   words);
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        *words += WordsIn(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                               : reflection->GetString(message, field));
      }
    }
  }
}

// Of the cycle, and carried into it; what was carried on is read there.
std::vector<Index> InputsToRead(const Reading& reading, const std::string& cycle) {
  const CarryOvers carried = CarryOversOf(reading, cycle);
  std::vector<Index> inputs = reading.Inputs(cycle);
  const std::vector<Index> by_one = InputsOneByOne(reading, carried, cycle);
  inputs.insert(inputs.end(), by_one.begin(), by_one.end());
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](Index input) {
                                return reading.Retracted(input) || carried.out.count(input) > 0;
                              }),
               inputs.end());
  return inputs;
}

// Every seat of a body of that kind.
std::vector<std::string> Seats(const Reading& reading) {
  std::vector<std::string> seats;
  for (Index index : reading.OfType(pb::EVENT_TYPE_ORGANISATION)) {
    const std::string& name = reading.Header(index).organisation().organisation();
    if (!domain::IsSeat(*reading.caller().registry, name)) continue;
    if (std::find(seats.begin(), seats.end(), name) == seats.end()) seats.push_back(name);
  }
  std::sort(seats.begin(), seats.end());
  return seats;
}

// Whether it was declared about the input itself or about a group that holds it.
std::set<std::string> ConflictsAbout(const Reading& reading, Index input) {
  std::vector<Index> about = {input};
  for (const Group& group : GroupsOf(reading, input)) about.push_back(group.root);
  std::set<std::string> seats;
  for (Index one : about) {
    for (Index index : reading.Naming(one, pb::RELATION_EVALUATES)) {
      if (reading.Retracted(index)) continue;
      const pb::EventHeader& header = reading.Header(index);
      if (header.evaluation().conflict()) seats.insert(header.author());
    }
  }
  return seats;
}

// A seat that evaluated an input, or said what becomes of it, has read it. What the secretariat or
// the MAG as a whole says of it is nobody's reading: which of them read it, no record tells.
std::vector<domain::Reader> Readers(const Reading& reading, const std::vector<std::string>& seats,
                                    const std::vector<Index>& inputs) {
  std::map<std::string, domain::Reader> readers;
  for (const std::string& seat : seats) readers[seat].seat = seat;
  for (Index input : inputs) {
    const std::string id = KeyOf(reading.SequenceOf(input));
    for (Index index : reading.Naming(input)) {
      const pb::EventHeader& header = reading.Header(index);
      auto reader = readers.find(reading.AuthorOf(index));
      if (reader == readers.end() || reading.Retracted(index)) continue;
      if (header.type() == pb::EVENT_TYPE_DISPOSITION ||
          (header.type() == pb::EVENT_TYPE_EVALUATION && !header.evaluation().conflict())) {
        reader->second.read.insert(id);
      }
    }
    for (const std::string& seat : ConflictsAbout(reading, input)) {
      const auto reader = readers.find(seat);
      if (reader != readers.end()) reader->second.conflicts.insert(id);
    }
    auto own = readers.find(reading.AuthorOf(input));
    if (own != readers.end()) own->second.conflicts.insert(id);
  }
  std::vector<domain::Reader> list;
  list.reserve(seats.size());
  for (const std::string& seat : seats) list.push_back(readers[seat]);
  return list;
}

// True iff what it went into is there no more; whatever was said by way of it waits again, until
// that comes back.
bool IsGone(const Reading& reading, Index into) {
  const Index root = reading.RootOf(into);
  if (reading.Retracted(root)) return true;
  const pb::EventHeader& latest = reading.Header(reading.Latest(root));
  return latest.grouping().action() == pb::GROUPING_ACTION_DISSOLVE ||
         latest.decision().state() == pb::DECISION_STATE_WITHDRAWN;
}

bool SaysTheSame(const DispositionOfInput& one, const DispositionOfInput& other) {
  return one.kind == other.kind && one.into == other.into;
}

// In order; of those that are undone too.
std::vector<DispositionOfInput> EverSaid(const Reading& reading, Index input) {
  std::vector<Index> naming = reading.Naming(reading.RootOf(input));
  naming.erase(std::remove_if(naming.begin(), naming.end(),
                              [&](Index index) {
                                return reading.TypeOf(index) != pb::EVENT_TYPE_DISPOSITION ||
                                       reading.Retracted(index);
                              }),
               naming.end());
  if (naming.empty()) return {};
  std::set<std::string> digests;
  for (Index version : reading.Chain(input)) digests.insert(reading.DigestOf(version));
  std::map<Index, DispositionOfInput> found;  // by chain: its latest version that names the input
  for (Index index : naming) {
    const pb::EventHeader& header = reading.Header(index);
    for (const pb::DisposedInput& disposed : header.disposition().inputs()) {
      if (digests.count(disposed.input()) == 0) continue;
      DispositionOfInput disposition{index, index, disposed.kind(), std::nullopt, false};
      if (disposed.kind() == pb::DISPOSITION_KIND_TAKEN_UP ||
          disposed.kind() == pb::DISPOSITION_KIND_MERGED) {
        disposition.into = reading.FindQuietly(header.disposition().into());
      }
      const auto before = found.find(reading.RootOf(index));
      if (before != found.end() && SaysTheSame(before->second, disposition)) {
        disposition.since = before->second.since;
      }
      found[reading.RootOf(index)] = disposition;
    }
  }
  std::vector<DispositionOfInput> dispositions;
  dispositions.reserve(found.size());
  for (const auto& [chain, disposition] : found) {
    dispositions.push_back(disposition);
    dispositions.back().undone = disposition.into && IsGone(reading, *disposition.into);
  }
  return dispositions;
}

}  // namespace

std::vector<DispositionOfInput> AllDispositionsOf(const Reading& reading, Index input) {
  std::vector<DispositionOfInput> said = EverSaid(reading, input);
  // What one hub says of it supersedes nothing that another one says.
  std::map<std::string, DispositionOfInput> by_hub;
  for (const DispositionOfInput& one : said) {
    if (one.undone) continue;
    const auto [last, fresh] = by_hub.try_emplace(reading.VoiceOf(one.event).origin, one);
    if (!fresh && one.since > last->second.since) last->second = one;
  }
  for (DispositionOfInput& one : said) {
    const DispositionOfInput in_force = by_hub[reading.VoiceOf(one.event).origin];
    const bool both_take_it_up =
        one.kind == pb::DISPOSITION_KIND_TAKEN_UP && in_force.kind == pb::DISPOSITION_KIND_TAKEN_UP;
    one.superseded = one.undone || (one.event != in_force.event && !both_take_it_up);
  }
  return said;
}

std::vector<DispositionOfInput> DispositionsOf(const Reading& reading, Index input) {
  std::vector<DispositionOfInput> said = AllDispositionsOf(reading, input);
  said.erase(std::remove_if(said.begin(), said.end(),
                            [](const DispositionOfInput& one) { return one.undone; }),
             said.end());
  return said;
}

bool WaitsAgain(const Reading& reading, Index input) {
  std::vector<DispositionOfInput> said = EverSaid(reading, input);
  // Here it waits whatever another hub has said of it.
  said.erase(
      std::remove_if(said.begin(), said.end(),
                     [&](const DispositionOfInput& one) { return reading.at(one.event).relayed; }),
      said.end());
  return !said.empty() && std::all_of(said.begin(), said.end(),
                                      [](const DispositionOfInput& one) { return one.undone; });
}

InTriage StandingOf(const Reading& reading, const CarryOvers& carried, Index input) {
  const std::vector<DispositionOfInput> dispositions = DispositionsOf(reading, input);
  const auto brought = carried.into.find(input);
  const Index since = brought == carried.into.end() ? 0 : brought->second;
  if (std::any_of(dispositions.begin(), dispositions.end(), [&](const DispositionOfInput& one) {
        return one.since >= since && !reading.at(one.event).relayed;
      })) {
    return InTriage::kDisposed;
  }
  return carried.out.count(input) > 0 ? InTriage::kElsewhere : InTriage::kWaits;
}

std::vector<Index> InputsOneByOne(const Reading& reading, const CarryOvers& carried,
                                  absl::string_view cycle) {
  std::vector<Index> inputs = reading.InputsByReader(cycle);
  for (const auto& [root, brought] : carried.into) {
    const pb::EventType type = reading.TypeOf(root);
    const bool is_input =
        type == pb::EVENT_TYPE_TOPIC_SIGNAL || type == pb::EVENT_TYPE_LOCAL_REPORT;
    if (is_input && !reading.Retracted(root)) inputs.push_back(root);
  }
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

std::vector<Index> Undisposed(const Reading& reading, const std::string& cycle, size_t most) {
  CellList cells = reading.CellsOf(cycle);
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [](const Cell* cell) { return cell->key.disposed; }),
              cells.end());
  std::vector<Index> undisposed;
  for (uint64_t sequence : FirstOf(ScopeOfCycle(reading, cycle), cells, 0, most)) {
    undisposed.push_back(static_cast<Index>(sequence - 1));
  }
  const CarryOvers carried = CarryOversOf(reading, cycle);
  for (Index input : InputsOneByOne(reading, carried, cycle)) {
    if (StandingOf(reading, carried, input) == InTriage::kWaits) undisposed.push_back(input);
  }
  std::sort(undisposed.begin(), undisposed.end());
  if (undisposed.size() > most) undisposed.resize(most);
  return undisposed;
}

absl::StatusOr<pb::ListUndisposedResponse> ListUndisposed(const Reading& reading,
                                                          const pb::ListUndisposedRequest& request,
                                                          const PageArguments& page) {
  LIAISON_RETURN_IF_ERROR(CheckCycle(reading, request.cycle()));
  const Scope scope = ScopeOfCycle(reading, request.cycle());
  CellList cells = reading.CellsOf(request.cycle());
  uint64_t disposed = 0;
  uint64_t undisposed = 0;
  for (const Cell* cell : cells) {
    (cell->key.disposed ? disposed : undisposed) += cell->sequences.size();
  }
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [](const Cell* cell) { return cell->key.disposed; }),
              cells.end());
  const uint64_t after = page.after.empty() ? 0 : SequenceOfKey(page.after);
  // One more tells that there are more.
  std::vector<uint64_t> sequences = FirstOf(scope, cells, after, page.size + 1);
  const CarryOvers carried = CarryOversOf(reading, request.cycle());
  for (Index input : InputsOneByOne(reading, carried, request.cycle())) {
    const InTriage standing = StandingOf(reading, carried, input);
    disposed += standing == InTriage::kDisposed ? 1 : 0;
    if (standing != InTriage::kWaits) continue;
    ++undisposed;
    sequences.push_back(Reading::SequenceOf(input));
  }
  std::sort(sequences.begin(), sequences.end());
  std::vector<std::pair<std::string, Index>> rows;
  rows.reserve(sequences.size());
  for (uint64_t sequence : sequences) {
    rows.emplace_back(KeyOf(sequence), static_cast<Index>(sequence - 1));
  }
  pb::ListUndisposedResponse response;
  response.set_undisposed(static_cast<uint32_t>(undisposed));
  response.set_disposed(static_cast<uint32_t>(disposed));
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           TakePage(rows, page, response, [&](Index input) -> absl::Status {
                             LIAISON_ASSIGN_OR_RETURN(*response.add_inputs(),
                                                      reading.Summary(input));
                             return absl::OkStatus();
                           }));
  return response;
}

namespace {

// Conflicts are declared by seats; whoever is none would be given everything to read.
absl::Status CheckMembers(const domain::Registry& registry,
                          const std::vector<std::string>& members) {
  std::vector<record::FieldViolation> violations;
  for (size_t i = 0; i < members.size(); ++i) {
    if (domain::IsSeat(registry, members[i])) continue;
    violations.push_back({absl::StrCat("members[", i, "]"), "name a seat of the MAG"});
  }
  return violations.empty() ? absl::OkStatus() : record::FieldsInvalid(violations);
}

}  // namespace

absl::StatusOr<pb::GetReadingPlanResponse> GetReadingPlan(
    const Reading& reading, const pb::GetReadingPlanRequest& request) {
  const auth::Principal& principal = reading.caller().principal;
  if (!principal.is_mag && !principal.is_secretariat) {
    return record::Error(record::Reason::kNotPermitted,
                         "the reading plan rests on conflicts of interest, which are for the MAG "
                         "and the secretariat");
  }
  LIAISON_RETURN_IF_ERROR(CheckCycle(reading, request.cycle()));
  const std::vector<Index> inputs = InputsToRead(reading, request.cycle());
  domain::ReadingPlanArguments arguments;
  arguments.readers_per_input =
      request.readers_per_input() == 0 ? kUsualReaders : request.readers_per_input();
  arguments.words_per_minute =
      request.words_per_minute() == 0 ? kUsualWordsPerMinute : request.words_per_minute();
  if (inputs.size() * arguments.readers_per_input > kMaxPlannedReadings) {
    return record::FieldInvalid(
        "readers_per_input", absl::StrCat("times the ", inputs.size(), " inputs that is more than ",
                                          kMaxPlannedReadings, " readings"));
  }
  std::vector<domain::ReadingInput> planned;
  std::map<std::string, Index> by_id;
  const CarryOvers carried = CarryOversOf(reading, request.cycle());
  for (Index input : inputs) {
    domain::ReadingInput one{KeyOf(reading.SequenceOf(input)), 0,
                             StandingOf(reading, carried, input) == InTriage::kDisposed};
    LIAISON_ASSIGN_OR_RETURN(const auto body, reading.Body(reading.Latest(input)));
    if (body != nullptr) CountWords(*body, &one.words);
    by_id[one.id] = input;
    planned.push_back(std::move(one));
  }
  std::vector<std::string> members(request.members().begin(), request.members().end());
  if (members.empty()) members = Seats(reading);
  LIAISON_RETURN_IF_ERROR(CheckMembers(*reading.caller().registry, members));
  LIAISON_ASSIGN_OR_RETURN(
      const domain::ReadingPlan plan,
      domain::PlanReading(planned, Readers(reading, members, inputs), arguments));

  const auto is_member = [&](const domain::ReadingShare& share) {
    return share.seat == request.member();
  };
  if (!request.member().empty() &&
      std::none_of(plan.shares.begin(), plan.shares.end(), is_member)) {
    return record::FieldInvalid("member", "nobody of that name shares the reading");
  }
  pb::GetReadingPlanResponse response;
  response.set_largest_share(static_cast<uint32_t>(plan.largest_share));
  response.set_inputs(static_cast<uint32_t>(inputs.size()));
  for (const domain::ReadingShare& share : plan.shares) {
    if (!request.member().empty() && share.seat != request.member()) continue;
    pb::ReadingShare& shown = *response.add_shares();
    shown.set_member(share.seat);
    shown.set_minutes_left(share.minutes_left);
    for (const std::string& id : share.inputs) {
      LIAISON_ASSIGN_OR_RETURN(*shown.add_inputs(), reading.Summary(by_id[id]));
    }
    for (const std::string& id : share.unread) shown.add_unread(reading.SequenceOf(by_id[id]));
  }
  for (const domain::ReadingShortfall& shortfall : plan.shortfalls) {
    pb::ReadingShortfall& shown = *response.add_shortfalls();
    LIAISON_ASSIGN_OR_RETURN(*shown.mutable_input(), reading.Summary(by_id[shortfall.input]));
    shown.set_wanted(static_cast<uint32_t>(shortfall.wanted));
    shown.set_found(static_cast<uint32_t>(shortfall.found));
  }
  return response;
}

}  // namespace liaison::views
