// The roadmap walk: one cycle of the liaison's work, through the public API alone, told as a person
// would tell it. Two initiatives and the inputs of the sample data's 2027 are in it; whatever
// anybody says is fictional, and so are the partners. What it tells of others is as the hub
// answers.
//
//   liaison_walk --hub 127.0.0.1:7410
//
// It wants the sample data (seats of the MAG, the secretariat), opens cycles of its own, and may be
// run again. Exit code 0 if everything was as it should be; it stops where something is not.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "liaison/directory_client.h"
#include "liaison/error.h"
#include "liaison/liaison_client.h"
#include "liaison/publish_client.h"

namespace {

namespace v1 = liaison::v1;

constexpr char kSecretariat[] = "org/igf-secretariat";
constexpr char kMag[] = "org/igf-mag";
constexpr absl::Duration kPatience = absl::Seconds(5);  // with a hub that does not answer
constexpr char kFictional[] = " (fictional sample)";
// Of the sample data: who reports in the walk's cycle, and whose inputs of 2027 are considered too.
constexpr const char* kNris[] = {"org/eurodig", "org/benin-igf"};
constexpr char kSampleCycle[] = "2027";
constexpr const char* kHeardBefore[] = {"org/benin-igf", "org/apnic"};

std::string Seat(int number) { return absl::StrCat(kMag, "/seat-", number); }

std::string DaysFromNow(int days) {
  return absl::FormatTime("%Y-%m-%d", absl::Now() + absl::Hours(24 * days), absl::UTCTimeZone());
}

class Walk {
 public:
  explicit Walk(std::string hub)
      : hub_(std::move(hub)),
        run_(absl::StrCat(absl::Hex(absl::ToUnixMillis(absl::Now())))),
        cycle_(absl::StrCat("walk-", run_, "-1")),
        next_cycle_(absl::StrCat("walk-", run_, "-2")) {
    for (const char* name : {"network", "rights", "library"}) partners_.push_back(Invented(name));
  }

  bool Go() {
    if (!IsReady()) return false;
    constexpr void (Walk::*kChapters[])() = {
        &Walk::Open,    &Walk::Speak,    &Walk::TakePositions, &Walk::ShareTheReading,
        &Walk::Dispose, &Walk::Evaluate, &Walk::Adopt,         &Walk::Counter,
        &Walk::Support, &Walk::Work,     &Walk::CarryOver,     &Walk::WhatBecameOfMyInput};
    for (const auto chapter : kChapters) {
      (this->*chapter)();
      if (failed_) break;
    }
    Tell(failed_ ? "\nThe walk stops here: something was not as it should be."
                 : "\nThe walk is done; everything was as it should be.");
    if (std::cout.good()) return !failed_;
    std::cerr << "liaison_walk: standard output cannot be written" << std::endl;
    return false;
  }

 private:
  // --- telling -----------------------------------------------------------------------------------

  static void Tell(const std::string& text) { std::cout << text << std::endl; }
  // After the first failure nothing is told: it would only be what follows from it.
  void Expect(bool holds, const std::string& what) {
    if (failed_) return;
    failed_ = !holds;
    Tell(absl::StrCat(holds ? "  ok      " : "  FAILED  ", what));
  }

  // What a walk needs is a hub with the sample data.
  bool IsReady() {
    const liaison::DirectoryClient directory(As(""));
    for (const std::string& name : {std::string(kSecretariat), Seat(1), Seat(5),
                                    std::string(kNris[0]), std::string(kNris[1])}) {
      const auto found = directory.Organisation(name);
      if (found.ok()) continue;
      const bool there = found.status().code() == absl::StatusCode::kNotFound;
      std::cerr << "liaison_walk: "
                << (there ? absl::StrCat("the hub at ", hub_, " has no ", name,
                                         ".\nThe walk wants the sample data: liaison --hub ", hub_,
                                         " import --sample")
                          : absl::StrCat("no hub to walk on at ", hub_, ": ",
                                         liaison::Explain(found.status()),
                                         "\nStart one with the sample data: ./deploy/run"
                                         "\nOr name another: liaison_walk --hub ADDR"))
                << std::endl;
      return false;
    }
    return true;
  }

  // --- speaking ----------------------------------------------------------------------------------

  std::string Invented(const std::string& name) const {
    return absl::StrCat("org/fictional-", name, "-", run_);
  }

