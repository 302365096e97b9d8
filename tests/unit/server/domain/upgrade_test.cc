// A log that began under rules without life cycles goes on under those of today: what it holds is
// not judged again and has no rows, and can be acted on all the same. All of it is fictional.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "server/domain/rows.h"
#include "server/domain/rows.pb.h"
#include "tests/support/fictional_igf.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): drafts in few words
using record::Hash;
using record::Reason;
using record::ReasonOf;

class UpgradeTest : public ::testing::Test {
 protected:
  UpgradeTest() : hub_(nullptr, /*rules_version=*/1) {
    for (const pb::Draft& draft : Opening()) Said(draft);
  }

  Hash Said(const pb::Draft& draft) {
    const auto receipt = hub_.Publish(draft);
    EXPECT_TRUE(receipt.ok()) << receipt.status() << "\n" << draft.ShortDebugString();
    return receipt.ok() ? receipt->leaf.digest : Hash();
  }
  void Refused(const pb::Draft& draft, Reason reason) {
    const absl::Status refused = hub_.Publish(draft).status();
    EXPECT_EQ(ReasonOf(refused), reason) << refused << "\n" << draft.ShortDebugString();
  }
  size_t RowCount() {
    auto rows = hub_.log().ListRows(storage::Table::kLifeCycle, "", "", 1000);
    EXPECT_TRUE(rows.ok());
    return rows->size();
  }
  // The same, with the rows of the log as they came to be; empty messages where there is none.
  template <typename Message>
  Message Row(const std::string& key) {
    Message message;
    auto row = hub_.log().GetRow(storage::Table::kLifeCycle, key);
    EXPECT_TRUE(row.ok() && *row) << "no such row";
    if (row.ok() && *row) {
      EXPECT_TRUE(message.ParseFromString(**row));
    }
    return message;
  }

  TestHub hub_;
};

TEST_F(UpgradeTest, EarlierRulesJudgeNoLifeCycleAndWriteNoRow) {
  EXPECT_EQ(record::DecodeLeaf(hub_.log().Read(1)->leaf)->rules_version, 1u);
  const Hash request = Said(RequestTo(kPartner, kOther));
  Said(ResponseTo(request, kStranger, pb::RESPONSE_KIND_ANSWER));
  Said(DecisionIn(pb::DECISION_STATE_COMPLETED, kStranger));
  Said(For("igf/wg-fictional@7", SignalBy(kPartner)));
  EXPECT_EQ(RowCount(), 0u);
  hub_.Restart();
  Said(ResponseTo(request, kStranger, pb::RESPONSE_KIND_ANSWER));
}

TEST_F(UpgradeTest, TheUpgradeIsAnEventAndRewritesNothing) {
  Said(RequestTo(kPartner, kOther));
  const storage::Head before = hub_.log().head();
  hub_.Upgrade();
  const storage::Head after = hub_.log().head();
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(*hub_.log().RootAt(before.sequence), before.root);
  const auto leaf = record::DecodeLeaf(hub_.log().Read(after.sequence)->leaf);
  EXPECT_EQ(leaf->kind, record::LeafKind::kRules);
  EXPECT_EQ(leaf->rules_version, domain::kCurrentRulesVersion);
  EXPECT_EQ(RowCount(), 0u);
  hub_.Restart();
  EXPECT_EQ(hub_.log().head().sequence, after.sequence) << "once is enough";
}

TEST_F(UpgradeTest, FromThereOnTheLaterRulesHold) {
  const Hash signal = Said(SignalBy(kPartner));
  hub_.Upgrade();
  Refused(RetractionOf(signal, kOther), Reason::kNotPermitted);
  Refused(DecisionIn(pb::DECISION_STATE_PROPOSED, kStranger), Reason::kNotPermitted);
  Refused(PositionOn(record::Sha256Of("nothing"), kOther, pb::POSITION_KIND_SUPPORT),
          Reason::kTargetUnknown);
  Refused(BareDecisionIn(pb::DECISION_STATE_ADOPTED), Reason::kAdoptionIncomplete);
}

TEST_F(UpgradeTest, OldThingsCanBeActedOnWithoutRows) {
  const Hash signal = Said(SignalBy(kPartner));
  const Hash other = Said(SignalBy(kOther));
  const Hash request = Said(RequestTo(kPartner, kOther));
  hub_.Upgrade();
  Said(PositionOn(signal, kOther, pb::POSITION_KIND_SUPPORT));
  Said(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ACCEPT));
  Said(DispositionOf({signal, other}, pb::DISPOSITION_KIND_NOTED));
  Said(EvaluationOf(signal, kSeat1, 4));
  Said(GroupOf({signal, other}));
  Said(TranslationOf(signal, "fr"));
  Said(AmendmentOf(signal, kPartner));
  Said(RetractionOf(other, kOther));
  EXPECT_TRUE(Row<domain::rows::Translation>(domain::TranslationKey(signal, "fr")).stale());
  EXPECT_EQ(Row<domain::rows::Request>(domain::RequestKey(request, kPartner)).promised_on(),
            "2027-03-01");
  Refused(PositionOn(other, kNri, pb::POSITION_KIND_SUPPORT), Reason::kTargetRetracted);
}

TEST_F(UpgradeTest, AnOldDecisionGoesOnFromWhereItStood) {
  const Hash input = Said(SignalBy(kPartner));
  const Hash decision = Said(BareDecisionIn(pb::DECISION_STATE_PROPOSED));
  Said(Revising(decision, BareDecisionIn(pb::DECISION_STATE_IN_CONSULTATION)));
  hub_.Upgrade();
  Refused(Revising(decision, DecisionIn(pb::DECISION_STATE_PROPOSED)),
          Reason::kTransitionNotAllowed);
  Refused(Revising(decision, BareDecisionIn(pb::DECISION_STATE_ADOPTED)),
          Reason::kAdoptionIncomplete);
  Said(Revising(decision, Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED))));
  Said(OutcomeOf(decision, kPartner));
  EXPECT_EQ(Row<domain::rows::Decision>(domain::DecisionKey(decision)).facts().state(),
            pb::DECISION_STATE_COMPLETED);
}

// Whom the last version before the upgrade asks, and then whom the next one asks.
TEST_F(UpgradeTest, AnOldRequestAsksWhomItsLatestVersionAsks) {
  const Hash request = Said(RequestTo(kPartner, kOther));
  Said(Revising(request, RequestTo(kNri, kOther)));
  hub_.Upgrade();
  Refused(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ACCEPT), Reason::kNotPermitted);
  Said(ResponseTo(request, kNri, pb::RESPONSE_KIND_DECLINE));
  Said(Revising(request, RequestTo(kPartner, kOther)));
  Said(ResponseTo(request, kPartner, pb::RESPONSE_KIND_ACCEPT));
  Refused(ResponseTo(request, kNri, pb::RESPONSE_KIND_ANSWER), Reason::kNotPermitted);
}

}  // namespace
}  // namespace liaison
