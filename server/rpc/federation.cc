#include "server/rpc/federation.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "igf/liaison/v1/federation_service.grpc.pb.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/way_out.h"
#include "server/fanout/header_view.h"
#include "server/federation/evidence.h"
#include "server/federation/limits.h"
#include "server/rpc/attach.h"
#include "server/rpc/federation_acts.h"
#include "server/rpc/federation_policy.h"
#include "server/rpc/federation_why.h"
#include "server/rpc/pull_lane.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/view_call.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;

using Context = grpc::CallbackServerContext;
using Buffer = grpc::ByteBuffer;
using Unary = grpc::ServerUnaryReactor;
using record::Error;
using record::Reason;
using rpc::ToProto;

// Of each lane, so that the answer fits a message.
constexpr int kMaxToldRemarks = 20;
static_assert(kMaxToldRemarks * 2 * federation::kMaxRemarkSizeBytes * federation::kMaxLanes <
              record::kMaxMessageSizeBytes);

absl::StatusOr<pb::GetEvidenceResponse> GetEvidence(const FederationDesk& desk, const Hub&,
                                                    const auth::Principal& principal,
                                                    const pb::GetEvidenceRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const std::string peer, PeerOf(desk, principal));
  return federation::TellEvidence(peer, request, *desk.book->policy(), *desk.entry, desk.replicas);
}

pb::SharedEvent SharedOf(const storage::EventLog::EventView& event,
                         const federation::Ruling& ruling) {
  pb::EventHeader header;
  header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()));
  pb::SharedEvent shared;
  shared.set_sequence(event.sequence);
  shared.set_digest(std::string(record::EventDigest(event.header).bytes()));
  shared.set_author(header.author());
  shared.set_type(header.type());
  shared.set_audience(header.audience());
  shared.set_rule(ruling.rule);
  for (const pb::SectionCommitment& commitment : header.commitments()) {
    if (ruling.sections.count(commitment.kind()) > 0) shared.add_sections(commitment.kind());
  }
  return shared;
}

// By a rule of the policy, or by a registry, which none keeps.
absl::StatusOr<federation::Ruling> SharingRule(const FederationDesk& desk, const Hub& hub,
                                               const storage::EventLog::EventView& event,
                                               absl::string_view peer,
                                               const federation::Policy& policy) {
  LIAISON_ASSIGN_OR_RETURN(federation::Ruling ruling,
                           desk.source->RuleByItsLane(peer, event, policy));
  if (ruling.passes) return ruling;
  LIAISON_ASSIGN_OR_RETURN(std::optional<federation::Ruling> registered,
                           RuleByRegistry(desk, *hub.log, event, peer, policy));
  return registered ? *std::move(registered) : std::move(ruling);
}

// What stays of one page, by audience and rule.
class Kept {
 public:
  void Add(const storage::EventLog::EventView& event, const federation::Ruling& ruling) {
    const std::string audience(fanout::ReadableOf(event.leaf, event.header).audience);
    pb::KeptEvents& kept = kept_[{audience, ruling.rule}];
    kept.set_audience(audience);
    kept.set_rule(ruling.rule);
    kept.set_events(kept.events() + 1);
  }
  void MoveTo(pb::ListSharingResponse* response) {
    for (auto& [key, kept] : kept_) *response->add_kept() = std::move(kept);
  }

 private:
  std::map<std::pair<std::string, std::string>, pb::KeptEvents> kept_;
};

absl::StatusOr<pb::ListSharingResponse> SharingPage(const FederationDesk& desk, const Hub& hub,
                                                    const pb::ListSharingRequest& request,
                                                    const federation::Policy& policy,
                                                    const views::PageArguments& page) {
  uint64_t after = request.after();
  if (!page.after.empty() && !absl::SimpleAtoi(page.after, &after)) {
    return Error(Reason::kPageTokenInvalid, "begin again without page_token");
  }
  const uint64_t head = hub.log->head().sequence;
  const uint64_t last = std::min(head, after + std::min(federation::kMaxLookedAt, head));
  pb::ListSharingResponse response;
  response.set_through(std::min(after, head));
  Kept kept;
  absl::Status failed;
  LIAISON_RETURN_IF_ERROR(
      hub.log->ScanHeaders(after, [&](const storage::EventLog::EventView& event) {
        if (event.sequence > last) return false;
        const auto ruling = SharingRule(desk, hub, event, request.peer(), policy);
        failed = ruling.status();
        if (!failed.ok()) return false;
        response.set_through(event.sequence);
        if (ruling->passes) {
          *response.add_events() = SharedOf(event, *ruling);
        } else {
          kept.Add(event, *ruling);
        }
        return static_cast<size_t>(response.events_size()) < page.size;
      }));
  LIAISON_RETURN_IF_ERROR(failed);
  kept.MoveTo(&response);
  if (response.through() < head && response.through() > after) {
    response.set_next_page_token(absl::StrCat(response.through()));
  }
  return response;
}

