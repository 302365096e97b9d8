// The public record as files: CSV (RFC 4180) and JSON Lines, with checksums and a licence.
#ifndef LIAISON_SERVER_WEB_OPEN_DATA_H_
#define LIAISON_SERVER_WEB_OPEN_DATA_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/web/http.h"
#include "server/web/hub_reader.h"

namespace liaison::web {

// A cell that a spreadsheet takes for a formula gets an apostrophe before it.
std::string CsvRow(const std::vector<std::string>& cells);

// An OpenData answers below /open-data/: an index, datapackage.json, SHA256SUMS, decisions.csv,
// requests.csv, organisations.csv, and the events in files of kEventsPerFile sequences, which never
// change once they are full but for what is erased. Thread-safe; waits for the hub.
class OpenData {
 public:
  // `licence` is the operator's, as SPDX names it; empty: none was stated. The reader must outlive
  // it.
  OpenData(HubReader* hub, std::string licence) : hub_(*hub), licence_(std::move(licence)) {}

  // REQUIRES: the path is below /open-data/
  HttpResponse Handle(const HttpRequest& request);

 private:
  struct File {
    std::string name;
    std::string type;
    std::string sha256;
    size_t size = 0;
  };
  absl::StatusOr<std::optional<HttpResponse>> FileNamed(const std::string& name);
  absl::StatusOr<std::string> DecisionsCsv();
  absl::StatusOr<std::string> RequestsCsv();
  absl::StatusOr<std::string> OrganisationsCsv();
  absl::StatusOr<std::string> EventLines(uint64_t first);
  absl::StatusOr<std::vector<std::string>> Names();
  // All files as they are now; made again when the record has grown.
  absl::StatusOr<std::vector<File>> Listing();

  HubReader& hub_;
  const std::string licence_;
  absl::Mutex mu_;
  uint64_t listed_head_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time listed_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  std::vector<File> listing_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_OPEN_DATA_H_
