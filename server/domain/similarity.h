// Near-duplicates: which texts seem to say the same, and which words and codes make them seem so.
//
// A suggestion for a person, who groups them or does not. Words are compared within one language,
// in the original or in a translation; texts that have no language in common can only be brought
// together by topic codes and names that few bear together.
#ifndef LIAISON_SERVER_DOMAIN_SIMILARITY_H_
#define LIAISON_SERVER_DOMAIN_SIMILARITY_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/stop_list.h"
#include "server/domain/words.h"

namespace liaison::domain {

// What keeps the work within bounds: of n texts at most n * kRareWords * kNeighbours pairs are
// looked at, in place of n * n / 2. Each text is found by its rarest words, and in the list of
// those who have a word, all speakers in turn, each is compared with the next few: of a thousand
// copies a chain is found, and those of one speaker stand between no others.
inline constexpr size_t kRareWords = 24;
inline constexpr size_t kNeighbours = 16;
inline constexpr size_t kMaxVersions = 8;  // of one text
inline constexpr size_t kMaxReadAs =
    6;  // languages, where its own is not named, each a text of its own
// What is read of a version, from its beginning: so many bytes, and less where all texts together
// would be more than the other number; then of the longest less, and of all of those the same.
inline constexpr size_t kMaxVersionSizeBytes = 8000;
inline constexpr size_t kMaxTextsSizeBytes = 1 << 19;
// Codes that more texts than this bear together bring nothing together by themselves, nor do those
// that as many would bear by chance.
inline constexpr size_t kMaxBearers = 3;
// Whoever repeats itself is shown so by as many pairs.
inline constexpr size_t kMaxOwnPairs = 20;

// The words of a text in one language.
struct TextVersion {
  // BCP 47; `pt-BR` and `pt` are compared. Of whom it is not named, empty or `und`, is read as if
  // in each language that the most others are in.
  std::string language;
  std::string title;
  std::string text;  // may be empty: then titles alone are compared
  bool translated = false;
};

struct SimilarityText {
  uint64_t sequence = 0;
  std::vector<TextVersion> versions;  // at most kMaxVersions of them are looked at
  std::set<std::string> topics;
  std::set<uint64_t> contradicts;  // texts that this one says it contradicts
  std::string speaker{};  // whose words they are; empty where nobody knows who else is the same
};

struct SimilarityArguments {
  double least_score = 0.4;  // above 0, at most 1
  size_t most_pairs = 1000;
  size_t most_bytes = kMaxTextsSizeBytes;
  uint64_t only = 0;  // only pairs with this text, and those all; 0: of all texts
};

struct SharedWord {
  std::string word;
  double points = 0;  // of the score
};

struct SimilarPair {
  uint64_t first = 0;  // the smaller sequence
  uint64_t second = 0;
  double score = 0;  // 0 to 1
  // They may be two answers to one question, and no duplicates: one says that it contradicts the
  // other, or `not` before a word that the other has without it, or a word that is the opposite of
  // one that the other has (antonyms.h).
  bool opposite = false;
  bool same_speaker = false;
  size_t own_left_out = 0;  // how many more pairs that speaker has with itself
  std::string language;     // in which they were compared; empty where they have none in common
  bool first_translated = false;
  bool second_translated = false;
  bool first_read_as = false;  // its language is not named
  bool second_read_as = false;
  std::vector<SharedWord> words;  // those that bring most first
  std::vector<SharedWord> codes;
  std::vector<std::string> why;  // sentences
};

struct SimilarTexts {
  // The most similar first, opposite ones after these; those of one speaker after those of two, and
  // of each speaker at most kMaxOwnPairs, save with `only`.
  std::vector<SimilarPair> pairs;
  size_t compared = 0;  // pairs that were looked at
  // Of those how many are similar enough, and how many of these seem to be opposite; there may be
  // more of them than are in `pairs`.
  size_t found = 0;
  size_t opposite = 0;
  // How much was read of a version, and of how many texts that was not all.
  size_t read_bytes = 0;
  size_t cut = 0;
};

// The same texts give the same pairs, in whatever order they come.
//
// FIELD_INVALID for a score out of bounds, and for a sequence that comes twice.
//
// With `only`, every text that shares one of the rarest words of that one is compared with it: of a
// thousand copies all are found.
absl::StatusOr<SimilarTexts> FindSimilar(const std::vector<SimilarityText>& texts,
                                         const StopList& stop_list, WordSplitter* splitter,
                                         const SimilarityArguments& arguments);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_SIMILARITY_H_
