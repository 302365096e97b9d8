#include "server/rpc/stream_registry.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "proto/record/errors.h"
#include "server/fanout/limits.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {

StreamRegistry::StreamRegistry() : thread_([this] { Run(); }) {}

StreamRegistry::~StreamRegistry() {
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }
  thread_.join();
}

absl::Status StreamRegistry::Add(std::shared_ptr<OpenStream> stream, QuotaBook::Seat seat) {
  absl::MutexLock lock(&mu_);
  if (draining_) {
    return record::Error(record::Reason::kShuttingDown, "the hub is shutting down")
        .RetryAfter(absl::Seconds(1));
  }
  if (streams_.size() >= fanout::kMaxStreams) {
    return record::Error(record::Reason::kTooManyStreams, "too many streams are open")
        .RetryAfter(absl::Seconds(10));
  }
  OpenStream* key = stream.get();
  streams_.emplace(key, Entry{std::move(stream), std::move(seat)});
  return absl::OkStatus();
}

void StreamRegistry::Remove(OpenStream* stream) {
  Entry last;  // destroyed without the lock
  absl::MutexLock lock(&mu_);
  auto it = streams_.find(stream);
  if (it == streams_.end()) return;
  last = std::move(it->second);
  streams_.erase(it);
}

void StreamRegistry::Drain() {
  std::vector<std::shared_ptr<OpenStream>> streams;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    for (const auto& [key, entry] : streams_) streams.push_back(entry.stream);
  }
  for (const auto& stream : streams) stream->Drain();
}

void StreamRegistry::Run() {
  std::vector<std::shared_ptr<OpenStream>> streams;
  while (true) {
    // Not on the lock: what waits there ends by the wall clock, and where that is set back nobody
    // is looked after for as long.
    absl::SleepFor(kTickInterval);
    {
      absl::MutexLock lock(&mu_);
      if (closed_) return;
      for (const auto& [key, entry] : streams_) streams.push_back(entry.stream);
    }
    const absl::Time now = absl::Now();
    for (const auto& stream : streams) stream->Tick(now);
    streams.clear();
  }
}

}  // namespace liaison::rpc
