// The thread that a hub's sequencer runs on.
#ifndef LIAISON_SERVER_SEQUENCER_SEQUENCER_THREAD_H_
#define LIAISON_SERVER_SEQUENCER_SEQUENCER_THREAD_H_

#include <thread>

#include "server/sequencer/sequencer.h"

namespace liaison::sequencer {

// A SequencerThread runs round after round until the order is closed and everything is answered.
class SequencerThread {
 public:
  // REQUIRES: the sequencer is open, and outlives the thread.
  explicit SequencerThread(Sequencer* sequencer)
      : thread_([sequencer] {
          while (sequencer->RunRound()) {
          }
        }) {}
  ~SequencerThread() { Join(); }

  // Returns once the order, which must be closed, is answered. A second call does nothing.
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_SEQUENCER_THREAD_H_
