#include "client/cli/commands/outbox.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/outbox_file.h"
#include "client/cli/publish_run.h"
#include "client/cli/table.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"

namespace liaison::cli {
namespace {

// Calls `take` for every item in order, a page at a time.
absl::Status ForEachItem(const Outbox& outbox,
                         const std::function<absl::Status(const OutboxItem&)>& take) {
  uint64_t after = 0;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<OutboxItem> page, outbox.List(after));
    if (page.empty()) return absl::OkStatus();
    for (const OutboxItem& item : page) LIAISON_RETURN_IF_ERROR(take(item));
    after = page.back().number;
  }
}

// --- flush --------------------------------------------------------------------------------------

// A Teller prints verdicts, and has the outbox forget the receipts that are printed. Not
// thread-safe.
class Teller {
 public:
  Teller(Console* console, Outbox* outbox) : console_(console), outbox_(outbox) {}

  absl::Status Tell(absl::Span<const OutboxItem> items) {
    std::vector<uint64_t> read;
    for (const OutboxItem& item : items) {
      if (item.state == OutboxItemState::kAccepted) {
        LIAISON_RETURN_IF_ERROR(console_->Line(ToLine(ReceiptToJson(*item.receipt))));
        read.push_back(item.number);
      } else {
        LIAISON_RETURN_IF_ERROR(console_->Line(ToLine(ItemToJson(item))));
        if (refusal_.ok()) refusal_ = AtOrigin(item.refusal, absl::StrCat("event ", item.event_id));
      }
    }
    return read.empty() ? absl::OkStatus() : outbox_->Forget(read);
  }
  // Of the first that was refused.
  const absl::Status& refusal() const { return refusal_; }

 private:
  Console* const console_;
  Outbox* const outbox_;
  absl::Status refusal_;
};

// Receipts that an earlier run did not live to print.
absl::Status TellUnread(const Outbox& outbox, Teller* teller) {
  return ForEachItem(outbox, [teller](const OutboxItem& item) {
    if (item.state != OutboxItemState::kAccepted) return absl::OkStatus();
    return teller->Tell({&item, 1});
  });
}

absl::Status RunFlush(Session* session, const std::string& file, bool only_when_due) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  Teller teller(&session->console(), outbox.get());
  LIAISON_RETURN_IF_ERROR(TellUnread(*outbox, &teller));
  FlushOptions options;
  options.patience = options.lock_timeout = session->timeout();
  options.only_when_due = only_when_due;
  options.on_settled = [&teller](absl::Span<const OutboxItem> items) { return teller.Tell(items); };
  const absl::Status sent = outbox->Flush(session->connection(), options).status();
  NoteWhatWaits(session, outbox.get());
  return sent.ok() ? teller.refusal() : sent;
}

// --- list and info ------------------------------------------------------------------------------

std::string WhyOrTitle(const OutboxItem& item) {
  return item.state == OutboxItemState::kRefused ? std::string(item.refusal.message())
                                                 : TitleOf(item);
}

absl::Status RunList(Session* session, const std::string& file) {
  Console& console = session->console();
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  const bool as_table = session->format() == Format::kTable;
  Table table({"EVENT", "STATE", "SINCE", "AUTHOR", "TITLE, OR WHY"});
  LIAISON_RETURN_IF_ERROR(ForEachItem(*outbox, [&](const OutboxItem& item) {
    const Json json = ItemToJson(item);
    if (!as_table) return console.Line(ToLine(json));
    table.Add({item.event_id, json["state"].get<std::string>(), DayText(item.stored_time),
               item.author, WhyOrTitle(item)});
    return absl::OkStatus();
  }));
  if (as_table && table.size() > 0) {
    LIAISON_RETURN_IF_ERROR(console.Bytes(table.Render(console.width())));
  }
  NoteWhatWaits(session, outbox.get());
  return absl::OkStatus();
}

absl::Status RunInfo(Session* session, const std::string& file) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  LIAISON_ASSIGN_OR_RETURN(const OutboxSummary summary, outbox->Summary());
  Json json;
  json["outbox"] = file;
  json["waiting"] = summary.waiting;
  json["refused"] = summary.refused;
  json["unread_receipts"] = summary.accepted;
  json["size_bytes"] = summary.size_bytes;
  json["hub"] = summary.hub;
  json["log_id"] = summary.log_id;
  json["failures"] = summary.failures;
  if (summary.failures > 0) {
    json["next_try"] = TimeText(summary.next_try);
    json["last_error"] = summary.last_error;
  }
  Console& console = session->console();
  if (session->format() == Format::kJson) return console.Line(ToLine(json));
  LIAISON_RETURN_IF_ERROR(console.Bytes(ToIndentedText(json)));
  console.Note(summary.log_id.empty()
                   ? "It has met no hub yet; the first one that answers is the one it belongs to."
                   : "It belongs to the hub with this log_id, whatever its address.");
  return absl::OkStatus();
}

// --- retry, drop, adopt -------------------------------------------------------------------------

struct ChosenItems {
  std::vector<std::string> event_ids;
  bool all_refused = false;
};

// Each item that is chosen; NOT_FOUND, and nothing is done, where an id is in no state to be.
absl::StatusOr<std::vector<uint64_t>> Find(const Outbox& outbox, const ChosenItems& chosen,
                                           bool only_refused) {
  std::set<std::string> missing(chosen.event_ids.begin(), chosen.event_ids.end());
  const std::set<std::string> wanted = missing;
  std::vector<uint64_t> numbers;
  LIAISON_RETURN_IF_ERROR(ForEachItem(outbox, [&](const OutboxItem& item) {
    const bool refused = item.state == OutboxItemState::kRefused;
    const bool named = wanted.count(item.event_id) > 0 && (refused || !only_refused);
    if (named) missing.erase(item.event_id);
    if (named || (chosen.all_refused && refused)) numbers.push_back(item.number);
    return absl::OkStatus();
  }));
  if (missing.empty()) return numbers;
  return absl::NotFoundError(absl::StrCat("event ", *missing.begin(), " is not in the outbox",
                                          only_refused ? " as one that was refused" : "",
                                          "; `liaison outbox list` shows what is. Nothing was "
                                          "changed"));
}

