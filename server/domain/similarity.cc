#include "server/domain/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/antonyms.h"
#include "server/domain/term_vector.h"
#include "server/domain/vocabulary.h"

namespace liaison::domain {
namespace {

// How a score is made up where both texts have codes; without codes words are all of it.
constexpr double kShareOfWords = 0.85;
// The most that codes bring where no words can be compared.
constexpr double kMostByCodes = 0.8;
// What chance brings about more often says nothing.
constexpr double kMostChance = 0.05;
// Rarity is reckoned as if there were so many more without the word: of two texts alone every word
// that both have would be a frequent one.
constexpr double kOtherTexts = 10;
// A word of the title says twice as much.
constexpr double kTitle = 2;
constexpr size_t kNamedWords = 8;
// Words that no more texts have than this are summed up for all pairs at once.
constexpr size_t kSummedBearers = 64;
constexpr size_t kMarksOfText = 6;

// Texts that are alike to this degree are the same text, whatever stands above them.
constexpr double kSameText = 0.95;

// Each in order, once.
struct Turned {
  std::vector<size_t> with;
  std::vector<size_t> without;
};

// A word that has an opposite, as it is said: `not allowed` is on the side of `banned`.
struct Stance {
  Antonym said;
  bool negated = false;
  size_t term = 0;

