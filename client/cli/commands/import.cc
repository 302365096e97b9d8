#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/commands/commands.h"
#include "client/cli/csv.h"
#include "client/cli/csv_map.h"
#include "client/cli/datatracker.h"
#include "client/cli/draft_reader.h"
#include "client/cli/event_json.h"
#include "client/cli/exit_code.h"
#include "client/cli/file.h"
#include "client/cli/known_tables.h"
#include "client/cli/outbox_file.h"
#include "client/cli/publish_run.h"
#include "client/cli/row_check.h"
#include "client/cli/sample/sample.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "proto/record/counted.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

using record::Counted;

constexpr size_t kShownDrafts = 3;
constexpr size_t kShownFaults = 20;
constexpr double kDryRunTimeoutS = 3;

struct ImportArguments {
  std::vector<std::string> files;
  std::string map_file;
  bool sample = false;
  bool dry_run = false;
  bool skip_bad = false;
};

absl::Status InFile(absl::string_view file, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
}

absl::StatusOr<CsvMap> LoadMap(const std::string& name) {
  LIAISON_ASSIGN_OR_RETURN(const auto file, InputFile::Open(name));
  LIAISON_ASSIGN_OR_RETURN(const std::string toml, file->ReadAll());
  absl::StatusOr<CsvMap> map = CsvMap::Parse(toml);
  return map.ok() ? std::move(map) : InFile(name, map.status());
}

bool LooksLikeJson(absl::string_view bytes) {
  const size_t first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return first != absl::string_view::npos && bytes[first] == '{';
}

absl::StatusOr<std::vector<ReadDraft>> ReadJson(const std::string& name, absl::string_view bytes) {
  DraftReader reader(name, ReadFrom(bytes), NamedReferences::kRead);
  std::vector<ReadDraft> drafts;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<ReadDraft> read, reader.Next());
    if (!read.has_value()) return drafts;
    drafts.push_back(*std::move(read));
  }
}

// The rows that are longer or shorter than the header; a map can leave them out, here they are all
// the error there is.
absl::Status CheckWidths(const CsvTable& table) {
  std::vector<std::string> faults;
  for (const CsvRow& row : table.rows) {
    if (!row.fault.empty() && faults.size() < kShownFaults) faults.push_back(row.fault);
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

absl::StatusOr<std::vector<ReadDraft>> ReadKnownTable(const std::string& name,
                                                      absl::string_view bytes) {
  const absl::StatusOr<CsvTable> table = ReadCsv(bytes);
  if (!table.ok()) return InFile(name, table.status());
  const std::optional<KnownTable> kind = RecogniseTable(table->header);
  if (!kind.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        name,
        ": neither drafts in JSON nor one of the known tables; say with --map which column "
        "goes where (`liaison import --help`)"));
  }
  const absl::Status widths = CheckWidths(*table);
  if (!widths.ok()) return InFile(name, widths);
  absl::StatusOr<std::vector<v1::Draft>> drafts = DraftsOf(*kind, *table);
  if (!drafts.ok()) return InFile(name, drafts.status());
  std::vector<ReadDraft> read;
  for (v1::Draft& draft : *drafts) {
    std::string origin = absl::StrCat(name, ", event ", read.size() + 1);
    read.push_back({std::move(draft), std::move(origin), {}});
  }
  return read;
}

