#include "server/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include "igf/liaison/v1/admin_service.grpc.pb.h"
#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/enrolment_service.grpc.pb.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/liaison_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "igf/liaison/v1/radar_service.grpc.pb.h"
#include "igf/liaison/v1/subscription_service.grpc.pb.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "proto/record/macros.h"
#include "server/rpc/accept_clock.h"
#include "server/rpc/accept_loop.h"
#include "server/rpc/approvals.h"
#include "server/rpc/backup.h"
#include "server/rpc/credentials.h"
#include "server/rpc/deferred_call.h"
#include "server/rpc/enrol.h"
#include "server/rpc/erase.h"
#include "server/rpc/explain_reading.h"
#include "server/rpc/federation.h"
#include "server/rpc/limits.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/publish.h"
#include "server/rpc/read.h"
#include "server/rpc/stream_counts.h"
#include "server/rpc/subscriptions.h"
#include "server/rpc/transparency.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/witness.h"

namespace liaison::rpc {
namespace {

using Context = grpc::CallbackServerContext;
using Buffer = grpc::ByteBuffer;
using Unary = grpc::ServerUnaryReactor;

// The services are switchboards: one line a method, the work is in the files named after them.

using RawPublish = pb::PublishService::WithRawCallbackMethod_Publish<
    pb::PublishService::WithRawCallbackMethod_PublishStream<pb::PublishService::Service>>;
class PublishServiceImpl final : public RawPublish {
 public:
  explicit PublishServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* Publish(Context* context, const Buffer* request, Buffer* response) override {
    return StartPublish(hub_, context, request, response);
  }
  grpc::ServerBidiReactor<Buffer, Buffer>* PublishStream(Context* context) override {
    return StartPublishStream(hub_, context);
  }

 private:
  const Hub& hub_;
};

using RawEvents = pb::EventService::WithRawCallbackMethod_GetEvent<
    pb::EventService::WithRawCallbackMethod_ListEvents<
        pb::EventService::WithRawCallbackMethod_Subscribe<pb::EventService::Service>>>;
class EventServiceImpl final : public RawEvents {
 public:
  explicit EventServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* GetEvent(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetEventRequest>(hub_, context, request, response, rpc::GetEvent);
  }
  Unary* ListEvents(Context* context, const Buffer* request, Buffer* response) override {
    return StartListEvents(hub_, context, request, response);
  }
  grpc::ServerWriteReactor<Buffer>* Subscribe(Context* context, const Buffer* request) override {
    return StartSubscribe(hub_, context, request);
  }

 private:
  const Hub& hub_;
};

using RawDirectory = pb::DirectoryService::WithRawCallbackMethod_GetHub<
    pb::DirectoryService::WithRawCallbackMethod_GetOrganisation<
        pb::DirectoryService::WithRawCallbackMethod_ListOrganisations<
            pb::DirectoryService::WithRawCallbackMethod_GetTopicScheme<
                pb::DirectoryService::WithRawCallbackMethod_ListTopicSchemes<
                    pb::DirectoryService::WithRawCallbackMethod_GetCycle<
                        pb::DirectoryService::WithRawCallbackMethod_ListCycles<
                            pb::DirectoryService::Service>>>>>>>;
class DirectoryServiceImpl final : public RawDirectory {
 public:
  explicit DirectoryServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* GetHub(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetHubRequest>(hub_, context, request, response, rpc::GetHub);
  }
  Unary* GetOrganisation(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetOrganisationRequest>(hub_, context, request, response,
                                                      rpc::GetOrganisation);
  }
  Unary* ListOrganisations(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListOrganisationsRequest>(hub_, context, request, response,
                                                        rpc::ListOrganisations);
  }
  Unary* GetTopicScheme(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetTopicSchemeRequest>(hub_, context, request, response,
                                                     rpc::GetTopicScheme);
  }
  Unary* ListTopicSchemes(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListTopicSchemesRequest>(hub_, context, request, response,
                                                       rpc::ListTopicSchemes);
  }
  Unary* GetCycle(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetCycleRequest>(hub_, context, request, response, rpc::GetCycle);
  }
  Unary* ListCycles(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListCyclesRequest>(hub_, context, request, response, rpc::ListCycles);
  }

