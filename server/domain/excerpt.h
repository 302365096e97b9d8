// The beginning of a text.
#ifndef LIAISON_SERVER_DOMAIN_EXCERPT_H_
#define LIAISON_SERVER_DOMAIN_EXCERPT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::domain {

// As it was written where it has no more characters than that, as a reader counts them; else its
// beginning up to the end of a word, and an ellipsis. A word that is longer by itself is cut
// between two characters. INTERNAL where ICU lacks its data.
absl::StatusOr<std::string> Excerpt(absl::string_view text, size_t characters);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_EXCERPT_H_
