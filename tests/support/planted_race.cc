// A race on purpose: two threads, one number, and locks that have nothing to do with each other.
// The sanitizer must report it, or its silence elsewhere means nothing.

#include <thread>

#include "absl/synchronization/mutex.h"

int main() {
  int shared = 0;
  absl::Mutex mine;
  absl::Mutex theirs;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      absl::MutexLock lock(&theirs);
      ++shared;
    }
  });
  for (int i = 0; i < 1000; ++i) {
    absl::MutexLock lock(&mine);
    ++shared;
  }
  other.join();
  return 0;
}
