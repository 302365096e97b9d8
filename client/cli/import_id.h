// Identity of what is imported: the same row of the same source is the same event.
#ifndef LIAISON_CLIENT_CLI_IMPORT_ID_H_
#define LIAISON_CLIENT_CLI_IMPORT_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// UUID, version 5, of a namespace of our own and the name `source NUL row_id`: importing a table
// again adds nothing. DO NOT CHANGE what it yields: it stands in logs. Thread-safe.
std::string ImportedEventId(absl::string_view source, absl::string_view row_id);

// The same for the individual behind the row: `source NUL row_id NUL individual`.
std::string ImportedIndividualId(absl::string_view source, absl::string_view row_id);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_IMPORT_ID_H_
