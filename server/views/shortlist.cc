#include "server/views/shortlist.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/views/limits.h"

namespace liaison::views {
namespace {

constexpr size_t kBeginning = 5;  // characters
constexpr size_t kShortest = 3;

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// One byte for ASCII; what begins with these has no blanks between its words.
size_t CharacterSize(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
bool IsHan(absl::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  return byte >= 0xe3 && byte <= 0xe9;
}

std::vector<absl::string_view> CharactersOf(absl::string_view text) {
  std::vector<absl::string_view> characters;
  while (!text.empty()) {
    characters.push_back(text.substr(0, CharacterSize(text[0])));
    text.remove_prefix(characters.back().size());
  }
  return characters;
}

// How words begin; of Chinese any two characters. Whether the first letter is a capital one is seen
// in ASCII alone: of other scripts it is left out.
void AddBeginnings(absl::string_view text, std::set<std::string>* words) {
  const std::vector<absl::string_view> characters = CharactersOf(text);
  const auto is_letter = [&](size_t i) {
    const char c = characters[i][0];
    return !IsAscii(c) || absl::ascii_isalnum(static_cast<unsigned char>(c));
  };
  for (size_t i = 0; i < characters.size(); ++i) {
    if (!is_letter(i)) continue;
    if (IsHan(characters[i])) {
      if (i + 1 < characters.size() && IsHan(characters[i + 1])) {
        words->insert(absl::StrCat(characters[i], characters[i + 1]));
      }
      continue;
    }
    if (!IsAscii(characters[i][0])) ++i;
    std::string word;
    size_t length = 0;
    for (; i < characters.size() && is_letter(i) && !IsHan(characters[i]); ++i, ++length) {
      if (length < kBeginning) absl::StrAppend(&word, absl::AsciiStrToLower(characters[i]));
    }
    --i;
    if (length >= kShortest) words->insert(word);
  }
}

// As much of it as is looked at; a character that is cut in two is as good as none.
absl::string_view FirstOf(absl::string_view text) { return text.substr(0, kMaxScannedSizeBytes); }

std::set<std::string> MarksOf(const std::vector<Wording>& wordings,
                              const std::set<std::string>& topics) {
  std::set<std::string> marks;
  for (const Wording& wording : wordings) {
    AddBeginnings(FirstOf(wording.title), &marks);
    AddBeginnings(FirstOf(wording.text), &marks);
  }
  for (const std::string& topic : topics) marks.insert(absl::StrCat("\n", topic));
  return marks;
}

}  // namespace

Shortlist::Shortlist(const std::vector<Wording>& like, const std::set<std::string>& topics) {
  for (const std::string& mark : MarksOf(like, topics)) marks_.emplace(mark, marks_.size());
  bearers_.resize(marks_.size());
}

void Shortlist::Add(uint64_t sequence, const std::string& speaker,
                    const std::vector<Wording>& wordings, const std::set<std::string>& topics) {
  rows_.push_back({sequence, speaker, {}});
  for (const std::string& mark : MarksOf(wordings, topics)) {
    const auto at = marks_.find(mark);
    if (at == marks_.end()) continue;
    rows_.back().shared.push_back(at->second);
    ++bearers_[at->second];
  }
}

// Rare ones weigh more, and what all have weighs nothing.
double Shortlist::WeightOf(const Row& row) const {
  double weight = 0;
  for (const size_t mark : row.shared) {
    weight += std::log(static_cast<double>(rows_.size() + 1) / static_cast<double>(bearers_[mark]));
  }
  return weight;
}

std::vector<uint64_t> Shortlist::Best(size_t most) const {
  std::vector<std::tuple<double, uint64_t, const Row*>> best;
  for (const Row& row : rows_) {
    if (!row.shared.empty()) best.emplace_back(-WeightOf(row), row.sequence, &row);
  }
  std::sort(best.begin(), best.end());
  std::map<std::string, size_t> said;
  std::vector<std::tuple<size_t, double, uint64_t>> in_turn;
  for (const auto& [weight, sequence, row] : best) {
    in_turn.emplace_back(said[row->speaker]++, weight, sequence);
  }
  std::sort(in_turn.begin(), in_turn.end());
  std::vector<uint64_t> sequences;
  for (const auto& [round, weight, sequence] : in_turn) {
    if (sequences.size() == most) break;
    sequences.push_back(sequence);
  }
  return sequences;
}

}  // namespace liaison::views
