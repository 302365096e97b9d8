#include "tests/bench/domain_work.h"

#include <iterator>
#include <random>
#include <string>
#include <utility>

#include "tests/support/fictional_igf.h"

namespace liaison::bench {
namespace {

constexpr size_t kSignals = 400;
constexpr size_t kRequests = 100;
constexpr size_t kDecisions = 50;
constexpr size_t kTextSizeBytes = 700;
constexpr size_t kTriage = 11;  // of twenty statements so many are inputs: each is disposed of once

// Finds its way in what Before() gave, by kind.
class Sayings {
 public:
  explicit Sayings(const std::vector<record::Hash>& before)
      : signals_(before.end() - kDecisions - kRequests - kSignals),
        requests_(signals_ + kSignals),
        decisions_(requests_ + kRequests) {}

  pb::Draft Plain() {
    pb::Draft draft = testing::SignalBy(testing::kPartner);
    draft.mutable_topic_signal()->set_text(std::string(kTextSizeBytes, 'x'));
    return draft;
  }

  // The `turn`th of twenty.
  pb::Draft Mixed(size_t turn) {
    switch (turn % 20) {
      case 1:
      case 8:
      case 15: {
        pb::Draft draft = testing::PositionOn(Signal(), testing::kOther, pb::POSITION_KIND_SUPPORT);
        draft.mutable_position()->set_reason(std::string(kTextSizeBytes, 'x'));
        return draft;
      }
      case 3:
      case 12: {
        pb::Draft draft = testing::ResponseTo(requests_[Below(kRequests)], testing::kPartner,
                                              pb::RESPONSE_KIND_COUNTER);
        draft.mutable_response()->set_doable_date("2199-12-31");
        draft.mutable_response()->set_text(std::string(kTextSizeBytes, 'x'));
        return draft;
      }
      case 5:
        return testing::DispositionOf(Signals(kTriage), pb::DISPOSITION_KIND_PASSED_ON);
      case 7:
        return testing::Revising(
            decisions_[Below(kDecisions)],
            testing::Considering(Signals(5), testing::DecisionIn(pb::DECISION_STATE_PROPOSED)));
      case 10:
        return testing::EvaluationOf(Signal(), testing::kSeat1, 3);
      case 14: {
        pb::Draft draft = testing::AmendmentOf(Signal(), testing::kPartner);
        draft.mutable_amendment()->set_text(std::string(kTextSizeBytes, 'x'));
        return draft;
      }
      case 17: {
        pb::Draft draft = testing::RequestTo(testing::kMag, testing::kPartner, "2199-12-31");
        draft.mutable_topic_signal()->set_text(std::string(kTextSizeBytes, 'x'));
        return draft;
      }
      default:
        return Plain();
    }
  }

 private:
  using Digests = std::vector<record::Hash>::const_iterator;

  size_t Below(size_t bound) { return random_() % bound; }
  record::Hash Signal() { return signals_[Below(kSignals)]; }
  // Different ones.
  std::vector<record::Hash> Signals(size_t count) {
    const size_t first = Below(kSignals - count);
    return {signals_ + first, signals_ + first + count};
  }

  std::mt19937_64 random_{20261128};
  const Digests signals_, requests_, decisions_;
};

}  // namespace

std::vector<pb::Draft> Before() {
  std::vector<pb::Draft> drafts = testing::Opening();
  // Open whatever the day is.
  drafts.push_back(testing::CycleOf("2027", pb::CYCLE_STATE_OPEN, "2000-01-01", "2199-12-31"));
  for (size_t i = 0; i < kSignals; ++i) drafts.push_back(testing::SignalBy(testing::kPartner));
  for (size_t i = 0; i < kRequests; ++i) {
    drafts.push_back(testing::RequestTo(testing::kPartner, testing::kOther, "2199-12-31"));
  }
  for (size_t i = 0; i < kDecisions; ++i) {
    drafts.push_back(testing::DecisionIn(pb::DECISION_STATE_PROPOSED));
  }
  return drafts;
}

std::vector<pb::Draft> Measured(Work work, size_t count, const std::vector<record::Hash>& before) {
  Sayings sayings(before);
  std::vector<pb::Draft> drafts;
  drafts.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    drafts.push_back(work == Work::kPlain ? sayings.Plain() : sayings.Mixed(i));
  }
  return drafts;
}

}  // namespace liaison::bench
