// Forms that work can take, as data, and which of them suits an outcome: outcome first, format
// second.
#ifndef LIAISON_SERVER_DOMAIN_FORMATS_H_
#define LIAISON_SERVER_DOMAIN_FORMATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/bodies.pb.h"
#include "server/domain/sentences.h"

namespace liaison::domain {

// What is wanted at the end.
enum class OutcomeKind {
  kNothing,            // nobody would miss it
  kExchange,           // people have heard each other
  kKeyMessages,        // a page of messages that a session agreed on
  kGoodPractice,       // a document of what worked, from many places
  kPolicyOptions,      // analysed options that policy makers can take up
  kStandingWork,       // a group that goes on from year to year
  kRegionalPicture,    // how the same issue looks in several countries or regions
  kAskOfOrganisation,  // a named organisation does something that is in its own hands
};

struct OutcomeKindInfo {
  OutcomeKind kind;
  absl::string_view name;  // `key-messages`
  SentenceCode meaning;
};

// Thread-safe, all of them.
absl::Span<const OutcomeKindInfo> OutcomeKinds();
// FIELD_INVALID, naming those there are.
absl::StatusOr<OutcomeKind> OutcomeKindOf(absl::string_view name);

struct FormatInfo {
  igf::liaison::v1::WorkFormat format;
  absl::string_view name;  // `main-session`
  // What it needs.
  uint64_t slots;          // in the programme of the annual meeting
  uint64_t hours;          // there
  uint64_t people;         // who carry it, from preparation to report
  uint64_t weeks;          // from the decision to the outcome, at least
  bool at_annual_meeting;  // there is none without that meeting
  SentenceCode wants;      // what else has to be there
  // What it yields, what it is best at first.
  absl::Span<const OutcomeKind> yields;
  SentenceCode product;
};

absl::Span<const FormatInfo> Formats();
// nullptr for UNSPECIFIED and numbers unknown.
const FormatInfo* FindFormat(igf::liaison::v1::WorkFormat format);

struct FormatQuestion {
  OutcomeKind outcome = OutcomeKind::kExchange;
  uint64_t weeks = 0;                 // from now to the date by which the outcome is due
  bool annual_meeting_within = true;  // the meeting falls in that time
  uint64_t slots = 0;                 // what is still free
  uint64_t hours = 0;
  uint64_t people = 0;
};

struct FormatAdvice {
  const FormatInfo* format = nullptr;
  bool fits = false;
  // Each a whole sentence: first what speaks for it, then what against.
  std::vector<igf::liaison::v1::Sentence> for_it;
  std::vector<igf::liaison::v1::Sentence> against_it;
};

// All formats: those that fit first, of them the one that is best at the outcome, of equal ones the
// one that takes least; then the others, the one with the least against it first.
std::vector<FormatAdvice> SuggestFormats(const FormatQuestion& question);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_FORMATS_H_
