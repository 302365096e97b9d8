// The write path, top to bottom: RunRound takes what waits; RunGroup decides it, commits it with
// one fsync, shows it, answers, and wakes the readers.

#include "server/sequencer/sequencer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/decide.h"
#include "server/sequencer/first_event.h"
#include "server/sequencer/limits.h"
#include "server/sequencer/rebuild.h"
#include "storage/base/fault_point.h"

namespace liaison::sequencer {
namespace {

using record::Error;
using record::Reason;

constexpr absl::string_view kClockRow = "clock";

absl::Status PredecessorFailed(absl::string_view what) {
  return Error(Reason::kPredecessorFailed,
               absl::StrCat("not written, because ", what, " before it was refused"));
}

bool IsControlAlone(const Proposal& proposal) {
  return proposal.control && proposal.statements.empty();
}

// The receipts of what is new tell their leaves' hashes.
void NameLeaves(const Group& group, const storage::Committed& committed,
                std::vector<Answers>* answers) {
  const uint64_t first = committed.head.sequence + 1 - group.writes().events.size();
  for (Answers& batch : *answers) {
    for (absl::StatusOr<Receipt>& receipt : batch) {
      if (!receipt.ok() || receipt->duplicate || receipt->leaf.sequence < first) continue;
      receipt->leaf_hash = committed.leaf_hashes[receipt->leaf.sequence - first];
    }
  }
}

// True iff every statement stands in the log already, as it is said here.
bool AllKnown(const domain::Lookup& lookup, const std::vector<domain::Statement>& statements) {
  return std::all_of(statements.begin(), statements.end(), [&](const domain::Statement& statement) {
    auto known = lookup.ByIdentity(statement.header.author(), statement.header.event_id());
    return known.ok() && *known && domain::CompareWithOriginal(statement, **known).ok();
  });
}

}  // namespace

Sequencer::Sequencer(storage::EventLog* log, ProposalLog* proposals, CommitObserver* observer,
                     SequencerOptions options)
    : log_(log), proposals_(proposals), observer_(observer), options_(std::move(options)) {}

absl::Status Sequencer::Open() {
  LIAISON_RETURN_IF_ERROR(Rebuild());
  LIAISON_ASSIGN_OR_RETURN(std::optional<std::string> trusted,
                           log_->GetRow(storage::Table::kControl, kClockRow));
  clock_ =
      std::make_unique<HubClock>(options_.clock_source, trusted.value_or(""), state_.hub_time_us);
  failure_ = options_.read_only;
  if (!failure_.ok()) {
    Publish(clock_->Now());
    return absl::OkStatus();
  }
  if (state_.rules_version < options_.rules_version) {
    LIAISON_RETURN_IF_ERROR(WriteRules());
  }
  if (!trusted || *trusted != clock_->Encode()) LIAISON_RETURN_IF_ERROR(KeepClock());
  Publish(clock_->Now());
  return absl::OkStatus();
}

std::shared_ptr<const domain::Registry> Sequencer::registry() const {
  absl::MutexLock lock(&mu_);
  return registry_;
}

std::shared_ptr<const domain::Directory> Sequencer::directory() const {
  absl::MutexLock lock(&mu_);
  return directory_;
}

absl::Status Sequencer::condition() const {
  absl::MutexLock lock(&mu_);
  return condition_;
}

absl::Status Sequencer::Rebuild() {
  recent_ = RecentReads();
  LIAISON_ASSIGN_OR_RETURN(state_, RebuildState(*log_));
  if (state_.rules_version > domain::kCurrentRulesVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("this log is under rules ", state_.rules_version, " and this hub knows only ",
                     domain::kCurrentRulesVersion, ": run a newer liaisond on it"));
  }
  return absl::OkStatus();
}

absl::Status Sequencer::WriteRules() {
  LIAISON_ASSIGN_OR_RETURN(int64_t now, clock_->Now());
  Group group(log_, &state_, &recent_);
  domain::Statement rules = RulesStatement(options_.hub, log_->log_id(), options_.rules_version,
                                           /*opens_log=*/state_.sequence == 0, now);
  LIAISON_ASSIGN_OR_RETURN(domain::Verdict verdict, domain::Decide(state_, group, rules, now));
  LIAISON_RETURN_IF_ERROR(group.Accept(std::move(rules), std::get<domain::Accepted>(verdict).leaf));
  LIAISON_ASSIGN_OR_RETURN(storage::Committed committed, log_->Append(group.writes()));
  observer_->OnCommitted(std::move(group).Release(), committed.head);
  return log_->SyncHeadFile();
}

absl::Status Sequencer::KeepClock() {
  storage::Group group;
  group.rows.push_back({storage::Table::kControl, std::string(kClockRow), clock_->Encode()});
  return log_->Append(group).status();
}

