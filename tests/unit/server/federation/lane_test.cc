#include "server/federation/lane.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "fictional_origin.h"

namespace liaison::federation {
namespace {

using testing::FictionalOrigin;
using testing::kAuthor;

Judgement Fine() {
  Judgement judgement;
  judgement.verdict = Verdict::kAccepted;
  return judgement;
}
Judgement Bad(Blame blame) {
  Judgement judgement;
  judgement.verdict = Verdict::kRejected;
  judgement.why = blame == Blame::kPeer ? Why::kSectionDisagrees : Why::kSignatureWrong;
  judgement.blame = blame;
  return judgement;
}

class LaneTest : public ::testing::Test {
 protected:
  LaneTest() { Grow(20); }
  void Grow(int events) {
    for (int i = 0; i < events; ++i) hub_.Attested(FictionalOrigin::Signal());
  }
  // The hub's batch, as a peer that knows the lane's head sends it.
  Batch Next(std::vector<Piece> pieces) const {
    Batch batch = hub_.BatchOf(std::move(pieces));
    batch.consistency = Consistency(lane_.head_size());
    return batch;
  }
  // By the recursive definition (RFC 6962, 2.1.2).
  std::vector<record::Hash> Consistency(uint64_t older) const {
    const auto subproof = [this](auto&& self, uint64_t m, uint64_t begin, uint64_t end,
                                 bool known) -> std::vector<record::Hash> {
      const auto root = [this](uint64_t from, uint64_t to) {
        return record::RootOf(absl::MakeConstSpan(hub_.leaves).subspan(from, to - from));
      };
      if (m == end) return known ? std::vector<record::Hash>() : std::vector{root(begin, end)};
      uint64_t split = 1;
      while (2 * split < end - begin) split *= 2;
      const uint64_t middle = begin + split;
      auto proof =
          m <= middle ? self(self, m, begin, middle, known) : self(self, m, middle, end, false);
      proof.push_back(m <= middle ? root(middle, end) : root(begin, middle));
      return proof;
    };
    if (older == 0 || older == hub_.leaves.size()) return {};
    return subproof(subproof, older, 0, hub_.leaves.size(), true);
  }
  void Taken(Batch batch) {
    const Proof proof = lane_.Prove(&batch);
    ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
    lane_.Settle(batch, *proof.tree, std::vector<Judgement>(20, Fine()));
  }
  Outcome OutcomeOf(Batch batch) { return lane_.Prove(&batch).outcome; }

