#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/domain/columns.h"
#include "server/domain/sentences.h"
#include "server/views/heard.h"
#include "server/views/limits.h"
#include "server/views/topics.h"
#include "server/views/views.h"
#include "server/views/window.h"

namespace liaison::views {
namespace {

constexpr size_t kNamedEvents = 5;

pb::GapState StateAmong(pb::DecisionState state) {
  if (IsBeingDone(state)) return pb::GAP_STATE_WORKED_ON;
  if (state == pb::DECISION_STATE_PROPOSED || state == pb::DECISION_STATE_IN_CONSULTATION) {
    return pb::GAP_STATE_PROPOSED;
  }
  return pb::GAP_STATE_NOBODY;
}

// What is being done, or has been, about each topic.
struct Work {
  std::vector<const DecisionNow*> now;   // proposed, adopted, in progress
  std::vector<const DecisionNow*> done;  // completed, of any cycle
};

std::map<std::string, Work> WorkByTopic(const Reading& reading, const Heard& heard) {
  std::map<std::string, Work> work;
  for (const DecisionNow& decision : heard.decisions) {
    const pb::DecisionState state = decision.facts.state();
    const bool done = state == pb::DECISION_STATE_COMPLETED;
    if (!done && StateAmong(state) == pb::GAP_STATE_NOBODY) continue;
    for (const std::string& topic : heard.TopicsOf(reading, decision.decision)) {
      Work& on = work[topic];
      (done ? on.done : on.now).push_back(&decision);
    }
  }
  return work;
}

// Who could: whoever has done it before, then who raised it, then who supports it, the first to do
// so first: many messages bring nobody forward. Those at work already are left out.
class Candidates {
 public:
  explicit Candidates(std::set<std::string> at_work) : at_work_(std::move(at_work)) {}

  void Add(const std::string& organisation, pb::Sentence why, std::vector<uint64_t> sequences) {
    if (organisation.empty() || list_.size() == kMaxGapCandidates) return;
    if (at_work_.count(domain::IndependentOrganisation(organisation)) > 0) return;
    if (!seen_.insert(domain::IndependentOrganisation(organisation)).second) return;
    pb::GapCandidate candidate;
    candidate.set_organisation(organisation);
    candidate.set_why(domain::InEnglish(why));
    *candidate.mutable_why_sentence() = std::move(why);
    candidate.mutable_sequences()->Add(sequences.begin(), sequences.end());
    list_.push_back(std::move(candidate));
  }
  const std::vector<pb::GapCandidate>& list() const { return list_; }

 private:
  const std::set<std::string> at_work_;
  std::set<std::string> seen_;
  std::vector<pb::GapCandidate> list_;
};

void AddVoices(const domain::TopicTally& tally, Candidates* candidates) {
  std::vector<std::pair<uint64_t, const domain::Voice*>> raised;
  std::vector<std::pair<uint64_t, const domain::Voice*>> supports;
  for (const domain::Voice& voice : tally.organisations()) {
    if (!voice.raised.empty()) raised.emplace_back(voice.raised.First(1)[0], &voice);
    if (!voice.supports.empty()) supports.emplace_back(voice.supports.First(1)[0], &voice);
  }
  // No two begin with the same event.
  std::sort(raised.begin(), raised.end());
  std::sort(supports.begin(), supports.end());
  for (const auto& [first, voice] : raised) {
    candidates->Add(voice->contributor->organisation,
                    domain::Say("gap.raised").With("n", voice->raised.size()),
                    voice->raised.First(kNamedEvents));
  }
  for (const auto& [first, voice] : supports) {
    candidates->Add(voice->contributor->organisation,
                    domain::Say("gap.supports").With("n", voice->supports.size()),
                    voice->supports.First(kNamedEvents));
  }
}

// What decides its place, without what is behind it.
pb::TopicGap CountGap(const std::string& topic, const domain::TopicTally& tally, const Work& work) {
  pb::TopicGap gap;
  gap.set_topic(topic);
  gap.set_state(pb::GAP_STATE_NOBODY);
  for (const domain::Voice& voice : tally.organisations()) {
    if (!voice.raised.empty()) gap.set_organisations(gap.organisations() + 1);
  }
  for (const auto& [name, voice] : tally.unregistered()) {
    gap.set_individuals(gap.individuals() + voice.raised.size());
  }
  for (const auto& [key, voice] : tally.individuals()) {
    gap.set_individuals(gap.individuals() + voice.raised.size());
  }
  for (const DecisionNow* decision : work.now) {
    gap.set_state(std::max(gap.state(), StateAmong(decision->facts.state())));
  }
  return gap;
}

absl::Status Tell(const Reading& reading, const domain::TopicTally& tally, const Work& work,
                  pb::TopicGap* gap) {
  std::set<std::string> at_work;
  for (const DecisionNow* decision : work.now) {
    pb::GapWork& shown = *gap->add_work();
    LIAISON_ASSIGN_OR_RETURN(*shown.mutable_decision(), reading.Summary(decision->decision));
    shown.set_state(decision->facts.state());
    shown.set_owner(decision->facts.outcome_owner());
    shown.set_steward(decision->facts.steward());
    at_work.insert(domain::IndependentOrganisation(decision->facts.outcome_owner()));
  }
  Candidates candidates(std::move(at_work));
  for (const DecisionNow* decision : work.done) {
    candidates.Add(decision->facts.outcome_owner(), domain::Say("gap.completed"),
                   {Reading::SequenceOf(decision->decision)});
  }
  AddVoices(tally, &candidates);
  for (const pb::GapCandidate& candidate : candidates.list()) *gap->add_could() = candidate;
  return absl::OkStatus();
}

// What gaps are found between: what is said of each topic, what is done about it.
class Grounds {
 public:
  Grounds(const Reading& reading, const Heard& heard)
      : heard_(heard), work_(WorkByTopic(reading, heard)) {}