  std::shared_ptr<liaison::Connection> As(const std::string& organisation) {
    auto& connection = connections_[organisation];
    if (connection == nullptr) {
      liaison::ConnectionOptions options;
      options.acting_as = organisation;
      options.retry.total_timeout = kPatience;
      options.retry.attempt_timeout = kPatience;
      connection = liaison::Connect(hub_, options);
    }
    return connection;
  }
  liaison::LiaisonClient Views(const std::string& as) { return liaison::LiaisonClient(As(as)); }

  v1::Draft Draft(const std::string& author) const {
    v1::Draft draft;
    draft.set_author(author);
    draft.set_audience("igf/public");
    draft.set_cycle(cycle_);
    draft.set_language("en");
    draft.add_topics("unspecified");
    return draft;
  }

  v1::Draft About(const std::string& author, const std::string& digest,
                  v1::Relation relation) const {
    v1::Draft draft = Draft(author);
    v1::Reference& reference = *draft.add_references();
    reference.set_digest(digest);
    reference.set_relation(relation);
    return draft;
  }

  absl::StatusOr<v1::Receipt> Try(const v1::Draft& draft) {
    if (failed_) return absl::CancelledError("the walk has stopped");
    return liaison::PublishClient(As(draft.author())).Publish(draft);
  }
  // The digest; empty, and told, where it is refused.
  std::string Publish(const v1::Draft& draft) {
    const absl::StatusOr<v1::Receipt> receipt = Try(draft);
    if (receipt.ok()) return receipt->digest();
    Expect(false, absl::StrCat(draft.author(), " is heard: ", liaison::Explain(receipt.status())));
    return "";
  }

  void Register(const std::string& name, v1::OrganisationKind kind) {
    v1::Draft draft = Draft(kSecretariat);
    draft.clear_cycle();
    draft.clear_topics();
    draft.mutable_organisation()->set_organisation(name);
    draft.mutable_organisation()->set_kind(kind);
    draft.mutable_organisation()->set_name(absl::StrCat(name, kFictional));
    Publish(draft);
  }

  std::string PublishCycle(const std::string& id, v1::CycleState state) {
    v1::Draft draft = Draft(kSecretariat);
    draft.clear_cycle();
    draft.clear_topics();
    v1::Cycle& cycle = *draft.mutable_cycle_body();
    cycle.set_cycle_id(id);
    cycle.set_state(state);
    cycle.set_title(absl::StrCat("A cycle for the walk", kFictional));
    for (const char* name : {"call", "evaluation"}) {
      v1::Phase& phase = *cycle.add_phases();
      phase.set_phase(name);
      phase.set_starts_on(DaysFromNow(-7));
      phase.set_ends_on(DaysFromNow(7));
    }
    cycle.mutable_capacity()->set_slots(1);
    cycle.mutable_capacity()->set_hours(2);
    cycle.mutable_capacity()->set_people(6);
    return Publish(draft);
  }

  // --- the story ---------------------------------------------------------------------------------

  void Open() {
    Tell(absl::StrCat("The secretariat opens cycle ", cycle_, "."));
    PublishCycle(cycle_, v1::CYCLE_STATE_OPEN);
    v1::GetBoardRequest request;
    request.set_cycle(cycle_);
    const auto board = Views(Seat(1)).Board(request);
    Expect(board.ok() && board->capacity().slots() == 1 && board->held_size() == 0,
           "it can hold one main session, and nothing holds it yet");
    for (const std::string& partner : partners_) {
      Register(partner, v1::ORGANISATION_KIND_CIVIL_SOCIETY);
    }
  }

