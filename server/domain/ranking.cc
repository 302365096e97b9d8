#include "server/domain/ranking.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr double kMaxWeight = 1e6;

double TwoDecimals(double value) { return std::round(value * 100) / 100; }

// The averages as they are reckoned with, beside what is shown of them.
struct Standing {
  RankedCandidate shown;
  std::vector<double> averages;  // by criterion
  std::vector<bool> enough;      // by criterion: as many scores as it takes
  bool ranked = true;
  double score = 0;
};

absl::Status CheckArguments(const std::vector<Candidate>& candidates,
                            const RankingArguments& arguments) {
  std::set<std::string> names;
  double sum = 0;
  for (const Criterion& criterion : arguments.criteria) {
    if (!names.insert(criterion.name).second) {
      return record::FieldInvalid("criteria", absl::StrCat(criterion.name, " stands there twice"));
    }
    // NaN is not within.
    if (!(criterion.weight >= 0 && criterion.weight <= kMaxWeight)) {
      return record::FieldInvalid("criteria", absl::StrCat("the weight of ", criterion.name,
                                                           " is a number from 0 to 1,000,000"));
    }
    sum += criterion.weight;
  }
  if (sum <= 0) return record::FieldInvalid("criteria", "one at least has a weight above 0");
  std::set<std::string> ids;
  for (const Candidate& candidate : candidates) {
    if (!ids.insert(candidate.id).second) {
      return record::FieldInvalid("candidates", absl::StrCat(candidate.id, " stands there twice"));
    }
  }
  return absl::OkStatus();
}

// The last word of each member about the candidate; who is recused has none.
std::map<std::string, const Assessment*> LastWords(const std::string& candidate,
                                                   const std::vector<Assessment>& assessments) {
  std::map<std::string, const Assessment*> last;
  for (const Assessment& assessment : assessments) {
    if (assessment.candidate == candidate) last[assessment.seat] = &assessment;
  }
  return last;
}

CriterionSummary Summarise(const std::string& criterion,
                           const std::map<std::string, const Assessment*>& words,
                           size_t fewest_members, double* average) {
  CriterionSummary summary;
  summary.criterion = criterion;
  double sum = 0;
  double squares = 0;
  for (const auto& [seat, assessment] : words) {
    auto it = assessment->scores.find(criterion);
    if (assessment->recused || it == assessment->scores.end()) continue;
    ++summary.count;
    sum += it->second;
    squares += static_cast<double>(it->second) * it->second;
  }
  if (summary.count == 0) return summary;
  const auto count = static_cast<double>(summary.count);
  *average = sum / count;
  if (summary.count >= fewest_members) {
    summary.average = TwoDecimals(*average);
    summary.spread = TwoDecimals(std::sqrt(std::max(0.0, squares / count - *average * *average)));
  }
  return summary;
}

double ScoreOf(const std::vector<double>& averages, const std::vector<Criterion>& criteria) {
  double sum = 0;
  double weights = 0;
  for (size_t i = 0; i < criteria.size(); ++i) {
    sum += averages[i] * criteria[i].weight;
    weights += criteria[i].weight;
  }
  return weights > 0 ? sum / weights : 0;
}

Standing Assess(const Candidate& candidate, const std::vector<Assessment>& assessments,
                const RankingArguments& arguments) {
  Standing standing;
  standing.shown.id = candidate.id;
  standing.shown.takes = candidate.takes;
  const auto words = LastWords(candidate.id, assessments);
  for (const auto& [seat, assessment] : words) {
    if (assessment->recused) {
      ++standing.shown.recused;
    } else if (!assessment->scores.empty()) {
      ++standing.shown.assessed;
    }
  }
  for (const Criterion& criterion : arguments.criteria) {
    double average = 0;
    standing.shown.criteria.push_back(
        Summarise(criterion.name, words, arguments.fewest_members, &average));
    standing.averages.push_back(average);
    const size_t count = standing.shown.criteria.back().count;
    standing.enough.push_back(count >= std::max<size_t>(1, arguments.fewest_members));
    if (criterion.weight > 0 && !standing.enough.back()) standing.ranked = false;
  }
  if (standing.ranked) {
    standing.score = ScoreOf(standing.averages, arguments.criteria);
    standing.shown.score = TwoDecimals(standing.score);
  }
  return standing;
}

// Better first; of equal ones by id, unranked ones last.
bool Before(const Standing& a, const Standing& b) {
  if (a.ranked != b.ranked) return a.ranked;
  if (a.ranked && a.score != b.score) return a.score > b.score;
  return a.shown.id < b.shown.id;
}

std::vector<pb::Sentence> Short(const Effort& takes, const Effort& left) {
  std::vector<pb::Sentence> faults;
  const auto compare = [&](SentenceCode fault, uint64_t wanted, uint64_t there) {
    if (wanted > there) {
      faults.push_back(Say(fault).With("wanted", wanted).With("left", there));
    }
  };
  compare("board.slots", takes.slots, left.slots);
  compare("board.hours", takes.hours, left.hours);
  compare("board.people", takes.people, left.people);
  return faults;
}

