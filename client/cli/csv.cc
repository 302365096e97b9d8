#include "client/cli/csv.h"

#include <csv.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxFileSizeBytes = 64 << 20;
constexpr size_t kMaxRows = 100'000;
constexpr size_t kMaxColumns = 256;
constexpr std::array<char, 3> kDelimiters = {',', ';', '\t'};
constexpr absl::string_view kSepLine = "sep=";

absl::Status AtLine(int line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// Receives libcsv's callbacks.
struct Rows {
  std::vector<CsvRow> rows;
  CsvRow current;
  int current_line = 1;   // of the line being fed
  bool row_open = false;  // the current row began on an earlier line
  bool too_many = false;

  static void OnCell(void* bytes, size_t size, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    rows.current.cells.emplace_back(static_cast<const char*>(bytes), size);
  }
  static void OnRow(int, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    rows.too_many = rows.too_many || rows.rows.size() > kMaxRows;
    if (!rows.too_many) rows.rows.push_back(std::move(rows.current));
    rows.current = CsvRow{};
    rows.row_open = false;
  }
};

int NeverSpace(unsigned char) { return 0; }

// The next line with its end, cut off `*rest`. A quoted line break does not matter here: lines are
// only for counting.
absl::string_view NextLine(absl::string_view* rest) {
  const size_t end = rest->find('\n');
  const size_t size = end == absl::string_view::npos ? rest->size() : end + 1;
  const absl::string_view line = rest->substr(0, size);
  rest->remove_prefix(size);
  return line;
}

absl::StatusOr<std::vector<CsvRow>> ParseRows(absl::string_view text, char delimiter,
                                              int first_line) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
    return absl::InternalError("the CSV parser does not start");
  }
  const auto free_parser = absl::MakeCleanup([&parser] { csv_free(&parser); });
  csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
  // libcsv trims cells otherwise; cells are kept verbatim.
  csv_set_space_func(&parser, NeverSpace);

  Rows rows;
  rows.current_line = first_line;
  for (absl::string_view rest = text; !rest.empty(); ++rows.current_line) {
    const absl::string_view line = NextLine(&rest);
    // libcsv passes over empty lines between rows.
    if (!rows.row_open && (line == "\n" || line == "\r\n")) continue;
    if (!rows.row_open) rows.current.line = rows.current_line;
    rows.row_open = true;
    if (csv_parse(&parser, line.data(), line.size(), Rows::OnCell, Rows::OnRow, &rows) !=
        line.size()) {
      return AtLine(rows.current_line,
                    "a quotation mark stands inside a cell that is not quoted, or text after a "
                    "closing one; inside a quoted cell it is written twice, \"\"");
    }
    if (rows.too_many) return AtLine(rows.current_line, "more than 100,000 rows; split the file");
  }
  if (csv_fini(&parser, Rows::OnCell, Rows::OnRow, &rows) != 0) {
    return AtLine(rows.current.line, "the cell that begins here has no closing quotation mark");
  }
  return std::move(rows.rows);
}

// Excel's first line that names the delimiter, without its line break.
bool IsSepLine(absl::string_view line) {
  return line.size() == kSepLine.size() + 1 && absl::StartsWithIgnoreCase(line, kSepLine);
}

// Cells of every row of the text cut at `delimiter`; 0 where the rows differ or do not parse, or
// where nothing is cut.
size_t EvenWidth(absl::string_view text, char delimiter) {
  const absl::StatusOr<std::vector<CsvRow>> rows = ParseRows(text, delimiter, 1);
  if (!rows.ok() || rows->empty()) return 0;
  const size_t width = rows->front().cells.size();
  const bool even = std::all_of(rows->begin(), rows->end(),
                                [width](const CsvRow& row) { return row.cells.size() == width; });
  return even && width > 1 ? width : 0;
}

size_t CountInFirstLine(absl::string_view text, char delimiter) {
  const absl::string_view line = text.substr(0, text.find('\n'));
  return std::count(line.begin(), line.end(), delimiter);
}

// The one that cuts all rows into the same number of cells, and into most; where none does, the
// one that stands most often in the first line, so that the error is about the right thing.
char GuessDelimiter(absl::string_view text) {
  const auto best =
      std::max_element(kDelimiters.begin(), kDelimiters.end(), [text](char a, char b) {
        return std::make_pair(EvenWidth(text, a), CountInFirstLine(text, a)) <
               std::make_pair(EvenWidth(text, b), CountInFirstLine(text, b));
      });
  return *best;
}

absl::Status CheckHeader(const std::vector<std::string>& header) {
  if (header.size() > kMaxColumns) return AtLine(1, "more than 256 columns");
  std::set<std::string> seen;
  for (const std::string& name : header) {
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two columns are named \"", name, "\"; rename one of them"));
    }
  }
  return absl::OkStatus();
}

// A row that is too short ends before the column named, one that is too long goes on after it.
void CheckWidth(const std::vector<std::string>& header, int spreadsheet_row, CsvRow* row) {
  const size_t cells = row->cells.size();
  if (cells == header.size()) return;
  const bool is_short = cells < header.size();
  row->fault =
      absl::StrCat("row ", spreadsheet_row, " (line ", row->line, "), column \"",
                   is_short ? header[cells] : header.back(), "\": the row ",
                   is_short ? "ends before it" : "goes on after it", ", ", cells,
                   cells == 1 ? " cell" : " cells", " where the header has ", header.size(),
                   "; a cell with a delimiter or a line break in it must be in quotes");
  row->cells.resize(header.size());
}

