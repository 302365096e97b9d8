#include "server/domain/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::domain {
namespace {

// How a score is made up where both texts have codes; without codes words are all of it.
constexpr double kShareOfWords = 0.85;
// The most that codes bring where no words can be compared.
constexpr double kMostByCodes = 0.8;
// Rarity is reckoned as if there were so many texts more without the word: of two texts alone every
// word that both have would be a frequent one.
constexpr double kOtherTexts = 10;
// A word of the title says twice as much.
constexpr double kTitle = 2;
constexpr size_t kNamedWords = 8;
constexpr size_t kMarksOfText = 6;

// Words by which a title says that it is against something, by language.
constexpr std::pair<const char*, const char*> kAgainst[] = {
    {"en", "against ban oppose opposing reject no not never stop abolish prohibit repeal"},
    {"fr", "contre interdire interdiction non pas refuser rejeter abolir arrêter"},
    {"es", "contra no prohibir prohibición rechazar abolir jamás"},
    {"ru", "против запретить запрет запрещать нет не отменить"},
    {"ar", "ضد حظر رفض لا منع إلغاء"},
    {"zh", "反对 禁止 不 不应 拒绝 取消 停止"},
};

// (term, weight), in order of the term.
using Terms = std::vector<std::pair<size_t, double>>;

struct Version {
  std::string language;  // `fr`
  bool translated = false;
  Terms whole;
  Terms title;
  bool title_alone = false;  // there is no text
};

struct Document {
  const SimilarityText* text = nullptr;
  std::vector<Version> versions;
  Terms codes;
  Terms marks;  // codes, and names that are the same in any language
  bool against = false;
};

struct Term {
  std::string form;  // as it was first met
  bool is_code = false;
  std::string language;         // empty for marks
  std::vector<size_t> bearers;  // documents, ascending
  double rarity = 0;
};

// Two documents worth looking at, the smaller one first.
struct Candidate {
  size_t first = 0;
  size_t second = 0;
  // Of two marks that both bear: how many do. kNobody where they were found by words.
  size_t bearers = 0;
};
constexpr size_t kNobody = std::numeric_limits<size_t>::max();

double Length(const Terms& terms) {
  double sum = 0;
  for (const auto& [term, weight] : terms) sum += weight * weight;
  return std::sqrt(sum);
}

// What each shared term brings to the cosine.
Terms Shared(const Terms& a, const Terms& b) {
  Terms shared;
  const double lengths = Length(a) * Length(b);
  if (lengths == 0) return shared;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (i->first == j->first) {
      shared.emplace_back(i->first, i->second * j->second / lengths);
      ++i, ++j;
    } else if (i->first < j->first) {
      ++i;
    } else {
      ++j;
    }
  }
  return shared;
}

double Sum(const Terms& terms) {
  double sum = 0;
  for (const auto& [term, weight] : terms) sum += weight;
  return sum;
}

std::string BaseOf(absl::string_view language) {
  return absl::AsciiStrToLower(language.substr(0, language.find('-')));
}

// DNSSEC in a Russian text, IPv6 and 2030 in any: the same in every language.
bool IsInternational(const Word& word, absl::string_view language) {
  bool digits = false;
  bool latin = true;
  for (const char c : word.form) {
    digits = digits || absl::ascii_isdigit(static_cast<unsigned char>(c));
    latin = latin && static_cast<unsigned char>(c) < 0x80;
  }
  const bool other_script = language == "ru" || language == "ar" || language == "zh";
  return latin && word.form.size() > 2 && (digits || other_script);
}

// A Corpus is the texts, read.
class Corpus {
 public:
  Corpus(const std::vector<SimilarityText>& texts, const StopList& stop_list,
         WordSplitter* splitter)
      : stop_list_(stop_list), splitter_(splitter) {
    for (const auto& [language, words] : kAgainst) {
      for (const Word& word : splitter->Split(words)) against_[language].insert(word.key);
    }
    std::vector<const SimilarityText*> sorted;
    sorted.reserve(texts.size());
    for (const SimilarityText& text : texts) sorted.push_back(&text);
    std::sort(sorted.begin(), sorted.end(), [](const SimilarityText* a, const SimilarityText* b) {
      return a->sequence < b->sequence;
    });
    for (const SimilarityText* text : sorted) Read(*text);
    Weigh();
  }

  // Each pair once; only those with the text `only` where it is not 0.
  std::vector<Candidate> Candidates(uint64_t only) const;
  // nullopt below `least_score`.
  std::optional<SimilarPair> Compare(const Candidate& candidate, double least_score) const;