  bool OnSecondSide() const { return said.second != negated; }
};

struct Version {
  std::string language;  // `fr`
  bool translated = false;
  bool read_as = false;  // its language is not named
  TermVector whole;
  TermVector title;
  TermVector text;
  bool title_alone = false;  // there is no text
  // Words by whether one comes next after a `not`: those that do wherever they stand turn round.
  Turned title_turned;
  Turned text_turned;
  std::vector<Stance> title_stances;
  std::vector<Stance> text_stances;
};

struct Document {
  const SimilarityText* text = nullptr;
  size_t speaker = 0;  // a number; of its own where nobody knows who it is
  std::vector<Version> versions;
  TermVector codes;
  TermVector marks;  // codes, and names that are the same in any language
};

// Two documents worth looking at, the smaller one first.
struct Candidate {
  uint32_t first = 0;
  uint32_t second = 0;
  // Of two marks that both bear: how many do. kNobody where they were found by words.
  uint32_t bearers = 0;
  double by_chance = 0;  // how likely it is that as many would, if the marks were strewn
};
constexpr uint32_t kNobody = std::numeric_limits<uint32_t>::max();

// All that are worth it, by the smaller one.
struct Candidates {
  std::vector<Candidate> by_marks;              // in order
  std::vector<std::vector<uint32_t>> by_words;  // to the greater ones, ascending
};

// Of those the ones that may have the score.
struct Sifted {
  std::vector<Candidate> may;
  size_t from = 0;  // how many there were
};

constexpr size_t kNoTerm = std::numeric_limits<size_t>::max();

// A pair that is similar enough, and how: nothing is said of it yet.
struct Scored {
  Candidate candidate;
  double score = 0;
  bool opposite = false;
  bool same_speaker = false;
  const Version* of_first = nullptr;  // those compared; none where no language is common
  const Version* of_second = nullptr;
  // Of the pair that says `not` in one and does not in the other: the word that follows it, and
  // whether that is the first. kNoTerm where there is none.
  size_t negated = kNoTerm;
  bool first_negates = false;
  // What each says that is the opposite of what the other says; none where there is nothing such.
  const Stance* first_stance = nullptr;
  const Stance* second_stance = nullptr;
  size_t own_left_out = 0;
};

void SettleNumbers(std::vector<size_t>* terms) {
  std::sort(terms->begin(), terms->end());
  terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
}

bool Has(const std::vector<size_t>& settled, size_t term) {
  return std::binary_search(settled.begin(), settled.end(), term);
}

// Where it is not named. What is of no language at all, codes and names, has none.
constexpr absl::string_view kUndetermined = "und";

std::string BaseOf(absl::string_view language) {
  std::string base = absl::AsciiStrToLower(language.substr(0, language.find('-')));
  return base.empty() ? std::string(kUndetermined) : base;
}

// Those that the most texts are in.
std::vector<std::string> CommonLanguages(const std::vector<SimilarityText>& texts) {
  std::map<std::string, size_t> counts;
  for (const SimilarityText& text : texts) {
    std::set<std::string> of_text;
    for (const TextVersion& version : text.versions) of_text.insert(BaseOf(version.language));
    for (const std::string& language : of_text) ++counts[language];
  }
  counts.erase(std::string(kUndetermined));
  std::vector<std::pair<size_t, std::string>> ranked;
  ranked.reserve(counts.size());
  for (const auto& [language, count] : counts) ranked.emplace_back(texts.size() - count, language);
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> languages;
  for (const auto& [rank, language] : ranked) {
    if (languages.size() < kMaxReadAs) languages.push_back(language);
  }
  return languages;
}

size_t SizeOf(const TextVersion& version) { return version.title.size() + version.text.size(); }

// How much may be read of each version, so that all of them are `most` or less. What is in no named
// language is read in `common` more.
size_t ReadBytes(const std::vector<SimilarityText>& texts, size_t common, size_t most) {
  std::vector<size_t> sizes;
  for (const SimilarityText& text : texts) {
    for (size_t i = 0; i < text.versions.size() && i < kMaxVersions; ++i) {
      const size_t times = BaseOf(text.versions[i].language) == kUndetermined ? 1 + common : 1;
      sizes.insert(sizes.end(), times, std::min(SizeOf(text.versions[i]), kMaxVersionSizeBytes));
    }
  }
  std::sort(sizes.begin(), sizes.end());
  for (size_t i = 0; i < sizes.size(); ++i) {
    const size_t share = most / (sizes.size() - i);
    if (sizes[i] > share) return share;
    most -= sizes[i];
  }
  return kMaxVersionSizeBytes;
}

// Up to the last blank, or character where there is none, within `most`.
absl::string_view Beginning(absl::string_view text, size_t most) {
  if (text.size() <= most) return text;
  const size_t blank = text.rfind(' ', most);
  if (blank != absl::string_view::npos && blank > most / 2) return text.substr(0, blank);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

// A Corpus is the texts, read.
class Corpus {
 public:
  Corpus(const std::vector<SimilarityText>& texts, const StopList& stop_list,
         WordSplitter* splitter, size_t read_bytes, std::vector<std::string> common_languages)
      : splitter_(splitter),
        read_bytes_(read_bytes),
        common_languages_(std::move(common_languages)),
        terms_(stop_list) {
    std::vector<const SimilarityText*> sorted;
    sorted.reserve(texts.size());
    for (const SimilarityText& text : texts) sorted.push_back(&text);
    std::sort(sorted.begin(), sorted.end(), [](const SimilarityText* a, const SimilarityText* b) {
      return a->sequence < b->sequence;
    });
    documents_.reserve(sorted.size());
    for (const SimilarityText* text : sorted) Read(*text);
    terms_.Settle();
    Weigh();
  }

  // Each pair once; only those with the text `only` where it is not 0.
  Candidates Find(uint64_t only) const;
  // nullopt below `least_score`.
  std::optional<Scored> Compare(const Candidate& candidate, double least_score) const;
  // Those of the candidates, in order, that may have that score: most share a word or two, and it
  // costs little to see that this is not enough. No other is left out.
  Sifted Sift(const Candidates& candidates, double least_score) const;
  SimilarPair Explain(const Scored& scored) const;
  // Of the pairs of each speaker alone the first stay.
  void BoundOwn(std::vector<Scored>* scored) const;
  // Of how many texts not all was read.
  size_t cut() const { return cut_; }

 private:
  using List = std::vector<uint32_t>;  // documents, ascending
  // Two marks that a document bears, the smaller one first.
  struct Marks {
    uint32_t first = 0;
    uint32_t second = 0;
    uint32_t document = 0;

    friend bool operator<(const Marks& a, const Marks& b) {
      return std::tie(a.first, a.second, a.document) < std::tie(b.first, b.second, b.document);
    }
  };
  // Who is to be found by what.
  struct Bearers {
    std::vector<List> by_word;
    std::vector<Marks> by_marks;  // in order
  };
  // Who has a word, and how much it weighs there; by term.
  struct Postings {
    std::vector<std::pair<uint32_t, double>> all;
    std::vector<uint32_t> next;  // of a term, the first that is still to come
    std::vector<uint32_t> end;
  };
  // What is known of a document's words without those that few have.
  struct Rest {
    double length = 0;   // the shortest of its versions
    double weight = 0;   // the greatest length of what is left
    bool known = false;  // no version is a title alone
  };

  Bearers Found() const;
  Candidates FindWith(uint32_t document, const Bearers& found) const;
  std::vector<Candidate> ByMarks(const Bearers& found) const;
  std::vector<List> Neighbours(const Bearers& found) const;
  bool IsSummed(size_t term) const { return terms_.CountOf(term) <= kSummedBearers; }
  std::vector<size_t> Rarest(const Terms& terms, size_t most) const;
  Postings SummedWords() const;
  std::vector<Rest> Rests() const;
  bool MayReach(const Candidate& candidate, const std::vector<Rest>& rests, double sum,
                double least_score) const;
  void PutInTurn(std::vector<uint32_t>* said, List* list) const;
  void Read(const SimilarityText& text);
  void ReadVersion(const TextVersion& version, const std::string& language, Document* document);
  // How many, each whom nobody knows being one.
  size_t SpeakersOf(absl::Span<const uint32_t> documents);
  void Weigh();
  double ByChance(size_t mark, size_t other, size_t bearers) const;
  double ScoreByMarks(const Terms& shared, const Candidate& found) const;
  void Say(const Scored& scored, SimilarPair* pair) const;
  std::vector<SharedWord> InForms(const Terms& terms, double share, bool codes) const;

  WordSplitter* const splitter_;
  const size_t read_bytes_;
  const std::vector<std::string> common_languages_;
  size_t cut_ = 0;
  std::vector<Document> documents_;
  Vocabulary terms_;
  std::map<std::string, List> of_language_;
  std::map<absl::string_view, size_t> speakers_;
  size_t speakers_used_ = 0;
  std::vector<size_t> counted_;  // by speaker: in which count it was last
  size_t counts_ = 0;
};

void Corpus::ReadVersion(const TextVersion& version, const std::string& language,
                         Document* document) {
  Version read;
  read.language = language;
  read.translated = version.translated;
  read.read_as = language != BaseOf(version.language);
  read.title_alone = version.text.empty();
  Vocabulary::Words* const words = terms_.WordsOf(read.language);
  bool negated = false;
  const auto document_number = static_cast<uint32_t>(documents_.size());
  const auto add = [&](absl::string_view word, bool of_title) {
    const Form& form = terms_.FormOf(word, words);
    if (form.negates) {
      negated = true;
      return;
    }
    if (!form.connects) return;
    const size_t term = form.term;
    terms_.Bear(form.term, document_number);
    read.whole.terms.emplace_back(term, of_title ? kTitle : 1);
    (of_title ? read.title : read.text).terms.emplace_back(term, 1);
    Turned& turned = of_title ? read.title_turned : read.text_turned;
    (negated ? turned.with : turned.without).push_back(term);
    if (form.opposes) {
      (of_title ? read.title_stances : read.text_stances)
          .push_back({*terms_[term].antonym, negated, term});
    }
    negated = false;
    if (form.name == form.term) return;
    terms_.Bear(form.name, document_number);
    document->marks.terms.emplace_back(form.name, 1);
  };
  const absl::string_view title = Beginning(version.title, read_bytes_);
  splitter_->ForEachForm(title, read.language, [&](absl::string_view word) { add(word, true); });
  negated = false;
  const absl::string_view text = Beginning(version.text, read_bytes_ - title.size());
  splitter_->ForEachForm(text, read.language, [&](absl::string_view word) { add(word, false); });
  Settle(&read.whole.terms);
  Settle(&read.title.terms);
  Settle(&read.text.terms);
  for (Turned* turned : {&read.title_turned, &read.text_turned}) {
    SettleNumbers(&turned->with);
    SettleNumbers(&turned->without);
  }
  document->versions.push_back(std::move(read));
}

void Corpus::Read(const SimilarityText& text) {
  Document document;
  document.text = &text;
  document.speaker = speakers_used_;
  if (!text.speaker.empty()) {
    document.speaker = speakers_.try_emplace(text.speaker, speakers_used_).first->second;
  }
  if (document.speaker == speakers_used_) ++speakers_used_;
  for (const std::string& topic : text.topics) {
    if (topic == "unspecified") continue;
    const uint32_t term = terms_.CodeOf(topic);
    terms_.Bear(term, static_cast<uint32_t>(documents_.size()));
    document.marks.terms.emplace_back(term, 1);
  }
  Settle(&document.marks.terms);
  document.codes = document.marks;
  std::set<std::string> languages;
  bool cut = text.versions.size() > kMaxVersions;
  for (size_t i = 0; i < text.versions.size() && i < kMaxVersions; ++i) {
    cut = cut || SizeOf(text.versions[i]) > read_bytes_;
    const std::string language = BaseOf(text.versions[i].language);
    ReadVersion(text.versions[i], language, &document);
    languages.insert(language);
    if (language != kUndetermined) continue;
    for (const std::string& other : common_languages_) {
      ReadVersion(text.versions[i], other, &document);
      languages.insert(other);
    }
  }
  if (cut) ++cut_;
  Settle(&document.marks.terms);
  for (const std::string& language : languages) {
    of_language_[language].push_back(static_cast<uint32_t>(documents_.size()));
  }
  documents_.push_back(std::move(document));
}

size_t Corpus::SpeakersOf(absl::Span<const uint32_t> documents) {
  counted_.resize(speakers_used_, 0);
  ++counts_;
  size_t speakers = 0;
  for (const uint32_t d : documents) {
    size_t& last = counted_[documents_[d].speaker];
    if (last != counts_) ++speakers;
    last = counts_;
  }
  return speakers;
}

// Rare words weigh more: by how many of those who speak in their language have them. By texts, one
// that says the same a thousand times would take all weight from the words of others.
void Corpus::Weigh() {
  List all(documents_.size());
  std::iota(all.begin(), all.end(), 0);
  std::map<std::string, size_t> speakers = {{"", SpeakersOf(all)}};
  for (const auto& [language, documents] : of_language_) {
    speakers[language] = SpeakersOf(documents);
  }
  for (size_t i = 0; i < terms_.size(); ++i) {
    Term& term = terms_.terms()[i];
    term.rarity = std::log((static_cast<double>(speakers[term.language]) + kOtherTexts) /
                           (static_cast<double>(SpeakersOf(terms_.BearersOf(i))) + 1));
  }
  const auto weigh = [&](TermVector* vector) {
    double sum = 0;
    for (auto& [term, weight] : vector->terms) {
      weight *= terms_[term].rarity;
      sum += weight * weight;
    }
    vector->length = std::sqrt(sum);
  };
  for (Document& document : documents_) {
    weigh(&document.codes);
    weigh(&document.marks);
    for (Version& version : document.versions) {
      weigh(&version.whole);
      weigh(&version.title);
      weigh(&version.text);
    }
  }
}

// Of those that another has too; where as many have them, in the order in which they stand.
std::vector<size_t> Corpus::Rarest(const Terms& terms, size_t most) const {
  std::vector<std::pair<size_t, size_t>> some;  // how many have it, and where it stands
  for (size_t i = 0; i < terms.size(); ++i) {
    const size_t count = terms_.CountOf(terms[i].first);
    if (count > 1) some.emplace_back(count, i);
  }
  std::sort(some.begin(), some.end());
  if (some.size() > most) some.resize(most);
  std::vector<size_t> rarest;
  rarest.reserve(some.size());
  for (const auto& [count, i] : some) rarest.push_back(terms[i].first);
  return rarest;
}

Corpus::Bearers Corpus::Found() const {
  Bearers lists;
  lists.by_word.resize(terms_.size());
  const auto list = [&](const Terms& words, uint32_t d) {
    for (const size_t term : Rarest(words, kRareWords)) {
      List& with = lists.by_word[term];
      if (with.empty() || with.back() != d) with.push_back(d);
    }
  };
  for (uint32_t d = 0; d < documents_.size(); ++d) {
    Terms words;
    for (const Version& version : documents_[d].versions) {
      // The same words once more, which would leave no room for others.
      if (version.read_as) {
        list(version.whole.terms, d);
      } else {
        words.insert(words.end(), version.whole.terms.begin(), version.whole.terms.end());
      }
    }
    list(words, d);
    std::vector<size_t> marks = Rarest(documents_[d].marks.terms, kMarksOfText);
    std::sort(marks.begin(), marks.end());
    for (size_t i = 0; i < marks.size(); ++i) {
      for (size_t j = i + 1; j < marks.size(); ++j) {
        lists.by_marks.push_back(
            {static_cast<uint32_t>(marks[i]), static_cast<uint32_t>(marks[j]), d});
      }
    }
  }
  std::sort(lists.by_marks.begin(), lists.by_marks.end());
  return lists;
}

// Everybody's first, then everybody's second, and so on. `said`: a 0 for each speaker, and again
// afterwards.
void Corpus::PutInTurn(std::vector<uint32_t>* said, List* list) const {
  std::vector<std::pair<uint32_t, uint32_t>> in_turn;  // the round, and the document
  in_turn.reserve(list->size());
  bool again = false;
  for (const uint32_t d : *list) {
    in_turn.emplace_back((*said)[documents_[d].speaker]++, d);
    again = again || in_turn.back().first > 0;
  }
  for (const uint32_t d : *list) (*said)[documents_[d].speaker] = 0;
  if (!again) return;
  std::sort(in_turn.begin(), in_turn.end());
  for (size_t i = 0; i < in_turn.size(); ++i) (*list)[i] = in_turn[i].second;
}

// Of pairs of marks that few bear; of each pair of documents the marks that the fewest do.
std::vector<Candidate> Corpus::ByMarks(const Bearers& found) const {
  std::vector<Candidate> pairs;
  const std::vector<Marks>& all = found.by_marks;
  for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    const Marks& marks = all[begin];
    while (end < all.size() && all[end].first == marks.first && all[end].second == marks.second) {
      ++end;
    }
    const auto bearers = static_cast<uint32_t>(end - begin);
    if (bearers < 2 || bearers > kMaxBearers) continue;
    const double by_chance = ByChance(marks.first, marks.second, bearers);
    for (size_t i = begin; i < end; ++i) {
      for (size_t j = i + 1; j < end; ++j) {
        pairs.push_back({all[i].document, all[j].document, bearers, by_chance});
      }
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.first, a.second, a.bearers, a.by_chance) <
           std::tie(b.first, b.second, b.bearers, b.by_chance);
  });
  pairs.erase(std::unique(pairs.begin(), pairs.end(),
                          [](const Candidate& a, const Candidate& b) {
                            return a.first == b.first && a.second == b.second;
                          }),
              pairs.end());
  return pairs;
}

// By words: of each document those that come after it, each once, ascending.
std::vector<Corpus::List> Corpus::Neighbours(const Bearers& found) const {
  std::vector<List> before(documents_.size());  // of each those that come before it
  std::vector<uint32_t> said(speakers_used_, 0);
  for (List list : found.by_word) {
    if (list.size() < 2) continue;
    PutInTurn(&said, &list);
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = i + 1; j < list.size() && j <= i + kNeighbours; ++j) {
        const auto [first, second] = std::minmax(list[i], list[j]);
        before[second].push_back(first);
      }
    }
  }
  // Turned round they are in order.
  std::vector<List> neighbours(documents_.size());
  for (uint32_t second = 0; second < before.size(); ++second) {
    for (const uint32_t first : before[second]) {
      List& of = neighbours[first];
      if (of.empty() || of.back() != second) of.push_back(second);
    }
  }
  return neighbours;
}

