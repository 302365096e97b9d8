// Stakeholder groups and regions by the names that the IGF's own statistics have for them.
#ifndef LIAISON_SERVER_DOMAIN_COLUMNS_H_
#define LIAISON_SERVER_DOMAIN_COLUMNS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/types.pb.h"

namespace liaison::domain {

struct GroupColumn {
  igf::liaison::v1::StakeholderGroup group;
  absl::string_view name;  // `civil_society`
};

struct RegionColumn {
  igf::liaison::v1::Region region;
  absl::string_view name;  // `asia_pacific`
};

// Thread-safe, all of them. The columns of thematic_inputs.csv, in its order.
absl::Span<const GroupColumn> GroupColumns();
absl::Span<const RegionColumn> RegionColumns();
// The UN's regional groups alone: those that somebody can be missing from.
absl::Span<const RegionColumn> UnRegions();

// `unspecified` for what has no column; a region that spans several groups is `multiple`.
absl::string_view ColumnOf(igf::liaison::v1::StakeholderGroup group);
absl::string_view ColumnOf(igf::liaison::v1::Region region);

bool IsNri(igf::liaison::v1::OrganisationKind kind);
// The group that an organisation of that kind belongs to, whatever else it was registered under;
// `registered` where the kind says nothing about it.
igf::liaison::v1::StakeholderGroup GroupOf(igf::liaison::v1::OrganisationKind kind,
                                           igf::liaison::v1::StakeholderGroup registered);
// The organisation that a seat or node is of: org/igf-mag/seat-17 is org/igf-mag.
std::string IndependentOrganisation(absl::string_view name);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_COLUMNS_H_
