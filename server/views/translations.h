// The reasons of dispositions and decisions in another language.
#ifndef LIAISON_SERVER_VIEWS_TRANSLATIONS_H_
#define LIAISON_SERVER_VIEWS_TRANSLATIONS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/views/reading.h"

namespace liaison::views {

// How well words in one language serve who asked for another (BCP 47, in any case): 0 not at all,
// more is better. The same serves best; then the nearest that is less narrow, `fr` for `fr-CH`;
// then any that is narrower, `fr-CH` for `fr`.
size_t FitOf(absl::string_view asked, absl::string_view offered);

// Why that input was disposed of, as somebody translated it: the reason that it has by itself, or
// the one for all, whichever the original gives it. nullopt where nobody has, in a language that
// serves better than the original's. Of several what a human made or reviewed goes before what a
// machine made alone, whoever published it; then what the secretariat or the author of the original
// published, then what is in the nearest language, then what is not out of date, then what a human
// made, then the newest.
absl::StatusOr<std::optional<pb::TranslatedReason>> TranslationOfReason(
    const Reading& reading, Index disposition, const std::string& input,
    const std::string& language);
// The same of the reasons that a version of a decision gives; of what was made of those very words.
absl::StatusOr<std::optional<pb::TranslatedReason>> TranslationOfReasons(
    const Reading& reading, Index version, const std::string& language);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_TRANSLATIONS_H_