// All that share a rare word with it, or marks that few bear.
Candidates Corpus::FindWith(uint32_t document, const Bearers& found) const {
  Candidates candidates;
  for (const Candidate& pair : ByMarks(found)) {
    if (pair.first == document || pair.second == document) candidates.by_marks.push_back(pair);
  }
  candidates.by_words.resize(documents_.size());
  for (const List& list : found.by_word) {
    if (!std::binary_search(list.begin(), list.end(), document)) continue;
    for (const uint32_t d : list) {
      if (d != document)
        candidates.by_words[std::min(d, document)].push_back(std::max(d, document));
    }
  }
  for (List& of : candidates.by_words) {
    std::sort(of.begin(), of.end());
    of.erase(std::unique(of.begin(), of.end()), of.end());
  }
  return candidates;
}

Candidates Corpus::Find(uint64_t only) const {
  const Bearers found = Found();
  if (only == 0) return {ByMarks(found), Neighbours(found)};
  for (uint32_t d = 0; d < documents_.size(); ++d) {
    if (documents_[d].text->sequence == only) return FindWith(d, found);
  }
  return {};
}

std::vector<Corpus::Rest> Corpus::Rests() const {
  std::vector<Rest> rests(documents_.size());
  for (size_t d = 0; d < documents_.size(); ++d) {
    Rest& rest = rests[d];
    rest.known = true;
    rest.length = std::numeric_limits<double>::max();
    for (const Version& version : documents_[d].versions) {
      double sum = 0;
      for (const auto& [term, weight] : version.whole.terms) {
        if (!IsSummed(term)) sum += weight * weight;
      }
      rest.weight = std::max(rest.weight, std::sqrt(sum));
      rest.length = std::min(rest.length, version.whole.length);
      rest.known = rest.known && !version.title_alone;
    }
  }
  return rests;
}

