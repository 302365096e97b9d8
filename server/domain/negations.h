// Words that turn round what follows them, by language: not, ne, нет.
#ifndef LIAISON_SERVER_DOMAIN_NEGATIONS_H_
#define LIAISON_SERVER_DOMAIN_NEGATIONS_H_

#include "absl/strings/string_view.h"

namespace liaison::domain {

// In that language, as `en`, the word in that form (see words.h) turns round what comes next.
bool IsNegation(absl::string_view form, absl::string_view language);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_NEGATIONS_H_
