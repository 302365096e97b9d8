#include "client/internal/grpc_status.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "proto/record/errors.h"

namespace liaison::internal {

absl::Status FromGrpc(const grpc::Status& status, absl::string_view address) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details()) &&
      details.code() == static_cast<int>(status.error_code())) {
    return record::FromProto(details);
  }
  // The numbers of the two codes agree.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat(address, ": ", status.error_message()));
}

}  // namespace liaison::internal
