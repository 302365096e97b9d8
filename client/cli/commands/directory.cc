#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/directory_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

// `{"sequence": 7, ...the body...}`, one line for each entry.
absl::Status PrintJson(Console* console, const google::protobuf::Message& body, uint64_t sequence) {
  LIAISON_ASSIGN_OR_RETURN(const Json fields, MessageToJson(body));
  Json json;
  json["sequence"] = sequence;
  json.update(fields);
  return console->Line(ToLine(json));
}

absl::Status RunOrganisations(Session* session) {
  LIAISON_ASSIGN_OR_RETURN(const auto entries,
                           DirectoryClient(session->connection()).Organisations());
  Console& console = session->console();
  Table table({"ORGANISATION", "KIND", "REGION", "NAME"});
  for (const v1::OrganisationEntry& entry : entries) {
    const v1::Organisation& body = entry.organisation();
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(PrintJson(&console, body, entry.sequence()));
    }
    table.Add({body.organisation(), Short(v1::OrganisationKind_descriptor(), body.kind()),
               Short(v1::Region_descriptor(), body.region()), body.name()});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunSchemes(Session* session) {
  LIAISON_ASSIGN_OR_RETURN(const auto entries,
                           DirectoryClient(session->connection()).TopicSchemes());
  Console& console = session->console();
  Table table({"TOPIC", "LABEL"});
  for (const v1::TopicSchemeEntry& entry : entries) {
    const v1::TopicScheme& body = entry.topic_scheme();
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(PrintJson(&console, body, entry.sequence()));
    }
    for (const v1::TopicCode& code : body.entries()) {
      table.Add({absl::StrCat(body.scheme(), ":", code.code()), code.label()});
    }
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunCycles(Session* session) {
  LIAISON_ASSIGN_OR_RETURN(const auto entries, DirectoryClient(session->connection()).Cycles());
  Console& console = session->console();
  Table table({"CYCLE", "PHASE", "FROM", "TO", "TITLE"});
  for (const v1::CycleEntry& entry : entries) {
    const v1::Cycle& body = entry.cycle();
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(PrintJson(&console, body, entry.sequence()));
    }
    for (const v1::Phase& phase : body.phases()) {
      table.Add({body.cycle_id(), phase.phase(), phase.starts_on(), phase.ends_on(), body.title()});
    }
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return console.Bytes(table.Render(console.width()));
}

}  // namespace

void AddDirectory(CLI::App* app, Session* session) {
  struct ListCommand {
    const char* name;
    const char* line;
    absl::Status (*run)(Session*);
  };
  for (const ListCommand& list :
       {ListCommand{"organisations", "List the organisations that the hub knows", RunOrganisations},
        ListCommand{"schemes", "List the topic schemes and their codes", RunSchemes},
        ListCommand{"cycles", "List the cycles and their phases", RunCycles}}) {
    const std::string name = list.name;
    CLI::App* command = AddCommand(
        app, name, list.line,
        absl::StrCat("  liaison ", name, "\n  liaison ", name, " --output json\n"), "Reading");
    command->callback(
        [session, run = list.run] { session->Choose([session, run] { return run(session); }); });
  }
}

}  // namespace liaison::cli
