#include "server/views/duplicates.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/exact_topics.h"
#include "server/domain/stop_list.h"
#include "server/views/groups.h"
#include "server/views/in_turn.h"
#include "server/views/limits.h"
#include "server/views/topics.h"
#include "server/views/views.h"
#include "server/views/window.h"
#include "server/views/wording.h"

namespace liaison::views {
namespace {

constexpr size_t kNamedWords = 20;

// Of the latest version, as the crosswalk calls them.
std::set<std::string> TopicsThatSaySomething(const Reading& reading,
                                             const domain::ExactTopics& exact, Index root) {
  std::set<std::string> names;
  for (uint32_t topic : reading.TopicsOf(reading.Latest(root))) {
    names.insert(exact.NameOf(reading.NameAt(topic)));
  }
  names.erase("unspecified");
  return names;
}

bool Share(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& name) { return b.count(name) > 0; });
}

using Runs = std::map<uint32_t, std::vector<uint64_t>>;  // by voice

// Inputs of the window, on any of the topics where there are any, looked at one by one: cells know
// nothing of what was.
Runs RunsOf(const Reading& reading, const Scope& scope, const std::set<std::string>& topics,
            const domain::ExactTopics& exact) {
  Runs runs;
  for (Index root : reading.Inputs(scope.cycle)) {
    if (reading.Retracted(root) || !Within(reading, scope, root)) continue;
    if (!topics.empty() && !Share(topics, TopicsThatSaySomething(reading, exact, root))) continue;
    runs[reading.VoiceNow(root)].push_back(Reading::SequenceOf(root));
  }
  return runs;
}

// The inputs of the window, of everybody in turn.
struct Turns {
  InTurn inputs;
  size_t total = 0;
};

Turns TurnsOf(const Reading& reading, const Scope& scope) {
  Turns turns{InTurn(reading)};
  for (const Cell* cell : reading.CellsOf(scope.cycle)) {
    const absl::Span<const uint64_t> run = Within(scope, *cell);
    turns.total += run.size();
    turns.inputs.Add(reading.VoiceAt(cell->key.voice), run);
  }
  for (Index root : reading.InputsByReader(scope.cycle)) {
    if (!Within(reading, scope, root)) continue;
    ++turns.total;
    turns.inputs.AddOne(reading.LatestVoiceOf(root), Reading::SequenceOf(root));
  }
  return turns;
}

// Those that share a topic with it: of everybody in turn.
InTurn InputsOnTopics(const Reading& reading, const Scope& scope, const domain::ExactTopics& exact,
                      const std::set<std::string>& topics) {
  InTurn inputs(reading);
  for (const std::string& topic : topics) {
    const std::vector<std::string> names = exact.NamesOf(topic);
    for (const Cell* cell : CellsOn(reading, scope, names)) {
      inputs.Add(reading.VoiceAt(cell->key.voice), Within(scope, *cell));
    }
    for (Index root : InputsByReaderOn(reading, scope, names)) {
      inputs.AddOne(reading.LatestVoiceOf(root), Reading::SequenceOf(root));
    }
  }
  return inputs;
}

Turns TurnsOf(const Reading& reading, const Runs& runs) {
  Turns turns{InTurn(reading)};
  for (const auto& [voice, run] : runs) {
    turns.total += run.size();
    turns.inputs.Add(reading.VoiceAt(voice), run);
  }
  return turns;
}

// In turn until there are so many, each once.
void Take(InTurn from, size_t most, std::set<uint64_t>* taken, std::vector<Index>* inputs) {
  while (!from.empty() && taken->size() < most) {
    const uint64_t sequence = from.Take();
    if (taken->insert(sequence).second) inputs->push_back(static_cast<Index>(sequence - 1));
  }
}

// As much as is read of them, and a little, so that it shows that there is more.
std::string Beginning(std::string words) {
  if (words.size() > domain::kMaxVersionSizeBytes) words.resize(domain::kMaxVersionSizeBytes + 1);
  return words;
}

