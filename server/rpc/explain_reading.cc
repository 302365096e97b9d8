#include "server/rpc/explain_reading.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/pae.h"
#include "server/auth/explanation.h"
#include "server/fanout/header_view.h"
#include "server/rpc/event_key.h"
#include "server/rpc/view_call.h"
#include "server/sequencer/row.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

// A page also ends after so many events, whether they leave or not.
constexpr uint64_t kMaxLookedAt = 20'000;

// Whoever hears why somebody does not read an event hears for whom it is.
absl::Status CheckMayAsk(const auth::Principal& principal) {
  if (principal.is_secretariat || principal.permissions.Has(pb::PERMISSION_OPERATE)) {
    return absl::OkStatus();
  }
  return Error(Reason::kNotPermitted,
               "who reads what is told to the hub's operators and the secretariat alone");
}

}  // namespace

absl::StatusOr<pb::ExplainReadingResponse> ExplainReading(
    const Hub& hub, const auth::Principal& principal, const pb::ExplainReadingRequest& request) {
  LIAISON_RETURN_IF_ERROR(CheckMayAsk(principal));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, SequenceOf(*hub.log, request));
  if (!sequence) return Error(Reason::kNotFound, "the log has no such event");
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, hub.log->ReadHeader(*sequence));
  const auth::Readable readable = fanout::ReadableOf(event.leaf, event.header);
  LIAISON_ASSIGN_OR_RETURN(
      const auth::Explanation why,
      auth::ExplainReading(request.reader(), readable, *hub.sequencer->registry(),
                           *hub.sequencer->directory()));
  pb::ExplainReadingResponse response;
  response.set_sequence(*sequence);
  response.set_author(std::string(readable.author));
  response.set_audience(std::string(readable.audience));
  response.set_may_read(why.may_read);
  for (const std::string& reason : why.reasons) response.add_reasons(reason);
  for (const std::string& key : why.by) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> row,
                             hub.log->GetRow(storage::Table::kDirectory, key));
    if (row) response.add_by(sequencer::DecodeSequence(*row));
  }
  return response;
}

absl::StatusOr<pb::ListLeavingResponse> ListLeaving(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::ListLeavingRequest& request) {
  LIAISON_RETURN_IF_ERROR(CheckMayAsk(principal));
  const auto registry = hub.sequencer->registry();
  const auto directory = hub.sequencer->directory();
  const auto make =
      [&](const views::PageArguments& page) -> absl::StatusOr<pb::ListLeavingResponse> {
    uint64_t after = request.after();
    if (!page.after.empty() && !absl::SimpleAtoi(page.after, &after)) {
      return Error(Reason::kPageTokenInvalid, "begin again without page_token");
    }
    const uint64_t head = hub.log->head().sequence;
    pb::ListLeavingResponse response;
    response.set_through(std::min(after, head));
    std::map<std::string, pb::WithheldAudience> withheld;
    absl::Status failed;
    const uint64_t last = std::min(head, after + std::min(kMaxLookedAt, head));
    LIAISON_RETURN_IF_ERROR(
        hub.log->ScanHeaders(after, [&](const storage::EventLog::EventView& event) {
          if (event.sequence > last) return false;
          const auth::Readable readable = fanout::ReadableOf(event.leaf, event.header);
          const auto why = auth::ExplainReading(request.to(), readable, *registry, *directory);
          failed = why.status();
          if (!failed.ok()) return false;
          response.set_through(event.sequence);
          if (!why->may_read) {
            pb::WithheldAudience& stays = withheld[std::string(readable.audience)];
            stays.set_audience(std::string(readable.audience));
            stays.set_events(stays.events() + 1);
            stays.set_reason(why->reasons.back());
            return true;
          }
          pb::EventHeader header;
          header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()));
          pb::LeavingEvent& leaving = *response.add_events();
          leaving.set_sequence(event.sequence);
          leaving.set_digest(std::string(record::EventDigest(event.header).bytes()));
          leaving.set_author(header.author());
          leaving.set_type(header.type());
          leaving.set_audience(header.audience());
          leaving.set_reason(why->reasons.back());
          return static_cast<size_t>(response.events_size()) < page.size;
        }));
    LIAISON_RETURN_IF_ERROR(failed);
    for (auto& [audience, stays] : withheld) *response.add_withheld() = std::move(stays);
    if (response.through() < head && response.through() > after) {
      response.set_next_page_token(absl::StrCat(response.through()));
    }
    return response;
  };
  return PageBy<pb::ListLeavingResponse>(hub, request, make);
}

}  // namespace liaison::rpc
