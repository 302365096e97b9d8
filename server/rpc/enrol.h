// How those who were invited join.
#ifndef LIAISON_SERVER_RPC_ENROL_H_
#define LIAISON_SERVER_RPC_ENROL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/enrolment_service.pb.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

absl::StatusOr<pb::GetInvitationResponse> GetInvitation(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::GetInvitationRequest& request);
absl::StatusOr<pb::StartSessionResponse> StartSession(const Hub& hub,
                                                      const auth::Principal& principal,
                                                      const pb::StartSessionRequest& request);
absl::StatusOr<pb::EndSessionResponse> EndSession(const Hub& hub, const auth::Principal& principal,
                                                  const pb::EndSessionRequest& request);
absl::StatusOr<pb::RenewCertificateResponse> RenewCertificate(
    const Hub& hub, const auth::Principal& principal, const pb::RenewCertificateRequest& request);

// Answers once the signing key, where there is one, is in the log.
grpc::ServerUnaryReactor* StartEnrol(const Hub& hub, grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_ENROL_H_