// Without versions where its words are erased.
absl::StatusOr<domain::SimilarityText> TextOf(const Reading& reading,
                                              const domain::ExactTopics& exact, Index input) {
  domain::SimilarityText text;
  text.sequence = Reading::SequenceOf(input);
  const Voice& voice = reading.LatestVoiceOf(input);
  if (!voice.contributor.empty()) text.speaker = SpeakerOf(reading, voice);
  LIAISON_ASSIGN_OR_RETURN(std::vector<Wording> wordings, WordingsOf(reading, input));
  for (Wording& wording : wordings) {
    text.versions.push_back({wording.language, Beginning(std::move(wording.title)),
                             Beginning(std::move(wording.text)), wording.translated});
  }
  const Index latest = reading.Latest(input);
  text.topics = TopicsThatSaySomething(reading, exact, input);
  for (const pb::Reference& reference : reading.Header(latest).references()) {
    if (reference.relation() != pb::RELATION_CONTRADICTS) continue;
    if (const auto other = reading.FindQuietly(reference.digest())) {
      text.contradicts.insert(Reading::SequenceOf(reading.RootOf(*other)));
    }
  }
  return text;
}

constexpr absl::string_view kNotNamed = "und";

std::set<std::string> LanguagesOf(const domain::SimilarityText& text) {
  std::set<std::string> languages;
  for (const domain::TextVersion& version : text.versions) {
    languages.insert(version.language.empty()
                         ? std::string(kNotNamed)
                         : version.language.substr(0, version.language.find('-')));
  }
  return languages;
}

// Where nobody has said which one it is it may be any.
bool MayShareLanguage(const std::set<std::string>& a, const std::set<std::string>& b) {
  return Share(a, b) || a.count(std::string(kNotNamed)) > 0 || b.count(std::string(kNotNamed)) > 0;
}

absl::StatusOr<std::optional<Index>> LikeOf(const Reading& reading, uint64_t sequence) {
  if (sequence == 0) return std::optional<Index>();
  LIAISON_ASSIGN_OR_RETURN(const Index index, reading.FindSequence(sequence));
  const Index root = reading.RootOf(index);
  const pb::EventType type = reading.TypeOf(root);
  if (!reading.May(root) ||
      (type != pb::EVENT_TYPE_TOPIC_SIGNAL && type != pb::EVENT_TYPE_LOCAL_REPORT)) {
    return record::FieldInvalid("like_sequence", "the sequence of a signal or a report");
  }
  if (reading.Retracted(root)) {
    return record::FieldInvalid("like_sequence", "it was taken back, and counts no more");
  }
  return std::make_optional(root);
}

absl::Status ShowPair(const Reading& reading, const domain::SimilarPair& pair,
                      pb::Duplicate* shown) {
  const auto first = static_cast<Index>(pair.first - 1);
  const auto second = static_cast<Index>(pair.second - 1);
  LIAISON_ASSIGN_OR_RETURN(*shown->mutable_first(), reading.Summary(first));
  LIAISON_ASSIGN_OR_RETURN(*shown->mutable_second(), reading.Summary(second));
  shown->set_score(pair.score);
  shown->set_same_author(pair.same_speaker);
  shown->set_opposite(pair.opposite);
  for (size_t i = 0; i < pair.words.size() && i < kNamedWords; ++i) {
    pb::SharedWord& word = *shown->add_words();
    word.set_word(pair.words[i].word);
    word.set_weight(pair.words[i].points);
  }
  for (const domain::SharedWord& code : pair.codes) shown->add_topics(code.word);
  std::vector<std::string> why = pair.why;
  if (pair.same_speaker) why.push_back("Both are of one organisation.");
  if (pair.own_left_out > 0) {
    why.push_back(absl::StrCat("It has ", pair.own_left_out, " more such pairs, not listed."));
  }
  for (const Group& group : GroupsOf(reading, first)) {
    if (!std::binary_search(group.members.begin(), group.members.end(), second)) continue;
    LIAISON_ASSIGN_OR_RETURN(*shown->mutable_grouping(), reading.Summary(group.root));
    why.push_back(absl::StrCat("A person has confirmed it: ", Reading::SequenceOf(group.root),
                               " puts them together."));
    break;
  }
  shown->set_why(absl::StrJoin(why, " "));
  return absl::OkStatus();
}