  FictionalOrigin hub_;
  Lane lane_{testing::kRegional};
};

TEST_F(LaneTest, GoesOnThroughWhatIsShownAndWhatIsNot) {
  Taken(Next({hub_.Shown(1, 3), hub_.Hidden(4, 11), hub_.Shown(12, 12)}));
  EXPECT_EQ(lane_.settled(), 12u);
  Grow(7);
  Taken(Next({hub_.Hidden(13, 20), hub_.Shown(21, 27)}));
  EXPECT_EQ(lane_.settled(), 27u);
  EXPECT_EQ(lane_.head_size(), 27u);
  EXPECT_EQ(lane_.ToRow().counts().at("accepted"), 11u);
  EXPECT_EQ(lane_.ToRow().counts().at("not-shown"), 16u);
  EXPECT_FALSE(lane_.gap());
}

TEST_F(LaneTest, GoesBackToWhereItStoodAndNowhereElse) {
  Taken(Next({hub_.Shown(1, 3), hub_.Hidden(4, 11), hub_.Shown(12, 12)}));
  const std::vector<record::Hash> before = hub_.Hidden(1, 5).withheld;
  std::vector<record::Hash> behind = hub_.Hidden(6, 12).withheld;
  EXPECT_FALSE(lane_.GoBackTo(0, {}, before));
  EXPECT_FALSE(lane_.GoBackTo(12, hub_.Hidden(1, 12).withheld, {}));
  EXPECT_FALSE(lane_.GoBackTo(6, before, behind));
  std::swap(behind.front(), behind.back());
  EXPECT_FALSE(lane_.GoBackTo(5, before, behind));
  EXPECT_EQ(lane_.settled(), 12u);
  std::swap(behind.front(), behind.back());
  ASSERT_TRUE(lane_.GoBackTo(5, before, behind));
  EXPECT_EQ(lane_.settled(), 5u);
  EXPECT_EQ(lane_.began_anew_at(), 20u);
  ASSERT_EQ(lane_.ToRow().passed_size(), 1);
  EXPECT_EQ(lane_.ToRow().passed(0).last(), 5u);
  Taken(Next({hub_.Shown(6, 12), hub_.Hidden(13, 20)}));
  EXPECT_EQ(lane_.settled(), 20u);
}

// Also what came late in between, and is remembered behind newer ones.
TEST_F(LaneTest, WhatIsGoneThroughOnceMoreIsCountedAnew) {
  Judgement known;
  known.verdict = Verdict::kDuplicate;
  Judgement left;
  left.verdict = Verdict::kWithheld;
  left.why = Why::kLeftToItsHub;
  const Judgement bad = Bad(Blame::kOrigin);
  Batch batch = Next({hub_.Shown(1, 3), hub_.Hidden(4, 11), hub_.Shown(12, 15)});
  const Proof proof = lane_.Prove(&batch);
  ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
  lane_.Settle(batch, *proof.tree, {Fine(), bad, Fine(), known, bad, left, Fine()});
  lane_.SettleLate(std::vector<Item>{hub_.items[5], hub_.items[1]}, {known, known}, {7, "mark"});
  ASSERT_EQ(lane_.ToRow().passed_size(), 4);
  ASSERT_TRUE(lane_.GoBackTo(5, hub_.Hidden(1, 5).withheld, hub_.Hidden(6, 15).withheld));
  const auto& counts = lane_.ToRow().counts();
  EXPECT_EQ((std::map<std::string, uint64_t>(counts.begin(), counts.end())),
            (std::map<std::string, uint64_t>{{"accepted", 3},
                                             {"duplicate", 1},
                                             {"not-shown", 2},
                                             {"rejected", 1},
                                             {"rejected/signature-wrong", 1}}));
  ASSERT_EQ(lane_.ToRow().passed_size(), 2);
  EXPECT_EQ(lane_.ToRow().passed(0).first(), 4u);
  EXPECT_EQ(lane_.ToRow().passed(0).last(), 5u);
  EXPECT_EQ(lane_.ToRow().passed(1).first(), 2u);
  ASSERT_EQ(lane_.ToRow().remarks_size(), 1);
  EXPECT_EQ(lane_.ToRow().remarks(0).sequence(), 2u);
}

TEST_F(LaneTest, RemembersWhatPassedWithoutARemark) {
  const auto passed = [this] {
    std::string all;
    for (const rows::Passed& each : lane_.ToRow().passed()) {
      absl::StrAppend(&all, each.first(), "-", each.last(), " ", each.verdict(), ";");
    }
    return all;
  };
  Taken(Next({hub_.Hidden(1, 4)}));
  Taken(Next({hub_.Hidden(5, 9), hub_.Shown(10, 10)}));
  Batch batch = Next({hub_.Shown(11, 14)});
  const Proof proof = lane_.Prove(&batch);
  ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
  Judgement known;
  known.verdict = Verdict::kDuplicate;
  lane_.Settle(batch, *proof.tree, {known, known, Fine(), known});
  EXPECT_EQ(passed(), "1-9 not-shown;11-12 duplicate;14-14 duplicate;");
}

TEST_F(LaneTest, ForgetsTheOldestThatPassed) {
  Grow(300);
  uint64_t last = 0;
  while (last + 2 <= hub_.leaves.size()) {
    Taken(Next({hub_.Hidden(last + 1, last + 1), hub_.Shown(last + 2, last + 2)}));
    last += 2;
  }
  EXPECT_EQ(lane_.ToRow().passed_size(), static_cast<int>(kMaxPassed));
  EXPECT_EQ(lane_.ToRow().passed().rbegin()->first(), last - 1);
}

TEST_F(LaneTest, EachItemHasItsInclusionProof) {
  Batch batch = Next({hub_.Hidden(1, 9), hub_.Shown(10, 20)});
  const Proof proof = lane_.Prove(&batch);
  ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
  for (const Item& item : batch.pieces[1].items) {
    EXPECT_TRUE(record::VerifyInclusion(item.sequence - 1, batch.head.size,
                                        record::LeafHash(item.leaf), item.proof, batch.head.root)
                    .ok());
  }
}

// Any cuts, over a log that grows, with a restart between any two batches.
TEST_F(LaneTest, AnyBatchesLeadToTheEnd) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    Grow(static_cast<int>(random() % 8));
    std::vector<Piece> pieces;
    uint64_t next = lane_.settled() + 1;
    while (next <= hub_.leaves.size() && pieces.size() < 4) {
      const uint64_t last = std::min<uint64_t>(next + random() % 5, hub_.leaves.size());
      pieces.push_back(random() % 2 == 0 ? hub_.Shown(next, last) : hub_.Hidden(next, last));
      next = last + 1;
    }
    if (pieces.empty()) continue;
    Taken(Next(pieces));
    ASSERT_EQ(lane_.settled(), next - 1);
    rows::Lane row;
    ASSERT_TRUE(row.ParseFromString(lane_.ToRow().SerializeAsString()));
    auto again = Lane::FromRow(row);
    ASSERT_TRUE(again.ok()) << again.status();
    lane_ = *again;
  }
}

