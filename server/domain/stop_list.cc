#include "server/domain/stop_list.h"

#include <unicode/locid.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <string>
#include <vector>

namespace liaison::domain {
namespace {

constexpr const char* kFunctionWords[] = {
    // English
    "a about above after again all also although am among an and any are as at be because been "
    "before being below between both but by can could did do does done down during each either "
    "else "
    "even every few for from further had has have having he her here hers him his how i if in into "
    "is it its itself just let like made make many may me might more most much must my need needs "
    "neither new nor now of off often on once one only onto or other our out over own per rather "
    "same she should since so some still such than that the their them then there these they this "
    "those through to too two three under until up upon us use used using very via was way we well "
    "were what when where whether which while who whom whose why will with within without would "
    "you "
    "your yet",
    // French
    "à au aux afin ainsi alors après aucun aussi autre autres avant avec avoir ayant car ce ceci "
    "cela celle celles celui ces cet cette ceux chaque ci comme comment dans de des depuis deux "
    "dont "
    "du elle elles en encore entre est et être étaient était étant eu eux faire fait faut il ils "
    "je "
    "la là le les leur leurs lors lorsque lui mais me même mes moins mon ni nos notre nous on ont "
    "ou "
    "où par parce pendant peu peut peuvent plus plusieurs pour pourquoi puis quand que quel quelle "
    "quelles quels qui quoi sa sans se sera seront ses si sien son sont sous sur ta tandis te tel "
    "telle tels tes toi ton tous tout toute toutes très trop tu un une vers vos votre vous y doit "
    "doivent avons sommes",
    // Spanish
    "a al algo algunas algunos ante antes aquel así aun aunque cada como con contra cual cuando de "
    "del desde donde dos durante e el él ella ellas ellos en entre era es esa ese eso esta está "
    "están estas este esto estos fue ha había hace hacer hacia han hasta hay la las le les lo los "
    "más me mi mientras mucho muchos muy nada ni nos nosotros nuestra nuestro o otra otras otro "
    "otros para pero poco por porque pues puede pueden que qué quien se sea según ser si sí sin "
    "sobre son su sus también tan tanto te tiene tienen todo todos todas tres tu un una uno unos "
    "ya "
    "y debe deben",
    // Russian
    "а без более бы был была были было быть в вам вас весь во вот все всё всего всех вы где да "
    "даже "
    "для до его ее её если есть еще ещё же за и из или им их к как ко когда которая которого "
    "которые который кто ли лишь между меня мне может можно мы на над надо нам нас наш наши него "
    "нее неё них но нужно о об обо однако он она они оно от очень перед по под после потому при "
    "про с сам свой своей свои себя со так также такие такой там те тем того тоже той только том "
    "ту ты у уже хотя чем через что чтобы эта эти этих это этого этой этом этот я должен должны",
    // Arabic
    "في من على إلى الى عن مع أن ان إن لا ما هذا هذه ذلك تلك التي الذي الذين كل بعض بين حول خلال قد "
    "كان كانت يكون تكون هو هي هم نحن أو ثم كما لكن حتى عند عندما بعد قبل غير أي كيف لدى منذ ضمن "
    "دون "
    "أكثر جميع يجب يمكن ولا وفي ومن وعلى فإن أنه أنها لم لن ليس لها له لهم به بها فيها فيه منها "
    "عليها",
    // Chinese
    "的 了 和 与 及 以及 在 是 有 为 对 对于 从 到 由 以 于 将 等 或 或者 而 而且 也 都 就 还 并 "
    "并且 这 这些 那 那些 "
    "其 其他 它 它们 他们 我们 你们 我 你 一 一个 一些 两 个 中 上 下 里 之 所 被 把 让 向 更 最 "
    "很 应 应当 应该 可以 "
    "可 能 能够 需要 必须 如何 什么 哪些 因为 所以 但 但是 如果 通过 根据 关于 之间 每 各 各个 该 "
    "此 则 使 地 得 着",
    // German, without what is a word of another kind in English
    "aber alle als am an auch auf aus bei bis das dass dem den der des dieser diese dieses durch "
    "ein eine einem einen einer eines er es für hat haben ich ihr ihre im in ist kann können mit "
    "muss müssen nach noch nur oder ohne sein sich sie sind über und uns unser unsere unter "
    "vom von vor wenn werden wie wir wird zu zum zur zwischen",
    // Italian
    "agli al alla alle altri altro anche che chi ci come con cui da dal dalla degli dei del dell "
    "della "
    "delle di dove e è essere gli ha hanno i il in la le lo loro ma nel nella nelle noi nostro "
    "o ogni per perché più può quando quale quali quello questa questi questo se si sia sono su "
    "sul sulla tra tutti un una uno",
    // Portuguese
    "à ao aos as às até com como da das de deve do dos e é ela ele em entre era essa esse esta "
    "este eu foi há isso isto já mais mas na nas nos nós nossa nosso o os ou para pela pelo "
    "por porque qual quando que quem se sem ser seu sua são também tem toda todos um uma você",
};

constexpr const char* kWordsOfTheField[] = {
    "internet governance igf mag forum global world international digital online issue topic theme "
    "subtheme session workshop discussion discuss dialogue proposal propose stakeholder "
    "multistakeholder input thank opportunity contribute contribution welcome important "
    "fictional sample",
    "internet gouvernance fgi forum mondial mondiale monde international internationale numérique "
    "enjeu sujet thème sous-thème séance atelier discussion discuter dialogue proposition proposer "
    "partie prenante multipartite contribution remercier remercions occasion important importante "
    "fictif fictive exemple",
    "internet gobernanza fgi foro mundial mundo global internacional digital tema subtema sesión "
    "taller debate debatir diálogo propuesta proponer interesados múltiples partes contribución "
    "agradecer agradecemos oportunidad importante ficticio ficticia ejemplo",
    "интернет управление интернетом форум фуи глобальный мировой мир международный цифровой вопрос "
    "тема сессия семинар обсуждение обсудить диалог предложение предлагать заинтересованный "
    "сторона "
    "многосторонний вклад благодарить благодарим возможность важный вымышленный пример",
    "الإنترنت انترنت حوكمة إدارة منتدى العالمي عالمي العالم الدولي دولي الرقمية رقمي رقمية قضية "
    "موضوع جلسة ورشة عمل نقاش مناقشة حوار اقتراح أصحاب المصلحة المتعددين مساهمة نشكر فرصة مهم "
    "خيالي خيالية مثال",
    "互联网 网络 治理 论坛 全球 世界 国际 数字 在线 问题 主题 议题 会议 研讨会 讨论 对话 提案 建议 "
    "利益 攸关方 相关方 "
    "多 方 贡献 感谢 机会 重要 虚构 示例",
};

// Regions of the world by their numbers in the UN's M49, which ICU names too.
constexpr const char* kRegionsOfTheWorld[] = {
    "001", "002", "003", "005", "009", "011", "013", "014", "015", "017", "018",
    "019", "021", "029", "030", "034", "035", "039", "053", "054", "057", "061",
    "142", "143", "145", "150", "151", "154", "155", "202", "419"};

// Names that this ICU does not have.
constexpr const char kOtherNames[] =
    "usa uk eu un uae drc türkiye russian federation democratic ue onu eeuu rdc сша ес оон рф "
    "联合国 欧盟 欧洲联盟 ivory coast";

// What is of a country: ICU has the names alone.
constexpr const char* kOfCountries[] = {
    "afghan african albanian algerian american andorran angolan arab argentine argentinian "
    "armenian "
    "asian australian austrian bangladeshi belarusian belgian beninese bolivian bosnian brazilian "
    "british bulgarian cambodian cameroonian canadian chilean chinese colombian congolese croatian "
    "cuban czech danish dutch ecuadorian egyptian english estonian ethiopian european finnish "
    "french gambian georgian german ghanaian greek guatemalan haitian hungarian icelandic indian "
    "indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh "
    "kenyan korean kuwaiti latvian lebanese libyan lithuanian malawian malaysian malian maltese "
    "mexican moldovan mongolian moroccan mozambican namibian nepalese nepali nigerian norwegian "
    "pakistani palestinian panamanian paraguayan peruvian philippine polish portuguese romanian "
    "russian rwandan saudi senegalese serbian singaporean slovak slovenian somali spanish "
    "sudanese swedish swiss syrian taiwanese tanzanian thai togolese tunisian turkish ugandan "
    "ukrainian uruguayan uzbek venezuelan vietnamese yemeni zambian zimbabwean",
    "africain africaine allemand allemande américain américaine anglais anglaise asiatique "
    "autrichien belge béninois brésilien brésilienne britannique camerounais canadien chinois "
    "congolais espagnol européen européenne français française indien italien italienne ivoirien "
    "japonais kényan malien marocain mexicain néerlandais nigérian polonais portugais russe "
    "sénégalais suisse togolais tunisien turc ukrainien",
    "africano africana alemán alemana americano argentino asiático boliviano brasileño brasileña "
    "británico canadiense chileno chino colombiano cubano ecuatoriano español española europeo "
    "europea francés indio inglés italiano japonés mexicano mexicana paraguayo peruano portugués "
    "ruso suizo uruguayo venezolano",
    "deutsch deutsche deutschen europäisch europäische österreichisch österreichische schweizer "
    "schweizerisch schweizerische svizzero svizzera italiano italiana europeo europea brasileiro "
    "brasileira português portuguesa europeu europeia",
};

// Of a meeting or a plan: every input names some.
constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2060;

// Those of the United Nations, and others that inputs are written in.
constexpr const char* kLanguagesOfPlaces[] = {"ar", "zh", "en", "fr", "ru", "es", "de", "it", "pt"};

}  // namespace

absl::string_view InWords(StopReason reason) {
  switch (reason) {
    case StopReason::kFunctionWord:
      return "a word that every text has";
    case StopReason::kWordOfTheField:
      return "a word that every input of this field has";
    case StopReason::kPlaceName:
      return "the name of a place";
    case StopReason::kAdded:
      break;
  }
  return "left out on request";
}

absl::StatusOr<StopList> StopList::Create(WordSplitter* splitter) {
  StopList list;
  for (const char* words : kFunctionWords) list.Add(words, StopReason::kFunctionWord, splitter);
  for (const char* words : kWordsOfTheField) {
    list.Add(words, StopReason::kWordOfTheField, splitter);
  }
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    list.Add(std::to_string(year), StopReason::kWordOfTheField, splitter);
  }
  list.Add(kOtherNames, StopReason::kPlaceName, splitter);
  for (const char* words : kOfCountries) list.Add(words, StopReason::kPlaceName, splitter);
  std::vector<const char*> places(std::begin(kRegionsOfTheWorld), std::end(kRegionsOfTheWorld));
  for (const char* const* country = uloc_getISOCountries(); *country != nullptr; ++country) {
    places.push_back(*country);
  }
  for (const char* language : kLanguagesOfPlaces) {
    const icu::Locale in(language);
    for (const char* place : places) {
      icu::UnicodeString name;
      icu::Locale("", place).getDisplayCountry(in, name);
      std::string utf8;
      name.toUTF8String(utf8);
      list.Add(utf8, StopReason::kPlaceName, splitter);
    }
  }
  if (list.Find(KeyOfWord("switzerland")) == nullptr) {
    return absl::InternalError("this ICU has no names of countries");
  }
  return list;
}

void StopList::Add(absl::string_view text, StopReason reason, WordSplitter* splitter) {
  for (Word& word : splitter->Split(text)) words_.emplace(std::move(word.key), reason);
}

const StopReason* StopList::Find(absl::string_view key) const {
  auto it = words_.find(key);
  return it == words_.end() ? nullptr : &it->second;
}

bool StopList::Covers(absl::string_view text, WordSplitter* splitter) const {
  const std::vector<Word> words = splitter->Split(text);
  for (const Word& word : words) {
    if (Find(word.key) == nullptr) return false;
  }
  return !words.empty();
}

}  // namespace liaison::domain
