// Names of single values inside a draft, so that a column of a table can be told where to go.
#ifndef LIAISON_CLIENT_CLI_FIELD_PATH_H_
#define LIAISON_CLIENT_CLI_FIELD_PATH_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

// `STAKEHOLDER_GROUP_CIVIL_SOCIETY` of StakeholderGroup -> `civil_society`. Thread-safe.
std::string EnumShortName(const google::protobuf::EnumValueDescriptor& value);

// A FieldPath leads to one value of a draft, or to one list of values: `cycle`, `topics`,
// `recorded_for.individual.region`; fields of the body by their own names, `title`,
// `evidence.uri`. At most one step is a list; values are then those of its elements in order.
//
// Values are text in one exact form: enums by their short name (`civil_society`), numbers in
// decimal, `true` or `false`, times as RFC 3339, everything else verbatim. Value type.
class FieldPath {
 public:
  // INVALID_ARGUMENT, naming the nearest, where the type's draft has no such value, or where it is
  // not for a table to set: the event id, references, attachments, external ids.
  static absl::StatusOr<FieldPath> Find(absl::string_view name, v1::EventType type);

  const std::string& name() const { return name_; }
  // The last step alone, `region`.
  const std::string& last_name() const { return steps_.back()->name(); }
  bool is_list() const;
  bool is_time() const;  // a timestamp, not a calendar date
  bool is_enum() const;
  // What stands for a field that is not set: `unspecified`, `false`, `0`, or nothing.
  std::string unset_value() const;

  // INVALID_ARGUMENT, saying what is expected, for a value that is not of the field's grammar.
  absl::Status Check(absl::string_view value) const;
  // REQUIRES: Check is OK for each; not more than one unless is_list().
  void Set(const std::vector<std::string>& values, v1::Draft* draft) const;
  // As Set takes them; empty where nothing is set. Empty values at the end are left out.
  std::vector<std::string> Get(const v1::Draft& draft) const;

 private:
  std::string name_;
  std::vector<const google::protobuf::FieldDescriptor*> steps_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_FIELD_PATH_H_
