#include "server/domain/reading_plan.h"

#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::domain {
namespace {

// A Sharing is the plan in the making: members and inputs by their number.
class Sharing {
 public:
  Sharing(const std::vector<ReadingInput>& inputs, const std::vector<Reader>& members)
      : inputs_(inputs),
        members_(members),
        readers_of_(inputs.size()),
        share_of_(members.size()),
        words_(members.size(), 0),
        together_(members.size(), std::vector<size_t>(members.size(), 0)) {}

  bool May(size_t member, size_t input) const {
    return members_[member].conflicts.count(inputs_[input].id) == 0 &&
           readers_of_[input].count(member) == 0;
  }
  bool HasRead(size_t member, size_t input) const {
    return members_[member].read.count(inputs_[input].id) > 0;
  }
  const std::set<size_t>& readers_of(size_t input) const { return readers_of_[input]; }
  const std::set<size_t>& share_of(size_t member) const { return share_of_[member]; }

  void Give(size_t member, size_t input) {
    for (size_t other : readers_of_[input]) {
      ++together_[member][other];
      ++together_[other][member];
    }
    readers_of_[input].insert(member);
    share_of_[member].insert(input);
    words_[member] += inputs_[input].words;
  }

  void Take(size_t member, size_t input) {
    readers_of_[input].erase(member);
    share_of_[member].erase(input);
    words_[member] -= inputs_[input].words;
    for (size_t other : readers_of_[input]) {
      --together_[member][other];
      --together_[other][member];
    }
  }

  // Who has least so far; among those, who has read least beside the input's other readers, so that
  // it is not always the same two who agree.
  std::optional<size_t> Next(size_t input) const {
    std::optional<size_t> best;
    std::tuple<size_t, size_t, uint64_t> least;
    for (size_t member = 0; member < members_.size(); ++member) {
      if (!May(member, input)) continue;
      size_t beside = 0;
      for (size_t other : readers_of_[input]) beside += together_[member][other];
      const std::tuple<size_t, size_t, uint64_t> load = {share_of_[member].size(), beside,
                                                         words_[member]};
      if (best && load >= least) continue;
      best = member;
      least = load;
    }
    return best;
  }

  // Moves one input away from `member`, perhaps by way of others, to somebody who has at least two
  // less; false where nobody can take one. While no member can be relieved, no plan has a smaller
  // largest share (Harvey, Ladner, Lovász, Tamir: Semi-matchings, 2003).
  bool Relieve(size_t member) {
    struct Step {
      size_t from = 0;
      size_t input = 0;
    };
    std::vector<std::optional<Step>> came(members_.size());
    std::vector<bool> seen(members_.size(), false);
    std::queue<size_t> queue({member});
    seen[member] = true;
    while (!queue.empty()) {
      const size_t from = queue.front();
      queue.pop();
      for (size_t input : share_of_[from]) {
        if (HasRead(from, input)) continue;
        for (size_t to = 0; to < members_.size(); ++to) {
          if (seen[to] || !May(to, input)) continue;
          seen[to] = true;
          came[to] = Step{from, input};
          if (share_of_[to].size() + 2 > share_of_[member].size()) {
            queue.push(to);
            continue;
          }
          // Backwards, so that no input has the same reader twice on the way.
          for (size_t at = to; at != member;) {
            const Step step = *came[at];
            Take(step.from, step.input);
            Give(at, step.input);
            at = step.from;
          }
          return true;
        }
      }
    }
    return false;
  }

 private:
  const std::vector<ReadingInput>& inputs_;
  const std::vector<Reader>& members_;
  std::vector<std::set<size_t>> readers_of_;  // by input
  std::vector<std::set<size_t>> share_of_;    // by member
  std::vector<uint64_t> words_;               // by member
  std::vector<std::vector<size_t>> together_;
};

absl::Status CheckArguments(const std::vector<ReadingInput>& inputs,
                            const std::vector<Reader>& members,
                            const ReadingPlanArguments& arguments) {
  if (arguments.readers_per_input == 0) {
    return record::FieldInvalid("readers_per_input", "1 or more");
  }
  if (arguments.words_per_minute == 0) {
    return record::FieldInvalid("words_per_minute", "1 or more; 200 is usual");
  }
  std::set<std::string> ids;
  for (const ReadingInput& input : inputs) {
    if (!ids.insert(input.id).second) {
      return record::FieldInvalid("inputs", absl::StrCat(input.id, " stands there twice"));
    }
  }
  std::set<std::string> seats;
  for (const Reader& member : members) {
    if (!seats.insert(member.seat).second) {
      return record::FieldInvalid("members", absl::StrCat(member.seat, " stands there twice"));
    }
  }
  return absl::OkStatus();
}

// Each input gets its readers; who has read it already comes first.
void Share(const std::vector<ReadingInput>& inputs, const std::vector<Reader>& members,
           size_t readers_per_input, Sharing* sharing) {
  for (size_t input = 0; input < inputs.size(); ++input) {
    for (size_t member = 0; member < members.size(); ++member) {
      if (sharing->HasRead(member, input) && sharing->May(member, input)) {
        sharing->Give(member, input);
      }
    }
  }
  for (size_t input = 0; input < inputs.size(); ++input) {
    while (sharing->readers_of(input).size() < readers_per_input) {
      const std::optional<size_t> member = sharing->Next(input);
      if (!member) break;
      sharing->Give(*member, input);
    }
  }
}

void Level(size_t member_count, Sharing* sharing) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t member = 0; member < member_count; ++member) {
      while (sharing->Relieve(member)) moved = true;
    }
  }
}

}  // namespace

absl::StatusOr<ReadingPlan> PlanReading(const std::vector<ReadingInput>& inputs,
                                        const std::vector<Reader>& members,
                                        const ReadingPlanArguments& arguments) {
  LIAISON_RETURN_IF_ERROR(CheckArguments(inputs, members, arguments));
  Sharing sharing(inputs, members);
  Share(inputs, members, arguments.readers_per_input, &sharing);
  Level(members.size(), &sharing);

  ReadingPlan plan;
  for (size_t member = 0; member < members.size(); ++member) {
    ReadingShare share;
    share.seat = members[member].seat;
    uint64_t words = 0;
    for (size_t input : sharing.share_of(member)) {
      share.inputs.push_back(inputs[input].id);
      if (sharing.HasRead(member, input) || inputs[input].done) continue;
      share.unread.push_back(inputs[input].id);
      words += inputs[input].words;
    }
    share.minutes_left = (words + arguments.words_per_minute - 1) / arguments.words_per_minute;
    plan.largest_share = std::max(plan.largest_share, share.inputs.size());
    plan.shares.push_back(std::move(share));
  }
  for (size_t input = 0; input < inputs.size(); ++input) {
    const size_t found = sharing.readers_of(input).size();
    if (found < arguments.readers_per_input && !inputs[input].done) {
      plan.shortfalls.push_back({inputs[input].id, arguments.readers_per_input, found});
    }
  }
  return plan;
}

}  // namespace liaison::domain