 private:
  const Hub& hub_;
};

using RawLiaison = pb::LiaisonService::WithRawCallbackMethod_GetTrail<
    pb::LiaisonService::WithRawCallbackMethod_ListRequests<
        pb::LiaisonService::WithRawCallbackMethod_ListContributions<
            pb::LiaisonService::WithRawCallbackMethod_ListUndisposed<
                pb::LiaisonService::WithRawCallbackMethod_GetReadingPlan<
                    pb::LiaisonService::WithRawCallbackMethod_GetBoard<
                        pb::LiaisonService::WithRawCallbackMethod_GetDecision<
                            pb::LiaisonService::WithRawCallbackMethod_ListDecisions<
                                pb::LiaisonService::WithRawCallbackMethod_ListPositions<
                                    pb::LiaisonService::WithRawCallbackMethod_SuggestFormats<
                                        pb::LiaisonService::WithRawCallbackMethod_GetCycleOpening<
                                            pb::LiaisonService::Service>>>>>>>>>>>;
class LiaisonServiceImpl final : public RawLiaison {
 public:
  explicit LiaisonServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* GetTrail(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetTrailRequest>(hub_, context, request, response, rpc::GetTrail);
  }
  Unary* ListRequests(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListRequestsRequest>(hub_, context, request, response,
                                                   rpc::ListRequests);
  }
  Unary* ListContributions(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListContributionsRequest>(hub_, context, request, response,
                                                        rpc::ListContributions);
  }
  Unary* ListUndisposed(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListUndisposedRequest>(hub_, context, request, response,
                                                     rpc::ListUndisposed);
  }
  Unary* GetReadingPlan(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetReadingPlanRequest>(hub_, context, request, response,
                                                     rpc::GetReadingPlan);
  }
  Unary* GetBoard(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetBoardRequest>(hub_, context, request, response, rpc::GetBoard);
  }
  Unary* GetDecision(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetDecisionRequest>(hub_, context, request, response,
                                                  rpc::GetDecision);
  }
  Unary* ListDecisions(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListDecisionsRequest>(hub_, context, request, response,
                                                    rpc::ListDecisions);
  }
  Unary* ListPositions(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListPositionsRequest>(hub_, context, request, response,
                                                    rpc::ListPositions);
  }
  Unary* SuggestFormats(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::SuggestFormatsRequest>(hub_, context, request, response,
                                                     rpc::SuggestFormats);
  }
  Unary* GetCycleOpening(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetCycleOpeningRequest>(hub_, context, request, response,
                                                      rpc::GetCycleOpening);
  }

 private:
  const Hub& hub_;
};

using RawRadar = pb::RadarService::WithRawCallbackMethod_GetRadar<
    pb::RadarService::WithRawCallbackMethod_ListTopicEvents<
        pb::RadarService::WithRawCallbackMethod_ListTopicLinks<
            pb::RadarService::WithRawCallbackMethod_GetRepresentation<
                pb::RadarService::WithRawCallbackMethod_ListGaps<
                    pb::RadarService::WithRawCallbackMethod_ListDuplicates<
                        pb::RadarService::WithRawCallbackMethod_GetDigest<
                            pb::RadarService::WithRawCallbackMethod_GetMeetingPack<
                                pb::RadarService::WithRawCallbackMethod_WatchView<
                                    pb::RadarService::Service>>>>>>>>>;
class RadarServiceImpl final : public RawRadar {
 public:
  explicit RadarServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* GetRadar(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetRadarRequest>(hub_, context, request, response, rpc::GetRadar);
  }
  Unary* ListTopicEvents(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListTopicEventsRequest>(hub_, context, request, response,
                                                      rpc::ListTopicEvents);
  }
  Unary* ListTopicLinks(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListTopicLinksRequest>(hub_, context, request, response,
                                                     rpc::ListTopicLinks);
  }
  Unary* GetRepresentation(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetRepresentationRequest>(hub_, context, request, response,
                                                        rpc::GetRepresentation);
  }
  Unary* ListGaps(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListGapsRequest>(hub_, context, request, response, rpc::ListGaps);
  }
  Unary* ListDuplicates(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListDuplicatesRequest>(hub_, context, request, response,
                                                     rpc::ListDuplicates);
  }
  Unary* GetDigest(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetDigestRequest>(hub_, context, request, response, rpc::GetDigest);
  }
  Unary* GetMeetingPack(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetMeetingPackRequest>(hub_, context, request, response,
                                                     rpc::GetMeetingPack);
  }
  grpc::ServerWriteReactor<Buffer>* WatchView(Context* context, const Buffer* request) override {
    return StartWatchView(hub_, context, request);
  }