  void Speak() {
    Tell(absl::StrCat("\n", absl::StrJoin(kNris, " and "),
                      " report, and three organisations say what they see."));
    for (const std::string nri : kNris) {
      v1::Draft draft = Draft(nri);
      draft.mutable_local_report()->set_title(absl::StrCat("What our meeting heard", kFictional));
      draft.mutable_local_report()->set_convergence(
          absl::StrCat("Schools need a line that lasts.", kFictional));
      inputs_[nri] = Publish(draft);
    }
    for (const std::string& partner : partners_) {
      v1::Draft draft = Draft(partner);
      v1::TopicSignal& signal = *draft.mutable_topic_signal();
      signal.set_purpose(v1::PURPOSE_INFORMATION);
      signal.set_standing(v1::STANDING_ORGANISATION_POSITION);
      signal.set_title(absl::StrCat("Connect the last school, says ", partner, kFictional));
      signal.set_text(absl::StrCat("It takes people more than cables.", kFictional));
      inputs_[partner] = Publish(draft);
    }
    const auto waiting = Views(kSecretariat).Undisposed(cycle_);
    Expect(waiting.ok() && waiting->size() == inputs_.size(),
           "all five inputs wait for a disposition");
    for (const auto& [contributor, digest] : inputs_) {
      ExpectBecame(contributor, digest, v1::CONTRIBUTION_STATE_NOTHING_YET, "");
    }
    for (const char* contributor : kHeardBefore) HearSample(contributor);
  }

  // What it said in the sample data.
  void HearSample(const std::string& contributor) {
    v1::ListContributionsRequest request;
    request.set_contributor(contributor);
    request.set_cycle(kSampleCycle);
    const auto said = Views(contributor).Contributions(request);
    for (const v1::Contribution& one : said.ok() ? *said : std::vector<v1::Contribution>()) {
      if (one.input().retracted()) continue;
      sample_inputs_[contributor] = one.input().digest();
      return Tell(absl::StrCat("  In ", kSampleCycle, " ", contributor,
                               " had said: ", one.input().title()));
    }
    Expect(false, absl::StrCat("the sample has an input of ", contributor, " of ", kSampleCycle));
  }

  v1::Draft DecisionDraft() {
    v1::Draft draft = Draft(Seat(1));
    v1::Decision& decision = *draft.mutable_decision();
    decision.set_state(v1::DECISION_STATE_PROPOSED);
    decision.set_title(absl::StrCat("A main session on schools", kFictional));
    decision.set_work_format(v1::WORK_FORMAT_MAIN_SESSION);
    return draft;
  }

  void TakePositions() {
    Tell("\nA member of the MAG proposes a main session; partners say where they stand.");
    decision_ = Publish(DecisionDraft());
    const v1::PositionKind kinds[] = {v1::POSITION_KIND_SUPPORT, v1::POSITION_KIND_RESERVE,
                                      v1::POSITION_KIND_OBJECT};
    const char* const verbs[] = {"supports it", "has a reservation", "objects"};
    const char* const reasons[] = {"Our schools ask for it.", "It should be short.",
                                   "One session is no plan for the year."};
    for (int i = 0; i < 3; ++i) {
      v1::Draft draft = About(partners_[i], decision_, v1::RELATION_POSITION_ON);
      draft.clear_topics();
      draft.mutable_position()->set_kind(kinds[i]);
      draft.mutable_position()->set_standing(v1::STANDING_ORGANISATION_POSITION);
      draft.mutable_position()->set_reason(absl::StrCat(reasons[i], kFictional));
      const std::string digest = Publish(draft);
      if (kinds[i] == v1::POSITION_KIND_OBJECT) objection_ = digest;
    }
    const auto positions = Views("").Positions(HashOf(decision_));
    Expect(positions.ok() && positions->size() == 3, "three positions are on the record, one each");
    for (int i = 0; i < 3; ++i) {
      const auto is = [&](const v1::PositionView& one) {
        return one.organisation() == partners_[i] && one.kind() == kinds[i];
      };
      Expect(positions.ok() && std::any_of(positions->begin(), positions->end(), is),
             absl::StrCat(partners_[i], " ", verbs[i], ": ", reasons[i]));
    }
  }

  static liaison::record::Hash HashOf(const std::string& digest) {
    const auto hash = liaison::record::Hash::Parse(digest);
    return hash.ok() ? *hash : liaison::record::Hash();
  }

