// What this hub has of others, by the policy that is in force at the moment.
#ifndef LIAISON_SERVER_FEDERATION_EXCHANGE_H_
#define LIAISON_SERVER_FEDERATION_EXCHANGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/federation/attachments.h"
#include "server/federation/policy.h"
#include "server/federation/profile_watch.h"
#include "server/federation/puller.h"

namespace liaison::federation {

// An Exchange runs the pullers, and the streams to those whom this hub dials. Where another policy
// comes into force, they end and begin anew from the cursors that are kept: a batch under way comes
// again, and nothing twice. Thread-safe.
class Exchange {
 public:
  // `options` as for Puller, without a policy; `streams` as for Attachments, without a policy and
  // `on_news`, or there are none. What cannot be dialled, or pulled at all, stops the start where
  // `strict`; else that peer does not answer, or that lane stands, and the others go on.
  static absl::StatusOr<std::unique_ptr<Exchange>> Start(
      Puller::Options options, std::shared_ptr<const Policy> policy, bool strict,
      std::optional<Attachments::Options> streams = std::nullopt);

  // FIELD_INVALID where the policy could not be used here: a profile that is not there, too many
  // lanes.
  absl::Status Check(const Policy& policy) const;
  // From here on. Waits for the calls under way to end.
  void Use(std::shared_ptr<const Policy> policy);
  // Ends the pullers and the streams, for good: nothing goes out or comes in by them any more. Who
  // is blocked stays so for as long as somebody calls.
  void Stop();
  // What the policy names and is not pulled, and why; OK otherwise.
  absl::Status trouble() const;

  // Empty without peers.
  std::vector<PeerStatus> status() const;
  // As in Standings.
  absl::Status Block(const std::string& peer_or_origin, absl::string_view by, absl::string_view why,
                     absl::Time now);
  absl::Status Release(const std::string& peer_or_origin, absl::string_view by,
                       absl::string_view why, absl::Time now);
  bool IsBlocked(const std::string& peer_or_origin) const;
  // Whether a peer of the policy may be served. NOT_PERMITTED where a person has blocked it;
  // UNAVAILABLE as long as nobody here knows whether one has: another policy is just coming in.
  absl::Status CheckServed(const std::string& peer) const;
  // As in Puller.
  void Called(const std::string& peer);
  void Hinted(const std::string& peer);
  Standings::PeerStanding OfPeer(const std::string& peer, absl::Time now) const;
  Standings::OriginStanding OfOrigin(const std::string& origin, absl::Time now) const;

 private:
  Exchange(Puller::Options options, std::optional<Attachments::Options> streams)
      : options_(std::move(options)), streams_(std::move(streams)) {}
  absl::Status Begin(std::shared_ptr<const Policy> policy, bool strict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status BeginToPull(bool strict) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status OpenStreams(bool strict) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Puller::Options options_;
  const std::optional<Attachments::Options> streams_;
  mutable absl::Mutex mu_;  // whoever reads does not wait for another but while a policy comes in
  std::shared_ptr<const Policy> policy_ ABSL_GUARDED_BY(mu_);  // outlives its puller
  std::unique_ptr<Puller> puller_ ABSL_GUARDED_BY(mu_);        // null where the policy has no peers
  std::unique_ptr<Attachments> attachments_ ABSL_GUARDED_BY(mu_);  // outlived by the puller
  std::unique_ptr<ProfileWatch> watch_ ABSL_GUARDED_BY(mu_);
  absl::Status trouble_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_EXCHANGE_H_
