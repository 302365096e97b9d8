#include "client/internal/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"
#include "proto/record/token.h"

namespace liaison::internal {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, std::numeric_limits<int>::max()));
}

grpc::ChannelArguments ArgumentsFrom(const ConnectionOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(record::kMaxMessageSizeBytes);
  arguments.SetUserAgentPrefix(absl::StrCat(
      options.user_agent, options.user_agent.empty() ? "" : " ", "liaison-cpp/", LIAISON_VERSION));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                   Milliseconds(std::max(options.keepalive_interval, absl::Seconds(30))));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  // A subscriber never sends data, and would otherwise stop asking after two pings.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // gRPC's own pauses between connections go up to two minutes: too long for a hub that restarts.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // Two connections are two connections.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Plaintext is for loopback, where a proxy has no business.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFrom(const std::optional<TlsOptions>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls->authority;
  options.pem_cert_chain = tls->certificate;
  options.pem_private_key = tls->private_key;
  return grpc::SslCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ConnectionOptions& options, Line line) {
  grpc::ChannelArguments arguments = ArgumentsFrom(options);
  if (line == Line::kSlow) arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  if (line == Line::kOfAStranger) {
    arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  }
  return grpc::CreateCustomChannel(address, CredentialsFrom(options.tls), arguments);
}

absl::Status SayWhoCalls(const std::string& acting_as, const std::string& token,
                         grpc::ClientContext* context) {
  // Not only for clarity: gRPC aborts the process over metadata that HTTP/2 does not allow.
  if (!token.empty()) {
    if (!record::KindOfToken(token)) {
      return record::FieldInvalid("token", "no token, or not copied whole");
    }
    context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  }
  if (acting_as.empty()) return absl::OkStatus();
  if (!record::IsOrganisation(acting_as)) {
    return record::FieldInvalid("acting_as", "must be an organisation, such as org/eurodig");
  }
  context->AddMetadata("liaison-as", acting_as);
  return absl::OkStatus();
}

}  // namespace liaison::internal
