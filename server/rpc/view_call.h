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

// One page of what `named` asks for, a request without its size and token. `make(page)` makes it
// and names the key after which the next page begins; the caller gets a token of it.
template <typename Response, typename Request, typename Make>
absl::StatusOr<Response> PageNamed(const Hub& hub, const Request& named, const std::string& token,
                                   size_t size, const Make& make) {
  const std::string name =
      absl::StrCat(Request::descriptor()->name(), " ", named.SerializeAsString());
  views::PageArguments page;
  page.size = size;
  LIAISON_ASSIGN_OR_RETURN(page.after, ReadPageToken(*hub.log, name, token));
  LIAISON_ASSIGN_OR_RETURN(Response response, make(page));
  if (!response.next_page_token().empty()) {
    response.set_next_page_token(MakePageToken(*hub.log, name, response.next_page_token()));
  }
  return response;
}

template <typename Response, typename Request, typename Make>
absl::StatusOr<Response> PageBy(const Hub& hub, const Request& request, const Make& make) {
  Request named = request;
  named.clear_page_size();
  named.clear_page_token();
  LIAISON_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size()));
  return PageNamed<Response>(hub, named, request.page_token(), size, make);
}

template <typename Response, typename Request>
using PagedView = absl::StatusOr<Response> (*)(const views::Reading&, const Request&,
                                               const views::PageArguments&);

template <typename Response, typename Request>
auto PageMaker(const Hub& hub, const auth::Principal& principal, const Request& request,
               PagedView<Response, Request> view) {
  return [&, view](const views::PageArguments& page) -> absl::StatusOr<Response> {
    LIAISON_ASSIGN_OR_RETURN(const auto reading, Read(hub, principal));
    LIAISON_ASSIGN_OR_RETURN(Response response, view(*reading, request, page));
    LIAISON_RETURN_IF_ERROR(reading->status());
    return response;
  };
}

template <typename Response, typename Request>
absl::StatusOr<Response> Page(const Hub& hub, const auth::Principal& principal,
                              const Request& request, PagedView<Response, Request> view) {
  return PageBy<Response>(hub, request, PageMaker<Response>(hub, principal, request, view));
}

// Of a ranking, whose pages have a size by another name: `named` has neither it nor the token.
template <typename Response, typename Request>
absl::StatusOr<Response> PageOfRanking(const Hub& hub, const auth::Principal& principal,
                                       const Request& request, Request named,
                                       PagedView<Response, Request> view) {
  named.clear_page_token();
  return PageNamed<Response>(hub, named, request.page_token(), 0,
                             PageMaker<Response>(hub, principal, request, view));
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
