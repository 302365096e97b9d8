// Dates as people write them in tables: `DD/MM/YYYY`, `M/D/YYYY H:mm:ss`.
#ifndef LIAISON_CLIENT_CLI_DATE_FORMAT_H_
#define LIAISON_CLIENT_CLI_DATE_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace liaison::cli {

// A DateFormat reads and writes one way of writing a date, with or without a time of day. Tokens:
// YYYY, MM and DD (two digits), M and D (no leading zero), HH, H, mm, ss; all else stands for
// itself. Exact in both directions: what it reads, it writes again. Value type.
class DateFormat {
 public:
  // INVALID_ARGUMENT without year, month and day, with one of them twice, with minutes but no hour.
  static absl::StatusOr<DateFormat> Parse(absl::string_view format);

  // INVALID_ARGUMENT unless the whole text is of the format and the day exists, from 1900 to 2199.
  absl::StatusOr<absl::CivilSecond> Read(absl::string_view text) const;
  std::string Write(absl::CivilSecond time) const;

  bool has_time() const;
  const std::string& text() const { return text_; }

 private:
  enum class Unit { kYear, kMonth, kDay, kHour, kMinute, kSecond, kLiteral };
  struct Token {
    Unit unit;
    bool padded;   // to two digits
    char literal;  // of kLiteral
  };
  static Token TokenAt(absl::string_view format, size_t* size);
  size_t Count(Unit unit) const;

  std::string text_;
  std::vector<Token> tokens_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_DATE_FORMAT_H_