  std::set<std::string> Topics() const {
    std::set<std::string> topics;
    for (const auto& [topic, tally] : heard_.tallies) topics.insert(topic);
    // What is worked on and nobody raises is shown too.
    for (const auto& [topic, work] : work_) {
      if (!work.now.empty()) topics.insert(topic);
    }
    topics.erase("unspecified");
    return topics;
  }
  const domain::TopicTally& TallyOf(const std::string& topic) const {
    const auto at = heard_.tallies.find(topic);
    return at == heard_.tallies.end() ? nothing_ : at->second;
  }
  const Work& WorkOn(const std::string& topic) const {
    const auto at = work_.find(topic);
    return at == work_.end() ? none_ : at->second;
  }

 private:
  const Heard& heard_;
  const std::map<std::string, Work> work_;
  const domain::TopicTally nothing_;
  const Work none_;
};

}  // namespace

absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading,
                                              const pb::ListGapsRequest& request) {
  LIAISON_ASSIGN_OR_RETURN(const Heard heard, HeardIn(reading, request.window()));
  return ListGaps(reading, heard, request);
}

absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading,
                                              const pb::ListGapsRequest& request,
                                              const PageArguments& page) {
  const RankingPage of_ranking(reading, page.after);
  LIAISON_ASSIGN_OR_RETURN(const Heard heard, HeardIn(reading, request.window()));
  return ListGaps(reading, heard, request, &of_ranking);
}

absl::StatusOr<pb::ListGapsResponse> ListGaps(const Reading& reading, const Heard& heard,
                                              const pb::ListGapsRequest& request,
                                              const RankingPage* page) {
  LIAISON_ASSIGN_OR_RETURN(const size_t most,
                           AtMost(request.max_topics(), kUsualRows, kMaxTopics, "max_topics"));
  const Grounds grounds(reading, heard);
  std::vector<pb::TopicGap> gaps;
  for (const std::string& topic : grounds.Topics()) {
    pb::TopicGap gap = CountGap(topic, grounds.TallyOf(topic), grounds.WorkOn(topic));
    if (request.only_nobody() && gap.state() != pb::GAP_STATE_NOBODY) continue;
    const auto label = heard.labels.find(topic);
    if (label != heard.labels.end()) gap.set_label(label->second);
    gaps.push_back(std::move(gap));
  }
  std::stable_sort(gaps.begin(), gaps.end(), [](const pb::TopicGap& a, const pb::TopicGap& b) {
    const bool a_nobody = a.state() == pb::GAP_STATE_NOBODY;
    const bool b_nobody = b.state() == pb::GAP_STATE_NOBODY;
    if (a_nobody != b_nobody) return a_nobody;
    if (a.organisations() != b.organisations()) return a.organisations() > b.organisations();
    return a.individuals() > b.individuals();
  });
  pb::ListGapsResponse response;
  response.set_total_topics(static_cast<uint32_t>(gaps.size()));
  RankedRows rows(page, most);
  for (pb::TopicGap& gap : gaps) {
    if (!rows.Take()) continue;
    LIAISON_RETURN_IF_ERROR(
        Tell(reading, grounds.TallyOf(gap.topic()), grounds.WorkOn(gap.topic()), &gap));
    rows.Took(gap.ByteSizeLong());
    *response.add_gaps() = std::move(gap);
  }
  response.set_next_page_token(rows.Next());
  return response;
}

absl::StatusOr<std::map<std::string, pb::TopicGap>> GapsOf(const Reading& reading,
                                                           const Heard& heard,
                                                           const std::set<std::string>& topics) {
  const Grounds grounds(reading, heard);
  std::map<std::string, pb::TopicGap> gaps;
  for (const std::string& topic : topics) {
    const domain::TopicTally& tally = grounds.TallyOf(topic);
    const Work& work = grounds.WorkOn(topic);
    pb::TopicGap& gap = gaps[topic] = CountGap(topic, tally, work);
    const auto label = heard.labels.find(topic);
    if (label != heard.labels.end()) gap.set_label(label->second);
    LIAISON_RETURN_IF_ERROR(Tell(reading, tally, work, &gap));
  }
  return gaps;
}

}  // namespace liaison::views