// By the map; bad rows are an error as a whole, unless they are to be left out.
absl::StatusOr<std::vector<ReadDraft>> ReadMapped(const std::string& name, absl::string_view bytes,
                                                  const CsvMap& map, bool skip_bad,
                                                  Console* console) {
  const absl::StatusOr<CsvTable> table = ReadCsv(bytes, map.hints());
  if (!table.ok()) return InFile(name, table.status());
  const absl::Status header = map.CheckHeader(table->header);
  if (!header.ok()) return InFile(name, header);

  CsvMap::Drafts made = map.ToDrafts(*table);
  if (made.bad_rows > 0) {
    const std::string text =
        absl::StrCat(name, ": ", made.bad_rows, " of ", Counted(table->rows.size(), "row"),
                     " cannot be imported\n", absl::StrJoin(made.problems, "\n"));
    if (!skip_bad) {
      return absl::InvalidArgumentError(
          absl::StrCat(text, "\nNothing was published. --skip-bad leaves these rows out."));
    }
    console->Note(absl::StrCat(text, "\nThey are left out (--skip-bad)."));
  }
  if (!map.has_row_ids()) {
    console->Note(
        "the map names no id_column: rows are known by their number, and a row that moves "
        "is imported as another event");
  }
  if (!map.ignored().empty()) {
    console->Note(absl::StrCat("left out, as the map says: ", absl::StrJoin(map.ignored(), ", ")));
  }
  if (made.bad_rows == 0) {
    for (const std::string& note : map.RoundTripNotes(bytes, *table, made.drafts)) {
      console->Note(absl::StrCat("`export --map` will not give this very file back: ", note));
    }
  }
  std::vector<ReadDraft> read;
  for (size_t i = 0; i < made.drafts.size(); ++i) {
    read.push_back({std::move(made.drafts[i]), absl::StrCat(name, ", row ", made.rows[i]), {}});
  }
  return read;
}

// Shows what would be published.
absl::Status ShowDrafts(Session* session, const std::string& name,
                        const std::vector<ReadDraft>& drafts) {
  std::map<std::string, size_t> counts;
  for (const ReadDraft& read : drafts) {
    ++counts[std::string(record::FindEventType(record::DraftType(read.draft))->name)];
  }
  for (size_t i = 0; i < std::min(kShownDrafts, drafts.size()); ++i) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(drafts[i].draft));
    LIAISON_RETURN_IF_ERROR(session->console().Line(
        session->format() == Format::kTable ? ToPretty(json) : ToLine(json)));
  }
  session->console().Note(absl::StrCat(name, ": ",
                                       absl::StrJoin(counts, ", ",
                                                     [](std::string* out, const auto& entry) {
                                                       absl::StrAppend(out, entry.second, " ",
                                                                       entry.first);
                                                     }),
                                       "; the first ", std::min(kShownDrafts, drafts.size()),
                                       " are shown; nothing was published (--dry-run)"));
  return absl::OkStatus();
}

// An Importer publishes the drafts of several files in one run. Not thread-safe.
class Importer {
 public:
  explicit Importer(Session* session)
      : session_(session),
        events_(session->connection()),
        run_(PublishClient(session->connection()), session->timeout(),
             [session](const v1::Receipt& receipt) {
               if (session->format() == Format::kTable) return absl::OkStatus();
               return session->console().Line(ToLine(ReceiptToJson(receipt)));
             }) {}