// The sequence that a page's key begins with.
uint64_t AsOf(const std::string& after) { return SequenceOfKey(after.substr(0, KeyOf(0).size())); }

// In the order of the list as of that sequence.
std::string RowKey(uint64_t as_of, const domain::SimilarPair& pair) {
  const auto best_first = static_cast<int64_t>((1 - pair.score) * 1e9);
  return absl::StrCat(KeyOf(as_of), pair.same_speaker ? 1 : 0, pair.opposite ? 1 : 0,
                      absl::StrFormat("%010d", best_first), KeyOf(pair.first), KeyOf(pair.second));
}

}  // namespace

absl::StatusOr<DuplicateSearch> DuplicateSearch::Begin(const Reading& reading,
                                                       const pb::ListDuplicatesRequest& request,
                                                       const PageArguments& page) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<Index> like,
                           LikeOf(reading, request.like_sequence()));
  const uint64_t head = reading.Head();
  const uint64_t as_of = page.after.empty() ? head : std::min(head, AsOf(page.after));
  const HeldTo held(reading, as_of);
  LIAISON_ASSIGN_OR_RETURN(const Scope scope, ScopeOf(reading, request.window()));
  DuplicateSearch search((domain::ExactTopics(Crosswalk(reading))));
  search.as_of_ = as_of;
  if (request.least_score() != 0) search.arguments_.least_score = request.least_score();
  const bool grown = as_of < head;
  Runs runs;
  if (grown) runs = RunsOf(reading, scope, {}, search.exact_);
  Turns turns = grown ? TurnsOf(reading, runs) : TurnsOf(reading, scope);
  search.total_ = turns.total;
  if (!like) {
    std::set<uint64_t> taken;
    Take(std::move(turns.inputs), kMaxComparedInputs, &taken, &search.inputs_);
    return search;
  }
  search.arguments_.only = Reading::SequenceOf(*like);
  search.like_is_of_window_ = Within(reading, scope, *like);
  LIAISON_ASSIGN_OR_RETURN(const domain::SimilarityText text,
                           TextOf(reading, search.exact_, *like));
  search.languages_ = LanguagesOf(text);
  search.topics_ = text.topics;
  search.inputs_ = {*like};
  std::set<uint64_t> taken = {Reading::SequenceOf(*like)};
  if (turns.total <= kMaxComparedInputs) {
    Take(std::move(turns.inputs), kMaxComparedInputs, &taken, &search.inputs_);
    return search;
  }
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Wording> words, WordingsOf(reading, *like));
  search.shortlist_.emplace(words, search.topics_);
  // Half of what is looked at may be on its topics, whatever else there is.
  Runs on_topics;
  if (grown && !search.topics_.empty()) {
    on_topics = RunsOf(reading, scope, search.topics_, search.exact_);
  }
  Take(grown ? TurnsOf(reading, on_topics).inputs
             : InputsOnTopics(reading, scope, search.exact_, search.topics_),
       kMaxScannedInputs / 2, &taken, &search.to_scan_);
  Take(std::move(turns.inputs), kMaxScannedInputs, &taken, &search.to_scan_);
  return search;
}

