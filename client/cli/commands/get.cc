#include <memory>
#include <variant>

#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/event_key.h"
#include "liaison/event_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::StatusOr<Event> Fetch(const EventClient& client, const EventKeyWords& key) {
  if (const auto* sequence = std::get_if<uint64_t>(&key)) return client.Get(*sequence);
  if (const auto* digest = std::get_if<record::Hash>(&key)) return client.Get(*digest);
  const auto& name = std::get<v1::EventName>(key);
  return client.Get(name.author(), name.event_id());
}

absl::Status RunGet(Session* session, const EventKeyWords& key) {
  LIAISON_ASSIGN_OR_RETURN(const Event event, Fetch(EventClient(session->connection()), key));
  LIAISON_ASSIGN_OR_RETURN(const Json json, EventToJson(event, ""));
  return session->format() == Format::kTable ? session->console().Bytes(ToIndentedText(json))
                                             : session->console().Line(ToLine(json));
}

}  // namespace

void AddGet(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "get", "Show one event",
      "  liaison get 42\n"
      "  liaison get 3b1f...64 digits...                # by digest, as receipts and references "
      "have it\n"
      "  liaison get org/eurodig 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11\n"
      "\n"
      "What comes is checked: header, sections and leaf belong together, or the exit code is 7.\n",
      "Reading");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("KEY", *words, "Sequence, digest, or AUTHOR EVENT_ID")
      ->required()
      ->expected(1, 2);
  command->callback([=] {
    const absl::StatusOr<EventKeyWords> key = ParseEventKeyWords(*words);
    // CLI11's own way to say that the command line is wrong.
    if (!key.ok()) throw CLI::ValidationError("KEY", std::string(key.status().message()));
    session->Choose([=] { return RunGet(session, *key); });
  });
}

}  // namespace liaison::cli
