#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/draft_json.h"
#include "client/cli/examples.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

absl::Status PrintExample(Session* session, const std::string& type) {
  Console& console = session->console();
  if (type.empty()) {
    for (const std::string& name : ExampleTypes()) LIAISON_RETURN_IF_ERROR(console.Line(name));
    console.Note("`liaison example TYPE` prints a draft of that type");
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(const Example example, ExampleOf(type));
  if (!example.note.empty()) console.Note(example.note);
  return console.Line(ToPretty(example.draft));
}

}  // namespace

void AddExample(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "example", "Print a draft to change and publish",
                                 "  liaison example\n"
                                 "  liaison example topic-signal > signal.json\n"
                                 "  liaison example local-report | liaison publish -\n",
                                 "Publishing");
  auto type = std::make_shared<std::string>();
  command->add_option("TYPE", *type, "Type of event; without it, the types are listed")
      ->check([](const std::string& name) {
        const absl::Status known = ExampleOf(name).status();
        return std::string(known.message());
      });
  command->callback([=] { session->Choose([=] { return PrintExample(session, *type); }); });
}

}  // namespace liaison::cli
