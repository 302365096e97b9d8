#include "server/web/contract_words.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/web/contract_words_data.h"
#include "server/web/html_text.h"

namespace liaison::web {
namespace {

using Catalogue = std::map<std::string, std::string>;

Catalogue Parsed(const char* json) { return nlohmann::json::parse(json).get<Catalogue>(); }

std::vector<Catalogue> AllParsed() {
  std::vector<Catalogue> catalogues;
  catalogues.reserve(std::size(kContractWords));
  for (const char* json : kContractWords) catalogues.push_back(Parsed(json));
  return catalogues;
}

// Null where there is none.
const std::string* Find(PageLanguage language, const std::string& key) {
  static const auto& catalogues = *new std::vector<Catalogue>(AllParsed());
  const Catalogue& catalogue = catalogues[static_cast<size_t>(language)];
  const auto it = catalogue.find(key);
  return it == catalogue.end() ? nullptr : &it->second;
}

}  // namespace

std::string ValueWord(PageLanguage language, const google::protobuf::EnumDescriptor* type,
                      int number) {
  static const auto& prefixes = *new Catalogue(Parsed(kContractPrefixes));
  std::string name = NameOf(type, number);
  const auto prefix = prefixes.find(type->name());
  if (name.empty() || prefix == prefixes.end()) return name;
  const std::string* word =
      Find(language, absl::StrCat(prefix->second, "_", absl::StrReplaceAll(name, {{" ", "_"}})));
  return word == nullptr ? name : *word;
}

std::string FieldWord(PageLanguage language, absl::string_view field) {
  const std::string* word = Find(language, absl::StrCat("field_", field));
  return word == nullptr ? absl::StrReplaceAll(field, {{"_", " "}}) : *word;
}

}  // namespace liaison::web
