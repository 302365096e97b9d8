// Makes an event's exact bytes from a draft: the hub does it to attest, an author to sign.
#ifndef LIAISON_PROTO_RECORD_EVENT_BUILDER_H_
#define LIAISON_PROTO_RECORD_EVENT_BUILDER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/event_types.h"
#include "proto/record/signature.h"

namespace liaison::record {

// Yields the 32 byte salt for a section. RandomSalt in production; a test may freeze it.
using SaltSource = std::function<std::string(pb::SectionKind)>;

// Header bytes, sections with their salts and, where signed, the signature. `now` becomes the
// authored time of a draft that names none. `key` may be null: then the event is to be attested
// and has no signature. Thread-safe.
// REQUIRES: the draft has a body (DraftBody(draft) != nullptr).
pb::SignedEvent BuildEvent(const pb::Draft& draft, const SigningKey* key, absl::Time now,
                           const SaltSource& salts);

// True iff the draft, built with the salts (and, where it names none, the authored time) of the
// stored event, gives the stored header: the same event said again. Whether the author signed it
// then makes no difference. REQUIRES: `sections` are all
// sections of the stored event, none erased. Thread-safe.
bool SameAsStored(const pb::Draft& draft, absl::string_view stored_header,
                  const std::vector<pb::Section>& sections);

// The body of a stored event, parsed from its content section. INVALID_ARGUMENT where the bytes
// are not of the type's message.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseBody(pb::EventType type,
                                                                     absl::string_view content);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_EVENT_BUILDER_H_
