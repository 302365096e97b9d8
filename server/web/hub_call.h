// A call of the hub for whoever asks a page of ours.
#ifndef LIAISON_SERVER_WEB_HUB_CALL_H_
#define LIAISON_SERVER_WEB_HUB_CALL_H_

#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/web/http.h"
#include "server/web/limits.h"

namespace liaison::web {

// It does not outlast the patience of whoever asked; with their session, where they have one.
inline std::unique_ptr<grpc::ClientContext> ContextOf(const HttpRequest& request,
                                                      absl::string_view session = "") {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("liaison-forwarded-for", request.from);
  context->set_deadline(std::chrono::system_clock::now() + kHubTimeout);
  if (!session.empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", session));
  return context;
}

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HUB_CALL_H_
