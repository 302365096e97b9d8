#include "server/rpc/hub.h"

namespace liaison::rpc {

absl::StatusOr<auth::Principal> PrincipalOf(const grpc::CallbackServerContext& context,
                                            const Hub& hub) {
  const auto& metadata = context.client_metadata();
  auto it = metadata.find("liaison-as");
  const absl::string_view claimed =
      it == metadata.end() ? "" : absl::string_view(it->second.data(), it->second.size());
  return auth::DevelopmentPrincipal(claimed, *hub.sequencer->registry(),
                                    *hub.sequencer->directory());
}

}  // namespace liaison::rpc
