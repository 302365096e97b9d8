// What the sequencer was asked for lately.
#ifndef LIAISON_SERVER_SEQUENCER_RECENT_H_
#define LIAISON_SERVER_SEQUENCER_RECENT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "proto/record/hash.h"
#include "server/domain/statement.h"

namespace liaison::sequencer {

// A Recent remembers between N and 2N of the values that were asked for last. Not thread-safe.
template <typename Key, typename Value, size_t N>
class Recent {
 public:
  // nullptr where it is not remembered. Good until the next call.
  template <typename Asked>
  const Value* Find(const Asked& key) {
    if (auto it = younger_.find(key); it != younger_.end()) return &it->second;
    auto it = older_.find(key);
    if (it == older_.end()) return nullptr;
    Value value = std::move(it->second);
    older_.erase(it);
    return Remember(Key(key), std::move(value));
  }
  const Value* Remember(Key key, Value value) {
    // The younger are the older ones now; what is asked for among them becomes young again.
    if (younger_.size() >= N) {
      older_ = std::move(younger_);
      younger_.clear();
    }
    return &(younger_[std::move(key)] = std::move(value));
  }
  void Clear() {
    younger_.clear();
    older_.clear();
  }

 private:
  absl::flat_hash_map<Key, Value> younger_, older_;
};

// Of the log as it is on disk, and of nothing that is on its way there: a triage of hundreds names
// the same things as the next one.
struct RecentReads {
  // They never change.
  Recent<record::Hash, std::shared_ptr<const domain::KnownHeader>, 4096> headers;
  // Of life cycles, which nobody else writes. nullopt: there is no such row.
  Recent<std::string, std::optional<std::string>, 8192> rows;
};

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_RECENT_H_
