#include "server/domain/life_cycles.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "proto/record/errors.h"

namespace liaison::domain {
namespace {

using record::Error;
using record::Reason;

// --- the tables ----------------------------------------------------------------------------------

using D = DecisionEvent;
constexpr auto kNoDecision = pb::DECISION_STATE_UNSPECIFIED;
constexpr auto kProposed = pb::DECISION_STATE_PROPOSED;
constexpr auto kInConsultation = pb::DECISION_STATE_IN_CONSULTATION;
constexpr auto kAdopted = pb::DECISION_STATE_ADOPTED;
constexpr auto kIncomplete = pb::DECISION_STATE_ADOPTED_INCOMPLETE;
constexpr auto kInProgress = pb::DECISION_STATE_IN_PROGRESS;
constexpr auto kCompleted = pb::DECISION_STATE_COMPLETED;
constexpr auto kDeferred = pb::DECISION_STATE_DEFERRED;
constexpr auto kDeclined = pb::DECISION_STATE_DECLINED;
constexpr auto kWithdrawn = pb::DECISION_STATE_WITHDRAWN;

constexpr DecisionStep kDecisionSteps[] = {
    {kNoDecision, D::kPropose, kProposed},
    {kNoDecision, D::kConsult, kInConsultation},
    // In the room, at once.
    {kNoDecision, D::kAdopt, kAdopted, Needs::kAdoption},
    {kNoDecision, D::kAdoptIncomplete, kIncomplete},

    {kProposed, D::kRestate, kProposed},
    {kProposed, D::kConsult, kInConsultation},
    {kProposed, D::kAdopt, kAdopted, Needs::kAdoption},
    {kProposed, D::kAdoptIncomplete, kIncomplete},
    {kProposed, D::kDefer, kDeferred, Needs::kReasons},
    {kProposed, D::kDecline, kDeclined, Needs::kReasons},
    {kProposed, D::kWithdraw, kWithdrawn, Needs::kReasons},
    {kProposed, D::kCarryOver, kProposed},

    {kInConsultation, D::kRestate, kInConsultation},
    {kInConsultation, D::kAdopt, kAdopted, Needs::kAdoption},
    {kInConsultation, D::kAdoptIncomplete, kIncomplete},
    {kInConsultation, D::kDefer, kDeferred, Needs::kReasons},
    {kInConsultation, D::kDecline, kDeclined, Needs::kReasons},
    {kInConsultation, D::kWithdraw, kWithdrawn, Needs::kReasons},
    {kInConsultation, D::kCarryOver, kInConsultation},

    // Work starts once it is complete.
    {kIncomplete, D::kRestate, kIncomplete},
    {kIncomplete, D::kAdopt, kAdopted, Needs::kAdoption},
    {kIncomplete, D::kStart, kInProgress, Needs::kAdoption},
    {kIncomplete, D::kProgress, kInProgress, Needs::kAdoption},
    {kIncomplete, D::kDefer, kDeferred, Needs::kReasons},
    {kIncomplete, D::kWithdraw, kWithdrawn, Needs::kReasons},
    {kIncomplete, D::kCarryOver, kIncomplete},

    // Whoever objects now is heard; the work goes on.
    {kAdopted, D::kRestate, kAdopted, Needs::kStaysAdopted},
    {kAdopted, D::kStart, kInProgress, Needs::kStaysAdopted},
    {kAdopted, D::kProgress, kInProgress},
    {kAdopted, D::kOutcome, kCompleted},  // whoever delivers has begun
    {kAdopted, D::kDefer, kDeferred, Needs::kReasons},
    {kAdopted, D::kWithdraw, kWithdrawn, Needs::kReasons},
    {kAdopted, D::kCarryOver, kAdopted},

    {kInProgress, D::kRestate, kInProgress, Needs::kStaysAdopted},
    {kInProgress, D::kProgress, kInProgress},
    {kInProgress, D::kOutcome, kCompleted},
    {kInProgress, D::kDefer, kDeferred, Needs::kReasons},
    {kInProgress, D::kWithdraw, kWithdrawn, Needs::kReasons},
    {kInProgress, D::kCarryOver, kInProgress},

    {kCompleted, D::kRestate, kCompleted, Needs::kStaysAdopted},
    // Another outcome corrects the first.
    {kCompleted, D::kOutcome, kCompleted},
    // It was not delivered after all.
    {kCompleted, D::kTakeOutcomeBack, kInProgress},

    {kDeferred, D::kPropose, kProposed},
    {kDeferred, D::kConsult, kInConsultation},
    {kDeferred, D::kAdopt, kAdopted, Needs::kAdoption},
    {kDeferred, D::kAdoptIncomplete, kIncomplete},
    {kDeferred, D::kDecline, kDeclined, Needs::kReasons},
    {kDeferred, D::kWithdraw, kWithdrawn, Needs::kReasons},
    // The new cycle has it on the table again.
    {kDeferred, D::kCarryOver, kProposed},
};

constexpr auto kOpen = rows::REQUEST_STATE_OPEN;
constexpr auto kAccepted = rows::REQUEST_STATE_ACCEPTED;
constexpr auto kCountered = rows::REQUEST_STATE_COUNTERED;
constexpr auto kRefused = rows::REQUEST_STATE_DECLINED;
constexpr auto kAnswered = rows::REQUEST_STATE_ANSWERED;

// An answer is final. A refusal may be thought over; what was promised may be moved or given up.
constexpr RequestStep kRequestSteps[] = {
    {kOpen, pb::RESPONSE_KIND_ACCEPT, kAccepted},
    {kOpen, pb::RESPONSE_KIND_COUNTER, kCountered},
    {kOpen, pb::RESPONSE_KIND_DECLINE, kRefused},
    {kOpen, pb::RESPONSE_KIND_ANSWER, kAnswered},
    {kAccepted, pb::RESPONSE_KIND_COUNTER, kCountered},
    {kAccepted, pb::RESPONSE_KIND_DECLINE, kRefused},
    {kAccepted, pb::RESPONSE_KIND_ANSWER, kAnswered},
    {kCountered, pb::RESPONSE_KIND_ACCEPT, kAccepted},
    {kCountered, pb::RESPONSE_KIND_COUNTER, kCountered},
    {kCountered, pb::RESPONSE_KIND_DECLINE, kRefused},
    {kCountered, pb::RESPONSE_KIND_ANSWER, kAnswered},
    {kRefused, pb::RESPONSE_KIND_ACCEPT, kAccepted},
    {kRefused, pb::RESPONSE_KIND_COUNTER, kCountered},
    {kRefused, pb::RESPONSE_KIND_ANSWER, kAnswered},
};

constexpr auto kUndisposed = pb::DISPOSITION_KIND_UNSPECIFIED;
constexpr auto kTakenUp = pb::DISPOSITION_KIND_TAKEN_UP;
constexpr auto kMerged = pb::DISPOSITION_KIND_MERGED;
constexpr auto kPassedOn = pb::DISPOSITION_KIND_PASSED_ON;
constexpr auto kNoted = pb::DISPOSITION_KIND_NOTED;
constexpr auto kNotThisCycle = pb::DISPOSITION_KIND_NOT_THIS_CYCLE;

// What was taken up is not quietly put down again: the decision that took it up says what became
// of it. Everything else may be thought over; saying the same again changes nothing.
constexpr InputStep kInputSteps[] = {
    {kUndisposed, kTakenUp, kTakenUp},
    {kUndisposed, kMerged, kMerged},
    {kUndisposed, kPassedOn, kPassedOn},
    {kUndisposed, kNoted, kNoted},
    {kUndisposed, kNotThisCycle, kNotThisCycle},
    {kTakenUp, kTakenUp, kTakenUp},  // by another decision as well
    {kTakenUp, kMerged, kMerged},
    {kMerged, kTakenUp, kTakenUp},
    {kMerged, kMerged, kMerged},  // into another
    {kMerged, kPassedOn, kPassedOn},
    {kMerged, kNoted, kNoted},
    {kMerged, kNotThisCycle, kNotThisCycle},
    {kPassedOn, kTakenUp, kTakenUp},
    {kPassedOn, kMerged, kMerged},
    {kPassedOn, kPassedOn, kPassedOn},  // to another
    {kPassedOn, kNoted, kNoted},
    {kPassedOn, kNotThisCycle, kNotThisCycle},
    {kNoted, kTakenUp, kTakenUp},
    {kNoted, kMerged, kMerged},
    {kNoted, kPassedOn, kPassedOn},
    {kNoted, kNotThisCycle, kNotThisCycle},
    {kNotThisCycle, kTakenUp, kTakenUp},
    {kNotThisCycle, kMerged, kMerged},
    {kNotThisCycle, kPassedOn, kPassedOn},
    {kNotThisCycle, kNoted, kNoted},
};

constexpr auto kNoPosition = pb::POSITION_KIND_UNSPECIFIED;
constexpr auto kSupport = pb::POSITION_KIND_SUPPORT;
constexpr auto kReserve = pb::POSITION_KIND_RESERVE;
constexpr auto kObject = pb::POSITION_KIND_OBJECT;
constexpr auto kGivenUp = pb::POSITION_KIND_WITHDRAWN;

// The same again may have another reason, so it is another position.
constexpr PositionStep kPositionSteps[] = {
    {kNoPosition, kSupport, kSupport}, {kNoPosition, kReserve, kReserve},
    {kNoPosition, kObject, kObject},   {kSupport, kSupport, kSupport},
    {kSupport, kReserve, kReserve},    {kSupport, kObject, kObject},
    {kSupport, kGivenUp, kGivenUp},    {kReserve, kSupport, kSupport},
    {kReserve, kReserve, kReserve},    {kReserve, kObject, kObject},
    {kReserve, kGivenUp, kGivenUp},    {kObject, kSupport, kSupport},
    {kObject, kReserve, kReserve},     {kObject, kObject, kObject},
    {kObject, kGivenUp, kGivenUp},     {kGivenUp, kSupport, kSupport},
    {kGivenUp, kReserve, kReserve},    {kGivenUp, kObject, kObject},
};

constexpr ChainStep kChainSteps[] = {
    {ChainState::kOriginal, ChainEvent::kRevise, ChainState::kRevised},
    {ChainState::kOriginal, ChainEvent::kRetract, ChainState::kRetracted},
    {ChainState::kRevised, ChainEvent::kRevise, ChainState::kRevised},
    {ChainState::kRevised, ChainEvent::kRetract, ChainState::kRetracted},
};

// Whoever translates an earlier version may not put an old text before a fresh one.
constexpr TranslationStep kTranslationSteps[] = {
    {TranslationState::kNone, TranslationEvent::kTranslateLatest, TranslationState::kFresh},
    {TranslationState::kNone, TranslationEvent::kTranslateEarlier, TranslationState::kStale},
    {TranslationState::kFresh, TranslationEvent::kTranslateLatest, TranslationState::kFresh},
    {TranslationState::kFresh, TranslationEvent::kSourceRevised, TranslationState::kStale},
    {TranslationState::kStale, TranslationEvent::kTranslateLatest, TranslationState::kFresh},
    {TranslationState::kStale, TranslationEvent::kTranslateEarlier, TranslationState::kStale},
    {TranslationState::kStale, TranslationEvent::kSourceRevised, TranslationState::kStale},
};

constexpr GroupingStep kGroupingSteps[] = {
    {GroupingState::kNone, pb::GROUPING_ACTION_GROUP, GroupingState::kGrouped},
    {GroupingState::kGrouped, pb::GROUPING_ACTION_GROUP, GroupingState::kGrouped},
    {GroupingState::kGrouped, pb::GROUPING_ACTION_DISSOLVE, GroupingState::kDissolved},
    {GroupingState::kDissolved, pb::GROUPING_ACTION_GROUP, GroupingState::kGrouped},
};

// A conflict, once declared, stays.
constexpr EvaluationStep kEvaluationSteps[] = {
    {EvaluationState::kNone, EvaluationEvent::kScore, EvaluationState::kScored},
    {EvaluationState::kNone, EvaluationEvent::kDeclareConflict, EvaluationState::kRecused},
    {EvaluationState::kScored, EvaluationEvent::kScore, EvaluationState::kScored},
    {EvaluationState::kScored, EvaluationEvent::kDeclareConflict, EvaluationState::kRecused},
};

constexpr CycleStep kCycleSteps[] = {
    {CyclePhase::kNone, CycleEvent::kOpen, CyclePhase::kOpen},
    {CyclePhase::kOpen, CycleEvent::kOpen, CyclePhase::kOpen},
    {CyclePhase::kOpen, CycleEvent::kClose, CyclePhase::kClosed},
};

constexpr LiaisonStep kLiaisonSteps[] = {
    {LiaisonState::kNone, pb::LIAISON_ACTION_ESTABLISH, LiaisonState::kActive},
    {LiaisonState::kActive, pb::LIAISON_ACTION_ESTABLISH, LiaisonState::kActive},
    {LiaisonState::kActive, pb::LIAISON_ACTION_END, LiaisonState::kEnded},
    {LiaisonState::kEnded, pb::LIAISON_ACTION_ESTABLISH, LiaisonState::kActive},
};

// --- their words ---------------------------------------------------------------------------------

// `DECISION_STATE_IN_PROGRESS` with the enum's own name in front taken off, as people say it.
template <typename Enum>
std::string Words(Enum value, absl::string_view prefix, absl::string_view nothing) {
  const auto* descriptor = google::protobuf::GetEnumDescriptor<Enum>();
  const auto* found = descriptor->FindValueByNumber(value);
  if (value == 0 && !nothing.empty()) return std::string(nothing);
  if (found == nullptr) return absl::StrCat(static_cast<int>(value));
  absl::string_view name = found->name();
  if (name.size() > prefix.size()) name.remove_prefix(prefix.size());
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", " "}}));
}

template <typename Enum, size_t N>
std::string Nth(Enum value, const absl::string_view (&names)[N]) {
  const auto index = static_cast<size_t>(value);
  return index < N ? std::string(names[index]) : absl::StrCat(index);
}

std::string Say(pb::DecisionState s) { return Words(s, "DECISION_STATE_", "not there yet"); }
std::string Say(DecisionEvent e) {
  return Nth(e, {"propose", "consult", "adopt", "adopt incomplete", "start", "defer", "decline",
                 "withdraw", "restate", "complete", "progress", "outcome", "carry over",
                 "take the outcome back"});
}
std::string Say(rows::RequestState s) { return Words(s, "REQUEST_STATE_", ""); }
std::string Say(pb::ResponseKind e) { return Words(e, "RESPONSE_KIND_", ""); }
std::string Say(pb::DispositionKind s) { return Words(s, "DISPOSITION_KIND_", "nothing yet"); }
std::string Say(pb::PositionKind s) { return Words(s, "POSITION_KIND_", "none"); }
std::string Say(ChainState s) { return Nth(s, {"original", "revised", "retracted"}); }
std::string Say(ChainEvent e) { return Nth(e, {"revise", "retract"}); }
std::string Say(TranslationState s) { return Nth(s, {"none", "fresh", "stale"}); }
std::string Say(TranslationEvent e) {
  return Nth(e,
             {"translate the latest version", "translate an earlier version", "revise the source"});
}
std::string Say(GroupingState s) { return Nth(s, {"none", "grouped", "dissolved"}); }
std::string Say(pb::GroupingAction e) { return Words(e, "GROUPING_ACTION_", ""); }
std::string Say(EvaluationState s) { return Nth(s, {"none", "scored", "recused"}); }
std::string Say(EvaluationEvent e) { return Nth(e, {"score", "declare a conflict"}); }
std::string Say(CyclePhase s) { return Nth(s, {"not there yet", "open", "closed"}); }
std::string Say(CycleEvent e) { return Nth(e, {"open", "close"}); }
std::string Say(LiaisonState s) { return Nth(s, {"none", "active", "ended"}); }
std::string Say(pb::LiaisonAction e) { return Words(e, "LIAISON_ACTION_", ""); }

// --- the one search ------------------------------------------------------------------------------

template <typename State, typename Event>
absl::StatusOr<Step<State, Event>> Find(absl::Span<const Step<State, Event>> steps,
                                        absl::string_view life_cycle, State from, Event event) {
  std::vector<std::string> allowed;
  for (const Step<State, Event>& step : steps) {
    if (step.from != from) continue;
    if (step.event == event) return step;
    allowed.push_back(Say(step.event));
  }
  const std::string instead = allowed.empty() ? "nothing more" : absl::StrJoin(allowed, ", ");
  return absl::Status(Error(Reason::kTransitionNotAllowed,
                            absl::StrCat("this ", life_cycle, " is `", Say(from), "`, where `",
                                         Say(event), "` is not possible; possible is: ", instead))
                          .With("life_cycle", life_cycle)
                          .With("state", Say(from))
                          .With("event", Say(event))
                          .With("allowed", absl::StrJoin(allowed, ",")));
}

}  // namespace

DecisionEvent EventOf(pb::DecisionState from, pb::DecisionState stated) {
  if (from == stated) return D::kRestate;
  switch (stated) {
    case kProposed:
      return D::kPropose;
    case kInConsultation:
      return D::kConsult;
    case kAdopted:
      return D::kAdopt;
    case kIncomplete:
      return D::kAdoptIncomplete;
    case kInProgress:
      return D::kStart;
    case kCompleted:
      return D::kComplete;
    case kDeferred:
      return D::kDefer;
    case kDeclined:
      return D::kDecline;
    case kWithdrawn:
      return D::kWithdraw;
    default:
      return D::kRestate;
  }
}

absl::Span<const DecisionStep> DecisionSteps() { return kDecisionSteps; }
absl::Span<const RequestStep> RequestSteps() { return kRequestSteps; }
absl::Span<const InputStep> InputSteps() { return kInputSteps; }
absl::Span<const PositionStep> PositionSteps() { return kPositionSteps; }
absl::Span<const ChainStep> ChainSteps() { return kChainSteps; }
absl::Span<const TranslationStep> TranslationSteps() { return kTranslationSteps; }
absl::Span<const GroupingStep> GroupingSteps() { return kGroupingSteps; }
absl::Span<const EvaluationStep> EvaluationSteps() { return kEvaluationSteps; }
absl::Span<const CycleStep> CycleSteps() { return kCycleSteps; }
absl::Span<const LiaisonStep> LiaisonSteps() { return kLiaisonSteps; }

absl::StatusOr<DecisionStep> Transition(pb::DecisionState from, DecisionEvent event) {
  return Find(DecisionSteps(), "decision", from, event);
}
bool IsYetToBeAdopted(pb::DecisionState state) {
  return std::any_of(std::begin(kDecisionSteps), std::end(kDecisionSteps),
                     [state](const DecisionStep& step) {
                       return step.from == state && step.needs == Needs::kAdoption;
                     });
}
absl::StatusOr<RequestStep> Transition(rows::RequestState from, pb::ResponseKind event) {
  return Find(RequestSteps(), "request", from, event);
}
absl::StatusOr<InputStep> Transition(pb::DispositionKind from, pb::DispositionKind event) {
  return Find(InputSteps(), "input", from, event);
}
absl::StatusOr<PositionStep> Transition(pb::PositionKind from, pb::PositionKind event) {
  return Find(PositionSteps(), "position", from, event);
}
absl::StatusOr<ChainStep> Transition(ChainState from, ChainEvent event) {
  return Find(ChainSteps(), "chain of versions", from, event);
}
absl::StatusOr<TranslationStep> Transition(TranslationState from, TranslationEvent event) {
  return Find(TranslationSteps(), "translation", from, event);
}
absl::StatusOr<GroupingStep> Transition(GroupingState from, pb::GroupingAction event) {
  return Find(GroupingSteps(), "grouping", from, event);
}
absl::StatusOr<EvaluationStep> Transition(EvaluationState from, EvaluationEvent event) {
  return Find(EvaluationSteps(), "evaluation", from, event);
}
absl::StatusOr<CycleStep> Transition(CyclePhase from, CycleEvent event) {
  return Find(CycleSteps(), "cycle", from, event);
}
absl::StatusOr<LiaisonStep> Transition(LiaisonState from, pb::LiaisonAction event) {
  return Find(LiaisonSteps(), "liaison", from, event);
}

}  // namespace liaison::domain
