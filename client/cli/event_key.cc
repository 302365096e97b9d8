#include "client/cli/event_key.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace liaison::cli {

absl::StatusOr<EventKeyWords> ParseEventKeyWords(const std::vector<std::string>& words) {
  if (words.size() == 2) {
    v1::EventName name;
    name.set_author(words[0]);
    name.set_event_id(absl::AsciiStrToLower(words[1]));
    return EventKeyWords(std::move(name));
  }
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(words[0], &sequence)) return EventKeyWords(sequence);
  if (const auto digest = record::Hash::FromHex(words[0]); digest.ok()) {
    return EventKeyWords(*digest);
  }
  std::string bytes;
  if (absl::Base64Unescape(words[0], &bytes) || absl::WebSafeBase64Unescape(words[0], &bytes)) {
    if (const auto digest = record::Hash::Parse(bytes); digest.ok()) return EventKeyWords(*digest);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", words[0],
                   "` is neither a sequence nor a digest (64 hexadecimal digits, or "
                   "base64); by name it takes two words: AUTHOR EVENT_ID"));
}

}  // namespace liaison::cli
