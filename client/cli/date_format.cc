#include "client/cli/date_format.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace liaison::cli {
namespace {

constexpr int kMinYear = 1900;
constexpr int kMaxYear = 2199;

}  // namespace

DateFormat::Token DateFormat::TokenAt(absl::string_view format, size_t* size) {
  struct Named {
    absl::string_view name;
    Unit unit;
    bool padded;
  };
  // Longer names first.
  static constexpr Named kNamed[] = {
      {"YYYY", Unit::kYear, false}, {"MM", Unit::kMonth, true},  {"DD", Unit::kDay, true},
      {"HH", Unit::kHour, true},    {"mm", Unit::kMinute, true}, {"ss", Unit::kSecond, true},
      {"M", Unit::kMonth, false},   {"D", Unit::kDay, false},    {"H", Unit::kHour, false},
  };
  for (const Named& named : kNamed) {
    if (!absl::StartsWith(format, named.name)) continue;
    *size = named.name.size();
    return {named.unit, named.padded, 0};
  }
  *size = 1;
  return {Unit::kLiteral, false, format[0]};
}

size_t DateFormat::Count(Unit unit) const {
  return std::count_if(tokens_.begin(), tokens_.end(),
                       [unit](const Token& token) { return token.unit == unit; });
}

bool DateFormat::has_time() const { return Count(Unit::kHour) > 0; }

absl::StatusOr<DateFormat> DateFormat::Parse(absl::string_view format) {
  DateFormat result;
  result.text_ = std::string(format);
  while (!format.empty()) {
    size_t size = 0;
    result.tokens_.push_back(TokenAt(format, &size));
    format.remove_prefix(size);
  }
  const auto count = [&result](Unit unit) { return result.Count(unit); };
  const bool date = count(Unit::kYear) == 1 && count(Unit::kMonth) == 1 && count(Unit::kDay) == 1;
  const bool time = count(Unit::kHour) <= 1 && count(Unit::kMinute) <= count(Unit::kHour) &&
                    count(Unit::kSecond) <= count(Unit::kMinute);
  if (!date || !time) {
    return absl::InvalidArgumentError(
        absl::StrCat("date format `", result.text_,
                     "` needs YYYY, MM or M, and DD or D once each, and may have HH or H, mm, ss"));
  }
  return result;
}

absl::StatusOr<absl::CivilSecond> DateFormat::Read(absl::string_view text) const {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no date written ", text_));
  };
  std::array<int, 7> values = {1970, 1, 1, 0, 0, 0, 0};
  absl::string_view rest = text;
  for (const Token& token : tokens_) {
    if (token.unit == Unit::kLiteral) {
      if (rest.empty() || rest[0] != token.literal) return wrong();
      rest.remove_prefix(1);
      continue;
    }
    const size_t most = token.unit == Unit::kYear ? 4 : 2;
    const size_t least = token.unit == Unit::kYear ? 4 : token.padded ? 2 : 1;
    size_t size = 0;
    while (size < most && size < rest.size() && absl::ascii_isdigit(rest[size])) ++size;
    int& value = values[static_cast<size_t>(token.unit)];
    if (size < least || !absl::SimpleAtoi(rest.substr(0, size), &value)) return wrong();
    rest.remove_prefix(size);
  }
  const auto& [year, month, day, hour, minute, second, unused] = values;
  const absl::CivilSecond time(year, month, day, hour, minute, second);
  // Civil times normalise the 31st of February; writing it again shows whether this one was real
  // and written as the format says.
  if (!rest.empty() || year < kMinYear || year > kMaxYear || Write(time) != text) return wrong();
  return time;
}

std::string DateFormat::Write(absl::CivilSecond time) const {
  std::string text;
  for (const Token& token : tokens_) {
    const auto append = [&](int value) {
      absl::StrAppendFormat(&text, "%0*d", token.padded ? 2 : 1, value);
    };
    switch (token.unit) {
      case Unit::kYear:
        absl::StrAppendFormat(&text, "%04d", time.year());
        break;
      case Unit::kMonth:
        append(time.month());
        break;
      case Unit::kDay:
        append(time.day());
        break;
      case Unit::kHour:
        append(time.hour());
        break;
      case Unit::kMinute:
        append(time.minute());
        break;
      case Unit::kSecond:
        append(time.second());
        break;
      case Unit::kLiteral:
        text += token.literal;
        break;
    }
  }
  return text;
}

}  // namespace liaison::cli
