#include "server/views/requests.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/life_cycles.h"
#include "server/domain/target.h"
#include "server/views/calendar.h"
#include "server/views/views.h"

namespace liaison::views {

bool Waits(pb::RequestState state) {
  return state == pb::REQUEST_STATE_OPEN || state == pb::REQUEST_STATE_ACCEPTED ||
         state == pb::REQUEST_STATE_COUNTERED;
}

namespace {

constexpr int kRemindOverdueDays = 14;
constexpr int kMaxReminders = 32;
constexpr uint32_t kMaxRemindDaysBefore = 366;

bool IsOf(absl::string_view name, absl::string_view organisation) {
  return !name.empty() && !organisation.empty() &&
         (record::IsWithinOrganisation(name, organisation) ||
          record::IsWithinOrganisation(organisation, name));
}

struct Answer {
  domain::rows::RequestState state = domain::rows::REQUEST_STATE_OPEN;
  std::optional<Index> response;  // the one that brought it there
  std::string offered;            // the date that the addressee countered with
};

// The version that was the latest when `later` came.
Index VersionBefore(const Reading& reading, Index root, Index later) {
  Index before = root;
  for (Index version : reading.Chain(root)) {
    if (version < later && reading.TypeOf(version) == reading.TypeOf(root)) before = version;
  }
  return before;
}

// Step by step through what that addressee said, as the rules took it.
Answer AnswerOf(const Reading& reading, Index request, const std::string& to) {
  Answer answer;
  for (Index index : reading.Naming(request, pb::RELATION_RESPONDS_TO)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_RESPONSE || reading.Retracted(index) ||
        !reading.MovesStateOf(request, index)) {
      continue;
    }
    const pb::EventHeader& asked = reading.Header(VersionBefore(reading, request, index));
    if (domain::AddresseeOf(asked, domain::ResponderOf(reading.Header(index))) != to) continue;
    const pb::ResponseFacts& said = reading.Header(index).response();
    const auto step = domain::Transition(answer.state, said.kind());
    if (!step.ok()) continue;
    answer.state = step->to;
    answer.response = index;
    if (step->to == domain::rows::REQUEST_STATE_COUNTERED) {
      answer.offered = said.doable_date();
    } else if (step->from == domain::rows::REQUEST_STATE_DECLINED) {
      // Thought over: what was declined is not offered. Until then the day that counted last is
      // shown, for what is answered or declined was not asked for by another day after all.
      answer.offered.clear();
    }
  }
  return answer;
}

pb::RequestState ToProto(domain::rows::RequestState state) {
  switch (state) {
    case domain::rows::REQUEST_STATE_ACCEPTED:
      return pb::REQUEST_STATE_ACCEPTED;
    case domain::rows::REQUEST_STATE_COUNTERED:
      return pb::REQUEST_STATE_COUNTERED;
    case domain::rows::REQUEST_STATE_DECLINED:
      return pb::REQUEST_STATE_DECLINED;
    case domain::rows::REQUEST_STATE_ANSWERED:
      return pb::REQUEST_STATE_ANSWERED;
    default:
      return pb::REQUEST_STATE_OPEN;
  }
}

// Nobody is shown to be silent to others, save the MAG and the secretariat: initiatives owe nobody
// anything.
bool MayShow(const Reading& reading, const RequestRow& row) {
  if (row.response || row.state == pb::REQUEST_STATE_RETRACTED) return true;
  if (reading.IsOfKind(row.to, pb::ORGANISATION_KIND_MAG) ||
      reading.IsOfKind(row.to, pb::ORGANISATION_KIND_SECRETARIAT)) {
    return true;
  }
  const std::string& caller = reading.caller().principal.organisation;
  return IsOf(caller, row.to) || IsOf(caller, row.from) ||
         IsOf(caller, reading.AuthorOf(row.request));
}

RequestRow RowOf(const Reading& reading, Index root, const std::string& to,
                 const std::string& requested) {
  RequestRow row;
  row.request = root;
  row.from = reading.ContributorOf(root);
  row.to = to;
  row.requested_date = row.due_date = requested;
  const Answer answer = AnswerOf(reading, root, to);
  row.response = answer.response;
  row.state = ToProto(answer.state);
  if (!answer.offered.empty()) row.due_date = answer.offered;
  if (reading.Retracted(root)) row.state = pb::REQUEST_STATE_RETRACTED;
  row.overdue = Waits(row.state) && !row.due_date.empty() && row.due_date < reading.caller().today;
  return row;
}

absl::StatusOr<std::vector<pb::Contact>> ContactsOf(const Reading& reading, Index index,
                                                    pb::ContactRole role) {
  LIAISON_ASSIGN_OR_RETURN(const pb::Personal personal, reading.Personal(index));
  std::vector<pb::Contact> contacts;
  for (const pb::Contact& contact : personal.contacts()) {
    if (contact.role() == role) contacts.push_back(contact);
  }
  return contacts;
}

// A liaison in force, and the side of it that asked.
struct StandingLiaison {
  std::vector<Index> events;  // since it last began
  pb::ContactRole replies = pb::CONTACT_ROLE_FROM_LIAISON;
  std::string end;  // whose contact that is
};

// The latest liaison between the two that is in force, whichever of them holds it.
std::optional<StandingLiaison> LiaisonFor(const Reading& reading, const RequestRow& row) {
  std::map<std::pair<std::string, std::string>, std::vector<Index>> standing;
  for (Index index : reading.OfType(pb::EVENT_TYPE_LIAISON)) {
    const pb::LiaisonFacts& facts = reading.Header(index).liaison();
    std::vector<Index>& events = standing[{facts.from(), facts.to()}];
    if (facts.action() == pb::LIAISON_ACTION_ESTABLISH) {
      events.push_back(index);
    } else {
      events.clear();
    }
  }
  std::optional<StandingLiaison> found;
  for (const auto& [ends, events] : standing) {
    if (events.empty() || row.from.empty()) continue;
    const pb::LiaisonFacts& facts = reading.Header(events.back()).liaison();
    const std::string& today = reading.caller().today;
    if (facts.valid_from() > today ||
        (!facts.valid_until().empty() && facts.valid_until() < today)) {
      continue;
    }
    const auto is = [](const std::string& name, const std::string& organisation) {
      return record::IsWithinOrganisation(name, organisation);
    };
    if (found && found->events.back() > events.back()) continue;
    if (is(row.from, ends.first) && is(row.to, ends.second)) {
      found = {events, pb::CONTACT_ROLE_FROM_LIAISON, ends.first};
    } else if (is(row.from, ends.second) && is(row.to, ends.first)) {
      found = {events, pb::CONTACT_ROLE_TO_LIAISON, ends.second};
    }
  }
  return found;
}

bool HasPersonal(const pb::EventHeader& header) {
  return std::any_of(header.commitments().begin(), header.commitments().end(),
                     [](const pb::SectionCommitment& section) {
                       return section.kind() == pb::SECTION_KIND_PERSONAL;
                     });
}

// An end says itself who its contact is. Whom the other end named serves until then; whoever was
// named and then erased is not put back.
absl::StatusOr<std::vector<pb::Contact>> ContactsOf(const Reading& reading,
                                                    const StandingLiaison& liaison) {
  std::vector<pb::Contact> by_others;
  for (auto it = liaison.events.rbegin(); it != liaison.events.rend(); ++it) {
    const pb::EventHeader& header = reading.Header(*it);
    if (!HasPersonal(header)) continue;
    LIAISON_ASSIGN_OR_RETURN(const pb::Personal personal, reading.Personal(*it));
    std::vector<pb::Contact> contacts;
    for (const pb::Contact& contact : personal.contacts()) {
      if (contact.role() == liaison.replies) contacts.push_back(contact);
    }
    const bool own = record::IsWithinOrganisation(header.author(), liaison.end) ||
                     reading.IsOfKind(header.author(), pb::ORGANISATION_KIND_SECRETARIAT);
    if (own && (!contacts.empty() || personal.contacts().empty())) return contacts;
    if (by_others.empty()) by_others = std::move(contacts);
  }
  return by_others;
}

// Whom the answer goes to.
absl::Status AddReplyTo(const Reading& reading, const RequestRow& row, pb::LiaisonRequest* shown) {
  const Index latest = reading.Latest(row.request);
  LIAISON_ASSIGN_OR_RETURN(std::vector<pb::Contact> contacts,
                           ContactsOf(reading, latest, pb::CONTACT_ROLE_FROM_LIAISON));
  if (contacts.empty()) {
    if (const std::optional<StandingLiaison> liaison = LiaisonFor(reading, row)) {
      LIAISON_ASSIGN_OR_RETURN(contacts, ContactsOf(reading, *liaison));
      if (!contacts.empty()) {
        shown->set_reply_by_liaison(reading.SequenceOf(liaison->events.back()));
      }
    }
  }
  if (contacts.empty()) {
    LIAISON_ASSIGN_OR_RETURN(contacts, ContactsOf(reading, latest, pb::CONTACT_ROLE_FROM));
  }
  *shown->mutable_reply_to() = {contacts.begin(), contacts.end()};
  return absl::OkStatus();
}

// The latest of that very response, which changes its words and nothing else.
absl::Status AddAmendment(const Reading& reading, Index response, pb::LiaisonRequest* shown) {
  const std::vector<Index> chain = reading.Chain(response);
  if (chain.empty() || chain.back() < response) return absl::OkStatus();
  const Index latest = chain.back();
  if (reading.TypeOf(latest) != pb::EVENT_TYPE_AMENDMENT) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(*shown->mutable_amendment(), reading.SummaryOfVersion(latest));
  LIAISON_ASSIGN_OR_RETURN(*shown->mutable_amended_text(), reading.Words(latest, "text"));
  return absl::OkStatus();
}

std::string RemindOn(const Reading& reading, const RequestRow& row,
                     const std::vector<uint32_t>& days_before) {
  const auto due = ParseDay(row.due_date);
  const auto today = ParseDay(reading.caller().today);
  if (!due || !today || !Waits(row.state)) return "";
  if (*today > *due) return *today - *due <= kRemindOverdueDays ? FormatDay(*today) : "";
  std::optional<absl::CivilDay> next;
  for (uint32_t days : days_before) {
    const absl::CivilDay on = *due - days;
    if (on >= *today && (!next || on < *next)) next = on;
  }
  return next ? FormatDay(*next) : "";
}

}  // namespace