  void ShareTheReading() {
    Tell("\nThe MAG shares the reading: every input is read by two, by nobody with a conflict.");
    // Somebody has a stake in an input and says so.
    v1::Draft conflict = About(Seat(3), inputs_[partners_[2]], v1::RELATION_EVALUATES);
    conflict.set_audience("igf/mag");
    conflict.clear_topics();
    conflict.mutable_evaluation()->set_conflict(true);
    Publish(conflict);
    v1::GetReadingPlanRequest request;
    request.set_cycle(cycle_);
    for (int seat = 1; seat <= 5; ++seat) request.add_members(Seat(seat));
    const auto plan = Views(Seat(2)).ReadingPlan(request);
    if (!plan.ok()) return Expect(false, std::string(plan.status().message()));
    bool free_of_conflicts = true;
    for (const v1::ReadingShare& share : plan->shares()) {
      Tell(absl::StrCat("  ", share.member(), " reads ", share.inputs_size(), ", ",
                        share.minutes_left(), share.minutes_left() == 1 ? " minute" : " minutes"));
      if (share.member() != Seat(3)) continue;
      for (const v1::EventSummary& input : share.inputs()) {
        free_of_conflicts = free_of_conflicts && input.digest() != inputs_[partners_[2]];
      }
    }
    Expect(plan->largest_share() == 2 && plan->shortfalls().empty(),
           "five inputs, two readers, five members: two for each");
    Expect(free_of_conflicts, "nobody reads what they declared a conflict about");
    Expect(!Views(partners_[0]).ReadingPlan(request).ok(), "the plan is the MAG's own");
  }

  void Dispose() {
    Tell("\nEvery input gets a disposition, with its reason.");
    v1::Draft draft = Draft(kSecretariat);
    draft.clear_topics();
    v1::Disposition& disposition = *draft.mutable_disposition();
    for (const auto& [contributor, digest] : inputs_) {
      v1::DisposedInput& input = *disposition.add_inputs();
      input.set_input(digest);
      input.set_kind(contributor == partners_[1] ? v1::DISPOSITION_KIND_NOTED
                                                 : v1::DISPOSITION_KIND_TAKEN_UP);
    }
    disposition.set_into(decision_);
    disposition.set_reason(absl::StrCat("Five say the same thing.", kFictional));
    Publish(draft);
    const auto waiting = Views("").Undisposed(cycle_);
    Expect(waiting.ok() && waiting->empty(), "nothing waits for a disposition any more");
  }

  void Evaluate() {
    Tell("\nMembers evaluate the proposal; one has a conflict and is recused.");
    for (int seat = 1; seat <= 4; ++seat) {
      v1::Draft draft = About(Seat(seat), decision_, v1::RELATION_EVALUATES);
      draft.set_audience("igf/mag");
      draft.clear_topics();
      v1::Evaluation& evaluation = *draft.mutable_evaluation();
      evaluation.set_conflict(seat == 4);
      if (seat != 4) {
        v1::CriterionScore& score = *evaluation.add_scores();
        score.set_criterion("relevance");
        score.set_score(2 + seat);
      }
      Publish(draft);
    }
    v1::GetBoardRequest request;
    request.set_cycle(cycle_);
    const auto board = Views(Seat(1)).Board(request);
    const v1::BoardCandidate* found = nullptr;
    if (board.ok()) {
      for (const v1::BoardCandidate& candidate : board->candidates()) {
        if (candidate.candidate().digest() == decision_) found = &candidate;
      }
    }
    if (found == nullptr) return Expect(false, "the proposal is on the board");
    Expect(found->assessed() == 3 && found->recused() == 1, "three evaluate, one is recused");
    Expect(found->score() == 4, "the average is 4");
    Expect(found->fits() && board->left().slots() == 0, "it takes the one slot that there is");
    const auto outside = Views(partners_[0]).Board(request);
    Expect(outside.ok() && !outside->withheld_until().empty() &&
               std::all_of(outside->candidates().begin(), outside->candidates().end(),
                           [](const v1::BoardCandidate& c) { return c.score() == 0; }),
           "others see averages once the evaluation is over");
  }

