// How far one origin's log was taken from one peer, and what comes next.
#ifndef LIAISON_SERVER_FEDERATION_LANE_H_
#define LIAISON_SERVER_FEDERATION_LANE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"
#include "proto/record/partial_tree.h"
#include "server/federation/limits.h"
#include "server/federation/origin.h"
#include "server/federation/rows.pb.h"
#include "server/federation/verify_item.h"

namespace liaison::federation {

// How far what a hub that relays the origin has as late was dealt with: a sequence of that hub's
// own log, and which log it is (PullLaneResponse.late_mark).
struct LateCursor {
  uint64_t through = 0;
  std::string mark;
};

// Sequences first to last of the origin's. Items, or a withheld range: then the hashes are those of
// record::CoverOf.
struct Piece {
  uint64_t first = 0;
  uint64_t last = 0;
  std::vector<Item> items;  // one for each sequence; empty where withheld
  std::vector<record::Hash> withheld;
};

// What is counted of what stayed where it was.
inline constexpr absl::string_view kNotShown = "not-shown";

// One answer to a pull.
struct Batch {
  Head head;                              // opened under the pinned key
  std::vector<record::Hash> consistency;  // from the head that the lane knows
  std::vector<Piece> pieces;              // each follows the one before
  std::vector<record::Hash> rest;         // CoverOf behind the last piece
  std::vector<Item> late;                 // before what is settled; each brings its proof
};

// Its pieces as stretches of a tree, without what comes before and behind them. Empty where one
// does not follow the one before, or says less than it must. REQUIRES: there is a piece.
std::vector<record::Stretch> StretchesOf(const Batch& batch);

enum class Outcome {
  kProven,
  kNothingNew,    // an older head, or what was settled already
  kGap,           // it begins too far on: somebody has to fill in
  kUnproven,      // it does not lead to the head: the peer's fault
  kTwoHistories,  // two signed heads of one size: the origin's, and here is the evidence
};

// What a batch came to.
struct Proof {
  Outcome outcome = Outcome::kUnproven;
  std::string why;
  std::optional<record::PartialTree> tree;  // iff proven
};

struct Gap {
  uint64_t first = 0;
  uint64_t last = 0;
};

// A Lane is a cursor that can prove what it stands on: it keeps the cover of everything that was
// settled, so that a batch leads to the origin's head only if it continues the very log that was
// taken before. It has no gaps behind it. Not thread-safe.
class Lane {
 public:
  explicit Lane(absl::string_view origin) { row_.set_origin(std::string(origin)); }
  // As it was kept. DATA_LOSS where the row contradicts itself.
  static absl::StatusOr<Lane> FromRow(rows::Lane row);

  const std::string& origin() const { return row_.origin(); }
  uint64_t settled() const { return row_.settled(); }
  uint64_t head_size() const { return row_.head_size(); }
  // Why it stands; nullopt while it goes on.
  const std::optional<Gap>& gap() const { return gap_; }
  LateCursor late() const { return {row_.late_through(), row_.late_mark()}; }
  // The newest head up to which everything was dealt with, as a note; empty: none yet.
  const std::string& whole_note() const { return row_.whole_note(); }

  // Compares the batch with what was settled and with the head that is known. Where it is proven,
  // each item has its inclusion proof afterwards. Remembers a gap.
  Proof Prove(Batch* batch);
  // Moves on behind the pieces of a proven batch, one judgement for each item in order, up to the
  // first that leaves a gap; then on to the batch's head. How many of the items are behind it now.
  size_t Settle(const Batch& batch, const record::PartialTree& tree,
                absl::Span<const Judgement> judgements);
  // By which rules things are let go and taken from now on. Where others did before, what they
  // withheld may come now: the lane owes a new beginning, under the same head. What is counted is
  // what came since it began.
  void NoteRules(const std::string& their_rules, const std::string& our_rules);
  // The newest head at which it began anew; 0: it never did.
  uint64_t began_anew_at() const { return row_.began_anew_at(); }
  bool owes_beginning() const { return row_.owes_beginning(); }
  void BeginAnew();
  // It goes through what is behind that sequence once more, and what was left is forgotten; what
  // was judged there is counted anew, as far as it is remembered. What was accepted stays counted,
  // and is a duplicate then.
  // `before` and `behind` are the hashes of CoverOf up to there, and from there to what is settled:
  // false, and nothing is changed, where they do not lead to the cover of that.
  bool GoBackTo(uint64_t sequence, absl::Span<const record::Hash> before,
                absl::Span<const record::Hash> behind);
  // What was left to the hub whose log it is, since the lane began.
  struct Left {
    uint64_t count = 0;
    std::vector<uint64_t> sequences;  // as far as they are remembered
    uint64_t through = 0;             // none stands behind that
  };
  Left LeftToItsHub() const;
  // True iff the batch's head is the very one that the lane stands on.
  bool StandsOn(const Head& head) const;
  // What came late was judged, and everything up to there with it.
  void SettleLate(absl::Span<const Item> late, absl::Span<const Judgement> judgements,
                  const LateCursor& cursor);

  const rows::Lane& ToRow() const { return row_; }

 private:
  std::optional<Proof> CheckHead(const Batch& batch) const;
  // What was left, and what came to nothing behind that sequence.
  void ForgetBehind(uint64_t sequence);
  void Remember(uint64_t sequence, const Judgement& judgement);
  void RememberPassed(uint64_t first, uint64_t last, absl::string_view verdict);

  rows::Lane row_;
  std::optional<Gap> gap_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_LANE_H_
