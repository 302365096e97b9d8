#include "server/rpc/hub.h"

#include "absl/time/clock.h"

namespace liaison::rpc {
namespace {

absl::string_view Find(const grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  auto it = metadata.find(name);
  return it == metadata.end() ? "" : absl::string_view(it->second.data(), it->second.size());
}

}  // namespace

absl::StatusOr<auth::Principal> EnterFor(auth::pb::Permission needed,
                                         const grpc::CallbackServerContext& context,
                                         const Hub& hub) {
  return hub.gate->Enter({Find(context, "authorization"), Find(context, "liaison-as")}, needed,
                         *hub.sequencer->registry(), *hub.sequencer->directory(), absl::Now());
}

}  // namespace liaison::rpc