// Of more inputs than can be compared those that share rare words or topics with that one.
absl::Status DuplicateSearch::Scan(const Reading& reading) {
  for (size_t i = 0; i < kMaxTextsOfALook && scanned_ < to_scan_.size(); ++i) {
    ReadStretch(reading, to_scan_, scanned_, Itself, Reading::Ahead::kWords);
    const Index input = to_scan_[scanned_++];
    if (reading.Retracted(input)) continue;
    LIAISON_ASSIGN_OR_RETURN(const std::vector<Wording> wordings,
                             WordingsOf(reading, input, Languages::kNotAsked));
    shortlist_->Add(Reading::SequenceOf(input), SpeakerOf(reading, reading.LatestVoiceOf(input)),
                    wordings, TopicsThatSaySomething(reading, exact_, input));
  }
  if (scanned_ < to_scan_.size()) return absl::OkStatus();
  for (const uint64_t sequence : shortlist_->Best(kMaxComparedWithOne)) {
    inputs_.push_back(static_cast<Index>(sequence - 1));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> DuplicateSearch::Read(const Reading& reading) {
  const HeldTo held(reading, as_of_);
  if (scanned_ < to_scan_.size()) {
    LIAISON_RETURN_IF_ERROR(Scan(reading));
    return true;
  }
  for (size_t i = 0; i < kMaxTextsOfALook && read_ < inputs_.size(); ++i) {
    ReadStretch(reading, inputs_, read_, Itself);
    const Index input = inputs_[read_++];
    if (reading.Retracted(input)) continue;
    LIAISON_ASSIGN_OR_RETURN(domain::SimilarityText text, TextOf(reading, exact_, input));
    // What has no words left is not compared: two would be alike by having nothing to say.
    if (text.versions.empty()) continue;
    if (arguments_.only != 0 && !MayShareLanguage(languages_, LanguagesOf(text)) &&
        !Share(topics_, text.topics)) {
      continue;
    }
    texts_.push_back(std::move(text));
  }
  return read_ < inputs_.size();
}

absl::Status DuplicateSearch::Compare() {
  LIAISON_ASSIGN_OR_RETURN(domain::WordSplitter splitter, domain::WordSplitter::Create());
  LIAISON_ASSIGN_OR_RETURN(const domain::StopList* const stop_list, UsualStopList());
  LIAISON_ASSIGN_OR_RETURN(similar_,
                           domain::FindSimilar(texts_, *stop_list, &splitter, arguments_));
  return absl::OkStatus();
}

size_t DuplicateSearch::LeftOut() const {
  const bool besides = arguments_.only != 0 && !like_is_of_window_;
  return total_ - (inputs_.size() - (besides ? 1 : 0));
}

absl::StatusOr<pb::ListDuplicatesResponse> DuplicateSearch::Show(const Reading& reading,
                                                                 const PageArguments& page) const {
  std::vector<std::pair<std::string, const domain::SimilarPair*>> rows;
  for (const domain::SimilarPair& pair : similar_.pairs) {
    if (reading.Retracted(static_cast<Index>(pair.first - 1)) ||
        reading.Retracted(static_cast<Index>(pair.second - 1))) {
      continue;
    }
    rows.emplace_back(RowKey(as_of_, pair), &pair);
  }
  std::sort(rows.begin(), rows.end());
  pb::ListDuplicatesResponse response;
  response.set_least_score(arguments_.least_score);
  response.set_compared(static_cast<uint32_t>(texts_.size()));
  response.set_not_compared(static_cast<uint32_t>(LeftOut()));
  response.set_total(static_cast<uint32_t>(similar_.found));
  response.set_opposite(static_cast<uint32_t>(similar_.opposite));
  response.set_shortened(static_cast<uint32_t>(similar_.cut));
  response.set_shortened_to_bytes(similar_.cut == 0 ? 0
                                                    : static_cast<uint32_t>(similar_.read_bytes));
  LIAISON_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                           TakePage(rows, page, response, [&](const domain::SimilarPair* pair) {
                             return ShowPair(reading, *pair, response.add_duplicates());
                           }));
  return response;
}

absl::StatusOr<pb::ListDuplicatesResponse> ListDuplicates(const Reading& reading,
                                                          const pb::ListDuplicatesRequest& request,
                                                          const PageArguments& page) {
  LIAISON_ASSIGN_OR_RETURN(DuplicateSearch search, DuplicateSearch::Begin(reading, request, page));
  for (bool more = true; more;) {
    LIAISON_ASSIGN_OR_RETURN(more, search.Read(reading));
  }
  LIAISON_RETURN_IF_ERROR(search.Compare());
  return search.Show(reading, page);
}

}  // namespace liaison::views
