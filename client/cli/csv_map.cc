#include "client/cli/csv_map.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/import_id.h"
#include "client/cli/suggest.h"
#include "client/cli/table.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxProblems = 20;
constexpr size_t kMaxDifferences = 5;
constexpr size_t kShownCellColumns = 60;

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

std::string QuotedList(const std::vector<std::string>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, Quoted(name));
  });
}

// `row 3, column "Titre", cell "...": what`.
std::string AtCell(int row, absl::string_view column, absl::string_view cell,
                   absl::string_view what) {
  return absl::StrCat("row ", row, ", column ", Quoted(column), ", cell ",
                      Quoted(Shortened(Printable(cell), kShownCellColumns)), ": ", what);
}

// The list of external ids of a body that has one; nullptr for other types.
google::protobuf::RepeatedPtrField<v1::ExternalId>* MutableExternalIds(v1::Draft* draft) {
  switch (draft->body_case()) {
    case v1::Draft::kTopicSignal:
      return draft->mutable_topic_signal()->mutable_external_ids();
    case v1::Draft::kLocalReport:
      return draft->mutable_local_report()->mutable_external_ids();
    default:
      return nullptr;
  }
}

// The row id within `source`; nullptr where the draft came from elsewhere.
const std::string* FindRowId(const v1::Draft& draft, absl::string_view source) {
  const auto& ids = draft.has_topic_signal() ? draft.topic_signal().external_ids()
                                             : draft.local_report().external_ids();
  for (const v1::ExternalId& id : ids) {
    if (id.scheme() == source) return &id.id();
  }
  return nullptr;
}

const std::string& TitleIn(const v1::Draft& draft) {
  return draft.has_topic_signal() ? draft.topic_signal().title() : draft.local_report().title();
}

size_t ColumnIndex(const std::vector<std::string>& header, absl::string_view column) {
  return std::find(header.begin(), header.end(), column) - header.begin();
}

// Lines for the map that would make the export's dialect that of the file.
std::vector<std::string> DialectLines(const CsvDialect& file, const CsvDialect& map) {
  std::vector<std::string> lines;
  if (file.encoding != map.encoding) {
    lines.push_back(absl::StrCat("encoding = ", Quoted(EncodingName(file.encoding))));
  }
  if (file.delimiter != map.delimiter) {
    const std::string text = file.delimiter == '\t' ? "\\t" : std::string(1, file.delimiter);
    lines.push_back(absl::StrCat("delimiter = ", Quoted(text)));
  }
  if (file.crlf != map.crlf) {
    lines.push_back(absl::StrCat("line_end = ", Quoted(file.crlf ? "crlf" : "lf")));
  }
  if (file.quoting != map.quoting) {
    const bool all = file.quoting == Quoting::kAll;
    lines.push_back(absl::StrCat("quoting = ", Quoted(all ? "all" : "minimal")));
  }
  if (file.sep_line != map.sep_line) {
    lines.push_back(absl::StrCat("sep_line = ", file.sep_line ? "true" : "false"));
  }
  if (file.final_line_end != map.final_line_end) {
    lines.push_back(absl::StrCat("final_line_end = ", file.final_line_end ? "true" : "false"));
  }
  return lines;
}

// Where two tables of the same drafts differ, cell by cell.
void CompareCells(const CsvTable& file, const CsvTable& back, std::vector<std::string>* notes) {
  size_t differences = 0;
  for (size_t i = 0; i < file.rows.size() && i < back.rows.size(); ++i) {
    for (size_t j = 0; j < file.header.size(); ++j) {
      const std::string& was = file.rows[i].cells[j];
      const std::string& is = back.rows[i].cells[j];
      if (was == is || ++differences > kMaxDifferences) continue;
      notes->push_back(AtCell(CsvTable::SpreadsheetRow(i), file.header[j], was,
                              absl::StrCat("comes back as ", Quoted(Printable(is)))));
    }
  }
  if (differences > kMaxDifferences) {
    notes->push_back(absl::StrCat("and ", differences - kMaxDifferences, " more cells"));
  }
}

}  // namespace

const ColumnRule* CsvMap::RuleOf(absl::string_view column) const {
  for (const ColumnRule& rule : columns_) {
    if (rule.column == column) return &rule;
  }
  return nullptr;
}

