// Control state in memory, with a disk that fails when it is told to.
#ifndef LIAISON_TESTS_UNIT_SERVER_AUTH_MEMORY_STORE_H_
#define LIAISON_TESTS_UNIT_SERVER_AUTH_MEMORY_STORE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/credential_book.h"

namespace liaison::auth {

class MemoryStore final : public ControlStore {
 public:
  absl::StatusOr<std::vector<ControlRow>> List(absl::string_view prefix) override {
    absl::MutexLock lock(&mu_);
    std::vector<ControlRow> rows;
    for (const auto& [key, value] : rows_) {
      if (absl::StartsWith(key, prefix)) rows.push_back({key, value});
    }
    return rows;
  }
  absl::Status Change(const ControlRow& row, std::optional<std::string> expected) override {
    // Without the lock: others may come in between.
    if (before_change) before_change();
    absl::MutexLock lock(&mu_);
    if (fails_at_ > 0 && --fails_at_ == 0) return absl::UnavailableError("the disk is full");
    if (!fail_with.ok()) return fail_with;
    const auto it = rows_.find(row.key);
    const auto there = it == rows_.end() ? std::nullopt : std::make_optional(it->second);
    if (there != expected) return absl::AbortedError("something else stands there");
    rows_[row.key] = row.value;
    return absl::OkStatus();
  }
  absl::Status Remove(const ControlRow& row) override {
    absl::MutexLock lock(&mu_);
    if (!fail_with.ok()) return fail_with;
    const auto it = rows_.find(row.key);
    if (it == rows_.end() || it->second != row.value) {
      return absl::AbortedError("something else stands there");
    }
    rows_.erase(it);
    return absl::OkStatus();
  }
  std::string Everything() const {
    absl::MutexLock lock(&mu_);
    std::string all;
    for (const auto& [key, value] : rows_) absl::StrAppend(&all, key, value);
    return all;
  }
  size_t size() const {
    absl::MutexLock lock(&mu_);
    return rows_.size();
  }

  // Of the changes to come the n-th, from 1, is not written; 0: each of them is.
  void FailAt(int n) {
    absl::MutexLock lock(&mu_);
    fails_at_ = n;
  }

  // To be set while nobody changes anything.
  absl::Status fail_with;
  std::function<void()> before_change;

 private:
  mutable absl::Mutex mu_;
  std::map<std::string, std::string> rows_;
  int fails_at_ = 0;
};

}  // namespace liaison::auth

#endif  // LIAISON_TESTS_UNIT_SERVER_AUTH_MEMORY_STORE_H_
