#include "server/domain/representation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/columns.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

namespace {

uint64_t CountIn(const std::map<int, uint64_t>& counts, int value) {
  auto it = counts.find(value);
  return it == counts.end() ? 0 : it->second;
}

void TakeOne(std::map<int, uint64_t>* counts, int value) {
  auto it = counts->find(value);
  if (it != counts->end() && --it->second == 0) counts->erase(it);
}

std::optional<double> Share(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> Ratio(const std::optional<double>& above,
                            const std::optional<double>& below) {
  if (!above || !below || *below == 0) return std::nullopt;
  return *above / *below;
}

struct Counts {
  const Breakdown& inputs;
  const Breakdown& participants;
  const Breakdown& nris;
};

template <typename Value>
RepresentationRow RowOf(Value value, const Counts& counted) {
  RepresentationRow row;
  row.column = std::string(ColumnOf(value));
  row.inputs = counted.inputs.count(value);
  row.participants = counted.participants.count(value);
  row.nris = counted.nris.count(value);
  return row;
}

void Compare(std::vector<RepresentationRow>* rows) {
  uint64_t inputs = 0;
  uint64_t participants = 0;
  uint64_t nris = 0;
  for (const RepresentationRow& row : *rows) {
    inputs += row.inputs;
    participants += row.participants;
    nris += row.nris;
  }
  for (RepresentationRow& row : *rows) {
    row.share_of_inputs = Share(row.inputs, inputs);
    row.share_of_participants = Share(row.participants, participants);
    row.share_of_nris = Share(row.nris, nris);
    row.inputs_to_participants = Ratio(row.share_of_inputs, row.share_of_participants);
    row.inputs_to_nris = Ratio(row.share_of_inputs, row.share_of_nris);
  }
}

// Rows beside the columns, where there is something in them.
template <typename Value>
void AddFurther(Value value, const Counts& counted, std::vector<RepresentationRow>* rows) {
  RepresentationRow row = RowOf(value, counted);
  if (row.inputs + row.participants + row.nris > 0) rows->push_back(std::move(row));
}

pb::Sentence HowMany(absl::string_view of, uint64_t count) {
  if (count == 0) {
    return of == "inputs" ? Say("silence.no_inputs")
           : of == "nris" ? Say("silence.no_nris")
                          : Say("silence.no_participants");
  }
  return (of == "inputs" ? Say("silence.inputs")
          : of == "nris" ? Say("silence.nris")
                         : Say("silence.participants"))
      .With("n", count);
}

// Of one row, or of all where there is no column.
pb::Sentence SilenceOf(absl::string_view axis, const std::string& column,
                       std::vector<pb::Sentence> counts) {
  const absl::string_view prefix = axis == "region" ? "region_" : "group_";
  const pb::Sentence row = column.empty()
                               ? Say("silence.all")
                               : Say("list.word").Word("word", absl::StrCat(prefix, column));
  return Say("silence.row").With("row", row).With("counts", std::move(counts));
}

// The counts of one row, or of all.
void AddSilences(absl::string_view axis, const std::string& column,
                 const std::vector<std::pair<std::string, uint64_t>>& counts,
                 std::vector<Silence>* silences) {
  for (const auto& [of, count] : counts) {
    if (count > 0) continue;
    std::vector<pb::Sentence> said = {HowMany(of, 0)};
    for (const auto& [other, others] : counts) {
      if (other != of) said.push_back(HowMany(other, others));
    }
    silences->push_back({std::string(axis), column, of, SilenceOf(axis, column, std::move(said))});
  }
}

}  // namespace

void Breakdown::Add(pb::StakeholderGroup group, pb::Region region, uint64_t count) {
  total_ += count;
  groups_[group] += count;
  regions_[region] += count;
}

void Breakdown::Remove(pb::StakeholderGroup group, pb::Region region) {
  --total_;
  TakeOne(&groups_, group);
  TakeOne(&regions_, region);
}

void Breakdown::AddMeeting(absl::Span<const pb::Headcount* const> rows) {
  uint64_t by_group = 0;
  uint64_t by_region = 0;
  uint64_t by_neither = 0;
  for (const pb::Headcount* row : rows) {
    if (row->stakeholder_group() != pb::STAKEHOLDER_GROUP_UNSPECIFIED) {
      groups_[row->stakeholder_group()] += row->count();
      by_group += row->count();
    }
    if (row->region() != pb::REGION_UNSPECIFIED) {
      regions_[row->region()] += row->count();
      by_region += row->count();
    }
    if (row->stakeholder_group() == pb::STAKEHOLDER_GROUP_UNSPECIFIED &&
        row->region() == pb::REGION_UNSPECIFIED) {
      by_neither += row->count();
    }
  }
  total_ += std::max({by_group, by_region, by_neither});
}

void Breakdown::Merge(const Breakdown& other) {
  total_ += other.total_;
  for (const auto& [group, count] : other.groups_) groups_[group] += count;
  for (const auto& [region, count] : other.regions_) regions_[region] += count;
}

uint64_t Breakdown::count(pb::StakeholderGroup group) const { return CountIn(groups_, group); }
uint64_t Breakdown::count(pb::Region region) const { return CountIn(regions_, region); }

Representation Represent(const Breakdown& inputs, const Breakdown& participants,
                         const Breakdown& nris) {
  const Counts counted{inputs, participants, nris};
  Representation all;
  all.inputs = inputs.total();
  all.participants = participants.total();
  all.nris = nris.total();

  std::vector<std::pair<std::string, uint64_t>> heard;  // counts with anybody at all
  for (const auto& [of, total] :
       {std::pair<std::string, uint64_t>("inputs", all.inputs),
        std::pair<std::string, uint64_t>("participants", all.participants),
        std::pair<std::string, uint64_t>("nris", all.nris)}) {
    if (total > 0) {
      heard.emplace_back(of, total);
    } else {
      // That nobody is known to have been there does not say that nobody was.
      all.silences.push_back({"", "", of,
                              of == "participants" ? Say("silence.unknown_participants")
                                                   : SilenceOf("", "", {HowMany(of, 0)})});
    }
  }
  const auto counts_of = [&](const RepresentationRow& row, bool with_nris) {
    std::vector<std::pair<std::string, uint64_t>> counts;
    for (const auto& [of, total] : heard) {
      if (of == "inputs") counts.emplace_back(of, row.inputs);
      if (of == "participants") counts.emplace_back(of, row.participants);
      if (of == "nris" && with_nris) counts.emplace_back(of, row.nris);
    }
    return counts;
  };

  for (const GroupColumn& column : GroupColumns()) {
    all.by_stakeholder_group.push_back(RowOf(column.group, counted));
    const RepresentationRow& row = all.by_stakeholder_group.back();
    AddSilences("stakeholder_group", row.column, counts_of(row, false), &all.silences);
  }
  for (const RegionColumn& column : RegionColumns()) {
    all.by_region.push_back(RowOf(column.region, counted));
  }
  for (size_t i = 0; i < UnRegions().size(); ++i) {
    const RepresentationRow& row = all.by_region[i];
    AddSilences("region", row.column, counts_of(row, true), &all.silences);
  }
  AddFurther(pb::STAKEHOLDER_GROUP_UNSPECIFIED, counted, &all.by_stakeholder_group);
  AddFurther(pb::REGION_MULTIPLE, counted, &all.by_region);
  AddFurther(pb::REGION_UNSPECIFIED, counted, &all.by_region);
  Compare(&all.by_stakeholder_group);
  Compare(&all.by_region);
  return all;
}

}  // namespace liaison::domain