 private:
  const Hub& hub_;
};

using RawTransparency = pb::TransparencyService::WithRawCallbackMethod_GetCheckpoint<
    pb::TransparencyService::WithRawCallbackMethod_GetInclusionProof<
        pb::TransparencyService::WithRawCallbackMethod_GetConsistencyProof<
            pb::TransparencyService::WithRawCallbackMethod_ListLeafHashes<
                pb::TransparencyService::WithRawCallbackMethod_GetTile<
                    pb::TransparencyService::WithRawCallbackMethod_ListLeaves<
                        pb::TransparencyService::WithRawCallbackMethod_ListRegistryEntries<
                            pb::TransparencyService::Service>>>>>>>;
class TransparencyServiceImpl final : public RawTransparency {
 public:
  TransparencyServiceImpl(const Hub* hub, const TransparencyDesk& desk) : hub_(*hub), desk_(desk) {}
  Unary* GetCheckpoint(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetCheckpointRequest>(context, request, response, rpc::GetCheckpoint);
  }
  Unary* GetInclusionProof(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetInclusionProofRequest>(context, request, response, rpc::GetInclusionProof);
  }
  Unary* GetConsistencyProof(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetConsistencyProofRequest>(context, request, response,
                                                 rpc::GetConsistencyProof);
  }
  Unary* ListLeafHashes(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListLeafHashesRequest>(context, request, response, rpc::ListLeafHashes);
  }
  Unary* GetTile(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::GetTileRequest>(context, request, response, rpc::GetTile);
  }
  Unary* ListLeaves(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListLeavesRequest>(context, request, response, rpc::ListLeaves);
  }
  Unary* ListRegistryEntries(Context* context, const Buffer* request, Buffer* response) override {
    return Start<pb::ListRegistryEntriesRequest>(context, request, response,
                                                 rpc::ListRegistryEntries);
  }

 private:
  template <typename Request, typename Handler>
  Unary* Start(Context* context, const Buffer* request, Buffer* response, Handler handler) {
    return StartUnaryCall<Request>(
        hub_, context, request, response,
        [this, handler](const Hub&, const auth::Principal& principal, const Request& asked) {
          return handler(desk_, principal, asked);
        });
  }

  const Hub& hub_;
  const TransparencyDesk desk_;
};

using RawAdmin = pb::AdminService::WithRawCallbackMethod_Erase<
    pb::AdminService::WithRawCallbackMethod_ExplainReading<
        pb::AdminService::WithRawCallbackMethod_ListLeaving<
            pb::AdminService::WithRawCallbackMethod_ListApprovals<
                pb::AdminService::WithRawCallbackMethod_Approve<
                    pb::AdminService::WithRawCallbackMethod_Refuse<
                        pb::AdminService::WithRawCallbackMethod_AcceptClock<
                            pb::AdminService::WithRawCallbackMethod_Backup<
                                pb::AdminService::WithRawCallbackMethod_CreateToken<
                                    pb::AdminService::WithRawCallbackMethod_CreateInvitation<
                                        pb::AdminService::WithRawCallbackMethod_ListCredentials<
                                            pb::AdminService::
                                                WithRawCallbackMethod_RevokeCredential<
                                                    pb::AdminService::
                                                        WithRawCallbackMethod_ListAuditEntries<
                                                            pb::AdminService::Service>>>>>>>>>>>>>;
class AdminServiceImpl final : public RawAdmin {
 public:
  explicit AdminServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* AcceptClock(Context* context, const Buffer* request, Buffer* response) override {
    return StartAcceptClock(hub_, context, request, response);
  }
  grpc::ServerWriteReactor<Buffer>* Backup(Context* context, const Buffer* request) override {
    return StartBackup(hub_, context, request);
  }
  Unary* CreateToken(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::CreateTokenRequest>(hub_, context, request, response,
                                                  rpc::CreateToken);
  }
  Unary* CreateInvitation(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::CreateInvitationRequest>(hub_, context, request, response,
                                                       rpc::CreateInvitation);
  }
  Unary* ListCredentials(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListCredentialsRequest>(hub_, context, request, response,
                                                      rpc::ListCredentials);
  }
  Unary* RevokeCredential(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::RevokeCredentialRequest>(hub_, context, request, response,
                                                       rpc::RevokeCredential);
  }
  Unary* ListAuditEntries(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListAuditEntriesRequest>(hub_, context, request, response,
                                                       rpc::ListAuditEntries);
  }
  Unary* Erase(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::EraseRequest>(hub_, context, request, response, rpc::Erase);
  }
  Unary* ExplainReading(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ExplainReadingRequest>(hub_, context, request, response,
                                                     rpc::ExplainReading);
  }
  Unary* ListLeaving(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListLeavingRequest>(hub_, context, request, response,
                                                  rpc::ListLeaving);
  }
  Unary* ListApprovals(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ListApprovalsRequest>(hub_, context, request, response,
                                                    rpc::ListApprovals);
  }
  Unary* Approve(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::ApproveRequest>(hub_, context, request, response, rpc::Approve);
  }
  Unary* Refuse(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::RefuseRequest>(hub_, context, request, response, rpc::Refuse);
  }

