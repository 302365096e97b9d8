#include "client/cli/known_tables.h"

#include <google/protobuf/util/time_util.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <array>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/import_id.h"
#include "client/cli/suggest.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

using Header = std::vector<std::string>;
using Drafts = std::vector<v1::Draft>;

constexpr char kSecretariat[] = "org/igf-secretariat";
constexpr char kPublic[] = "igf/public";
constexpr int kMaxInputsOfAYear = 10'000;

const Header& NrisHeader() {
  static const auto* const header =
      new Header{"level",    "name",    "acronym",        "country_or_region",
                 "un_group", "founded", "sample_meeting", "source"};
  return *header;
}

const Header& TaxonomyHeader() {
  static const auto* const header = new Header{"scheme", "code", "parent", "label", "verified"};
  return *header;
}

const Header& ThematicInputsHeader() {
  static const auto* const header = new Header{"year",
                                               "total",
                                               "government",
                                               "intergovernmental",
                                               "civil_society",
                                               "technical_community",
                                               "private_sector",
                                               "african",
                                               "asia_pacific",
                                               "eastern_european",
                                               "grulac",
                                               "weog",
                                               "igo",
                                               "other"};
  return *header;
}

// One row, its cells by the names of the columns.
class Row {
 public:
  Row(const CsvTable& table, size_t i) : table_(table), i_(i) {}

  const std::string& operator[](absl::string_view column) const {
    size_t j = 0;
    while (table_.header[j] != column) ++j;
    return table_.rows[i_].cells[j];
  }
  absl::Status Wrong(absl::string_view column, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("row ", CsvTable::SpreadsheetRow(i_),
                                                   ", column \"", column, "\", cell \"",
                                                   (*this)[column], "\": ", what));
  }
  // Empty is 0.
  absl::StatusOr<uint32_t> Number(absl::string_view column) const {
    uint32_t number = 0;
    const std::string& cell = (*this)[column];
    if (!cell.empty() && !absl::SimpleAtoi(cell, &number)) {
      return Wrong(column, "expected a whole number");
    }
    return number;
  }
  template <typename Value>
  absl::StatusOr<Value> OneOf(absl::string_view column,
                              const std::map<std::string, Value>& values) const {
    const auto found = values.find((*this)[column]);
    if (found != values.end()) return found->second;
    std::vector<std::string> known;
    known.reserve(values.size());
    for (const auto& entry : values) known.push_back(entry.first);
    return Wrong(column, absl::StrCat("unknown", DidYouMean((*this)[column], known)));
  }

 private:
  const CsvTable& table_;
  const size_t i_;
};

v1::Draft DraftBySecretariat(absl::string_view source, absl::string_view row_id) {
  v1::Draft draft;
  draft.set_event_id(ImportedEventId(source, row_id));
  draft.set_author(kSecretariat);
  draft.set_audience(kPublic);
  draft.set_language("en");
  draft.set_recorded_by(kSecretariat);
  draft.set_channel(v1::CHANNEL_IMPORT);
  return draft;
}

absl::StatusOr<v1::Draft> InitiativeOf(const Row& row) {
  static const std::map<std::string, v1::OrganisationKind> kinds = {
      {"national", v1::ORGANISATION_KIND_NRI_NATIONAL},
      {"regional", v1::ORGANISATION_KIND_NRI_REGIONAL},
      {"subregional", v1::ORGANISATION_KIND_NRI_SUBREGIONAL},
      {"youth", v1::ORGANISATION_KIND_NRI_YOUTH}};
  static const std::map<std::string, v1::Region> regions = {
      {"African Group", v1::REGION_AFRICAN},
      {"Asia-Pacific Group", v1::REGION_ASIA_PACIFIC},
      {"Eastern European Group", v1::REGION_EASTERN_EUROPEAN},
      {"GRULAC", v1::REGION_GRULAC},
      {"WEOG", v1::REGION_WEOG},
      {"multiple", v1::REGION_MULTIPLE}};
  const std::string slug = SlugOf(row["acronym"].empty() ? row["name"] : row["acronym"]);
  if (slug.empty()) return row.Wrong("name", "no name to make an id of");

  v1::Organisation body;
  body.set_organisation(absl::StrCat("org/", slug));
  LIAISON_ASSIGN_OR_RETURN(const v1::OrganisationKind kind, row.OneOf("level", kinds));
  body.set_kind(kind);
  LIAISON_ASSIGN_OR_RETURN(const v1::Region region, row.OneOf("un_group", regions));
  body.set_region(region);
  LIAISON_ASSIGN_OR_RETURN(const uint32_t founded, row.Number("founded"));
  body.set_founded(founded);
  body.set_name(row["name"]);
  body.set_acronym(row["acronym"]);
  body.set_area(row["country_or_region"]);
  body.set_source(row["source"]);
  body.set_sample_meeting(row["sample_meeting"]);
  v1::Draft draft = DraftBySecretariat("nris.csv", body.organisation());
  *draft.mutable_organisation() = std::move(body);
  return draft;
}

