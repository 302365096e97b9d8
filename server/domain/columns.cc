#include "server/domain/columns.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

namespace {

constexpr GroupColumn kGroups[] = {
    {pb::STAKEHOLDER_GROUP_GOVERNMENT, "government"},
    {pb::STAKEHOLDER_GROUP_INTERGOVERNMENTAL, "intergovernmental"},
    {pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY, "civil_society"},
    {pb::STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY, "technical_community"},
    {pb::STAKEHOLDER_GROUP_PRIVATE_SECTOR, "private_sector"},
};

// The UN's five come first.
constexpr RegionColumn kRegions[] = {
    {pb::REGION_AFRICAN, "african"},
    {pb::REGION_ASIA_PACIFIC, "asia_pacific"},
    {pb::REGION_EASTERN_EUROPEAN, "eastern_european"},
    {pb::REGION_GRULAC, "grulac"},
    {pb::REGION_WEOG, "weog"},
    {pb::REGION_IGO, "igo"},
    {pb::REGION_OTHER, "other"},
};
constexpr size_t kUnRegions = 5;

}  // namespace

absl::Span<const GroupColumn> GroupColumns() { return kGroups; }
absl::Span<const RegionColumn> RegionColumns() { return kRegions; }
absl::Span<const RegionColumn> UnRegions() { return RegionColumns().subspan(0, kUnRegions); }

absl::string_view ColumnOf(pb::StakeholderGroup group) {
  for (const GroupColumn& column : kGroups) {
    if (column.group == group) return column.name;
  }
  return "unspecified";
}

absl::string_view ColumnOf(pb::Region region) {
  for (const RegionColumn& column : kRegions) {
    if (column.region == region) return column.name;
  }
  return region == pb::REGION_MULTIPLE ? "multiple" : "unspecified";
}

bool IsNri(pb::OrganisationKind kind) {
  return kind == pb::ORGANISATION_KIND_NRI_NATIONAL || kind == pb::ORGANISATION_KIND_NRI_REGIONAL ||
         kind == pb::ORGANISATION_KIND_NRI_SUBREGIONAL || kind == pb::ORGANISATION_KIND_NRI_YOUTH;
}

pb::StakeholderGroup GroupOf(pb::OrganisationKind kind, pb::StakeholderGroup registered) {
  switch (kind) {
    case pb::ORGANISATION_KIND_INTERGOVERNMENTAL:
      return pb::STAKEHOLDER_GROUP_INTERGOVERNMENTAL;
    case pb::ORGANISATION_KIND_GOVERNMENT:
      return pb::STAKEHOLDER_GROUP_GOVERNMENT;
    case pb::ORGANISATION_KIND_CIVIL_SOCIETY:
      return pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY;
    case pb::ORGANISATION_KIND_TECHNICAL_COMMUNITY:
      return pb::STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY;
    case pb::ORGANISATION_KIND_PRIVATE_SECTOR:
      return pb::STAKEHOLDER_GROUP_PRIVATE_SECTOR;
    default:
      return registered;
  }
}

std::string IndependentOrganisation(absl::string_view name) {
  const size_t first = name.find('/');
  if (first == absl::string_view::npos) return std::string(name);
  return std::string(name.substr(0, name.find('/', first + 1)));
}

}  // namespace liaison::domain
