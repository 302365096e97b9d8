// A log that takes what was verified, in memory.
#ifndef LIAISON_TESTS_UNIT_SERVER_FEDERATION_FAKE_ENTRY_H_
#define LIAISON_TESTS_UNIT_SERVER_FEDERATION_FAKE_ENTRY_H_

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "proto/record/errors.h"
#include "server/federation/entry.h"

namespace liaison::testing {

class FakeEntry final : public federation::Entry {
 public:
  absl::StatusOr<bool> Knows(const record::Hash& digest) const override {
    absl::MutexLock lock(&mu_);
    return digests_.count(digest) > 0;
  }
  absl::StatusOr<federation::Behind> WhatIsBehind(
      absl::string_view, const federation::pb::EventHeader& header) const override {
    absl::MutexLock lock(&mu_);
    federation::Behind behind;
    for (const record::Hash& digest : federation::FollowedBy(header)) {
      if (digests_.count(digest) > 0) behind = {true, true};
    }
    return behind;
  }
  std::shared_ptr<const domain::Registry> registry() const override {
    return std::make_shared<domain::Registry>();
  }
  absl::Status Commit(federation::Arrival arrival) override {
    absl::MutexLock lock(&mu_);
    if (fails > 0) {
      --fails;
      return absl::UnavailableError("this disk is full");
    }
    const std::string key = arrival.lane_key;
    const auto row = rows_.find(key);
    const bool stands =
        row == rows_.end() ? !arrival.before : arrival.before && *arrival.before == row->second;
    if (!stands) return absl::AbortedError("somebody else moved the lane");
    rows_[key] = std::move(arrival.cursor);
    for (const federation::KeptRow& kept : arrival.also) rows_[kept.key] = kept.value;
    ++writes;
    for (federation::Accepted& accepted : arrival.items) {
      if (!digests_.insert(accepted.judgement.leaf.digest).second) continue;
      entered_.push_back(std::move(accepted));
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const override {
    absl::MutexLock lock(&mu_);
    const auto row = rows_.find(key);
    return row == rows_.end() ? std::nullopt : std::make_optional(row->second);
  }
  absl::StatusOr<std::vector<federation::KeptRow>> List(const std::string& prefix,
                                                        const std::string& after,
                                                        size_t limit) const override {
    absl::MutexLock lock(&mu_);
    std::vector<federation::KeptRow> found;
    for (auto row = rows_.upper_bound(std::max(prefix, after));
         row != rows_.end() && found.size() < limit && absl::StartsWith(row->first, prefix);
         ++row) {
      found.push_back({row->first, row->second});
    }
    return found;
  }
  using Entry::Keep;
  absl::Status Keep(const std::string& key, const std::string& value,
                    std::vector<federation::KeptRow> also) override {
    if (keep_fails) return absl::UnavailableError("this disk is full");
    if (goes) return record::Error(record::Reason::kShuttingDown, "this hub goes");
    absl::MutexLock lock(&mu_);
    rows_[key] = value;
    for (federation::KeptRow& kept : also) rows_[kept.key] = std::move(kept.value);
    return absl::OkStatus();
  }

  // In the order in which they came.
  std::vector<uint64_t> sequences() const {
    absl::MutexLock lock(&mu_);
    std::vector<uint64_t> all;
    for (const federation::Accepted& accepted : entered_) all.push_back(accepted.item.sequence);
    return all;
  }
  federation::Accepted entered(size_t index) const {
    absl::MutexLock lock(&mu_);
    return entered_.at(index);
  }

  int fails = 0;  // so many times
  int writes = 0;
  bool keep_fails = false;
  bool goes = false;

 private:
  mutable absl::Mutex mu_;
  std::set<record::Hash> digests_;
  std::vector<federation::Accepted> entered_;
  std::map<std::string, std::string> rows_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_FEDERATION_FAKE_ENTRY_H_
