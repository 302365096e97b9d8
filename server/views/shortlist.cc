#include "server/views/shortlist.h"

#include <algorithm>
#include <cmath>
#include <map>
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

// `each(beginning)` of how words begin; of Chinese any two characters. Whether the first letter is
// a capital one is seen in ASCII alone: of other scripts it is left out.
template <typename Each>
void ForEachBeginning(absl::string_view text, const Each& each) {
  const auto character = [&](size_t at) { return text.substr(at, CharacterSize(text[at])); };
  const auto is_letter = [&](size_t at) {
    return !IsAscii(text[at]) || absl::ascii_isalnum(static_cast<unsigned char>(text[at]));
  };
  std::string word;
  for (size_t at = 0; at < text.size();) {
    const absl::string_view first = character(at);
    at += first.size();
    if (!is_letter(at - first.size())) continue;
    if (IsHan(first)) {
      if (at < text.size() && IsHan(character(at))) each(absl::StrCat(first, character(at)));
      continue;
    }
    if (IsAscii(first[0])) --at;
    // Most words are of ASCII alone, and need not be put together.
    size_t end = at;
    while (end < text.size() && IsAscii(text[end]) && is_letter(end)) ++end;
    if (end > at && (end == text.size() || IsAscii(text[end]))) {
      if (end - at >= kShortest) {
        char lower[kBeginning];
        const size_t size = std::min(end - at, kBeginning);
        for (size_t i = 0; i < size; ++i) {
          lower[i] = absl::ascii_tolower(static_cast<unsigned char>(text[at + i]));
        }
        each(absl::string_view(lower, size));
      }
      at = end;
      continue;
    }
    word.clear();
    size_t length = 0;
    for (; at < text.size() && is_letter(at) && !IsHan(character(at)); ++length) {
      const absl::string_view next = character(at);
      if (length < kBeginning) {
        for (const char c : next)
          word.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
      }
      at += next.size();
    }
    if (length >= kShortest) each(word);
  }
}

// As much of it as is looked at; a character that is cut in two is as good as none.
absl::string_view FirstOf(absl::string_view text) { return text.substr(0, kMaxScannedSizeBytes); }

// Any of them may come more than once.
template <typename Each>
void ForEachMark(const std::vector<Wording>& wordings, const std::set<std::string>& topics,
                 const Each& each) {
  for (const Wording& wording : wordings) {
    ForEachBeginning(FirstOf(wording.title), each);
    ForEachBeginning(FirstOf(wording.text), each);
  }
  for (const std::string& topic : topics) each(absl::StrCat("\n", topic));
}

}  // namespace

Shortlist::Shortlist(const std::vector<Wording>& like, const std::set<std::string>& topics) {
  ForEachMark(like, topics,
              [&](absl::string_view mark) { marks_.try_emplace(mark, Mark{marks_.size()}); });
}

void Shortlist::Meet(absl::string_view mark) {
  const auto at = marks_.find(mark);
  if (at == marks_.end() || at->second.last == rows_.size()) return;
  at->second.last = rows_.size();
  ++at->second.bearers;
  rows_.back().shared.push_back(&at->second);
}

void Shortlist::Add(uint64_t sequence, const std::string& speaker,
                    const std::vector<Wording>& wordings, const std::set<std::string>& topics) {
  rows_.push_back({sequence, speaker, {}});
  ForEachMark(wordings, topics, [&](absl::string_view mark) { Meet(mark); });
  // What shares the same weighs the same, wherever it stands.
  std::vector<const Mark*>& shared = rows_.back().shared;
  std::sort(shared.begin(), shared.end(),
            [](const Mark* a, const Mark* b) { return a->number < b->number; });
}

// Rare ones weigh more, and what all have weighs nothing.
double Shortlist::WeightOf(const Row& row) const {
  double weight = 0;
  for (const Mark* mark : row.shared) {
    weight += std::log(static_cast<double>(rows_.size() + 1) / static_cast<double>(mark->bearers));
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
