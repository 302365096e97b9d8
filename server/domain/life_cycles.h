// Every life cycle: one table, one Transition().
//
// A table says which event leads from which state to which; what is not in it is refused, with what
// would be possible instead. Who may, and what has to be there, is rules.h's business.
#ifndef LIAISON_SERVER_DOMAIN_LIFE_CYCLES_H_
#define LIAISON_SERVER_DOMAIN_LIFE_CYCLES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/event.pb.h"
#include "server/domain/rows.pb.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

// What a step asks for beside being in the table.
enum class Needs {
  kNothing,
  kAdoption,      // everything that adoption asks for
  kStaysAdopted,  // the same, but for objections: whoever objects later is heard, and it goes on
  kReasons,       // why
};

template <typename State, typename Event>
struct Step {
  State from;
  Event event;
  State to;
  Needs needs = Needs::kNothing;
};

// Each Transition returns the step, or FAILED_PRECONDITION, TRANSITION_NOT_ALLOWED with life_cycle,
// state, event and the events that are allowed, in its metadata. Pure.

// --- decision: UNSPECIFIED is not there yet ------------------------------------------------------
enum class DecisionEvent {
  kPropose,
  kConsult,
  kAdopt,
  kAdoptIncomplete,
  kStart,
  kDefer,
  kDecline,
  kWithdraw,
  kRestate,   // another version in the same state
  kComplete,  // by saying so: never possible, an Outcome event completes it
  kProgress,  // a Progress event
  kOutcome,   // an Outcome event
  kCarryOver,
  kTakeOutcomeBack,  // the Retraction of the outcome that stands
};
using DecisionStep = Step<pb::DecisionState, DecisionEvent>;
absl::Span<const DecisionStep> DecisionSteps();
// What a Decision event that states `stated` is to a decision in `from`.
DecisionEvent EventOf(pb::DecisionState from, pb::DecisionState stated);
absl::StatusOr<DecisionStep> Transition(pb::DecisionState from, DecisionEvent event);
// True iff a step from there asks for everything that adoption asks for.
bool IsYetToBeAdopted(pb::DecisionState state);

// --- request, for each addressee: a linked response changes it and nothing else does -------------
using RequestStep = Step<rows::RequestState, pb::ResponseKind>;
absl::Span<const RequestStep> RequestSteps();
absl::StatusOr<RequestStep> Transition(rows::RequestState from, pb::ResponseKind event);

// --- input: UNSPECIFIED is nothing yet -----------------------------------------------------------
using InputStep = Step<pb::DispositionKind, pb::DispositionKind>;
absl::Span<const InputStep> InputSteps();
absl::StatusOr<InputStep> Transition(pb::DispositionKind from, pb::DispositionKind event);

// --- position of one organisation on one thing: UNSPECIFIED is none ------------------------------
using PositionStep = Step<pb::PositionKind, pb::PositionKind>;
absl::Span<const PositionStep> PositionSteps();
absl::StatusOr<PositionStep> Transition(pb::PositionKind from, pb::PositionKind event);

// --- chain of versions ---------------------------------------------------------------------------
enum class ChainState { kOriginal, kRevised, kRetracted };
enum class ChainEvent { kRevise, kRetract };
using ChainStep = Step<ChainState, ChainEvent>;
absl::Span<const ChainStep> ChainSteps();
absl::StatusOr<ChainStep> Transition(ChainState from, ChainEvent event);

// --- translation of one thing into one language --------------------------------------------------
enum class TranslationState { kNone, kFresh, kStale };
enum class TranslationEvent {
  kTranslateLatest,
  kTranslateEarlier,  // a version that is not the latest any more
  kSourceRevised,
};
using TranslationStep = Step<TranslationState, TranslationEvent>;
absl::Span<const TranslationStep> TranslationSteps();
absl::StatusOr<TranslationStep> Transition(TranslationState from, TranslationEvent event);

// --- grouping ------------------------------------------------------------------------------------
enum class GroupingState { kNone, kGrouped, kDissolved };
using GroupingStep = Step<GroupingState, pb::GroupingAction>;
absl::Span<const GroupingStep> GroupingSteps();
absl::StatusOr<GroupingStep> Transition(GroupingState from, pb::GroupingAction event);

// --- evaluation of one candidate by one member ---------------------------------------------------
enum class EvaluationState { kNone, kScored, kRecused };
enum class EvaluationEvent { kScore, kDeclareConflict };
using EvaluationStep = Step<EvaluationState, EvaluationEvent>;
absl::Span<const EvaluationStep> EvaluationSteps();
absl::StatusOr<EvaluationStep> Transition(EvaluationState from, EvaluationEvent event);

// --- cycle ---------------------------------------------------------------------------------------
enum class CyclePhase { kNone, kOpen, kClosed };
enum class CycleEvent { kOpen, kClose };  // opening an open one changes its phases and capacity
using CycleStep = Step<CyclePhase, CycleEvent>;
absl::Span<const CycleStep> CycleSteps();
absl::StatusOr<CycleStep> Transition(CyclePhase from, CycleEvent event);

// --- liaison between two organisations -----------------------------------------------------------
enum class LiaisonState { kNone, kActive, kEnded };
using LiaisonStep = Step<LiaisonState, pb::LiaisonAction>;
absl::Span<const LiaisonStep> LiaisonSteps();
absl::StatusOr<LiaisonStep> Transition(LiaisonState from, pb::LiaisonAction event);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_LIFE_CYCLES_H_
