#include "server/witness/cosigned_log.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/witness/history_watch.h"

namespace liaison::witness {

absl::Status CosignedLog::Open() {
  const absl::StatusOr<std::string> note = options_.store->Load();
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  LIAISON_RETURN_IF_ERROR(note.status());
  const auto taken = TakeNote(*note, /*kept=*/true);
  // It is only a copy: what cannot be read of it comes again from the witnesses.
  return absl::IsDataLoss(taken.status()) ? taken.status() : absl::OkStatus();
}

absl::StatusOr<CosignedLog::Taken> CosignedLog::Take(absl::string_view note) {
  return TakeNote(note, /*kept=*/false);
}

absl::StatusOr<CosignedLog::Taken> CosignedLog::TakeNote(absl::string_view note, bool kept) {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened,
                           record::OpenNote(note, {options_.log}));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, record::ParseCheckpoint(opened.text));
  if (checkpoint.origin != options_.log.name()) {
    return absl::InvalidArgumentError("it is a checkpoint of another log");
  }
  if (const absl::Status is_ours = CompareWithLog(tree_, checkpoint, "and seen by witnesses");
      !is_ours.ok()) {
    bool is_first = false;
    if (absl::IsDataLoss(is_ours)) {
      absl::MutexLock lock(&mu_);
      is_first = !std::exchange(in_conflict_, true);
    }
    if (is_first && options_.on_conflict) options_.on_conflict(is_ours, note);
    return is_ours;
  }
  const auto cosigned = options_.policy.CosignaturesOf({opened.text, opened.unknown});

  absl::MutexLock lock(&mu_);
  Cosigned& known = by_text_[opened.text];
  known.checkpoint = std::move(checkpoint);
  known.log_lines = opened.verified.front().line;
  for (const auto& cosignature : cosigned.good) {
    auto& newest = known.cosignatures[cosignature.witness];
    if (newest.line.empty() || cosignature.time_s > newest.time_s) newest = cosignature;
  }
  if (!kept) CountAsCompared(known);
  const Taken taken{cosigned.good.size(), IsEnough(known)};
  std::string whole = NoteOf(opened.text, known);
  if (taken.enough && known.checkpoint.size >= newest_.size && whole != newest_note_) {
    newest_ = known.checkpoint;
    newest_note_ = std::move(whole);
    // Where it cannot be kept it is there until the next start, and then comes again.
    options_.store->Save(newest_note_).IgnoreError();
  }
  Forget();
  return taken;
}

bool CosignedLog::IsEnough(const Cosigned& cosigned) const {
  std::vector<size_t> witnesses;
  witnesses.reserve(cosigned.cosignatures.size());
  for (const auto& [witness, cosignature] : cosigned.cosignatures) witnesses.push_back(witness);
  return !witnesses.empty() && options_.policy.IsMet(witnesses);
}

// A witness that cosigns now has seen no larger tree, and one that has cosigned more than was
// recorded here has been compared by that.
void CosignedLog::CountAsCompared(const Cosigned& cosigned) {
  for (const auto& [witness, cosignature] : cosigned.cosignatures) {
    const bool is_new = cosignature.time_s + kClockSkew_s >= options_.since_s &&
                        cosigned.checkpoint.size >= options_.recorded_size;
    if (is_new || cosigned.checkpoint.size > options_.recorded_size) compared_.insert(witness);
  }
}

std::string CosignedLog::NoteOf(const std::string& text, const Cosigned& cosigned) {
  std::string note = absl::StrCat(text, "\n", cosigned.log_lines);
  for (const auto& [witness, cosignature] : cosigned.cosignatures) note += cosignature.line;
  return note;
}

// The smallest first: what comes late for them is of no use any more.
void CosignedLog::Forget() {
  while (by_text_.size() > kMaxCheckpointsAwaited) {
    auto smallest = by_text_.begin();
    for (auto at = by_text_.begin(); at != by_text_.end(); ++at) {
      if (at->second.checkpoint.size < smallest->second.checkpoint.size) smallest = at;
    }
    by_text_.erase(smallest);
  }
}

std::string CosignedLog::WithCosignatures(const std::string& note) const {
  const auto parsed = record::ParseNote(note);
  if (!parsed.ok()) return note;
  absl::MutexLock lock(&mu_);
  const auto known = by_text_.find(parsed->text);
  return known == by_text_.end() ? note : NoteOf(known->first, known->second);
}

CosignedLog::Witnessed CosignedLog::witnessed() const {
  absl::MutexLock lock(&mu_);
  return {newest_.size, newest_note_};
}

bool CosignedLog::in_conflict() const {
  absl::MutexLock lock(&mu_);
  return in_conflict_;
}

bool CosignedLog::compared() const {
  // Of a log that never signed anything nobody can have seen more.
  if (!options_.policy.asks_for_witnesses() || options_.recorded_size == 0) return true;
  absl::MutexLock lock(&mu_);
  return options_.policy.IsMet(std::vector<size_t>(compared_.begin(), compared_.end()));
}

}  // namespace liaison::witness