TEST_F(LaneTest, WhatIsLeftOutIsNotProven) {
  EXPECT_EQ(OutcomeOf(Next({hub_.Shown(1, 3), hub_.Shown(5, 20)})), Outcome::kUnproven);
  Batch batch = Next({hub_.Shown(1, 20)});
  batch.pieces[0].items.erase(batch.pieces[0].items.begin() + 7);
  EXPECT_EQ(OutcomeOf(batch), Outcome::kUnproven);
  batch.pieces[0].last = 19;
  EXPECT_EQ(OutcomeOf(batch), Outcome::kUnproven) << "and what comes after moved up";
  batch = Next({hub_.Shown(1, 20)});
  std::swap(batch.pieces[0].items[2], batch.pieces[0].items[3]);
  EXPECT_EQ(OutcomeOf(batch), Outcome::kUnproven) << "out of order";
}

TEST_F(LaneTest, EveryFlippedBitOfACoverIsNotProven) {
  for (int which = 0; which < 2; ++which) {
    Batch batch = Next({hub_.Shown(1, 2), hub_.Hidden(3, 7), hub_.Shown(8, 9)});
    std::vector<record::Hash>* hashes[] = {&batch.pieces[1].withheld, &batch.rest};
    for (size_t i = 0; i < hashes[which]->size(); ++i) {
      for (int bit = 0; bit < 256; ++bit) {
        (*hashes[which])[i].data()[bit / 8] ^= 1 << bit % 8;
        ASSERT_EQ(OutcomeOf(batch), Outcome::kUnproven);
        (*hashes[which])[i].data()[bit / 8] ^= 1 << bit % 8;
      }
    }
    ASSERT_EQ(OutcomeOf(batch), Outcome::kProven);
  }
}

TEST_F(LaneTest, AGapIsNamedAndStopsTheLane) {
  Taken(Next({hub_.Shown(1, 4)}));
  EXPECT_EQ(OutcomeOf(Next({hub_.Shown(8, 20)})), Outcome::kGap);
  ASSERT_TRUE(lane_.gap());
  EXPECT_EQ(lane_.gap()->first, 5u);
  EXPECT_EQ(lane_.gap()->last, 7u);
  EXPECT_EQ(lane_.settled(), 4u);
  Taken(Next({hub_.Shown(5, 20)}));
  EXPECT_FALSE(lane_.gap());
}

TEST_F(LaneTest, OneBadItemOfTheOriginsStopsNothing) {
  Batch batch = Next({hub_.Shown(1, 5), hub_.Hidden(6, 8), hub_.Shown(9, 10)});
  const Proof proof = lane_.Prove(&batch);
  ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
  std::vector<Judgement> judgements(7, Fine());
  judgements[2] = Bad(Blame::kOrigin);
  EXPECT_EQ(lane_.Settle(batch, *proof.tree, judgements), 7u);
  EXPECT_EQ(lane_.settled(), 10u);
  EXPECT_EQ(lane_.ToRow().counts().at("rejected/signature-wrong"), 1u);
  ASSERT_EQ(lane_.ToRow().remarks_size(), 1);
  EXPECT_EQ(lane_.ToRow().remarks(0).sequence(), 3u);
}

// Other rules begin it anew: each sequence is counted once, as it was judged last.
TEST_F(LaneTest, WhatIsJudgedOnceMoreIsCountedOnce) {
  const auto take = [this](const Judgement& third) {
    Batch batch = Next({hub_.Shown(1, 5), hub_.Hidden(6, 8), hub_.Shown(9, 10)});
    const Proof proof = lane_.Prove(&batch);
    ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
    std::vector<Judgement> judgements(7, Fine());
    judgements[2] = third;
    lane_.Settle(batch, *proof.tree, judgements);
  };
  const auto counts = [this] {
    const auto& all = lane_.ToRow().counts();
    return std::map<std::string, uint64_t>(all.begin(), all.end());
  };
  take(Bad(Blame::kOrigin));
  const auto once = counts();
  lane_.BeginAnew();
  EXPECT_TRUE(counts().empty());
  take(Bad(Blame::kOrigin));
  EXPECT_EQ(counts(), once);
  EXPECT_EQ(lane_.ToRow().remarks_size(), 1) << "it is told once";
  lane_.BeginAnew();
  take(Fine());
  EXPECT_EQ(counts(), (std::map<std::string, uint64_t>{{"accepted", 7}, {"not-shown", 3}}));
  EXPECT_EQ(lane_.ToRow().remarks_size(), 0);
}

