// Lists that come page by page.
#ifndef LIAISON_CLIENT_INTERNAL_ALL_PAGES_H_
#define LIAISON_CLIENT_INTERNAL_ALL_PAGES_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/record/macros.h"

namespace liaison::internal {

// A hub that never comes to an end is not followed for ever: 10,000 pages are 10 million rows.
inline constexpr int kMaxPages = 10'000;

// Hands every page of a list to `take`, in order. `call` makes one call.
template <typename Request, typename Call, typename Take>
absl::Status ForEachPage(Request request, const Call& call, const Take& take) {
  for (int page = 0; page < kMaxPages; ++page) {
    LIAISON_ASSIGN_OR_RETURN(auto response, call(request));
    request.set_page_token(response.next_page_token());
    take(response);
    if (request.page_token().empty()) return absl::OkStatus();
  }
  return absl::InternalError("the hub's list does not end");
}

// All rows of a list. `rows` finds what a response holds.
template <typename Row, typename Request, typename Call, typename Rows>
absl::StatusOr<std::vector<Row>> AllPages(Request request, const Call& call, const Rows& rows) {
  std::vector<Row> all;
  LIAISON_RETURN_IF_ERROR(ForEachPage(std::move(request), call, [&](auto& response) {
    for (Row& row : *rows(response)) all.push_back(std::move(row));
  }));
  return all;
}

}  // namespace liaison::internal

#endif  // LIAISON_CLIENT_INTERNAL_ALL_PAGES_H_
