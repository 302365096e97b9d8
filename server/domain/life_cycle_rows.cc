#include "server/domain/life_cycle_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "proto/record/foreign.h"
#include "proto/record/macros.h"
#include "server/domain/dispositions.h"
#include "server/domain/life_cycles.h"
#include "server/domain/relayed.h"
#include "server/domain/rows.h"
#include "server/domain/target.h"

namespace liaison::domain {
namespace {

// One event on its way into the rows.
class Writer {
 public:
  Writer(const Lookup& lookup, const pb::EventHeader& header, const record::Leaf& leaf)
      : lookup_(lookup), header_(header), leaf_(leaf) {
    source_.set_sequence(leaf.sequence);
    source_.set_digest(std::string(leaf.digest.bytes()));
    source_.set_author(header.author());
    source_.set_audience(header.audience());
    source_.set_hub_time_us(leaf.hub_time_us);
  }

  absl::StatusOr<std::vector<ChangedRow>> Run() && {
    LIAISON_ASSIGN_OR_RETURN(const bool may, MayChangeNamed(root().bytes()));
    if (!may) return std::vector<ChangedRow>();  // it stands in the log, and moves no chain
    LIAISON_RETURN_IF_ERROR(Revisions());
    LIAISON_RETURN_IF_ERROR(leaf_.relayed ? RelayedType() : Type());
    return std::move(changed_);
  }

 private:
  // Of another hub's event: what it says of its own chain, and of what its own hub has. All else it
  // says is read here and not obeyed: what its MAG disposes of, waits for ours.
  absl::Status RelayedType() {
    switch (header_.type()) {
      case pb::EVENT_TYPE_TOPIC_SIGNAL:
      case pb::EVENT_TYPE_LOCAL_REPORT:
      case pb::EVENT_TYPE_SUPPORT_REQUEST:
      case pb::EVENT_TYPE_DECISION:
        return Type();
      case pb::EVENT_TYPE_RESPONSE:
        return IfOfItsOrigin(pb::RELATION_RESPONDS_TO);
      case pb::EVENT_TYPE_PROGRESS:
      case pb::EVENT_TYPE_OUTCOME:
        return IfOfItsOrigin(pb::RELATION_REPORTS_ON);
      case pb::EVENT_TYPE_RETRACTION: {
        LIAISON_ASSIGN_OR_RETURN(const bool may,
                                 MayChangeNamed(ReferenceOf(header_, pb::RELATION_RETRACTS)));
        return may ? Type() : absl::OkStatus();
      }
      case pb::EVENT_TYPE_REDACTION:
        return RedactionAhead();
      default:
        return absl::OkStatus();
    }
  }
  // On another way it may come before what it erases, which is erased when it comes.
  absl::Status RedactionAhead() {
    const std::string& target = header_.redaction().target_digest();
    LIAISON_ASSIGN_OR_RETURN(const std::optional<KnownEvent> named, Named(target));
    if (named || !record::Hash::Parse(target).ok()) return absl::OkStatus();
    changed_.push_back(
        {ErasedAheadKey(target, leaf_.relayed->origin_name_hash, header_.redaction().section()),
         std::string(leaf_.digest.bytes())});
    return absl::OkStatus();
  }
  // Of what it names in that relation.
  absl::Status IfOfItsOrigin(pb::Relation relation) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<KnownEvent> named,
                             Named(ReferenceOf(header_, relation)));
    return named && record::IsOfOneOrigin(named->leaf, leaf_) ? Type() : absl::OkStatus();
  }
  // True of itself, and of whatever a relayed event may change.
  absl::StatusOr<bool> MayChangeNamed(absl::string_view digest) const {
    if (!leaf_.relayed || digest == leaf_.digest.bytes()) return true;
    LIAISON_ASSIGN_OR_RETURN(const std::optional<KnownEvent> named, Named(digest));
    pb::EventHeader header;
    return named && header.ParseFromString(named->header_bytes) &&
           MayChange(leaf_, header_, named->leaf, header);
  }
  absl::StatusOr<std::optional<KnownEvent>> Named(absl::string_view digest) const {
    const absl::StatusOr<record::Hash> hash = record::Hash::Parse(digest);
    if (!hash.ok()) return std::optional<KnownEvent>();
    return lookup_.ByDigest(*hash);
  }

