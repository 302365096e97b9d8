// Reads MAP.toml. The only file that knows toml++.
#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/csv_map.h"
#include "client/cli/suggest.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/toml.h"

namespace liaison::cli {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

absl::Status AtNode(const toml::source_region& place, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", place.begin.line, ": ", what));
}

absl::StatusOr<std::string> Text(const toml::node& node, absl::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  return AtNode(node.source(), absl::StrCat("`", key, "` must be a text in quotes"));
}

absl::StatusOr<bool> Flag(const toml::node& node, absl::string_view key) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  return AtNode(node.source(), absl::StrCat("`", key, "` must be true or false"));
}

// One text, or a list of them.
absl::StatusOr<std::vector<std::string>> Texts(const toml::node& node, absl::string_view key) {
  std::vector<std::string> texts;
  const toml::array* array = node.as_array();
  if (array == nullptr) {
    LIAISON_ASSIGN_OR_RETURN(std::string text, Text(node, key));
    texts.push_back(std::move(text));
    return texts;
  }
  for (const toml::node& item : *array) {
    LIAISON_ASSIGN_OR_RETURN(std::string text, Text(item, key));
    texts.push_back(std::move(text));
  }
  return texts;
}

// toml++ sorts tables by key; a person's order is where things stand in the file.
std::vector<std::pair<std::string, const toml::node*>> InOrder(const toml::table& table) {
  std::vector<std::tuple<uint32_t, uint32_t, std::string, const toml::node*>> found;
  for (const auto& [key, node] : table) {
    const toml::source_position at = key.source().begin;
    found.emplace_back(at.line, at.column, std::string(key.str()), &node);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::pair<std::string, const toml::node*>> ordered;
  ordered.reserve(found.size());
  for (auto& [line, column, key, node] : found) ordered.emplace_back(std::move(key), node);
  return ordered;
}

absl::Status CheckKeys(const toml::table& table, const std::vector<std::string>& known,
                       absl::string_view where) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return AtNode(key.source(),
                  absl::StrCat("unknown key `", name, "`", where, DidYouMean(name, known),
                               "; known are ", absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

// Leaves of nested tables under dotted names: TOML reads `a.b = 1` as a table in a table. A table
// with a `column` is itself a leaf.
void Flatten(const toml::table& table, const std::string& prefix,
             std::vector<std::pair<std::string, const toml::node*>>* leaves) {
  for (const auto& [key, node] : InOrder(table)) {
    const std::string name = absl::StrCat(prefix, key);
    const toml::table* inner = node->as_table();
    if (inner != nullptr && !inner->contains("column")) {
      Flatten(*inner, absl::StrCat(name, "."), leaves);
    } else {
      leaves->emplace_back(name, node);
    }
  }
}

}  // namespace

// A CsvMapReader fills a CsvMap from parsed TOML, one part after the other.
class CsvMapReader {
 public:
  explicit CsvMapReader(const toml::table& root) : root_(root) {}

  absl::StatusOr<CsvMap> Read() {
    LIAISON_RETURN_IF_ERROR(CheckKeys(
        root_,
        {"source", "type", "id_column", "encoding", "delimiter", "timezone", "ignore", "header",
         "line_end", "quoting", "sep_line", "final_line_end", "constants", "columns", "values"},
        ""));
    LIAISON_RETURN_IF_ERROR(ReadIdentity());
    LIAISON_RETURN_IF_ERROR(ReadForm());
    LIAISON_RETURN_IF_ERROR(ReadExportForm());
    LIAISON_RETURN_IF_ERROR(ReadConstants());
    LIAISON_RETURN_IF_ERROR(ReadColumns());
    LIAISON_RETURN_IF_ERROR(ReadValues());
    LIAISON_RETURN_IF_ERROR(CheckWhole());
    return std::move(map_);
  }

 private:
  // Empty where the key is left out.
  absl::StatusOr<std::string> TextOr(absl::string_view key, absl::string_view fallback) const {
    const toml::node* node = root_.get(std::string_view(key.data(), key.size()));
    if (node == nullptr) return std::string(fallback);
    return Text(*node, key);
  }

  absl::Status Wrong(absl::string_view key, absl::string_view what) const {
    const toml::node* node = root_.get(std::string_view(key.data(), key.size()));
    return AtNode(node == nullptr ? root_.source() : node->source(), what);
  }

  absl::StatusOr<const toml::table*> Table(absl::string_view key) const {
    static const auto* const empty = new toml::table;
    const toml::node* node = root_.get(std::string_view(key.data(), key.size()));
    if (node == nullptr) return empty;
    if (const toml::table* table = node->as_table()) return table;
    return AtNode(node->source(), absl::StrCat("`", key, "` must be a table, [", key, "]"));
  }

  absl::Status ReadIdentity() {
    LIAISON_ASSIGN_OR_RETURN(map_.source_, TextOr("source", ""));
    if (map_.source_.empty()) {
      return Wrong("source",
                   "`source` is needed: a name for this table that will not change, as "
                   "it makes the event ids");
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string type, TextOr("type", "topic-signal"));
    const record::EventTypeInfo* info = record::FindEventTypeByName(type);
    if (info == nullptr ||
        (info->type != v1::EVENT_TYPE_TOPIC_SIGNAL && info->type != v1::EVENT_TYPE_LOCAL_REPORT)) {
      return Wrong("type",
                   absl::StrCat("`type` must be topic-signal or local-report, not `", type, "`"));
    }
    map_.type_ = info->type;
    LIAISON_ASSIGN_OR_RETURN(map_.id_column_, TextOr("id_column", ""));
    return absl::OkStatus();
  }

  absl::Status ReadForm() {
    LIAISON_ASSIGN_OR_RETURN(const std::string encoding, TextOr("encoding", "auto"));
    if (encoding != "auto") {
      const absl::StatusOr<Encoding> known = EncodingFromName(encoding);
      if (!known.ok()) return Wrong("encoding", known.status().message());
      map_.hints_.encoding = map_.dialect_.encoding = *known;
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string delimiter, TextOr("delimiter", "auto"));
    if (delimiter != "auto") {
      if (delimiter != "," && delimiter != ";" && delimiter != "\t") {
        return Wrong("delimiter", "`delimiter` must be auto, \",\", \";\" or \"\\t\"");
      }
      map_.hints_.delimiter = map_.dialect_.delimiter = delimiter[0];
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string zone, TextOr("timezone", "UTC"));
    if (!absl::LoadTimeZone(zone, &map_.timezone_)) {
      return Wrong("timezone", absl::StrCat("unknown time zone `", zone,
                                            "`; expected a name such as Europe/Paris"));
    }
    if (const toml::node* node = root_.get("ignore")) {
      LIAISON_ASSIGN_OR_RETURN(map_.ignore_, Texts(*node, "ignore"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadExportForm() {
    CsvDialect& dialect = map_.dialect_;
    if (const toml::node* node = root_.get("header")) {
      LIAISON_ASSIGN_OR_RETURN(map_.header_, Texts(*node, "header"));
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string line_end, TextOr("line_end", "crlf"));
    if (line_end != "crlf" && line_end != "lf") {
      return Wrong("line_end", "`line_end` must be crlf or lf");
    }
    dialect.crlf = line_end == "crlf";
    LIAISON_ASSIGN_OR_RETURN(const std::string quoting, TextOr("quoting", "minimal"));
    if (quoting != "minimal" && quoting != "all") {
      return Wrong("quoting", "`quoting` must be minimal or all");
    }
    dialect.quoting = quoting == "all" ? Quoting::kAll : Quoting::kMinimal;
    if (const toml::node* node = root_.get("sep_line")) {
      LIAISON_ASSIGN_OR_RETURN(dialect.sep_line, Flag(*node, "sep_line"));
    }
    if (const toml::node* node = root_.get("final_line_end")) {
      LIAISON_ASSIGN_OR_RETURN(dialect.final_line_end, Flag(*node, "final_line_end"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadConstants() {
    LIAISON_ASSIGN_OR_RETURN(const toml::table* table, Table("constants"));
    std::vector<std::pair<std::string, const toml::node*>> leaves;
    Flatten(*table, "", &leaves);
    for (const auto& [name, node] : leaves) {
      absl::StatusOr<FieldPath> field = FieldPath::Find(name, map_.type_);
      if (!field.ok()) return AtNode(node->source(), field.status().message());
      LIAISON_ASSIGN_OR_RETURN(std::vector<std::string> values, Texts(*node, name));
      if (values.size() > 1 && !field->is_list()) {
        return AtNode(node->source(), absl::StrCat("field `", name, "` holds one value"));
      }
      for (const std::string& value : values) {
        const absl::Status good = field->Check(value);
        if (!good.ok()) {
          return AtNode(node->source(), absl::StrCat("`", name, "`: ", good.message()));
        }
      }
      map_.constants_.push_back({*std::move(field), std::move(values)});
    }
    return absl::OkStatus();
  }

  absl::Status ReadColumns() {
    LIAISON_ASSIGN_OR_RETURN(const toml::table* table, Table("columns"));
    std::vector<std::pair<std::string, const toml::node*>> leaves;
    Flatten(*table, "", &leaves);
    for (const auto& [name, node] : leaves) {
      absl::StatusOr<FieldPath> field = FieldPath::Find(name, map_.type_);
      if (!field.ok()) return AtNode(node->source(), field.status().message());
      ColumnRule rule{*std::move(field), "", "", std::nullopt, {}};
      LIAISON_RETURN_IF_ERROR(ReadColumn(*node, &rule));
      map_.columns_.push_back(std::move(rule));
    }
    if (map_.columns_.empty()) return Wrong("columns", "[columns] is needed: field = \"Column\"");
    return absl::OkStatus();
  }

  absl::Status ReadColumn(const toml::node& node, ColumnRule* rule) {
    const toml::table* details = node.as_table();
    if (details == nullptr) {
      LIAISON_ASSIGN_OR_RETURN(rule->column, Text(node, rule->field.name()));
      return absl::OkStatus();
    }
    LIAISON_RETURN_IF_ERROR(CheckKeys(*details, {"column", "separator", "date"},
                                      absl::StrCat(" for field `", rule->field.name(), "`")));
    LIAISON_ASSIGN_OR_RETURN(rule->column, Text(*details->get("column"), "column"));
    if (const toml::node* separator = details->get("separator")) {
      LIAISON_ASSIGN_OR_RETURN(rule->separator, Text(*separator, "separator"));
      if (!rule->field.is_list()) {
        return AtNode(separator->source(), absl::StrCat("field `", rule->field.name(),
                                                        "` holds one value: no separator"));
      }
    }
    if (const toml::node* date = details->get("date")) {
      LIAISON_ASSIGN_OR_RETURN(const std::string format, Text(*date, "date"));
      absl::StatusOr<DateFormat> parsed = DateFormat::Parse(format);
      if (!parsed.ok()) return AtNode(date->source(), parsed.status().message());
      if (parsed->has_time() && !rule->field.is_time()) {
        return AtNode(date->source(), absl::StrCat("field `", rule->field.name(),
                                                   "` is a day without a time of day"));
      }
      rule->date = *std::move(parsed);
    }
    return absl::OkStatus();
  }

  absl::Status ReadValues() {
    LIAISON_ASSIGN_OR_RETURN(const toml::table* table, Table("values"));
    for (const auto& [name, node] : InOrder(*table)) {
      ColumnRule* rule = nullptr;
      for (ColumnRule& candidate : map_.columns_) {
        const FieldPath& field = candidate.field;
        if (field.name() == name || field.last_name() == name) rule = &candidate;
      }
      const toml::table* entries = node->as_table();
      if (rule == nullptr || entries == nullptr) {
        return AtNode(node->source(),
                      absl::StrCat("[values.", name, "] belongs to no field under [columns]"));
      }
      for (const auto& [cell, meaning] : InOrder(*entries)) {
        LIAISON_ASSIGN_OR_RETURN(std::string value, Text(*meaning, cell));
        const absl::Status good = rule->field.Check(value);
        if (!good.ok()) {
          return AtNode(meaning->source(), absl::StrCat("\"", cell, "\": ", good.message()));
        }
        rule->values.emplace_back(cell, std::move(value));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckWhole() const {
    std::set<std::string> columns(map_.ignore_.begin(), map_.ignore_.end());
    if (!map_.id_column_.empty() && !columns.insert(map_.id_column_).second) {
      return Wrong("id_column", "the id column is also to be ignored");
    }
    std::set<std::string> fields;
    for (const CsvMap::Constant& constant : map_.constants_) fields.insert(constant.field.name());
    for (const ColumnRule& rule : map_.columns_) {
      if (!columns.insert(rule.column).second) {
        return Wrong("columns", absl::StrCat("column \"", rule.column,
                                             "\" is named twice: a column has one use"));
      }
      if (!fields.insert(rule.field.name()).second) {
        return Wrong("columns", absl::StrCat("field `", rule.field.name(), "` is filled twice"));
      }
    }
    for (const char* needed : {"author", "audience"}) {
      if (fields.count(needed) == 0) {
        return Wrong("constants", absl::StrCat("`", needed,
                                               "` is needed under [constants] or "
                                               "[columns]"));
      }
    }
    return absl::OkStatus();
  }

  const toml::table& root_;
  CsvMap map_;
};

absl::StatusOr<CsvMap> CsvMap::Parse(absl::string_view toml) {
  const toml::parse_result parsed = record::ParseToml(toml);
  if (!parsed) {
    return AtNode(parsed.error().source(),
                  absl::StrCat("not valid TOML: ", View(parsed.error().description())));
  }
  return CsvMapReader(parsed.table()).Read();
}

}  // namespace liaison::cli
