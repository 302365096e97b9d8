#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/checking.h"
#include "client/cli/commands/commands.h"
#include "client/cli/csv_map.h"
#include "client/cli/draft_json.h"
#include "client/cli/file.h"
#include "liaison/event_client.h"
#include "proto/record/counted.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

constexpr size_t kMaxTableRows = 100'000;

struct ExportArguments {
  std::string filter;
  std::string map_file;
  std::string bundle;
  bool safe_cells = false;
};

// What an export does not say, which whoever asked for everything should know.
struct Untold {
  size_t erased = 0;
  size_t hidden = 0;  // 0 where a filter hides as well
  size_t signatures = 0;
};

absl::Status NoProgress(const Session& session, const Subscription& subscription) {
  const absl::Status connection = subscription.connection_status();
  return absl::UnavailableError(absl::StrCat(
      "no progress for ", absl::FormatDuration(session.timeout()), " after event ",
      subscription.position().sequence(), ": ",
      connection.ok() ? "the hub holds the line but sends nothing" : connection.message()));
}

// Calls `take` with every event up to the head as a draft.
absl::Status ForEachDraft(Session* session, const std::string& filter, Untold* untold,
                          const std::function<absl::Status(v1::Draft)>& take) {
  SubscribeParams params;
  params.start = FromBeginning{};
  params.filter = filter;
  params.stop_at_head = true;
  params.options.give_up_after = session->timeout();
  Subscription subscription = EventClient(session->connection()).Subscribe(std::move(params));
  v1::Position seen = subscription.position();
  uint64_t read = 0;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Event> event,
                             subscription.Next(session->timeout()));
    const v1::Position position = subscription.position();
    if (!event.has_value() && subscription.ended()) {
      if (filter.empty()) untold->hidden = position.sequence() - read;
      return absl::OkStatus();
    }
    if (!event.has_value() && position.sequence() == seen.sequence()) {
      return NoProgress(*session, subscription);
    }
    seen = position;
    if (event.has_value()) ++read;
    // What the hub itself says, such as the rules in force, is nobody's draft.
    const auto* info = event.has_value() ? record::FindEventType(event->type()) : nullptr;
    if (info == nullptr || info->draft_field.empty()) continue;
    if (event->content_erased() || event->content_withheld()) {
      ++untold->erased;
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(v1::Draft draft, event->ToDraft());
    if (!event->attested()) ++untold->signatures;
    LIAISON_RETURN_IF_ERROR(take(std::move(draft)));
    session->console().Progress(absl::StrCat("read up to ", position.sequence()));
  }
}

void NoteSignatures(Session* session, const Untold& untold) {
  if (untold.signatures == 0) return;
  session->console().Note(
      Counted(untold.signatures,
              "event was signed by its author; published from this export, at another hub, it is "
              "attested by that hub",
              "events were signed by their authors; published from this export, at another hub, "
              "they are attested by that hub"));
}

void NoteUntold(Session* session, const Untold& untold) {
  if (untold.erased > 0) {
    session->console().Note(Counted(untold.erased,
                                    "event has no content any more and is not in the export",
                                    "events have no content any more and are not in the export"));
  }
  if (untold.hidden > 0) {
    const std::string& reader = session->options().acting_as;
    session->console().Note(
        absl::StrCat(Counted(untold.hidden, "event is not for ", "events are not for "),
                     reader.empty() ? "everybody" : reader, " to read, and not in the export",
                     reader.empty() ? "; --as org/... reads as an organisation" : ""));
  }
}

absl::Status ExportJson(Session* session, const ExportArguments& arguments) {
  Untold untold;
  LIAISON_RETURN_IF_ERROR(ForEachDraft(
      session, arguments.filter, &untold, [session](const v1::Draft& draft) -> absl::Status {
        LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(draft));
        return session->console().Line(ToLine(json));
      }));
  NoteUntold(session, untold);
  NoteSignatures(session, untold);
  return absl::OkStatus();
}

