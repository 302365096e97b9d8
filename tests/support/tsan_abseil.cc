// Lets ThreadSanitizer see the locks of Abseil.
//
// The distribution's Abseil is a shared library built without instrumentation, so what its Mutex
// and Notification order would look like races. These definitions take precedence over the
// library's (ELF interposition), call it, and tell the sanitizer what happened: only real edges are
// added, so a race that is one is still reported.

#include <dlfcn.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" {
void __tsan_acquire(void* address);  // NOLINT(bugprone-reserved-identifier)
void __tsan_release(void* address);  // NOLINT(bugprone-reserved-identifier)
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

// The library's own definition of a mangled name.
template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Within, the reads of this thread are not looked at: who unlocks reads the conditions of those who
// wait, on their stacks, ordered by locks that the sanitizer does not see.
thread_local bool reads_are_ignored = false;

class ReadsIgnored {
 public:
  explicit ReadsIgnored(bool ignored = true) : before_(reads_are_ignored) { Set(ignored); }
  ~ReadsIgnored() { Set(before_); }
  ReadsIgnored(const ReadsIgnored&) = delete;
  ReadsIgnored& operator=(const ReadsIgnored&) = delete;

 private:
  static void Set(bool ignored) {
    if (ignored == reads_are_ignored) return;
    reads_are_ignored = ignored;
    ignored ? AnnotateIgnoreReadsBegin(__FILE__, __LINE__)
            : AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
  const bool before_;
};

// A condition is evaluated with the lock held, by the waiter or by whoever unlocks. What it looks
// at is watched as ever.
struct Watched {
  absl::Mutex* mutex;
  const absl::Condition* condition;

  bool Eval() const {
    const Watched self = *this;
    __tsan_acquire(const_cast<Watched*>(this));  // what the waiter put on its stack
    __tsan_acquire(self.mutex);
    bool met = false;
    {
      ReadsIgnored no(false);
      met = self.condition->Eval();
    }
    __tsan_release(self.mutex);
    return met;
  }
};

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* next = Next<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  next(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* next = Next<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  ReadsIgnored ignored;
  next(this);
}

void Mutex::ReaderLock() {
  static auto* next = Next<void(Mutex*)>("_ZN4absl7debian35Mutex10ReaderLockEv");
  next(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  static auto* next = Next<void(Mutex*)>("_ZN4absl7debian35Mutex12ReaderUnlockEv");
  __tsan_release(this);
  ReadsIgnored ignored;
  next(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* next =
      Next<void(Mutex*, const Condition&)>("_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE");
  Watched watched{this, &condition};
  __tsan_release(&watched);
  {
    ReadsIgnored ignored;
    next(this, Condition(&watched, &Watched::Eval));
  }
  __tsan_acquire(this);
}

void Mutex::ReaderLockWhen(const Condition& condition) {
  static auto* next = Next<void(Mutex*, const Condition&)>(
      "_ZN4absl7debian35Mutex14ReaderLockWhenERKNS0_9ConditionE");
  Watched watched{this, &condition};
  __tsan_release(&watched);
  {
    ReadsIgnored ignored;
    next(this, Condition(&watched, &Watched::Eval));
  }
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  static auto* next =
      Next<void(Mutex*, const Condition&)>("_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
  Watched watched{this, &condition};
  __tsan_release(&watched);
  __tsan_release(this);
  {
    ReadsIgnored ignored;
    next(this, Condition(&watched, &Watched::Eval));
  }
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* next = Next<bool(Mutex*, const Condition&, Duration)>(
      "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  Watched watched{this, &condition};
  __tsan_release(&watched);
  __tsan_release(this);
  bool met = false;
  {
    ReadsIgnored ignored;
    met = next(this, Condition(&watched, &Watched::Eval), timeout);
  }
  __tsan_acquire(this);
  return met;
}

void Notification::Notify() {
  static auto* next = Next<void(Notification*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(this);
  next(this);
}

void Notification::WaitForNotification() const {
  static auto* next =
      Next<void(const Notification*)>("_ZNK4absl7debian312Notification19WaitForNotificationEv");
  next(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

ABSL_NAMESPACE_END
}  // namespace absl
