#include "server/federation/errands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/federation/limits.h"
#include "server/federation/told.h"

namespace liaison::federation {

Errands::~Errands() {
  Stop();
  if (thread_.joinable()) thread_.join();
}

void Errands::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Errands::Stop() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
}

void Errands::Offer(const SettledHead& head) {
  absl::MutexLock lock(&mu_);
  offered_ = head;
}

void Errands::Run() {
  while (true) {
    RunOnce();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(this, &Errands::Stopping), options_.pause)) return;
  }
}

void Errands::RunOnce() {
  const absl::Time now = options_.now();
  const rows::State state = options_.standings->OfPeer(options_.peer, now).state;
  if (state == rows::STATE_QUARANTINED || state == rows::STATE_BLOCKED) return;
  CosignWhatIsOffered(now);
  if (now - asked_ < kEvidencePause && now >= asked_) return;
  asked_ = now;
  AskForEvidence(now);
}

void Errands::CosignWhatIsOffered(absl::Time now) {
  std::optional<SettledHead> head;
  {
    absl::MutexLock lock(&mu_);
    head = offered_;
  }
  if (!head || options_.cosign == nullptr || !backoff_.MayTry(now)) return;
  const bool is_done =
      cosigned_ && cosigned_->note == head->note && cosigned_->cosign_since == head->cosign_since;
  // What was settled before the origin was convicted is not vouched for afterwards.
  if (is_done || !options_.standings->MayPull(options_.peer, head->origin, now)) return;
  const Brought brought = CosignAndBring(*head, options_.cosign, options_.line);
  Report("cosigning", brought.status);
  if (brought.status.ok()) {
    cosigned_ = std::move(head);
    backoff_.Succeeded();
    return;
  }
  backoff_.Failed(now, options_.roll());
  if (brought.seen.empty()) return;
  rows::Evidence evidence;
  evidence.add_notes(brought.seen);
  evidence.add_notes(head->note);
  const Opinion judged =
      JudgeEvidence(head->origin, evidence, *options_.registry_of(head->origin), *options_.policy);
  if (judged.finding != Finding::kGuilty) return;
  evidence.set_why(judged.why);
  evidence.set_shown_by(options_.peer);
  Convict(head->origin, judged.cause, std::move(evidence), options_.entry, options_.standings, now);
}

void Errands::AskForEvidence(absl::Time now) {
  pb::GetEvidenceRequest request;
  for (const auto& [origin, policy] : options_.policy->origins()) {
    // Where there is some, somebody here has decided about it, or has to.
    const auto row = options_.entry->Find(EvidenceRowKey(origin));
    if (!row.ok() || row->has_value()) continue;
    if (request.origins_size() < kMaxEvidenceOrigins) request.add_origins(origin);
  }
  if (options_.on_own_head != nullptr) request.set_own_origin(options_.own_origin);
  if (request.origins().empty() && request.own_origin().empty()) return;
  const absl::StatusOr<pb::GetEvidenceResponse> response = options_.line->GetEvidence(request);
  // A hub of an earlier version knows of none.
  if (absl::IsUnimplemented(response.status())) return;
  Report("asking for evidence", response.status());
  if (!response.ok()) return;
  if (options_.on_own_head != nullptr && !response->own_head().empty()) {
    options_.on_own_head(response->own_head(), options_.peer);
  }
  for (const pb::OriginEvidence& told : response->evidence()) {
    if (std::count(request.origins().begin(), request.origins().end(), told.origin()) == 0)
      continue;
    Take(told, now);
  }
}

void Errands::Take(const pb::OriginEvidence& told, absl::Time now) {
  rows::Evidence evidence = ToRow(told);
  const std::shared_ptr<const OriginRegistry> theirs = options_.registry_of(told.origin());
  const Opinion judged = JudgeEvidence(told.origin(), evidence, *theirs, *options_.policy);
  switch (judged.finding) {
    case Finding::kGuilty:
      evidence.set_why(
          Told(absl::StrCat(judged.why, "; ", options_.peer, " has shown it"), kMaxWhySizeBytes));
      evidence.set_shown_by(options_.peer);
      AddPublicKey(*theirs, &evidence);
      Convict(told.origin(), judged.cause, std::move(evidence), options_.entry, options_.standings,
              now);
      break;
    case Finding::kNothing:
      options_.standings->FaultOfPeer(
          options_.peer, rows::CAUSE_UNPROVEN,
          absl::StrCat("it accuses ", told.origin(), " of what it does not prove: ", judged.why),
          now);
      break;
    case Finding::kCannotTell:
      break;
  }
}

void Errands::Report(absl::string_view what, const absl::Status& status) {
  absl::Status& before = reported_[std::string(what)];
  {
    absl::MutexLock lock(&mu_);
    if (before == status || stopping_) return;
  }
  options_.report(absl::StrCat(what, ", ", options_.peer, ": ",
                               status.ok() ? "goes on" : std::string(status.message())));
  before = status;
}

}  // namespace liaison::federation