// A spreadsheet runs a cell that begins like a formula. The apostrophe makes it text; the table is
// then no longer what was imported.
void GuardCells(CsvTable* table) {
  for (CsvRow& row : table->rows) {
    for (std::string& cell : row.cells) {
      if (!cell.empty() && absl::StrContains("=+-@\t\r", cell[0])) cell.insert(0, 1, '\'');
    }
  }
}

absl::Status ExportTable(Session* session, const ExportArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const auto file, InputFile::Open(arguments.map_file));
  LIAISON_ASSIGN_OR_RETURN(const std::string toml, file->ReadAll());
  const absl::StatusOr<CsvMap> map = CsvMap::Parse(toml);
  if (!map.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.map_file, ": ", map.status().message()));
  }
  std::vector<v1::Draft> drafts;
  Untold untold;
  std::string filter = absl::StrCat("type = ", record::FindEventType(map->type())->name);
  if (!arguments.filter.empty()) absl::StrAppend(&filter, " AND (", arguments.filter, ")");
  LIAISON_RETURN_IF_ERROR(
      ForEachDraft(session, filter, &untold, [&](v1::Draft draft) -> absl::Status {
        if (!map->Made(draft)) return absl::OkStatus();
        if (drafts.size() == kMaxTableRows) {
          return absl::ResourceExhaustedError("more than 100,000 rows; narrow it with --filter");
        }
        drafts.push_back(std::move(draft));
        return absl::OkStatus();
      }));
  NoteUntold(session, untold);
  if (!map->ignored().empty()) {
    session->console().Note(absl::StrCat("never imported, so not in the export: ",
                                         absl::StrJoin(map->ignored(), ", ")));
  }
  LIAISON_ASSIGN_OR_RETURN(CsvTable table, map->ToTable(drafts));
  if (arguments.safe_cells) GuardCells(&table);
  LIAISON_ASSIGN_OR_RETURN(const std::string bytes, WriteCsv(table));
  return session->console().Bytes(bytes);
}

}  // namespace

void AddExport(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "export", "Write events out as drafts (JSON Lines), or as the table they came from",
      "  liaison export > all.jsonl\n"
      "  liaison export --filter 'author = org/eurodig' > eurodig.jsonl\n"
      "  liaison export --map form.toml > answers.csv\n"
      "  liaison export --bundle record.bundle        # for `liaison verify`, offline\n"
      "\n"
      "A line of JSON is a draft again: `liaison publish` takes it, with the same event_id. On "
      "the\n"
      "hub it came from that has no second effect. A signature is not part of a draft: at another\n"
      "hub, an event that its author had signed is attested by that hub.\n"
      "What was imported with a map comes back with it, cell by cell, as it was; --safe-cells "
      "guards\n"
      "cells that a spreadsheet would run as formulas, and so changes them.\n",
      "Reading");
  auto arguments = std::make_shared<ExportArguments>();
  command->add_option("--filter", arguments->filter, "Only events that match")->type_name("EXPR");
  CLI::Option* map = command
                         ->add_option("--map", arguments->map_file,
                                      "Write the CSV of what was imported with this map")
                         ->type_name("MAP.toml");
  command
      ->add_flag("--safe-cells", arguments->safe_cells,
                 "Put ' before cells that begin with = + - or @")
      ->needs(map);
  command
      ->add_option("--bundle", arguments->bundle,
                   "Write all of the record into this file, for `liaison verify` to check offline")
      ->type_name("FILE")
      ->excludes(map)
      ->excludes("--filter");
  command->callback([=] {
    session->Choose([=] {
      if (!arguments->bundle.empty()) return ExportBundle(session, arguments->bundle);
      return arguments->map_file.empty() ? ExportJson(session, *arguments)
                                         : ExportTable(session, *arguments);
    });
  });
}

}  // namespace liaison::cli
