#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/record/macros.h"
#include "server/rpc/page_token.h"
#include "server/rpc/read.h"
#include "server/views/views.h"

namespace liaison::rpc {
namespace {

// The ledger as the caller may read it, as of now.
absl::StatusOr<std::unique_ptr<views::Reading>> Read(const Hub& hub,
                                                     const auth::Principal& principal) {
  return views::Reading::Begin(hub.ledger,
                               {principal, hub.sequencer->registry(),
                                absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone())});
}

// One page of a list: the view names the key after which the next page begins, the caller gets a
// token of it.
template <typename Response, typename Request>
absl::StatusOr<Response> Page(const Hub& hub, const auth::Principal& principal,
                              const Request& request,
                              absl::StatusOr<Response> (*view)(const views::Reading&,
                                                               const Request&,
                                                               const views::PageArguments&)) {
  Request named = request;
  named.clear_page_size();
  named.clear_page_token();
  const std::string name =
      absl::StrCat(Request::descriptor()->name(), " ", named.SerializeAsString());
  views::PageArguments page;
  LIAISON_ASSIGN_OR_RETURN(page.size, PageSize(request.page_size()));
  LIAISON_ASSIGN_OR_RETURN(page.after, ReadPageToken(*hub.log, name, request.page_token()));
  LIAISON_ASSIGN_OR_RETURN(const auto reading, Read(hub, principal));
  LIAISON_ASSIGN_OR_RETURN(Response response, view(*reading, request, page));
  LIAISON_RETURN_IF_ERROR(reading->status());
  if (!response.next_page_token().empty()) {
    response.set_next_page_token(MakePageToken(*hub.log, name, response.next_page_token()));
  }
  return response;
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

}  // namespace

absl::StatusOr<pb::GetTrailResponse> GetTrail(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetTrailRequest& request) {
  return Page<pb::GetTrailResponse>(hub, principal, request, views::GetTrail);
}

absl::StatusOr<pb::ListRequestsResponse> ListRequests(const Hub& hub,
                                                      const auth::Principal& principal,
                                                      const pb::ListRequestsRequest& request) {
  return Page<pb::ListRequestsResponse>(hub, principal, request, views::ListRequests);
}

absl::StatusOr<pb::ListContributionsResponse> ListContributions(
    const Hub& hub, const auth::Principal& principal, const pb::ListContributionsRequest& request) {
  return Page<pb::ListContributionsResponse>(hub, principal, request, views::ListContributions);
}

absl::StatusOr<pb::ListUndisposedResponse> ListUndisposed(
    const Hub& hub, const auth::Principal& principal, const pb::ListUndisposedRequest& request) {
  return Page<pb::ListUndisposedResponse>(hub, principal, request, views::ListUndisposed);
}

absl::StatusOr<pb::ListDecisionsResponse> ListDecisions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListDecisionsRequest& request) {
  return Page<pb::ListDecisionsResponse>(hub, principal, request, views::ListDecisions);
}

absl::StatusOr<pb::ListPositionsResponse> ListPositions(const Hub& hub,
                                                        const auth::Principal& principal,
                                                        const pb::ListPositionsRequest& request) {
  return Page<pb::ListPositionsResponse>(hub, principal, request, views::ListPositions);
}

absl::StatusOr<pb::GetReadingPlanResponse> GetReadingPlan(
    const Hub& hub, const auth::Principal& principal, const pb::GetReadingPlanRequest& request) {
  return Whole<pb::GetReadingPlanResponse>(hub, principal, request, views::GetReadingPlan);
}

absl::StatusOr<pb::GetBoardResponse> GetBoard(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetBoardRequest& request) {
  return Whole<pb::GetBoardResponse>(hub, principal, request, views::GetBoard);
}

absl::StatusOr<pb::GetDecisionResponse> GetDecision(const Hub& hub,
                                                    const auth::Principal& principal,
                                                    const pb::GetDecisionRequest& request) {
  return Whole<pb::GetDecisionResponse>(hub, principal, request, views::GetDecision);
}

absl::StatusOr<pb::SuggestFormatsResponse> SuggestFormats(
    const Hub& hub, const auth::Principal& principal, const pb::SuggestFormatsRequest& request) {
  return Whole<pb::SuggestFormatsResponse>(hub, principal, request, views::SuggestFormats);
}

absl::StatusOr<pb::GetCycleOpeningResponse> GetCycleOpening(
    const Hub& hub, const auth::Principal& principal, const pb::GetCycleOpeningRequest& request) {
  return Whole<pb::GetCycleOpeningResponse>(hub, principal, request, views::GetCycleOpening);
}

}  // namespace liaison::rpc
