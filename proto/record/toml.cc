#include "proto/record/toml.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace liaison::record {
namespace {

// Behind the string that begins at `at`. Where toml++ would refuse it, it reads nothing that stands
// behind, so that any end does.
size_t EndOfString(absl::string_view text, size_t at) {
  const char quote = text[at];
  const auto quotes_at = [text, quote](size_t from, size_t most) {
    size_t count = 0;
    while (count < most && from + count < text.size() && text[from + count] == quote) ++count;
    return count;
  };
  const bool has_lines = quotes_at(at, 3) == 3;
  for (size_t i = at + (has_lines ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == '\n' && !has_lines) {
      return i;
    } else if (text[i] == quote) {
      if (!has_lines) return i + 1;
      // One or two are part of it, also in front of the three that end it.
      const size_t count = quotes_at(i, 5);
      if (count >= 3) return i + count;
      i += count - 1;
    }
  }
  return text.size();
}

// Where a key has one part too many. Outside strings and comments no value has more than a dot.
std::optional<size_t> FindTooManyParts(absl::string_view text) {
  size_t parts = 1;
  for (size_t i = 0; i < text.size();) {
    switch (text[i]) {
      case '"':
      case '\'':
        i = EndOfString(text, i);
        continue;
      case '#':
        i = std::min(text.find('\n', i), text.size());
        continue;
      case '.':
        if (++parts > kMaxTomlKeyParts) return i;
        break;
      case '\n':
      case '=':
      case ',':
      case '[':
      case ']':
      case '{':
      case '}':
        parts = 1;
        break;
      default:
        break;
    }
    ++i;
  }
  return std::nullopt;
}

}  // namespace

toml::parse_result ParseToml(absl::string_view text) {
  const std::optional<size_t> at = FindTooManyParts(text);
  if (!at) return toml::parse(std::string_view(text.data(), text.size()));
  const auto line = 1 + std::count(text.begin(), text.begin() + *at, '\n');
  return toml::parse_result(toml::parse_error(
      absl::StrCat("a key has more than ", kMaxTomlKeyParts,
                   " parts, with dots between them; leave it out, or put it in quotes where it is "
                   "one name"),
      toml::source_position{static_cast<toml::source_index>(line), 1}));
}

}  // namespace liaison::record