absl::StatusOr<pb::ListSharingResponse> ListSharing(const FederationDesk& desk, const Hub& hub,
                                                    const auth::Principal&,
                                                    const pb::ListSharingRequest& request) {
  std::shared_ptr<const federation::Policy> policy = desk.book->policy();
  if (!request.policy().empty()) {
    LIAISON_ASSIGN_OR_RETURN(federation::Policy other, federation::Policy::Parse(request.policy()));
    policy = std::make_shared<const federation::Policy>(std::move(other));
  }
  if (policy->peers().count(request.peer()) == 0) {
    return Error(Reason::kNotFound, absl::StrCat("the policy has no peer `", request.peer(), "`"))
        .With(record::kWayOut, "`liaison federation peers` lists those of the policy in force.");
  }
  return PageBy<pb::ListSharingResponse>(hub, request, [&](const views::PageArguments& page) {
    return SharingPage(desk, hub, request, *policy, page);
  });
}

pb::PulledLane ToProto(const federation::LaneStatus& status) {
  pb::PulledLane lane;
  lane.set_origin(status.origin);
  *lane.mutable_standing() = ToProto(status.standing.state, status.standing.row);
  lane.set_settled(status.lane.settled());
  lane.set_head_size(status.lane.head_size());
  if (status.gap) {
    lane.set_gap_first(status.gap->first);
    lane.set_gap_last(status.gap->last);
  }
  lane.set_trouble(status.trouble);
  lane.mutable_counts()->insert(status.lane.counts().begin(), status.lane.counts().end());
  const int first = std::max(0, status.lane.remarks_size() - kMaxToldRemarks);
  for (int i = first; i < status.lane.remarks_size(); ++i) {
    const federation::rows::Remark& remark = status.lane.remarks(i);
    pb::LaneRemark& told = *lane.add_remarks();
    told.set_sequence(remark.sequence());
    told.set_verdict(remark.verdict());
    told.set_reason(remark.reason());
    told.set_detail(remark.detail());
  }
  return lane;
}

void AddStatus(const federation::PeerStatus& status, pb::Peer* peer) {
  const federation::rows::PeerRow& row = status.standing.row;
  peer->set_warning(status.warning);
  // Nothing is pulled from it, and nobody has said a word of it.
  if (status.lanes.empty() && row.state().set_by().empty()) return;
  *peer->mutable_standing() = ToProto(status.standing.state, row.state());
  if (row.last_contact_us() > 0) {
    *peer->mutable_contact_time() = ToProto(absl::FromUnixMicros(row.last_contact_us()));
  }
  peer->set_reached(status.standing.reached);
  peer->set_failures(row.backoff().failures());
  if (row.backoff().failures() > 0) {
    *peer->mutable_retry_time() = ToProto(absl::FromUnixMicros(row.backoff().until_us()));
  }
  for (const federation::LaneStatus& lane : status.lanes) *peer->add_lanes() = ToProto(lane);
}

// Whoever pulls other hubs' logs alone has called as well.
void AddReceipts(const FederationDesk& desk, const std::string& who,
                 const federation::PeerPolicy& policy, pb::Peer* peer) {
  const std::string& own = desk.source->origin();
  std::vector<std::string> served = policy.relays;
  served.push_back(own);
  if (const auto asked = desk.receipts->AskedLast(who, served)) {
    *peer->mutable_pull_time() = ToProto(*asked);
  }
  if (const auto receipt = desk.receipts->Of(who, own)) {
    peer->set_pulled_through(receipt->settled());
  }
}