 private:
  // Who is to be found by what: a word, or two marks together.
  using Bearers = std::map<std::pair<size_t, size_t>, std::vector<size_t>>;

  Bearers Found() const;
  void Read(const SimilarityText& text);
  void ReadVersion(const TextVersion& version, Document* document);
  size_t TermOf(const std::string& key, absl::string_view form, const std::string& language,
                bool is_code);
  void Bear(size_t term, size_t document);
  void Weigh();
  double ByWords(const Version& a, const Version& b, Terms* shared) const;
  double ByMarks(const Terms& shared, size_t bearers) const;
  void Say(const Document& a, const Document& b, size_t bearers, SimilarPair* pair) const;
  std::vector<SharedWord> InForms(const Terms& terms, double share, bool codes) const;

  const StopList& stop_list_;
  WordSplitter* const splitter_;
  std::map<std::string, std::set<std::string>> against_;  // keys by language
  std::vector<Document> documents_;
  std::vector<Term> terms_;
  std::map<std::string, size_t> by_key_;
  std::map<std::string, size_t> of_language_;  // documents
};

size_t Corpus::TermOf(const std::string& key, absl::string_view form, const std::string& language,
                      bool is_code) {
  const auto [it, is_new] = by_key_.emplace(absl::StrCat(language, "\n", key), terms_.size());
  if (is_new) terms_.push_back({std::string(form), is_code, language, {}, 0});
  return it->second;
}

void Corpus::Bear(size_t term, size_t document) {
  std::vector<size_t>& bearers = terms_[term].bearers;
  if (bearers.empty() || bearers.back() != document) bearers.push_back(document);
}

void Corpus::ReadVersion(const TextVersion& version, Document* document) {
  Version read;
  read.language = BaseOf(version.language);
  read.translated = version.translated;
  read.title_alone = version.text.empty();
  std::map<size_t, double> whole;
  std::map<size_t, double> title;
  std::map<size_t, double> marks(document->marks.begin(), document->marks.end());
  const auto add = [&](const Word& word, bool of_title) {
    if (stop_list_.Find(word.key) != nullptr) return;
    const size_t term = TermOf(word.key, word.form, read.language, false);
    Bear(term, documents_.size());
    whole.emplace(term, of_title ? kTitle : 1);
    if (of_title) title.emplace(term, 1);
    if (!IsInternational(word, read.language)) return;
    const size_t mark = TermOf(word.key, word.form, "", false);
    Bear(mark, documents_.size());
    marks.emplace(mark, 1);
  };
  for (const Word& word : splitter_->Split(version.title)) {
    if (!version.translated && against_[read.language].count(word.key) > 0) {
      document->against = true;
    }
    add(word, true);
  }
  for (const Word& word : splitter_->Split(version.text)) add(word, false);
  read.whole.assign(whole.begin(), whole.end());
  read.title.assign(title.begin(), title.end());
  document->marks.assign(marks.begin(), marks.end());
  document->versions.push_back(std::move(read));
}

void Corpus::Read(const SimilarityText& text) {
  Document document;
  document.text = &text;
  for (const std::string& topic : text.topics) {
    if (topic == "unspecified") continue;
    const size_t term = TermOf(topic, topic, "", true);
    Bear(term, documents_.size());
    document.marks.emplace_back(term, 1);
  }
  std::sort(document.marks.begin(), document.marks.end());
  document.codes = document.marks;
  std::set<std::string> languages;
  for (size_t i = 0; i < text.versions.size() && i < kMaxVersions; ++i) {
    ReadVersion(text.versions[i], &document);
    languages.insert(document.versions.back().language);
  }
  for (const std::string& language : languages) ++of_language_[language];
  documents_.push_back(std::move(document));
}

// Rare words weigh more: by how many of the texts in their language have them.
void Corpus::Weigh() {
  for (Term& term : terms_) {
    const size_t of = term.language.empty() ? documents_.size() : of_language_[term.language];
    term.rarity = std::log((static_cast<double>(of) + kOtherTexts) /
                           (static_cast<double>(term.bearers.size()) + 1));
  }
  const auto weigh = [&](Terms* terms) {
    for (auto& [term, weight] : *terms) weight *= terms_[term].rarity;
  };
  for (Document& document : documents_) {
    weigh(&document.codes);
    weigh(&document.marks);
    for (Version& version : document.versions) {
      weigh(&version.whole);
      weigh(&version.title);
    }
  }
}

