// A hub that commits, its ledger, and what the tests of the views say to it. Everybody and
// everything here is fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_VIEWS_VIEWS_FIXTURE_H_
#define LIAISON_TESTS_UNIT_SERVER_VIEWS_VIEWS_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/record/uuid.h"
#include "server/auth/principal.h"
#include "server/views/views.h"
#include "tests/support/test_hub.h"

namespace liaison::views {

inline constexpr char kSecretariat[] = "org/igf-secretariat";
inline constexpr char kSeat1[] = "org/igf-mag/seat-1";
inline constexpr char kNri[] = "org/fictional-igf";
inline constexpr char kPartner[] = "org/fictional-partner";
inline constexpr char kToday[] = "2027-01-15";

class ViewsHub {
 public:
  explicit ViewsHub(uint32_t rules_version = domain::kCurrentRulesVersion)
      : hub_(nullptr, rules_version), ledger_(&hub_.log()) {
    Register(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT);
    Register("org/igf-mag", pb::ORGANISATION_KIND_MAG);
    for (int seat = 1; seat <= 4; ++seat) {
      Register(absl::StrCat("org/igf-mag/seat-", seat), pb::ORGANISATION_KIND_MAG);
    }
    Register(kNri, pb::ORGANISATION_KIND_NRI_NATIONAL);
    Register(kPartner, pb::ORGANISATION_KIND_CIVIL_SOCIETY);
    PublishCycle("2026", "2026-01-01", "2026-06-30");
    PublishCycle("2027", "2027-01-10", "2027-01-31");
  }

  void Register(const std::string& name, pb::OrganisationKind kind) {
    pb::Draft draft = testing::OrganisationDraft(name, kind);
    draft.set_author(kSecretariat);
    Publish(draft);
  }

  void PublishCycle(const std::string& id, const std::string& from, const std::string& to) {
    pb::Draft draft = Draft(kSecretariat);
    draft.clear_cycle();
    pb::Cycle& cycle = *draft.mutable_cycle_body();
    cycle.set_cycle_id(id);
    cycle.mutable_capacity()->set_slots(1);
    cycle.mutable_capacity()->set_hours(2);
    cycle.mutable_capacity()->set_people(6);
    pb::Phase& phase = *cycle.add_phases();
    phase.set_phase("evaluation");
    phase.set_starts_on(from);
    phase.set_ends_on(to);
    Publish(draft);
  }

  pb::Draft Draft(const std::string& author) {
    pb::Draft draft;
    draft.set_event_id(
        record::Uuid::FromName(*record::Uuid::Parse("08189113-ac3b-49f8-879a-9801aa3f0fac"),
                               absl::StrCat(++drafts_))
            .ToString());
    draft.set_author(author);
    draft.set_audience("igf/public");
    draft.set_cycle("2027");
    draft.set_language("en");
    return draft;
  }

  // The digest.
  std::string Publish(const pb::Draft& draft) {
    auto receipt = hub_.Publish(draft);
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return receipt.ok() ? std::string(receipt->leaf.digest.bytes()) : "";
  }

  // Fast. The digests.
  std::vector<std::string> PublishMany(size_t count, const std::function<pb::Draft()>& draft) {
    std::vector<std::string> digests;
    std::vector<pb::Draft> drafts;
    for (size_t i = 0; i < count; ++i) {
      drafts.push_back(draft());
      if (drafts.size() < 500 && i + 1 < count) continue;
      for (const auto& answer : hub_.PublishBatch(std::exchange(drafts, {}), true)) {
        EXPECT_TRUE(answer.ok()) << answer.status();
        digests.emplace_back(answer.ok() ? answer->leaf.digest.bytes() : "");
      }
    }
    return digests;
  }

  pb::Draft Naming(const std::string& author, const std::string& digest, pb::Relation relation) {
    pb::Draft draft = Draft(author);
    pb::Reference& reference = *draft.add_references();
    reference.set_digest(digest);
    reference.set_relation(relation);
    return draft;
  }

  pb::Draft SignalDraft(const std::string& author, const std::string& title) {
    pb::Draft draft = Draft(author);
    draft.add_topics("unspecified");
    draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
    draft.mutable_topic_signal()->set_title(title);
    draft.mutable_topic_signal()->set_text("fictional words, six of them here");
    return draft;
  }

  std::string Signal(const std::string& author, const std::string& title,
                     const std::string& audience = "igf/public") {
    pb::Draft draft = SignalDraft(author, title);
    draft.set_audience(audience);
    return Publish(draft);
  }

  // In that language, on those topics.
  std::string Input(const std::string& author, const std::string& title, const std::string& text,
                    const std::vector<std::string>& topics = {"unspecified"},
                    const std::string& language = "en",
                    const std::string& audience = "igf/public") {
    pb::Draft draft = SignalDraft(author, title);
    draft.set_audience(audience);
    draft.set_language(language);
    draft.mutable_topic_signal()->set_text(text);
    *draft.mutable_topics() = {topics.begin(), topics.end()};
    return Publish(draft);
  }

