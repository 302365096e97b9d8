// Prioritisation under real limits: from what members of the MAG think of the candidates to a board
// that shows what fits, and how much of that hangs on the weights.
#ifndef LIAISON_SERVER_DOMAIN_RANKING_H_
#define LIAISON_SERVER_DOMAIN_RANKING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/sentences.h"

namespace liaison::domain {

struct Criterion {
  std::string name;
  double weight = 1;
};

// Slots, hours and people: what there is, or what one candidate takes.
struct Effort {
  uint64_t slots = 0;
  uint64_t hours = 0;
  uint64_t people = 0;
};

struct Candidate {
  std::string id;
  Effort takes;
};

// What one member says of one candidate. Private: nothing of it but sums leaves RankCandidates.
struct Assessment {
  std::string candidate;
  std::string seat;
  bool recused = false;               // a conflict of interest is declared; scores do not count
  std::map<std::string, int> scores;  // criterion -> score
};

struct RankingArguments {
  std::vector<Criterion> criteria;  // with their weights; those with weight 0 are shown only
  Effort capacity;
  // Averages and spreads of fewer members than this are withheld: they would tell who gave what.
  size_t fewest_members = 3;
  // How many changes of the ranking are told.
  size_t swaps = 20;
};

struct CriterionSummary {
  std::string criterion;
  size_t count = 0;
  // Absent below `fewest_members`. The spread is the standard deviation; both to two decimals.
  std::optional<double> average;
  std::optional<double> spread;
};

struct RankedCandidate {
  std::string id;
  // From 1; 0 where a criterion that weighs something has fewer scores than `fewest_members`.
  size_t rank = 0;
  std::optional<double> score;  // weighted mean of the averages, to two decimals
  size_t assessed = 0;          // members who gave scores
  size_t recused = 0;
  std::vector<CriterionSummary> criteria;
  Effort takes;
  // Taken in the order of rank, this one still fits.
  bool fits = false;
  // Why it does not: `hours: takes 6, 2 left`; or that it is not ranked.
  std::vector<igf::liaison::v1::Sentence> why_not;
};

// With `criterion` weighing `weight`, which is more than it weighs or less, and all else as it is,
// `overtakes` comes before `overtaken`.
struct Swap {
  std::string criterion;
  bool more = false;
  double weight = 0;  // to two decimals
  std::string overtakes;
  std::string overtaken;
  bool changes_what_fits = false;
};

struct Ranking {
  std::vector<RankedCandidate> candidates;  // ranked ones first; others by id
  Effort left;                              // of the capacity
  // The smallest changes of one weight that change the order, smallest first.
  std::vector<Swap> swaps;
};

// Ranks the candidates. Candidates with equal scores are in order of id. Scores inform: what the
// MAG takes is a decision of its own. The same arguments give the same ranking.
//
// FIELD_INVALID without a criterion, for a weight that is negative or no number, and where no
// weight is above 0; for a criterion or candidate that comes twice.
absl::StatusOr<Ranking> RankCandidates(const std::vector<Candidate>& candidates,
                                       const std::vector<Assessment>& assessments,
                                       const RankingArguments& arguments);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_RANKING_H_
