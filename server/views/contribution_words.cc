#include "server/views/contribution_words.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/views/translations.h"

namespace liaison::views {
namespace {

constexpr size_t kLanguages = 6;
constexpr size_t kArabic = 4;
constexpr absl::string_view kNames[kLanguages] = {"en", "fr", "es", "ru", "ar", "zh"};

struct Row {
  Phrase phrase;
  absl::string_view words[kLanguages];
};

constexpr Row kRows[] = {
    {Phrase::kNothingYet,
     {"nothing yet", "rien pour l’instant", "nada todavía", "пока ничего", "لا شيء حتى الآن",
      "尚无结果"}},
    {Phrase::kTakenUp,
     {"taken up", "retenue", "recogida", "принято в работу", "أُخذت بعين الاعتبار", "已采纳"}},
    {Phrase::kMerged,
     {"merged with others that say the same", "fusionnée avec d’autres qui disent la même chose",
      "unida a otras que dicen lo mismo", "объединено с другими, где говорится то же самое",
      "دُمجت مع مساهمات أخرى تقول الشيء نفسه", "已与内容相同的其他意见合并"}},
    {Phrase::kPassedOn,
     {"passed on to $0", "transmise à $0", "transmitida a $0", "передано: $0", "أُحيلت إلى $0",
      "已转交 $0"}},
    {Phrase::kNoted,
     {"noted", "prise en note", "anotada", "принято к сведению", "أُحيط بها علماً", "已记录"}},
    {Phrase::kNotThisCycle,
     {"not for this cycle", "pas pour ce cycle", "no para este ciclo", "не для этого цикла",
      "ليست لهذه الدورة", "不纳入本周期"}},
    {Phrase::kDisposed,
     {"disposed of", "traitée", "tramitada", "рассмотрено", "تم البت فيها", "已处理"}},
    {Phrase::kBefore,
     {"before that $0", "auparavant $0", "antes $0", "до этого: $0", "وقبل ذلك: $0", "此前：$0"}},
    {Phrase::kInProposal,
     {"it is considered in a proposal that is not decided yet",
      "elle est examinée dans une proposition qui n’est pas encore tranchée",
      "se examina en una propuesta que aún no está decidida",
      "рассматривается в предложении, по которому ещё нет решения",
      "يُنظر فيها ضمن مقترح لم يُبت فيه بعد", "一项尚未决定的提案正在考虑该意见"}},
    {Phrase::kAdopted,
     {"a decision that rests on it is adopted", "une décision qui s’appuie sur elle est adoptée",
      "se ha adoptado una decisión que se apoya en ella",
      "принято решение, которое на нём основано", "اعتُمد قرار يستند إليها",
      "以其为依据的决定已通过"}},
    {Phrase::kAdoptedIncomplete,
     {"a decision that rests on it is adopted, incomplete",
      "une décision qui s’appuie sur elle est adoptée, incomplète",
      "se ha adoptado, incompleta, una decisión que se apoya en ella",
      "принято, но не завершено решение, которое на нём основано",
      "اعتُمد قرار يستند إليها، وهو غير مكتمل", "以其为依据的决定已通过，但尚不完整"}},
    {Phrase::kUnderWay,
     {"work that rests on it is under way", "un travail qui s’appuie sur elle est en cours",
      "está en marcha un trabajo que se apoya en ella", "идёт работа, которая на нём основана",
      "يجري عمل يستند إليها", "以其为依据的工作正在进行"}},
    {Phrase::kCompleted,
     {"work that rests on it is completed", "un travail qui s’appuie sur elle est achevé",
      "ha concluido un trabajo que se apoya en ella", "завершена работа, которая на нём основана",
      "اكتمل عمل يستند إليها", "以其为依据的工作已完成"}},
    {Phrase::kDeferred,
     {"the decision about it is deferred", "la décision à son sujet est reportée",
      "la decisión sobre ella se ha aplazado", "решение о нём отложено", "أُجّل القرار بشأنها",
      "关于它的决定已推迟"}},
    {Phrase::kDeclined,
     {"the proposal that considered it is declined", "la proposition qui l’examinait est rejetée",
      "se ha rechazado la propuesta que la examinaba",
      "предложение, в котором оно рассматривалось, отклонено", "رُفض المقترح الذي نظر فيها",
      "考虑该意见的提案未获通过"}},
    {Phrase::kWithdrawn,
     {"the proposal that considered it is withdrawn", "la proposition qui l’examinait est retirée",
      "se ha retirado la propuesta que la examinaba",
      "предложение, в котором оно рассматривалось, снято", "سُحب المقترح الذي نظر فيها",
      "考虑该意见的提案已撤回"}},
    {Phrase::kMet,
     {"there is an outcome, and it met its test",
      "il y a un résultat, et il a satisfait au critère", "hay un resultado, y cumple su criterio",
      "есть итог, и он отвечает своему критерию", "هناك نتيجة، وقد استوفت معيارها",
      "已有成果，并达到检验标准"}},
    {Phrase::kPartlyMet,
     {"there is an outcome, and it met its test in part",
      "il y a un résultat, et il a satisfait en partie au critère",
      "hay un resultado, y cumple en parte su criterio",
      "есть итог, и он отчасти отвечает своему критерию", "هناك نتيجة، وقد استوفت معيارها جزئياً",
      "已有成果，部分达到检验标准"}},
    {Phrase::kNotMet,
     {"there is an outcome, and it did not meet its test",
      "il y a un résultat, et il n’a pas satisfait au critère",
      "hay un resultado, y no cumple su criterio", "есть итог, и он не отвечает своему критерию",
      "هناك نتيجة، ولم تستوفِ معيارها", "已有成果，但未达到检验标准"}},
    {Phrase::kOutcome,
     {"there is an outcome", "il y a un résultat", "hay un resultado", "есть итог", "هناك نتيجة",
      "已有成果"}},
    {Phrase::kCarriedOver,
     {"carried over to $0", "reportée à $0", "trasladada a $0", "перенесено в $0", "رُحّلت إلى $0",
      "已转入 $0"}},
    {Phrase::kGrouped,
     {"grouped in “$0” (event $1)", "regroupée dans « $0 » (événement $1)",
      "agrupada en «$0» (evento $1)", "сгруппировано в «$0» (событие $1)",
      "جُمعت في «$0» (الحدث $1)", "已归入“$0”（事件 $1）"}},
    {Phrase::kGroupedWith,
     {"grouped with $2 in “$0” (event $1)", "regroupée avec $2 dans « $0 » (événement $1)",
      "agrupada con $2 en «$0» (evento $1)", "сгруппировано с $2 в «$0» (событие $1)",
      "جُمعت مع $2 في «$0» (الحدث $1)", "已与 $2 一并归入“$0”（事件 $1）"}},
    {Phrase::kAndMore,
     {"$0 and $1 more", "$0 et $1 de plus", "$0 y $1 más", "$0 и ещё $1", "$0 و$1 غيرها",
      "$0 及另外 $1 个"}},
    {Phrase::kIndividual,
     {"an individual", "un particulier", "una persona", "частное лицо", "شخص واحد", "一位个人"}},
    {Phrase::kIndividuals,
     {"$0 individuals", "$0 particuliers", "$0 personas", "частных лиц: $0", "أشخاص: $0",
      "$0 位个人"}},
    {Phrase::kRecorded,
     {"$0 (recorded by $1)", "$0 (noté par $1)", "$0 (anotado por $1)", "$0 (записано: $1)",
      "$0 (دوّنه $1)", "$0（由 $1 记录）"}},
    {Phrase::kTakenBackByAuthor,
     {"taken back by its author", "retirée par son auteur", "retirada por su autor",
      "отозвано автором", "سحبها صاحبها", "已由作者撤回"}},
    {Phrase::kTakenBack,
     {"taken back by $0", "retirée par $0", "retirada por $0", "отозвано: $0", "سحبها $0",
      "已由 $0 撤回"}},
    {Phrase::kWaitsAgain,
     {"what it went into is no more, and it waits again",
      "ce qui l’avait reçue n’existe plus, et elle attend de nouveau",
      "aquello en que se incluyó ya no existe, y vuelve a esperar",
      "того, во что оно вошло, больше нет, и оно снова ждёт",
      "ما أُدرجت فيه لم يعد قائماً، وهي تنتظر من جديد", "其所归入者已不存在，现重新等待处理"}},
    {Phrase::kTakenUpThenWithdrawn,
     {"the proposal that took it up was withdrawn; it waits again",
      "la proposition qui l’avait retenue a été retirée ; elle attend de nouveau",
      "se retiró la propuesta que la había recogido; vuelve a esperar",
      "предложение, в которое оно вошло, снято; оно снова ждёт",
      "سُحب المقترح الذي أخذ بها؛ وهي تنتظر من جديد", "采纳该意见的提案已撤回；现重新等待处理"}},
    {Phrase::kTakenUpThenWithdrawnFor,
     {"the proposal that took it up was withdrawn: $0; it waits again",
      "la proposition qui l’avait retenue a été retirée : $0 ; elle attend de nouveau",
      "se retiró la propuesta que la había recogido: $0; vuelve a esperar",
      "предложение, в которое оно вошло, снято: $0; оно снова ждёт",
      "سُحب المقترح الذي أخذ بها: $0؛ وهي تنتظر من جديد",
      "采纳该意见的提案已撤回：$0；现重新等待处理"}},
    {Phrase::kBecause, {"$0: $1", "$0 : $1", "$0: $1", "$0: $1", "$0: $1", "$0：$1"}},
    {Phrase::kComma, {", ", ", ", ", ", ", ", "، ", "、"}},
    {Phrase::kSemicolon, {"; ", " ; ", "; ", "; ", "؛ ", "；"}},
};

constexpr bool IsInOrder() {
  size_t at = 0;
  for (const Row& row : kRows) {
    if (static_cast<size_t>(row.phrase) != at++) return false;
    for (absl::string_view words : row.words) {
      if (words.empty()) return false;
    }
  }
  return at == static_cast<size_t>(Phrase::kSemicolon) + 1;
}
static_assert(IsInOrder(), "a phrase for each, in each language, in the order of the enum");

size_t NumberOf(absl::string_view language) {
  for (size_t i = 0; i < kLanguages; ++i) {
    if (kNames[i] == language) return i;
  }
  return 0;
}

absl::string_view WordsOf(absl::string_view language, Phrase phrase) {
  return kRows[static_cast<size_t>(phrase)].words[NumberOf(language)];
}

// True iff there is a letter of Hebrew, Arabic or their neighbours in it: in UTF-8 they begin with
// D6 to DF, E0 A0 to E0 A3, or EF AC to EF BB.
bool HasRightToLeft(absl::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const auto next = static_cast<uint8_t>(text[i + 1]);
    if (lead >= 0xd6 && lead <= 0xdf) return true;
    if (lead == 0xe0 && next >= 0xa0 && next <= 0xa3) return true;
    if (lead == 0xef && next >= 0xac && next <= 0xbb) return true;
  }
  return false;
}

Phrase PhraseOf(pb::DispositionKind kind) {
  switch (kind) {
    case pb::DISPOSITION_KIND_TAKEN_UP:
      return Phrase::kTakenUp;
    case pb::DISPOSITION_KIND_MERGED:
      return Phrase::kMerged;
    case pb::DISPOSITION_KIND_PASSED_ON:
      return Phrase::kPassedOn;
    case pb::DISPOSITION_KIND_NOTED:
      return Phrase::kNoted;
    case pb::DISPOSITION_KIND_NOT_THIS_CYCLE:
      return Phrase::kNotThisCycle;
    default:
      return Phrase::kDisposed;
  }
}

Phrase PhraseOf(pb::DecisionState state) {
  switch (state) {
    case pb::DECISION_STATE_PROPOSED:
    case pb::DECISION_STATE_IN_CONSULTATION:
      return Phrase::kInProposal;
    case pb::DECISION_STATE_ADOPTED:
      return Phrase::kAdopted;
    case pb::DECISION_STATE_ADOPTED_INCOMPLETE:
      return Phrase::kAdoptedIncomplete;
    case pb::DECISION_STATE_IN_PROGRESS:
      return Phrase::kUnderWay;
    case pb::DECISION_STATE_COMPLETED:
      return Phrase::kCompleted;
    case pb::DECISION_STATE_DEFERRED:
      return Phrase::kDeferred;
    case pb::DECISION_STATE_DECLINED:
      return Phrase::kDeclined;
    default:
      return Phrase::kWithdrawn;
  }
}

Phrase PhraseOf(pb::TestResult result) {
  switch (result) {
    case pb::TEST_RESULT_MET:
      return Phrase::kMet;
    case pb::TEST_RESULT_PARTLY_MET:
      return Phrase::kPartlyMet;
    case pb::TEST_RESULT_NOT_MET:
      return Phrase::kNotMet;
    default:
      return Phrase::kOutcome;
  }
}

}  // namespace