absl::StatusOr<pb::ListPeersResponse> ListPeers(const FederationDesk& desk, const Hub& hub,
                                                const auth::Principal&,
                                                const pb::ListPeersRequest&) {
  std::map<std::string, federation::PeerStatus> pulled;
  for (federation::PeerStatus& status : desk.exchange->status()) {
    const std::string name = status.peer;
    pulled.emplace(name, std::move(status));
  }
  const auto in_force = desk.book->policy();
  // Where it takes nothing any more it takes nothing of anybody, however well they answer.
  const absl::Status takes = hub.proposals->condition();
  pb::ListPeersResponse response;
  for (const auto& [name, policy] : in_force->peers()) {
    pb::Peer& peer = *response.add_peers();
    peer.set_name(name);
    peer.set_address(policy.address);
    peer.set_organisation(policy.organisation);
    const auto found = pulled.find(name);
    if (found != pulled.end()) AddStatus(found->second, &peer);
    AddReceipts(desk, in_force->WhoIs(name), policy, &peer);
    if (takes.ok()) continue;
    for (pb::PulledLane& lane : *peer.mutable_lanes()) {
      lane.set_trouble(std::string(takes.message()));
    }
  }
  return response;
}

using RawPeers = pb::FederationService::WithRawCallbackMethod_PullLane<
    pb::FederationService::WithRawCallbackMethod_Attach<
        pb::FederationService::WithRawCallbackMethod_GetEvidence<pb::FederationService::Service>>>;
using RawReading = pb::FederationService::WithRawCallbackMethod_ListSharing<
    pb::FederationService::WithRawCallbackMethod_ListPeers<
        pb::FederationService::WithRawCallbackMethod_ListDeliveries<
            pb::FederationService::WithRawCallbackMethod_ExplainArrival<RawPeers>>>>;
using RawActs = pb::FederationService::WithRawCallbackMethod_Block<
    pb::FederationService::WithRawCallbackMethod_Release<
        pb::FederationService::WithRawCallbackMethod_ListEvidence<RawReading>>>;
using RawFederation = pb::FederationService::WithRawCallbackMethod_GetPolicy<
    pb::FederationService::WithRawCallbackMethod_ProposePolicy<
        pb::FederationService::WithRawCallbackMethod_ApprovePolicy<RawActs>>>;
class FederationServiceImpl final : public RawFederation {
 public:
  FederationServiceImpl(const Hub* hub, const FederationDesk& desk) : hub_(*hub), desk_(desk) {}
  Unary* PullLane(Context* context, const Buffer* request, Buffer* response) override {
    return StartPullLane(hub_, desk_, context, request, response);
  }
  grpc::ServerBidiReactor<Buffer, Buffer>* Attach(Context* context) override {
    return StartAttach(hub_, desk_, context);
  }
  Unary* ListSharing(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListSharingRequest>(context, request, response, rpc::ListSharing);
  }
  Unary* ListPeers(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListPeersRequest>(context, request, response, rpc::ListPeers);
  }
  Unary* ListDeliveries(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListDeliveriesRequest>(context, request, response, rpc::ListDeliveries);
  }
  Unary* ExplainArrival(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ExplainArrivalRequest>(context, request, response, rpc::ExplainArrival);
  }
  Unary* GetEvidence(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetEvidenceRequest>(context, request, response, rpc::GetEvidence);
  }
  Unary* Block(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::BlockRequest>(context, request, response, rpc::Block);
  }
  Unary* Release(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ReleaseRequest>(context, request, response, rpc::Release);
  }
  Unary* ListEvidence(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListEvidenceRequest>(context, request, response, rpc::ListEvidence);
  }
  Unary* GetPolicy(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetPolicyRequest>(context, request, response, rpc::GetPolicy);
  }
  Unary* ProposePolicy(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ProposePolicyRequest>(context, request, response, rpc::ProposePolicy);
  }
  Unary* ApprovePolicy(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ApprovePolicyRequest>(context, request, response, rpc::ApprovePolicy);
  }

 private:
  template <typename Request, typename Handler>
  Unary* Start(Context* context, const Buffer* request, Buffer* response, Handler handler) {
    return StartUnaryCall<Request>(
        hub_, context, request, response,
        [this, handler](const Hub& hub, const auth::Principal& principal, const Request& asked) {
          return handler(desk_, hub, principal, asked);
        });
  }

  const Hub& hub_;
  const FederationDesk desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFederationService(const Hub* hub, const FederationDesk& desk) {
  return std::make_unique<FederationServiceImpl>(hub, desk);
}

}  // namespace liaison::rpc
