// Who is told that more of the log was signed.
#ifndef LIAISON_SERVER_TRANSPARENCY_HEAD_NEWS_H_
#define LIAISON_SERVER_TRANSPARENCY_HEAD_NEWS_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace liaison::transparency {

// A HeadNews keeps nobody alive: whoever goes is told no more. Thread-safe.
class HeadNews {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // Called without locks; must not block.
    virtual void OnHead() = 0;
  };

  void Add(const std::shared_ptr<Listener>& listener);
  bool has_listeners() const;
  void Tell();

 private:
  mutable absl::Mutex mu_;
  std::vector<std::weak_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_HEAD_NEWS_H_
