#include "server/admission/admission.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/message.h"
#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/plain_form.h"
#include "proto/record/signature.h"
#include "server/admission/shape.h"

namespace liaison::admission {
namespace {

using record::Error;
using record::Reason;

absl::Status CheckSizes(const domain::Statement& statement, const std::string& field) {
  const size_t size_bytes = SizeBytes(statement);
  if (size_bytes > record::kMaxEventSizeBytes) {
    return Error(Reason::kEventTooLarge,
                 absl::StrCat(field, " has ", size_bytes, " bytes; an event has at most ",
                              record::kMaxEventSizeBytes,
                              ": shorten it, or link to what is attached"))
        .Field(field, absl::StrCat("at most ", record::kMaxEventSizeBytes, " bytes"))
        .With("size_bytes", size_bytes)
        .With("max_size_bytes", record::kMaxEventSizeBytes);
  }
  if (statement.header_bytes.size() > record::kMaxHeaderSizeBytes) {
    return Error(Reason::kEventTooLarge,
                 absl::StrCat("the header of ", field, " has ", statement.header_bytes.size(),
                              " bytes; at most ", record::kMaxHeaderSizeBytes,
                              ": name fewer topics, addressees or references"))
        .Field(field, absl::StrCat("a header of at most ", record::kMaxHeaderSizeBytes, " bytes"))
        .With("size_bytes", statement.header_bytes.size())
        .With("max_size_bytes", record::kMaxHeaderSizeBytes);
  }
  for (const pb::Section& section : statement.sections) {
    if (section.kind() == pb::SECTION_KIND_PERSONAL &&
        section.data().size() > record::kMaxPersonalSizeBytes) {
      return Error(Reason::kEventTooLarge,
                   absl::StrCat("the contacts of ", field, " take more than ",
                                record::kMaxPersonalSizeBytes, " bytes"))
          .Field(absl::StrCat(field, ".personal"),
                 absl::StrCat("at most ", record::kMaxPersonalSizeBytes, " bytes"))
          .With("max_size_bytes", record::kMaxPersonalSizeBytes);
    }
  }
  return absl::OkStatus();
}

// Whoever adds a key shows that they hold it.
absl::Status CheckPossession(const pb::Key& key, const std::string& field) {
  if (key.action() != pb::KEY_ACTION_ADD) return absl::OkStatus();
  absl::Status acceptable = record::CheckPublicKey(key.public_key());
  if (!acceptable.ok()) {
    return Error(Reason::kKeyUnacceptable,
                 absl::StrCat(field, ".key.public_key: ", acceptable.message()))
        .Field(absl::StrCat(field, ".key.public_key"), acceptable.message());
  }
  if (!record::VerifySignature(key.public_key(), record::kKeyPossessionType, key.organisation(),
                               key.possession())) {
    return Error(Reason::kKeyUnacceptable,
                 absl::StrCat(field, ".key.possession is not this key's signature over ",
                              key.organisation()))
        .Field(absl::StrCat(field, ".key.possession"),
               "sign the organisation's name with the new key");
  }
  return absl::OkStatus();
}

// Sections in ascending order, each opening the commitment of its kind, none more, none less.
absl::Status CheckCommitments(const domain::Statement& statement, const std::string& field) {
  const auto mismatch = [&](absl::string_view what) -> absl::Status {
    return Error(Reason::kCommitmentMismatch, absl::StrCat(field, ": ", what))
        .Field(absl::StrCat(field, ".sections"), what);
  };
  if (statement.header.commitments_size() != static_cast<int>(statement.sections.size())) {
    return mismatch("the header commits to another number of sections");
  }
  int previous = 0;
  for (size_t i = 0; i < statement.sections.size(); ++i) {
    const pb::SectionCommitment& commitment = statement.header.commitments(static_cast<int>(i));
    const pb::Section& section = statement.sections[i];
    if (!pb::SectionKind_IsValid(section.kind()) || section.kind() <= previous) {
      return mismatch("sections come in ascending order of kind, each once");
    }
    previous = section.kind();
    if (section.salt().size() != record::kSaltSizeBytes) return mismatch("a salt has 32 bytes");
    const record::Hash opened =
        record::Commitment(static_cast<uint16_t>(section.kind()), section.salt(), section.data());
    if (commitment.kind() != section.kind() || commitment.commitment() != opened.bytes()) {
      return mismatch(absl::StrCat("section ", pb::SectionKind_Name(section.kind()),
                                   " does not open the header's commitment"));
    }
  }
  if (statement.sections.empty() || statement.sections.front().kind() != pb::SECTION_KIND_CONTENT) {
    return mismatch("an event has a content section");
  }
  return absl::OkStatus();
}

template <typename Message>
absl::StatusOr<Message> ParseSection(const pb::Section& section, const std::string& field) {
  Message message;
  if (message.ParseFromString(section.data())) return message;
  return absl::Status(
      Error(Reason::kContentUnreadable,
            absl::StrCat(field, ": the bytes of ", pb::SectionKind_Name(section.kind()),
                         " are not a ", Message::descriptor()->name()))
          .Field(absl::StrCat(field, ".sections"),
                 "not readable as the type that the header names"));
}

}  // namespace

size_t SizeBytes(const domain::Statement& statement) {
  size_t size_bytes = statement.header_bytes.size();
  for (const pb::Section& section : statement.sections) size_bytes += section.data().size();
  return size_bytes;
}

absl::StatusOr<domain::Statement> Admission::Admit(pb::PublishItem item,
                                                   absl::string_view field) const {
  switch (item.item_case()) {
    case pb::PublishItem::kDraft:
      return AdmitDraft(std::move(*item.mutable_draft()), absl::StrCat(field, ".draft"));
    case pb::PublishItem::kSigned:
      return AdmitSigned(std::move(*item.mutable_signed_()), absl::StrCat(field, ".signed"));
    case pb::PublishItem::ITEM_NOT_SET:
      break;
  }
  return record::FieldInvalid(field, "is neither a draft nor a signed event");
}

absl::StatusOr<domain::Statement> Admission::AdmitDraft(pb::Draft draft,
                                                        const std::string& field) const {
  const google::protobuf::Message* body = record::DraftBody(draft);
  if (body == nullptr) {
    return record::FieldInvalid(field, "has no body: set topic_signal, local_report, ...");
  }
  pb::SignedEvent built = record::BuildEvent(draft, nullptr, absl::Now(), salts_);
  domain::Statement statement;
  statement.header_bytes = std::move(*built.mutable_header());
  // Header and sections were made here, so what is checked is what will be stored.
  if (!statement.header.ParseFromString(statement.header_bytes)) {
    return absl::InternalError("a header made here does not parse");
  }
  for (pb::Section& section : *built.mutable_sections()) {
    statement.sections.push_back(std::move(section));
  }
  LIAISON_RETURN_IF_ERROR(CheckSizes(statement, field));

  Violations violations(field);
  const std::string body_field(record::FindEventType(record::DraftType(draft))->draft_field);
  CheckHeader(statement.header, hub_, &violations);
  CheckMessage(*body, body_field, &violations);
  CheckTogether(statement.header, *body, body_field, &violations);
  if (draft.has_personal()) CheckMessage(draft.personal(), "personal", &violations);
  if (draft.attachments_size() > record::kMaxAttachments) {
    violations.Add("attachments", absl::StrCat("at most ", record::kMaxAttachments));
  } else {
    for (int i = 0; i < draft.attachments_size(); ++i) {
      CheckMessage(draft.attachments(i), absl::StrCat("attachments[", i, "]"), &violations);
    }
  }
  LIAISON_RETURN_IF_ERROR(violations.ToStatus());
  if (draft.has_key()) LIAISON_RETURN_IF_ERROR(CheckPossession(draft.key(), field));

  statement.digest = record::EventDigest(statement.header_bytes);
  statement.draft = std::make_shared<const pb::Draft>(std::move(draft));
  return statement;
}

absl::StatusOr<domain::Statement> Admission::AdmitSigned(pb::SignedEvent event,
                                                         const std::string& field) const {
  domain::Statement statement;
  statement.header_bytes = std::move(*event.mutable_header());
  statement.signature = std::move(*event.mutable_signature());
  for (pb::Section& section : *event.mutable_sections()) {
    section.set_status(pb::SECTION_STATUS_PRESENT);
    statement.sections.push_back(std::move(section));
  }
  LIAISON_RETURN_IF_ERROR(CheckSizes(statement, field));
  if (statement.header_bytes.empty() || !statement.header.ParseFromString(statement.header_bytes)) {
    return record::FieldInvalid(absl::StrCat(field, ".header"), "is not an EventHeader");
  }
  const record::EventTypeInfo* type = record::FindEventType(statement.header.type());
  if (type == nullptr) {
    Violations violations(field);
    violations.AddUnknownEnum("header.type", statement.header.type());
    return violations.ToStatus();
  }
  if (type->draft_field.empty()) {
    return absl::Status(
        Error(Reason::kTypeNotPublishable,
              absl::StrCat(field, ": only the hub itself says `", type->name, "`")));
  }
  LIAISON_RETURN_IF_ERROR(CheckCommitments(statement, field));
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> body =
      record::ParseBody(statement.header.type(), statement.sections.front().data());
  if (!body.ok()) {
    return absl::Status(Error(Reason::kContentUnreadable,
                              absl::StrCat(field, ": the content is not a ", type->name)));
  }

  Violations violations(field);
  CheckHeader(statement.header, hub_, &violations);
  CheckMessage(**body, "content", &violations);
  CheckTogether(statement.header, **body, "content", &violations);
  for (const pb::Section& section : statement.sections) {
    if (section.kind() == pb::SECTION_KIND_PERSONAL) {
      LIAISON_ASSIGN_OR_RETURN(pb::Personal personal, ParseSection<pb::Personal>(section, field));
      CheckMessage(personal, "personal", &violations);
    } else if (section.kind() == pb::SECTION_KIND_ATTACHMENTS) {
      LIAISON_ASSIGN_OR_RETURN(pb::Attachments parsed,
                               ParseSection<pb::Attachments>(section, field));
      CheckMessage(parsed, "attachments", &violations);
    }
  }
  LIAISON_RETURN_IF_ERROR(violations.ToStatus());
  if (!record::FactsAgree(statement.header.type(), **body, statement.header)) {
    return absl::Status(
        Error(Reason::kFactsDisagree,
              absl::StrCat(field, ": the header's facts are not those of the content"))
            .Field(absl::StrCat(field, ".header"), "copy the facts from the content"));
  }
  if (statement.header.type() == pb::EVENT_TYPE_KEY) {
    LIAISON_RETURN_IF_ERROR(CheckPossession(static_cast<const pb::Key&>(**body), field));
  }
  statement.digest = record::EventDigest(statement.header_bytes);
  LIAISON_ASSIGN_OR_RETURN(bool known, IsKnown(statement));
  if (known) return statement;
  // It is for ever, and read by programs that are not ours: what one of them reads otherwise would
  // be a fault of the whole record to whoever checks it with that.
  if (!record::IsPlain(statement.header_bytes, *pb::EventHeader::descriptor())) {
    return record::FieldInvalid(absl::StrCat(field, ".header"),
                                "write no groups, and each number in its shortest form and within "
                                "the range of its field");
  }
  LIAISON_RETURN_IF_ERROR(CheckSignature(statement));
  return statement;
}

absl::StatusOr<bool> Admission::IsKnown(const domain::Statement& statement) const {
  LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence,
                           log_->FindByIdentity(storage::IdentityKey(statement.header.author(),
                                                                     statement.header.event_id())));
  return sequence.has_value();
}

absl::Status Admission::CheckSignature(const domain::Statement& statement) const {
  const std::string& author = statement.header.author();
  if (statement.header.key_hash().size() != record::kHashSizeBytes ||
      statement.signature.size() != record::kSignatureSizeBytes) {
    return Error(Reason::kSignatureInvalid,
                 "a signed event names its key by a hash of 32 bytes and has a signature of 64");
  }
  const std::shared_ptr<const domain::Registry> registry = registry_();
  const domain::RegisteredKey* key =
      registry->FindKey(record::Hash::FromBytes(statement.header.key_hash()));
  if (key == nullptr || key->organisation != author) {
    return Error(Reason::kKeyUnknown, absl::StrCat("the registry has no such key of ", author));
  }
  if (!record::VerifySignature(key->public_key, record::kEventHeaderType, statement.header_bytes,
                               statement.signature)) {
    return Error(Reason::kSignatureInvalid,
                 absl::StrCat("the signature is not by the key of ", author, " over this header"));
  }
  return absl::OkStatus();
}

}  // namespace liaison::admission
