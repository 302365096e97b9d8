// What the log amounts to: requests, what became of every input, decisions and what they rest on.
#ifndef LIAISON_LIAISON_CLIENT_H_
#define LIAISON_LIAISON_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "liaison/connection.h"
#include "proto/record/hash.h"

namespace liaison {

// A LiaisonClient asks a hub for its views. Copies share one connection. Thread-safe. The lists
// fetch all pages; everything shown is derived from events that the caller may read.
//
// NOT_FOUND, NOT_FOUND both for an event that does not exist and for one that is not to be seen.
class LiaisonClient {
 public:
  explicit LiaisonClient(std::shared_ptr<Connection> connection);

  // All that the event came from and led to, in order of the log.
  absl::StatusOr<std::vector<v1::TrailEntry>> Trail(const record::Hash& digest) const;
  absl::StatusOr<std::vector<v1::TrailEntry>> Trail(uint64_t sequence) const;
  absl::StatusOr<std::vector<v1::LiaisonRequest>> Requests(
      v1::ListRequestsRequest request = {}) const;
  // What became of the inputs of `contributor`; of the caller's own where it is empty.
  absl::StatusOr<std::vector<v1::Contribution>> Contributions(
      v1::ListContributionsRequest request = {}) const;
  absl::StatusOr<std::vector<v1::EventSummary>> Undisposed(absl::string_view cycle) const;
  absl::StatusOr<v1::GetReadingPlanResponse> ReadingPlan(
      const v1::GetReadingPlanRequest& request) const;
  absl::StatusOr<v1::GetBoardResponse> Board(const v1::GetBoardRequest& request) const;
  absl::StatusOr<v1::DecisionView> Decision(const record::Hash& digest) const;
  absl::StatusOr<v1::DecisionView> Decision(uint64_t sequence) const;
  absl::StatusOr<std::vector<v1::DecisionView>> Decisions(
      v1::ListDecisionsRequest request = {}) const;
  absl::StatusOr<std::vector<v1::PositionView>> Positions(const record::Hash& digest) const;
  absl::StatusOr<std::vector<v1::PositionView>> Positions(uint64_t sequence) const;
  absl::StatusOr<v1::SuggestFormatsResponse> SuggestFormats(
      const v1::SuggestFormatsRequest& request) const;
  // Empty `from_cycle`: the one before it.
  absl::StatusOr<v1::GetCycleOpeningResponse> CycleOpening(absl::string_view cycle,
                                                           absl::string_view from_cycle = "") const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace liaison

#endif  // LIAISON_LIAISON_CLIENT_H_