  absl::Status Type() {
    switch (header_.type()) {
      case pb::EVENT_TYPE_TOPIC_SIGNAL:
      case pb::EVENT_TYPE_LOCAL_REPORT:
      case pb::EVENT_TYPE_SUPPORT_REQUEST:
        return Asks();
      case pb::EVENT_TYPE_LIAISON:
        return Liaison();
      case pb::EVENT_TYPE_POSITION:
        return Position();
      case pb::EVENT_TYPE_RESPONSE:
        return Response();
      case pb::EVENT_TYPE_DISPOSITION:
        return Disposition();
      case pb::EVENT_TYPE_EVALUATION:
        return Evaluation();
      case pb::EVENT_TYPE_DECISION:
        return Decision();
      case pb::EVENT_TYPE_PROGRESS:
        return Report(DecisionEvent::kProgress);
      case pb::EVENT_TYPE_OUTCOME:
        return Report(DecisionEvent::kOutcome);
      case pb::EVENT_TYPE_CARRY_OVER:
        return CarryOver();
      case pb::EVENT_TYPE_RETRACTION:
        return Retraction();
      case pb::EVENT_TYPE_TRANSLATION:
        return Translation();
      case pb::EVENT_TYPE_GROUPING:
        return Grouping();
      default:
        return absl::OkStatus();
    }
  }

  template <typename Message>
  void Put(std::string key, const Message& message) {
    changed_.push_back({std::move(key), message.SerializeAsString()});
  }
  void PutRoot(std::string key, const record::Hash& root) {
    changed_.push_back({std::move(key), std::string(root.bytes())});
  }
  absl::StatusOr<std::optional<Target>> TargetOf(pb::Relation relation) {
    return FindTarget(lookup_, ReferenceOf(header_, relation));
  }

  // --- requests ----------------------------------------------------------------------------------