absl::StatusOr<Drafts> InitiativesOf(const CsvTable& table) {
  Drafts drafts;
  std::set<std::string> ids;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const Row row(table, i);
    LIAISON_ASSIGN_OR_RETURN(v1::Draft draft, InitiativeOf(row));
    if (!ids.insert(draft.organisation().organisation()).second) {
      return row.Wrong(
          "name", absl::StrCat("a row above makes the id ", draft.organisation().organisation(),
                               " too; give one of them an acronym of its own"));
    }
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

v1::Draft EmptyScheme(const std::string& name, absl::string_view title) {
  v1::Draft draft = DraftBySecretariat("taxonomy.csv", name);
  draft.mutable_topic_scheme()->set_scheme(name);
  draft.mutable_topic_scheme()->set_title(std::string(title));
  return draft;
}

void AddCode(const std::string& code, const std::string& parent, const std::string& label,
             const std::string& verified, v1::Draft* draft) {
  v1::TopicScheme& scheme = *draft->mutable_topic_scheme();
  scheme.add_codes(code);
  v1::TopicCode& entry = *scheme.add_entries();
  entry.set_code(code);
  entry.set_parent(parent);
  entry.set_label(label);
  entry.set_verified(verified);
}

absl::StatusOr<Drafts> SchemesOf(const CsvTable& table) {
  Drafts drafts;
  drafts.push_back(EmptyScheme("core", "Codes that every hub knows"));
  AddCode("unspecified", "", "Topic not said", "", &drafts.back());
  std::map<std::string, size_t> at;
  std::set<std::string> seen;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const Row row(table, i);
    const std::string& name = row["scheme"];
    if (!record::IsScheme(name)) return row.Wrong("scheme", "expected lower case, a-z0-9./-");
    if (!record::IsTopicCode(row["code"])) return row.Wrong("code", "expected a.b, lower case");
    if (!seen.insert(absl::StrCat(name, ":", row["code"])).second) {
      return row.Wrong("code", "a row above has this code of this scheme already");
    }
    const auto [place, is_new] = at.emplace(name, drafts.size());
    if (is_new) drafts.push_back(EmptyScheme(name, name));
    AddCode(row["code"], row["parent"], row["label"], row["verified"], &drafts[place->second]);
  }
  return drafts;
}

struct GroupColumn {
  const char* column;
  v1::StakeholderGroup group;
};
constexpr std::array<GroupColumn, 5> kGroups = {{
    {"government", v1::STAKEHOLDER_GROUP_GOVERNMENT},
    {"intergovernmental", v1::STAKEHOLDER_GROUP_INTERGOVERNMENTAL},
    {"civil_society", v1::STAKEHOLDER_GROUP_CIVIL_SOCIETY},
    {"technical_community", v1::STAKEHOLDER_GROUP_TECHNICAL_COMMUNITY},
    {"private_sector", v1::STAKEHOLDER_GROUP_PRIVATE_SECTOR},
}};

struct RegionColumn {
  const char* column;
  v1::Region region;
};
constexpr std::array<RegionColumn, 7> kRegions = {{
    {"african", v1::REGION_AFRICAN},
    {"asia_pacific", v1::REGION_ASIA_PACIFIC},
    {"eastern_european", v1::REGION_EASTERN_EUROPEAN},
    {"grulac", v1::REGION_GRULAC},
    {"weog", v1::REGION_WEOG},
    {"igo", v1::REGION_IGO},
    {"other", v1::REGION_OTHER},
}};

