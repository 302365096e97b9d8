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

void InTurn::Add(const Voice& voice, absl::Span<const uint64_t> run) {
  if (run.empty()) return;
  Speaker& speaker = speakers_[TurnOf(*reading_, voice)];
  next_.erase(Of(&speaker));
  speaker.runs.push_back(run);
  speaker.newest = std::max(speaker.newest, run.back());
  next_.insert(Of(&speaker));
}

void InTurn::AddOne(const Voice& voice, uint64_t sequence) {
  ones_.push_back(sequence);
  Add(voice, absl::MakeConstSpan(&ones_.back(), 1));
}

uint64_t InTurn::Take() {
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
