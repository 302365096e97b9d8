// Says in time that a certificate ends which this hub shows a peer.
#ifndef LIAISON_SERVER_FEDERATION_PROFILE_WATCH_H_
#define LIAISON_SERVER_FEDERATION_PROFILE_WATCH_H_

#include <functional>
#include <map>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/policy.h"

namespace liaison::federation {

// Of the certificate in a profile's folder.
using CertificateEndOf = std::function<absl::StatusOr<absl::Time>(const std::string& profile)>;

// What somebody has to do about a peer's profile by now, and how; empty: nothing. Thread-safe.
std::string ProfileWarning(const std::string& profile, const CertificateEndOf& end, absl::Time now);

// A ProfileWatch reports what ProfileWarning says of each peer that is dialled: when it is due, and
// then once a day. Not thread-safe; its thread is its own.
class ProfileWatch {
 public:
  struct Options {
    const Policy* policy;  // outlives it
    CertificateEndOf end;
    std::function<absl::Time()> now;
    std::function<void(const std::string& what)> report;
  };
  explicit ProfileWatch(Options options) : options_(std::move(options)) {}
  ~ProfileWatch();

  void Start();
  // What is due, once; Start calls it again and again.
  void RunOnce();

 private:
  struct Said {
    std::string warning;
    absl::Time at;
  };

  void Run();

  const Options options_;
  std::map<std::string, Said> said_;  // by peer; of whoever runs it

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_PROFILE_WATCH_H_
