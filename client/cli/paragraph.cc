#include "client/cli/paragraph.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/table.h"

namespace liaison::cli {

std::string Paragraph(absl::string_view text, size_t width, size_t indent) {
  const std::string printable = Printable(text);
  std::string result;
  std::string line(indent, ' ');
  size_t used = indent;
  for (const absl::string_view word : absl::StrSplit(printable, ' ', absl::SkipEmpty())) {
    const size_t wide = DisplayWidth(word);
    if (used > indent && used + 1 + wide > width) {
      absl::StrAppend(&result, line, "\n");
      line.assign(indent, ' ');
      used = indent;
    }
    if (used > indent) {
      line += ' ';
      ++used;
    }
    absl::StrAppend(&line, word);
    used += wide;
  }
  if (used > indent) absl::StrAppend(&result, line, "\n");
  return result;
}

}  // namespace liaison::cli
