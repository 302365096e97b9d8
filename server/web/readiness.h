// Whether the hub answers.
#ifndef LIAISON_SERVER_WEB_READINESS_H_
#define LIAISON_SERVER_WEB_READINESS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "server/web/http.h"

namespace liaison::web {

// A Readiness asks the hub one question at a time, whose answer all have who ask meanwhile: within
// kReadyTimeout, whatever else is under way. Thread-safe; never waits.
class Readiness {
 public:
  explicit Readiness(const std::shared_ptr<grpc::Channel>& hub);
  // Stop must have been called.
  ~Readiness();

  void Ask(std::shared_ptr<Exchange> exchange);

  // Answers who waits, and refuses who comes; waits until nothing is left.
  void Stop();

 private:
  struct Question;
  void OnAnswer(const grpc::Status& status);
  bool is_idle() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return question_ == nullptr; }

  const std::unique_ptr<igf::liaison::v1::DirectoryService::Stub> directory_;
  absl::Mutex mu_;
  std::unique_ptr<Question> question_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<Exchange>> waiting_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_READINESS_H_
