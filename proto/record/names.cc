#include "proto/record/names.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/record/limits.h"

namespace liaison::record {
namespace {

constexpr absl::string_view kCoreScheme = "core";
constexpr size_t kMaxCycleSizeBytes = 32;

bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool IsNameSize(absl::string_view name) { return !name.empty() && name.size() <= kMaxIdSizeBytes; }

// [a-z0-9] [a-z0-9-]*
bool IsSegment(absl::string_view text) {
  if (text.empty() || !IsLowerOrDigit(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

// Cuts the next part off `*rest`, up to and without the separator; `*more` says whether there was
// one, so that an empty last part is not overlooked.
absl::string_view NextPart(char separator, absl::string_view* rest, bool* more) {
  const size_t end = rest->find(separator);
  *more = end != absl::string_view::npos;
  absl::string_view part = rest->substr(0, end);
  *rest = *more ? rest->substr(end + 1) : absl::string_view();
  return part;
}

// Number of parts; 0 unless each is a segment.
int CountSegments(absl::string_view text, char separator) {
  int count = 0;
  for (bool more = true; more; ++count) {
    if (!IsSegment(NextPart(separator, &text, &more))) return 0;
  }
  return count;
}

// Decimal from 1, no leading zero, at most nine digits.
bool IsVersion(absl::string_view text) {
  return !text.empty() && text.size() <= 9 && text[0] != '0' &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// -1 unless all are digits.
int Number(absl::string_view digits) {
  int value = 0;
  for (char c : digits) {
    if (!absl::ascii_isdigit(c)) return -1;
    value = 10 * value + (c - '0');
  }
  return value;
}

bool IsLanguageSubtag(absl::string_view part) {
  return part.size() >= 2 && part.size() <= 3 &&
         std::all_of(part.begin(), part.end(), absl::ascii_islower);
}

bool IsScriptSubtag(absl::string_view part) {
  return part.size() == 4 && absl::ascii_isupper(part[0]) &&
         std::all_of(part.begin() + 1, part.end(), absl::ascii_islower);
}

bool IsRegionSubtag(absl::string_view part) {
  return IsCountry(part) ||
         (part.size() == 3 && std::all_of(part.begin(), part.end(), absl::ascii_isdigit));
}

bool IsVariantSubtag(absl::string_view part) {
  if (!std::all_of(part.begin(), part.end(), IsLowerOrDigit)) return false;
  return (part.size() >= 5 && part.size() <= 8) ||
         (part.size() == 4 && absl::ascii_isdigit(part[0]));
}

// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 where there is none
// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
size_t Utf8SequenceSize(absl::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [text, byte](size_t i, int low = 0x80, int high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return continues(1) ? 2 : 0;
  if (lead < 0xf0) {
    const int low = lead == 0xe0 ? 0xa0 : 0x80;
    const int high = lead == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead > 0xf4) return 0;
  const int low = lead == 0xf0 ? 0x90 : 0x80;
  const int high = lead == 0xf4 ? 0x8f : 0xbf;
  return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

// REQUIRES: one well-formed sequence.
uint32_t CodePoint(absl::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  uint32_t point = sequence.size() == 1 ? lead : lead & (0x7f >> sequence.size());
  for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 63);
  return point;
}

// Controls, White_Space, Default_Ignorable_Code_Point, the controls of direction and annotation,
// and the letters that are blank (Unicode 15).
bool IsBlank(uint32_t point) {
  static constexpr struct {
    uint32_t first, last;
  } kBlank[] = {{0x0, 0x20},        {0x7f, 0xa0},      {0xad, 0xad},     {0x34f, 0x34f},
                {0x61c, 0x61c},     {0x115f, 0x1160},  {0x1680, 0x1680}, {0x17b4, 0x17b5},
                {0x180b, 0x180f},   {0x2000, 0x200f},  {0x2028, 0x202f}, {0x205f, 0x206f},
                {0x2800, 0x2800},   {0x3000, 0x3000},  {0x3164, 0x3164}, {0xfe00, 0xfe0f},
                {0xfeff, 0xfeff},   {0xffa0, 0xffa0},  {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
                {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
  return std::any_of(std::begin(kBlank), std::end(kBlank), [point](const auto& range) {
    return range.first <= point && point <= range.last;
  });
}

}  // namespace

bool IsOrganisation(absl::string_view name) {
  static constexpr absl::string_view kRoot = "org/";
  if (!IsNameSize(name) || name.substr(0, kRoot.size()) != kRoot) return false;
  const int segments = CountSegments(name.substr(kRoot.size()), '/');
  return segments >= 1 && segments <= 3;
}

std::string HubOrganisation(absl::string_view hub) { return absl::StrCat("org/", hub, "-hub"); }

bool IsWithinOrganisation(absl::string_view name, absl::string_view ancestor) {
  if (name.substr(0, ancestor.size()) != ancestor) return false;
  return name.size() == ancestor.size() || name[ancestor.size()] == '/';
}

bool IsScheme(absl::string_view name) {
  return IsNameSize(name) && IsLowerOrDigit(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '.' || c == '/' || c == '-'; });
}

bool IsTopicCode(absl::string_view name) {
  return IsNameSize(name) && CountSegments(name, '.') > 0;
}

bool IsTopic(absl::string_view name) {
  if (!IsNameSize(name)) return false;
  const size_t colon = name.find(':');
  if (colon == absl::string_view::npos) return IsTopicCode(name);
  const absl::string_view scheme = name.substr(0, colon);
  return scheme != kCoreScheme && IsScheme(scheme) && IsTopicCode(name.substr(colon + 1));
}

std::vector<std::string> TopicAndAncestors(absl::string_view topic) {
  const size_t colon = topic.find(':');
  const bool has_scheme = colon != absl::string_view::npos;
  const size_t code_begin = has_scheme ? colon + 1 : 0;
  std::vector<std::string> names = {std::string(topic)};
  for (size_t dot = topic.rfind('.'); dot != absl::string_view::npos && dot > code_begin;
       dot = topic.rfind('.', dot - 1)) {
    names.emplace_back(topic.substr(0, dot));
  }
  names.push_back(absl::StrCat(has_scheme ? topic.substr(0, colon) : kCoreScheme, ":"));
  return names;
}

bool IsAudience(absl::string_view name) {
  if (!IsNameSize(name)) return false;
  bool more = false;
  if (!IsSegment(NextPart('/', &name, &more)) || !more) return false;
  const absl::string_view group = NextPart('@', &name, &more);
  if (!IsSegment(group)) return false;
  const bool unversioned = group == "public" || group == "partners" || group == "mag";
  return more ? !unversioned && IsVersion(name) : unversioned;
}

bool IsCycle(absl::string_view name) {
  return name.size() <= kMaxCycleSizeBytes && IsSegment(name);
}

bool IsLanguage(absl::string_view tag) {
  if (!IsNameSize(tag)) return false;
  bool more = false;
  if (!IsLanguageSubtag(NextPart('-', &tag, &more))) return false;
  // A part may be of this step or of a later one, never of an earlier one.
  enum { kScript, kRegion, kVariant } step = kScript;
  while (more) {
    const absl::string_view part = NextPart('-', &tag, &more);
    if (step == kScript && IsScriptSubtag(part)) {
      step = kRegion;
    } else if (step != kVariant && IsRegionSubtag(part)) {
      step = kVariant;
    } else if (IsVariantSubtag(part)) {
      step = kVariant;
    } else {
      return false;
    }
  }
  return true;
}

bool IsCountry(absl::string_view code) {
  return code.size() == 2 && absl::ascii_isupper(code[0]) && absl::ascii_isupper(code[1]);
}

bool IsDate(absl::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return false;
  const int year = Number(date.substr(0, 4));
  const int month = Number(date.substr(5, 2));
  const int day = Number(date.substr(8, 2));
  if (year < 1900 || year > 2199 || month < 1 || month > 12) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int days = month == 2 && leap ? 29 : kDays[month - 1];
  return day >= 1 && day <= days;
}

bool HasWords(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0 || !IsBlank(CodePoint(text.substr(0, size)))) return true;
    text.remove_prefix(size);
  }
  return false;
}

bool IsText(absl::string_view text) {
  while (!text.empty()) {
    if (text[0] == '\0') return false;
    const size_t size = Utf8SequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace liaison::record
