// Lines to peers that cannot be dialled: over the streams that they keep open here.
#ifndef LIAISON_SERVER_FEDERATION_ATTACHED_LINES_H_
#define LIAISON_SERVER_FEDERATION_ATTACHED_LINES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/lane_puller.h"
#include "server/federation/limits.h"

namespace liaison::federation {

// An AttachedLines brings questions of lanes and errands to streams, and answers back. It
// believes nothing: an answer is as good as one of a peer that was dialled. Thread-safe.
class AttachedLines {
 public:
  // A stream of a peer. No call blocks, or calls back.
  class Stream {
   public:
    virtual ~Stream() = default;
    virtual void Ask(const pb::LaneQuestion& question) = 0;
    virtual void End(const absl::Status& why) = 0;
  };

  explicit AttachedLines(absl::Duration timeout = kPullTimeout) : timeout_(timeout) {}

  // The newest stream of a peer takes the place of the one before, which is ended.
  void Attach(const std::string& peer, std::shared_ptr<Stream> stream);
  // What is asked over it gets no answer any more. Nothing where it is not the peer's.
  void Detach(const std::string& peer, const Stream* stream);
  // False where nobody waits for it.
  bool Answer(const std::string& peer, const Stream* stream, pb::LaneAnswer answer);

  // UNAVAILABLE as long as the peer has no stream here. Who does not answer in time loses theirs.
  // Outlived by this.
  std::unique_ptr<PeerLine> LineTo(const std::string& peer);

 private:
  class Line;
  using AnswerOr = absl::StatusOr<pb::LaneAnswer>;
  // Whoever waits for an answer.
  struct Waiting {
    std::shared_ptr<Stream> stream;
    bool answered = false;
    AnswerOr answer = absl::UnknownError("not yet");
  };

  AnswerOr Ask(const std::string& peer, pb::LaneQuestion question, const bool* cancelled)
      ABSL_LOCKS_EXCLUDED(mu_);

  const absl::Duration timeout_;
  absl::Mutex mu_;
  uint64_t last_number_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mu_);  // by peer
  std::map<uint64_t, Waiting*> waiting_ ABSL_GUARDED_BY(mu_);  // by number of the question
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ATTACHED_LINES_H_
