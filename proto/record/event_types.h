// The one table of event types: number, name, body message, facts.
#ifndef LIAISON_PROTO_RECORD_EVENT_TYPES_H_
#define LIAISON_PROTO_RECORD_EVENT_TYPES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::record {

namespace pb = ::igf::liaison::v1;

struct EventTypeInfo {
  pb::EventType type;
  absl::string_view name;         // `topic-signal`, as the command line and filters say it
  absl::string_view draft_field;  // name of the Draft's body field; empty where nobody drafts it
  absl::string_view facts_field;  // name of the EventHeader's facts field
  bool in_registry;               // stands in the registry tree as well; public only
};

// Thread-safe, all of them.
absl::Span<const EventTypeInfo> EventTypes();
// nullptr for a number or name that is not in the table.
const EventTypeInfo* FindEventType(pb::EventType type);
const EventTypeInfo* FindEventTypeByName(absl::string_view name);

// The draft's body message; nullptr where none is set.
const google::protobuf::Message* DraftBody(const pb::Draft& draft);
// The type of the draft's body; UNSPECIFIED where none is set.
pb::EventType DraftType(const pb::Draft& draft);
// An empty body message of that type; nullptr for an unknown one.
std::unique_ptr<google::protobuf::Message> NewBody(pb::EventType type);
// Sets the draft's body of that type to a copy of `body`. REQUIRES: the type can be drafted.
void SetDraftBody(pb::EventType type, const google::protobuf::Message& body, pb::Draft* draft);

// Copies the fields that the facts message shares with the body, derives the others, and sets the
// header's facts.
void SetFacts(pb::EventType type, const google::protobuf::Message& body, pb::EventHeader* header);
// True iff the header's facts say what the body says. Derived ones may be left out all together.
bool FactsAgree(pb::EventType type, const google::protobuf::Message& body,
                const pb::EventHeader& header);
// Derived facts came later than the rest: headers from before have none.
bool HasDerivedFacts(const pb::EventHeader& header);
void ClearDerivedFacts(pb::EventHeader* header);
// Clears of the header what the stored one is too old to have.
void ClearLaterFacts(const pb::EventHeader& stored, pb::EventHeader* header);

// What the facts refer to beside the header's references: inputs disposed of and what they go
// into, objections answered. Views into `header`.
std::vector<absl::string_view> DigestsInFacts(const pb::EventHeader& header);

// The terms under which an event is found: one byte of kind, then the value. Both who writes the
// index and who queries it build them here.
enum class TermKind : char {
  kType = 't',
  kTopic = 'o',
  kAuthor = 'a',
  kAudience = 'u',
  kCycle = 'c',
  kLanguage = 'l',
  kReference = 'r',  // value: the 32 bytes of the digest
};
std::string Term(TermKind kind, absl::string_view value);
// All terms of a header, without repeats.
std::vector<std::string> TermsOf(const pb::EventHeader& header);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_EVENT_TYPES_H_
