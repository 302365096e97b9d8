// What a hub would refuse of a table, told in the table's own words before anything is published.
#ifndef LIAISON_CLIENT_CLI_ROW_CHECK_H_
#define LIAISON_CLIENT_CLI_ROW_CHECK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/csv_map.h"
#include "client/cli/draft_reader.h"
#include "liaison/connection.h"

namespace liaison::cli {

// So many refused rows are told of one by one.
inline constexpr size_t kMaxToldRows = 20;

struct RefusedRows {
  std::vector<size_t> indexes;        // of the drafts refused, ascending; empty where none is
  std::vector<std::string> problems;  // a line for each that is told: file, row, column, why
  std::string way_out;                // for all of them
  absl::Status first_refusal;         // as the hub gave it
};

// Asks the hub about the drafts that `map` made. Where a row was imported before and its cells have
// changed since, the line names the column, what it was and what it is. Without `all`, looks no
// further than kMaxToldRows. An error where the hub gives no verdict. Thread-safe.
absl::StatusOr<RefusedRows> FindRefusedRows(const std::shared_ptr<Connection>& connection,
                                            const CsvMap& map, const std::vector<ReadDraft>& drafts,
                                            bool all);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_ROW_CHECK_H_
