// From a call to a view and back.
#ifndef LIAISON_SERVER_RPC_VIEW_CALL_H_
#define LIAISON_SERVER_RPC_VIEW_CALL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/macros.h"
#include "server/auth/principal.h"
#include "server/rpc/hub.h"
#include "server/rpc/page_token.h"
#include "server/views/reading.h"

namespace liaison::rpc {

// The ledger as the caller may read it, as of now.
inline absl::StatusOr<std::unique_ptr<views::Reading>> Read(const Hub& hub,
                                                            const auth::Principal& principal) {
  return views::Reading::Begin(hub.ledger,
                               {principal, hub.sequencer->registry(),
                                absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone())});
}

// One page of a list, which `make(page)` makes: it names the key after which the next page begins,
// the caller gets a token of it.
template <typename Response, typename Request, typename Make>
absl::StatusOr<Response> PageBy(const Hub& hub, const Request& request, const Make& make) {
  Request named = request;
  named.clear_page_size();
  named.clear_page_token();
  const std::string name =
      absl::StrCat(Request::descriptor()->name(), " ", named.SerializeAsString());
  views::PageArguments page;
  LIAISON_ASSIGN_OR_RETURN(page.size, PageSize(request.page_size()));
  LIAISON_ASSIGN_OR_RETURN(page.after, ReadPageToken(*hub.log, name, request.page_token()));
  LIAISON_ASSIGN_OR_RETURN(Response response, make(page));
  if (!response.next_page_token().empty()) {
    response.set_next_page_token(MakePageToken(*hub.log, name, response.next_page_token()));
  }
  return response;
}

template <typename Response, typename Request>
absl::StatusOr<Response> Page(const Hub& hub, const auth::Principal& principal,
                              const Request& request,
                              absl::StatusOr<Response> (*view)(const views::Reading&,
                                                               const Request&,
                                                               const views::PageArguments&)) {
  const auto make = [&](const views::PageArguments& page) -> absl::StatusOr<Response> {
    LIAISON_ASSIGN_OR_RETURN(const auto reading, Read(hub, principal));
    LIAISON_ASSIGN_OR_RETURN(Response response, view(*reading, request, page));
    LIAISON_RETURN_IF_ERROR(reading->status());
    return response;
  };
  return PageBy<Response>(hub, request, make);
}

// What is no list.
template <typename Response, typename Request>
absl::StatusOr<Response> Whole(const Hub& hub, const auth::Principal& principal,
                               const Request& request,
                               absl::StatusOr<Response> (*view)(const views::Reading&,
                                                                const Request&)) {
  LIAISON_ASSIGN_OR_RETURN(const auto reading, Read(hub, principal));
  LIAISON_ASSIGN_OR_RETURN(Response response, view(*reading, request));
  LIAISON_RETURN_IF_ERROR(reading->status());
  return response;
}

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_VIEW_CALL_H_
