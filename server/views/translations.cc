#include "server/views/translations.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/macros.h"

namespace liaison::views {
namespace {

// What a body says of why, and where.
struct Reason {
  std::string words;
  std::string path;  // `disposition.reasons[2].reason`
};

// Why that input was disposed of: by itself, or with all others.
Reason ReasonFor(const pb::Disposition& body, const std::string& input) {
  for (int i = 0; i < body.reasons_size(); ++i) {
    if (body.reasons(i).input() != input) continue;
    return {body.reasons(i).reason(), absl::StrCat("disposition.reasons[", i, "].reason")};
  }
  return {body.reason(), "disposition.reason"};
}

// nullopt for what gives no reasons. The input is for dispositions alone.
std::optional<Reason> ReasonIn(const google::protobuf::Message* body, const std::string& input) {
  if (const auto* disposition = dynamic_cast<const pb::Disposition*>(body)) {
    return ReasonFor(*disposition, input);
  }
  if (const auto* decision = dynamic_cast<const pb::Decision*>(body)) {
    return Reason{decision->reasons(), "decision.reasons"};
  }
  return std::nullopt;
}

// What the translation has for that path; empty where nothing. Words without a path are the reason
// for all.
std::string WordsFor(const pb::Translation& translation, const std::string& path) {
  std::string words = path == "disposition.reason" ? translation.text() : "";
  const absl::string_view below = absl::string_view(path).substr(path.find('.') + 1);
  for (const pb::TranslatedField& field : translation.fields()) {
    if (field.field() == path || field.field() == below) words = field.text();
  }
  return words;
}

int CareOf(pb::TranslationMaker maker) {
  switch (maker) {
    case pb::TRANSLATION_MAKER_HUMAN:
      return 2;
    case pb::TRANSLATION_MAKER_MACHINE_REVIEWED:
      return 1;
    default:
      return 0;
  }
}

// Of one translation: its rank among others, and what it says.
using Ranked = std::pair<std::tuple<bool, bool, size_t, bool, int, Index>, pb::TranslatedReason>;

// The version that it was made of; nullopt for one that the reader may not see.
std::optional<Index> SourceOf(const Reading& reading, Index translation) {
  for (const pb::Reference& reference : reading.Header(translation).references()) {
    if (reference.relation() != pb::RELATION_TRANSLATES) continue;
    return reading.FindQuietly(reference.digest());
  }
  return std::nullopt;
}

// `said` is the version whose reason is wanted.
absl::StatusOr<std::optional<Ranked>> Rank(const Reading& reading, Index index, Index said,
                                           const std::string& input, const std::string& language) {
  const pb::EventHeader& header = reading.Header(index);
  const size_t fit = FitOf(language, header.language());
  const std::optional<Index> source = SourceOf(reading, index);
  // Who is served as well by the original needs no other words.
  const size_t original_fit = FitOf(language, reading.Header(said).language());
  if (fit <= original_fit || !source || reading.Retracted(index) ||
      reading.Latest(index) != index) {
    return std::optional<Ranked>();
  }
  LIAISON_ASSIGN_OR_RETURN(const auto words, reading.Body(index));
  LIAISON_ASSIGN_OR_RETURN(const auto original, reading.Body(*source));
  const auto* translation = dynamic_cast<const pb::Translation*>(words.get());
  const std::optional<Reason> translated = ReasonIn(original.get(), input);
  if (translation == nullptr || !translated) return std::optional<Ranked>();
  pb::TranslatedReason reason;
  reason.set_text(WordsFor(*translation, translated->path));
  if (reason.text().empty()) return std::optional<Ranked>();
  reason.set_language(header.language());
  reason.set_author(header.author());
  reason.set_maker(translation->maker());
  reason.set_engine(translation->engine());
  reason.set_engine_version(translation->engine_version());
  reason.set_made_on(translation->made_on());
  LIAISON_ASSIGN_OR_RETURN(const auto body, reading.Body(said));
  const std::optional<Reason> now = ReasonIn(body.get(), input);
  // A later version may have given other reasons to others alone.
  reason.set_stale(!now || translated->words != now->words);
  const bool trusted = reading.AuthorOf(index) == reading.AuthorOf(said) ||
                       reading.IsOfKind(reading.AuthorOf(index), pb::ORGANISATION_KIND_SECRETARIAT);
  std::optional<Ranked> ranked(std::in_place);
  const int care = CareOf(reason.maker());
  ranked->first = {care > 0, trusted, fit, !reason.stale(), care, index};
  ranked->second = std::move(reason);
  return ranked;
}

absl::StatusOr<std::optional<pb::TranslatedReason>> Best(const Reading& reading, Index said,
                                                         const std::string& input,
                                                         const std::string& language,
                                                         bool stale_too) {
  std::optional<Ranked> best;
  for (Index index : reading.Naming(said, pb::RELATION_TRANSLATES)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_TRANSLATION) continue;
    LIAISON_ASSIGN_OR_RETURN(std::optional<Ranked> one,
                             Rank(reading, index, said, input, language));
    if (one && one->second.stale() && !stale_too) continue;
    if (one && (!best || one->first > best->first)) best = std::move(one);
  }
  if (!best) return std::optional<pb::TranslatedReason>();
  return std::make_optional(std::move(best->second));
}

}  // namespace

size_t FitOf(absl::string_view asked, absl::string_view offered) {
  if (asked.empty() || offered.empty()) return 0;
  if (absl::EqualsIgnoreCase(asked, offered)) return SIZE_MAX;
  if (absl::StartsWithIgnoreCase(asked, absl::StrCat(offered, "-"))) return 1 + offered.size();
  return absl::StartsWithIgnoreCase(offered, absl::StrCat(asked, "-")) ? 1 : 0;
}

absl::StatusOr<std::optional<pb::TranslatedReason>> TranslationOfReason(
    const Reading& reading, Index disposition, const std::string& input,
    const std::string& language) {
  return Best(reading, disposition, input, language, true);
}

absl::StatusOr<std::optional<pb::TranslatedReason>> TranslationOfReasons(
    const Reading& reading, Index version, const std::string& language) {
  // A step is taken for reasons of its own: those of the step before are no older ones of it.
  return Best(reading, version, "", language, false);
}

}  // namespace liaison::views
