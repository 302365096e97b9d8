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
// those who have a word each is compared with the next few: of a thousand copies a chain is found.
inline constexpr size_t kRareWords = 24;
inline constexpr size_t kNeighbours = 16;
inline constexpr size_t kMaxVersions = 8;  // of one text
// Codes that more texts than this bear together bring nothing together by themselves.
inline constexpr size_t kMaxBearers = 3;

// The words of a text in one language.
struct TextVersion {
  std::string language;  // BCP 47; `pt-BR` and `pt` are compared
  std::string title;
  std::string text;  // may be empty: then titles alone are compared
  bool translated = false;
};

struct SimilarityText {
  uint64_t sequence = 0;
  std::vector<TextVersion> versions;  // at most kMaxVersions of them are looked at
  std::set<std::string> topics;
  std::set<uint64_t> contradicts;  // texts that this one says it contradicts
};

struct SimilarityArguments {
  double least_score = 0.4;  // above 0, at most 1
  size_t most_pairs = 1000;
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
  // They seem to want opposite things: two answers to one question, and no duplicates.
  bool opposite = false;
  std::string language;  // in which they were compared; empty where they have none in common
  bool first_translated = false;
  bool second_translated = false;
  std::vector<SharedWord> words;  // those that bring most first
  std::vector<SharedWord> codes;
  std::vector<std::string> why;  // sentences
};

struct SimilarTexts {
  std::vector<SimilarPair> pairs;  // the most similar first
  size_t compared = 0;             // pairs that were looked at
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
