// How long it takes to read a text in its language.
#ifndef LIAISON_SERVER_DOMAIN_READING_TIME_H_
#define LIAISON_SERVER_DOMAIN_READING_TIME_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "server/domain/words.h"

namespace liaison::domain {

// Words that a reader takes in a minute, of the texts that the International Reading Speed Texts
// (2012) had read aloud in 17 languages; their mean for those it has not, and for what has no
// language. Thread-safe.
uint64_t WordsPerMinute(absl::string_view language);

// Words by language, to be added up and read at that speed.
class ReadingTime {
 public:
  // Words are ICU's, so that Chinese has them too.
  void Add(absl::string_view language, absl::string_view text, WordSplitter* splitter);

  void Add(absl::string_view language, uint64_t words);

  uint64_t words() const;
  // Rounded up; 0 where there is nothing to read.
  uint64_t minutes() const;
  const std::map<std::string, uint64_t>& words_by_language() const { return words_; }

 private:
  std::map<std::string, uint64_t> words_;  // by the first part of the tag, `pt`
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_READING_TIME_H_
