#include "server/domain/negations.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace liaison::domain {
namespace {

constexpr std::pair<const char*, const char*> kNegations[] = {
    {"en", "not never no cannot"},   {"fr", "ne pas jamais non"},         {"es", "no nunca jamás"},
    {"ru", "не нет никогда нельзя"}, {"ar", "لا ولا ليس ليست لم لن عدم"},
};

}  // namespace

bool IsNegation(absl::string_view form, absl::string_view language) {
  static const auto* const words = [] {
    auto* of = new std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;
    for (const auto& [name, listed] : kNegations) {
      for (absl::string_view word : absl::StrSplit(listed, ' ')) (*of)[name].emplace(word);
    }
    return of;
  }();
  if (language == "en" && (absl::EndsWith(form, "n't") || absl::EndsWith(form, "n’t"))) return true;
  if (language == "fr" && (absl::StartsWith(form, "n'") || absl::StartsWith(form, "n’")))
    return true;
  if (language == "zh") {
    // `Different`, `not only`, `incessantly`, `but`, `many`.
    for (const char* other : {"不同", "不仅", "不断", "不过", "不只", "不少"}) {
      if (absl::StartsWith(form, other)) return false;
    }
    return absl::StartsWith(form, "不") || absl::StartsWith(form, "没");
  }
  const auto of = words->find(language);
  return of != words->end() && of->second.count(form) > 0;
}

}  // namespace liaison::domain
