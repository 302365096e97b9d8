// The streams of a hub over gRPC's callback API.
#ifndef LIAISON_CLIENT_INTERNAL_GRPC_STREAMS_H_
#define LIAISON_CLIENT_INTERNAL_GRPC_STREAMS_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "igf/liaison/v1/admin_service.grpc.pb.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/federation_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "igf/liaison/v1/radar_service.grpc.pb.h"
#include "igf/liaison/v1/subscription_service.grpc.pb.h"
#include "liaison/connection.h"
#include "liaison/durable_connection.h"
#include "liaison/federation_connection.h"

namespace liaison::internal {

// Begins a stream; `address` is named in errors. Destroying it cancels it and waits for gRPC to let
// go of it, which is at once.
std::unique_ptr<SubscribeStream> OpenSubscribeStream(v1::EventService::Stub& stub,
                                                     std::unique_ptr<grpc::ClientContext> context,
                                                     const v1::SubscribeRequest& request,
                                                     std::string address);

std::unique_ptr<ViewStream> OpenViewStream(v1::RadarService::Stub& stub,
                                           std::unique_ptr<grpc::ClientContext> context,
                                           const v1::WatchViewRequest& request,
                                           std::string address);

std::unique_ptr<BackupStream> OpenBackupStream(v1::AdminService::Stub& stub,
                                               std::unique_ptr<grpc::ClientContext> context,
                                               const v1::BackupRequest& request,
                                               std::string address);

std::unique_ptr<PublishFrameStream> OpenPublishStream(v1::PublishService::Stub& stub,
                                                      std::unique_ptr<grpc::ClientContext> context,
                                                      std::string address);

std::unique_ptr<ConsumeStream> OpenConsumeStream(v1::SubscriptionService::Stub& stub,
                                                 std::unique_ptr<grpc::ClientContext> context,
                                                 std::string address);

std::unique_ptr<AttachStream> OpenAttachStream(v1::FederationService::Stub& stub,
                                               std::unique_ptr<grpc::ClientContext> context,
                                               std::string address);

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_GRPC_STREAMS_H_
