// Words of a text in any language, in the form in which they are compared.
#ifndef LIAISON_SERVER_DOMAIN_WORDS_H_
#define LIAISON_SERVER_DOMAIN_WORDS_H_

#include <unicode/brkiter.h>
#include <unicode/translit.h>

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::domain {

// Words of one text that are looked at; whatever follows them is not.
inline constexpr size_t kMaxWordsOfText = 4000;

struct Word {
  std::string form;  // normalised (NFKC) and case-folded, as a reader knows it: `сетей`, `networks`
  std::string key;  // without its ending: what is compared
};

// A WordSplitter finds words by ICU's rules, so that Chinese, which writes no blanks, has words
// too. Endings are cut by small rules for each script (Latin: plurals; Cyrillic: cases; Arabic:
// article and the like), which is enough to find the same word again and no grammar. Not
// thread-safe.
class WordSplitter {
 public:
  // INTERNAL where ICU lacks its data.
  static absl::StatusOr<WordSplitter> Create();

  // The first kMaxWordsOfText words. What is no UTF-8 separates words.
  std::vector<Word> Split(absl::string_view text);
  // `each(form)` of the same; a key costs more than its form, and most words come again.
  void ForEachForm(absl::string_view text, absl::FunctionRef<void(absl::string_view)> each);
  // Of Chinese in simplified characters, so that both ways of writing are one.
  void ForEachForm(absl::string_view text, absl::string_view language,
                   absl::FunctionRef<void(absl::string_view)> each);
  // All of them, in languages with blanks and without: what there is to read.
  size_t Count(absl::string_view text);

 private:
  explicit WordSplitter(std::unique_ptr<icu::BreakIterator> breaks) : breaks_(std::move(breaks)) {}

  std::unique_ptr<icu::BreakIterator> breaks_;
  std::unique_ptr<icu::Transliterator> to_simplified_;  // made when it is first needed
};

// The key of a form that is normalised already.
std::string KeyOfWord(absl::string_view form);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_WORDS_H_