  // `codes` of the scheme `fictional`.
  void PublishScheme(const std::vector<std::string>& codes) {
    pb::Draft draft = Draft(kSecretariat);
    draft.clear_cycle();
    pb::TopicScheme& scheme = *draft.mutable_topic_scheme();
    scheme.set_scheme("fictional");
    scheme.set_title("a fictional scheme");
    for (const std::string& code : codes) {
      scheme.add_codes(code);
      scheme.add_entries()->set_code(code);
      scheme.mutable_entries()->rbegin()->set_label(absl::StrCat("all about ", code));
    }
    Publish(draft);
  }

  std::string Group(const std::vector<std::string>& inputs, const std::string& revises = "",
                    pb::GroupingAction action = pb::GROUPING_ACTION_GROUP) {
    pb::Draft draft = Draft(kSecretariat);
    const auto refer = [&](const std::string& digest, pb::Relation relation) {
      draft.add_references()->set_digest(digest);
      draft.mutable_references()->rbegin()->set_relation(relation);
    };
    for (const std::string& input : inputs) refer(input, pb::RELATION_GROUPS);
    if (!revises.empty()) refer(revises, pb::RELATION_REVISES);
    draft.mutable_grouping()->set_action(action);
    draft.mutable_grouping()->set_title("a fictional group");
    draft.mutable_grouping()->set_reason("fictional");
    return Publish(draft);
  }

  std::string Translate(const std::string& of, const std::string& language,
                        const std::string& title, const std::string& text) {
    pb::Draft draft = Naming(kSecretariat, of, pb::RELATION_TRANSLATES);
    draft.set_language(language);
    draft.mutable_translation()->set_maker(pb::TRANSLATION_MAKER_HUMAN);
    draft.mutable_translation()->set_made_on("2027-01-15");
    draft.mutable_translation()->set_title(title);
    draft.mutable_translation()->set_text(text);
    return Publish(draft);
  }

  std::string Amend(const std::string& author, const std::string& of, const std::string& title,
                    const std::string& text) {
    pb::Draft draft = Naming(author, of, pb::RELATION_REVISES);
    draft.mutable_amendment()->set_kind(pb::AMENDMENT_KIND_CORRECTION);
    draft.mutable_amendment()->set_title(title);
    draft.mutable_amendment()->set_text(text);
    draft.mutable_amendment()->set_reason("fictional");
    return Publish(draft);
  }

  std::string Dispose(const std::vector<std::string>& inputs, pb::DispositionKind kind,
                      const std::string& into = "", const std::string& audience = "igf/public") {
    pb::Draft draft = Draft(kSecretariat);
    draft.set_audience(audience);
    pb::Disposition& body = *draft.mutable_disposition();
    for (const std::string& input : inputs) {
      body.add_inputs()->set_input(input);
      body.mutable_inputs()->rbegin()->set_kind(kind);
    }
    body.set_into(into);
    body.set_reason("a fictional reason");
    return Publish(draft);
  }

  std::string Respond(const std::string& author, const std::string& request,
                      pb::ResponseKind kind) {
    pb::Draft draft = Naming(author, request, pb::RELATION_RESPONDS_TO);
    draft.mutable_response()->set_kind(kind);
    draft.mutable_response()->set_text("a fictional response");
    draft.mutable_response()->set_reason("fictional");
    return Publish(draft);
  }

  static void AddContact(pb::ContactRole role, const std::string& email, pb::Draft* draft) {
    pb::Contact& contact = *draft->mutable_personal()->add_contacts();
    contact.set_role(role);
    contact.set_email(email);
  }

  pb::Draft Establish(const std::string& from, const std::string& to, const std::string& since,
                      const std::string& until) {
    pb::Draft draft = Draft(from);
    pb::Liaison& liaison = *draft.mutable_liaison();
    liaison.set_from(from);
    liaison.set_to(to);
    liaison.set_valid_from(since);
    liaison.set_valid_until(until);
    liaison.set_action(pb::LIAISON_ACTION_ESTABLISH);
    liaison.set_mandate("a fictional mandate");
    AddContact(pb::CONTACT_ROLE_FROM_LIAISON, "from-liaison@example.org", &draft);
    AddContact(pb::CONTACT_ROLE_TO_LIAISON, "to-liaison@example.org", &draft);
    Publish(draft);
    return draft;
  }

  // Of the one request.
  std::vector<std::string> AnswersGoTo(const std::string& today = kToday) {
    std::vector<std::string> mails;
    const auto seen = RequestsSeenBy("", today);
    for (const pb::Contact& contact : seen.at(0).reply_to()) {
      mails.push_back(contact.email());
    }
    return mails;
  }

