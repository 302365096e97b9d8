#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/event_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr int kMaxPageSize = 1000;

struct ListArguments {
  std::string filter;
  int limit = 100;
  uint64_t after = 0;
};

// Up to `limit` events, page by page. `*position` is where looking ended, `*more` whether there may
// be others after it.
absl::StatusOr<std::vector<Event>> Collect(const EventClient& client,
                                           const ListArguments& arguments, v1::Position* position,
                                           bool* more) {
  ListParams params;
  params.filter = arguments.filter;
  params.page_size = std::min(arguments.limit, kMaxPageSize);
  if (arguments.after > 0) params.after = After{"", arguments.after};
  std::vector<Event> events;
  std::string token;
  do {
    LIAISON_ASSIGN_OR_RETURN(EventPage page, client.List(params, token));
    for (Event& event : page.events) {
      if (events.size() < static_cast<size_t>(arguments.limit)) events.push_back(std::move(event));
    }
    token = page.next_page_token;
    *position = page.position;
  } while (!token.empty() && events.size() < static_cast<size_t>(arguments.limit));
  *more = !token.empty();
  return events;
}

absl::Status PrintEvents(Session* session, const std::vector<Event>& events,
                         const std::string& log_id) {
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    for (const Event& event : events) {
      LIAISON_ASSIGN_OR_RETURN(const Json json, EventToJson(event, log_id));
      LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
    }
    return absl::OkStatus();
  }
  Table table({"SEQUENCE", "TIME (UTC)", "TYPE", "AUTHOR", "CYCLE", "TITLE"});
  for (const Event& event : events) {
    table.Add({absl::StrCat(event.sequence()),
               absl::FormatTime("%Y-%m-%d %H:%M", event.hub_time(), absl::UTCTimeZone()),
               std::string(event.type_name()), event.author(), event.header().cycle(),
               TitleOf(event)});
  }
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunList(Session* session, const ListArguments& arguments) {
  v1::Position position;
  bool more = false;
  LIAISON_ASSIGN_OR_RETURN(
      const std::vector<Event> events,
      Collect(EventClient(session->connection()), arguments, &position, &more));
  LIAISON_RETURN_IF_ERROR(PrintEvents(session, events, position.log_id()));
  if (more && !events.empty()) {
    session->console().Note(
        absl::StrCat("there is more: --after ", events.back().sequence(), ", or a larger --limit"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddList(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "list", "List events, oldest first",
                                 "  liaison list --limit 20\n"
                                 "  liaison list --filter 'type = decision AND cycle = 2027'\n"
                                 "  liaison list --after 1042 --output json\n",
                                 "Reading");
  auto arguments = std::make_shared<ListArguments>();
  command->add_option("--filter", arguments->filter, "Only events that match")->type_name("EXPR");
  command->add_option("--limit", arguments->limit, "At most this many")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--after", arguments->after, "Begin after this sequence")
      ->type_name("N")
      ->check(CheckSequence);
  command->callback([=] { session->Choose([=] { return RunList(session, *arguments); }); });
}

}  // namespace liaison::cli
