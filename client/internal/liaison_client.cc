#include "liaison/liaison_client.h"

#include <string>
#include <utility>

#include "client/internal/all_pages.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

using internal::AllPages;

absl::StatusOr<std::vector<v1::TrailEntry>> AllOfTrail(Connection& connection,
                                                       const v1::GetTrailRequest& request) {
  return AllPages<v1::TrailEntry>(
      request, [&](const auto& r) { return connection.GetTrail(r); },
      [](auto& response) { return response.mutable_entries(); });
}

absl::StatusOr<std::vector<v1::PositionView>> AllPositions(
    Connection& connection, const v1::ListPositionsRequest& request) {
  return AllPages<v1::PositionView>(
      request, [&](const auto& r) { return connection.ListPositions(r); },
      [](auto& response) { return response.mutable_positions(); });
}

template <typename Request>
Request Named(const record::Hash& digest) {
  Request request;
  request.set_digest(std::string(digest.bytes()));
  return request;
}

template <typename Request>
Request Named(uint64_t sequence) {
  Request request;
  request.set_sequence(sequence);
  return request;
}

absl::StatusOr<v1::DecisionView> OneDecision(Connection& connection,
                                             const v1::GetDecisionRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(auto response, connection.GetDecision(request));
  return std::move(*response.mutable_decision());
}

}  // namespace

LiaisonClient::LiaisonClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<std::vector<v1::TrailEntry>> LiaisonClient::Trail(const record::Hash& digest) const {
  return AllOfTrail(*connection_, Named<v1::GetTrailRequest>(digest));
}

absl::StatusOr<std::vector<v1::TrailEntry>> LiaisonClient::Trail(uint64_t sequence) const {
  return AllOfTrail(*connection_, Named<v1::GetTrailRequest>(sequence));
}

absl::StatusOr<std::vector<v1::LiaisonRequest>> LiaisonClient::Requests(
    v1::ListRequestsRequest request) const {
  return AllPages<v1::LiaisonRequest>(
      std::move(request), [this](const auto& r) { return connection_->ListRequests(r); },
      [](auto& response) { return response.mutable_requests(); });
}

absl::StatusOr<std::vector<v1::Contribution>> LiaisonClient::Contributions(
    v1::ListContributionsRequest request) const {
  return AllPages<v1::Contribution>(
      std::move(request), [this](const auto& r) { return connection_->ListContributions(r); },
      [](auto& response) { return response.mutable_contributions(); });
}

absl::StatusOr<std::vector<v1::EventSummary>> LiaisonClient::Undisposed(
    absl::string_view cycle) const {
  v1::ListUndisposedRequest request;
  request.set_cycle(std::string(cycle));
  return AllPages<v1::EventSummary>(
      std::move(request), [this](const auto& r) { return connection_->ListUndisposed(r); },
      [](auto& response) { return response.mutable_inputs(); });
}

absl::StatusOr<v1::GetReadingPlanResponse> LiaisonClient::ReadingPlan(
    const v1::GetReadingPlanRequest& request) const {
  return connection_->GetReadingPlan(request);
}

absl::StatusOr<v1::GetBoardResponse> LiaisonClient::Board(
    const v1::GetBoardRequest& request) const {
  return connection_->GetBoard(request);
}

absl::StatusOr<v1::DecisionView> LiaisonClient::Decision(const record::Hash& digest) const {
  return OneDecision(*connection_, Named<v1::GetDecisionRequest>(digest));
}

absl::StatusOr<v1::DecisionView> LiaisonClient::Decision(uint64_t sequence) const {
  return OneDecision(*connection_, Named<v1::GetDecisionRequest>(sequence));
}

absl::StatusOr<std::vector<v1::DecisionView>> LiaisonClient::Decisions(
    v1::ListDecisionsRequest request) const {
  return AllPages<v1::DecisionView>(
      std::move(request), [this](const auto& r) { return connection_->ListDecisions(r); },
      [](auto& response) { return response.mutable_decisions(); });
}

absl::StatusOr<std::vector<v1::PositionView>> LiaisonClient::Positions(
    const record::Hash& digest) const {
  return AllPositions(*connection_, Named<v1::ListPositionsRequest>(digest));
}

absl::StatusOr<std::vector<v1::PositionView>> LiaisonClient::Positions(uint64_t sequence) const {
  return AllPositions(*connection_, Named<v1::ListPositionsRequest>(sequence));
}

absl::StatusOr<v1::SuggestFormatsResponse> LiaisonClient::SuggestFormats(
    const v1::SuggestFormatsRequest& request) const {
  return connection_->SuggestFormats(request);
}

absl::StatusOr<v1::GetCycleOpeningResponse> LiaisonClient::CycleOpening(
    absl::string_view cycle, absl::string_view from_cycle) const {
  v1::GetCycleOpeningRequest request;
  request.set_cycle(std::string(cycle));
  request.set_from_cycle(std::string(from_cycle));
  return connection_->GetCycleOpening(request);
}

}  // namespace liaison
