#include "server/domain/vocabulary.h"

#include <utility>

namespace liaison::domain {

Vocabulary::Words* Vocabulary::WordsOf(absl::string_view language) {
  const auto it = words_.find(language);
  if (it != words_.end()) return it->second.get();
  return words_.emplace(language, std::make_unique<Words>(std::string(language)))
      .first->second.get();
}

size_t Vocabulary::Number(absl::string_view key, absl::string_view form, bool is_code,
                          Words* words) {
  const auto it = words->numbers_.find(key);
  if (it != words->numbers_.end()) return it->second;
  words->numbers_.emplace(key, terms_.size());
  Term term;
  term.form = std::string(form);
  term.is_code = is_code;
  term.language = words->language_;
  if (!term.language.empty()) {
    term.connects_nothing = stop_list_.Find(key) != nullptr;
    term.antonym = FindAntonym(term.language, key);
  }
  terms_.push_back(std::move(term));
  return terms_.size() - 1;
}

size_t Vocabulary::NumberOf(const Word& word, Words* words) {
  return Number(word.key, word.form, false, words);
}

size_t Vocabulary::CodeOf(const std::string& topic) {
  return Number(topic, topic, true, WordsOf(""));
}

size_t Vocabulary::NameOf(const Word& word) {
  return Number(word.key, word.form, false, WordsOf(""));
}

void Vocabulary::Bear(size_t term, size_t document) {
  std::vector<size_t>& bearers = terms_[term].bearers;
  if (bearers.empty() || bearers.back() != document) bearers.push_back(document);
}

}  // namespace liaison::domain
