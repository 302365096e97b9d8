#include "client/cli/table.h"

#include <unicode/uchar.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace liaison::cli {
namespace {

constexpr size_t kMinLastColumn = 12;

// Calls `visit(code point, its bytes)`; a negative code point for bytes that are not UTF-8.
template <typename Visit>
void ForEachCodePoint(absl::string_view text, Visit visit) {
  const auto* s = reinterpret_cast<const uint8_t*>(text.data());
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(s, i, length, c);
    if (!visit(c, text.substr(start, i - start))) return;
  }
}

size_t WidthOf(UChar32 c) {
  const auto category = u_charType(c);
  if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK || category == U_FORMAT_CHAR) {
    return 0;
  }
  const int east_asian = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return east_asian == U_EA_FULLWIDTH || east_asian == U_EA_WIDE ? 2 : 1;
}

// Format characters that scripts need stay: joiners. The rest reorders or hides text.
bool Reorders(UChar32 c) { return u_charType(c) == U_FORMAT_CHAR && c != 0x200C && c != 0x200D; }

bool Steers(UChar32 c) { return u_charType(c) == U_CONTROL_CHAR || Reorders(c); }

}  // namespace

std::string Printable(absl::string_view text) {
  std::string result;
  ForEachCodePoint(text, [&](UChar32 c, absl::string_view bytes) {
    if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029) {
      result += ' ';
    } else if (c < 0) {
      result += "\uFFFD";
    } else if (Steers(c)) {
      absl::StrAppendFormat(&result, "<U+%04X>", static_cast<uint32_t>(c));
    } else {
      absl::StrAppend(&result, bytes);
    }
    return true;
  });
  return result;
}

std::string PrintableLines(absl::string_view text) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) lines.push_back(Printable(line));
  return absl::StrJoin(lines, "\n");
}

std::string PrintableJson(absl::string_view json) {
  std::string result;
  result.reserve(json.size());
  ForEachCodePoint(json, [&](UChar32 c, absl::string_view bytes) {
    // What is not in a string is neither: there stand line feeds alone.
    if (c < 0 || c == '\n' || !Steers(c)) {
      absl::StrAppend(&result, bytes);
    } else if (U_IS_BMP(c)) {
      absl::StrAppendFormat(&result, "\\u%04x", static_cast<uint32_t>(c));
    } else {
      absl::StrAppendFormat(&result, "\\u%04x\\u%04x", static_cast<uint32_t>(U16_LEAD(c)),
                            static_cast<uint32_t>(U16_TRAIL(c)));
    }
    return true;
  });
  return result;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  ForEachCodePoint(text, [&](UChar32 c, absl::string_view) {
    width += c < 0 ? 1 : WidthOf(c);
    return true;
  });
  return width;
}

std::string Shortened(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string result;
  size_t used = 1;  // the ellipsis
  ForEachCodePoint(text, [&](UChar32 c, absl::string_view bytes) {
    used += c < 0 ? 1 : WidthOf(c);
    if (used > width) return false;
    absl::StrAppend(&result, bytes);
    return true;
  });
  return absl::StrCat(result, "…");
}

Table::Table(std::vector<std::string> header) : rows_{std::move(header)} {}

void Table::Add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::Render(size_t width) const {
  const size_t columns = rows_[0].size();
  std::vector<size_t> widths(columns, 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  size_t before_last = 0;
  for (size_t i = 0; i + 1 < columns; ++i) before_last += widths[i] + 2;
  const size_t last =
      width == 0 ? widths.back() : std::max(kMinLastColumn, width - std::min(width, before_last));

  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i + 1 < columns; ++i) {
      absl::StrAppend(&line, row[i], std::string(widths[i] - DisplayWidth(row[i]) + 2, ' '));
    }
    absl::StrAppend(&line, Shortened(row.back(), last));
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&result, line, "\n");
  }
  return result;
}

}  // namespace liaison::cli
