#include "server/rpc/federation_acts.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/way_out.h"
#include "server/federation/evidence.h"
#include "server/federation/limits.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;
using rpc::ToProto;

// 0 is no time.
void SetTime(int64_t us, google::protobuf::Timestamp* (pb::PeerStanding::*field)(),
             pb::PeerStanding* standing) {
  if (us > 0) *(standing->*field)() = ToProto(absl::FromUnixMicros(us));
}

absl::Status CheckReason(const std::string& reason) {
  if (!reason.empty() && reason.size() <= federation::kMaxWhySizeBytes && record::IsText(reason)) {
    return absl::OkStatus();
  }
  return record::FieldInvalid("reason",
                              absl::StrCat("say why, for whoever comes after, in at most ",
                                           federation::kMaxWhySizeBytes, " bytes"));
}

pb::PeerStanding StandingOf(const federation::Exchange& standings, const std::string& id,
                            absl::Time now) {
  const federation::Standings::PeerStanding peer = standings.OfPeer(id, now);
  if (peer.state != federation::rows::STATE_UNSPECIFIED) {
    return ToProto(peer.state, peer.row.state());
  }
  const federation::Standings::OriginStanding origin = standings.OfOrigin(id, now);
  return ToProto(origin.state, origin.row);
}

using Act = absl::Status (federation::Exchange::*)(const std::string&, absl::string_view,
                                                   absl::string_view, absl::Time);

template <typename Response, typename Request>
absl::StatusOr<Response> ByHand(const FederationDesk& desk, const Hub& hub,
                                const auth::Principal& principal, const Request& request, Act act) {
  LIAISON_RETURN_IF_ERROR(CheckReason(request.reason()));
  const absl::Time now = absl::Now();
  LIAISON_RETURN_IF_ERROR(
      (desk.exchange->*act)(request.id(), NameOf(hub, principal), request.reason(), now));
  Response response;
  *response.mutable_standing() = StandingOf(*desk.exchange, request.id(), now);
  return response;
}

// As operators see it.
pb::OriginEvidence ToProto(const std::string& origin, const federation::rows::Evidence& row) {
  pb::OriginEvidence evidence = federation::ToProto(origin, row);
  evidence.set_shown_by(row.shown_by());
  if (row.shown_us() > 0) {
    *evidence.mutable_show_time() = ToProto(absl::FromUnixMicros(row.shown_us()));
  }
  return evidence;
}

}  // namespace

std::string NameOf(const Hub& hub, const auth::Principal& principal) {
  if (principal.is_development) {
    return absl::StrCat(principal.organisation.empty() ? "somebody" : principal.organisation,
                        " (a hub in development mode believes everybody)");
  }
  const auto shown = hub.credentials->FindById(principal.credential_id);
  const std::string label = shown && !shown->label().empty() ? " " + shown->label() : "";
  return absl::StrCat(principal.organisation, " (", principal.credential_id, label, ")");
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

pb::PeerStanding ToProto(federation::rows::State state, const federation::rows::PeerState& row) {
  pb::PeerStanding standing;
  // The same numbers, which are permanent on both sides.
  standing.set_condition(static_cast<pb::PeerCondition>(static_cast<int>(state)));
  standing.set_set_by(row.set_by());
  if (state != federation::rows::STATE_ACTIVE || !row.set_by().empty()) {
    standing.set_why(row.why());
  }
  SetTime(row.since_us(), &pb::PeerStanding::mutable_since_time, &standing);
  if (state == federation::rows::STATE_QUARANTINED) {
    SetTime(row.until_us(), &pb::PeerStanding::mutable_until_time, &standing);
  }
  return standing;
}

absl::StatusOr<pb::BlockResponse> Block(const FederationDesk& desk, const Hub& hub,
                                        const auth::Principal& principal,
                                        const pb::BlockRequest& request) {
  return ByHand<pb::BlockResponse>(desk, hub, principal, request, &federation::Exchange::Block);
}

absl::StatusOr<pb::ReleaseResponse> Release(const FederationDesk& desk, const Hub& hub,
                                            const auth::Principal& principal,
                                            const pb::ReleaseRequest& request) {
  return ByHand<pb::ReleaseResponse>(desk, hub, principal, request, &federation::Exchange::Release);
}

absl::StatusOr<pb::ListEvidenceResponse> ListEvidence(const FederationDesk& desk, const Hub&,
                                                      const auth::Principal&,
                                                      const pb::ListEvidenceRequest& request) {
  const auto policy = desk.book->policy();
  const auto origin = policy->origins().find(request.origin());
  if (origin == policy->origins().end()) {
    return Error(Reason::kNotFound,
                 absl::StrCat("this hub's policy has no origin `", request.origin(), "`"))
        .With(record::kWayOut, "`liaison federation peers` lists them.");
  }
  pb::ListEvidenceResponse response;
  response.set_vkey(origin->second.key.ToString());
  for (size_t index = 0; desk.entry != nullptr && index < federation::kMaxEvidence; ++index) {
    const std::string key = federation::EvidenceRowKey(request.origin(), index);
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, desk.entry->Find(key));
    if (!bytes) break;
    federation::rows::Evidence row;
    if (!row.ParseFromString(*bytes)) {
      return absl::DataLossError(absl::StrCat("the row ", key, " does not parse"));
    }
    *response.add_evidence() = ToProto(request.origin(), row);
  }
  return response;
}

}  // namespace liaison::rpc
