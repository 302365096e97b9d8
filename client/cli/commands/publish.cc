#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/draft_reader.h"
#include "client/cli/event_json.h"
#include "client/cli/file.h"
#include "client/cli/outbox_file.h"
#include "client/cli/publish_run.h"
#include "proto/record/counted.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

using record::Counted;

struct PublishArguments {
  std::vector<std::string> files;
  bool atomic = false;
  bool dry_run = false;
  bool sign = false;
};

// The profile's own key, and whose it is.
absl::StatusOr<record::SigningKey> KeyOf(const Session& session) {
  if (session.profile() == nullptr || session.profile()->signing_seed.empty()) {
    return absl::InvalidArgumentError(
        "--sign takes the signing key of a profile that `liaison join` made (--profile)");
  }
  return record::SigningKey::FromSeed(session.profile()->signing_seed);
}

// Signed, and the same event whenever the same draft is signed again with an authored_time: its
// salts come of the key, the name and the place, and nobody without the key can guess them.
absl::StatusOr<v1::SignedEvent> SignAgain(const v1::Draft& draft, const Session& session,
                                          const record::SigningKey& key) {
  if (draft.author() != session.profile()->organisation) {
    return absl::InvalidArgumentError(absl::StrCat("the profile's key signs for ",
                                                   session.profile()->organisation, ", not for ",
                                                   draft.author()));
  }
  if (record::DraftBody(draft) == nullptr) {
    return absl::InvalidArgumentError("a draft has a body: topic_signal, local_report, ...");
  }
  return record::BuildEvent(draft, &key, absl::Now(), [&](v1::SectionKind kind) {
    const record::Hash salt = record::Sha256Of(absl::StrCat(
        "igf.liaison/salt/v1 ", key.seed(), " ", draft.event_id(), " ", static_cast<int>(kind)));
    return std::string(salt.bytes());
  });
}

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
  std::optional<record::SigningKey> key;
  if (arguments.sign) {
    LIAISON_ASSIGN_OR_RETURN(key, KeyOf(*session));
  }
  const absl::Status read = ForEachDraft(
      arguments, session->options(), [&run] { return run.failed(); },
      [&](ReadDraft draft) -> absl::Status {
        if (!key) return run.Add(std::move(draft.draft), draft.origin);
        EnsureEventId(&draft.draft);
        if (draft.draft.author().empty()) {
          draft.draft.set_author(session->profile()->organisation);
        }
        absl::StatusOr<v1::SignedEvent> event = SignAgain(draft.draft, *session, *key);
        if (!event.ok()) return AtOrigin(event.status(), draft.origin);
        return run.Add(*std::move(event), draft.origin);
      });
  // What is under way gets its receipt even where a later draft cannot be read.
  const absl::Status published = run.Finish();
  const absl::Status& failure = published.ok() ? read : published;
  if (!failure.ok() && run.accepted() > 0) {
    console.Note(absl::StrCat(Counted(run.accepted(), "event"),
                              " before it stayed accepted; publishing the same file again repeats "
                              "nothing that has an event_id"));
  }
  return failure;
}

// Nobody is asked: it is safe here first, and goes out with `outbox flush`.
absl::Status PublishIntoOutbox(Session* session, const PublishArguments& arguments,
                               const std::string& file) {
  Console& console = session->console();
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  const Profile* profile = session->profile();
  absl::Status status = ForEachDraft(
      arguments, session->options(), [] { return false; },
      [&](ReadDraft read) {
        if (read.draft.author().empty() && profile != nullptr) {
          read.draft.set_author(profile->organisation);
        }
        const absl::StatusOr<std::string> id = outbox->Publish(std::move(read.draft));
        if (!id.ok()) return AtOrigin(OfThisSide(id.status()), read.origin);
        Json line;
        line["event_id"] = *id;
        line["queued"] = true;
        return console.Line(ToLine(line));
      });
  NoteWhatWaits(session, outbox.get());
  return status;
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
      "  liaison --outbox reports.outbox publish report.json   # safe here, sent with `outbox "
      "flush`\n"
      "  liaison --profile ~/igf publish --sign signal.json\n"
      "\n"
      "A file holds one JSON draft, or several one after the other (JSON Lines). A draft without\n"
      "an event_id gets one; keep it in the file, and repeating the call has no second effect. "
      "One\n"
      "without an author is by whoever --as names.\n"
      "Receipts are JSON, one line each.\n"
      "--sign signs with the profile's key, which only this machine has; otherwise the hub attests "
      "who sent\n"
      "it. A signed draft is the same event again where the file has its event_id and "
      "authored_time.\n",
      "Publishing");
  auto arguments = std::make_shared<PublishArguments>();
  command->add_option("FILE", arguments->files, "Files of drafts; - is standard input")->required();
  command->add_flag("--atomic", arguments->atomic, "All of them in one batch, or none");
  command->add_flag("--dry-run", arguments->dry_run, "Have the hub check them; write nothing");
  command->add_flag("--sign", arguments->sign, "Sign each with the profile's own key")
      ->excludes("--atomic")
      ->excludes("--dry-run");
  command->callback([=] {
    const bool asks_hub = arguments->atomic || arguments->dry_run;
    const std::string outbox = OutboxNamed(*app);
    if (asks_hub && !outbox.empty()) {
      throw CLI::ValidationError(
          "--atomic and --dry-run ask the hub, and an outbox does not; leave "
          "one of them out");
    }
    if (arguments->sign && !outbox.empty()) {
      throw CLI::ValidationError("--sign", "what an outbox sends is not signed this way");
    }
    session->Choose([=] {
      if (!outbox.empty()) return PublishIntoOutbox(session, *arguments, outbox);
      return arguments->atomic || arguments->dry_run ? PublishTogether(session, *arguments)
                                                     : PublishAsStream(session, *arguments);
    });
  });
}

}  // namespace liaison::cli