absl::string_view LanguageOfWords(absl::string_view asked) {
  for (absl::string_view language : kNames) {
    if (FitOf(asked, language) > 1) return language;
  }
  return kNames[0];
}

std::string ContributionWords::Put(absl::string_view value) const {
  if (language_ != kNames[kArabic] && !HasRightToLeft(value)) return std::string(value);
  return absl::StrCat("\u2068", value, "\u2069");
}

// Values may hold `$0` themselves: each place is filled once.
std::string ContributionWords::Say(Phrase phrase, absl::Span<const std::string> values) const {
  const absl::string_view words = WordsOf(language_, phrase);
  std::string said;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != '$') {
      said += words[i];
      continue;
    }
    const auto place = static_cast<size_t>(words[++i] - '0');
    if (place < values.size()) said += Put(values[place]);
  }
  return said;
}

std::string ContributionWords::Joined(Phrase between,
                                      absl::Span<const std::string> sentences) const {
  return absl::StrJoin(sentences, WordsOf(language_, between));
}

std::string ContributionWords::Because(std::string sentence, const std::string& why) const {
  if (why.empty()) return sentence;
  const absl::string_view words = WordsOf(language_, Phrase::kBecause);
  // Between the two places; the sentence is ours and in our direction.
  return absl::StrCat(sentence, words.substr(2, words.size() - 4), Put(why));
}

