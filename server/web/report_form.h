// A report from a browser without JavaScript.
#ifndef LIAISON_SERVER_WEB_REPORT_FORM_H_
#define LIAISON_SERVER_WEB_REPORT_FORM_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "server/web/http.h"
#include "server/web/hub_reader.h"
#include "server/web/report_page.h"

namespace liaison::web {

// A ReportForm takes a person with a session from an empty form over a preview to their published
// report. It keeps nothing: what was written travels in the form. A form from another site is not
// taken, nor one that was not given out here to this very session: `proof`. Thread-safe; waits for
// the hub.
class ReportForm {
 public:
  ReportForm(const std::shared_ptr<grpc::Channel>& hub, HubReader* reader);

  // REQUIRES: request.path == "/report"
  HttpResponse Handle(const HttpRequest& request);

 private:
  struct Caller {
    std::string session;
    std::string organisation;
    std::string hub;
  };
  // Who asks; UNAUTHENTICATED where there is no session, or none that holds any more.
  absl::StatusOr<Caller> CallerOf(const HttpRequest& request);
  HttpResponse Take(const HttpRequest& request, const Caller& caller, ReportPage page);
  // The draft is sent, or only checked.
  grpc::Status Publish(const HttpRequest& request, const Caller& caller, const ReportPage& page,
                       bool dry_run, pb::PublishResponse* response);
  std::string ProofOf(const Caller& caller, const std::string& event_id) const;
  void OfferTopics(ReportPage* page);

  const std::unique_ptr<pb::DirectoryService::Stub> directory_;
  const std::unique_ptr<pb::PublishService::Stub> publish_;
  HubReader& reader_;
  // Made anew with each process: a form from before has to be looked at again.
  const std::string secret_;
};

// The draft that the fields make. Exposed for tests.
pb::Draft ReportDraftOf(const ReportPage& page, const std::string& hub, const std::string& cycle);
// Of the open cycles the one that `day` is in, else the one that began last; empty: none.
std::string UsualCycle(const std::vector<pb::CycleEntry>& cycles, const std::string& day);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_REPORT_FORM_H_