 private:
  const Hub& hub_;
};

using RawEnrolment = pb::EnrolmentService::WithRawCallbackMethod_GetInvitation<
    pb::EnrolmentService::WithRawCallbackMethod_Enrol<
        pb::EnrolmentService::WithRawCallbackMethod_StartSession<
            pb::EnrolmentService::WithRawCallbackMethod_EndSession<
                pb::EnrolmentService::WithRawCallbackMethod_RenewCertificate<
                    pb::EnrolmentService::Service>>>>>;
class EnrolmentServiceImpl final : public RawEnrolment {
 public:
  explicit EnrolmentServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* GetInvitation(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::GetInvitationRequest>(hub_, context, request, response,
                                                    rpc::GetInvitation);
  }
  Unary* Enrol(Context* context, const Buffer* request, Buffer* response) override {
    return StartEnrol(hub_, context, request, response);
  }
  Unary* StartSession(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::StartSessionRequest>(hub_, context, request, response,
                                                   rpc::StartSession);
  }
  Unary* EndSession(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::EndSessionRequest>(hub_, context, request, response, rpc::EndSession);
  }
  Unary* RenewCertificate(Context* context, const Buffer* request, Buffer* response) override {
    return StartUnaryCall<pb::RenewCertificateRequest>(hub_, context, request, response,
                                                       rpc::RenewCertificate);
  }

 private:
  const Hub& hub_;
};

using RawSubscriptions = pb::SubscriptionService::WithRawCallbackMethod_CreateSubscription<
    pb::SubscriptionService::WithRawCallbackMethod_GetSubscription<
        pb::SubscriptionService::WithRawCallbackMethod_ListSubscriptions<
            pb::SubscriptionService::WithRawCallbackMethod_UpdateSubscription<
                pb::SubscriptionService::WithRawCallbackMethod_DeleteSubscription<
                    pb::SubscriptionService::WithRawCallbackMethod_Pull<
                        pb::SubscriptionService::WithRawCallbackMethod_Settle<
                            pb::SubscriptionService::WithRawCallbackMethod_Seek<
                                pb::SubscriptionService::WithRawCallbackMethod_ListDeadLetters<
                                    pb::SubscriptionService::
                                        WithRawCallbackMethod_ReplayDeadLetters<
                                            pb::SubscriptionService::
                                                WithRawCallbackMethod_DiscardDeadLetters<
                                                    pb::SubscriptionService::
                                                        WithRawCallbackMethod_Consume<
                                                            pb::SubscriptionService::
                                                                Service>>>>>>>>>>>>;
class SubscriptionServiceImpl final : public RawSubscriptions {
 public:
  explicit SubscriptionServiceImpl(const Hub* hub) : hub_(*hub) {}
  Unary* CreateSubscription(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::CreateSubscriptionRequest>(hub_, context, request, response,
                                                            rpc::CreateSubscription);
  }
  Unary* GetSubscription(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::GetSubscriptionRequest>(hub_, context, request, response,
                                                         rpc::GetSubscription);
  }
  Unary* ListSubscriptions(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::ListSubscriptionsRequest>(hub_, context, request, response,
                                                           rpc::ListSubscriptions);
  }
  Unary* UpdateSubscription(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::UpdateSubscriptionRequest>(hub_, context, request, response,
                                                            rpc::UpdateSubscription);
  }
  Unary* DeleteSubscription(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::DeleteSubscriptionRequest>(hub_, context, request, response,
                                                            rpc::DeleteSubscription);
  }
  Unary* Pull(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::PullRequest>(hub_, context, request, response, rpc::Pull);
  }
  Unary* Settle(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::SettleRequest>(hub_, context, request, response, rpc::Settle);
  }
  Unary* Seek(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::SeekRequest>(hub_, context, request, response, rpc::Seek);
  }
  Unary* ListDeadLetters(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::ListDeadLettersRequest>(hub_, context, request, response,
                                                         rpc::ListDeadLetters);
  }
  Unary* ReplayDeadLetters(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::ReplayDeadLettersRequest>(hub_, context, request, response,
                                                           rpc::ReplayDeadLetters);
  }
  Unary* DiscardDeadLetters(Context* context, const Buffer* request, Buffer* response) override {
    return StartDeferredCall<pb::DiscardDeadLettersRequest>(hub_, context, request, response,
                                                            rpc::DiscardDeadLetters);
  }
  grpc::ServerBidiReactor<Buffer, Buffer>* Consume(Context* context) override {
    return StartConsume(hub_, context);
  }

