#include "server/domain/words.h"

#include <unicode/normalizer2.h>
#include <unicode/ubrk.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace liaison::domain {
namespace {

// An ending, and how many characters must be left before it.
struct Ending {
  std::u16string_view text;
  int32_t left;

  int32_t length() const { return static_cast<int32_t>(text.size()); }
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

// What joins two letters to one word, and two digits to one number.
constexpr absl::string_view kBetweenLetters = ".'";
constexpr absl::string_view kBetweenDigits = ".,;'";
// ICU is asked anew for so many bytes that it need not look at.
constexpr size_t kWorthAsking = 64;

bool CutEnd(const Ending& ending, icu::UnicodeString* word) {
  if (word->length() < ending.length() + ending.left) return false;
  if (!word->endsWith(ending.text.data(), ending.length())) return false;
  word->truncate(word->length() - ending.length());
  return true;
}

bool CutStart(const Ending& ending, icu::UnicodeString* word) {
  if (word->length() < ending.length() + ending.left) return false;
  if (!word->startsWith(ending.text.data(), ending.length())) return false;
  word->remove(0, ending.length());
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

// How many UTF-16 code units: the rules below are by these.
size_t Length(absl::string_view utf8) {
  size_t length = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    length += (byte & 0xc0) == 0x80 ? 0 : byte < 0xf0 ? 1 : 2;
  }
  return length;
}

// l'accès is accès, children's is children.
void CutApostrophe(std::string* word) {
  size_t size = 1;
  size_t at = word->find('\'');
  if (at == std::string::npos) {
    constexpr absl::string_view kTypographic = "’";
    size = kTypographic.size();
    at = word->find(kTypographic.data(), 0, size);
  }
  if (at == std::string::npos) return;
  const absl::string_view before = absl::string_view(*word).substr(0, at);
  const absl::string_view after = absl::string_view(*word).substr(at + size);
  if (Length(before) <= 2 && Length(after) > 1) {
    word->erase(0, at + size);
  } else if (at > 0) {
    word->resize(at);
  }
}

void CutLatin(std::string* word) {
  CutApostrophe(word);
  const size_t length = Length(*word);
  if (length > 5 && (absl::EndsWith(*word, "aux") || absl::EndsWith(*word, "eux"))) {
    word->pop_back();  // réseaux, réseau
    return;
  }
  if (length > 4 && absl::EndsWith(*word, "ies")) {
    word->replace(word->size() - 3, 3, "y");
    return;
  }
  size_t left = length;
  if (left > 3 && absl::EndsWith(*word, "s") && !absl::EndsWith(*word, "ss")) {
    word->pop_back();
    --left;
  }
  if (left > 3 && absl::EndsWith(*word, "e")) word->pop_back();
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

// Of what does not begin with ASCII.
std::string KeyOf(icu::UnicodeString word) {
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(word.char32At(0), &error)) {
    case USCRIPT_LATIN: {
      std::string latin = ToUtf8(word);
      CutLatin(&latin);
      return latin;
    }
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

bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// ICU's rules say little of ASCII, save of these two, which may be parts of words.
bool IsPlain(char c) {
  return absl::ascii_isascii(static_cast<unsigned char>(c)) && c != '_' && c != '@';
}

// Where the plain text from there ends: no word goes across a blank.
size_t EndOfPlain(absl::string_view text, size_t from) {
  size_t blank = from;
  for (size_t at = from; at < text.size(); ++at) {
    if (!IsPlain(text[at])) return blank;
    if (text[at] == ' ' || text[at] == '\n') blank = at;
  }
  return text.size();
}

// Where a text that is not plain gives way to one that is, and is worth it.
size_t EndOfOther(absl::string_view text, size_t from) {
  size_t plain = from;
  while (plain < text.size() && IsPlain(text[plain])) ++plain;
  for (size_t at = plain; at < text.size() && at < plain + kWorthAsking; ++at) {
    if (!IsPlain(text[at])) plain = at + 1;
  }
  if (text.size() - plain < kWorthAsking) return text.size();
  return std::min(text.find_first_of(" \n", plain), text.size());
}

// `each(word)` for each word of a plain text until it says false.
template <typename Each>
bool ForEachPlainWord(absl::string_view text, const Each& each) {
  const auto is_part = [&](size_t at) { return IsLetter(text[at]) || IsDigit(text[at]); };
  const auto joins = [&](size_t at) {
    if (at + 1 >= text.size()) return false;
    const char before = text[at - 1];
    const char after = text[at + 1];
    return (IsLetter(before) && IsLetter(after) && absl::StrContains(kBetweenLetters, text[at])) ||
           (IsDigit(before) && IsDigit(after) && absl::StrContains(kBetweenDigits, text[at]));
  };
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_part(at)) continue;
    const size_t start = at;
    while (at < text.size() && (is_part(at) || joins(at))) ++at;
    if (!each(text.substr(start, at - start))) return false;
  }
  return true;
}

// The same by ICU, of any text.
template <typename Each>
bool ForEachWord(const icu::UnicodeString& text, icu::BreakIterator* breaks, const Each& each) {
  breaks->setText(text);
  int32_t start = breaks->first();
  for (int32_t end = breaks->next(); end != icu::BreakIterator::DONE;
       start = end, end = breaks->next()) {
    if (breaks->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;  // blanks, punctuation
    if (!each(text.tempSubStringBetween(start, end))) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<WordSplitter> WordSplitter::Create() {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  if (U_FAILURE(error)) return absl::InternalError("this ICU has no rules for words");
  return WordSplitter(std::move(breaks));
}

std::vector<Word> WordSplitter::Split(absl::string_view text) {
  std::vector<Word> words;
  ForEachForm(text, [&](absl::string_view form) {
    words.push_back({std::string(form), KeyOfWord(form)});
  });
  return words;
}

void WordSplitter::ForEachForm(absl::string_view text, absl::string_view language,
                               absl::FunctionRef<void(absl::string_view)> each) {
  const bool plain = std::all_of(text.begin(), text.end(), absl::ascii_isascii);
  if (plain || language.substr(0, language.find('-')) != "zh") return ForEachForm(text, each);
  icu::UnicodeString chinese = FromUtf8(text);
  UErrorCode error = U_ZERO_ERROR;
  if (to_simplified_ == nullptr) {
    to_simplified_.reset(icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, error));
  }
  // Where this ICU has no such table each way of writing is alike only to itself.
  if (U_SUCCESS(error) && to_simplified_ != nullptr) to_simplified_->transliterate(chinese);
  ForEachForm(ToUtf8(chinese), each);
}

void WordSplitter::ForEachForm(absl::string_view text,
                               absl::FunctionRef<void(absl::string_view)> each) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) return;
  size_t words = 0;
  std::string form;
  const auto plain = [&](absl::string_view word) {
    form.assign(word.data(), word.size());
    absl::AsciiStrToLower(&form);
    each(form);
    return ++words < kMaxWordsOfText;
  };
  const auto other = [&](const icu::UnicodeString& word) {
    form.clear();
    word.toUTF8String(form);
    each(form);
    return ++words < kMaxWordsOfText;
  };
  for (size_t from = 0; from < text.size();) {
    size_t end = EndOfPlain(text, from);
    if (!ForEachPlainWord(text.substr(from, end - from), plain)) return;
    from = end;
    end = EndOfOther(text, from);
    const icu::UnicodeString folded =
        folding->normalize(FromUtf8(text.substr(from, end - from)), error);
    if (U_FAILURE(error) || !ForEachWord(folded, breaks_.get(), other)) return;
    from = end;
  }
}

size_t WordSplitter::Count(absl::string_view text) {
  size_t count = 0;
  ForEachWord(FromUtf8(text), breaks_.get(), [&](const icu::UnicodeString&) {
    ++count;
    return true;
  });
  return count;
}

std::string KeyOfWord(absl::string_view form) {
  if (form.empty() || !absl::ascii_isascii(static_cast<unsigned char>(form[0]))) {
    return KeyOf(FromUtf8(form));
  }
  std::string key(form);
  if (IsLetter(form[0])) CutLatin(&key);
  return key;
}

}  // namespace liaison::domain
