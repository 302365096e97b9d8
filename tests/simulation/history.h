// What happened in one simulation, in words.
#ifndef LIAISON_TESTS_SIMULATION_HISTORY_H_
#define LIAISON_TESTS_SIMULATION_HISTORY_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace liaison::simulation {

// The same each time, which Status::ToString with its payloads is not.
inline std::string InWords(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), ": ", status.message());
}

// A History is a line for everything that happened and, where an invariant broke, what broke it.
// Two runs of one seed have the same bytes. Not thread-safe.
class History {
 public:
  // `print`: also to standard output, as it happens.
  explicit History(bool print) : print_(print) {}
  void set_clock(std::function<int64_t()> now_us) { now_us_ = std::move(now_us); }

  template <typename... Parts>
  void Note(const Parts&... parts) {
    const std::string line = absl::StrCat(now_us_ ? now_us_() : 0, " ", parts..., "\n");
    if (print_) std::fputs(line.c_str(), stdout);
    text_.append(line);
  }
  // The first is kept: what follows it may be its consequence.
  template <typename... Parts>
  void Violation(const Parts&... parts) {
    if (violation_.empty()) violation_ = absl::StrCat(parts...);
    Note("VIOLATION ", parts...);
  }
  void Count(const std::string& what, uint64_t by = 1) { counts_[what] += by; }

  const std::string& text() const { return text_; }
  const std::string& violation() const { return violation_; }  // empty: all invariants held
  const std::map<std::string, uint64_t>& counts() const { return counts_; }

 private:
  const bool print_;
  std::function<int64_t()> now_us_;
  std::string text_;
  std::string violation_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_HISTORY_H_