// `sum`: what words that few have bring. What the others bring is no more than the product of their
// lengths (Cauchy and Schwarz).
bool Corpus::MayReach(const Candidate& candidate, const std::vector<Rest>& rests, double sum,
                      double least_score) const {
  constexpr double kRounding = 1e-9;
  const Rest& a = rests[candidate.first];
  const Rest& b = rests[candidate.second];
  if (candidate.bearers != kNobody || !a.known || !b.known) return true;
  const double words = std::min(1.0, (sum + a.weight * b.weight) / (a.length * b.length));
  const bool coded = !documents_[candidate.first].text->topics.empty() &&
                     !documents_[candidate.second].text->topics.empty();
  const double most = coded ? kShareOfWords * words + (1 - kShareOfWords) : words;
  return most + kRounding >= least_score;
}

Corpus::Postings Corpus::SummedWords() const {
  const auto each = [this](const auto& of) {
    for (uint32_t d = 0; d < documents_.size(); ++d) {
      for (const Version& version : documents_[d].versions) {
        for (const auto& [term, weight] : version.whole.terms) {
          if (IsSummed(term)) of(d, term, weight);
        }
      }
    }
  };
  Postings postings;
  postings.end.resize(terms_.size(), 0);
  size_t all = 0;
  each([&](uint32_t, size_t term, double) { ++postings.end[term], ++all; });
  postings.next.resize(terms_.size());
  std::exclusive_scan(postings.end.begin(), postings.end.end(), postings.next.begin(), 0U);
  postings.end = postings.next;
  postings.all.resize(all);
  each([&](uint32_t d, size_t term, double weight) {
    postings.all[postings.end[term]++] = {d, weight};
  });
  return postings;
}

