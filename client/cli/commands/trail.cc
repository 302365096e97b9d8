#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/liaison_client.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

std::string TypeName(v1::EventType type) {
  const auto* info = record::FindEventType(type);
  return info == nullptr ? absl::StrCat(static_cast<int>(type)) : std::string(info->name);
}

absl::Status RunTrail(Session* session, const std::string& event) {
  LIAISON_ASSIGN_OR_RETURN(const EventKey key, ParseEventKey(event));
  const LiaisonClient client(session->connection());
  LIAISON_ASSIGN_OR_RETURN(const auto entries,
                           std::visit([&](const auto& name) { return client.Trail(name); }, key));
  Table table({"SEQUENCE", "DIRECTION", "TYPE", "AUTHOR", "NAMES", "TITLE"});
  for (const v1::TrailEntry& entry : entries) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, entry));
    const std::string names = absl::StrJoin(
        entry.links(), " ",
        [](std::string* out, const v1::TrailLink& link) { absl::StrAppend(out, link.sequence()); });
    table.Add({absl::StrCat(entry.event().sequence()),
               Short(v1::TrailDirection_descriptor(), entry.direction()),
               TypeName(entry.event().type()), entry.event().author(), Shortened(names, 24),
               entry.event().title()});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(table.Render(session->console().width()));
}

struct ContributionArguments {
  std::string contributor;
  std::string cycle;
  std::string language;
};

absl::Status RunContributions(Session* session, const ContributionArguments& arguments) {
  v1::ListContributionsRequest request;
  request.set_contributor(arguments.contributor);
  request.set_cycle(arguments.cycle);
  request.set_language(arguments.language);
  LIAISON_ASSIGN_OR_RETURN(const auto contributions,
                           LiaisonClient(session->connection()).Contributions(std::move(request)));
  Table table({"SEQUENCE", "CYCLE", "INPUT", "WHAT BECAME OF IT"});
  for (const v1::Contribution& one : contributions) {
    if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, one));
    std::string became = one.in_words();
    for (const v1::ContributionDisposition& disposition : one.dispositions()) {
      // The original first.
      if (disposition.superseded()) continue;
      if (!disposition.reason().empty()) absl::StrAppend(&became, " | ", disposition.reason());
      if (disposition.has_translation()) {
        const v1::TranslatedReason& translation = disposition.translation();
        absl::StrAppend(&became, " | ", translation.text(), " (",
                        Short(v1::TranslationMaker_descriptor(), translation.maker()), ", by ",
                        translation.author(), translation.stale() ? ", out of date" : "", ")");
      }
    }
    table.Add({absl::StrCat(one.input().sequence()), one.input().cycle(),
               Shortened(one.input().title(), 48), became});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(table.Render(session->console().width()));
}

}  // namespace

void AddTrail(CLI::App* app, Session* session) {
  CLI::App* command =
      AddCommand(app, "trail", "All that an event came from, and all that it led to",
                 "  liaison trail 1042\n"
                 "  liaison trail 1042 --output json\n",
                 "The work");
  auto event = std::make_shared<std::string>();
  command->add_option("EVENT", *event, "Its sequence or digest")->required();
  command->callback([=] { session->Choose([=] { return RunTrail(session, *event); }); });
}

void AddContributions(CLI::App* app, Session* session) {
  CLI::App* command =
      AddCommand(app, "contributions", "What became of an organisation's inputs",
                 "  liaison --as org/eurodig contributions\n"
                 "  liaison contributions --contributor org/benin-igf --language fr\n",
                 "The work");
  auto arguments = std::make_shared<ContributionArguments>();
  command->add_option("--contributor", arguments->contributor, "Whose (default: who --as names)")
      ->type_name("ORG");
  command->add_option("--cycle", arguments->cycle, "Only of this cycle")->type_name("CYCLE");
  command->add_option("--language", arguments->language, "Reasons in this language as well")
      ->type_name("TAG");
  command->callback(
      [=] { session->Choose([=] { return RunContributions(session, *arguments); }); });
}

}  // namespace liaison::cli
