#include "liaison/event.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"

namespace liaison {
namespace {

// Every complaint names the event, so that it can be looked for at the hub.
absl::Status Mismatch(const v1::Event& event, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("event ", event.sequence(), " does not verify: ", what));
}

absl::Status CheckLeafKind(const v1::Event& event, const v1::EventHeader& header,
                           const record::Leaf& leaf) {
  const bool redaction = header.type() == v1::EVENT_TYPE_REDACTION;
  const bool rules = header.type() == v1::EVENT_TYPE_RULES;
  switch (leaf.kind) {
    case record::LeafKind::kRelayed:
      return absl::OkStatus();  // keeps its origin's type, whatever that is
    case record::LeafKind::kRedaction:
      if (!redaction || header.redaction().section() != leaf.redaction->section ||
          header.redaction().reason() != leaf.redaction->reason) {
        return Mismatch(event, "leaf and header name different redactions");
      }
      return absl::OkStatus();
    case record::LeafKind::kRules:
      if (!rules || header.rules().rules_version() != *leaf.rules_version) {
        return Mismatch(event, "leaf and header name different rules");
      }
      return absl::OkStatus();
    case record::LeafKind::kSigned:
    case record::LeafKind::kAttested:
      if (redaction || rules) return Mismatch(event, "leaf and header are of different kinds");
      if ((leaf.kind == record::LeafKind::kAttested) != leaf.attested()) {
        return Mismatch(event, "the leaf's kind and key disagree");
      }
      return absl::OkStatus();
  }
  return Mismatch(event, "leaf of an unknown kind");
}

// One truth: where the event says it comes from, the leaf says it too.
absl::Status CheckRelayed(const v1::Event& event, const record::Leaf& leaf) {
  const v1::Relayed& relayed = event.relayed();
  if (event.has_relayed() != leaf.relayed.has_value()) {
    return Mismatch(event, "leaf and event disagree on whether it is another hub's");
  }
  if (!leaf.relayed) return absl::OkStatus();
  if (record::Sha256Of(relayed.origin()) != leaf.relayed->origin_name_hash ||
      relayed.sequence() != leaf.relayed->sequence ||
      relayed.leaf_hash() != leaf.relayed->leaf_hash.bytes()) {
    return Mismatch(event, "leaf and event name different origins");
  }
  return absl::OkStatus();
}

absl::Status CheckLeaf(const v1::Event& event, const v1::EventHeader& header,
                       const record::Leaf& leaf) {
  if (leaf.sequence != event.sequence()) return Mismatch(event, "leaf of another sequence");
  if (event.attested() != leaf.attested()) {
    return Mismatch(event, "leaf and event disagree on who vouches for it");
  }
  const bool key_agrees =
      leaf.attested() ? header.key_hash().empty() : header.key_hash() == leaf.key_hash.bytes();
  if (!key_agrees) return Mismatch(event, "leaf and header name different keys");
  if (leaf.attested() && leaf.signature != std::array<uint8_t, 64>{}) {
    return Mismatch(event, "nobody's signature");
  }
  if (event.hub_time().seconds() * 1'000'000 + event.hub_time().nanos() / 1000 !=
      leaf.hub_time_us) {
    return Mismatch(event, "leaf of another hub time");
  }
  LIAISON_RETURN_IF_ERROR(CheckRelayed(event, leaf));
  return CheckLeafKind(event, header, leaf);
}

absl::Status CheckSection(const v1::Event& event, const v1::SectionCommitment& commitment,
                          const v1::Section& section) {
  const std::string name = v1::SectionKind_Name(section.kind());
  if (section.kind() != commitment.kind()) {
    return Mismatch(event, absl::StrCat("section ", name, " where the header has ",
                                        v1::SectionKind_Name(commitment.kind())));
  }
  switch (section.status()) {
    case v1::SECTION_STATUS_WITHHELD:
      if (!event.has_relayed()) {
        return Mismatch(event, absl::StrCat("section ", name, " is withheld by its own hub"));
      }
      [[fallthrough]];
    case v1::SECTION_STATUS_ERASED:
      if (!section.data().empty() || !section.salt().empty()) {
        return Mismatch(event, absl::StrCat("section ", name, " is erased or withheld, yet there"));
      }
      return absl::OkStatus();
    case v1::SECTION_STATUS_PRESENT:
      if (section.salt().size() != record::kSaltSizeBytes ||
          record::Commitment(static_cast<uint16_t>(section.kind()), section.salt(), section.data())
                  .bytes() != commitment.commitment()) {
        return Mismatch(event, absl::StrCat("section ", name, " does not open its commitment"));
      }
      return absl::OkStatus();
    default:
      return Mismatch(event, absl::StrCat("section ", name, " is neither there nor erased"));
  }
}

absl::Status CheckSections(const v1::Event& event, const v1::EventHeader& header) {
  if (event.sections_size() != header.commitments_size()) {
    return Mismatch(event, absl::StrCat(event.sections_size(), " sections where the header has ",
                                        header.commitments_size()));
  }
  for (int i = 0; i < event.sections_size(); ++i) {
    LIAISON_RETURN_IF_ERROR(CheckSection(event, header.commitments(i), event.sections(i)));
  }
  return absl::OkStatus();
}

const v1::Section* FindSection(const v1::Event& event, v1::SectionKind kind) {
  for (const v1::Section& section : event.sections()) {
    if (section.kind() == kind) return &section;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<Event> Event::Open(v1::Event event) {
  Event opened;
  absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(event.leaf());
  if (!leaf.ok()) return Mismatch(event, leaf.status().message());
  opened.leaf_ = *std::move(leaf);
  // First of all: bytes that are not the ones committed to are not worth parsing.
  const record::Hash digest = record::EventDigest(event.header());
  if (opened.leaf_.digest != digest) return Mismatch(event, "leaf of another header");
  if (event.digest() != digest.bytes()) return Mismatch(event, "digest of another header");
  if (!opened.header_.ParseFromString(event.header())) {
    return Mismatch(event, "the header cannot be read");
  }
  LIAISON_RETURN_IF_ERROR(CheckLeaf(event, opened.header_, opened.leaf_));
  LIAISON_RETURN_IF_ERROR(CheckSections(event, opened.header_));
  opened.proto_ = std::move(event);
  return opened;
}

absl::string_view Event::type_name() const {
  const record::EventTypeInfo* info = record::FindEventType(header_.type());
  return info == nullptr ? "unknown" : info->name;
}

absl::Time Event::hub_time() const { return absl::FromUnixMicros(leaf_.hub_time_us); }

bool Event::content_withheld() const {
  const v1::Section* content = FindSection(proto_, v1::SECTION_KIND_CONTENT);
  return content != nullptr && content->status() == v1::SECTION_STATUS_WITHHELD;
}

bool Event::content_erased() const {
  const v1::Section* content = FindSection(proto_, v1::SECTION_KIND_CONTENT);
  return content != nullptr && content->status() == v1::SECTION_STATUS_ERASED;
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Event::AnyBody() const {
  const v1::Section* content = FindSection(proto_, v1::SECTION_KIND_CONTENT);
  if (content == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("event ", sequence(), " was made without content"));
  }
  if (content->status() == v1::SECTION_STATUS_ERASED) {
    return absl::FailedPreconditionError(
        absl::StrCat("the content of event ", sequence(), " was erased with authority"));
  }
  if (content->status() == v1::SECTION_STATUS_WITHHELD) {
    return absl::FailedPreconditionError(
        absl::StrCat("the content of event ", sequence(), " stayed at ", origin()));
  }
  return record::ParseBody(header_.type(), content->data());
}

absl::StatusOr<v1::Personal> Event::personal() const {
  const v1::Section* section = FindSection(proto_, v1::SECTION_KIND_PERSONAL);
  if (section == nullptr || section->status() == v1::SECTION_STATUS_ERASED) {
    return absl::NotFoundError(absl::StrCat("event ", sequence(), " has no personal section",
                                            section == nullptr ? "" : " any more"));
  }
  if (section->status() == v1::SECTION_STATUS_WITHHELD) {
    return absl::NotFoundError(
        absl::StrCat("the personal section of event ", sequence(), " stayed at ", origin()));
  }
  v1::Personal personal;
  if (!personal.ParseFromString(section->data())) {
    return absl::InvalidArgumentError("the personal section cannot be read");
  }
  return personal;
}

absl::StatusOr<v1::Draft> Event::ToDraft() const {
  const record::EventTypeInfo* info = record::FindEventType(header_.type());
  if (info == nullptr || info->draft_field.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nobody drafts events of type ", type_name()));
  }
  LIAISON_ASSIGN_OR_RETURN(const auto body, AnyBody());
  v1::Draft draft;
  draft.set_event_id(header_.event_id());
  draft.set_author(header_.author());
  draft.set_audience(header_.audience());
  draft.set_cycle(header_.cycle());
  *draft.mutable_topics() = header_.topics();
  draft.set_language(header_.language());
  *draft.mutable_addressees() = header_.addressees();
  *draft.mutable_references() = header_.references();
  if (header_.has_authored_time()) *draft.mutable_authored_time() = header_.authored_time();
  if (header_.has_recorded_for()) *draft.mutable_recorded_for() = header_.recorded_for();
  draft.set_recorded_by(header_.recorded_by());
  draft.set_channel(header_.channel());
  record::SetDraftBody(header_.type(), *body, &draft);

  if (absl::StatusOr<v1::Personal> said = personal(); said.ok()) {
    *draft.mutable_personal() = *std::move(said);
  }
  const v1::Section* section = FindSection(proto_, v1::SECTION_KIND_ATTACHMENTS);
  if (section != nullptr && section->status() == v1::SECTION_STATUS_PRESENT) {
    v1::Attachments attachments;
    if (!attachments.ParseFromString(section->data())) {
      return absl::InvalidArgumentError("the attachments section cannot be read");
    }
    draft.mutable_attachments()->Swap(attachments.mutable_attachments());
  }
  return draft;
}

}  // namespace liaison
