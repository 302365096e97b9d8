#include "client/cli/row_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/publish_run.h"
#include "client/cli/table.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr size_t kShownCellColumns = 60;

std::string Shown(absl::string_view cell) {
  return absl::StrCat("\"", Shortened(Printable(cell), kShownCellColumns), "\"");
}

std::string Column(absl::string_view name) { return absl::StrCat("column \"", name, "\""); }

// `column "Titre": "Old" is now "New"` for each cell that has changed since the row was imported;
// empty where no column of the map tells the two apart.
std::vector<std::string> ChangedCells(const CsvMap& map, const v1::Draft& was,
                                      const v1::Draft& is) {
  std::vector<std::string> changed;
  if (!map.Made(was)) return changed;
  const absl::StatusOr<CsvTable> table = map.ToTable({was, is});
  if (!table.ok()) return changed;
  for (size_t j = 0; j < table->header.size(); ++j) {
    const std::string& before = table->rows[0].cells[j];
    const std::string& now = table->rows[1].cells[j];
    if (before == now) continue;
    changed.push_back(
        absl::StrCat(Column(table->header[j]), ": ", Shown(before), " is now ", Shown(now)));
  }
  return changed;
}

std::string OtherContent(const EventClient& events, const CsvMap& map, const ReadDraft& read,
                         const absl::Status& refusal) {
  std::string line = absl::StrCat(read.origin, ": was imported before with other content");
  const absl::StatusOr<Event> original = events.Get(read.draft.author(), read.draft.event_id());
  const absl::StatusOr<v1::Draft> was =
      original.ok() ? original->ToDraft() : absl::StatusOr<v1::Draft>(original.status());
  // Whoever may publish may still not be one to read it.
  if (was.ok()) {
    const std::vector<std::string> changed = ChangedCells(map, *was, read.draft);
    absl::StrAppend(&line, "; ",
                    changed.empty() ? "no column differs, so a constant of the map does"
                                    : absl::StrJoin(changed, "; "));
  }
  absl::StrAppend(&line, " (event ", read.draft.event_id());
  const std::string sequence = MetadataOf(refusal, "sequence");
  if (!sequence.empty()) absl::StrAppend(&line, ", sequence ", sequence);
  return absl::StrCat(line, ")");
}

// The hub's own words, with the columns that its fields come from.
std::string Refused(const CsvMap& map, const ReadDraft& read, const absl::Status& refusal) {
  const absl::Status told = AtOrigin(refusal, read.origin);
  std::vector<std::string> faults;
  for (const FieldViolation& violation : FieldViolationsOf(told)) {
    const std::string column = map.ColumnOf(violation.field);
    faults.push_back(absl::StrCat(column.empty() ? violation.field : Column(column), ": ",
                                  violation.description));
  }
  if (faults.empty()) return std::string(told.message());
  return absl::StrCat(read.origin, ", ", absl::StrJoin(faults, "; "));
}

std::string WayOutOfOtherContent(const CsvMap& map) {
  if (!map.has_row_ids()) {
    return "A published event does not change, and the map names no id_column: rows are known by "
           "their number. Was a row inserted, removed or moved? Put the rows back in their order "
           "and add new ones at the end.";
  }
  return absl::StrCat(
      "A published event does not change. To publish a correction, put the row back as it was and "
      "add one with an id of its own in ",
      Column(map.id_column()),
      "; or publish a draft that revises the event (`liaison import --help` shows how).");
}

}  // namespace

absl::StatusOr<RefusedRows> FindRefusedRows(const std::shared_ptr<Connection>& connection,
                                            const CsvMap& map, const std::vector<ReadDraft>& drafts,
                                            bool all) {
  std::vector<v1::Draft> bodies;
  bodies.reserve(drafts.size());
  for (const ReadDraft& read : drafts) bodies.push_back(read.draft);
  LIAISON_ASSIGN_OR_RETURN(
      const std::vector<RefusedDraft> refused,
      FindRefused(PublishClient(connection), bodies, all ? bodies.size() : kMaxToldRows));
  const EventClient events(connection);
  RefusedRows rows;
  for (const auto& [index, status] : refused) {
    if (rows.indexes.empty()) rows.first_refusal = status;
    rows.indexes.push_back(index);
    const bool reused = ReasonOf(status) == Reason::kEventIdReused;
    if (reused) rows.way_out = WayOutOfOtherContent(map);
    if (rows.problems.size() == kMaxToldRows) continue;
    const ReadDraft& read = drafts[index];
    rows.problems.push_back(reused ? OtherContent(events, map, read, status)
                                   : Refused(map, read, status));
  }
  return rows;
}

}  // namespace liaison::cli
