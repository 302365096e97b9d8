// Words that say opposite things, by language: permitted and prohibited, mandatory and voluntary.
#ifndef LIAISON_SERVER_DOMAIN_ANTONYMS_H_
#define LIAISON_SERVER_DOMAIN_ANTONYMS_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace liaison::domain {

// Two lists of words of one language: whatever stands in the one says the opposite of whatever
// stands in the other. Where few words say it in no other sense, none but these are listed.
struct Antonym {
  size_t pair = 0;
  bool second = false;  // which of the two
};

// Of the word with that key (see words.h) in that language, as `en`; nullopt for most.
std::optional<Antonym> FindAntonym(absl::string_view language, absl::string_view key);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_ANTONYMS_H_
