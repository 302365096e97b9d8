// The hub as a witness of other logs, over HTTP: C2SP tlog-witness v1.0.0.
#ifndef LIAISON_SERVER_WEB_WITNESS_DOOR_H_
#define LIAISON_SERVER_WEB_WITNESS_DOOR_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/witness_service.grpc.pb.h"
#include "server/web/http.h"

namespace liaison::web {

namespace pb = ::igf::liaison::v1;

// A WitnessDoor answers
//   POST /witness/add-checkpoint       as the specification says, from whomever: what counts is the
//                                      log's signature in it
//   GET  /witness/HASH/checkpoint      what was cosigned last of the log whose origin has that
//                                      SHA-256, in hexadecimal: for monitors
// Thread-safe; waits for the hub, which decides.
class WitnessDoor {
 public:
  explicit WitnessDoor(const std::shared_ptr<grpc::Channel>& hub)
      : hub_(pb::WitnessService::NewStub(hub)) {}

  static bool IsWitness(absl::string_view path);
  // REQUIRES: IsWitness(request.path)
  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse AddCheckpoint(const HttpRequest& request);
  HttpResponse Latest(const HttpRequest& request, absl::string_view hash);

  const std::unique_ptr<pb::WitnessService::Stub> hub_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_WITNESS_DOOR_H_
