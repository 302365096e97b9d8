// What is kept of a relayed event's origin: its leaf there, and the proof that it stands there.
#ifndef LIAISON_PROTO_RECORD_FOREIGN_H_
#define LIAISON_PROTO_RECORD_FOREIGN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/checkpoint.h"
#include "proto/record/leaf.h"

namespace liaison::record {

// The grammar of the bytes is that of `F` in BUNDLE.md: leaf_size:u16 leaf proof.
struct Evidence {
  std::string leaf;  // at the origin, verbatim
  TlogProof proof;   // with the origin's checkpoint, verbatim
};

// Thread-safe, all of them.

std::string EncodeForeign(const Evidence& evidence);
absl::StatusOr<Evidence> DecodeForeign(absl::string_view bytes);

// The origin's name, as its checkpoint says it. Nobody vouches for it but CheckForeign.
absl::StatusOr<std::string> OriginIn(absl::string_view evidence);

// OK iff the evidence is of the very event that the relayed leaf speaks of: name, place and leaf of
// the origin, digest, key and signature of the author; and its proof leads to its checkpoint. Who
// has signed that one is for whoever has the origin's key.
// REQUIRES: the leaf is relayed.
absl::Status CheckForeign(const Leaf& relayed, const Evidence& evidence);

// True iff both were relayed, from one log.
bool IsOfOneOrigin(const Leaf& a, const Leaf& b);
// True iff one key signed both.
bool IsOfOneKey(const Leaf& a, const Leaf& b);
// True iff the relayed redaction by that author has a say in the target: its own hub's, which has
// decided who may, or its author's. Any hub could have said a name alone.
bool MayErase(const Leaf& redaction, absl::string_view by, const Leaf& target,
              absl::string_view author);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_FOREIGN_H_