absl::Status CsvMap::CheckHeader(const std::vector<std::string>& header) const {
  std::vector<std::string> unmapped;
  for (const std::string& column : header) {
    if (column != id_column_ && RuleOf(column) == nullptr && !Contains(ignore_, column)) {
      unmapped.push_back(column);
    }
  }
  std::vector<std::string> wanted = ignore_;
  if (!id_column_.empty()) wanted.push_back(id_column_);
  for (const ColumnRule& rule : columns_) wanted.push_back(rule.column);
  std::vector<std::string> missing;
  for (const std::string& column : wanted) {
    if (!Contains(header, column)) {
      missing.push_back(absl::StrCat(Quoted(column), DidYouMean(column, header)));
    }
  }
  std::vector<std::string> problems;
  if (!missing.empty()) {
    problems.push_back(absl::StrCat("the table has no column ", absl::StrJoin(missing, ", nor ")));
  }
  if (!unmapped.empty()) {
    problems.push_back(absl::StrCat("the map says nothing of column ", QuotedList(unmapped),
                                    "; map it under [columns] or name it in `ignore`"));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

absl::StatusOr<std::string> CsvMap::CellToValue(const ColumnRule& rule,
                                                const std::string& cell) const {
  std::string value = cell;
  if (!rule.values.empty()) {
    std::vector<std::string> known;
    const auto found = std::find_if(rule.values.begin(), rule.values.end(),
                                    [&](const auto& entry) { return entry.first == cell; });
    if (found == rule.values.end()) {
      for (const auto& entry : rule.values) known.push_back(entry.first);
      return absl::InvalidArgumentError(absl::StrCat("not in [values.", rule.field.last_name(),
                                                     "] of the map", DidYouMean(cell, known),
                                                     "; known are ", QuotedList(known)));
    }
    value = found->second;
  } else if (rule.date.has_value()) {
    LIAISON_ASSIGN_OR_RETURN(const absl::CivilSecond time, rule.date->Read(cell));
    value = rule.field.is_time()
                ? absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", absl::FromCivil(time, timezone_),
                                   absl::UTCTimeZone())
                : absl::FormatCivilTime(absl::CivilDay(time));
  }
  LIAISON_RETURN_IF_ERROR(rule.field.Check(value));
  return value;
}

absl::Status CsvMap::FillField(const ColumnRule& rule, const std::string& cell,
                               v1::Draft* draft) const {
  // A table cannot say "there, but empty": an empty cell leaves the field unset.
  if (cell.empty()) return absl::OkStatus();
  std::vector<std::string> parts = {cell};
  if (!rule.separator.empty()) parts = absl::StrSplit(cell, rule.separator);
  for (std::string& part : parts) {
    if (part.empty()) {
      return absl::InvalidArgumentError("an empty item between two separators");
    }
    LIAISON_ASSIGN_OR_RETURN(part, CellToValue(rule, part));
  }
  rule.field.Set(parts, draft);
  return absl::OkStatus();
}

std::string CsvMap::RowId(const CsvTable& table, size_t row) const {
  if (id_column_.empty()) return absl::StrCat(CsvTable::SpreadsheetRow(row));
  return table.rows[row].cells[ColumnIndex(table.header, id_column_)];
}

void CsvMap::Identify(const std::string& row_id, v1::Draft* draft) const {
  draft->set_event_id(ImportedEventId(source_, row_id));
  if (auto* ids = MutableExternalIds(draft); ids != nullptr) {
    v1::ExternalId* id = ids->Add();
    id->set_scheme(source_);
    id->set_id(row_id);
  }
  if (draft->channel() == v1::CHANNEL_UNSPECIFIED) draft->set_channel(v1::CHANNEL_IMPORT);
  const bool person =
      draft->recorded_for().has_individual() || !draft->personal().recorded_for_name().empty();
  if (person && !draft->recorded_for().has_organisation()) {
    draft->mutable_recorded_for()->mutable_individual()->set_id(
        ImportedIndividualId(source_, row_id));
  }
  if (draft->has_recorded_for() && draft->recorded_by().empty()) {
    draft->set_recorded_by(draft->author());
  }
}

std::string CsvMap::ColumnOf(absl::string_view draft_field) const {
  if (!absl::ConsumePrefix(&draft_field, "topic_signal.")) {
    absl::ConsumePrefix(&draft_field, "local_report.");
  }
  std::string name;  // without the index of an element
  bool inside = false;
  for (char c : draft_field) {
    inside = c == '[' || (inside && c != ']');
    if (!inside && c != ']') name += c;
  }
  for (const ColumnRule& rule : columns_) {
    if (rule.field.name() == name) return rule.column;
  }
  return "";
}

std::string CsvMap::MissingTitle(int row) const {
  const std::string column = ColumnOf("title");
  return column.empty() ? absl::StrCat("row ", row, ": there is no title, and the map fills none")
                        : AtCell(row, column, "", "there is no title");
}

std::vector<std::string> CsvMap::FillRow(const CsvTable& table, size_t row,
                                         const std::vector<size_t>& positions,
                                         v1::Draft* draft) const {
  std::vector<std::string> problems;
  const int number = CsvTable::SpreadsheetRow(row);
  for (const Constant& constant : constants_) constant.field.Set(constant.values, draft);
  bool title_is_wrong = false;
  for (size_t j = 0; j < columns_.size(); ++j) {
    const std::string& cell = table.rows[row].cells[positions[j]];
    const absl::Status filled = FillField(columns_[j], cell, draft);
    if (filled.ok()) continue;
    problems.push_back(AtCell(number, columns_[j].column, cell, filled.message()));
    title_is_wrong = title_is_wrong || columns_[j].field.name() == "title";
  }
  if (TitleIn(*draft).empty() && !title_is_wrong) problems.push_back(MissingTitle(number));
  return problems;
}

CsvMap::Drafts CsvMap::ToDrafts(const CsvTable& table) const {
  Drafts result;
  std::vector<size_t> positions;
  for (const ColumnRule& rule : columns_) {
    positions.push_back(ColumnIndex(table.header, rule.column));
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const int row = CsvTable::SpreadsheetRow(i);
    v1::Draft draft;
    std::vector<std::string> problems;
    std::string id;
    if (!table.rows[i].fault.empty()) {
      problems.push_back(table.rows[i].fault);
    } else {
      problems = FillRow(table, i, positions, &draft);
      id = RowId(table, i);
      if (id.empty() || !seen.insert(id).second) {
        problems.push_back(
            AtCell(row, id_column_, id,
                   id.empty() ? "every row needs an id" : "another row has this id already"));
      }
    }
    for (std::string& problem : problems) {
      if (result.problems.size() < kMaxProblems) result.problems.push_back(std::move(problem));
    }
    if (!problems.empty()) {
      ++result.bad_rows;
      continue;
    }
    Identify(id, &draft);
    result.drafts.push_back(std::move(draft));
    result.rows.push_back(row);
  }
  return result;
}

bool CsvMap::Made(const v1::Draft& draft) const {
  const bool of_type =
      type_ == v1::EVENT_TYPE_TOPIC_SIGNAL ? draft.has_topic_signal() : draft.has_local_report();
  return of_type && FindRowId(draft, source_) != nullptr;
}

absl::StatusOr<std::string> CsvMap::ValueToCell(const ColumnRule& rule,
                                                const std::string& value) const {
  if (!rule.values.empty()) {
    for (const auto& [cell, meaning] : rule.values) {
      if (meaning == value) return cell;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "[values.", rule.field.last_name(), "] of the map has no entry for ", Quoted(value)));
  }
  if (!rule.date.has_value()) return value;
  if (rule.field.is_time()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, value, &time, &error)) {
      return absl::InvalidArgumentError(error);
    }
    return rule.date->Write(absl::ToCivilSecond(time, timezone_));
  }
  absl::CivilDay day;
  if (!absl::ParseCivilTime(value, &day)) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(value), " is no date"));
  }
  return rule.date->Write(absl::CivilSecond(day));
}