// Takes the candidates in their order as long as they fit; what does not fit leaves its place to
// those after it.
Effort Fit(const RankingArguments& arguments, std::vector<Standing>* standings) {
  Effort left = arguments.capacity;
  size_t rank = 0;
  for (Standing& standing : *standings) {
    RankedCandidate& shown = standing.shown;
    shown.fits = false;
    if (!standing.ranked) {
      shown.rank = 0;
      const uint64_t fewest = std::max<size_t>(1, arguments.fewest_members);
      shown.why_not = {Say("board.too_few").With("n", fewest)};
      continue;
    }
    shown.rank = ++rank;
    shown.why_not = Short(shown.takes, left);
    if (!shown.why_not.empty()) continue;
    shown.fits = true;
    left.slots -= shown.takes.slots;
    left.hours -= shown.takes.hours;
    left.people -= shown.takes.people;
  }
  return left;
}

std::set<std::string> Fitting(const std::vector<Standing>& standings) {
  std::set<std::string> ids;
  for (const Standing& standing : standings) {
    if (standing.shown.fits) ids.insert(standing.shown.id);
  }
  return ids;
}

// What fits with that weight a little beyond the swap.
std::set<std::string> FittingAt(std::vector<Standing> standings, RankingArguments arguments,
                                size_t criterion, double weight) {
  arguments.criteria[criterion].weight = weight;
  for (Standing& standing : standings) {
    if (standing.ranked) standing.score = ScoreOf(standing.averages, arguments.criteria);
  }
  std::sort(standings.begin(), standings.end(), Before);
  Fit(arguments, &standings);
  return Fitting(standings);
}

// A swap with what it is sorted by.
struct Found {
  size_t criterion = 0;
  double change = 0;  // of the weight, signed
  Swap swap;
};

// The nearest weight of two decimals at which the swap has happened: beyond where the scores meet,
// or below all weights that there are, 0.
double JustBeyond(double weight, bool up) {
  constexpr double kNone = 1e-6;  // of a hundredth: what two doubles differ by
  const double hundredths = weight * 100;
  const double stated = up ? std::floor(hundredths + kNone) + 1 : std::ceil(hundredths - kNone) - 1;
  return std::max(0.0, stated / 100);
}

// Where criterion i weighs w, two scores differ by (rest + w * difference) / sum of weights: they
// meet at one weight, if at all.
std::vector<Found> FindSwaps(const std::vector<Standing>& standings,
                             const std::vector<Criterion>& criteria) {
  std::vector<Found> found;
  for (size_t i = 0; i < criteria.size(); ++i) {
    for (size_t a = 0; a < standings.size() && standings[a].ranked; ++a) {
      for (size_t b = a + 1; b < standings.size() && standings[b].ranked; ++b) {
        if (!standings[a].enough[i] || !standings[b].enough[i]) continue;
        double rest = 0;
        for (size_t j = 0; j < criteria.size(); ++j) {
          if (j != i) {
            rest += criteria[j].weight * (standings[a].averages[j] - standings[b].averages[j]);
          }
        }
        const double difference = standings[a].averages[i] - standings[b].averages[i];
        if (difference == 0) continue;
        const double weight = -rest / difference;
        // Beyond it b comes first; at the weight as it is they may be equal.
        const double change = weight - criteria[i].weight;
        const bool up = difference < 0;
        if (weight < 0 || weight > kMaxWeight || (up ? change < 0 : change > 0)) continue;
        if (weight == 0 && !up) continue;  // no weight lies below 0
        const double stated = JustBeyond(weight, up);
        if (stated > kMaxWeight) continue;
        found.push_back({i, change,
                         Swap{criteria[i].name, up, stated, standings[b].shown.id,
                              standings[a].shown.id, false}});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::abs(a.change) < std::abs(b.change);
  });
  return found;
}

std::vector<Swap> Sensitivity(const std::vector<Standing>& standings,
                              const RankingArguments& arguments) {
  std::vector<Found> found = FindSwaps(standings, arguments.criteria);
  if (found.size() > arguments.swaps) found.resize(arguments.swaps);
  const std::set<std::string> fitting = Fitting(standings);
  std::vector<Swap> swaps;
  for (Found& one : found) {
    const double at = arguments.criteria[one.criterion].weight + one.change;
    const double beyond = std::max(0.0, at + (one.swap.more ? 1 : -1) * std::max(1e-9, at * 1e-9));
    one.swap.changes_what_fits = FittingAt(standings, arguments, one.criterion, beyond) != fitting;
    swaps.push_back(std::move(one.swap));
  }
  return swaps;
}

}  // namespace

absl::StatusOr<Ranking> RankCandidates(const std::vector<Candidate>& candidates,
                                       const std::vector<Assessment>& assessments,
                                       const RankingArguments& arguments) {
  LIAISON_RETURN_IF_ERROR(CheckArguments(candidates, arguments));
  std::vector<Standing> standings;
  standings.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    standings.push_back(Assess(candidate, assessments, arguments));
  }
  std::sort(standings.begin(), standings.end(), Before);
  Ranking ranking;
  ranking.left = Fit(arguments, &standings);
  ranking.swaps = Sensitivity(standings, arguments);
  for (Standing& standing : standings) ranking.candidates.push_back(std::move(standing.shown));
  return ranking;
}

}  // namespace liaison::domain
