#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/domain/state.h"
#include "server/fanout/header_view.h"
#include "server/rpc/page_token.h"
#include "server/rpc/read.h"
#include "server/sequencer/row.h"

namespace liaison::rpc {
namespace {

using domain::DirectoryKind;

absl::Status NotFound(absl::string_view what) {
  return record::Error(record::Reason::kNotFound,
                       absl::StrCat("no such ", what, ", or none that you may read"));
}

// The body of the event at `sequence`; nullopt where the caller may not read it, or where it is
// erased.
template <typename Body>
absl::StatusOr<std::optional<Body>> ReadBody(const Hub& hub, const auth::Principal& principal,
                                             uint64_t sequence) {
  LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, hub.log->Read(sequence));
  if (!auth::MayRead(principal, fanout::ReadableOf(event.leaf, event.header))) {
    return std::optional<Body>();
  }
  for (const storage::StoredSection& section : event.sections) {
    if (section.kind != pb::SECTION_KIND_CONTENT || section.erased || section.withheld) continue;
    Body body;
    if (!body.ParseFromString(section.data)) {
      return absl::DataLossError(
          absl::StrCat("the content of event ", sequence, " does not parse"));
    }
    return std::optional<Body>(std::move(body));
  }
  return std::optional<Body>();
}

template <typename Body>
absl::StatusOr<std::pair<Body, uint64_t>> Get(const Hub& hub, const auth::Principal& principal,
                                              DirectoryKind kind, absl::string_view what,
                                              absl::string_view name) {
  LIAISON_ASSIGN_OR_RETURN(
      std::optional<std::string> row,
      hub.log->GetRow(storage::Table::kDirectory, domain::DirectoryKey(kind, name)));
  if (!row) return NotFound(what);
  const uint64_t sequence = sequencer::DecodeSequence(*row);
  LIAISON_ASSIGN_OR_RETURN(std::optional<Body> body, ReadBody<Body>(hub, principal, sequence));
  if (!body) return NotFound(what);
  return std::pair<Body, uint64_t>(*std::move(body), sequence);
}

// One page: calls add(body, sequence) for each entry and returns the next page's token.
template <typename Body, typename Add>
absl::StatusOr<std::string> List(const Hub& hub, const auth::Principal& principal,
                                 DirectoryKind kind, int requested_size, absl::string_view token,
                                 const Add& add) {
  const std::string prefix = domain::DirectoryKey(kind, "");
  const std::string named = absl::StrCat("directory ", prefix);
  LIAISON_ASSIGN_OR_RETURN(size_t page_size, PageSize(requested_size));
  LIAISON_ASSIGN_OR_RETURN(std::string after, ReadPageToken(*hub.log, named, token));
  LIAISON_ASSIGN_OR_RETURN(
      std::vector<storage::EventLog::KeyValue> rows,
      hub.log->ListRows(storage::Table::kDirectory, prefix, after, page_size + 1));
  size_t size_bytes = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i == page_size || size_bytes >= record::kMaxPageSizeBytes) {
      return MakePageToken(*hub.log, named, rows[i - 1].key);
    }
    const uint64_t sequence = sequencer::DecodeSequence(rows[i].value);
    LIAISON_ASSIGN_OR_RETURN(std::optional<Body> body, ReadBody<Body>(hub, principal, sequence));
    if (!body) continue;
    size_bytes += body->ByteSizeLong();
    add(*std::move(body), sequence);
  }
  return std::string();
}

}  // namespace