  void Adopt() {
    Tell("\nThe MAG wants to adopt it at once.");
    v1::Draft bare = DecisionDraft();
    *bare.add_references() = Reference(decision_, v1::RELATION_REVISES);
    bare.mutable_decision()->set_state(v1::DECISION_STATE_ADOPTED);
    const auto refused = Try(bare);
    Expect(!refused.ok(), "the first attempt is refused");
    const auto missing = liaison::FieldViolationsOf(refused.status());
    for (const liaison::FieldViolation& violation : missing) {
      Tell(absl::StrCat("    ", violation.field, ": ", violation.description));
    }
    // Focus question, priority, time frame, product, owner, date, test, steward, reasons, inputs,
    // and the objection.
    Expect(missing.size() == 11, "and everything that is missing is named at once");

    Tell("It comes back with all of that, and with an answer to the objection.");
    v1::Draft whole = bare;
    whole.clear_event_id();
    for (const auto* inputs : {&inputs_, &sample_inputs_}) {
      for (const auto& [contributor, digest] : *inputs) {
        *whole.add_references() = Reference(digest, v1::RELATION_CONSIDERS);
      }
    }
    v1::Decision& decision = *whole.mutable_decision();
    decision.set_focus_question(absl::StrCat("Who keeps a school's line up?", kFictional));
    decision.set_priority(1);
    decision.mutable_time_frame()->set_starts_on(DaysFromNow(1));
    decision.mutable_time_frame()->set_ends_on(DaysFromNow(200));
    decision.set_outcome_product(absl::StrCat("A page for ministries", kFictional));
    decision.set_outcome_owner(partners_[0]);
    decision.set_outcome_due_on(DaysFromNow(190));
    decision.set_outcome_test(absl::StrCat("Three ministries answer it", kFictional));
    decision.set_steward(Seat(1));
    decision.set_reasons(absl::StrCat("Five inputs ask for it.", kFictional));
    v1::ObjectionAnswer& answer = *decision.add_answers();
    answer.set_objection(objection_);
    answer.set_answer(absl::StrCat("The page is the plan for the year.", kFictional));
    Publish(whole);
    Tell(absl::StrCat("  to ", partners_[2], ", which objects, the MAG says: ", answer.answer()));
    const auto view = Views("").Decision(HashOf(decision_));
    Expect(view.ok() && view->state() == v1::DECISION_STATE_ADOPTED && view->missing().empty(),
           "the second attempt succeeds, and nothing is missing");
    Expect(view.ok() && std::any_of(view->positions().begin(), view->positions().end(),
                                    [&](const v1::PositionView& one) {
                                      return one.event().digest() == objection_ && one.answered();
                                    }),
           "the objection stands, and is answered");
    const auto trail = Views("").Trail(HashOf(inputs_[kNris[0]]));
    Expect(trail.ok() && std::any_of(trail->begin(), trail->end(),
                                     [&](const v1::TrailEntry& entry) {
                                       return entry.event().digest() == decision_ &&
                                              entry.direction() == v1::TRAIL_DIRECTION_LED_TO;
                                     }),
           "from an initiative's report the trail leads to the decision");
  }

  static v1::Reference Reference(const std::string& digest, v1::Relation relation) {
    v1::Reference reference;
    reference.set_digest(digest);
    reference.set_relation(relation);
    return reference;
  }

  v1::RequestState StateOf(const std::string& as, const std::string& digest, std::string* due) {
    const auto requests = Views(as).Requests();
    if (!requests.ok()) return v1::REQUEST_STATE_UNSPECIFIED;
    for (const v1::LiaisonRequest& request : *requests) {
      if (request.request().digest() != digest) continue;
      *due = request.due_date();
      return request.state();
    }
    return v1::REQUEST_STATE_UNSPECIFIED;
  }

  void Counter() {
    Tell(absl::StrCat("\nThe MAG asks ", partners_[2], " for figures by ", DaysFromNow(10),
                      "; it offers ", DaysFromNow(40), "."));
    v1::Draft ask = Draft(Seat(1));
    ask.add_addressees(partners_[2]);
    ask.mutable_topic_signal()->set_purpose(v1::PURPOSE_ACTION);
    ask.mutable_topic_signal()->set_requested_date(DaysFromNow(10));
    ask.mutable_topic_signal()->set_title(absl::StrCat("How many schools?", kFictional));
    request_ = Publish(ask);
    std::string due;
    Expect(StateOf(partners_[0], request_, &due) == v1::REQUEST_STATE_UNSPECIFIED,
           "nobody else is shown that the partner has not answered yet");
    v1::Draft counter = About(partners_[2], request_, v1::RELATION_RESPONDS_TO);
    counter.clear_topics();
    counter.mutable_response()->set_kind(v1::RESPONSE_KIND_COUNTER);
    counter.mutable_response()->set_doable_date(DaysFromNow(40));
    counter.mutable_response()->set_text(absl::StrCat("We are three people.", kFictional));
    Publish(counter);
    Expect(
        StateOf(Seat(1), request_, &due) == v1::REQUEST_STATE_COUNTERED && due == DaysFromNow(40),
        absl::StrCat("the date that counts is the one that can be met, ", DaysFromNow(40)));
    v1::Draft answer = About(partners_[2], request_, v1::RELATION_RESPONDS_TO);
    answer.clear_topics();
    answer.mutable_response()->set_kind(v1::RESPONSE_KIND_ANSWER);
    answer.mutable_response()->set_text(absl::StrCat("Of 400 schools, 90.", kFictional));
    Publish(answer);
    Expect(StateOf(Seat(1), request_, &due) == v1::REQUEST_STATE_ANSWERED,
           "in the end it answers, and the request is closed");
    // A question is an input as well.
    v1::Draft noted = Draft(kSecretariat);
    noted.clear_topics();
    v1::DisposedInput& input = *noted.mutable_disposition()->add_inputs();
    input.set_input(request_);
    input.set_kind(v1::DISPOSITION_KIND_NOTED);
    noted.mutable_disposition()->set_reason(absl::StrCat("It was answered.", kFictional));
    Publish(noted);
  }