const std::vector<uint32_t>& UsualReminders() {
  static const auto& days = *new std::vector<uint32_t>{14, 7, 4, 3, 2, 1, 0};
  return days;
}

std::vector<RequestRow> RequestsOf(const Reading& reading, Index root) {
  std::vector<RequestRow> rows;
  const pb::EventHeader& header = reading.Header(reading.Latest(root));
  if (!domain::IsRequest(header)) return rows;
  for (const std::string& to : header.addressees()) {
    RequestRow row = RowOf(reading, root, to, std::string(domain::DateAskedOf(header, to)));
    if (MayShow(reading, row)) rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<pb::LiaisonRequest> ToProto(const Reading& reading, const RequestRow& row,
                                           const std::vector<uint32_t>& remind_days_before) {
  pb::LiaisonRequest request;
  LIAISON_ASSIGN_OR_RETURN(*request.mutable_request(), reading.Summary(row.request));
  request.set_from(row.from);
  request.set_to(row.to);
  request.set_requested_date(row.requested_date);
  request.set_state(row.state);
  request.set_due_date(row.due_date);
  request.set_overdue(row.overdue);
  request.set_remind_on(RemindOn(reading, row, remind_days_before));
  LIAISON_RETURN_IF_ERROR(AddReplyTo(reading, row, &request));
  if (row.response) {
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_response(), reading.Summary(*row.response));
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_reason(), reading.Words(*row.response, "reason"));
    LIAISON_RETURN_IF_ERROR(AddAmendment(reading, *row.response, &request));
  }
  return request;
}

absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Reading& reading,
                                                      const pb::ListRequestsRequest& request,
                                                      const PageArguments& page) {
  if (!request.organisation().empty() && !record::IsOrganisation(request.organisation())) {
    return record::FieldInvalid("organisation", "write an organisation as org/name, lower case");
  }
  const auto& asked = request.remind_days_before();
  if (asked.size() > kMaxReminders || std::any_of(asked.begin(), asked.end(), [](uint32_t days) {
        return days > kMaxRemindDaysBefore;
      })) {
    return record::FieldInvalid("remind_days_before",
                                absl::StrCat("at most ", kMaxReminders, " days, none more than ",
                                             kMaxRemindDaysBefore, " before the date"));
  }
  std::vector<uint32_t> reminders(request.remind_days_before().begin(),
                                  request.remind_days_before().end());
  if (reminders.empty()) reminders = UsualReminders();
  std::vector<std::pair<std::string, RequestRow>> rows;
  // A key begins with the sequence; the last root of a page may have more addressees.
  const std::string first = page.after.substr(0, KeyOf(0).size());
  for (Index root : reading.Asking(request.organisation())) {
    if (KeyOf(reading.SequenceOf(root)) < first) continue;
    if (rows.size() > page.size + size_t{record::kMaxAddressees}) break;
    for (RequestRow& row : RequestsOf(reading, root)) {
      if (!request.organisation().empty() && !IsOf(row.from, request.organisation()) &&
          !IsOf(row.to, request.organisation())) {
        continue;
      }
      if (request.state() != pb::REQUEST_STATE_UNSPECIFIED && row.state != request.state()) {
        continue;
      }
      if (request.overdue_only() && !row.overdue) continue;
      std::string key = absl::StrCat(KeyOf(reading.SequenceOf(row.request)), row.to);
      rows.emplace_back(std::move(key), std::move(row));
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  pb::ListRequestsResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      TakePage(rows, page, response, [&](const RequestRow& row) -> absl::Status {
        LIAISON_ASSIGN_OR_RETURN(*response.add_requests(), ToProto(reading, row, reminders));
        return absl::OkStatus();
      }));
  return response;
}

}  // namespace liaison::views
