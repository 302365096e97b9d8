#include "server/sequencer/first_event.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/commitment.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"

namespace liaison::sequencer {

domain::Statement RulesStatement(absl::string_view hub, const record::Uuid& log_id,
                                 uint32_t rules_version, bool opens_log, int64_t now_us) {
  domain::pb::Rules body;
  body.set_rules_version(rules_version);

  domain::pb::Section content;
  content.set_kind(domain::pb::SECTION_KIND_CONTENT);
  // The content is known to everybody, so that the salt need not be a secret.
  content.set_salt(std::string(record::Sha256Of(log_id.bytes()).bytes()));
  content.set_data(body.SerializeAsString());
  content.set_status(domain::pb::SECTION_STATUS_PRESENT);

  domain::Statement statement;
  domain::pb::EventHeader& header = statement.header;
  header.set_author(absl::StrCat("org/", hub, "-hub"));
  header.set_event_id(
      (opens_log ? log_id : record::Uuid::FromName(log_id, absl::StrCat("rules/", rules_version)))
          .ToString());
  header.set_type(domain::pb::EVENT_TYPE_RULES);
  header.set_audience(absl::StrCat(hub, "/public"));
  *header.mutable_authored_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(now_us);
  header.set_channel(domain::pb::CHANNEL_API);
  record::SetFacts(header.type(), body, &header);
  auto* commitment = header.add_commitments();
  commitment->set_kind(content.kind());
  commitment->set_commitment(
      std::string(record::Commitment(content.kind(), content.salt(), content.data()).bytes()));

  statement.header_bytes = header.SerializeAsString();
  statement.digest = record::EventDigest(statement.header_bytes);
  statement.sections.push_back(std::move(content));
  return statement;
}

}  // namespace liaison::sequencer