Sifted Corpus::Sift(const Candidates& candidates, double least_score) const {
  Sifted sifted;
  Postings words = SummedWords();
  const std::vector<Rest> rests = Rests();
  std::vector<double> sums(documents_.size(), 0);
  auto marks = candidates.by_marks.begin();
  const auto marks_end = candidates.by_marks.end();
  const auto see = [&](const Candidate& candidate) {
    ++sifted.from;
    if (MayReach(candidate, rests, sums[candidate.second], least_score)) {
      sifted.may.push_back(candidate);
    }
  };
  for (uint32_t first = 0; first < candidates.by_words.size(); ++first) {
    const List& seconds = candidates.by_words[first];
    if (!seconds.empty()) {
      std::fill(sums.begin() + first, sums.end(), 0);
      for (const Version& version : documents_[first].versions) {
        for (const auto& [term, weight] : version.whole.terms) {
          uint32_t& next = words.next[term];
          while (next < words.end[term] && words.all[next].first <= first) ++next;
          for (uint32_t i = next; i < words.end[term]; ++i) {
            sums[words.all[i].first] += weight * words.all[i].second;
          }
        }
      }
    }
    for (const uint32_t second : seconds) {
      while (marks != marks_end &&
             std::tie(marks->first, marks->second) < std::tie(first, second)) {
        see(*marks++);
      }
      const bool both = marks != marks_end && marks->first == first && marks->second == second;
      see(both ? *marks++ : Candidate{first, second, kNobody, 0});
    }
  }
  while (marks != marks_end) see(*marks++);
  return sifted;
}

