// What still stands of what something else rests on.
#ifndef LIAISON_SERVER_DOMAIN_STANDING_H_
#define LIAISON_SERVER_DOMAIN_STANDING_H_

#include "absl/status/statusor.h"
#include "server/domain/rows.pb.h"
#include "server/domain/target.h"

namespace liaison::domain {

// True iff it is there no more: an input or a group that was taken back, a group that is dissolved,
// a decision that is withdrawn. One that is declined was decided.
absl::StatusOr<bool> IsGone(const Lookup& lookup, const Target& target);

// What became of an input: what was said of it last, and nothing yet where what it went into is
// gone.
absl::StatusOr<pb::DispositionKind> BecameOf(const Lookup& lookup, const rows::Input& input);

// True iff there is something to consider: an input that stands, or a group that does with one of
// its inputs at least.
absl::StatusOr<bool> StandsToConsider(const Lookup& lookup, const Target& target);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_STANDING_H_