  std::string Retract(const std::string& author, const std::string& digest,
                      const std::string& audience = "igf/public") {
    pb::Draft draft = Naming(author, digest, pb::RELATION_RETRACTS);
    draft.set_audience(audience);
    draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
    draft.mutable_retraction()->set_reason("fictional");
    return Publish(draft);
  }

  pb::Draft PositionDraft(const std::string& author, const std::string& target,
                          pb::PositionKind kind) {
    pb::Draft draft = Naming(author, target, pb::RELATION_POSITION_ON);
    draft.mutable_position()->set_kind(kind);
    draft.mutable_position()->set_reason("a fictional reason");
    return draft;
  }
  std::string Stand(const std::string& author, const std::string& target, pb::PositionKind kind) {
    return Publish(PositionDraft(author, target, kind));
  }

  // A proposal that lacks only what is taken out of it.
  pb::Draft DecisionDraft(const std::vector<std::string>& considered) {
    pb::Draft draft = Draft(kSeat1);
    for (const std::string& input : considered) {
      pb::Reference& reference = *draft.add_references();
      reference.set_digest(input);
      reference.set_relation(pb::RELATION_CONSIDERS);
    }
    pb::Decision& body = *draft.mutable_decision();
    body.set_state(pb::DECISION_STATE_PROPOSED);
    body.set_title("a fictional proposal");
    body.set_priority(1);
    body.mutable_time_frame()->set_starts_on("2027-02-01");
    body.mutable_time_frame()->set_ends_on("2027-12-31");
    body.set_outcome_owner(kPartner);
    body.set_outcome_due_on("2027-11-30");
    body.set_work_format(pb::WORK_FORMAT_MAIN_SESSION);
    body.set_steward(kSeat1);
    body.set_focus_question("What?");
    body.set_outcome_product("a page");
    body.set_outcome_test("it is read");
    body.set_reasons("because");
    return draft;
  }

  std::string Evaluate(const std::string& target, int seat, int score, bool conflict = false) {
    pb::Draft draft =
        Naming(absl::StrCat("org/igf-mag/seat-", seat), target, pb::RELATION_EVALUATES);
    draft.set_audience("igf/mag");
    draft.mutable_evaluation()->set_conflict(conflict);
    if (!conflict) {
      pb::CriterionScore& given = *draft.mutable_evaluation()->add_scores();
      given.set_criterion("relevance");
      given.set_score(score);
    }
    return Publish(draft);
  }

  std::unique_ptr<Reading> As(const std::string& organisation, const std::string& today = kToday) {
    const auto registry = hub_.sequencer().registry();
    auto principal =
        auth::DevelopmentPrincipal(organisation, *registry, *hub_.sequencer().directory());
    EXPECT_TRUE(principal.ok());
    auto reading = Reading::Begin(&ledger_, {*principal, registry, today});
    EXPECT_TRUE(reading.ok()) << reading.status();
    return *std::move(reading);
  }

  std::vector<std::string> TrailTitles(const std::string& as, const std::string& digest,
                                       pb::TrailDirection direction) {
    pb::GetTrailRequest request;
    request.set_digest(digest);
    auto trail = GetTrail(*As(as), request, {});
    EXPECT_TRUE(trail.ok()) << trail.status();
    std::vector<std::string> titles;
    for (const pb::TrailEntry& entry : trail->entries()) {
      if (entry.direction() == direction) titles.push_back(entry.event().title());
    }
    return titles;
  }

  std::vector<pb::LiaisonRequest> RequestsSeenBy(const std::string& as,
                                                 const std::string& today = kToday) {
    auto list = ListRequests(*As(as, today), {}, {});
    EXPECT_TRUE(list.ok()) << list.status();
    return {list->requests().begin(), list->requests().end()};
  }

  std::vector<pb::Contribution> ContributionsOf(const std::string& contributor,
                                                const std::string& as = "",
                                                const std::string& language = "") {
    pb::ListContributionsRequest request;
    request.set_contributor(contributor);
    request.set_language(language);
    auto list = ListContributions(*As(as), request, {});
    EXPECT_TRUE(list.ok()) << list.status();
    return {list->contributions().begin(), list->contributions().end()};
  }

  pb::DecisionView Decision(const std::string& digest) {
    pb::GetDecisionRequest request;
    request.set_digest(digest);
    auto decision = GetDecision(*As(""), request);
    EXPECT_TRUE(decision.ok()) << decision.status();
    return decision->decision();
  }

  testing::TestHub hub_;
  Ledger ledger_;
  int drafts_ = 0;
};

class ViewsTest : public ::testing::Test, public ViewsHub {
 public:
  using ViewsHub::ViewsHub;
};

}  // namespace liaison::views

#endif  // LIAISON_TESTS_UNIT_SERVER_VIEWS_VIEWS_FIXTURE_H_