absl::StatusOr<std::string> CsvMap::CellOf(const ColumnRule& rule, const v1::Draft& draft) const {
  std::vector<std::string> values = rule.field.Get(draft);
  if (values.empty()) {
    // `Non` = "false": what is not set has a word of its own in this table.
    for (const auto& [cell, meaning] : rule.values) {
      if (meaning == rule.field.unset_value() && !meaning.empty()) return cell;
    }
    return "";
  }
  if (values.size() > 1 && rule.separator.empty()) {
    return absl::InvalidArgumentError("several values, and the map names no separator");
  }
  for (std::string& value : values) {
    LIAISON_ASSIGN_OR_RETURN(value, ValueToCell(rule, value));
  }
  return absl::StrJoin(values, rule.separator);
}

std::vector<std::string> CsvMap::ExportHeader() const {
  if (!header_.empty()) return header_;
  std::vector<std::string> header;
  if (!id_column_.empty()) header.push_back(id_column_);
  for (const ColumnRule& rule : columns_) header.push_back(rule.column);
  return header;
}

absl::StatusOr<CsvTable> CsvMap::ToTable(const std::vector<v1::Draft>& drafts) const {
  CsvTable table;
  table.dialect = dialect_;
  table.header = ExportHeader();
  for (const v1::Draft& draft : drafts) {
    CsvRow row;
    const std::string& id = *FindRowId(draft, source_);
    for (const std::string& column : table.header) {
      const ColumnRule* rule = RuleOf(column);
      if (rule == nullptr) {
        row.cells.push_back(column == id_column_ ? id : "");
        continue;
      }
      absl::StatusOr<std::string> cell = CellOf(*rule, draft);
      if (!cell.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "row id ", Quoted(id), ", column ", Quoted(column), ": ", cell.status().message()));
      }
      row.cells.push_back(*std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::string> CsvMap::RoundTripNotes(absl::string_view bytes, const CsvTable& table,
                                                const std::vector<v1::Draft>& drafts) const {
  std::vector<std::string> notes;
  const absl::StatusOr<CsvTable> back = ToTable(drafts);
  if (!back.ok()) return {std::string(back.status().message())};
  if (back->header != table.header) {
    notes.push_back(
        absl::StrCat("the columns come back in another order; add to the map: header = [",
                     QuotedList(table.header), "]"));
    return notes;
  }
  CompareCells(table, *back, &notes);
  const std::vector<std::string> lines = DialectLines(table.dialect, dialect_);
  if (!lines.empty()) {
    notes.push_back(absl::StrCat("the file is written otherwise; add to the map: ",
                                 absl::StrJoin(lines, ", ")));
  }
  const absl::StatusOr<std::string> written = WriteCsv(*back);
  if (notes.empty() && written.ok() && *written != bytes) {
    notes.push_back("the cells come back, the file's quotation marks or line ends do not");
  }
  return notes;
}

}  // namespace liaison::cli