Corpus::Bearers Corpus::Found() const {
  Bearers lists;
  const auto rarest = [&](const Terms& terms, size_t most) {
    std::vector<size_t> some;
    for (const auto& [term, weight] : terms) {
      if (terms_[term].bearers.size() > 1) some.push_back(term);
    }
    std::stable_sort(some.begin(), some.end(), [&](size_t a, size_t b) {
      return terms_[a].bearers.size() < terms_[b].bearers.size();
    });
    if (some.size() > most) some.resize(most);
    return some;
  };
  for (size_t d = 0; d < documents_.size(); ++d) {
    Terms words;
    for (const Version& version : documents_[d].versions) {
      words.insert(words.end(), version.whole.begin(), version.whole.end());
    }
    for (const size_t term : rarest(words, kRareWords)) {
      std::vector<size_t>& list = lists[{term, term}];
      if (list.empty() || list.back() != d) list.push_back(d);
    }
    std::vector<size_t> marks = rarest(documents_[d].marks, kMarksOfText);
    std::sort(marks.begin(), marks.end());
    for (size_t i = 0; i < marks.size(); ++i) {
      for (size_t j = i + 1; j < marks.size(); ++j) lists[{marks[i], marks[j]}].push_back(d);
    }
  }
  return lists;
}

std::vector<Candidate> Corpus::Candidates(uint64_t only) const {
  size_t of_only = documents_.size();
  for (size_t d = 0; d < documents_.size(); ++d) {
    if (documents_[d].text->sequence == only) of_only = d;
  }
  std::vector<Candidate> pairs;
  for (const auto& [key, list] : Found()) {
    const bool marks = key.first != key.second;
    if (marks && list.size() > kMaxBearers) continue;
    const size_t bearers = marks ? list.size() : kNobody;
    if (only != 0) {
      if (!std::binary_search(list.begin(), list.end(), of_only)) continue;
      for (const size_t d : list) {
        if (d != of_only) pairs.push_back({std::min(d, of_only), std::max(d, of_only), bearers});
      }
      continue;
    }
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = i + 1; j < list.size() && j <= i + kNeighbours; ++j) {
        pairs.push_back({list[i], list[j], bearers});
      }
    }
  }
  const auto key_of = [](const Candidate& c) { return std::tuple(c.first, c.second, c.bearers); };
  std::sort(pairs.begin(), pairs.end(),
            [&](const Candidate& a, const Candidate& b) { return key_of(a) < key_of(b); });
  // The marks that the fewest bear stay.
  pairs.erase(std::unique(pairs.begin(), pairs.end(),
                          [](const Candidate& a, const Candidate& b) {
                            return a.first == b.first && a.second == b.second;
                          }),
              pairs.end());
  return pairs;
}

double Corpus::ByWords(const Version& a, const Version& b, Terms* shared) const {
  const bool titles = a.title_alone || b.title_alone;
  *shared = titles ? Shared(a.title, b.title) : Shared(a.whole, b.whole);
  return Sum(*shared);
}

// What the shared marks bring where no words can be compared: much, if hardly anybody else bears
// them. Names alone bring nothing.
double Corpus::ByMarks(const Terms& shared, size_t bearers) const {
  const bool coded = std::any_of(shared.begin(), shared.end(),
                                 [&](const auto& mark) { return terms_[mark.first].is_code; });
  return coded ? kMostByCodes * Sum(shared) * 2 / static_cast<double>(bearers) : 0;
}

std::vector<SharedWord> Corpus::InForms(const Terms& terms, double share, bool codes) const {
  std::vector<SharedWord> words;
  for (const auto& [term, points] : terms) {
    if (terms_[term].is_code == codes) words.push_back({terms_[term].form, points * share});
  }
  std::stable_sort(words.begin(), words.end(), [](const SharedWord& a, const SharedWord& b) {
    return a.points != b.points ? a.points > b.points : a.word < b.word;
  });
  return words;
}

