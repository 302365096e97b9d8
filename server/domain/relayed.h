// What another hub's event may change here.
#ifndef LIAISON_SERVER_DOMAIN_RELAYED_H_
#define LIAISON_SERVER_DOMAIN_RELAYED_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// True iff the relayed event may change what the earlier one came to: both are of one organisation,
// and an organisation's name is its own at its hub only, so they are of one origin as well, or one
// key has signed both. True of whatever is not relayed: Decide has seen to that. Thread-safe.
bool MayChange(const record::Leaf& later, const pb::EventHeader& later_header,
               const record::Leaf& earlier, const pb::EventHeader& earlier_header);

// True iff the relayed redaction erases something of that event here: its own hub's, which has
// decided who may, or its author's. Thread-safe.
bool MayErase(const record::Leaf& redaction, const pb::EventHeader& redaction_header,
              const record::Leaf& target, const pb::EventHeader& target_header);

// What a relayed event changes beside the state: chains that it may move, sections that it erases,
// its own among them where a redaction came first. Nothing where what it names is not here. An
// error only where the lookup has one.
absl::StatusOr<Effects> EffectsOfRelayed(const Lookup& lookup, const pb::EventHeader& header,
                                         const record::Leaf& leaf);

// Control rows that a log which goes on from another one has, by digest and section: what had been
// erased there of an event that is not here. Comes the event again, from elsewhere, these words do
// not.
inline constexpr absl::string_view kErasedOnceRows = "erased-once/";
std::string ErasedOnceKey(const record::Hash& digest, int section);

// What another hub has said is moved on where it was said, by whom that hub lets: our org/a is not
// theirs. It may be named, disposed of and answered here.
absl::Status CheckMovesOwn(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_RELAYED_H_
