#include "server/domain/excerpt.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace liaison::domain {
namespace {

constexpr size_t kMaxBytesOfCharacter = 64;  // with all its marks; longer ones are cut

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

absl::Status NoData(UErrorCode code) {
  return absl::InternalError(absl::StrCat("ICU finds no characters: ", u_errorName(code)));
}

}  // namespace

absl::StatusOr<std::string> Excerpt(absl::string_view text, size_t characters) {
  if (text.size() <= characters) return std::string(text);
  // A long text costs no more than its excerpt.
  const absl::string_view looked = text.substr(0, (characters + 1) * kMaxBytesOfCharacter);
  UErrorCode code = U_ZERO_ERROR;
  const std::unique_ptr<UText, CloseText> utf8(
      utext_openUTF8(nullptr, looked.data(), static_cast<int64_t>(looked.size()), &code));
  const std::unique_ptr<icu::BreakIterator> by_character(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), code));
  const std::unique_ptr<icu::BreakIterator> by_word(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), code));
  if (U_FAILURE(code)) return NoData(code);
  by_character->setText(utf8.get(), code);
  by_word->setText(utf8.get(), code);
  if (U_FAILURE(code)) return NoData(code);
  int32_t end = 0;
  for (size_t i = 0; i < characters && end != icu::BreakIterator::DONE; ++i) {
    end = by_character->next();
  }
  if (end == icu::BreakIterator::DONE || static_cast<size_t>(end) == text.size()) {
    return std::string(text);
  }
  const int32_t word = by_word->isBoundary(end) != 0 ? end : by_word->preceding(end);
  const absl::string_view words =
      absl::StripTrailingAsciiWhitespace(text.substr(0, word > 0 ? static_cast<size_t>(word) : 0));
  return absl::StrCat(words.empty() ? text.substr(0, static_cast<size_t>(end)) : words, "…");
}

}  // namespace liaison::domain
