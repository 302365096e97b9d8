// Everybody in turn, so that nobody's many words push out those of others.
#ifndef LIAISON_SERVER_VIEWS_IN_TURN_H_
#define LIAISON_SERVER_VIEWS_IN_TURN_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/views/reading.h"

namespace liaison::views {

// One organisation, or the individuals of one group and region that the secretariat recorded:
// nobody knows which of these are one person. Whatever else a partner writes down for others is its
// own turn, or it would have as many as it knows names.
std::string SpeakerOf(const Reading& reading, const Voice& voice);

// The same, but all names that are not registered have one turn together: anybody can think of
// names, as many as they like.
std::string TurnOf(const Reading& reading, const Voice& voice);

// Whose turn it is with each voice, found once for all who ask. The reading must outlive it. Not
// thread-safe.
class WhoseTurn {
 public:
  explicit WhoseTurn(const Reading& reading) : reading_(reading) {}

  // The same number for those who have one turn together, as TurnOf says; of voices that live as
  // long as the reading.
  uint32_t Of(const Voice& voice);

 private:
  const Reading& reading_;
  absl::flat_hash_map<const Voice*, uint32_t> by_voice_;
  absl::flat_hash_map<std::string, uint32_t> by_name_;
};

// The newest of everybody, the newest first; then everybody's second newest, and so on. Costs no
// more than what is added, by run, and what is taken.
class InTurn {
 public:
  // The reading must outlive it.
  explicit InTurn(const Reading& reading) : InTurn(std::make_shared<WhoseTurn>(reading)) {}
  // For many lists of one reading.
  explicit InTurn(std::shared_ptr<WhoseTurn> whose) : whose_(std::move(whose)) {}
  InTurn(InTurn&&) = default;
  InTurn(const InTurn&) = delete;

  // Sequences, ascending, which must outlive it.
  void Add(const Voice& voice, absl::Span<const uint64_t> run);
  void AddOne(const Voice& voice, uint64_t sequence);

  bool empty() const { return begun_ ? next_.empty() : speakers_.empty(); }
  // One that stands in several runs of a speaker is taken once. REQUIRES: !empty()
  uint64_t Take();

 private:
  struct Speaker {
    std::vector<absl::Span<const uint64_t>> runs;
    int64_t round = 0;  // the first is the greatest
    uint64_t newest = 0;
  };
  using Next = std::tuple<int64_t, uint64_t, Speaker*>;
  static Next Of(Speaker* speaker) { return {speaker->round, speaker->newest, speaker}; }

  std::shared_ptr<WhoseTurn> whose_;
  absl::flat_hash_map<uint32_t, Speaker*> by_turn_;
  std::deque<Speaker> speakers_;
  std::deque<uint64_t> ones_;
  bool begun_ = false;
  std::set<Next> next_;  // once begun: of each that has something left; the last is next
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_IN_TURN_H_