 private:
  const Hub& hub_;
};

// Files that are looked at again this often.
constexpr unsigned kTlsFilesInterval_s = 1;

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(
    const std::optional<auth::TlsFiles>& files) {
  if (!files) return grpc::InsecureServerCredentials();
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files->key, files->certificate, files->authority, kTlsFilesInterval_s);
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_crl_directory(files->revoked_folder);
  return grpc::experimental::TlsServerCredentials(options);
}

// What this gRPC, unpatched as Debian ships it, is to be told on every hub.
void SetOptions(const ServerOptions& options, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kMaxReceiveSizeBytes);
  builder->SetMaxSendMessageSize(record::kMaxMessageSizeBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataSizeBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTime_ms);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeout_ms);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingInterval_ms);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kMaxPingStrikes);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeout_ms);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_DECODER, kHeaderTableSizeBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kMaxConnectionIdle_ms);
  builder->AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);  // StreamCounts asks it
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (options.tls) {
    const absl::Duration age = options.max_connection_age;
    const absl::Duration grace = std::max(age / kAgesPerGrace, kLeastAgeGrace);
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                                static_cast<int>(absl::ToInt64Milliseconds(age)));
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                                static_cast<int>(absl::ToInt64Milliseconds(grace)));
  }
  grpc::ResourceQuota quota("liaisond");
  quota.Resize(kMemoryQuotaBytes);
  quota.SetMaxThreads(kMaxThreads);
  builder->SetResourceQuota(quota);
}

}  // namespace

