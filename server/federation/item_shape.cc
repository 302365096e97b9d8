#include "server/federation/item_shape.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "server/admission/shape.h"

namespace liaison::federation {
namespace {

using admission::Violations;

// A number that this hub does not know yet is no fault of whoever does.
absl::Status Known(const Violations& violations) {
  absl::Status status = violations.ToStatus();
  const bool later = record::ReasonOf(status) == record::Reason::kEnumUnknown;
  return later ? absl::OkStatus() : status;
}

absl::Status CheckCommitments(const pb::EventHeader& header) {
  int before = 0;
  for (const pb::SectionCommitment& commitment : header.commitments()) {
    if (!pb::SectionKind_IsValid(commitment.kind()) || commitment.kind() <= before) {
      return absl::InvalidArgumentError("sections come in ascending order of kind, each once");
    }
    if (commitment.commitment().size() != record::kHashSizeBytes) {
      return absl::InvalidArgumentError("a commitment has 32 bytes");
    }
    before = commitment.kind();
  }
  if (header.commitments().empty() || header.commitments(0).kind() != pb::SECTION_KIND_CONTENT) {
    return absl::InvalidArgumentError("an event has a content section");
  }
  return absl::OkStatus();
}

// The facts of its type and no others, as those of a body.
void CheckFacts(const pb::EventHeader& header, Violations* violations) {
  const record::EventTypeInfo* type = record::FindEventType(header.type());
  if (type == nullptr) return;
  const std::string name(type->facts_field);
  const auto* field = pb::EventHeader::descriptor()->FindFieldByName(name);
  if (field == nullptr || !header.GetReflection()->HasField(header, field)) {
    return violations->Add("facts", absl::StrCat("are not those of a ", type->name));
  }
  admission::CheckMessage(header.GetReflection()->GetMessage(header, field), name, violations);
}

template <typename Message>
absl::Status CheckSection(const ItemSection& section, absl::string_view name) {
  Message message;
  if (!message.ParseFromString(section.data)) {
    return absl::InvalidArgumentError(absl::StrCat("its ", name, " section does not parse"));
  }
  Violations violations("");
  admission::CheckMessage(message, name, &violations);
  return Known(violations);
}

absl::Status CheckContent(const pb::EventHeader& header, const ItemSection& section) {
  const record::EventTypeInfo* type = record::FindEventType(header.type());
  if (type == nullptr) return absl::OkStatus();  // nobody here can read it
  const auto body = record::ParseBody(header.type(), section.data);
  if (!body.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("its content is not a ", type->name));
  }
  Violations violations("");
  admission::CheckMessage(**body, "content", &violations);
  LIAISON_RETURN_IF_ERROR(Known(violations));
  if (record::FactsAgree(header.type(), **body, header)) return absl::OkStatus();
  return absl::InvalidArgumentError("the header's facts are not those of the content");
}

}  // namespace

absl::Status CheckHeaderShape(const pb::EventHeader& header, absl::string_view hub) {
  LIAISON_RETURN_IF_ERROR(CheckCommitments(header));
  Violations violations("");
  admission::CheckHeader(header, hub, &violations);
  CheckFacts(header, &violations);
  return Known(violations);
}

absl::Status CheckContentShape(const pb::EventHeader& header, const Item& item) {
  for (const ItemSection& section : item.sections) {
    if (section.presence != Presence::kHere) continue;
    switch (section.kind) {
      case pb::SECTION_KIND_CONTENT:
        LIAISON_RETURN_IF_ERROR(CheckContent(header, section));
        break;
      case pb::SECTION_KIND_PERSONAL:
        LIAISON_RETURN_IF_ERROR(CheckSection<pb::Personal>(section, "personal"));
        break;
      case pb::SECTION_KIND_ATTACHMENTS:
        LIAISON_RETURN_IF_ERROR(CheckSection<pb::Attachments>(section, "attachments"));
        break;
      default:
        break;
    }
  }
  return absl::OkStatus();
}

}  // namespace liaison::federation
