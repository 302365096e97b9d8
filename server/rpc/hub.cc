#include "server/rpc/hub.h"

#include <grpc/grpc_security_constants.h>

#include <optional>

#include "absl/time/clock.h"
#include "proto/record/certificate.h"

namespace liaison::rpc {
namespace {

absl::string_view Find(const grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  auto it = metadata.find(name);
  return it == metadata.end() ? "" : absl::string_view(it->second.data(), it->second.size());
}

// The client's certificate, which TLS has verified.
std::optional<record::Hash> CertificateOf(const grpc::CallbackServerContext& context) {
  const auto found = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (found.empty()) return std::nullopt;
  const absl::StatusOr<record::CertificateFacts> facts =
      record::ReadCertificate({found.front().data(), found.front().size()});
  // Nobody's, so that whoever shows it is nobody.
  return facts.ok() ? facts->fingerprint : record::Hash();
}

}  // namespace

absl::StatusOr<auth::Principal> EnterFor(auth::pb::Permission needed,
                                         const grpc::CallbackServerContext& context,
                                         const Hub& hub) {
  return hub.gate->Enter(
      {Find(context, "authorization"), Find(context, "liaison-as"), CertificateOf(context)}, needed,
      *hub.sequencer->registry(), *hub.sequencer->directory(), absl::Now());
}

}  // namespace liaison::rpc
