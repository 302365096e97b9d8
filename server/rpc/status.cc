#include "server/rpc/status.h"

#include "google/rpc/status.pb.h"
#include "proto/record/errors.h"

namespace liaison::rpc {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status proto = record::ToProto(status);
  return grpc::Status(static_cast<grpc::StatusCode>(proto.code()), proto.message(),
                      proto.SerializeAsString());
}

}  // namespace liaison::rpc
