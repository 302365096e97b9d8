#include "server/domain/words.h"

#include <unicode/normalizer2.h>
#include <unicode/ubrk.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <limits>
#include <utility>

#include "absl/status/status.h"

namespace liaison::domain {
namespace {

// An ending, and how many characters must be left before it.
struct Ending {
  const char16_t* text;
  int32_t left;
};

// The longest come first.
constexpr Ending kCyrillicEndings[] = {
    {u"иями", 3}, {u"остью", 3}, {u"ости", 3}, {u"ость", 3}, {u"ями", 3}, {u"ами", 3}, {u"ого", 3},
    {u"его", 3},  {u"ому", 3},   {u"ему", 3},  {u"ыми", 3},  {u"ими", 3}, {u"иях", 3}, {u"иям", 3},
    {u"ией", 3},  {u"ах", 3},    {u"ях", 3},   {u"ам", 3},   {u"ям", 3},  {u"ов", 3},  {u"ев", 3},
    {u"ей", 3},   {u"ий", 3},    {u"ый", 3},   {u"ой", 3},   {u"ая", 3},  {u"яя", 3},  {u"ое", 3},
    {u"ее", 3},   {u"ые", 3},    {u"ие", 3},   {u"ую", 3},   {u"юю", 3},  {u"ом", 3},  {u"ем", 3},
    {u"ых", 3},   {u"их", 3},    {u"ым", 3},   {u"им", 3},   {u"ию", 3},  {u"ия", 3},  {u"ии", 3},
    {u"ью", 3},   {u"а", 3},     {u"я", 3},    {u"ы", 3},    {u"и", 3},   {u"у", 3},   {u"ю", 3},
    {u"е", 3},    {u"о", 3},     {u"ь", 3},    {u"й", 3},
};
// Those of the light stemmer that is usual for Arabic.
constexpr Ending kArabicBeginnings[] = {
    {u"وال", 3}, {u"بال", 3}, {u"كال", 3}, {u"فال", 3}, {u"لل", 3},
    {u"ال", 3},  {u"و", 4},   {u"ب", 4},   {u"ل", 4},
};
constexpr Ending kArabicEndings[] = {
    {u"ها", 3}, {u"ان", 3}, {u"ات", 3}, {u"ون", 3}, {u"ين", 3}, {u"يه", 3}, {u"ه", 3}, {u"ي", 3},
};
constexpr Ending kLatinEndings[] = {{u"aux", 3}, {u"eux", 3}};

bool CutEnd(const Ending& ending, icu::UnicodeString* word) {
  const icu::UnicodeString text(ending.text);
  if (word->length() < text.length() + ending.left || !word->endsWith(text)) return false;
  word->truncate(word->length() - text.length());
  return true;
}

bool CutStart(const Ending& ending, icu::UnicodeString* word) {
  const icu::UnicodeString text(ending.text);
  if (word->length() < text.length() + ending.left || !word->startsWith(text)) return false;
  word->remove(0, text.length());
  return true;
}

void CutArabic(icu::UnicodeString* word) {
  icu::UnicodeString plain;
  for (int32_t i = 0; i < word->length(); ++i) {
    const char16_t c = word->charAt(i);
    if ((c >= 0x064B && c <= 0x0652) || c == 0x0640) continue;  // vowel signs, the long stroke
    if (c == 0x0622 || c == 0x0623 || c == 0x0625) {
      plain.append(static_cast<char16_t>(0x0627));  // the forms of alef
    } else if (c == 0x0649) {
      plain.append(static_cast<char16_t>(0x064A));
    } else if (c == 0x0629) {
      plain.append(static_cast<char16_t>(0x0647));
    } else {
      plain.append(c);
    }
  }
  *word = plain;
  for (const Ending& beginning : kArabicBeginnings) {
    if (CutStart(beginning, word)) break;
  }
  for (const Ending& ending : kArabicEndings) {
    if (CutEnd(ending, word)) break;
  }
}

// l'accès is accès, children's is children.
void CutApostrophe(icu::UnicodeString* word) {
  int32_t at = word->indexOf(u'\'');
  if (at < 0) at = word->indexOf(static_cast<char16_t>(0x2019));
  if (at < 0) return;
  if (at <= 2 && word->length() - at > 2) {
    word->remove(0, at + 1);
  } else if (at > 0) {
    word->truncate(at);
  }
}

void CutLatin(icu::UnicodeString* word) {
  CutApostrophe(word);
  for (const Ending& ending : kLatinEndings) {
    if (CutEnd(ending, word)) {
      word->append(ending.text, 2);  // réseaux, réseau
      return;
    }
  }
  if (word->length() > 4 && word->endsWith(u"ies", 3)) {
    word->truncate(word->length() - 3);
    word->append(u'y');
    return;
  }
  if (word->length() > 3 && word->endsWith(u's') && !word->endsWith(u"ss", 2)) {
    word->truncate(word->length() - 1);
  }
  if (word->length() > 3 && word->endsWith(u'e')) word->truncate(word->length() - 1);
}

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

icu::UnicodeString FromUtf8(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

std::string KeyOf(icu::UnicodeString word) {
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(word.char32At(0), &error)) {
    case USCRIPT_LATIN:
      CutLatin(&word);
      break;
    case USCRIPT_CYRILLIC:
      for (const Ending& ending : kCyrillicEndings) {
        if (CutEnd(ending, &word)) break;
      }
      break;
    case USCRIPT_ARABIC:
      CutArabic(&word);
      break;
    default:
      break;
  }
  return ToUtf8(word);
}

// `each(word)` for each word until it says false.
template <typename Each>
void ForEachWord(const icu::UnicodeString& text, icu::BreakIterator* breaks, const Each& each) {
  breaks->setText(text);
  int32_t start = breaks->first();
  for (int32_t end = breaks->next(); end != icu::BreakIterator::DONE;
       start = end, end = breaks->next()) {
    if (breaks->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;  // blanks, punctuation
    if (!each(text.tempSubStringBetween(start, end))) return;
  }
}

}  // namespace

absl::StatusOr<WordSplitter> WordSplitter::Create() {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  if (U_FAILURE(error)) return absl::InternalError("this ICU has no rules for words");
  return WordSplitter(std::move(breaks));
}

std::vector<Word> WordSplitter::Split(absl::string_view text) { return WordsOf(FromUtf8(text)); }

std::vector<Word> WordSplitter::Split(absl::string_view text, absl::string_view language) {
  icu::UnicodeString chinese = FromUtf8(text);
  if (language.substr(0, language.find('-')) != "zh") return WordsOf(chinese);
  UErrorCode error = U_ZERO_ERROR;
  if (to_simplified_ == nullptr) {
    to_simplified_.reset(icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, error));
  }
  // Where this ICU has no such table each way of writing is alike only to itself.
  if (U_SUCCESS(error) && to_simplified_ != nullptr) to_simplified_->transliterate(chinese);
  return WordsOf(chinese);
}

std::vector<Word> WordSplitter::WordsOf(const icu::UnicodeString& text) {
  std::vector<Word> words;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) return words;
  const icu::UnicodeString folded = folding->normalize(text, error);
  if (U_FAILURE(error)) return words;
  ForEachWord(folded, breaks_.get(), [&](const icu::UnicodeString& word) {
    words.push_back({ToUtf8(word), KeyOf(word)});
    return words.size() < kMaxWordsOfText;
  });
  return words;
}

size_t WordSplitter::Count(absl::string_view text) {
  size_t count = 0;
  ForEachWord(FromUtf8(text), breaks_.get(), [&](const icu::UnicodeString&) {
    ++count;
    return true;
  });
  return count;
}

std::string KeyOfWord(absl::string_view form) { return KeyOf(FromUtf8(form)); }

}  // namespace liaison::domain
