// Text for a person at a terminal.
#ifndef LIAISON_CLIENT_CLI_TABLE_H_
#define LIAISON_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// The text on one line and harmless to a terminal: control characters and the marks that reorder
// text stand as spaces or as <U+202E>. Strangers wrote it. Thread-safe.
std::string Printable(absl::string_view text);
// The same, line by line: `\n` stays.
std::string PrintableLines(absl::string_view text);
// The same for JSON, where it is written \u202e: to a program it stays the same text.
std::string PrintableJson(absl::string_view json);

// Columns that the text takes on a terminal: combining marks none, East Asian wide characters two.
size_t DisplayWidth(absl::string_view text);

// The text cut to at most `width` columns, with an ellipsis where something was cut.
std::string Shortened(absl::string_view text, size_t width);

// A Table aligns rows of cells in columns. Value type.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  // REQUIRES: as many cells as the header has. Cells are made printable.
  void Add(std::vector<std::string> cells);
  // Lines with newlines. With a width above 0 the last column is cut to fit.
  std::string Render(size_t width) const;
  size_t size() const { return rows_.size() - 1; }

 private:
  std::vector<std::vector<std::string>> rows_;  // the first is the header
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_TABLE_H_
