#include "server/domain/vocabulary.h"

#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/domain/negations.h"

namespace liaison::domain {
namespace {

constexpr size_t kPlaces = 16384;  // a power of two: several times the words of usual texts
constexpr size_t kTriedPlaces = 4;

size_t PlaceOf(absl::string_view form) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : form) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ (hash >> 32)) % kPlaces;
}

// DNSSEC in a Russian text, IPv6 in any: the same in every language. A number alone names nothing:
// much happens in 2030.
bool IsInternational(absl::string_view form, absl::string_view language) {
  bool digits = false;
  bool letters = false;
  for (const char c : form) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
    digits = digits || absl::ascii_isdigit(static_cast<unsigned char>(c));
    letters = letters || absl::ascii_isalpha(static_cast<unsigned char>(c));
  }
  const bool other_script = language == "ru" || language == "ar" || language == "zh";
  return letters && form.size() > 2 && (digits || other_script);
}

}  // namespace

Vocabulary::Words* Vocabulary::WordsOf(absl::string_view language) {
  const auto it = words_.find(language);
  if (it != words_.end()) return it->second.get();
  return words_.emplace(language, std::make_unique<Words>(std::string(language)))
      .first->second.get();
}

uint32_t Vocabulary::Number(absl::string_view key, absl::string_view form, bool is_code,
                            Words* words) {
  const auto number = static_cast<uint32_t>(terms_.size());
  const auto [it, fresh] = words->numbers_.try_emplace(key, number);
  if (!fresh) return it->second;
  Term term;
  term.form = std::string(form);
  term.is_code = is_code;
  term.language = words->language_;
  if (!term.language.empty()) {
    term.connects_nothing = stop_list_.Find(key) != nullptr;
    term.antonym = FindAntonym(term.language, key);
  }
  terms_.push_back(std::move(term));
  return number;
}

const Form& Vocabulary::FormOf(absl::string_view form, Words* words) {
  if (words->places_.empty()) words->places_.resize(kPlaces, 0);
  const size_t place = PlaceOf(form);
  for (size_t i = 0; i < kTriedPlaces; ++i) {
    uint32_t& number = words->places_[(place + i) % kPlaces];
    if (number == 0) number = Meet(form, words);
    const auto& [text, known] = words->forms_[number - 1];
    if (text == form) return known;
  }
  const auto [other, fresh] = words->others_.try_emplace(form, 0);
  if (fresh) other->second = Meet(form, words);
  return words->forms_[other->second - 1].second;
}

uint32_t Vocabulary::Meet(absl::string_view form, Words* words) {
  Form met;
  met.negates = IsNegation(form, words->language_);
  if (!met.negates) {
    const std::string key = KeyOfWord(form);
    met.term = met.name = Number(key, form, false, words);
    met.connects = !terms_[met.term].connects_nothing;
    met.opposes = terms_[met.term].antonym.has_value();
    if (met.connects && IsInternational(form, words->language_)) {
      met.name = Number(key, form, false, WordsOf(""));
    }
  }
  words->forms_.emplace_back(form, met);
  return static_cast<uint32_t>(words->forms_.size());
}

uint32_t Vocabulary::CodeOf(const std::string& topic) {
  return Number(topic, topic, true, WordsOf(""));
}

// Sorted by counting: there are as many of these as words in all texts.
void Vocabulary::Settle() {
  count_.assign(terms_.size(), 0);
  for (const auto& [term, document] : borne_) ++count_[term];
  first_.resize(terms_.size());
  std::exclusive_scan(count_.begin(), count_.end(), first_.begin(), uint32_t{0});
  bearers_.resize(borne_.size());
  count_.assign(terms_.size(), 0);
  for (const auto& [term, document] : borne_) {
    uint32_t* const bearers = bearers_.data() + first_[term];
    uint32_t& count = count_[term];
    if (count == 0 || bearers[count - 1] != document) bearers[count++] = document;
  }
}

}  // namespace liaison::domain
