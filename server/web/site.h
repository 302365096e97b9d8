// Which path is whose.
#ifndef LIAISON_SERVER_WEB_SITE_H_
#define LIAISON_SERVER_WEB_SITE_H_

#include <memory>
#include <string>

#include "server/web/answer_budget.h"
#include "server/web/http.h"
#include "server/web/tally.h"

namespace liaison::web {

struct SiteOptions {
  std::string hub;        // `unix:/run/liaison/hub.sock`
  std::string authority;  // file with the hub's authority; empty: the hub has none
  std::string dashboard;  // folder with the dashboard's files; empty: there is none
  std::string licence;    // of the public record; empty: none was stated
};

// A Site answers every request: the dashboard's files at /, calls of the hub at
// /package.Service/Method, the ways in (enrolment.h), the record at /public/, /feeds/,
// /calendar.ics and /open-data/, the log as tiles at /log/, what a witness answers at /witness/,
// and /healthz, /readyz, /metrics. Thread-safe; never waits, but lets others wait.
class Site {
 public:
  // Both must outlive it, and the budget every answer.
  Site(SiteOptions options, Tally* tally, AnswerBudget* budget);
  ~Site();

  void Handle(HttpRequest request, std::shared_ptr<Exchange> exchange);
  // How large the body of a request for that path may be.
  static uint64_t BodyLimit(absl::string_view path);

  // Ends what is under way and refuses what comes; before its server goes.
  void Stop();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_SITE_H_
