// What an input says, in words.
#ifndef LIAISON_SERVER_VIEWS_WORDING_H_
#define LIAISON_SERVER_VIEWS_WORDING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/views/reading.h"

namespace liaison::views {

struct Wording {
  std::string language;
  std::string title;
  std::string text;
  bool translated = false;  // the words are not its author's
};

// A signal or a report as it stands: its latest version, with the amendments that came after that.
// Empty where the words are erased: those of an earlier version do not take their place.
absl::StatusOr<Wording> WordingOf(const Reading& reading, Index input);
// The same; then in other languages by its author; then the translations of these very words.
// Nothing where the words are erased. Which language each is in is said in its header: who does not
// ask spares reading that.
enum class Languages { kNamed, kNotAsked };
absl::StatusOr<std::vector<Wording>> WordingsOf(const Reading& reading, Index input,
                                                Languages languages = Languages::kNamed);

// All there is to read of an event of any type, as it stands: amended, and of a decision what its
// versions say together.
absl::StatusOr<Wording> WordsToRead(const Reading& reading, Index index);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_WORDING_H_
