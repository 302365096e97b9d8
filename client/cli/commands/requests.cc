#include <map>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/icalendar.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/liaison_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

struct RequestArguments {
  std::string organisation;
  std::string state;
  bool overdue = false;
  std::vector<uint32_t> remind = {14, 7, 4, 3, 2, 1, 0};
};

const std::map<std::string, v1::RequestState>& States() {
  static const auto& states = *new std::map<std::string, v1::RequestState>{
      {"open", v1::REQUEST_STATE_OPEN},           {"accepted", v1::REQUEST_STATE_ACCEPTED},
      {"countered", v1::REQUEST_STATE_COUNTERED}, {"declined", v1::REQUEST_STATE_DECLINED},
      {"answered", v1::REQUEST_STATE_ANSWERED},   {"retracted", v1::REQUEST_STATE_RETRACTED}};
  return states;
}

std::string StateText(const v1::LiaisonRequest& request) {
  return absl::StrCat(Short(v1::RequestState_descriptor(), request.state()),
                      request.overdue() ? ", overdue" : "",
                      request.has_amendment() ? ", amended" : "");
}

// What is answered, declined or taken back needs no reminder.
bool Waits(v1::RequestState state) {
  return state == v1::REQUEST_STATE_OPEN || state == v1::REQUEST_STATE_ACCEPTED ||
         state == v1::REQUEST_STATE_COUNTERED;
}

std::string ContactText(const v1::Contact& contact) {
  if (contact.email().empty()) return contact.name();
  if (contact.name().empty()) return contact.email();
  return absl::StrCat(contact.name(), " <", contact.email(), ">");
}

std::string ReplyText(const v1::LiaisonRequest& request) {
  return absl::StrJoin(request.reply_to(), ", ", [](std::string* out, const v1::Contact& contact) {
    absl::StrAppend(out, ContactText(contact));
  });
}

CalendarEntry ToCalendar(const v1::LiaisonRequest& request, const std::vector<uint32_t>& remind) {
  CalendarEntry entry;
  entry.uid = absl::StrCat(absl::BytesToHexString(request.request().digest()), "/", request.to());
  entry.date = request.due_date();
  entry.summary = absl::StrCat(request.to(), ": ", request.request().title());
  entry.description = absl::StrCat(
      "asked by ", request.from(), "\n", StateText(request),
      request.reason().empty() ? "" : absl::StrCat("\n", request.reason()),
      request.has_amendment() ? absl::StrCat("\namended: ", request.amended_text()) : "",
      request.reply_to().empty() ? "" : "\nanswer to ", ReplyText(request));
  entry.categories = "REQUEST";
  entry.cancelled = request.state() == v1::REQUEST_STATE_RETRACTED ||
                    request.state() == v1::REQUEST_STATE_DECLINED;
  const v1::EventSummary& latest = request.has_response() ? request.response() : request.request();
  // Versions count up with the log; RFC 5545 wants an integer of 31 bits.
  entry.sequence = latest.sequence() & 0x7fffffff;
  entry.changed = ToTime(latest.hub_time());
  if (Waits(request.state())) entry.remind_days_before = remind;
  return entry;
}

absl::Status RunRequests(Session* session, const RequestArguments& arguments) {
  v1::ListRequestsRequest request;
  request.set_organisation(arguments.organisation);
  if (!arguments.state.empty()) request.set_state(States().at(arguments.state));
  request.set_overdue_only(arguments.overdue);
  for (uint32_t days : arguments.remind) request.add_remind_days_before(days);
  LIAISON_ASSIGN_OR_RETURN(const auto requests,
                           LiaisonClient(session->connection()).Requests(std::move(request)));
  Console& console = session->console();
  if (session->options().output == "ical") {
    std::vector<CalendarEntry> entries;
    entries.reserve(requests.size());
    for (const v1::LiaisonRequest& one : requests) {
      entries.push_back(ToCalendar(one, arguments.remind));
    }
    return console.Bytes(WriteCalendar("Liaison requests", entries));
  }
  Table table({"SEQUENCE", "FROM", "TO", "DUE", "STATE", "REMIND", "ANSWER TO", "TITLE"});
  for (const v1::LiaisonRequest& one : requests) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, one));
    table.Add({absl::StrCat(one.request().sequence()), one.from(), one.to(), one.due_date(),
               StateText(one), one.remind_on(), Shortened(ReplyText(one), 40),
               one.request().title()});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return console.Bytes(table.Render(console.width()));
}

}  // namespace

void AddRequests(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "requests", "What was asked of whom, and what came of it",
      "  liaison requests --overdue\n"
      "  liaison requests --organisation org/eurodig\n"
      "  liaison requests --output ical --remind 30,7,1 > requests.ics\n"
      "\n"
      "A linked response closes a request, and nothing else does. That somebody has said nothing\n"
      "yet is shown to both ends; of the MAG and the secretariat, to everybody. ANSWER TO are the\n"
      "contacts for replies: those of the request, else of the liaison that stands between the "
      "two.\n"
      "A calendar rings on the days of --remind; REMIND is the next of them, and what is overdue "
      "is\n"
      "reminded of daily for two weeks.\n",
      "The work");
  auto arguments = std::make_shared<RequestArguments>();
  command->add_option("--organisation", arguments->organisation, "By it or to it")
      ->type_name("ORG");
  std::vector<std::string> states;
  for (const auto& [name, state] : States()) states.push_back(name);
  command->add_option("--state", arguments->state, "Only these")
      ->check(CLI::IsMember(states))
      ->type_name("STATE");
  command->add_flag("--overdue", arguments->overdue, "Only what is overdue");
  command->add_option("--remind", arguments->remind, "Days before the date")
      ->check(CLI::Range(0, 366))
      ->capture_default_str()
      ->delimiter(',')
      ->type_name("DAYS");
  command->callback([=] { session->Choose([=] { return RunRequests(session, *arguments); }); });
}

}  // namespace liaison::cli
