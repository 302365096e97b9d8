// How the columns of somebody's table become the fields of a draft, and back.
//
// MAP.toml:
//
//   source = "eurodig-form-2027"      # names the table; with the row id it makes the event id
//   type = "topic-signal"             # or local-report
//   id_column = "Identifiant"         # without it the row number is the id
//   encoding = "auto"                 # auto, utf-8, utf-8-bom, windows-1252
//   delimiter = "auto"                # auto, "," ";" or "\t"
//   timezone = "Europe/Paris"         # of times of day; UTC where it is left out
//   ignore = ["Horodateur"]           # columns left out on purpose; any other must be mapped
//
//   # Only for writing the table back (export --map):
//   header = ["Identifiant", "Titre"] # order of columns; the order below where left out
//   line_end = "crlf"                 # or lf
//   quoting = "minimal"               # or all
//   sep_line = false                  # Excel's first line `sep=;`
//   final_line_end = true
//
//   [constants]                       # the same for every row
//   author = "org/eurodig"
//   audience = "igf/public"
//
//   [columns]                         # field = "Column", or a table with more to say
//   title = "Titre"
//   topics = { column = "Thèmes", separator = ", " }
//   requested_date = { column = "Date souhaitée", date = "DD/MM/YYYY" }
//   recorded_for.individual.stakeholder_group = "Groupe"
//
//   [values.stakeholder_group]        # what a cell says = what the field says
//   "Société civile" = "civil_society"
#ifndef LIAISON_CLIENT_CLI_CSV_MAP_H_
#define LIAISON_CLIENT_CLI_CSV_MAP_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/csv.h"
#include "client/cli/date_format.h"
#include "client/cli/field_path.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::cli {

// One column and the field it fills.
struct ColumnRule {
  FieldPath field;
  std::string column;
  std::string separator;  // empty: the cell is one value
  std::optional<DateFormat> date;
  // Cell and value, in the order of the map; empty: cells are values as they are.
  std::vector<std::pair<std::string, std::string>> values;
};

// A CsvMap turns rows into drafts and drafts into rows. Every cell is kept verbatim or refused with
// row and column; none is trimmed, guessed or left out. Value type; thread-safe once read.
class CsvMap {
 public:
  // INVALID_ARGUMENT, with the line, for TOML that does not parse, an unknown key, a field that
  // does not exist, a constant of the wrong grammar, a column mapped twice.
  static absl::StatusOr<CsvMap> Parse(absl::string_view toml);

  const CsvHints& hints() const { return hints_; }
  const std::string& source() const { return source_; }
  v1::EventType type() const { return type_; }
  const std::vector<std::string>& ignored() const { return ignore_; }
  bool has_row_ids() const { return !id_column_.empty(); }
  const std::string& id_column() const { return id_column_; }
  // The column that fills a field of the draft, named as a hub names it: `topics[0]`,
  // `topic_signal.title`. Empty where none does.
  std::string ColumnOf(absl::string_view draft_field) const;

  // INVALID_ARGUMENT naming the columns of the table that the map says nothing of, and those of
  // the map that the table lacks.
  absl::Status CheckHeader(const std::vector<std::string>& header) const;

  // The drafts of all good rows, and what is wrong with each bad one: row, column, cell, way out.
  // REQUIRES: CheckHeader(table.header) is OK.
  struct Drafts {
    std::vector<v1::Draft> drafts;
    std::vector<int> rows;  // spreadsheet row of each draft
    std::vector<std::string> problems;
    size_t bad_rows = 0;
  };
  Drafts ToDrafts(const CsvTable& table) const;

  // True iff the draft came from this source.
  bool Made(const v1::Draft& draft) const;
  // The table that the drafts came from, in the dialect that the map names.
  // INVALID_ARGUMENT where a value has no cell text. REQUIRES: Made() for each.
  absl::StatusOr<CsvTable> ToTable(const std::vector<v1::Draft>& drafts) const;

  // Differences between the file and what ToTable would give back of these drafts, in words, with
  // the lines to add to the map; empty where the file comes back byte for byte.
  std::vector<std::string> RoundTripNotes(absl::string_view bytes, const CsvTable& table,
                                          const std::vector<v1::Draft>& drafts) const;

 private:
  friend class CsvMapReader;  // csv_map_toml.cc

  struct Constant {
    FieldPath field;
    std::vector<std::string> values;
  };
  absl::Status FillField(const ColumnRule& rule, const std::string& cell, v1::Draft* draft) const;
  absl::StatusOr<std::string> CellToValue(const ColumnRule& rule, const std::string& cell) const;
  absl::StatusOr<std::string> ValueToCell(const ColumnRule& rule, const std::string& value) const;
  absl::StatusOr<std::string> CellOf(const ColumnRule& rule, const v1::Draft& draft) const;
  // What is wrong with the row's cells, one after the other; the draft where nothing is.
  std::vector<std::string> FillRow(const CsvTable& table, size_t row,
                                   const std::vector<size_t>& positions, v1::Draft* draft) const;
  std::string MissingTitle(int row) const;
  std::string RowId(const CsvTable& table, size_t row) const;
  void Identify(const std::string& row_id, v1::Draft* draft) const;
  std::vector<std::string> ExportHeader() const;
  const ColumnRule* RuleOf(absl::string_view column) const;

  std::string source_;
  v1::EventType type_ = v1::EVENT_TYPE_UNSPECIFIED;
  std::string id_column_;
  CsvHints hints_;
  absl::TimeZone timezone_ = absl::UTCTimeZone();
  std::vector<std::string> ignore_;
  std::vector<std::string> header_;
  CsvDialect dialect_;
  std::vector<Constant> constants_;
  std::vector<ColumnRule> columns_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_CSV_MAP_H_