  absl::Status Import(std::vector<ReadDraft> drafts) {
    for (ReadDraft& read : drafts) {
      LIAISON_RETURN_IF_ERROR(Resolve(&read));
      LIAISON_RETURN_IF_ERROR(run_.Add(std::move(read.draft), read.origin));
      session_->console().Progress(absl::StrCat("imported ", run_.accepted()));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() {
    absl::Status status = run_.Finish();
    session_->console().Note(
        absl::StrCat(run_.accepted(), " accepted: ", run_.accepted() - run_.duplicates(), " new, ",
                     run_.duplicates(), " there already", status.ok() ? "" : "; then it stopped"));
    return status;
  }

 private:
  // The digest of an event named by its author and id is known once it is in the log: perhaps by
  // this very run, a moment ago.
  absl::Status Resolve(ReadDraft* read) {
    if (read->named_references.empty()) return absl::OkStatus();
    LIAISON_RETURN_IF_ERROR(run_.WaitForVerdicts());
    for (const NamedReference& named : read->named_references) {
      const absl::StatusOr<Event> event = events_.Get(named.author, named.event_id);
      if (!event.ok()) {
        return AtOrigin(event.status(), absl::StrCat(read->origin, ": reference to ", named.author,
                                                     " ", named.event_id));
      }
      v1::Reference& reference = *read->draft.add_references();
      reference.set_digest(std::string(event->digest().bytes()));
      reference.set_relation(named.relation);
    }
    read->named_references.clear();
    return absl::OkStatus();
  }

  Session* const session_;
  const EventClient events_;
  PublishRun run_;
};

// All inputs, read before anything is published.
struct Input {
  std::string name;
  std::vector<ReadDraft> drafts;
};

absl::StatusOr<std::vector<Input>> ReadInputs(Session* session, const ImportArguments& arguments,
                                              const std::optional<CsvMap>& map) {
  std::vector<Input> inputs;
  const auto add = [&](const std::string& name, absl::string_view bytes) -> absl::Status {
    auto drafts = LooksLikeJson(bytes) ? ReadJson(name, bytes) : ReadKnownTable(name, bytes);
    LIAISON_RETURN_IF_ERROR(drafts.status());
    inputs.push_back({name, *std::move(drafts)});
    return absl::OkStatus();
  };
  if (arguments.sample) {
    for (const SampleFile& file : SampleFiles()) {
      LIAISON_RETURN_IF_ERROR(add(std::string(file.name), file.content));
    }
  }
  for (const std::string& name : arguments.files) {
    LIAISON_ASSIGN_OR_RETURN(const auto file, InputFile::Open(name));
    LIAISON_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAll());
    if (!map.has_value()) {
      LIAISON_RETURN_IF_ERROR(add(file->name(), bytes));
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(
        std::vector<ReadDraft> drafts,
        ReadMapped(file->name(), bytes, *map, arguments.skip_bad, &session->console()));
    inputs.push_back({file->name(), std::move(drafts)});
  }
  return inputs;
}

// Has the hub check the rows before any is published. Those that it refuses are an error as a
// whole, with its reason, unless they are to be left out.
absl::Status CheckRows(Session* session, const CsvMap& map, bool skip_bad, Input* input) {
  LIAISON_ASSIGN_OR_RETURN(
      const RefusedRows refused,
      FindRefusedRows(session->connection(), map, input->drafts, /*all=*/skip_bad));
  const size_t count = refused.indexes.size();
  if (count == 0) return absl::OkStatus();
  const bool more = !skip_bad && count >= kMaxToldRows;
  std::string text = absl::StrCat(input->name, ": the hub refuses ", more ? "at least " : "", count,
                                  " of ", Counted(input->drafts.size(), "row"), "\n",
                                  absl::StrJoin(refused.problems, "\n"));
  if (!refused.way_out.empty()) absl::StrAppend(&text, "\n", refused.way_out);
  if (!skip_bad) {
    absl::Status status(refused.first_refusal.code(),
                        absl::StrCat(text,
                                     "\nNothing was published. --skip-bad leaves these rows "
                                     "out."));
    refused.first_refusal.ForEachPayload([&](absl::string_view type_url, const absl::Cord& info) {
      if (absl::EndsWith(type_url, "google.rpc.ErrorInfo")) status.SetPayload(type_url, info);
    });
    return status;
  }
  session->console().Note(absl::StrCat(text, "\nThey are left out (--skip-bad)."));
  std::vector<ReadDraft> good;
  for (size_t i = 0, next = 0; i < input->drafts.size(); ++i) {
    const bool bad = next < count && refused.indexes[next] == i;
    if (bad) ++next;
    if (!bad) good.push_back(std::move(input->drafts[i]));
  }
  input->drafts = std::move(good);
  return absl::OkStatus();
}

// The hub is asked about rows of a map only: other files may refer to events of their own that it
// does not have yet. A look at a table does not wait long for a hub.
absl::Status RunDry(Session* session, const std::optional<CsvMap>& map, bool skip_bad,
                    std::vector<Input>* inputs) {
  session->options().timeout_s = std::min(session->options().timeout_s, kDryRunTimeoutS);
  absl::Status refused;
  absl::Status unanswered;
  for (Input& input : *inputs) {
    if (map.has_value() && unanswered.ok()) {
      const absl::Status status = CheckRows(session, *map, skip_bad, &input);
      const bool answered = status.ok() || ExitCodeOf(status) == ExitCode::kRefused;
      if (!answered) unanswered = status;
      if (answered && refused.ok()) refused = status;
    }
    LIAISON_RETURN_IF_ERROR(ShowDrafts(session, input.name, input.drafts));
  }
  if (!map.has_value() || !unanswered.ok()) {
    session->console().Note(
        absl::StrCat("the hub was not asked, and may refuse some of them",
                     unanswered.ok() ? "" : absl::StrCat(": ", unanswered.message())));
  }
  return refused;
}

struct DatatrackerArguments {
  std::string file;
  DatatrackerOptions options;
  std::vector<std::string> organisations;  // GROUP=org/...
  bool dry_run = false;
};

// A statement's id makes the event's: whoever imports cannot choose another.
absl::Status WithWayOut(const absl::Status& status) {
  if (ReasonOf(status) != record::Reason::kEventIdReused) return status;
  absl::Status told(
      status.code(),
      absl::StrCat(absl::StrReplaceAll(status.message(), {{"; use a new id for a new event", ""}}),
                   "\nThe statement was imported before, and with other content: under another "
                   "--organisation, --audience, --cycle or --topic, or it was changed there since. "
                   "Import it with the options of then, or leave it out of the file. To correct "
                   "what was published, publish a draft that revises it "
                   "(`liaison import --help` shows how)."));
  status.ForEachPayload([&told](absl::string_view type_url, const absl::Cord& payload) {
    told.SetPayload(type_url, payload);
  });
  return told;
}

absl::Status RunDatatracker(Session* session, const DatatrackerArguments& arguments) {
  DatatrackerOptions options = arguments.options;
  for (const std::string& pair : arguments.organisations) {
    const size_t at = pair.rfind('=');
    options.organisations[pair.substr(0, at)] = pair.substr(at + 1);
  }
  if (options.author.empty()) options.author = session->options().acting_as;
  if (options.author.empty()) {
    return absl::InvalidArgumentError("say who records the statements: --as org/...");
  }
  LIAISON_ASSIGN_OR_RETURN(const auto file, InputFile::Open(arguments.file));
  LIAISON_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAll());
  LIAISON_ASSIGN_OR_RETURN(DatatrackerDrafts made, ReadDatatracker(file->name(), bytes, options));
  for (const std::string& note : made.notes) session->console().Note(note);
  if (arguments.dry_run) return ShowDrafts(session, file->name(), made.drafts);
  Importer importer(session);
  const absl::Status imported = importer.Import(std::move(made.drafts));
  const absl::Status finished = importer.Finish();
  return WithWayOut(imported.ok() ? finished : imported);
}

// Rows and references are checked with the hub before anything is published: an import that went
// into an outbox would promise what it cannot know.
void RefuseOutbox(const CLI::App& app, bool dry_run) {
  if (dry_run || OutboxNamed(app).empty()) return;
  throw CLI::ValidationError(
      "--outbox",
      "an import asks the hub about its rows, and an outbox does not. Leave --outbox and "
      "LIAISON_OUTBOX out, or give the outbox drafts: `liaison --outbox FILE publish "
      "drafts.jsonl`");
}

void AddDatatracker(CLI::App* app, CLI::App* import, Session* session) {
  CLI::App* command = AddCommand(
      import, "datatracker", "Publish liaison statements in the shape of the IETF Datatracker",
      "  liaison --as org/igf-secretariat import datatracker --dry-run statements.json\n"
      "  liaison --as org/igf-secretariat import datatracker --cycle 2027 \\\n"
      "    --organisation itu-t-sg-13=org/itu statements.json\n"
      "\n"
      "Each statement that was posted becomes a topic signal, recorded for the organisation of "
      "its\n"
      "first group: deadline as requested date, body and CC verbatim, contacts by their role in "
      "the\n"
      "personal section. Its id makes the event's id: importing again adds nothing. Groups are\n"
      "organisations of the same name unless --organisation says otherwise.\n"
      "client/cli/sample/datatracker has a file to start from, datatracker.h describes it.\n");
  auto arguments = std::make_shared<DatatrackerArguments>();
  command->add_option("FILE", arguments->file, "JSON; - is standard input")->required();
  command->add_option("--audience", arguments->options.audience, "Who may read them")
      ->capture_default_str()
      ->type_name("AUDIENCE");
  command->add_option("--cycle", arguments->options.cycle, "The cycle that they belong to")
      ->type_name("CYCLE");
  command->add_option("--topic", arguments->options.topics, "A topic of all of them")
      ->type_name("TOPIC");
  command
      ->add_option("--organisation", arguments->organisations,
                   "Which organisation a group is; may be repeated")
      ->type_name("GROUP=ORG")
      ->check([](const std::string& pair) {
        const size_t at = pair.rfind('=');
        return at != std::string::npos && record::IsOrganisation(pair.substr(at + 1))
                   ? std::string()
                   : "write it as itu-t-sg-13=org/itu";
      });
  command->add_flag("--dry-run", arguments->dry_run, "Show the first drafts; write nothing");
  command->callback([=] {
    RefuseOutbox(*app, arguments->dry_run);
    session->Choose([=] { return RunDatatracker(session, *arguments); });
  });
}

absl::Status RunImport(Session* session, const ImportArguments& arguments) {
  std::optional<CsvMap> map;
  if (!arguments.map_file.empty()) {
    LIAISON_ASSIGN_OR_RETURN(map, LoadMap(arguments.map_file));
  }
  LIAISON_ASSIGN_OR_RETURN(std::vector<Input> inputs, ReadInputs(session, arguments, map));
  if (arguments.dry_run) return RunDry(session, map, arguments.skip_bad, &inputs);
  Importer importer(session);
  if (map.has_value()) {
    for (Input& input : inputs) {
      LIAISON_RETURN_IF_ERROR(CheckRows(session, *map, arguments.skip_bad, &input));
    }
  }
  absl::Status imported;
  for (Input& input : inputs) {
    imported = importer.Import(std::move(input.drafts));
    if (!imported.ok()) break;
  }
  const absl::Status finished = importer.Finish();
  return imported.ok() ? finished : imported;
}

}  // namespace