class Server::Impl {
 public:
  Impl(const Hub* hub, const ServerOptions& options)
      : hub_(*hub),
        publish_(&hub_),
        events_(&hub_),
        directory_(&hub_),
        liaison_(&hub_),
        radar_(&hub_),
        transparency_(&hub_, options.transparency),
        witness_(MakeWitnessService(&hub_, options.witnessing)),
        federation_(MakeFederationService(&hub_, options.federation)),
        admin_(&hub_),
        enrolment_(&hub_),
        subscriptions_(&hub_) {}
  // Calls ask accepting_, and it hands over to the server: neither may go while the other works. A
  // hub that has been drained has nothing left of either; one that did not get ready may.
  ~Impl() {
    if (server_ == nullptr) return;
    accepting_->StopAccepting();
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_->Wait();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  absl::Status Start(const ServerOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    // Reflection names the health service but does not bring its descriptor; this links it in.
    grpc::health::v1::HealthCheckRequest::descriptor();
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    SetOptions(options, &builder);
    LIAISON_ASSIGN_OR_RETURN(accepting_, Listen(options));
    hub_.connections = accepting_.get();
    hub_.held = std::make_shared<HeldRefusals>();
    TurnOptions turns;
    turns.patience = hub_.slow_consumer_timeout;
    hub_.turns = std::make_shared<PeerTurns>(std::move(turns));
    UntakenOptions untaken;
    untaken.patience = hub_.slow_consumer_timeout;
    hub_.untaken = std::make_shared<UntakenAnswers>(std::move(untaken));
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        CredentialsFor(options.tls));
    int socket_bound = 0;
    if (!options.socket.empty()) {
      builder.AddListeningPort(absl::StrCat("unix:", options.socket),
                               grpc::InsecureServerCredentials(), &socket_bound);
    }
    builder.RegisterService(&publish_);
    builder.RegisterService(&events_);
    builder.RegisterService(&directory_);
    builder.RegisterService(&liaison_);
    builder.RegisterService(&radar_);
    builder.RegisterService(&transparency_);
    builder.RegisterService(witness_.get());
    builder.RegisterService(federation_.get());
    builder.RegisterService(&admin_);
    builder.RegisterService(&enrolment_);
    builder.RegisterService(&subscriptions_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::UnavailableError("gRPC does not start");
    if (!options.socket.empty() && socket_bound == 0) {
      return absl::UnavailableError(absl::StrCat("cannot make the socket ", options.socket));
    }
    // For the gateway of the same user or group, and nobody else on this machine.
    if (!options.socket.empty() && chmod(options.socket.c_str(), S_IRWXU | S_IRWXG) != 0) {
      return absl::UnavailableError(absl::StrCat("cannot close the socket ", options.socket));
    }
    LIAISON_RETURN_IF_ERROR(hub_.streams->Add(MakeDeskTicker(hub_.desk)));
    LIAISON_RETURN_IF_ERROR(hub_.streams->Add(hub_.held));
    LIAISON_RETURN_IF_ERROR(hub_.streams->Add(hub_.turns));
    LIAISON_RETURN_IF_ERROR(hub_.streams->Add(hub_.untaken));
    address_ =
        absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":", accepting_->port());
    accepting_->Start();
    return absl::OkStatus();
  }

  void Drain() {
    server_->GetHealthCheckService()->SetServingStatus(false);
    hub_.streams->Drain();
    // A call that reaches gRPC while it shuts down is cut off as CANCELLED, without a reason. For a
    // moment longer callers are told SHUTTING_DOWN and when to come back.
    absl::SleepFor(kDrainGrace);
    accepting_->StopAccepting();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrainTimeout));
    server_->Wait();
  }

  const std::string& address() const { return address_; }

 private:
  absl::StatusOr<std::unique_ptr<AcceptLoop>> Listen(const ServerOptions& options) {
    AcceptOptions accept;
    accept.max_connections = options.max_connections;
    // Without TLS everybody comes from this machine.
    if (options.tls) accept.max_connections_per_address = options.max_connections_per_address;
    accept.hand_over = [this](int socket) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = socket;
      acceptor_->HandleNewConnection(&connection);
    };
    accept.count_streams = [this](const std::string& peer, Traffic* traffic) {
      return streams_.Count(peer, traffic);
    };
    accept.ended = [this](const std::string& peer) { streams_.Forget(peer); };
    accept.report = options.report;
    return AcceptLoop::Listen(options.listen, std::move(accept));
  }

  Hub hub_;  // with what the server adds to it
  PublishServiceImpl publish_;
  EventServiceImpl events_;
  DirectoryServiceImpl directory_;
  LiaisonServiceImpl liaison_;
  RadarServiceImpl radar_;
  TransparencyServiceImpl transparency_;
  const std::unique_ptr<grpc::Service> witness_;
  const std::unique_ptr<grpc::Service> federation_;
  AdminServiceImpl admin_;
  EnrolmentServiceImpl enrolment_;
  SubscriptionServiceImpl subscriptions_;
  StreamCounts streams_;  // of the thread of accepting_
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<AcceptLoop> accepting_;  // goes before what it hands over to
  std::string address_;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Hub* hub,
                                                      const ServerOptions& options) {
  LIAISON_RETURN_IF_ERROR(CheckListenAddress(options.listen, options.tls.has_value()));
  auto impl = std::make_unique<Impl>(hub, options);
  LIAISON_RETURN_IF_ERROR(impl->Start(options));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const std::string& Server::address() const { return impl_->address(); }
void Server::Drain() { impl_->Drain(); }

}  // namespace liaison::rpc
