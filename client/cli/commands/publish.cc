#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/draft_reader.h"
#include "client/cli/event_json.h"
#include "client/cli/file.h"
#include "client/cli/publish_run.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

struct PublishArguments {
  std::vector<std::string> files;
  bool atomic = false;
  bool dry_run = false;
};

// Calls `take` for each draft of each file in order, until it fails.
absl::Status ForEachDraft(const PublishArguments& arguments, const GlobalOptions& options,
                          const std::function<bool()>& stop,
                          const std::function<absl::Status(ReadDraft)>& take) {
  for (const std::string& name : arguments.files) {
    LIAISON_ASSIGN_OR_RETURN(const auto file, InputFile::Open(name));
    DraftReader reader(file->name(), file->Reader(stop), NamedReferences::kRefused);
    while (true) {
      LIAISON_ASSIGN_OR_RETURN(std::optional<ReadDraft> read, reader.Next());
      if (!read.has_value()) break;
      if (read->draft.author().empty()) read->draft.set_author(options.acting_as);
      LIAISON_RETURN_IF_ERROR(take(*std::move(read)));
    }
  }
  return absl::OkStatus();
}

absl::Status PublishAsStream(Session* session, const PublishArguments& arguments) {
  Console& console = session->console();
  PublishRun run(PublishClient(session->connection()), session->timeout(),
                 [&console](const v1::Receipt& receipt) {
                   return console.Line(ToLine(ReceiptToJson(receipt)));
                 });
  const absl::Status read = ForEachDraft(
      arguments, session->options(), [&run] { return run.failed(); },
      [&run](ReadDraft draft) { return run.Add(std::move(draft.draft), draft.origin); });
  // What is under way gets its receipt even where a later draft cannot be read.
  const absl::Status published = run.Finish();
  const absl::Status& failure = published.ok() ? read : published;
  if (!failure.ok() && run.accepted() > 0) {
    console.Note(absl::StrCat(run.accepted(), run.accepted() == 1 ? " event" : " events",
                              " before it stayed accepted; publishing the same file again repeats "
                              "nothing that has an event_id"));
  }
  return failure;
}

absl::Status PublishTogether(Session* session, const PublishArguments& arguments) {
  std::vector<v1::Draft> drafts;
  std::vector<std::string> origins;
  LIAISON_RETURN_IF_ERROR(ForEachDraft(
      arguments, session->options(), [] { return false; },
      [&](ReadDraft read) {
        drafts.push_back(std::move(read.draft));
        origins.push_back(std::move(read.origin));
        return absl::OkStatus();
      }));
  const PublishClient client(session->connection());
  LIAISON_ASSIGN_OR_RETURN(const std::vector<v1::Receipt> receipts,
                           arguments.atomic
                               ? PublishBatch(client, std::move(drafts), origins, arguments.dry_run)
                               : CheckOnly(client, drafts, origins));
  for (const v1::Receipt& receipt : receipts) {
    LIAISON_RETURN_IF_ERROR(session->console().Line(ToLine(ReceiptToJson(receipt))));
  }
  if (arguments.dry_run) {
    session->console().Note(
        absl::StrCat(receipts.size(), " checked, nothing published (--dry-run)"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddPublish(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "publish", "Publish drafts, and print a receipt for each",
      "  liaison publish signal.json\n"
      "  liaison publish --dry-run signals.jsonl       # check, write nothing\n"
      "  liaison publish --atomic *.json               # all or none\n"
      "  my-program | liaison publish -                # receipts come as events are accepted\n"
      "\n"
      "A file holds one JSON draft, or several one after the other (JSON Lines). A draft without\n"
      "an event_id gets one; keep it in the file, and repeating the call has no second effect. "
      "One\n"
      "without an author is by whoever --as names.\n"
      "Receipts are JSON, one line each.\n",
      "Publishing");
  auto arguments = std::make_shared<PublishArguments>();
  command->add_option("FILE", arguments->files, "Files of drafts; - is standard input")->required();
  command->add_flag("--atomic", arguments->atomic, "All of them in one batch, or none");
  command->add_flag("--dry-run", arguments->dry_run, "Have the hub check them; write nothing");
  command->callback([=] {
    session->Choose([=] {
      return arguments->atomic || arguments->dry_run ? PublishTogether(session, *arguments)
                                                     : PublishAsStream(session, *arguments);
    });
  });
}

}  // namespace liaison::cli
