// `What became of my input` as sentences, in the six languages of the United Nations.
#ifndef LIAISON_SERVER_VIEWS_CONTRIBUTION_WORDS_H_
#define LIAISON_SERVER_VIEWS_CONTRIBUTION_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/views/groups.h"
#include "server/views/reading.h"

namespace liaison::views {

// In the order of the table. $0, $1 and so on stand for what is put in.
enum class Phrase {
  kNothingYet,
  kTakenUp,
  kMerged,
  kPassedOn,  // $0: to whom
  kNoted,
  kNotThisCycle,
  kDisposed,
  kBefore,  // $0: what was said of it before
  kInProposal,
  kAdopted,
  kAdoptedIncomplete,
  kUnderWay,
  kCompleted,
  kDeferred,
  kDeclined,
  kWithdrawn,
  kMet,
  kPartlyMet,
  kNotMet,
  kOutcome,
  kCarriedOver,  // $0: to which cycle
  kGrouped,      // $0: the title of the group, $1: its sequence
  kGroupedWith,  // and $2: with whose inputs
  kAndMore,      // $0: some, $1: how many more
  kIndividual,
  kIndividuals,  // $0: how many
  kRecorded,     // $0: whose input, $1: who wrote it down
  kTakenBackByAuthor,
  kTakenBack,  // $0: by whom
  kWaitsAgain,
  kTakenUpThenWithdrawn,
  kTakenUpThenWithdrawnFor,  // $0: why
  kBecause,                  // $0: a sentence, $1: why
  kComma,                    // between things
  kSemicolon,                // between sentences
};

// Of the languages that there are sentences in, the one that serves whoever asked for that tag;
// `en` where none does.
absl::string_view LanguageOfWords(absl::string_view asked);

// A ContributionWords writes sentences in one language. What is put into them comes from anywhere:
// where it is, or the sentence is, written from right to left it is isolated (U+2068, U+2069), so
// that neither turns the other round. Thread-safe.
class ContributionWords {
 public:
  explicit ContributionWords(absl::string_view asked) : language_(LanguageOfWords(asked)) {}

  absl::string_view language() const { return language_; }
  std::string Say(Phrase phrase, absl::Span<const std::string> values = {}) const;
  // Of sentences: as they are, with nothing put in.
  std::string Joined(Phrase between, absl::Span<const std::string> sentences) const;
  // `sentence: why`; the sentence alone where there is no why.
  std::string Because(std::string sentence, const std::string& why) const;

  // `sentence (hub)`: what another hub said; as it is where the origin is empty, this one.
  std::string At(std::string sentence, const std::string& origin) const;

  std::string Say(pb::DispositionKind kind, const std::string& passed_to) const;
  std::string Say(pb::DecisionState state) const;
  std::string Say(pb::TestResult result) const;
  // `grouped with org/a and 3 more in “a title” (event 7)`.
  std::string Grouped(const std::string& title, uint64_t sequence,
                      const GroupedAuthors& others) const;

 private:
  std::string Put(absl::string_view value) const;
  // In the order of GroupedAuthors::Names.
  std::vector<std::string> Names(const GroupedAuthors& authors) const;

  absl::string_view language_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_CONTRIBUTION_WORDS_H_
