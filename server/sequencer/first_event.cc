#include "server/sequencer/first_event.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/commitment.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/names.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"
#include "storage/event_log.h"

namespace liaison::sequencer {

namespace {

// The content is known to everybody, so that the salt need not be a secret.
domain::pb::Section PublicSection(domain::pb::SectionKind kind, absl::string_view salted_by,
                                  std::string data) {
  domain::pb::Section section;
  section.set_kind(kind);
  section.set_salt(std::string(record::Sha256Of(salted_by).bytes()));
  section.set_data(std::move(data));
  section.set_status(domain::pb::SECTION_STATUS_PRESENT);
  return section;
}

record::Uuid QuoteId(const record::Uuid& log_id) {
  return record::Uuid::FromName(log_id, "goes-on-from");
}

domain::Statement StatementOf(absl::string_view hub, const record::Uuid& event_id,
                              const domain::pb::Rules& body, int64_t now_us,
                              std::vector<domain::pb::Section> sections) {
  domain::Statement statement;
  domain::pb::EventHeader& header = statement.header;
  header.set_author(record::HubOrganisation(hub));
  header.set_event_id(event_id.ToString());
  header.set_type(domain::pb::EVENT_TYPE_RULES);
  header.set_audience(absl::StrCat(hub, "/public"));
  *header.mutable_authored_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(now_us);
  header.set_channel(domain::pb::CHANNEL_API);
  record::SetFacts(header.type(), body, &header);
  for (const domain::pb::Section& section : sections) {
    auto* commitment = header.add_commitments();
    commitment->set_kind(section.kind());
    commitment->set_commitment(
        std::string(record::Commitment(section.kind(), section.salt(), section.data()).bytes()));
  }
  statement.header_bytes = header.SerializeAsString();
  statement.digest = record::EventDigest(statement.header_bytes);
  statement.sections = std::move(sections);
  return statement;
}

}  // namespace

domain::Statement RulesStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, bool opens_log, int64_t now_us) {
  domain::pb::Rules body;
  body.set_rules_version(rules_version);
  const record::Uuid event_id =
      opens_log ? log_id : record::Uuid::FromName(log_id, absl::StrCat("rules/", rules_version));
  return StatementOf(
      hub, event_id, body, now_us,
      {PublicSection(domain::pb::SECTION_KIND_CONTENT, log_id.bytes(), body.SerializeAsString())});
}

domain::Statement QuoteStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, const std::string& checkpoint,
                                 int64_t now_us) {
  domain::pb::Rules body;
  body.set_rules_version(rules_version);
  domain::pb::Attachments attachments;
  domain::pb::Attachment& quoted = *attachments.add_attachments();
  quoted.set_name(std::string(kQuoteName));
  quoted.set_media_type("text/plain; charset=utf-8");
  quoted.set_data(checkpoint);
  const record::Uuid event_id = QuoteId(log_id);
  return StatementOf(
      hub, event_id, body, now_us,
      {PublicSection(domain::pb::SECTION_KIND_CONTENT, event_id.bytes(), body.SerializeAsString()),
       PublicSection(domain::pb::SECTION_KIND_ATTACHMENTS,
                     absl::StrCat(event_id.bytes(), "attachments"),
                     attachments.SerializeAsString())});
}

std::string QuoteIdentity(absl::string_view hub, const record::Uuid& log_id) {
  return storage::IdentityKey(record::HubOrganisation(hub), QuoteId(log_id).ToString());
}

}  // namespace liaison::sequencer
