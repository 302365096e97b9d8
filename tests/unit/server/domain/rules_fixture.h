// A hub under the rules of today, and what their tests say to it. Everybody and everything here is
// fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_DOMAIN_RULES_FIXTURE_H_
#define LIAISON_TESTS_UNIT_SERVER_DOMAIN_RULES_FIXTURE_H_

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/errors.h"
#include "tests/support/fictional_igf.h"
#include "tests/support/test_hub.h"

namespace liaison::testing {

using record::Hash;
using record::Reason;
using record::ReasonOf;
using Hashes = std::vector<Hash>;

class RulesTest : public ::testing::Test {
 protected:
  RulesTest() {
    for (const pb::Draft& draft : Opening()) Said(draft);
  }

  Hash Said(const pb::Draft& draft) {
    const auto receipt = hub_.Publish(draft);
    EXPECT_TRUE(receipt.ok()) << receipt.status() << "\n" << draft.ShortDebugString();
    return receipt.ok() ? receipt->leaf.digest : Hash();
  }

  // Refused for that reason, naming these fields and no others, in this order. Nothing has changed.
  absl::Status Refusal(const pb::Draft& draft, Reason reason,
                       const std::vector<std::string>& fields, const std::string& why = "") {
    const std::vector<std::string> before = hub_.Everything();
    const absl::Status refused = hub_.Publish(draft).status();
    EXPECT_EQ(ReasonOf(refused), reason) << refused << "\n" << draft.ShortDebugString();
    std::vector<std::string> named;
    for (const auto& violation : record::FieldViolationsOf(refused)) {
      named.push_back(violation.field);
      EXPECT_NE(violation.description, "") << violation.field << " without a way out";
    }
    EXPECT_THAT(named, ::testing::ElementsAreArray(fields)) << why << refused;
    EXPECT_EQ(hub_.Everything(), before) << "a refusal changed something: " << refused;
    return refused;
  }
  void Refused(const pb::Draft& draft, Reason reason, const std::vector<std::string>& fields = {},
               const std::string& why = "") {
    Refusal(draft, reason, fields, why).IgnoreError();
  }

  // The way out that the refusal names first.
  static std::string WayOut(const absl::Status& refused) {
    const std::vector<record::FieldViolation> violations = record::FieldViolationsOf(refused);
    return violations.empty() ? "" : violations[0].description;
  }

  void NotPermitted(const pb::Draft& draft) { Refused(draft, Reason::kNotPermitted); }
  void NotAllowed(const pb::Draft& draft, const std::string& state) {
    const absl::Status refused = Refusal(draft, Reason::kTransitionNotAllowed, {});
    EXPECT_EQ(record::MetadataOf(refused, "state"), state) << refused;
  }
  void Retracted(const pb::Draft& draft, const std::string& field = "references[0]") {
    Refused(draft, Reason::kTargetRetracted, {field});
  }
  void Unsuitable(const pb::Draft& draft, const std::string& field = "references[0]") {
    Refused(draft, Reason::kTargetUnsuitable, {field});
  }

  Hash Objection(const Hash& decision, const std::string& author = kPartner) {
    return Said(PositionOn(decision, author, pb::POSITION_KIND_OBJECT));
  }
  static pb::Draft ObjectionTo(const Hash& decision) {
    return PositionOn(decision, kSecretariat, pb::POSITION_KIND_OBJECT);
  }
  // Lacks nothing for adoption.
  Hash ToAdopt() {
    const Hash input = Said(SignalBy(kPartner));
    return Said(Considering({input}, DecisionIn(pb::DECISION_STATE_PROPOSED)));
  }
  static pb::Draft Adopting(const Hash& decision, const Hashes& answered) {
    return Revising(decision, Answering(answered, DecisionIn(pb::DECISION_STATE_ADOPTED)));
  }
  Hash Proposed() { return Said(DecisionIn(pb::DECISION_STATE_PROPOSED)); }
  Hash Adopted() {
    const Hash input = Said(SignalBy(kPartner));
    return Said(Considering({input}, DecisionIn(pb::DECISION_STATE_ADOPTED)));
  }
  Hash Gone(const pb::Draft& draft) {
    const Hash root = Said(draft);
    Said(RetractionOf(root, draft.author()));
    return root;
  }

  TestHub hub_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_DOMAIN_RULES_FIXTURE_H_