  void Support() {
    Tell("\nThose who do the work ask the MAG for help, and are answered.");
    v1::Draft ask = Draft(partners_[0]);
    ask.clear_topics();
    ask.add_addressees(kMag);
    ask.mutable_support_request()->set_due_on(DaysFromNow(14));
    ask.mutable_support_request()->set_kind(v1::SUPPORT_KIND_LANGUAGES);
    ask.mutable_support_request()->set_title(
        absl::StrCat("Somebody who writes French", kFictional));
    const std::string help = Publish(ask);
    std::string due;
    Expect(StateOf("", help, &due) == v1::REQUEST_STATE_OPEN,
           "everybody sees that the MAG has not answered yet");
    v1::Draft answer = About(Seat(2), help, v1::RELATION_RESPONDS_TO);
    answer.clear_topics();
    answer.mutable_response()->set_kind(v1::RESPONSE_KIND_ANSWER);
    answer.mutable_response()->set_text(absl::StrCat("A colleague will.", kFictional));
    Publish(answer);
    Expect(StateOf("", help, &due) == v1::REQUEST_STATE_ANSWERED, "the MAG stands by its work");
  }

  void Work() {
    Tell("\nThe work goes on, and there is an outcome.");
    v1::Draft progress = About(partners_[0], decision_, v1::RELATION_REPORTS_ON);
    progress.clear_topics();
    progress.mutable_progress()->set_percent(60);
    progress.mutable_progress()->set_text(absl::StrCat("Half a page.", kFictional));
    Publish(progress);
    auto view = Views("").Decision(HashOf(decision_));
    Expect(view.ok() && view->state() == v1::DECISION_STATE_IN_PROGRESS && view->percent() == 60,
           "it is in progress");
    v1::Draft outcome = About(partners_[0], decision_, v1::RELATION_REPORTS_ON);
    outcome.clear_topics();
    outcome.mutable_outcome()->set_test_result(v1::TEST_RESULT_MET);
    outcome.mutable_outcome()->set_delivered_on(DaysFromNow(0));
    outcome.mutable_outcome()->set_title(absl::StrCat("A page for ministries", kFictional));
    outcome.mutable_outcome()->set_product(absl::StrCat("The page.", kFictional));
    Publish(outcome);
    view = Views("").Decision(HashOf(decision_));
    Expect(view.ok() && view->state() == v1::DECISION_STATE_COMPLETED, "it is completed");
  }