// Quoting that gives the file back, if any does.
void FindQuoting(absl::string_view bytes, CsvTable* table) {
  for (Quoting quoting : {Quoting::kAll, Quoting::kMinimal}) {
    table->dialect.quoting = quoting;
    const absl::StatusOr<std::string> written = WriteCsv(*table);
    if (written.ok() && *written == bytes) return;
  }
}

bool NeedsQuotes(absl::string_view cell, const CsvDialect& dialect) {
  return dialect.quoting == Quoting::kAll || absl::StrContains(cell, '"') ||
         absl::StrContains(cell, '\n') || absl::StrContains(cell, '\r') ||
         absl::StrContains(cell, dialect.delimiter);
}

void AppendRow(const std::vector<std::string>& cells, const CsvDialect& dialect,
               std::string* text) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) *text += dialect.delimiter;
    // A single empty cell without quotes would be read as no row at all.
    if (!NeedsQuotes(cells[i], dialect) && !(cells.size() == 1 && cells[i].empty())) {
      *text += cells[i];
      continue;
    }
    *text += '"';
    for (char c : cells[i]) {
      if (c == '"') *text += '"';
      *text += c;
    }
    *text += '"';
  }
  *text += dialect.crlf ? "\r\n" : "\n";
}

// A header of two cells, `sep=` and an empty one, would be read as a line about the delimiter.
CsvDialect DialectOfHeader(const CsvTable& table) {
  CsvDialect dialect = table.dialect;
  if (!dialect.sep_line &&
      IsSepLine(absl::StrJoin(table.header, std::string(1, dialect.delimiter)))) {
    dialect.quoting = Quoting::kAll;
  }
  return dialect;
}

// Says which cell it is that cannot be encoded.
absl::Status ExplainEncoding(const CsvTable& table, const absl::Status& whole) {
  for (size_t i = 0; i < table.rows.size(); ++i) {
    for (size_t j = 0; j < table.header.size(); ++j) {
      const absl::Status cell = Encode(table.rows[i].cells[j], table.dialect.encoding).status();
      if (cell.ok()) continue;
      return absl::InvalidArgumentError(absl::StrCat("row ", CsvTable::SpreadsheetRow(i),
                                                     ", column \"", table.header[j],
                                                     "\": ", cell.message()));
    }
  }
  return whole;
}

}  // namespace

absl::StatusOr<CsvTable> ReadCsv(absl::string_view bytes, const CsvHints& hints) {
  if (bytes.size() > kMaxFileSizeBytes) {
    return absl::InvalidArgumentError("the file is larger than 64 MiB; split it");
  }
  CsvTable table;
  CsvDialect& dialect = table.dialect;
  if (hints.encoding.has_value()) {
    dialect.encoding = *hints.encoding;
  } else {
    LIAISON_ASSIGN_OR_RETURN(dialect.encoding, DetectEncoding(bytes));
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string decoded, Decode(bytes, dialect.encoding));

  absl::string_view text = decoded;
  int first_line = 1;
  const absl::string_view first = absl::StripSuffix(text.substr(0, text.find('\n')), "\r");
  if (IsSepLine(first)) {
    dialect.sep_line = true;
    NextLine(&text);
    first_line = 2;
  }
  dialect.delimiter = hints.delimiter.has_value() ? *hints.delimiter
                      : dialect.sep_line          ? first.back()
                                                  : GuessDelimiter(text);
  const size_t line_end = decoded.find('\n');
  dialect.crlf = line_end != std::string::npos && line_end > 0 && decoded[line_end - 1] == '\r';
  dialect.final_line_end = absl::EndsWith(decoded, "\n");

  LIAISON_ASSIGN_OR_RETURN(std::vector<CsvRow> rows,
                           ParseRows(text, dialect.delimiter, first_line));
  if (rows.empty()) return absl::InvalidArgumentError("the file is empty: not even a header");
  table.header = std::move(rows.front().cells);
  rows.erase(rows.begin());
  table.rows = std::move(rows);
  LIAISON_RETURN_IF_ERROR(CheckHeader(table.header));
  for (size_t i = 0; i < table.rows.size(); ++i) {
    CheckWidth(table.header, CsvTable::SpreadsheetRow(i), &table.rows[i]);
  }
  FindQuoting(bytes, &table);
  return table;
}

absl::StatusOr<std::string> WriteCsv(const CsvTable& table) {
  const CsvDialect& dialect = table.dialect;
  std::string text;
  if (dialect.sep_line) {
    absl::StrAppend(&text, kSepLine, std::string(1, dialect.delimiter),
                    dialect.crlf ? "\r\n" : "\n");
  }
  AppendRow(table.header, DialectOfHeader(table), &text);
  for (const CsvRow& row : table.rows) AppendRow(row.cells, dialect, &text);
  if (!dialect.final_line_end) text.erase(text.size() - (dialect.crlf ? 2 : 1));
  absl::StatusOr<std::string> bytes = Encode(text, dialect.encoding);
  if (!bytes.ok()) return ExplainEncoding(table, bytes.status());
  return bytes;
}

}  // namespace liaison::cli
