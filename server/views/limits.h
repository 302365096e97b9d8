// Limits of the views.
#ifndef LIAISON_SERVER_VIEWS_LIMITS_H_
#define LIAISON_SERVER_VIEWS_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::views {

inline constexpr uint32_t kUsualTopics = 20;
inline constexpr uint32_t kMaxTopics = 500;
inline constexpr uint32_t kUsualRows = 50;
inline constexpr uint32_t kUsualEventsPerContributor = 3;
inline constexpr uint32_t kMaxEventsPerContributor = 100;
inline constexpr size_t kMaxGapCandidates = 10;  // who could work on one topic
// For duplicates, of everybody in turn the newest: what is compared, and what is looked at for
// words that it shares with one: of each so much of every version, from its beginning.
inline constexpr size_t kMaxComparedInputs = 2000;
inline constexpr size_t kMaxScannedInputs = 4000;
inline constexpr size_t kMaxScannedSizeBytes = 600;
// Of those that share words with one, the likeliest so many are compared with it.
inline constexpr size_t kMaxComparedWithOne = 500;
// Events that are read together; each may be large, and they are kept meanwhile.
inline constexpr size_t kReadAhead = 50;
// Texts that are read before others may look at the ledger.
inline constexpr size_t kMaxTextsOfALook = 500;
static_assert(kMaxTextsOfALook % kReadAhead == 0, "what is read ahead is looked at");
// What there is to know in one digest, the oldest; the next one has the rest.
inline constexpr size_t kMaxNews = 5000;
// What a digest looks at, of everybody in turn the newest: inputs of the cycle that a member may
// have to evaluate, requests that may wait for an answer.
inline constexpr size_t kMaxOpenInputs = 5000;
inline constexpr size_t kMaxOpenRequests = 2000;
inline constexpr uint32_t kNamedAttendances = 100;  // behind a row of the representation
inline constexpr uint32_t kNamedInitiatives = 100;
inline constexpr uint32_t kMaxDigestItems = 500;
inline constexpr size_t kMaxReadItems = 200;  // of each section, to reckon how long all take
// Of a meeting pack: topics, and inputs on the page of each.
inline constexpr uint32_t kUsualPages = 10;
inline constexpr uint32_t kMaxPages = 50;
// How often the ledger looks for what is new, and how much it takes in before it lets others look.
inline constexpr absl::Duration kKeepInterval = absl::Milliseconds(100);
inline constexpr uint64_t kKeepEvents = 4096;

// `asked`, or `usual` where it is 0. FIELD_INVALID, naming the field, for more than `most`.
absl::StatusOr<size_t> AtMost(uint32_t asked, uint32_t usual, uint32_t most,
                              absl::string_view field);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_LIMITS_H_