  void CarryOver() {
    Tell("\nThe cycle closes. What is open is carried over into the next one.");
    v1::Draft open = DecisionDraft();
    open.mutable_decision()->set_title(absl::StrCat("A guide for volunteers", kFictional));
    open.mutable_decision()->set_work_format(v1::WORK_FORMAT_UNSPECIFIED);
    const std::string left = Publish(open);
    PublishCycle(next_cycle_, v1::CYCLE_STATE_OPEN);
    v1::Draft carry = About(kSecretariat, left, v1::RELATION_CARRIES_OVER);
    carry.clear_topics();
    carry.set_cycle(next_cycle_);
    carry.mutable_carry_over()->set_from_cycle(cycle_);
    carry.mutable_carry_over()->set_to_cycle(next_cycle_);
    carry.mutable_carry_over()->set_reason(absl::StrCat("Nobody had time.", kFictional));
    Publish(carry);
    PublishCycle(cycle_, v1::CYCLE_STATE_CLOSED);
    const auto opening = Views("").CycleOpening(next_cycle_, cycle_);
    if (!opening.ok()) return Expect(false, std::string(opening.status().message()));
    Expect(opening->outcomes_size() == 1 && opening->outcomes(0).decision().digest() == decision_,
           "the new cycle opens with the outcome of the last");
    Expect(opening->unfinished_size() == 1 && opening->unfinished(0).decision().digest() == left,
           "and with what it left unfinished");
    Expect(opening->carried_over_size() == 1 && opening->carried_over(0).digest() == left,
           "which the secretariat has carried over");
    // Whatever waits for anybody is among what was carried over.
    std::vector<std::string> left_behind;
    const auto check = [&](const v1::EventSummary& item) {
      const auto& carried = opening->carried_over();
      const bool is_carried =
          std::any_of(carried.begin(), carried.end(),
                      [&](const v1::EventSummary& one) { return one.digest() == item.digest(); });
      if (!is_carried) left_behind.push_back(item.title());
    };
    for (const v1::LiaisonRequest& request : opening->open_requests()) check(request.request());
    for (const v1::EventSummary& input : opening->undisposed()) check(input);
    for (const char* cycle : {cycle_.c_str(), next_cycle_.c_str()}) {
      const auto waiting = Views(kSecretariat).Undisposed(cycle);
      if (!waiting.ok()) left_behind.emplace_back(waiting.status().message());
      if (waiting.ok()) std::for_each(waiting->begin(), waiting->end(), check);
    }
    Expect(left_behind.empty(),
           absl::StrCat("no request and no input is left behind", left_behind.empty() ? "" : ": ",
                        absl::StrJoin(left_behind, ", ")));
    v1::Draft late = Draft(partners_[0]);
    late.mutable_topic_signal()->set_purpose(v1::PURPOSE_INFORMATION);
    late.mutable_topic_signal()->set_title(absl::StrCat("Too late", kFictional));
    Expect(liaison::ReasonOf(Try(late).status()) == liaison::Reason::kCycleUnknown,
           "the closed cycle takes nothing new");
  }

  void ExpectBecame(const std::string& contributor, const std::string& input,
                    v1::ContributionState state, const std::string& words) {
    v1::ListContributionsRequest request;
    request.set_contributor(contributor);
    const auto contributions = Views(contributor).Contributions(request);
    std::string told = "no answer";
    bool as_expected = false;
    for (const v1::Contribution& one :
         contributions.ok() ? *contributions : std::vector<v1::Contribution>()) {
      if (one.input().digest() != input) continue;
      told = one.in_words();
      as_expected = one.state() == state && (words.empty() || absl::StrContains(told, words));
    }
    Expect(as_expected, absl::StrCat(contributor, " learns: ", told));
  }

  void WhatBecameOfMyInput() {
    Tell("\nWhat became of my input? Everybody asks, and is told.");
    for (const auto& [contributor, digest] : inputs_) {
      ExpectBecame(contributor, digest, v1::CONTRIBUTION_STATE_OUTCOME,
                   contributor == partners_[1] ? "noted" : "taken up");
    }
    Tell(absl::StrCat("And those whose inputs of ", kSampleCycle, " were considered:"));
    for (const auto& [contributor, digest] : sample_inputs_) {
      ExpectBecame(contributor, digest, v1::CONTRIBUTION_STATE_OUTCOME, "there is an outcome");
    }
  }

  const std::string hub_;
  const std::string run_;
  const std::string cycle_;
  const std::string next_cycle_;
  std::vector<std::string> partners_;
  std::map<std::string, std::shared_ptr<liaison::Connection>> connections_;
  std::map<std::string, std::string> inputs_;         // contributor -> digest
  std::map<std::string, std::string> sample_inputs_;  // the same, of the sample data
  std::string decision_;
  std::string objection_;
  std::string request_;
  bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const bool with_hub = argc == 3 && std::string(argv[1]) == "--hub";
  if (argc != 1 && !with_hub) {
    std::cerr << "Usage: liaison_walk [--hub ADDR]   (default 127.0.0.1:7410)\n";
    return 2;
  }
  return Walk(with_hub ? argv[2] : "127.0.0.1:7410").Go() ? 0 : 1;
}
