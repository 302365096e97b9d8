// The lines that this hub keeps open to the peers that it dials.
#ifndef LIAISON_SERVER_FEDERATION_ATTACHMENTS_H_
#define LIAISON_SERVER_FEDERATION_ATTACHMENTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/backoff.h"
#include "server/federation/policy.h"
#include "server/transparency/head_news.h"

namespace liaison::federation {

// A stream to a peer. One thread reads and writes; Cancel may come from any.
class PeerStream {
 public:
  virtual ~PeerStream() = default;
  // False: the stream is broken, Read says why.
  virtual bool Write(const pb::AttachRequest& frame) = 0;
  // nullopt at an orderly end; DEADLINE_EXCEEDED, and only then, where nothing came in time.
  virtual absl::StatusOr<std::optional<pb::AttachResponse>> Read(absl::Duration timeout) = 0;
  virtual void Cancel() = 0;
};
// Begins a stream; never null.
using OpenPeerStream = std::function<std::unique_ptr<PeerStream>()>;

// An Attachments keeps one stream open to each peer with an address, with pauses of full jitter.
// Over it the peer says when it has something new, and may ask: it is answered as when it calls,
// one question after the other. Thread-safe.
class Attachments {
 public:
  struct Options {
    const Policy* policy = nullptr;  // all of them outlive it
    transparency::HeadNews* news;
    // What the peer is answered when it calls; the number is not its business. May wait for the
    // disk.
    std::function<absl::StatusOr<pb::LaneAnswer>(const std::string& peer,
                                                 const pb::LaneQuestion& question)>
        serve;
    std::function<absl::StatusOr<OpenPeerStream>(const PeerPolicy& peer)> dial;
    std::function<void(const std::string& peer)> on_news;  // the peer says so; must not block
    std::function<absl::Time()> now;
    std::function<double()> roll;  // uniformly from [0, 1); one caller at a time
    std::function<void(const std::string& what)> report = nullptr;  // what operators should know
  };
  static absl::StatusOr<std::unique_ptr<Attachments>> Start(Options options);
  // Ends the streams.
  ~Attachments();

  // Why the newest stream to the peer ended before a word came; empty where one did.
  std::string TroubleOf(const std::string& peer) const;

 private:
  class Attachment;

  explicit Attachments(Options options) : options_(std::move(options)) {}
  void Run(Attachment* attachment);
  // As TroubleOf from here on; reported where it was another.
  void SetTrouble(const absl::Status& trouble, Attachment* attachment);
  // One stream, from its beginning to its end: how it ended.
  absl::Status Keep(Attachment* attachment);
  // False: the stream is broken.
  bool Act(const pb::AttachResponse& frame, PeerStream* stream, Attachment* attachment);
  // Whoever asks at once is not answered at once.
  void Rest(absl::Duration spent);

  const Options options_;
  std::vector<std::shared_ptr<Attachment>> attachments_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ATTACHMENTS_H_
