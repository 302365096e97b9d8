// Numbers for strings that come again and again.
#ifndef LIAISON_SERVER_VIEWS_STRING_TABLE_H_
#define LIAISON_SERVER_VIEWS_STRING_TABLE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace liaison::views {

// A StringTable gives each distinct string the next number, from 0. Thread-compatible; references
// to its strings stay valid.
class StringTable {
 public:
  uint32_t NumberOf(absl::string_view text) {
    auto it = numbers_.find(text);
    if (it != numbers_.end()) return it->second;
    texts_.emplace_back(text);
    const auto number = static_cast<uint32_t>(texts_.size() - 1);
    numbers_.emplace(texts_.back(), number);
    return number;
  }
  std::optional<uint32_t> Find(absl::string_view text) const {
    auto it = numbers_.find(text);
    return it == numbers_.end() ? std::nullopt : std::make_optional(it->second);
  }
  const std::string& at(uint32_t number) const { return texts_[number]; }
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }

 private:
  std::deque<std::string> texts_;
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;  // views into texts_
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_STRING_TABLE_H_
