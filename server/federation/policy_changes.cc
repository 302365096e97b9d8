#include "server/federation/policy_changes.h"

#include <map>
#include <sstream>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/toml.h"

namespace liaison::federation {
namespace {

using Lines = std::map<std::string, std::string>;

std::string Written(const toml::node& node) {
  std::ostringstream out;
  if (node.is_array()) {
    out << *node.as_array();
  } else if (node.is_string()) {
    out << *node.as_string();
  } else if (node.is_boolean()) {
    out << *node.as_boolean();
  } else if (node.is_integer()) {
    out << *node.as_integer();
  } else {
    out << "a value";
  }
  return out.str();
}

void AddTable(const std::string& path, const toml::table& table, Lines* lines);

// Rules, by name, and in which order they stand.
void AddRules(const std::string& path, const toml::array& rules, Lines* lines) {
  std::vector<std::string> names;
  for (const toml::node& rule : rules) {
    const toml::node* name = rule.is_table() ? rule.as_table()->get("name") : nullptr;
    names.push_back(name == nullptr ? "\"\"" : Written(*name));
    if (rule.is_table()) AddTable(absl::StrCat(path, " ", names.back()), *rule.as_table(), lines);
  }
  (*lines)[absl::StrCat(path, ", in order")] = absl::StrJoin(names, ", ");
}

void AddTable(const std::string& path, const toml::table& table, Lines* lines) {
  // A peer or an origin of which nothing is said is one all the same.
  if (table.empty() && !path.empty()) (*lines)[path] = "{}";
  for (const auto& [key, node] : table) {
    std::string name(key.str());
    if (name.find('/') != std::string::npos) name = absl::StrCat("\"", name, "\"");
    const std::string at = path.empty() ? name : absl::StrCat(path, ".", name);
    if (node.is_table()) {
      AddTable(at, *node.as_table(), lines);
    } else if (node.is_array() && !node.as_array()->empty() &&
               node.as_array()->get(0)->is_table()) {
      AddRules(at, *node.as_array(), lines);
    } else {
      (*lines)[at] = Written(node);
    }
  }
}

absl::StatusOr<Lines> LinesOf(absl::string_view text) {
  const toml::parse_result parsed = record::ParseToml(text);
  if (!parsed) return record::FieldInvalid("text", "is no TOML");
  Lines lines;
  AddTable("", parsed.table(), &lines);
  return lines;
}

}  // namespace

absl::StatusOr<std::vector<PolicyChange>> ChangesBetween(absl::string_view before,
                                                         absl::string_view after) {
  LIAISON_ASSIGN_OR_RETURN(const Lines old, LinesOf(before));
  LIAISON_ASSIGN_OR_RETURN(const Lines now, LinesOf(after));
  std::map<std::string, PolicyChange> changes;
  for (const auto& [what, value] : old) changes[what] = {what, value, ""};
  for (const auto& [what, value] : now) {
    changes[what].what = what;
    changes[what].after = value;
  }
  std::vector<PolicyChange> all;
  for (auto& [what, change] : changes) {
    if (change.before != change.after) all.push_back(std::move(change));
  }
  return all;
}

}  // namespace liaison::federation
