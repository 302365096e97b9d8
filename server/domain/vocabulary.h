// The words of many texts, each known once.
#ifndef LIAISON_SERVER_DOMAIN_VOCABULARY_H_
#define LIAISON_SERVER_DOMAIN_VOCABULARY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
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
  double rarity = 0;
};

// A word as it is written, in its language. What is asked of each word of a text stands here, so
// that its term need not be looked at.
struct Form {
  uint32_t term = 0;
  uint32_t name = 0;      // a term too; where it is none the same as `term`
  bool negates = false;   // what comes next; then it is no term
  bool connects = false;  // it is not on the stop list
  bool opposes = false;   // its term has an antonym
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
    absl::btree_map<std::string, uint32_t> numbers_;   // by key
    std::vector<std::pair<std::string, Form>> forms_;  // each once
    // Where those stand, by a sum of their bytes, counted from 1. What finds no place near its own,
    // whatever the words are, stands in `others_`.
    std::vector<uint32_t> places_;
    absl::btree_map<std::string, uint32_t> others_;
  };

  explicit Vocabulary(const StopList& stop_list) : stop_list_(stop_list) {}

  // Lives as long as the vocabulary.
  Words* WordsOf(absl::string_view language);
  const Form& FormOf(absl::string_view form, Words* words);
  // Of a topic.
  uint32_t CodeOf(const std::string& topic);
  // Documents come in order. Who bears what is known once all have come and are settled.
  void Bear(uint32_t term, uint32_t document) { borne_.emplace_back(term, document); }
  void Settle();
  // Documents, ascending, each once.
  absl::Span<const uint32_t> BearersOf(size_t term) const {
    return absl::MakeConstSpan(bearers_).subspan(first_[term], count_[term]);
  }
  size_t CountOf(size_t term) const { return count_[term]; }

  size_t size() const { return terms_.size(); }
  const Term& operator[](size_t term) const { return terms_[term]; }
  std::vector<Term>& terms() { return terms_; }

 private:
  // Returns its number, counted from 1.
  uint32_t Meet(absl::string_view form, Words* words);
  uint32_t Number(absl::string_view key, absl::string_view form, bool is_code, Words* words);

  const StopList& stop_list_;
  std::vector<Term> terms_;
  std::vector<std::pair<uint32_t, uint32_t>> borne_;  // term, document
  std::vector<uint32_t> bearers_;
  std::vector<uint32_t> first_;  // of these, by term
  std::vector<uint32_t> count_;
  // By language; where they are they stay.
  absl::btree_map<std::string, std::unique_ptr<Words>> words_;
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_VOCABULARY_H_