// Values as often as their columns say. INVALID_ARGUMENT unless that is `total` of them.
template <typename Columns, typename Member>
auto Expand(const Row& row, const Columns& columns, Member member, uint32_t total)
    -> absl::StatusOr<std::vector<std::decay_t<decltype(columns[0].*member)>>> {
  std::vector<std::decay_t<decltype(columns[0].*member)>> values;
  for (const auto& column : columns) {
    LIAISON_ASSIGN_OR_RETURN(const uint32_t count, row.Number(column.column));
    if (count > total) return row.Wrong(column.column, "more than the total");
    values.insert(values.end(), count, column.*member);
  }
  if (values.size() != total) {
    return row.Wrong("total", absl::StrCat("the columns from ", columns.front().column, " to ",
                                           columns.back().column, " add up to ", values.size()));
  }
  return values;
}

// A step that goes once round `n` places and spreads neighbours wide apart: near n times the golden
// section, and coprime to n.
size_t SpreadingStep(size_t n) {
  size_t step = n * 618 / 1000 + 1;
  while (std::gcd(step, n) != 1) ++step;
  return step;
}

v1::Draft InputOf(const std::string& year, uint32_t number, uint32_t total,
                  v1::StakeholderGroup group, v1::Region region) {
  constexpr char kSource[] = "thematic_inputs.csv";
  const std::string row_id = absl::StrCat(year, "/", number);
  v1::Draft draft = DraftBySecretariat(kSource, row_id);
  draft.set_cycle(year);
  draft.add_topics("unspecified");
  google::protobuf::util::TimeUtil::FromString(absl::StrCat(year, "-01-01T00:00:00Z"),
                                               draft.mutable_authored_time());
  v1::Individual& individual = *draft.mutable_recorded_for()->mutable_individual();
  individual.set_id(ImportedIndividualId(kSource, row_id));
  individual.set_stakeholder_group(group);
  individual.set_region(region);
  v1::TopicSignal& body = *draft.mutable_topic_signal();
  body.set_title(absl::StrCat("Thematic input ", number, " of ", total, ", ", year,
                              " (fictional sample: the table gives counts, not words)"));
  v1::ExternalId& id = *body.add_external_ids();
  id.set_scheme(kSource);
  id.set_id(row_id);
  return draft;
}

// The table says how many inputs came from each group, and how many from each region; which group
// met which region it does not say. They are paired by a fixed rule that keeps both sums.
absl::StatusOr<Drafts> InputsOf(const CsvTable& table) {
  Drafts drafts;
  std::set<std::string> years;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const Row row(table, i);
    const std::string& year = row["year"];
    if (!record::IsDate(absl::StrCat(year, "-01-01"))) return row.Wrong("year", "expected a year");
    if (!years.insert(year).second) return row.Wrong("year", "a row above has this year already");
    LIAISON_ASSIGN_OR_RETURN(const uint32_t total, row.Number("total"));
    if (total == 0 || total > kMaxInputsOfAYear) return row.Wrong("total", "expected 1 to 10000");
    LIAISON_ASSIGN_OR_RETURN(const auto groups, Expand(row, kGroups, &GroupColumn::group, total));
    LIAISON_ASSIGN_OR_RETURN(const auto regions,
                             Expand(row, kRegions, &RegionColumn::region, total));
    const size_t step = SpreadingStep(total);
    for (uint32_t n = 0; n < total; ++n) {
      drafts.push_back(InputOf(year, n + 1, total, groups[n], regions[n * step % total]));
    }
  }
  return drafts;
}

}  // namespace

std::optional<KnownTable> RecogniseTable(const std::vector<std::string>& header) {
  if (header == NrisHeader()) return KnownTable::kNris;
  if (header == TaxonomyHeader()) return KnownTable::kTaxonomy;
  if (header == ThematicInputsHeader()) return KnownTable::kThematicInputs;
  return std::nullopt;
}

absl::StatusOr<std::vector<v1::Draft>> DraftsOf(KnownTable kind, const CsvTable& table) {
  switch (kind) {
    case KnownTable::kNris:
      return InitiativesOf(table);
    case KnownTable::kTaxonomy:
      return SchemesOf(table);
    case KnownTable::kThematicInputs:
      return InputsOf(table);
  }
  return absl::InternalError("unknown table");
}

std::string SlugOf(absl::string_view name) {
  const absl::string_view outside = name.substr(0, name.find('('));
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> to_ascii(
      icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, error));
  if (U_FAILURE(error)) return "";
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(outside.data(), static_cast<int32_t>(outside.size())));
  to_ascii->transliterate(text);
  std::string ascii;
  text.toUTF8String(ascii);
  std::string slug;
  for (char c : ascii) {
    if (absl::ascii_isalnum(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace liaison::cli
