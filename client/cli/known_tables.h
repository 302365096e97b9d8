// The three tables that come with the project, recognised by their header line.
#ifndef LIAISON_CLIENT_CLI_KNOWN_TABLES_H_
#define LIAISON_CLIENT_CLI_KNOWN_TABLES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/csv.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

enum class KnownTable {
  kNris,            // national, regional and youth initiatives: an Organisation for each row
  kTaxonomy,        // topic codes: a TopicScheme for each scheme, and `core` with `unspecified`
  kThematicInputs,  // counts of a call for inputs: a TopicSignal for each single input
};

// nullopt for any other header. Thread-safe.
std::optional<KnownTable> RecogniseTable(const std::vector<std::string>& header);

// The events that the table stands for, by the secretariat, in order. Ids are made of the table's
// name and the row, so that importing it again adds nothing. INVALID_ARGUMENT, with row and column,
// where a cell is not what it should be; then there are no events at all. Thread-safe.
absl::StatusOr<std::vector<v1::Draft>> DraftsOf(KnownTable kind, const CsvTable& table);

// `Côte d'Ivoire IGF` -> `cote-d-ivoire-igf`: letters and digits of ASCII, lower case, what stands
// in parentheses left out. Empty where nothing is left. Thread-safe.
std::string SlugOf(absl::string_view name);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_KNOWN_TABLES_H_
