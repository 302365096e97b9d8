// Who is heard beside who is there: inputs, participants and initiatives by stakeholder group and
// by region. Counts and their plain ratios; nothing is weighted, and nobody is left out for being
// 0.
#ifndef LIAISON_SERVER_DOMAIN_REPRESENTATION_H_
#define LIAISON_SERVER_DOMAIN_REPRESENTATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/bodies.pb.h"
#include "igf/liaison/v1/types.pb.h"
#include "server/domain/sentences.h"

namespace liaison::domain {

// A Breakdown counts by group and by region. The two sums may differ: organisers count as they can.
// Breakdowns of several audiences are united by Merge. Not thread-safe.
class Breakdown {
 public:
  // Inputs, or initiatives; UNSPECIFIED is counted as that.
  void Add(igf::liaison::v1::StakeholderGroup group, igf::liaison::v1::Region region,
           uint64_t count = 1);
  // One that is taken back. REQUIRES: it was added.
  void Remove(igf::liaison::v1::StakeholderGroup group, igf::liaison::v1::Region region);
  // The participants of one meeting. A row counts where it says a group or a region, for organisers
  // may have counted the same people once by the one and once by the other; the meeting's total is
  // the largest of the sums.
  void AddMeeting(absl::Span<const igf::liaison::v1::Headcount* const> rows);
  void Merge(const Breakdown& other);

  uint64_t total() const { return total_; }
  uint64_t count(igf::liaison::v1::StakeholderGroup group) const;
  uint64_t count(igf::liaison::v1::Region region) const;

 private:
  uint64_t total_ = 0;
  std::map<int, uint64_t> groups_;
  std::map<int, uint64_t> regions_;
};

// One group or one region.
struct RepresentationRow {
  std::string column;  // `civil_society`
  uint64_t inputs = 0;
  uint64_t participants = 0;
  uint64_t nris = 0;
  // Of the sum over the rows; absent where that is 0.
  std::optional<double> share_of_inputs;
  std::optional<double> share_of_participants;
  std::optional<double> share_of_nris;
  // Share of inputs over share of participants: above 1, more is heard from them than they are
  // there. Absent where either is not known or there are no participants of that row.
  std::optional<double> inputs_to_participants;
  std::optional<double> inputs_to_nris;
};

// A group or region with nobody in one of the counts.
struct Silence {
  std::string axis;  // `stakeholder_group` or `region`
  std::string column;
  std::string of;                       // `inputs`, `participants` or `nris`
  igf::liaison::v1::Sentence sentence;  // with what there is of the others
};

struct Representation {
  uint64_t inputs = 0;
  uint64_t participants = 0;
  uint64_t nris = 0;
  // Every column of thematic_inputs.csv in its order, those with 0 too; then `multiple` and
  // `unspecified` where there are any, so that the rows add up.
  std::vector<RepresentationRow> by_stakeholder_group;
  std::vector<RepresentationRow> by_region;
  // Where a count has nobody at all, that is one silence of its own, with no column. Initiatives
  // have no stakeholder group, and of regions only the UN's can be silent.
  std::vector<Silence> silences;
};

Representation Represent(const Breakdown& inputs, const Breakdown& participants,
                         const Breakdown& nris);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_REPRESENTATION_H_
