#include "server/domain/antonyms.h"

#include <iterator>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/str_split.h"
#include "server/domain/words.h"

namespace liaison::domain {
namespace {

struct Pair {
  const char* language;
  const char* one;
  const char* other;
};

// Every form is listed whose ending no rule cuts.
constexpr Pair kPairs[] = {
    {"en",
     "allow allowed allowing permit permitted permitting authorise authorised authorize "
     "authorized legalise legalised legalize legalized",
     "ban banned banning prohibit prohibited prohibiting prohibition forbid forbidden outlaw "
     "outlawed"},
    {"en", "mandatory compulsory obligatory", "voluntary optional"},
    {"en", "strengthen strengthened", "weaken weakened"},
    {"en", "centralised centralized", "decentralised decentralized"},
    {"fr", "autoriser autorise autorisé autorisée permettre permis permise légaliser",
     "interdire interdit interdite interdiction prohiber prohibé prohibée bannir banni bannie"},
    {"fr", "obligatoire", "volontaire facultatif facultative"},
    {"fr", "renforcer renforcé renforcée", "affaiblir affaibli affaiblie"},
    {"fr", "centralisé centralisée", "décentralisé décentralisée"},
    {"es", "permitir permitirse permitido permitida autorizar autorizado autorizada legalizar",
     "prohibir prohibirse prohibido prohibida prohíbe prohibición vetar vetado vetada"},
    {"es", "obligatorio obligatoria",
     "voluntario voluntaria opcional optativo optativa facultativo facultativa"},
    {"es", "fortalecer reforzar", "debilitar"},
    {"es", "centralizado centralizada", "descentralizado descentralizada"},
    {"ru", "разрешить разрешать разрешено разрешён разрешен разрешена разрешены разрешается",
     "запретить запрещать запрещено запрещён запрещен запрещена запрещены запрещается запрет"},
    {"ru", "обязательный обязательная обязательное обязательные обязательным обязательной",
     "добровольный добровольная добровольное добровольные добровольным добровольной"},
    {"ru", "укрепить усилить", "ослабить"},
    {"ar", "السماح يسمح تسمح مسموح مسموحة",
     "حظر يحظر تحظر محظور محظورة منع يمنع تمنع ممنوع ممنوعة"},
    {"ar", "إلزامي إلزامية إجباري إجبارية", "طوعي طوعية اختياري اختيارية"},
    {"ar", "تعزيز", "إضعاف"},
    {"zh", "允许 准许 许可", "禁止 严禁 取缔"},
    {"zh", "强制 强制性", "自愿 自愿性"},
    {"zh", "加强", "削弱"},
};

// By language, and by the key of the word.
using Table = absl::btree_map<std::string, absl::btree_map<std::string, Antonym>>;

Table Listed() {
  Table table;
  for (size_t pair = 0; pair < std::size(kPairs); ++pair) {
    for (const bool second : {false, true}) {
      const char* const words = second ? kPairs[pair].other : kPairs[pair].one;
      for (absl::string_view word : absl::StrSplit(words, ' ')) {
        table[kPairs[pair].language].try_emplace(KeyOfWord(word), Antonym{pair, second});
      }
    }
  }
  return table;
}

}  // namespace

std::optional<Antonym> FindAntonym(absl::string_view language, absl::string_view key) {
  static const Table& table = *new Table(Listed());
  const auto of = table.find(language);
  if (of == table.end()) return std::nullopt;
  const auto at = of->second.find(key);
  return at == of->second.end() ? std::nullopt : std::optional<Antonym>(at->second);
}

}  // namespace liaison::domain