absl::Status RunOn(Session* session, const std::string& file, const ChosenItems& chosen,
                   bool drop) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, Find(*outbox, chosen, !drop));
  for (const uint64_t number : numbers) {
    LIAISON_RETURN_IF_ERROR(drop ? outbox->Drop(number) : outbox->Retry(number));
  }
  NoteWhatWaits(session, outbox.get());
  return absl::OkStatus();
}

void AddOn(CLI::App* app, CLI::App* outbox, Session* session, const std::string& name,
           const std::string& line, const std::string& examples, bool drop) {
  CLI::App* command = AddCommand(outbox, name, line, examples);
  auto chosen = std::make_shared<ChosenItems>();
  CLI::Option* ids = command->add_option("EVENT_ID", chosen->event_ids, "Events, by their id");
  CLI::Option* all =
      command->add_flag("--all-refused", chosen->all_refused, "All that were refused");
  ids->excludes(all);
  command->callback([=] {
    if (chosen->event_ids.empty() && !chosen->all_refused) {
      throw CLI::ValidationError("which events? Name their ids, or --all-refused");
    }
    session->Choose([=] { return OfItsOwnSide(RunOn(session, OutboxNamed(*app), *chosen, drop)); });
  });
}

absl::Status RunAdopt(Session* session, const std::string& file, const std::string& log_id) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Outbox> outbox, OpenOutbox(*session, file));
  LIAISON_RETURN_IF_ERROR(outbox->Adopt(log_id));
  session->console().Note(absl::StrCat("It belongs to the log ", log_id, " from now on."));
  return absl::OkStatus();
}

void AddAdopt(CLI::App* app, CLI::App* outbox, Session* session) {
  CLI::App* command = AddCommand(
      outbox, "adopt", "Give the outbox to another log",
      "  liaison --outbox reports.outbox outbox adopt 6f9619ff-8b86-4011-b42d-00cf4fc964ff\n"
      "\n"
      "An outbox belongs to the log that it met first. A hub that was restored or begun anew has\n"
      "another one; ask its operator before you do this. What was sent to the old log is not sent\n"
      "again.\n");
  auto log_id = std::make_shared<std::string>();
  command->add_option("LOG_ID", *log_id, "As `liaison info` shows it")
      ->required()
      ->check([](const std::string& text) {
        return std::string(record::Uuid::Parse(text).status().message());
      });
  command->callback([=] {
    session->Choose([=] { return OfItsOwnSide(RunAdopt(session, OutboxNamed(*app), *log_id)); });
  });
}

}  // namespace

void AddOutbox(CLI::App* app, Session* session) {
  CLI::App* outbox = AddCommand(
      app, "outbox", "See and send what waits for the line",
      "  liaison --outbox reports.outbox publish report.json    # safe on this disk\n"
      "  liaison --outbox reports.outbox outbox flush           # now, or next week\n"
      "  liaison --outbox reports.outbox outbox list\n"
      "\n"
      "An outbox is one file. What it has taken survives a power loss and weeks without a line, "
      "and\n"
      "arrives once, however often it has to be sent. LIAISON_OUTBOX names it once and for all.\n",
      "Publishing");
  outbox->require_subcommand(1);
  CLI::App* flush = AddCommand(
      outbox, "flush", "Send what waits, and print a receipt for each",
      "  liaison --outbox reports.outbox outbox flush\n"
      "  liaison --outbox reports.outbox outbox flush --when-due     # for a timer\n"
      "\n"
      "Ends with 0 when nothing waits any more, with 4 when the hub cannot be reached: what is "
      "left\n"
      "stays. What the hub refuses is printed with its reason and stays as refused; the exit code "
      "is\n"
      "then 3, once. What comes behind it is sent all the same. --when-due leaves a hub that was\n"
      "away in peace until its next try is due, and then ends with 0.\n");
  auto only_when_due = std::make_shared<bool>(false);
  flush->add_flag("--when-due", *only_when_due, "Only when the pause after the last try is over");
  flush->callback([=] {
    session->Choose(
        [=] { return OfItsOwnSide(RunFlush(session, OutboxNamed(*app), *only_when_due)); });
  });
  AddCommand(outbox, "list", "List what is in the outbox",
             "  liaison --outbox reports.outbox outbox list\n"
             "  liaison --outbox reports.outbox outbox list --output json\n")
      ->callback([=] {
        session->Choose([=] { return OfItsOwnSide(RunList(session, OutboxNamed(*app))); });
      });
  AddCommand(outbox, "info", "Say which hub it belongs to, and how the last try went",
             "  liaison --outbox reports.outbox outbox info\n")
      ->callback([=] {
        session->Choose([=] { return OfItsOwnSide(RunInfo(session, OutboxNamed(*app))); });
      });
  AddOn(app, outbox, session, "retry", "Have what was refused wait again",
        "  liaison --outbox reports.outbox outbox retry 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11\n"
        "  liaison --outbox reports.outbox outbox retry --all-refused\n",
        /*drop=*/false);
  AddOn(app, outbox, session, "drop", "Take events out, unsent",
        "  liaison --outbox reports.outbox outbox drop 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11\n"
        "  liaison --outbox reports.outbox outbox drop --all-refused\n",
        /*drop=*/true);
  AddAdopt(app, outbox, session);
}

}  // namespace liaison::cli
