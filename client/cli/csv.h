// Tables as spreadsheets and form services save them, read and written so that what came in can
// go out byte for byte.
#ifndef LIAISON_CLIENT_CLI_CSV_H_
#define LIAISON_CLIENT_CLI_CSV_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/text_encoding.h"

namespace liaison::cli {

enum class Quoting {
  kMinimal,  // only where a cell has a delimiter, a quote or a line break
  kAll,      // every cell
};

// How the same table may be written down.
struct CsvDialect {
  Encoding encoding = Encoding::kUtf8;
  char delimiter = ',';
  bool crlf = true;
  bool final_line_end = true;
  bool sep_line = false;  // Excel's own first line, `sep=;`
  Quoting quoting = Quoting::kMinimal;
};

struct CsvRow {
  std::vector<std::string> cells;  // UTF-8, verbatim; as many as the header has
  int line = 0;                    // of the file, from 1; a cell may span several
  // What is wrong, in words that begin with row and column, where the file has more or fewer cells
  // in this row than in its header. Its cells say nothing then.
  std::string fault;
};

struct CsvTable {
  CsvDialect dialect;
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
  // Row `i` as a spreadsheet counts it: the header is row 1.
  static int SpreadsheetRow(size_t i) { return static_cast<int>(i) + 2; }
};

// What is known beforehand; the rest is found out.
struct CsvHints {
  std::optional<Encoding> encoding;
  std::optional<char> delimiter;
};

// Delimiter: the hint, else the `sep=` line, else whichever of comma, semicolon and tab cuts all
// rows alike, and into most cells. Quoting and line ends: those that give the file back, where any
// do. A row longer or shorter than the header is kept, with its fault, so that it hides no other.
// INVALID_ARGUMENT, with the line, for a stray quote, a column name that stands twice, no header,
// more than 100,000 rows. Thread-safe.
absl::StatusOr<CsvTable> ReadCsv(absl::string_view bytes, const CsvHints& hints = {});

// The table in its dialect. INVALID_ARGUMENT, with row and column, for a character that the
// encoding does not have. Thread-safe.
absl::StatusOr<std::string> WriteCsv(const CsvTable& table);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_CSV_H_