std::string ContributionWords::At(std::string sentence, const std::string& origin) const {
  if (origin.empty()) return sentence;
  // HOST/HUB: which incarnation of its log it was is for those who check it.
  return absl::StrCat(sentence, " (", Put(origin.substr(0, origin.rfind('/'))), ")");
}

std::string ContributionWords::Say(pb::DispositionKind kind, const std::string& passed_to) const {
  return Say(PhraseOf(kind), {passed_to});
}
std::string ContributionWords::Say(pb::DecisionState state) const { return Say(PhraseOf(state)); }
std::string ContributionWords::Say(pb::TestResult result) const { return Say(PhraseOf(result)); }

std::vector<std::string> ContributionWords::Names(const GroupedAuthors& authors) const {
  std::vector<std::string> names;
  for (const auto& [organisation, recorder] : authors.organisations) {
    names.push_back(recorder.empty() ? organisation
                                     : Say(Phrase::kRecorded, {organisation, recorder}));
  }
  for (const auto& [recorder, inputs] : authors.individuals) {
    const std::string who = inputs.size() == 1
                                ? Say(Phrase::kIndividual)
                                : Say(Phrase::kIndividuals, {absl::StrCat(inputs.size())});
    names.push_back(Say(Phrase::kRecorded, {who, recorder}));
  }
  return names;
}

std::string ContributionWords::Grouped(const std::string& title, uint64_t sequence,
                                       const GroupedAuthors& others) const {
  constexpr size_t kNamed = 10;
  const std::string number = absl::StrCat(sequence);
  std::vector<std::string> named = Names(others);
  if (named.empty()) return Say(Phrase::kGrouped, {title, number});
  const size_t more = named.size() > kNamed ? named.size() - kNamed : 0;
  named.resize(named.size() - more);
  std::string whose = Joined(Phrase::kComma, named);
  if (more > 0) whose = Say(Phrase::kAndMore, {whose, absl::StrCat(more)});
  return Say(Phrase::kGroupedWith, {title, number, whose});
}

}  // namespace liaison::views
