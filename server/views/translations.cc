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

// Why that input was disposed of.
const std::string& ReasonFor(const pb::Disposition& body, const std::string& input) {
  const std::string* reason = &body.reason();
  for (const pb::InputReason& own : body.reasons()) {
    if (own.input() == input) reason = &own.reason();
  }
  return *reason;
}

// Where the body says why that input was disposed of: `reasons[2].reason`, or `reason` for all.
std::string PathOfReason(const pb::Disposition& body, const std::string& input) {
  for (int i = 0; i < body.reasons_size(); ++i) {
    if (body.reasons(i).input() == input) return absl::StrCat("reasons[", i, "].reason");
  }
  return "reason";
}

// What the translation has for that path; empty where nothing. Words without a path are the reason
// for all.
std::string WordsFor(const pb::Translation& translation, const std::string& path) {
  std::string words = path == "reason" ? translation.text() : "";
  for (const pb::TranslatedField& field : translation.fields()) {
    if (absl::StripPrefix(field.field(), "disposition.") == path) words = field.text();
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

absl::StatusOr<std::optional<Ranked>> Rank(const Reading& reading, Index index, Index disposition,
                                           const std::string& input, const std::string& language) {
  const pb::EventHeader& header = reading.Header(index);
  const size_t fit = FitOf(language, header.language());
  const std::optional<Index> source = SourceOf(reading, index);
  // Who is served as well by the original needs no other words.
  const size_t original_fit = FitOf(language, reading.Header(disposition).language());
  if (fit <= original_fit || !source || reading.Retracted(index) ||
      reading.Latest(index) != index) {
    return std::optional<Ranked>();
  }
  LIAISON_ASSIGN_OR_RETURN(const auto words, reading.Body(index));
  LIAISON_ASSIGN_OR_RETURN(const auto original, reading.Body(*source));
  const auto* translation = dynamic_cast<const pb::Translation*>(words.get());
  const auto* translated = dynamic_cast<const pb::Disposition*>(original.get());
  if (translation == nullptr || translated == nullptr) return std::optional<Ranked>();
  pb::TranslatedReason reason;
  reason.set_text(WordsFor(*translation, PathOfReason(*translated, input)));
  if (reason.text().empty()) return std::optional<Ranked>();
  reason.set_language(header.language());
  reason.set_author(header.author());
  reason.set_maker(translation->maker());
  reason.set_engine(translation->engine());
  reason.set_engine_version(translation->engine_version());
  reason.set_made_on(translation->made_on());
  LIAISON_ASSIGN_OR_RETURN(const auto body, reading.Body(disposition));
  const auto* now = dynamic_cast<const pb::Disposition*>(body.get());
  // A later version may have given other reasons to others alone.
  reason.set_stale(now == nullptr || ReasonFor(*translated, input) != ReasonFor(*now, input));
  const bool trusted = header.author() == reading.AuthorOf(disposition) ||
                       reading.IsOfKind(header.author(), pb::ORGANISATION_KIND_SECRETARIAT);
  std::optional<Ranked> ranked(std::in_place);
  const int care = CareOf(reason.maker());
  ranked->first = {care > 0, trusted, fit, !reason.stale(), care, index};
  ranked->second = std::move(reason);
  return ranked;
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
  std::optional<Ranked> best;
  for (Index index : reading.Naming(disposition, pb::RELATION_TRANSLATES)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_TRANSLATION) continue;
    LIAISON_ASSIGN_OR_RETURN(std::optional<Ranked> one,
                             Rank(reading, index, disposition, input, language));
    if (one && (!best || one->first > best->first)) best = std::move(one);
  }
  if (!best) return std::optional<pb::TranslatedReason>();
  return std::make_optional(std::move(best->second));
}

}  // namespace liaison::views
