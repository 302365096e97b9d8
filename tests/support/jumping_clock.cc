// LD_PRELOAD: the wall clock of a process is off by what a file says, and changes when the file
// does. Nobody else's clock is touched.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int64_t kNanos = 1'000'000'000;
// Waits for a time beyond this are by the wall clock: no machine has been up for so long.
constexpr time_t kEarliestWallTime_s = 1'000'000'000;

// Eight bytes, nanoseconds, in the byte order of the machine: JUMPING_CLOCK_FILE.
const std::atomic<int64_t>* shared_offset = nullptr;

__attribute__((constructor)) void MapOffset() {
  const char* path = getenv("JUMPING_CLOCK_FILE");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void* mapped = file < 0 ? MAP_FAILED : mmap(nullptr, 8, PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    perror("jumping_clock: JUMPING_CLOCK_FILE");
    _exit(127);
  }
  close(file);
  shared_offset = static_cast<const std::atomic<int64_t>*>(mapped);
}

int64_t Offset() { return shared_offset == nullptr ? 0 : shared_offset->load(); }

timespec Shift(const timespec& t, int64_t by) {
  int64_t seconds = t.tv_sec + by / kNanos;
  int64_t nanos = t.tv_nsec + by % kNanos;
  if (nanos >= kNanos) nanos -= kNanos, ++seconds;
  if (nanos < 0) nanos += kNanos, --seconds;
  return {static_cast<time_t>(seconds < 0 ? 0 : seconds), static_cast<long>(nanos)};
}

template <typename F>
F Next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

using Syscall = long (*)(long, ...);
long CallKernel(long number, long a, long b, long c, long d, long e, long f) {
  static const Syscall next = Next<Syscall>("syscall");
  return next(number, a, b, c, d, e, f);
}

timespec WallTime() {
  timespec t{};
  CallKernel(SYS_clock_gettime, CLOCK_REALTIME, reinterpret_cast<long>(&t), 0, 0, 0, 0);
  return Shift(t, Offset());
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* t) noexcept {
  static const auto next = Next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int failed = next(clock, t);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    *t = Shift(*t, Offset());
  }
  return failed;
}

int gettimeofday(timeval* t, void*) noexcept {
  const timespec now = WallTime();
  *t = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* t) noexcept {
  const time_t now = WallTime().tv_sec;
  if (t != nullptr) *t = now;
  return now;
}

// The kernel knows nothing of this clock: whoever waits until a time of it is woken at the
// kernel's.

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  static const auto next =
      Next<int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  const timespec shifted = Shift(*until, until->tv_sec > kEarliestWallTime_s ? -Offset() : 0);
  return next(condition, mutex, &shifted);
}

long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  timespec shifted;
  if (number == SYS_futex && (a[1] & FUTEX_CLOCK_REALTIME) != 0 && a[3] != 0) {
    shifted = Shift(*reinterpret_cast<const timespec*>(a[3]), -Offset());
    a[3] = reinterpret_cast<long>(&shifted);
  }
  return CallKernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // extern "C"