std::string Named(const std::vector<SharedWord>& words) {
  std::vector<std::string> named;
  for (size_t i = 0; i < words.size() && i < kNamedWords; ++i) {
    named.push_back(
        absl::StrCat(words[i].word, " (", absl::StrFormat("%.2f", words[i].points), ")"));
  }
  const size_t more = words.size() - named.size();
  return absl::StrCat(absl::StrJoin(named, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

void Corpus::Say(const Document& a, const Document& b, size_t bearers, SimilarPair* pair) const {
  std::vector<std::string>& why = pair->why;
  if (pair->language.empty()) {
    why.push_back(absl::StrCat(
        "They have no language in common, so that no words are compared; of ", documents_.size(),
        " texts only ", bearers, " bear what they share together."));
  } else if (pair->first_translated || pair->second_translated) {
    std::vector<std::string> by;
    if (pair->first_translated) by.push_back(absl::StrCat(pair->first));
    if (pair->second_translated) by.push_back(absl::StrCat(pair->second));
    why.push_back(absl::StrCat("Compared in ", pair->language, ", by the translation of ",
                               absl::StrJoin(by, " and of "), "."));
  } else {
    why.push_back(absl::StrCat("Compared in ", pair->language, ", in which both are written."));
  }
  if (!pair->words.empty()) {
    why.push_back(absl::StrCat(
        "Words that both have, with what each brings, rare ones more: ", Named(pair->words), "."));
  }
  if (!pair->codes.empty()) {
    why.push_back(absl::StrCat("Topics that both have: ", Named(pair->codes), "."));
  }
  if (!pair->opposite) return;
  const bool said = a.text->contradicts.count(b.text->sequence) > 0 ||
                    b.text->contradicts.count(a.text->sequence) > 0;
  why.push_back(said ? "One says that it contradicts the other: two answers to one question."
                     : absl::StrCat("The title of ", a.against ? pair->first : pair->second,
                                    " alone is against something: two answers to one question."));
}

std::optional<SimilarPair> Corpus::Compare(const Candidate& candidate, double least_score) const {
  const Document& a = documents_[candidate.first];
  const Document& b = documents_[candidate.second];
  const Version* of_a = nullptr;
  const Version* of_b = nullptr;
  Terms words;
  double by_words = -1;
  for (const Version& one : a.versions) {
    for (const Version& other : b.versions) {
      if (one.language != other.language) continue;
      Terms shared;
      const double score = ByWords(one, other, &shared);
      if (score <= by_words) continue;
      by_words = score;
      words = std::move(shared);
      of_a = &one;
      of_b = &other;
    }
  }
  SimilarPair pair;
  pair.first = a.text->sequence;
  pair.second = b.text->sequence;
  if (of_a != nullptr) {
    const bool coded = !a.text->topics.empty() && !b.text->topics.empty();
    const double share = coded ? kShareOfWords : 1;
    const Terms codes = Shared(a.codes, b.codes);
    pair.score = share * by_words + (1 - share) * Sum(codes);
    pair.language = of_a->language;
    pair.first_translated = of_a->translated;
    pair.second_translated = of_b->translated;
    pair.words = InForms(words, share, false);
    pair.codes = InForms(codes, 1 - share, true);
  } else {
    const Terms marks = Shared(a.marks, b.marks);
    pair.score = ByMarks(marks, candidate.bearers);
    const double sum = Sum(marks);
    pair.words = InForms(marks, sum > 0 ? pair.score / sum : 0, false);
    pair.codes = InForms(marks, sum > 0 ? pair.score / sum : 0, true);
  }
  if (pair.score < least_score) return std::nullopt;
  pair.score = std::min(1.0, pair.score);
  pair.opposite = a.against != b.against || a.text->contradicts.count(pair.second) > 0 ||
                  b.text->contradicts.count(pair.first) > 0;
  Say(a, b, candidate.bearers, &pair);
  return pair;
}

}  // namespace

absl::StatusOr<SimilarTexts> FindSimilar(const std::vector<SimilarityText>& texts,
                                         const StopList& stop_list, WordSplitter* splitter,
                                         const SimilarityArguments& arguments) {
  if (!(arguments.least_score > 0 && arguments.least_score <= 1)) {
    return record::FieldInvalid("least_score", "a number above 0, at most 1");
  }
  std::set<uint64_t> sequences;
  for (const SimilarityText& text : texts) {
    if (!sequences.insert(text.sequence).second) {
      return record::FieldInvalid("texts", absl::StrCat(text.sequence, " stands there twice"));
    }
  }
  const Corpus corpus(texts, stop_list, splitter);
  SimilarTexts result;
  for (const Candidate& candidate : corpus.Candidates(arguments.only)) {
    ++result.compared;
    if (auto pair = corpus.Compare(candidate, arguments.least_score)) {
      result.pairs.push_back(*std::move(pair));
    }
  }
  std::stable_sort(result.pairs.begin(), result.pairs.end(),
                   [](const SimilarPair& a, const SimilarPair& b) { return a.score > b.score; });
  if (result.pairs.size() > arguments.most_pairs) result.pairs.resize(arguments.most_pairs);
  return result;
}

}  // namespace liaison::domain
