#include "proto/record/event_builder.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/openssl.h"
#include "proto/record/pae.h"
#include "proto/record/serialize.h"

namespace liaison::record {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::util::MessageDifferencer;

const Message& BodyOf(const pb::Draft& draft) {
  const Message* body = DraftBody(draft);
  Require(body != nullptr, "an event is built from a draft with a body");
  return *body;
}

// Calls `visit(kind, message)` for every section of the draft in ascending order of kind.
template <typename Visit>
void ForEachSection(const pb::Draft& draft, const Visit& visit) {
  visit(pb::SECTION_KIND_CONTENT, BodyOf(draft));
  if (draft.has_personal()) visit(pb::SECTION_KIND_PERSONAL, draft.personal());
  if (draft.attachments_size() > 0) {
    pb::Attachments attachments;
    *attachments.mutable_attachments() = draft.attachments();
    visit(pb::SECTION_KIND_ATTACHMENTS, attachments);
  }
}

// The header of everything but key and commitments.
pb::EventHeader HeaderOf(const pb::Draft& draft) {
  pb::EventHeader header;
  header.set_author(draft.author());
  header.set_event_id(draft.event_id());
  header.set_type(DraftType(draft));
  *header.mutable_topics() = draft.topics();
  header.set_cycle(draft.cycle());
  header.set_audience(draft.audience());
  *header.mutable_addressees() = draft.addressees();
  *header.mutable_references() = draft.references();
  if (draft.has_authored_time()) *header.mutable_authored_time() = draft.authored_time();
  header.set_language(draft.language());
  if (draft.has_recorded_for()) *header.mutable_recorded_for() = draft.recorded_for();
  header.set_recorded_by(draft.recorded_by());
  header.set_channel(draft.channel());
  SetFacts(header.type(), BodyOf(draft), &header);
  return header;
}

void AddCommitment(pb::SectionKind kind, absl::string_view salt, absl::string_view data,
                   pb::EventHeader* header) {
  pb::SectionCommitment* commitment = header->add_commitments();
  commitment->set_kind(kind);
  const Hash hash = Commitment(static_cast<uint16_t>(kind), salt, data);
  commitment->set_commitment(hash.data(), kHashSizeBytes);
}

google::protobuf::Timestamp ToProtoTime(absl::Time time) {
  const timespec parts = absl::ToTimespec(time);
  google::protobuf::Timestamp proto;
  proto.set_seconds(parts.tv_sec);
  proto.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return proto;
}

// True iff the stored bytes are this message, perhaps as another protobuf version wrote it down.
bool SaysTheSame(const Message& message, absl::string_view stored) {
  const std::unique_ptr<Message> parsed(message.New());
  return parsed->ParseFromArray(stored.data(), static_cast<int>(stored.size())) &&
         MessageDifferencer::Equals(*parsed, message);
}

// Commits the header to the draft's sections with the stored salts. False where one of them is not
// stored or says something else; one that only the stored event has, only its header commits to.
bool CommitAsStored(const pb::Draft& draft, const std::vector<pb::Section>& stored,
                    pb::EventHeader* header) {
  bool same = true;
  ForEachSection(draft, [&](pb::SectionKind kind, const Message& message) {
    for (const pb::Section& section : stored) {
      if (section.kind() != kind || section.salt().size() != kSaltSizeBytes) continue;
      same = same && (section.data() == SerializeDeterministic(message) ||
                      SaysTheSame(message, section.data()));
      AddCommitment(kind, section.salt(), section.data(), header);
      return;
    }
    same = false;
  });
  return same;
}

}  // namespace

pb::SignedEvent BuildEvent(const pb::Draft& draft, const SigningKey* key, absl::Time now,
                           const SaltSource& salts) {
  pb::SignedEvent event;
  pb::EventHeader header = HeaderOf(draft);
  if (!header.has_authored_time()) *header.mutable_authored_time() = ToProtoTime(now);
  if (key != nullptr) {
    const Hash key_hash = KeyHash(key->public_key());
    header.set_key_hash(key_hash.data(), kHashSizeBytes);
  }
  ForEachSection(draft, [&](pb::SectionKind kind, const Message& message) {
    pb::Section* section = event.add_sections();
    section->set_kind(kind);
    section->set_salt(salts(kind));
    section->set_data(SerializeDeterministic(message));
    AddCommitment(kind, section->salt(), section->data(), &header);
  });
  event.set_header(SerializeDeterministic(header));
  if (key != nullptr) event.set_signature(key->Sign(kEventHeaderType, event.header()));
  return event;
}

bool SameAsStored(const pb::Draft& draft, absl::string_view stored_header,
                  const std::vector<pb::Section>& sections) {
  pb::EventHeader stored;
  if (DraftBody(draft) == nullptr ||
      !stored.ParseFromArray(stored_header.data(), static_cast<int>(stored_header.size()))) {
    return false;
  }
  pb::EventHeader header = HeaderOf(draft);
  if (!header.has_authored_time() && stored.has_authored_time()) {
    *header.mutable_authored_time() = stored.authored_time();
  }
  // An event from before there were derived facts has none.
  ClearLaterFacts(stored, &header);
  // A draft says nothing of keys: the same words stay the same event where the author signed them.
  header.set_key_hash(stored.key_hash());
  if (!CommitAsStored(draft, sections, &header)) return false;
  if (SerializeDeterministic(header) == stored_header) return true;
  // Protobuf promises no order of bytes across its versions: a retry must not become a conflict
  // because the hub was upgraded. The commitments are among the fields compared.
  return MessageDifferencer::Equals(header, stored);
}

absl::StatusOr<std::unique_ptr<Message>> ParseBody(pb::EventType type, absl::string_view content) {
  std::unique_ptr<Message> body = NewBody(type);
  if (body == nullptr) {
    return Error(Reason::kContentUnreadable,
                 absl::StrCat("event type ", static_cast<int>(type), " is not known here"));
  }
  if (!body->ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return Error(Reason::kContentUnreadable, absl::StrCat("the content section is not a message ",
                                                          std::string(body->GetTypeName())));
  }
  return body;
}

}  // namespace liaison::record
