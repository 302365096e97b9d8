#include "client/cli/html_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxLanguageSizeBytes = 35;

// Calls `visit(code point, its bytes)` until it returns false; a negative code point for bytes that
// are not UTF-8.
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

bool IsLeftOut(UChar32 c) {
  if (c == '\n' || c == '\t') return false;
  if ((c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF)) return true;  // no characters at all
  const auto category = u_charType(c);
  if (category == U_CONTROL_CHAR) return true;
  // Of the format characters, scripts need the joiners.
  return category == U_FORMAT_CHAR && c != 0x200C && c != 0x200D;
}

const char* DirectionOf(absl::string_view text) {
  const char* direction = "auto";
  ForEachCodePoint(text, [&direction](UChar32 c, absl::string_view) {
    if (c < 0) return true;
    const auto of_letter = u_charDirection(c);
    if (of_letter == U_LEFT_TO_RIGHT) direction = "ltr";
    if (of_letter == U_RIGHT_TO_LEFT || of_letter == U_RIGHT_TO_LEFT_ARABIC) direction = "rtl";
    return std::string(direction) == "auto";
  });
  return direction;
}

bool LooksLikeALanguage(absl::string_view language) {
  return !language.empty() && language.size() <= kMaxLanguageSizeBytes &&
         absl::ascii_isalpha(language[0]) &&
         std::all_of(language.begin(), language.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

}  // namespace

std::string Escaped(absl::string_view text) {
  std::string result;
  ForEachCodePoint(text, [&result](UChar32 c, absl::string_view bytes) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        if (c < 0) {
          result += "\uFFFD";
        } else if (!IsLeftOut(c)) {
          absl::StrAppend(&result, bytes);
        }
    }
    return true;
  });
  return result;
}

std::string LangAndDir(absl::string_view language, absl::string_view text) {
  return absl::StrCat(LooksLikeALanguage(language) ? absl::StrCat(" lang=\"", language, "\"") : "",
                      " dir=\"", DirectionOf(text), "\"");
}

std::string TextElement(absl::string_view element, absl::string_view language,
                        absl::string_view text) {
  return absl::StrCat("<", element, LangAndDir(language, text), ">", Escaped(text), "</", element,
                      ">");
}

}  // namespace liaison::cli
