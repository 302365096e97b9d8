#include "server/views/in_turn.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/domain/columns.h"
#include "server/views/window.h"

namespace liaison::views {

std::string SpeakerOf(const Reading& reading, const Voice& voice) {
  if (!voice.contributor.empty()) {
    return domain::IndependentOrganisation(CountsFor(reading, voice));
  }
  if (!reading.IsOfKind(voice.author, pb::ORGANISATION_KIND_SECRETARIAT)) {
    return domain::IndependentOrganisation(voice.author);
  }
  return absl::StrCat("\n", voice.group, "\n", voice.region);
}

std::string TurnOf(const Reading& reading, const Voice& voice) {
  std::string speaker = SpeakerOf(reading, voice);
  const bool is_organisation = !speaker.empty() && speaker[0] != '\n';
  return is_organisation && !IsRegistered(reading, speaker) ? "\nnot registered" : speaker;
}

uint32_t WhoseTurn::Of(const Voice& voice) {
  const auto [at, fresh] = by_voice_.try_emplace(&voice, 0);
  if (fresh) {
    const auto next = static_cast<uint32_t>(by_name_.size());
    at->second = by_name_.try_emplace(TurnOf(reading_, voice), next).first->second;
  }
  return at->second;
}

void InTurn::Add(const Voice& voice, absl::Span<const uint64_t> run) {
  if (run.empty()) return;
  const auto [at, fresh] = by_turn_.try_emplace(whose_->Of(voice), nullptr);
  if (fresh) at->second = &speakers_.emplace_back();
  Speaker* const speaker = at->second;
  if (begun_) next_.erase(Of(speaker));
  speaker->runs.push_back(run);
  speaker->newest = std::max(speaker->newest, run.back());
  if (begun_) next_.insert(Of(speaker));
}

void InTurn::AddOne(const Voice& voice, uint64_t sequence) {
  ones_.push_back(sequence);
  Add(voice, absl::MakeConstSpan(&ones_.back(), 1));
}

uint64_t InTurn::Take() {
  if (!begun_) {
    begun_ = true;
    for (Speaker& speaker : speakers_) next_.insert(Of(&speaker));
  }
  Speaker* const speaker = std::get<Speaker*>(*next_.rbegin());
  next_.erase(Of(speaker));
  const uint64_t taken = speaker->newest;
  --speaker->round;
  speaker->newest = 0;
  for (absl::Span<const uint64_t>& run : speaker->runs) {
    if (!run.empty() && run.back() == taken) run.remove_suffix(1);
    if (!run.empty()) speaker->newest = std::max(speaker->newest, run.back());
  }
  if (speaker->newest > 0) next_.insert(Of(speaker));
  return taken;
}

}  // namespace liaison::views