  // Only who is asked has a row: what they said comes with their response. Whom a later version
  // leaves out is not asked any more.
  absl::Status Asks() {
    const std::vector<std::string> asked = AskedBy(header_);
    std::vector<std::string> before;
    uint64_t sequence = leaf_.sequence;
    std::string from = header_.author();
    if (root() != leaf_.digest) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> chain,
                               FindTarget(lookup_, root().bytes()));
      if (!chain) return absl::OkStatus();
      LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                               CurrentHeader(lookup_, *chain));
      before = AskedBy(current->header);
      sequence = chain->known_root->sequence;
      from = chain->root_header().author();
    }
    for (const std::string& addressee : before) {
      if (std::find(asked.begin(), asked.end(), addressee) != asked.end()) continue;
      changed_.push_back({ListKey(RowKind::kRequestsTo, addressee, sequence), std::nullopt});
    }
    for (const std::string& addressee : asked) {
      PutRoot(ListKey(RowKind::kRequestsTo, addressee, sequence), root());
    }
    if (!asked.empty()) {
      PutRoot(ListKey(RowKind::kRequestsFrom, from, sequence), root());
    } else if (!before.empty()) {
      changed_.push_back({ListKey(RowKind::kRequestsFrom, from, sequence), std::nullopt});
    }
    return absl::OkStatus();
  }
  static std::vector<std::string> AskedBy(const pb::EventHeader& header) {
    if (!IsRequest(header)) return {};
    return {header.addressees().begin(), header.addressees().end()};
  }

  absl::Status Response() {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                             TargetOf(pb::RELATION_RESPONDS_TO));
    if (!target) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> current,
                             CurrentHeader(lookup_, *target));
    const absl::string_view addressee = AddresseeOf(current->header, ResponderOf(header_));
    if (addressee.empty()) return absl::OkStatus();
    const std::string key = RequestKey(target->root, addressee);
    LIAISON_ASSIGN_OR_RETURN(rows::Request request, ReadRow<rows::Request>(lookup_, key));
    const auto step = Transition(request.state(), header_.response().kind());
    if (!step.ok()) return absl::OkStatus();
    // Whoever accepts promises what was asked for, or else what they offered themselves.
    if (step->to == rows::REQUEST_STATE_COUNTERED) {
      request.set_promised_on(header_.response().doable_date());
    } else if (step->to != rows::REQUEST_STATE_ACCEPTED) {
      request.clear_promised_on();
    } else if (step->from != rows::REQUEST_STATE_COUNTERED) {
      request.set_promised_on(std::string(DateAskedOf(current->header, addressee)));
    }
    request.set_state(step->to);
    *request.mutable_response() = source_;
    Put(key, request);
    return absl::OkStatus();
  }

  // --- inputs, positions, evaluations, liaisons --------------------------------------------------

  // A later version that says the same of an input moves nothing, whatever was said of it since: it
  // gives other reasons.
  absl::Status Disposition() {
    const pb::DispositionFacts& facts = header_.disposition();
    LIAISON_ASSIGN_OR_RETURN(const Restated before, Restated::By(lookup_, header_));
    for (const pb::DisposedInput& disposed : facts.inputs()) {
      const std::string key = InputKey(record::Hash::FromBytes(disposed.input()));
      rows::Input input;
      input.set_kind(disposed.kind());
      if (disposed.kind() == pb::DISPOSITION_KIND_PASSED_ON) input.set_passed_to(facts.passed_to());
      if (disposed.kind() == pb::DISPOSITION_KIND_MERGED ||
          disposed.kind() == pb::DISPOSITION_KIND_TAKEN_UP) {
        input.set_into(facts.into());
      }
      if (before.KindOf(record::Hash::FromBytes(disposed.input())) == disposed.kind()) {
        LIAISON_ASSIGN_OR_RETURN(const rows::Input row, ReadRow<rows::Input>(lookup_, key));
        LIAISON_ASSIGN_OR_RETURN(const bool stands, before.Stands(lookup_, row));
        if (!stands || (row.into() == input.into() && row.passed_to() == input.passed_to())) {
          continue;
        }
      }
      *input.mutable_source() = source_;
      Put(key, input);
    }
    return absl::OkStatus();
  }

  absl::Status Position() {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                             TargetOf(pb::RELATION_POSITION_ON));
    if (!target) return absl::OkStatus();
    rows::Position position;
    position.set_kind(header_.position().kind());
    position.set_standing(header_.position().standing());
    *position.mutable_source() = source_;
    Put(PositionKey(target->root, HolderOf(header_, root())), position);
    return absl::OkStatus();
  }

  absl::Status Evaluation() {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, TargetOf(pb::RELATION_EVALUATES));
    if (!target) return absl::OkStatus();
    rows::Evaluation evaluation;
    evaluation.set_conflict(header_.evaluation().conflict());
    *evaluation.mutable_scores() = header_.evaluation().scores();
    *evaluation.mutable_source() = source_;
    Put(EvaluationKey(header_.cycle(), target->root, header_.author()), evaluation);
    return absl::OkStatus();
  }

  absl::Status Liaison() {
    rows::Liaison liaison;
    *liaison.mutable_facts() = header_.liaison();
    *liaison.mutable_source() = source_;
    Put(LiaisonKey(header_.liaison().from(), header_.liaison().to()), liaison);
    return absl::OkStatus();
  }

  // --- decisions ---------------------------------------------------------------------------------

  absl::Status Decision() {
    rows::Decision decision;
    if (root() != leaf_.digest) {
      LIAISON_ASSIGN_OR_RETURN(decision, ReadDecision(lookup_, root()));
    } else {
      *decision.mutable_first() = source_;
    }
    *decision.mutable_facts() = MergedFacts(decision.facts(), header_.decision());
    if (!header_.cycle().empty() && header_.cycle() != decision.cycle()) {
      decision.set_cycle(header_.cycle());
      // Among those of a cycle of ours stand ours.
      if (!leaf_.relayed) LIAISON_RETURN_IF_ERROR(List(root(), header_.cycle()));
    }
    decision.set_considered(decision.considered() ||
                            !ReferenceOf(header_, pb::RELATION_CONSIDERS).empty());
    *decision.mutable_latest() = source_;
    LIAISON_RETURN_IF_ERROR(ListConsidered());
    if (!leaf_.relayed) LIAISON_RETURN_IF_ERROR(AnswerObjections());
    Put(DecisionKey(root()), decision);
    return absl::OkStatus();
  }

  absl::Status ListConsidered() {
    for (const pb::Reference& reference : header_.references()) {
      if (reference.relation() != pb::RELATION_CONSIDERS) continue;
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> considered,
                               FindTarget(lookup_, reference.digest()));
      if (considered) PutRoot(ConsidersKey(root(), considered->root), considered->root);
    }
    return absl::OkStatus();
  }

  // Among the decisions of the cycle, at the sequence of its first event.
  absl::Status List(const record::Hash& root, const std::string& cycle) {
    uint64_t sequence = leaf_.sequence;
    if (root != leaf_.digest) {
      LIAISON_ASSIGN_OR_RETURN(const std::shared_ptr<const KnownHeader> first,
                               lookup_.Header(root));
      if (first != nullptr) sequence = first->sequence;
    }
    PutRoot(ListKey(RowKind::kDecisionsOf, cycle, sequence), root);
    return absl::OkStatus();
  }

  absl::Status AnswerObjections() {
    for (const std::string& answered : header_.decision().answered()) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> objection,
                               FindTarget(lookup_, answered));
      if (!objection) continue;
      const std::string key = PositionKey(root(), HolderOf(objection->header(), objection->root));
      LIAISON_ASSIGN_OR_RETURN(rows::Position position, ReadRow<rows::Position>(lookup_, key));
      // Whoever has moved on since has nothing that waits for an answer.
      if (position.source().digest() != answered) continue;
      position.set_answered_by(source_.digest());
      Put(key, position);
    }
    return absl::OkStatus();
  }

  absl::Status Report(DecisionEvent event) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, TargetOf(pb::RELATION_REPORTS_ON));
    if (!target) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(rows::Decision decision, ReadDecision(lookup_, target->root));
    const auto step = Transition(decision.facts().state(), event);
    if (!step.ok()) return absl::OkStatus();
    decision.mutable_facts()->set_state(step->to);
    if (event == DecisionEvent::kProgress) {
      decision.set_percent(header_.progress().percent());
      if (!header_.progress().expected_on().empty()) {
        decision.set_expected_on(header_.progress().expected_on());
      }
      *decision.mutable_progress() = source_;
    } else {
      decision.set_test_result(header_.outcome().test_result());
      *decision.mutable_outcome() = source_;
    }
    if (!decision.has_latest()) *decision.mutable_latest() = source_;
    Put(DecisionKey(target->root), decision);
    return absl::OkStatus();
  }

  absl::Status CarryOver() {
    for (const pb::Reference& reference : header_.references()) {
      if (reference.relation() != pb::RELATION_CARRIES_OVER) continue;
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target,
                               FindTarget(lookup_, reference.digest()));
      if (!target) continue;
      rows::CarriedOver carried;
      carried.set_from_cycle(header_.carry_over().from_cycle());
      *carried.mutable_source() = source_;
      Put(CarriedOverKey(header_.carry_over().to_cycle(), target->root), carried);
      if (target->root_header().type() != pb::EVENT_TYPE_DECISION) continue;
      LIAISON_RETURN_IF_ERROR(CarryDecision(target->root));
    }
    return absl::OkStatus();
  }

  absl::Status CarryDecision(const record::Hash& root) {
    LIAISON_ASSIGN_OR_RETURN(rows::Decision decision, ReadDecision(lookup_, root));
    const auto step = Transition(decision.facts().state(), DecisionEvent::kCarryOver);
    if (!step.ok()) return absl::OkStatus();
    decision.mutable_facts()->set_state(step->to);
    decision.set_cycle(header_.carry_over().to_cycle());
    if (!decision.has_latest()) *decision.mutable_latest() = source_;
    Put(DecisionKey(root), decision);
    return List(root, decision.cycle());
  }

  // --- versions ----------------------------------------------------------------------------------

  absl::Status Revisions() {
    if (root() == leaf_.digest) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(rows::Revision chain,
                             ReadRow<rows::Revision>(lookup_, RevisionKey(root())));
    chain.set_count(chain.count() + 1);
    if (header_.type() != pb::EVENT_TYPE_AMENDMENT) chain.set_version(source_.digest());
    *chain.mutable_latest() = source_;
    Put(RevisionKey(root()), chain);
    return AgeTranslations(root());
  }

  // Every translation of it is one of an earlier version now.
  absl::Status AgeTranslations(const record::Hash& root) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeyedRow> translations,
                             lookup_.Rows(TranslationKey(root)));
    for (const KeyedRow& row : translations) {
      LIAISON_ASSIGN_OR_RETURN(rows::Translation translation,
                               ParseRow<rows::Translation>(row.key, row.value));
      const auto step =
          Transition(translation.stale() ? TranslationState::kStale : TranslationState::kFresh,
                     TranslationEvent::kSourceRevised);
      if (translation.stale() || !step.ok()) continue;
      translation.set_stale(step->to == TranslationState::kStale);
      Put(row.key, translation);
    }
    return absl::OkStatus();
  }

  absl::Status Retraction() {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, TargetOf(pb::RELATION_RETRACTS));
    if (!target) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(rows::Revision chain,
                             ReadRow<rows::Revision>(lookup_, RevisionKey(target->root)));
    *chain.mutable_retraction() = source_;
    chain.set_cause(header_.retraction().cause());
    Put(RevisionKey(target->root), chain);
    return TakeBack(*target);
  }

  // What a retracted event had put into a row, unless something later stands there.
  absl::Status TakeBack(const Target& target) {
    const pb::EventHeader& taken = target.root_header();
    if (taken.type() == pb::EVENT_TYPE_POSITION) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of,
                               FindTarget(lookup_, ReferenceOf(taken, pb::RELATION_POSITION_ON)));
      if (!of) return absl::OkStatus();
      const std::string key = PositionKey(of->root, HolderOf(taken, target.root));
      LIAISON_ASSIGN_OR_RETURN(const rows::Position row, ReadRow<rows::Position>(lookup_, key));
      LIAISON_ASSIGN_OR_RETURN(const bool still, IsOf(target, row.source()));
      if (still) changed_.push_back({key, std::nullopt});
    }
    if (taken.type() == pb::EVENT_TYPE_EVALUATION) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of,
                               FindTarget(lookup_, ReferenceOf(taken, pb::RELATION_EVALUATES)));
      if (!of) return absl::OkStatus();
      const std::string key = EvaluationKey(taken.cycle(), of->root, taken.author());
      LIAISON_ASSIGN_OR_RETURN(const rows::Evaluation row, ReadRow<rows::Evaluation>(lookup_, key));
      LIAISON_ASSIGN_OR_RETURN(const bool still, IsOf(target, row.source()));
      if (still) changed_.push_back({key, std::nullopt});
    }
    if (taken.type() == pb::EVENT_TYPE_TRANSLATION) {
      LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of,
                               FindTarget(lookup_, ReferenceOf(taken, pb::RELATION_TRANSLATES)));
      if (!of) return absl::OkStatus();
      const std::string key = TranslationKey(of->root, taken.language());
      LIAISON_ASSIGN_OR_RETURN(const rows::Translation row,
                               ReadRow<rows::Translation>(lookup_, key));
      LIAISON_ASSIGN_OR_RETURN(const bool still, IsOf(target, row.source()));
      if (still) changed_.push_back({key, std::nullopt});
    }
    if (taken.type() == pb::EVENT_TYPE_OUTCOME) return TakeOutcomeBack(target);
    return absl::OkStatus();
  }

  // What was delivered was not delivered after all. One that another outcome corrected since moves
  // nothing.
  absl::Status TakeOutcomeBack(const Target& target) {
    LIAISON_ASSIGN_OR_RETURN(
        const std::optional<Target> of,
        FindTarget(lookup_, ReferenceOf(target.root_header(), pb::RELATION_REPORTS_ON)));
    if (!of) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(rows::Decision decision, ReadDecision(lookup_, of->root));
    LIAISON_ASSIGN_OR_RETURN(const bool stands, IsOf(target, decision.outcome()));
    const auto step = Transition(decision.facts().state(), DecisionEvent::kTakeOutcomeBack);
    if (!stands || !step.ok()) return absl::OkStatus();
    decision.mutable_facts()->set_state(step->to);
    decision.clear_outcome();
    decision.clear_test_result();
    Put(DecisionKey(of->root), decision);
    return absl::OkStatus();
  }
  // True iff the source is a version of it.
  absl::StatusOr<bool> IsOf(const Target& chain, const rows::Source& source) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> of, FindTarget(lookup_, source.digest()));
    return of && of->root == chain.root;
  }

  absl::Status Translation() {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Target> target, TargetOf(pb::RELATION_TRANSLATES));
    if (!target) return absl::OkStatus();
    LIAISON_ASSIGN_OR_RETURN(const rows::Revision chain,
                             ReadRow<rows::Revision>(lookup_, RevisionKey(target->root)));
    rows::Translation translation;
    translation.set_maker(header_.translation().maker());
    translation.set_made_on(header_.translation().made_on());
    translation.set_version(std::string(target->digest.bytes()));
    translation.set_stale(chain.count() > 0 && target->digest.bytes() != chain.latest().digest());
    *translation.mutable_source() = source_;
    Put(TranslationKey(target->root, header_.language()), translation);
    return absl::OkStatus();
  }

  absl::Status Grouping() {
    rows::Grouping group;
    if (root() != leaf_.digest) {
      LIAISON_ASSIGN_OR_RETURN(group, ReadRow<rows::Grouping>(lookup_, GroupingKey(root())));
    }
    group.set_dissolved(header_.grouping().action() == pb::GROUPING_ACTION_DISSOLVE);
    if (!group.dissolved()) {
      group.clear_members();
      for (const pb::Reference& reference : header_.references()) {
        if (reference.relation() != pb::RELATION_GROUPS) continue;
        group.add_members(reference.digest());
        PutRoot(GroupsOfKey(record::Hash::FromBytes(reference.digest()), root()), root());
      }
    }
    *group.mutable_latest() = source_;
    Put(GroupingKey(root()), group);
    return absl::OkStatus();
  }

  record::Hash root() const { return RootOf(header_, leaf_.digest); }

  const Lookup& lookup_;
  const pb::EventHeader& header_;
  const record::Leaf& leaf_;
  rows::Source source_;
  std::vector<ChangedRow> changed_;
};

}  // namespace

absl::StatusOr<std::vector<ChangedRow>> ApplyLifeCycle(const State& before, const Lookup& lookup,
                                                       const pb::EventHeader& header,
                                                       const record::Leaf& leaf) {
  if (before.rules_version < kLifeCycleRulesVersion) return std::vector<ChangedRow>();
  // What nothing refers to and asks nobody has nothing to write.
  if (header.type() == pb::EVENT_TYPE_TOPIC_SIGNAL && header.references().empty() &&
      header.addressees().empty()) {
    return std::vector<ChangedRow>();
  }
  return Writer(lookup, header, leaf).Run();
}

}  // namespace liaison::domain