// That so many texts or more bear both, if neither had to do with the other.
double Corpus::ByChance(size_t mark, size_t other, size_t bearers) const {
  const double expected = static_cast<double>(terms_.CountOf(mark)) *
                          static_cast<double>(terms_.CountOf(other)) /
                          (static_cast<double>(documents_.size()) + kOtherTexts);
  double exactly = std::exp(-expected);  // none
  double fewer = 0;
  for (size_t n = 0; n < bearers; ++n) {
    fewer += exactly;
    exactly *= expected / static_cast<double>(n + 1);
  }
  return std::max(0.0, 1 - fewer);
}

// What the shared marks bring where no words can be compared: much, if hardly anybody else bears
// them. Names alone bring nothing.
double Corpus::ScoreByMarks(const Terms& shared, const Candidate& found) const {
  const bool coded = std::any_of(shared.begin(), shared.end(),
                                 [&](const auto& mark) { return terms_[mark.first].is_code; });
  if (!coded || found.by_chance > kMostChance) return 0;
  return kMostByCodes * Sum(shared) * 2 / static_cast<double>(found.bearers);
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

bool Contradict(const SimilarityText& a, const SimilarityText& b) {
  return a.contradicts.count(b.sequence) > 0 || b.contradicts.count(a.sequence) > 0;
}

void Corpus::Say(const Scored& scored, SimilarPair* pair) const {
  const Document& a = documents_[scored.candidate.first];
  const Document& b = documents_[scored.candidate.second];
  const Candidate& found = scored.candidate;
  std::vector<std::string>& why = pair->why;
  const std::string in = pair->language.empty() ? "a language that is not named" : pair->language;
  if (scored.of_first == nullptr) {
    why.push_back(
        absl::StrCat("They have no language in common, so that no words are compared; of ",
                     documents_.size(), " texts only ", found.bearers,
                     " bear what they share together, which chance brings once in ",
                     absl::StrFormat("%.0f", 1 / std::max(found.by_chance, 1e-9)), " times."));
  } else if (pair->first_translated || pair->second_translated) {
    std::vector<std::string> by;
    if (pair->first_translated) by.push_back(absl::StrCat(pair->first));
    if (pair->second_translated) by.push_back(absl::StrCat(pair->second));
    why.push_back(absl::StrCat("Compared in ", in, ", by the translation of ",
                               absl::StrJoin(by, " and of "), "."));
  } else if (pair->first_read_as || pair->second_read_as) {
    std::vector<std::string> of;
    if (pair->first_read_as) of.push_back(absl::StrCat(pair->first));
    if (pair->second_read_as) of.push_back(absl::StrCat(pair->second));
    why.push_back(absl::StrCat("Compared in ", in, "; of ", absl::StrJoin(of, " and of "),
                               " nobody has said in which language it is."));
  } else {
    why.push_back(absl::StrCat("Compared in ", in, ", in which both are written."));
  }
  if (!pair->words.empty()) {
    why.push_back(absl::StrCat(
        "Words that both have, with what each brings, rare ones more: ", Named(pair->words), "."));
  }
  if (!pair->codes.empty()) {
    why.push_back(absl::StrCat("Topics that both have: ", Named(pair->codes), "."));
  }
  if (!pair->opposite) return;
  if (Contradict(*a.text, *b.text)) {
    why.push_back("One says that it contradicts the other: two answers to one question.");
  }
  if (scored.first_stance != nullptr) {
    const auto said = [&](const Stance& stance) {
      return absl::StrCat(stance.negated ? "`not` before " : "", "`", terms_[stance.term].form,
                          "`");
    };
    why.push_back(absl::StrCat(pair->first, " says ", said(*scored.first_stance), " and ",
                               pair->second, " says ", said(*scored.second_stance),
                               ", the opposite: read both, they may be two answers to one "
                               "question."));
  }
  if (scored.negated == kNoTerm) return;
  why.push_back(absl::StrCat("One of them says `not` where the other does not, ",
                             scored.first_negates ? pair->first : pair->second, " before `",
                             terms_[scored.negated].form,
                             "`: read both, they may be two answers to one question."));
}

bool OfTitles(const Version& a, const Version& b) { return a.title_alone || b.title_alone; }

// Where both texts have codes words are not all of it.
double ShareOfWords(const SimilarityText& a, const SimilarityText& b) {
  return a.topics.empty() || b.topics.empty() ? 1 : kShareOfWords;
}

// A word that one has only after a `not` and the other only without one. Where the texts are the
// same, another title turns nothing round.
void Negate(const Version& a, const Version& b, Scored* scored) {
  using Part = std::vector<size_t> Turned::*;
  const bool titles_too = OfTitles(a, b) || Cosine(a.text, b.text) < kSameText;
  const auto has = [&](const Version& version, Part words, size_t term) {
    return Has(version.text_turned.*words, term) ||
           (titles_too && Has(version.title_turned.*words, term));
  };
  const auto find = [&](const Version& one, const Version& other, const Turned& part, bool first) {
    for (const size_t term : part.with) {
      if (scored->negated != kNoTerm) return;
      if (has(one, &Turned::without, term) || has(other, &Turned::with, term)) continue;
      if (!has(other, &Turned::without, term)) continue;
      scored->negated = term;
      scored->first_negates = first;
    }
  };
  find(a, b, a.text_turned, true);
  if (titles_too) find(a, b, a.title_turned, true);
  find(b, a, b.text_turned, false);
  if (titles_too) find(b, a, b.title_turned, false);
}

// What the version says of that pair of opposites, where it says but one of them; else nullptr.
const Stance* OnlyStance(const Version& version, size_t pair, bool titles_too) {
  const Stance* only = nullptr;
  for (const auto* stances : {&version.text_stances, &version.title_stances}) {
    if (stances == &version.title_stances && !titles_too) continue;
    for (const Stance& stance : *stances) {
      if (stance.said.pair != pair) continue;
      if (only != nullptr && only->OnSecondSide() != stance.OnSecondSide()) return nullptr;
      if (only == nullptr) only = &stance;
    }
  }
  return only;
}

// One says `permitted`, or `not prohibited`, wherever it speaks of it, and the other `prohibited`.
void Oppose(const Version& a, const Version& b, Scored* scored) {
  const bool titles_too = OfTitles(a, b) || Cosine(a.text, b.text) < kSameText;
  for (const auto* stances : {&a.text_stances, &a.title_stances}) {
    if (stances == &a.title_stances && !titles_too) continue;
    for (const Stance& stance : *stances) {
      const Stance* const one = OnlyStance(a, stance.said.pair, titles_too);
      const Stance* const other = OnlyStance(b, stance.said.pair, titles_too);
      if (one == nullptr || other == nullptr) continue;
      if (one->OnSecondSide() == other->OnSecondSide()) continue;
      scored->first_stance = one;
      scored->second_stance = other;
      return;
    }
  }
}

std::optional<Scored> Corpus::Compare(const Candidate& candidate, double least_score) const {
  const Document& a = documents_[candidate.first];
  const Document& b = documents_[candidate.second];
  Scored scored;
  scored.candidate = candidate;
  double by_words = -1;
  for (const Version& one : a.versions) {
    for (const Version& other : b.versions) {
      if (one.language != other.language) continue;
      const double score =
          OfTitles(one, other) ? Cosine(one.title, other.title) : Cosine(one.whole, other.whole);
      if (score <= by_words) continue;
      by_words = score;
      scored.of_first = &one;
      scored.of_second = &other;
    }
  }
  if (scored.of_first != nullptr) {
    const double share = ShareOfWords(*a.text, *b.text);
    scored.score = share * by_words + (1 - share) * Cosine(a.codes, b.codes);
  } else {
    scored.score = ScoreByMarks(Shared(a.marks, b.marks), candidate);
  }
  if (scored.score < least_score) return std::nullopt;
  if (scored.of_first != nullptr) {
    Negate(*scored.of_first, *scored.of_second, &scored);
    // The same word with a `not` and without one is said already.
    if (scored.negated == kNoTerm) Oppose(*scored.of_first, *scored.of_second, &scored);
  }
  scored.opposite =
      scored.negated != kNoTerm || scored.first_stance != nullptr || Contradict(*a.text, *b.text);
  scored.same_speaker = !a.text->speaker.empty() && a.text->speaker == b.text->speaker;
  return scored;
}

void Corpus::BoundOwn(std::vector<Scored>* scored) const {
  std::map<absl::string_view, size_t> pairs;
  const auto count = [&](const Scored& pair) -> size_t& {
    return pairs[documents_[pair.candidate.first].text->speaker];
  };
  const auto beyond = std::remove_if(scored->begin(), scored->end(), [&](const Scored& pair) {
    return pair.same_speaker && ++count(pair) > kMaxOwnPairs;
  });
  scored->erase(beyond, scored->end());
  for (Scored& pair : *scored) {
    if (pair.same_speaker && count(pair) > kMaxOwnPairs) {
      pair.own_left_out = count(pair) - kMaxOwnPairs;
    }
  }
}

SimilarPair Corpus::Explain(const Scored& scored) const {
  const Document& a = documents_[scored.candidate.first];
  const Document& b = documents_[scored.candidate.second];
  SimilarPair pair;
  pair.first = a.text->sequence;
  pair.second = b.text->sequence;
  pair.score = std::min(1.0, scored.score);
  pair.opposite = scored.opposite;
  pair.same_speaker = scored.same_speaker;
  pair.own_left_out = scored.own_left_out;
  if (scored.of_first != nullptr) {
    const Version& one = *scored.of_first;
    const Version& other = *scored.of_second;
    const double share = ShareOfWords(*a.text, *b.text);
    if (one.language != kUndetermined) pair.language = one.language;
    pair.first_translated = one.translated;
    pair.second_translated = other.translated;
    pair.first_read_as = one.read_as;
    pair.second_read_as = other.read_as;
    pair.words = InForms(
        OfTitles(one, other) ? Shared(one.title, other.title) : Shared(one.whole, other.whole),
        share, false);
    pair.codes = InForms(Shared(a.codes, b.codes), 1 - share, true);
  } else {
    const Terms marks = Shared(a.marks, b.marks);
    const double sum = Sum(marks);
    pair.words = InForms(marks, sum > 0 ? scored.score / sum : 0, false);
    pair.codes = InForms(marks, sum > 0 ? scored.score / sum : 0, true);
  }
  Say(scored, &pair);
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
  SimilarTexts result;
  std::vector<std::string> common_languages = CommonLanguages(texts);
  result.read_bytes = ReadBytes(texts, common_languages.size(), arguments.most_bytes);
  const Corpus corpus(texts, stop_list, splitter, result.read_bytes, std::move(common_languages));
  result.cut = corpus.cut();
  std::vector<Scored> scored;
  const Sifted sifted = corpus.Sift(corpus.Find(arguments.only), arguments.least_score);
  result.compared = sifted.from;
  for (const Candidate& candidate : sifted.may) {
    if (auto pair = corpus.Compare(candidate, arguments.least_score)) scored.push_back(*pair);
  }
  result.found = scored.size();
  result.opposite = static_cast<size_t>(std::count_if(
      scored.begin(), scored.end(), [](const Scored& pair) { return pair.opposite; }));
  std::stable_sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) {
    return std::tuple(a.same_speaker, a.opposite, -a.score) <
           std::tuple(b.same_speaker, b.opposite, -b.score);
  });
  if (arguments.only == 0) corpus.BoundOwn(&scored);
  if (scored.size() > arguments.most_pairs) scored.resize(arguments.most_pairs);
  for (const Scored& pair : scored) result.pairs.push_back(corpus.Explain(pair));
  return result;
}

}  // namespace liaison::domain
