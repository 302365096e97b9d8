#include "client/outbox/sender_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace liaison::outbox {
namespace {

constexpr absl::Duration kLookInterval = absl::Milliseconds(50);

std::string HolderOf(int descriptor) {
  char text[32];
  const ssize_t size = pread(descriptor, text, sizeof text, 0);
  return size > 0 ? absl::StrCat("process ", std::string(text, size)) : "another process";
}

}  // namespace

absl::StatusOr<std::unique_ptr<SenderLock>> SenderLock::Take(const std::string& outbox_file,
                                                             absl::Duration timeout) {
  const std::string file = absl::StrCat(outbox_file, "-sender");
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", std::generic_category().message(errno)));
  }
  std::unique_ptr<SenderLock> lock(new SenderLock(descriptor));
  const absl::Time deadline = absl::Now() + timeout;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (absl::Now() >= deadline) {
      return absl::AbortedError(absl::StrCat(HolderOf(descriptor), " is sending from ", outbox_file,
                                             " already; nothing is lost"));
    }
    absl::SleepFor(
        std::min(kLookInterval, std::max(deadline - absl::Now(), absl::Milliseconds(1))));
  }
  // For the message alone: a name that is cut short or stale locks nobody out.
  const std::string holder = absl::StrCat(getpid());
  [[maybe_unused]] const bool named =
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, holder.data(), holder.size(), 0) > 0;
  return lock;
}

SenderLock::~SenderLock() { close(descriptor_); }

}  // namespace liaison::outbox
