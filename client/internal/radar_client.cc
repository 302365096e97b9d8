#include "liaison/radar_client.h"

#include <optional>
#include <utility>

#include "client/internal/all_pages.h"
#include "client/internal/view_watch.h"
#include "proto/record/macros.h"

namespace liaison {

namespace {

// The first page with the rows of all others. `call` asks for one page, `rows` finds its rows.
template <typename Response, typename Request, typename Call, typename Rows>
absl::StatusOr<Response> United(Request request, const Call& call, const Rows& rows) {
  std::optional<Response> all;
  LIAISON_RETURN_IF_ERROR(internal::ForEachPage(std::move(request), call, [&](Response& page) {
    if (!all.has_value()) {
      all = std::move(page);
      return;
    }
    for (auto& row : *rows(page)) *rows(*all)->Add() = std::move(row);
  }));
  all->clear_next_page_token();
  return *std::move(all);
}

}  // namespace

RadarClient::RadarClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<v1::GetRadarResponse> RadarClient::Radar(const v1::GetRadarRequest& request) const {
  return connection_->GetRadar(request);
}

absl::StatusOr<std::vector<v1::EventSummary>> RadarClient::TopicEvents(
    v1::ListTopicEventsRequest request) const {
  return internal::AllPages<v1::EventSummary>(
      std::move(request), [this](const auto& r) { return connection_->ListTopicEvents(r); },
      [](auto& response) { return response.mutable_events(); });
}

absl::StatusOr<v1::ListTopicLinksResponse> RadarClient::TopicLinks(
    const v1::ListTopicLinksRequest& request) const {
  return connection_->ListTopicLinks(request);
}

absl::StatusOr<v1::GetRepresentationResponse> RadarClient::Representation(
    const v1::GetRepresentationRequest& request) const {
  return connection_->GetRepresentation(request);
}

absl::StatusOr<v1::ListGapsResponse> RadarClient::Gaps(const v1::ListGapsRequest& request) const {
  return connection_->ListGaps(request);
}

absl::StatusOr<v1::ListDuplicatesResponse> RadarClient::Duplicates(
    v1::ListDuplicatesRequest request) const {
  v1::ListDuplicatesResponse all;
  LIAISON_RETURN_IF_ERROR(internal::ForEachPage(
      std::move(request), [this](const auto& r) { return connection_->ListDuplicates(r); },
      // The last page's figures stand; they are of all pages.
      [&all](v1::ListDuplicatesResponse& page) {
        page.mutable_duplicates()->Swap(all.mutable_duplicates());
        for (v1::Duplicate& one : *all.mutable_duplicates()) {
          *page.add_duplicates() = std::move(one);
        }
        all = std::move(page);
      }));
  return all;
}

absl::StatusOr<v1::GetDigestResponse> RadarClient::Digest(
    const v1::GetDigestRequest& request) const {
  return connection_->GetDigest(request);
}

absl::StatusOr<v1::GetMeetingPackResponse> RadarClient::MeetingPack(
    const v1::GetMeetingPackRequest& request) const {
  return connection_->GetMeetingPack(request);
}

absl::StatusOr<v1::GetRadarResponse> RadarClient::WholeRadar(v1::GetRadarRequest request) const {
  return United<v1::GetRadarResponse>(
      std::move(request), [this](const auto& r) { return connection_->GetRadar(r); },
      [](auto& response) { return response.mutable_topics(); });
}

absl::StatusOr<v1::ListTopicLinksResponse> RadarClient::AllTopicLinks(
    v1::ListTopicLinksRequest request) const {
  return United<v1::ListTopicLinksResponse>(
      std::move(request), [this](const auto& r) { return connection_->ListTopicLinks(r); },
      [](auto& response) { return response.mutable_links(); });
}

absl::StatusOr<v1::ListGapsResponse> RadarClient::AllGaps(v1::ListGapsRequest request) const {
  return United<v1::ListGapsResponse>(
      std::move(request), [this](const auto& r) { return connection_->ListGaps(r); },
      [](auto& response) { return response.mutable_gaps(); });
}

ViewWatch RadarClient::Watch(v1::WatchViewRequest request, WatchOptions options) const {
  return ViewWatch(std::make_shared<ViewWatch::Impl>(connection_, std::move(request), options));
}

absl::Status RadarClient::Watch(v1::WatchViewRequest request,
                                const std::function<bool(const v1::WatchViewResponse&)>& show,
                                WatchOptions options) const {
  ViewWatch watch = Watch(std::move(request), options);
  for (absl::StatusOr<v1::WatchViewResponse>& view : watch) {
    if (!view.ok()) return view.status();
    if (!show(*view)) break;
  }
  return absl::OkStatus();
}

}  // namespace liaison
