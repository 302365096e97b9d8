#include "server/federation/told.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"
#include "proto/record/names.h"

namespace liaison::federation {
namespace {

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string Told(absl::string_view what, size_t size_bytes) {
  size_t size = what.size();
  if (size > size_bytes) {
    size = size_bytes;
    while (size > 0 && Continues(what[size])) --size;
  }
  const absl::string_view cut = what.substr(0, size);
  if (record::IsText(cut)) return std::string(cut);
  return absl::CHexEscape(cut.substr(0, size_bytes / 4));
}

bool HasRefused(const absl::Status& status) { return record::ReasonOf(status).has_value(); }

bool IsUnreached(const absl::Status& status) {
  return absl::IsUnavailable(status) && !HasRefused(status);
}

std::string WhyNotAnswered(const absl::Status& status, size_t size_bytes) {
  const std::string told = Told(status.message(), size_bytes);
  return HasRefused(status) ? absl::StrCat("it refuses: \"", told, "\"") : told;
}

std::string TimeOf(int64_t us) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(us), absl::UTCTimeZone());
}

}  // namespace liaison::federation
