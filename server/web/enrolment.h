// The way from an invitation to a certificate or a session.
#ifndef LIAISON_SERVER_WEB_ENROLMENT_H_
#define LIAISON_SERVER_WEB_ENROLMENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/enrolment_service.grpc.pb.h"
#include "server/web/http.h"

namespace liaison::web {

// An Enrolment answers
//   GET  /authority.pem      the hub's authority, as PEM
//   GET  /join/INVITATION    what the invitation is for, with a button; uses nothing up, because
//                            whoever scans mail follows links
//   POST /join               begins a session, which the browser keeps where no script reads it
//   GET  /me, POST /leave    who the browser is; ends the session
//   POST /v1/invitation, /v1/enrol   the same for programs, JSON as in the contract
// and everything else with 404. Thread-safe; waits for the hub.
class Enrolment {
 public:
  // `authority` is the file with the hub's authority, read at each request; empty: there is none.
  Enrolment(const std::shared_ptr<grpc::Channel>& hub, std::string authority);

  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse ShowInvitation(const HttpRequest& request);
  HttpResponse Join(const HttpRequest& request);
  HttpResponse Me(const HttpRequest& request);
  HttpResponse Leave(const HttpRequest& request);
  HttpResponse Authority();

  const std::unique_ptr<igf::liaison::v1::EnrolmentService::Stub> enrolment_;
  const std::unique_ptr<igf::liaison::v1::DirectoryService::Stub> directory_;
  const std::string authority_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_ENROLMENT_H_
