#include "proto/record/macros.h"
#include "server/rpc/read.h"
#include "server/rpc/view_call.h"
#include "server/views/duplicates.h"
#include "server/views/views.h"

namespace liaison::rpc {

absl::StatusOr<pb::GetRadarResponse> GetRadar(const Hub& hub, const auth::Principal& principal,
                                              const pb::GetRadarRequest& request) {
  pb::GetRadarRequest named = request;
  named.clear_max_topics();
  return PageOfRanking<pb::GetRadarResponse>(hub, principal, request, named, views::GetRadar);
}

absl::StatusOr<pb::ListTopicEventsResponse> ListTopicEvents(
    const Hub& hub, const auth::Principal& principal, const pb::ListTopicEventsRequest& request) {
  return Page<pb::ListTopicEventsResponse>(hub, principal, request, views::ListTopicEvents);
}

absl::StatusOr<pb::ListTopicLinksResponse> ListTopicLinks(
    const Hub& hub, const auth::Principal& principal, const pb::ListTopicLinksRequest& request) {
  pb::ListTopicLinksRequest named = request;
  named.clear_max_links();
  return PageOfRanking<pb::ListTopicLinksResponse>(hub, principal, request, named,
                                                   views::ListTopicLinks);
}

absl::StatusOr<pb::GetRepresentationResponse> GetRepresentation(
    const Hub& hub, const auth::Principal& principal, const pb::GetRepresentationRequest& request) {
  return Whole<pb::GetRepresentationResponse>(hub, principal, request, views::GetRepresentation);
}

absl::StatusOr<pb::ListGapsResponse> ListGaps(const Hub& hub, const auth::Principal& principal,
                                              const pb::ListGapsRequest& request) {
  pb::ListGapsRequest named = request;
  named.clear_max_topics();
  return PageOfRanking<pb::ListGapsResponse>(hub, principal, request, named, views::ListGaps);
}

absl::StatusOr<pb::ListDuplicatesResponse> ListDuplicates(
    const Hub& hub, const auth::Principal& principal, const pb::ListDuplicatesRequest& request) {
  using Response = pb::ListDuplicatesResponse;
  // Nobody is kept from the ledger for long, nor at all while texts are compared.
  const auto make = [&](const views::PageArguments& page) -> absl::StatusOr<Response> {
    LIAISON_ASSIGN_OR_RETURN(auto reading, Read(hub, principal));
    LIAISON_ASSIGN_OR_RETURN(auto search, views::DuplicateSearch::Begin(*reading, request, page));
    for (bool more = true; more;) {
      LIAISON_RETURN_IF_ERROR(reading->status());
      reading.reset();
      LIAISON_ASSIGN_OR_RETURN(reading, Read(hub, principal));
      LIAISON_ASSIGN_OR_RETURN(more, search.Read(*reading));
    }
    LIAISON_RETURN_IF_ERROR(reading->status());
    reading.reset();
    LIAISON_RETURN_IF_ERROR(search.Compare());
    LIAISON_ASSIGN_OR_RETURN(reading, Read(hub, principal));
    LIAISON_ASSIGN_OR_RETURN(Response response, search.Show(*reading, page));
    LIAISON_RETURN_IF_ERROR(reading->status());
    return response;
  };
  return PageBy<Response>(hub, request, make);
}

absl::StatusOr<pb::GetDigestResponse> GetDigest(const Hub& hub, const auth::Principal& principal,
                                                const pb::GetDigestRequest& request) {
  return Whole<pb::GetDigestResponse>(hub, principal, request, views::GetDigest);
}

absl::StatusOr<pb::GetMeetingPackResponse> GetMeetingPack(
    const Hub& hub, const auth::Principal& principal, const pb::GetMeetingPackRequest& request) {
  return Whole<pb::GetMeetingPackResponse>(hub, principal, request, views::GetMeetingPack);
}

}  // namespace liaison::rpc
