// The words of many texts, each known once.
#ifndef LIAISON_SERVER_DOMAIN_VOCABULARY_H_
#define LIAISON_SERVER_DOMAIN_VOCABULARY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "server/domain/antonyms.h"
#include "server/domain/stop_list.h"
#include "server/domain/words.h"

namespace liaison::domain {

struct Term {
  std::string form;  // as it was first met
  bool is_code = false;
  std::string language;           // empty for codes, and names that are the same in any language
  bool connects_nothing = false;  // it stands on the stop list
  std::optional<Antonym> antonym;
  std::vector<size_t> bearers;  // documents, ascending
  double rarity = 0;
};

// A Vocabulary numbers terms as they are first met. What a word is, is found out then and not each
// time it is met again. Not thread-safe.
class Vocabulary {
 public:
  // Of one language: looked for once for many words.
  class Words {
   public:
    explicit Words(std::string language) : language_(std::move(language)) {}

   private:
    friend class Vocabulary;
    std::string language_;
    absl::btree_map<std::string, size_t> numbers_;  // by key
  };

  explicit Vocabulary(const StopList& stop_list) : stop_list_(stop_list) {}

  // Lives as long as the vocabulary.
  Words* WordsOf(absl::string_view language);
  size_t NumberOf(const Word& word, Words* words);
  // Of a topic, and of a name that is the same in any language.
  size_t CodeOf(const std::string& topic);
  size_t NameOf(const Word& word);
  // Documents come in order.
  void Bear(size_t term, size_t document);

  size_t size() const { return terms_.size(); }
  const Term& operator[](size_t term) const { return terms_[term]; }
  std::vector<Term>& terms() { return terms_; }

 private:
  size_t Number(absl::string_view key, absl::string_view form, bool is_code, Words* words);

  const StopList& stop_list_;
  std::vector<Term> terms_;
  // By language; where they are they stay.
  absl::btree_map<std::string, std::unique_ptr<Words>> words_;
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_VOCABULARY_H_
