// Is it well-formed? What a statement must look like, whoever says it and whatever came before.
#ifndef LIAISON_SERVER_ADMISSION_SHAPE_H_
#define LIAISON_SERVER_ADMISSION_SHAPE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/errors.h"

namespace liaison::admission {

namespace pb = ::igf::liaison::v1;

// Violations gathered over one statement, so that a sender sees all of them at once.
class Violations {
 public:
  // `path` of the statement in the request, `items[3].draft`.
  explicit Violations(std::string path) : path_(std::move(path)) {}

  void Add(absl::string_view field, absl::string_view description);
  // Enum numbers this hub does not know have a reason of their own: a newer hub may know them.
  void AddUnknownEnum(absl::string_view field, int number);
  bool empty() const { return violations_.empty(); }
  // So many that more would not help anybody.
  bool full() const;
  // OK while empty; otherwise FIELD_INVALID or, where nothing else is wrong, ENUM_UNKNOWN.
  absl::Status ToStatus() const;

 private:
  std::string path_;
  std::vector<record::FieldViolation> violations_;
  bool only_enums_ = true;
};

// The header's names, counts and dates. `hub` is the name before the audience's slash.
void CheckHeader(const pb::EventHeader& header, absl::string_view hub, Violations* violations);
// A body, the personal section or the attachments: every field by the rule that its name has.
// `field` is the path of the message within the statement.
void CheckMessage(const google::protobuf::Message& message, absl::string_view field,
                  Violations* violations);
// What header and body must say together: a signal has a topic, a response answers something.
void CheckTogether(const pb::EventHeader& header, const google::protobuf::Message& body,
                   absl::string_view field, Violations* violations);

}  // namespace liaison::admission

#endif  // LIAISON_SERVER_ADMISSION_SHAPE_H_
