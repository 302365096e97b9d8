#include "server/views/requests.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/views/calendar.h"
#include "server/views/views.h"

namespace liaison::views {
namespace {

constexpr int kRemindOverdueDays = 14;

bool IsOf(absl::string_view name, absl::string_view organisation) {
  return !name.empty() && !organisation.empty() &&
         (record::IsWithinOrganisation(name, organisation) ||
          record::IsWithinOrganisation(organisation, name));
}

// The date that is asked for; nullopt where nothing is asked of anybody.
std::optional<std::string> AskedFor(const pb::EventHeader& header) {
  if (header.addressees().empty()) return std::nullopt;
  switch (header.type()) {
    case pb::EVENT_TYPE_TOPIC_SIGNAL:
      if (header.topic_signal().purpose() != pb::PURPOSE_ACTION &&
          header.topic_signal().purpose() != pb::PURPOSE_RESPONSE) {
        return std::nullopt;
      }
      return header.topic_signal().requested_date();
    case pb::EVENT_TYPE_LOCAL_REPORT: {
      const auto& stated = header.local_report().stated();
      if (std::find(stated.begin(), stated.end(), pb::LOCAL_REPORT_PART_REQUESTS) == stated.end()) {
        return std::nullopt;
      }
      return std::string();
    }
    case pb::EVENT_TYPE_SUPPORT_REQUEST:
      return header.support_request().due_on();
    default:
      return std::nullopt;
  }
}

// The addressee's latest word.
std::optional<Index> ResponseOf(const Reading& reading, Index request, const std::string& to) {
  std::optional<Index> latest;
  for (Index index : reading.Naming(request, pb::RELATION_RESPONDS_TO)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_RESPONSE || reading.Retracted(index)) continue;
    if (record::IsWithinOrganisation(reading.AuthorOf(index), to) ||
        record::IsWithinOrganisation(reading.ContributorOf(index), to)) {
      latest = reading.Latest(index);
    }
  }
  return latest;
}

pb::RequestState StateAfter(pb::ResponseKind kind) {
  switch (kind) {
    case pb::RESPONSE_KIND_ACCEPT:
      return pb::REQUEST_STATE_ACCEPTED;
    case pb::RESPONSE_KIND_COUNTER:
      return pb::REQUEST_STATE_COUNTERED;
    case pb::RESPONSE_KIND_DECLINE:
      return pb::REQUEST_STATE_DECLINED;
    default:
      return pb::REQUEST_STATE_ANSWERED;
  }
}

bool Waits(pb::RequestState state) {
  return state == pb::REQUEST_STATE_OPEN || state == pb::REQUEST_STATE_ACCEPTED ||
         state == pb::REQUEST_STATE_COUNTERED;
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
  row.response = ResponseOf(reading, root, to);
  if (row.response) {
    const pb::ResponseFacts& facts = reading.Header(*row.response).response();
    row.state = StateAfter(facts.kind());
    if (row.state == pb::REQUEST_STATE_COUNTERED) row.due_date = facts.doable_date();
  }
  if (reading.Retracted(root)) row.state = pb::REQUEST_STATE_RETRACTED;
  row.overdue = Waits(row.state) && !row.due_date.empty() && row.due_date < reading.caller().today;
  return row;
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

std::vector<RequestRow> Requests(const Reading& reading) {
  std::vector<RequestRow> rows;
  for (Index root : reading.Asking()) {
    const pb::EventHeader& header = reading.Header(reading.Latest(root));
    const std::optional<std::string> date = AskedFor(header);
    if (!date) continue;
    for (const std::string& to : header.addressees()) {
      RequestRow row = RowOf(reading, root, to, *date);
      if (MayShow(reading, row)) rows.push_back(std::move(row));
    }
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
  if (row.response) {
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_response(), reading.Summary(*row.response));
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_reason(), reading.Words(*row.response, "reason"));
  }
  return request;
}

absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Reading& reading,
                                                      const pb::ListRequestsRequest& request,
                                                      const PageArguments& page) {
  if (!request.organisation().empty() && !record::IsOrganisation(request.organisation())) {
    return record::FieldInvalid("organisation", "write an organisation as org/name, lower case");
  }
  std::vector<uint32_t> reminders(request.remind_days_before().begin(),
                                  request.remind_days_before().end());
  if (reminders.empty()) reminders = UsualReminders();
  std::vector<std::pair<std::string, RequestRow>> rows;
  for (RequestRow& row : Requests(reading)) {
    if (!request.organisation().empty() && !IsOf(row.from, request.organisation()) &&
        !IsOf(row.to, request.organisation())) {
      continue;
    }
    if (request.state() != pb::REQUEST_STATE_UNSPECIFIED && row.state != request.state()) continue;
    if (request.overdue_only() && !row.overdue) continue;
    std::string key = absl::StrCat(KeyOf(reading.SequenceOf(row.request)), row.to);
    rows.emplace_back(std::move(key), std::move(row));
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