void AddImport(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "import", "Publish what exists in other forms",
      "  liaison import --sample                        # the project's sample data\n"
      "  liaison import nris.csv taxonomy.csv thematic_inputs.csv\n"
      "  liaison import drafts.jsonl\n"
      "  liaison import --map form.toml --dry-run answers.csv\n"
      "  liaison import --map form.toml answers.csv\n"
      "  liaison --as org/igf-secretariat import datatracker statements.json\n"
      "\n"
      "The map says which column of your table goes where; client/cli/sample/maps has two to "
      "start\n"
      "from, csv_map.h describes all of it. Comma, semicolon and tab, UTF-8 and Windows-1252 are\n"
      "recognised. Each row becomes one event, whose id is made of the map's `source` and the "
      "row's\n"
      "id: importing again adds nothing. If any row is bad, or refused by the hub, nothing is\n"
      "published; --skip-bad imports the others.\n"
      "\n"
      "A published event does not change: a row whose cells were corrected since it was imported "
      "is\n"
      "refused. Give the correction a row and an id of its own, or import a draft that revises "
      "the\n"
      "event: its line of `liaison export`, corrected, with a new event_id, and with the event "
      "in\n"
      "references_by_name, relation RELATION_REVISES.\n"
      "\n"
      "Drafts in JSON may name earlier events by author and id instead of by digest:\n"
      "  \"references_by_name\": [{\"author\": ..., \"event_id\": ..., \"relation\": ...}]\n",
      "Publishing");
  auto arguments = std::make_shared<ImportArguments>();
  CLI::Option* files = command->add_option("FILE", arguments->files, "Files; - is standard input");
  CLI::Option* sample =
      command->add_flag("--sample", arguments->sample, "The sample data that comes with liaison");
  CLI::Option* map =
      command->add_option("--map", arguments->map_file, "How the columns of FILE become fields")
          ->type_name("MAP.toml")
          ->needs(files);
  sample->excludes(files);
  command->add_flag("--dry-run", arguments->dry_run,
                    "Show the first drafts and how many there are; write nothing. With --map, the "
                    "hub is asked what it would refuse");
  command
      ->add_flag("--skip-bad", arguments->skip_bad,
                 "Leave out rows that cannot be read, or that the hub refuses")
      ->needs(map);
  AddDatatracker(app, command, session);
  command->callback([=] {
    if (!command->get_subcommands().empty()) return;
    if (!arguments->sample && arguments->files.empty()) {
      throw CLI::ValidationError("FILE", "a file is needed, or --sample");
    }
    RefuseOutbox(*app, arguments->dry_run);
    session->Choose([=] { return RunImport(session, *arguments); });
  });
}

}  // namespace liaison::cli
