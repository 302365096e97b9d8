// `liaison admin why` and `what-would-leave`: who reads what, and by what.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/event_key.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::Status RunWhy(Session* session, const EventKeyWords& key, const std::string& reader) {
  v1::ExplainReadingRequest request;
  SetKey(key, &request);
  request.set_reader(reader);
  LIAISON_ASSIGN_OR_RETURN(const v1::ExplainReadingResponse why,
                           session->connection()->ExplainReading(request));
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(why));
    return console.Line(ToLine(json));
  }
  LIAISON_RETURN_IF_ERROR(
      console.Line(absl::StrCat("Event ", why.sequence(), " of ", why.author(), " is ",
                                why.may_read() ? "visible" : "not visible", " to ",
                                reader.empty() ? "whoever shows nothing" : reader, ".")));
  for (const std::string& reason : why.reasons()) {
    LIAISON_RETURN_IF_ERROR(console.Line(absl::StrCat("  ", reason)));
  }
  if (why.by().empty()) return absl::OkStatus();
  return console.Line(absl::StrCat("By what these events say: ", absl::StrJoin(why.by(), ", "),
                                   " (liaison get N)"));
}

absl::Status RunLeaving(Session* session, const std::string& to, uint64_t after) {
  Console& console = session->console();
  Table table({"SEQUENCE", "AUTHOR", "TYPE", "AUDIENCE", "WHY"});
  std::map<std::string, v1::WithheldAudience> withheld;
  v1::ListLeavingRequest request;
  request.set_to(to);
  request.set_after(after);
  do {
    LIAISON_ASSIGN_OR_RETURN(const v1::ListLeavingResponse page,
                             session->connection()->ListLeaving(request));
    for (const v1::LeavingEvent& event : page.events()) {
      if (session->format() == Format::kJson) {
        LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(event));
        LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
        continue;
      }
      const auto* type = record::FindEventType(event.type());
      table.Add({absl::StrCat(event.sequence()), event.author(),
                 type == nullptr ? "" : std::string(type->name), event.audience(), event.reason()});
    }
    for (const v1::WithheldAudience& stays : page.withheld()) {
      v1::WithheldAudience& sum = withheld[stays.audience()];
      const uint64_t events = sum.events() + stays.events();
      sum = stays;
      sum.set_events(events);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) {
    for (const auto& [audience, stays] : withheld) {
      LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(stays));
      LIAISON_RETURN_IF_ERROR(console.Line(ToLine({{"withheld", json}})));
    }
    return absl::OkStatus();
  }
  if (table.size() == 0) {
    LIAISON_RETURN_IF_ERROR(console.Line("Nothing would leave."));
  } else {
    LIAISON_RETURN_IF_ERROR(console.Bytes(table.Render(console.width())));
  }
  for (const auto& [audience, stays] : withheld) {
    LIAISON_RETURN_IF_ERROR(console.Line(
        absl::StrCat(stays.events(), " for ", audience, " would stay. ", stays.reason())));
  }
  return absl::OkStatus();
}

}  // namespace

void AddWhy(CLI::App* admin, Session* session) {
  CLI::App* why = AddCommand(
      admin, "why", "Say why an event is visible to somebody, or is not",
      "  liaison admin why 42 --reader org/eurodig\n"
      "  liaison admin why org/eurodig 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11 --reader org/apnic\n"
      "  liaison admin why 42                          # for whoever shows nothing\n"
      "\n"
      "For the hub's operators and the secretariat: it tells for whom an event is.\n");
  auto words = std::make_shared<std::vector<std::string>>();
  auto reader = std::make_shared<std::string>();
  why->add_option("KEY", *words, "Sequence, digest, or AUTHOR EVENT_ID")
      ->required()
      ->expected(1, 2);
  why->add_option("--reader", *reader, "Who would read it")->type_name("ORG");
  why->callback([=] {
    const absl::StatusOr<EventKeyWords> key = ParseEventKeyWords(*words);
    if (!key.ok()) throw CLI::ValidationError("KEY", std::string(key.status().message()));
    session->Choose([=] { return RunWhy(session, *key, *reader); });
  });

  CLI::App* leaving = AddCommand(
      admin, "what-would-leave", "List what an organisation would get, and count what it would not",
      "  liaison admin what-would-leave --to org/eurodig\n"
      "  liaison admin what-would-leave --to org/other-hub --since 1042 --output json\n");
  auto to = std::make_shared<std::string>();
  auto since = std::make_shared<uint64_t>(0);
  leaving->add_option("--to", *to, "Who would get it")->required()->type_name("ORG");
  leaving->add_option("--since", *since, "What comes after this sequence")->type_name("N");
  leaving->callback([=] { session->Choose([=] { return RunLeaving(session, *to, *since); }); });
}

}  // namespace liaison::cli
