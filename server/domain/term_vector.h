// Terms of a text as a vector, and how alike two of them are.
#ifndef LIAISON_SERVER_DOMAIN_TERM_VECTOR_H_
#define LIAISON_SERVER_DOMAIN_TERM_VECTOR_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace liaison::domain {

// (term, weight), in order of the term.
using Terms = std::vector<std::pair<size_t, double>>;

// Terms as a vector, which has a length.
struct TermVector {
  Terms terms;
  double length = 0;
};

// `each(term, points)` of what each shared term brings to the cosine.
template <typename Each>
void ForEachShared(const TermVector& a, const TermVector& b, const Each& each) {
  const double lengths = a.length * b.length;
  if (lengths == 0) return;
  for (auto i = a.terms.begin(), j = b.terms.begin(); i != a.terms.end() && j != b.terms.end();) {
    if (i->first == j->first) {
      each(i->first, i->second * j->second / lengths);
      ++i, ++j;
    } else if (i->first < j->first) {
      ++i;
    } else {
      ++j;
    }
  }
}

inline Terms Shared(const TermVector& a, const TermVector& b) {
  Terms shared;
  ForEachShared(a, b, [&](size_t term, double points) { shared.emplace_back(term, points); });
  return shared;
}

inline double Cosine(const TermVector& a, const TermVector& b) {
  double sum = 0;
  ForEachShared(a, b, [&](size_t, double points) { sum += points; });
  return sum;
}

inline double Sum(const Terms& terms) {
  double sum = 0;
  for (const auto& [term, weight] : terms) sum += weight;
  return sum;
}

// In order, each term once, with the greatest weight.
inline void Settle(Terms* terms) {
  std::sort(terms->begin(), terms->end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  });
  terms->erase(std::unique(terms->begin(), terms->end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; }),
               terms->end());
}

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_TERM_VECTOR_H_