bool Sequencer::RunRound() {
  std::vector<Proposal> proposals =
      proposals_->Take(head_file_lags_ ? kMaxHeadFileLag / 2 : absl::Seconds(1));
  if (!proposals.empty()) {
    RunGroup(std::move(proposals));
  } else {
    Publish(clock_->Now());
  }
  const bool ended = proposals_->drained();
  SyncHeadFile(/*at_once=*/ended);
  Heal();
  return !ended;
}

void Sequencer::RunGroup(std::vector<Proposal> proposals) {
  LIAISON_FAULT_POINT("group.taken");
  const absl::StatusOr<int64_t> now = clock_->Now();
  Group group(log_, &state_, &recent_);
  const Group::Mark before = group.mark();
  size_t statements = 0;
  for (const Proposal& proposal : proposals) statements += proposal.statements.size();
  group.Reserve(statements);
  std::vector<Answers> answers;
  answers.reserve(proposals.size());
  for (Proposal& proposal : proposals) answers.push_back(DecideProposal(&proposal, now, &group));

  LIAISON_FAULT_POINT("group.decided");
  if (!group.empty()) {
    absl::StatusOr<storage::Committed> committed = log_->Append(group.writes());
    if (committed.ok()) {
      LIAISON_FAULT_POINT("group.committed");
      group.RememberRows();
      // Before the events are: whoever reads them is judged by what they say of him.
      Publish(now);
      NameLeaves(group, *committed, &answers);
      head_file_lags_ = head_file_lags_ || !group.writes().events.empty();
      observer_->OnCommitted(std::move(group).Release(), committed->head);
      LIAISON_FAULT_POINT("group.shown");
    } else {
      // Whether the group is on disk is not known, unless the log had no room for it. Nothing of it
      // may be acknowledged or shown, nothing more may be written: Heal, or the next start, will
      // tell.
      failure_ = committed.status();
      group.Rollback(before);
      for (size_t i = 0; i < proposals.size(); ++i) {
        if (IsControlAlone(proposals[i]) && answers[i].empty()) answers[i].push_back(failure_);
        for (absl::StatusOr<Receipt>& receipt : answers[i]) {
          const bool held = record::ReasonOf(receipt.status()) == Reason::kApprovalNeeded;
          if (receipt.ok() || held) receipt = failure_;
        }
        // Once the log is healed, what is behind it must not come before it.
        if (proposals[i].fence != nullptr) proposals[i].fence->closed = true;
      }
    }
  }
  for (size_t i = 0; i < proposals.size(); ++i) {
    if (proposals[i].accept_clock) answers[i] = AcceptClock();
  }
  Publish(clock_->Now());
  Answer(std::move(proposals), std::move(answers));
  LIAISON_FAULT_POINT("group.answered");
  observer_->OnAcknowledged();
  LIAISON_FAULT_POINT("group.woken");
}

void Sequencer::Answer(std::vector<Proposal> proposals, std::vector<Answers> answers) {
  // Whoever waits for one of these may hold the very thread that would answer.
  for (size_t i = 0; i < proposals.size(); ++i) {
    if (!proposals[i].control && !proposals[i].answer_first) continue;
    std::exchange(proposals[i].done, nullptr)(std::move(answers[i]));
  }
  const bool few = proposals.size() <= kMaxAnswersInline;
  auto answering = [proposals = std::move(proposals), answers = std::move(answers)]() mutable {
    for (size_t i = 0; i < proposals.size(); ++i) {
      if (proposals[i].done) proposals[i].done(std::move(answers[i]));
      if (i == 0) {
        LIAISON_FAULT_POINT("group.answered_one");
      }
    }
  };
  if (few) {
    answering();
  } else {
    // std::function wants to be copied; this is moved once.
    auto shared = std::make_shared<decltype(answering)>(std::move(answering));
    options_.answer_on([shared] { (*shared)(); });
  }
}