absl::StatusOr<pb::GetHubResponse> GetHub(const Hub& hub, const auth::Principal& principal,
                                          const pb::GetHubRequest&) {
  const storage::Head head = hub.log->head();
  absl::Status condition = hub.sequencer->condition();
  if (condition.ok()) condition = hub.proposals->condition();
  pb::GetHubResponse response;
  response.set_hub(hub.name);
  response.set_version(hub.version);
  response.set_development_mode(hub.gate->is_development());
  response.mutable_head()->set_log_id(hub.log->log_id().ToString());
  response.mutable_head()->set_sequence(head.sequence);
  response.set_root(std::string(head.root.bytes()));
  response.set_registry_size(head.registry_size);
  response.set_registry_root(std::string(head.registry_root.bytes()));
  *response.mutable_time() =
      google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::GetCurrentTimeNanos());
  response.set_rules_version(domain::kCurrentRulesVersion);
  response.set_accepts_writes(condition.ok());
  response.set_refusal(std::string(condition.message()));
  if (const std::optional<record::Reason> reason = record::ReasonOf(condition)) {
    response.set_refusal_reason(std::string(record::InfoOf(*reason).name));
  }
  response.mutable_limits()->set_max_event_bytes(record::kMaxEventSizeBytes);
  response.mutable_limits()->set_max_batch_items(record::kMaxBatchItems);
  response.mutable_limits()->set_max_batch_bytes(record::kMaxBatchSizeBytes);
  response.mutable_limits()->set_max_page_size(record::kMaxPageSize);
  response.set_caller(principal.organisation);
  return response;
}

absl::StatusOr<pb::GetOrganisationResponse> GetOrganisation(
    const Hub& hub, const auth::Principal& principal, const pb::GetOrganisationRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(auto found,
                           Get<pb::Organisation>(hub, principal, DirectoryKind::kOrganisation,
                                                 "organisation", request.organisation()));
  pb::GetOrganisationResponse response;
  *response.mutable_entry()->mutable_organisation() = std::move(found.first);
  response.mutable_entry()->set_sequence(found.second);
  return response;
}

absl::StatusOr<pb::ListOrganisationsResponse> ListOrganisations(
    const Hub& hub, const auth::Principal& principal, const pb::ListOrganisationsRequest& request) {
  pb::ListOrganisationsResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      List<pb::Organisation>(hub, principal, DirectoryKind::kOrganisation, request.page_size(),
                             request.page_token(), [&](pb::Organisation body, uint64_t sequence) {
                               pb::OrganisationEntry* entry = response.add_entries();
                               *entry->mutable_organisation() = std::move(body);
                               entry->set_sequence(sequence);
                             }));
  return response;
}

absl::StatusOr<pb::GetTopicSchemeResponse> GetTopicScheme(
    const Hub& hub, const auth::Principal& principal, const pb::GetTopicSchemeRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(
      auto found, Get<pb::TopicScheme>(hub, principal, DirectoryKind::kTopicScheme, "topic scheme",
                                       request.scheme()));
  pb::GetTopicSchemeResponse response;
  *response.mutable_entry()->mutable_topic_scheme() = std::move(found.first);
  response.mutable_entry()->set_sequence(found.second);
  return response;
}

absl::StatusOr<pb::ListTopicSchemesResponse> ListTopicSchemes(
    const Hub& hub, const auth::Principal& principal, const pb::ListTopicSchemesRequest& request) {
  pb::ListTopicSchemesResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      List<pb::TopicScheme>(hub, principal, DirectoryKind::kTopicScheme, request.page_size(),
                            request.page_token(), [&](pb::TopicScheme body, uint64_t sequence) {
                              pb::TopicSchemeEntry* entry = response.add_entries();
                              *entry->mutable_topic_scheme() = std::move(body);
                              entry->set_sequence(sequence);
                            }));
  return response;
}

absl::StatusOr<pb::GetCycleResponse> GetCycle(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetCycleRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(auto found, Get<pb::Cycle>(hub, principal, DirectoryKind::kCycle,
                                                      "cycle", request.cycle_id()));
  pb::GetCycleResponse response;
  *response.mutable_entry()->mutable_cycle() = std::move(found.first);
  response.mutable_entry()->set_sequence(found.second);
  return response;
}

absl::StatusOr<pb::ListCyclesResponse> ListCycles(const Hub& hub, const auth::Principal& principal,
                                                  const pb::ListCyclesRequest& request) {
  pb::ListCyclesResponse response;
  LIAISON_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      List<pb::Cycle>(hub, principal, DirectoryKind::kCycle, request.page_size(),
                      request.page_token(), [&](pb::Cycle body, uint64_t sequence) {
                        pb::CycleEntry* entry = response.add_entries();
                        *entry->mutable_cycle() = std::move(body);
                        entry->set_sequence(sequence);
                      }));
  return response;
}

}  // namespace liaison::rpc
