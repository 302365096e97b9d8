#include "server/domain/reading_time.h"

#include "absl/strings/ascii.h"

namespace liaison::domain {
namespace {

struct Speed {
  absl::string_view language;
  uint64_t words_per_minute;
};

// Russian is read at the mean.
constexpr Speed kSpeeds[] = {{"ar", 138}, {"zh", 158}, {"en", 228}, {"fr", 195}, {"es", 218}};
constexpr uint64_t kMean = 184;

// Empty is `und`, which is the word for it.
std::string BaseOf(absl::string_view language) {
  std::string base = absl::AsciiStrToLower(language.substr(0, language.find('-')));
  return base.empty() ? "und" : base;
}

}  // namespace

uint64_t WordsPerMinute(absl::string_view language) {
  const std::string base = BaseOf(language);
  for (const Speed& speed : kSpeeds) {
    if (speed.language == base) return speed.words_per_minute;
  }
  return kMean;
}

void ReadingTime::Add(absl::string_view language, absl::string_view text, WordSplitter* splitter) {
  Add(language, splitter->Count(text));
}

void ReadingTime::Add(absl::string_view language, uint64_t words) {
  if (words > 0) words_[BaseOf(language)] += words;
}

uint64_t ReadingTime::words() const {
  uint64_t sum = 0;
  for (const auto& [language, words] : words_) sum += words;
  return sum;
}

uint64_t ReadingTime::minutes() const {
  uint64_t seconds = 0;
  for (const auto& [language, words] : words_) {
    const uint64_t speed = WordsPerMinute(language);
    seconds += (words * 60 + speed - 1) / speed;
  }
  return (seconds + 59) / 60;
}

}  // namespace liaison::domain