Answers Sequencer::DecideProposal(Proposal* proposal, const absl::StatusOr<int64_t>& now,
                                  Group* group) {
  if (IsControlAlone(*proposal)) return DecideControl(*proposal->control, group);
  const size_t count = proposal->statements.size();
  Answers answers;
  answers.reserve(count);
  if (proposal->fence != nullptr && proposal->fence->closed) {
    answers.assign(count, PredecessorFailed("something on this stream"));
    return answers;
  }
  const bool may_roll_back = proposal->atomic || proposal->dry_run;
  const std::optional<Group::Mark> mark =
      may_roll_back ? std::make_optional(group->mark()) : std::nullopt;
  absl::Status refused;
  const auto closes = [&] {
    return proposal->fence != nullptr && !refused.ok() && proposal->fence->IsClosedBy(refused);
  };
  if (!proposal->checks.empty()) {
    refused = domain::DecideChecks(*group, proposal->checks);
    // A retry moved the chain itself, the first time: it is answered.
    if (!refused.ok() && AllKnown(*group, proposal->statements)) refused = absl::OkStatus();
    if (!refused.ok()) answers.assign(count, refused);
  }
  for (size_t i = 0; i < count && answers.size() <= i; ++i) {
    const auto hold = proposal->holds.find(i);
    answers.push_back(DecideStatement(std::move(proposal->statements[i]), proposal->dry_run,
                                      hold == proposal->holds.end() ? nullptr : &hold->second, now,
                                      group));
    if (answers.back().ok()) continue;
    refused = answers.back().status();
    if (proposal->atomic) {
      answers.assign(count, PredecessorFailed(absl::StrCat("item ", i, " of the batch")));
      answers[i] = refused;
    } else if (closes()) {
      answers.resize(count, PredecessorFailed("something"));
    }
  }
  if (refused.ok() && proposal->control && count > 0) {
    refused = group->ChangeControl(*proposal->control);
    if (!refused.ok()) answers.assign(count, refused);
  }
  if (closes()) proposal->fence->closed = true;
  if (proposal->dry_run || (proposal->atomic && !refused.ok())) group->Rollback(*mark);
  return answers;
}

absl::StatusOr<Receipt> Sequencer::DecideStatement(domain::Statement statement, bool dry_run,
                                                   const Hold* hold,
                                                   const absl::StatusOr<int64_t>& now,
                                                   Group* group) {
  // A clock that jumped and a disk that failed stop new events, not the answer to a retry.
  LIAISON_ASSIGN_OR_RETURN(domain::Verdict verdict,
                           domain::Decide(state_, *group, statement, now.ok() ? *now : 0));
  if (const auto* duplicate = std::get_if<domain::Duplicate>(&verdict)) {
    return ReceiptOf(duplicate->original, statement.header.event_id());
  }
  LIAISON_RETURN_IF_ERROR(failure_);
  LIAISON_RETURN_IF_ERROR(now.status());
  const record::Leaf& leaf = std::get<domain::Accepted>(verdict).leaf;
  Receipt receipt{leaf, {}, statement.header.event_id(), statement.header_bytes, false};
  if (hold != nullptr && !dry_run) {
    if (hold->row) LIAISON_RETURN_IF_ERROR(group->ChangeControl(*hold->row));
    return hold->answer;
  }
  if (dry_run) receipt.leaf.sequence = 0;
  LIAISON_RETURN_IF_ERROR(group->Accept(std::move(statement), leaf));
  return receipt;
}

void Sequencer::Heal() {
  if (!options_.read_only.ok()) return;
  const int64_t now_us = options_.clock_source().boot_us;
  if (failure_.ok() || absl::Microseconds(now_us - asked_to_heal_us_) < kHealEvery) return;
  asked_to_heal_us_ = now_us;
  failure_ = log_->Heal();
  if (failure_.ok()) failure_ = Rebuild();
  if (failure_.ok()) {
    head_file_lags_ = true;
    observer_->OnReopened(log_->head());
    observer_->OnAcknowledged();
  }
  Publish(clock_->Now());
}

Answers Sequencer::DecideControl(const ControlChange& change, Group* group) const {
  const absl::Status decided = failure_.ok() ? group->ChangeControl(change) : failure_;
  Answers answers;
  if (!decided.ok()) answers.emplace_back(decided);
  return answers;
}

Answers Sequencer::AcceptClock() {
  clock_->Accept();
  absl::Status kept = failure_.ok() ? KeepClock() : failure_;
  if (!kept.ok()) failure_ = kept;
  Answers answers;
  if (!kept.ok()) answers.push_back(kept);
  return answers;
}

void Sequencer::Publish(const absl::StatusOr<int64_t>& now) {
  absl::Status condition = failure_.ok() ? now.status() : failure_;
  absl::MutexLock lock(&mu_);
  registry_ = state_.registry;
  directory_ = state_.directory;
  condition_ = std::move(condition);
}

void Sequencer::SyncHeadFile(bool at_once) {
  if (!head_file_lags_ || !failure_.ok()) return;
  const int64_t now_us = options_.clock_source().boot_us;
  if (!at_once && absl::Microseconds(now_us - head_file_synced_us_) < kMaxHeadFileLag) return;
  absl::Status synced = log_->SyncHeadFile();
  if (!synced.ok()) failure_ = synced;
  head_file_lags_ = false;
  head_file_synced_us_ = now_us;
}

}  // namespace liaison::sequencer