TEST_F(LaneTest, WhatThePeerSpoiledIsAskedForAgain) {
  Batch batch = Next({hub_.Shown(1, 5), hub_.Hidden(6, 8), hub_.Shown(9, 10)});
  const Proof proof = lane_.Prove(&batch);
  std::vector<Judgement> judgements(7, Fine());
  judgements[5] = Bad(Blame::kPeer);
  EXPECT_EQ(lane_.Settle(batch, *proof.tree, judgements), 5u);
  EXPECT_EQ(lane_.settled(), 8u);
  ASSERT_TRUE(lane_.gap());
  EXPECT_EQ(lane_.gap()->first, 9u);
  // Somebody else has it.
  Taken(Next({hub_.Shown(9, 20)}));
  EXPECT_EQ(lane_.settled(), 20u);
}

TEST_F(LaneTest, ReplaysAndOlderHeadsAreNothingNew) {
  const Batch old = Next({hub_.Shown(1, 20)});
  Taken(old);
  EXPECT_EQ(OutcomeOf(old), Outcome::kNothingNew);
  Grow(1);
  Taken(Next({hub_.Shown(21, 21)}));
  EXPECT_EQ(OutcomeOf(old), Outcome::kNothingNew);
  EXPECT_EQ(lane_.settled(), 21u);
}

TEST_F(LaneTest, TwoRootsOfOneSizeAreTwoHistories) {
  Taken(Next({hub_.Shown(1, 4)}));
  FictionalOrigin fork;
  for (int i = 0; i < 20; ++i) fork.Attested(FictionalOrigin::Signal());
  Batch batch = fork.BatchOf({fork.Shown(5, 20)});
  EXPECT_EQ(OutcomeOf(batch), Outcome::kTwoHistories);
  EXPECT_EQ(lane_.settled(), 4u);
}

// One that went on differently, from before or from behind what was settled.
TEST_F(LaneTest, AnotherHistoryIsNeverProven) {
  Taken(Next({hub_.Shown(1, 4)}));
  for (size_t shared : {0, 3, 4, 10, 19}) {
    FictionalOrigin fork;
    for (size_t i = 0; i < shared; ++i) {
      pb::SignedEvent event;
      event.set_header(hub_.items[i].header);
      fork.EnterLeaf(hub_.items[i].leaf, event);
    }
    while (fork.leaves.size() < 25) fork.Attested(FictionalOrigin::Signal());
    Batch batch = fork.BatchOf({fork.Shown(5, 25)});
    batch.consistency = Consistency(lane_.head_size());
    EXPECT_EQ(OutcomeOf(batch), Outcome::kUnproven) << shared;
  }
}

TEST_F(LaneTest, ACursorThatContradictsItselfIsNotBelieved) {
  Taken(Next({hub_.Shown(1, 11)}));
  ASSERT_TRUE(Lane::FromRow(lane_.ToRow()).ok());
  rows::Lane row = lane_.ToRow();
  row.set_settled(12);
  EXPECT_FALSE(Lane::FromRow(row).ok());
  row = lane_.ToRow();
  row.set_head_size(10);
  EXPECT_FALSE(Lane::FromRow(row).ok());
  row = lane_.ToRow();
  row.mutable_cover()->pop_back();
  EXPECT_FALSE(Lane::FromRow(row).ok());
  row = lane_.ToRow();
  row.set_head_root("short");
  EXPECT_FALSE(Lane::FromRow(row).ok());
}

TEST_F(LaneTest, RemarksAreBounded) {
  Grow(300);
  for (uint64_t first = 1; first < 300; first += 20) {
    Batch batch = Next({hub_.Shown(first, first + 19)});
    const Proof proof = lane_.Prove(&batch);
    ASSERT_EQ(proof.outcome, Outcome::kProven) << proof.why;
    lane_.Settle(batch, *proof.tree, std::vector<Judgement>(20, Bad(Blame::kOrigin)));
  }
  EXPECT_EQ(lane_.ToRow().remarks_size(), 100);
  EXPECT_EQ(lane_.ToRow().remarks(99).sequence(), 300u);
  EXPECT_EQ(lane_.ToRow().counts().at("rejected"), 300u);
}

TEST_F(LaneTest, ABatchIsBounded) {
  Grow(1100);
  EXPECT_EQ(OutcomeOf(Next({hub_.Shown(1, 1001)})), Outcome::kUnproven);
  EXPECT_EQ(OutcomeOf(Next({hub_.Shown(1, 500), hub_.Shown(501, 1001)})), Outcome::kUnproven);
  EXPECT_EQ(OutcomeOf(Next({hub_.Shown(1, 1000)})), Outcome::kProven);
}

}  // namespace
}  // namespace liaison::federation
