// A hub's gRPC surface in the test's own process: as true as the wire, and as wilful as needed.
#ifndef LIAISON_TESTS_UNIT_CLIENT_IN_PROCESS_HUB_H_
#define LIAISON_TESTS_UNIT_CLIENT_IN_PROCESS_HUB_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "igf/liaison/v1/admin_service.grpc.pb.h"
#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "igf/liaison/v1/radar_service.grpc.pb.h"

namespace liaison::testing {

namespace v1 = ::igf::liaison::v1;

// As the real hub says it: the details travel in grpc-status-details-bin.
grpc::Status Refusal(const absl::Status& status);

// An InProcessHub answers as its members say. Set them before Start; they are called from gRPC's
// threads. Not thread-safe itself.
class InProcessHub {
 public:
  using Context = grpc::ServerContext;

  InProcessHub();
  ~InProcessHub();

  // Listens on loopback, on the port that it had before, if any.
  void Start();
  // Ends every call at once.
  void Stop();
  const std::string& address() const { return address_; }

  std::function<grpc::Status(Context&, const v1::PublishRequest&, v1::PublishResponse*)> publish;
  std::function<grpc::Status(
      Context&, grpc::ServerReaderWriter<v1::PublishStreamResponse, v1::PublishStreamRequest>&)>
      publish_stream;
  std::function<grpc::Status(Context&, const v1::GetHubRequest&, v1::GetHubResponse*)> get_hub;
  std::function<grpc::Status(Context&, const v1::SubscribeRequest&,
                             grpc::ServerWriter<v1::SubscribeResponse>&)>
      subscribe;
  std::function<grpc::Status(Context&, const v1::WatchViewRequest&,
                             grpc::ServerWriter<v1::WatchViewResponse>&)>
      watch_view;
  std::function<grpc::Status(Context&, const v1::AcceptClockRequest&, v1::AcceptClockResponse*)>
      accept_clock;

 private:
  struct Services;

  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_ = "127.0.0.1:0";
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_CLIENT_IN_PROCESS_HUB_H_
