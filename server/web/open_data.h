// The public record as files: CSV (RFC 4180) and JSON Lines, with checksums and a licence.
#ifndef LIAISON_SERVER_WEB_OPEN_DATA_H_
#define LIAISON_SERVER_WEB_OPEN_DATA_H_

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/web/answer_budget.h"
#include "server/web/http.h"
#include "server/web/hub_reader.h"
#include "server/web/shared_bodies.h"

namespace liaison::web {

// A cell that a spreadsheet takes for a formula gets an apostrophe before it.
std::string CsvRow(const std::vector<std::string>& cells);

// An OpenData answers below /open-data/: an index, datapackage.json, SHA256SUMS, decisions.csv,
// requests.csv, organisations.csv, and the events in files of kEventsPerFile sequences, which never
// change once they are full but for what is erased. However large such a file is, a reader costs
// one piece of it at a time. Thread-safe; never waits: it has threads of its own, so that nothing
// else waits for an export.
class OpenData {
 public:
  // `licence` is the operator's, as SPDX names it; empty: none was stated. The others must outlive
  // it.
  OpenData(HubReader* hub, AnswerBudget* budget, std::string licence);
  // Stop must have been called.
  ~OpenData();

  // REQUIRES: the path is below /open-data/
  void Handle(const HttpRequest& request, std::shared_ptr<Exchange> exchange);

  // Hangs up on what is under way, and refuses what comes; waits until nothing is left.
  void Stop();

 private:
  class Download;
  struct File {
    std::string name;
    std::string type;
    std::string sha256;
    size_t size = 0;
    absl::Time listed_at;
  };

  // The following wait for the hub.
  HttpResponse Csv(const std::string& name);
  absl::StatusOr<std::string> DecisionsCsv();
  absl::StatusOr<std::string> RequestsCsv();
  absl::StatusOr<std::string> OrganisationsCsv();
  // The events of these sequences, both included.
  absl::StatusOr<std::string> EventLines(uint64_t first, uint64_t last);
  HttpResponse List(const std::string& name);
  // All files as they are now; made again when the record has grown.
  absl::Status RefreshListing();
  absl::StatusOr<File> FileOfEvents(uint64_t first, uint64_t head);
  HttpResponse Index() const;
  HttpResponse DataPackage() const;

  bool is_ending();
  void Enter(std::shared_ptr<Download> download);
  void Leave(const std::shared_ptr<Download>& download);

  HubReader& hub_;
  const std::string licence_;
  SharedBodies files_;
  SharedBodies pieces_;

  absl::Mutex mu_;
  std::set<std::shared_ptr<Download>> downloads_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;

  // Of the thread that lists.
  uint64_t listed_head_ = 0;
  absl::Time listed_at_ = absl::InfinitePast();
  std::vector<File> listing_;
  std::map<uint64_t, File> full_files_;  // by their first sequence

  boost::asio::thread_pool exports_;
  boost::asio::thread_pool lists_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_OPEN_DATA_H_
