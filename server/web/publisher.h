// Brings the hub's checkpoints to its witnesses, and their cosignatures to the hub.
#ifndef LIAISON_SERVER_WEB_PUBLISHER_H_
#define LIAISON_SERVER_WEB_PUBLISHER_H_

#include <grpcpp/channel.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "igf/liaison/v1/witness_service.grpc.pb.h"
#include "proto/record/witness_policy.h"
#include "server/web/http_client.h"

namespace liaison::web {

namespace pb = ::igf::liaison::v1;

// How long to wait after so many failures in a row: twice as long each time up to kMaxPublishRest,
// and up to half of it less, so that those who failed together do not come back together. `random`
// is of [0, 1).
std::chrono::milliseconds RestAfter(int failures, double random);

// What is to be published, as of one moment.
struct Publishing {
  std::string note;
  uint64_t size = 0;
  std::string origin;
  // Cosignatures from before are of no use to the hub (GetWitnessingResponse.compare_since).
  uint64_t since = 0;

  friend bool operator==(const Publishing& a, const Publishing& b) {
    return a.note == b.note && a.since == b.since;
  }
};

// A Publisher looks at the hub once a second, and has a thread for each witness of the hub's policy
// that has an address: one that hangs keeps nobody waiting, least of all the hub, which knows
// nothing of it. What a witness answers the hub believes for its signatures alone.
class Publisher {
 public:
  struct Options {
    std::chrono::milliseconds every{5000};  // at most so often to one witness
    // What people should know: a witness that fails, and one that goes again.
    std::function<void(const std::string& line)> report;
  };
  Publisher(const std::shared_ptr<grpc::Channel>& hub, Options options);
  // Waits for what is under way, kWitnessTimeout at most.
  ~Publisher();

 private:
  class Lane;

  void Run();
  // Looks at the hub, and has a lane for each of its witnesses.
  void Look();
  void KeepLanes(const record::WitnessPolicy& policy);

  const std::shared_ptr<grpc::Channel> hub_;
  const Options options_;

  absl::Mutex mu_;
  std::optional<Publishing> newest_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  // Of the thread that looks.
  std::map<std::string, std::unique_ptr<Lane>> lanes_;  // by vkey and address
  std::thread thread_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PUBLISHER_H_
