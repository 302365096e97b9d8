#include "server/domain/topic_links.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "server/domain/columns.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr char kUnspecified[] = "unspecified";
constexpr size_t kNamedOrganisations = 5;
constexpr size_t kNamedEvents = 10;  // of each kind, behind a link

absl::Status CheckArguments(const TopicLinkArguments& arguments) {
  if (arguments.fewest_organisations < 1) {
    return record::FieldInvalid("fewest_organisations", "a number from 1");
  }
  if (!(arguments.most_chance > 0 && arguments.most_chance <= 1)) {
    return record::FieldInvalid("most_chance", "a number above 0, at most 1");
  }
  if (arguments.most_topics < 2) return record::FieldInvalid("most_topics", "a number from 2");
  return absl::OkStatus();
}

// Logarithms of factorials. std::lgamma writes to a global.
class Factorials {
 public:
  explicit Factorials(size_t most) : logs_(most + 1, 0) {
    for (size_t n = 2; n <= most; ++n) logs_[n] = logs_[n - 1] + std::log(static_cast<double>(n));
  }
  double LogChoose(size_t n, size_t k) const { return logs_[n] - logs_[k] - logs_[n - k]; }

  // Of `all` organisations, a raise the one topic and b the other: the probability that `both` or
  // more raise both (hypergeometric).
  double Chance(size_t all, size_t a, size_t b, size_t both) const {
    double sum = 0;
    for (size_t k = both; k <= std::min(a, b); ++k) {
      if (b - k > all - a) continue;
      sum += std::exp(LogChoose(a, k) + LogChoose(all - a, b - k) - LogChoose(all, b));
    }
    return std::min(1.0, sum);
  }

 private:
  std::vector<double> logs_;
};

// Independent organisations by topic, without those that say nothing about any two.
struct Ground {
  std::map<std::string, std::set<std::string>> by_topic;
  size_t organisations = 0;
};

bool IsStopped(const std::string& topic, const std::map<std::string, std::string>& labels,
               const StopList& stop_list, WordSplitter* splitter) {
  if (topic == kUnspecified) return true;  // whatever it is called
  auto label = labels.find(topic);
  if (label != labels.end()) return stop_list.Covers(label->second, splitter);
  std::string words = topic.substr(topic.find(':') + 1);
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == '.' || c == '-'; }, ' ');
  return stop_list.Covers(words, splitter);
}

Ground Gather(const Tallies& tallies, const std::set<std::string>& stopped, size_t most_topics,
              std::vector<LeftOut>* left_out) {
  std::map<std::string, std::vector<const std::string*>> by_organisation;
  for (const auto& [topic, tally] : tallies) {
    if (stopped.count(topic) > 0) continue;
    // Both are in order of names: one walk beside the other, in place of a search for each.
    auto at = by_organisation.begin();
    for (const Voice& voice : tally.organisations()) {
      if (voice.raised.empty()) continue;
      const std::string& name = voice.contributor->organisation;
      while (at != by_organisation.end() && at->first < name) ++at;
      if (at == by_organisation.end() || at->first != name) {
        at = by_organisation.emplace_hint(at, name, std::vector<const std::string*>());
      }
      at->second.push_back(&topic);
    }
  }
  Ground ground;
  for (const auto& [organisation, topics] : by_organisation) {
    if (topics.size() > most_topics) {
      left_out->push_back(
          {organisation, Say("link.too_many").With("n", topics.size()).With("most", most_topics)});
      continue;
    }
    ++ground.organisations;
    for (const std::string* topic : topics) ground.by_topic[*topic].insert(organisation);
  }
  return ground;
}

LinkEvidence EvidenceOf(const std::string& organisation, const Voice& first, const Voice& second) {
  LinkEvidence evidence;
  evidence.organisation = organisation;
  evidence.region = std::string(ColumnOf(first.contributor->region));
  evidence.together = first.raised.And(second.raised).First(kNamedEvents);
  evidence.of_first = first.raised.Without(second.raised).First(kNamedEvents);
  evidence.of_second = second.raised.Without(first.raised).First(kNamedEvents);
  return evidence;
}

double Strength(double all, double a, double b, double both) {
  if (both >= all) return 0;  // all raise both: that says nothing
  return std::log(both * all / (a * b)) / std::log(all / both);
}

// The pairs that have enough organisations, each once, those of rarer topics first.
std::vector<std::pair<const std::string*, const std::string*>> Pairs(const Ground& ground,
                                                                     size_t fewest,
                                                                     bool* complete) {
  std::vector<std::pair<size_t, const std::string*>> topics;
  for (const auto& [topic, organisations] : ground.by_topic) {
    if (organisations.size() >= fewest) topics.emplace_back(organisations.size(), &topic);
  }
  std::stable_sort(topics.begin(), topics.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<const std::string*, const std::string*>> pairs;
  for (size_t later = 1; later < topics.size(); ++later) {
    for (size_t i = 0; i < later; ++i) {
      if (pairs.size() == kMaxLinkedPairs) {
        *complete = false;
        return pairs;
      }
      pairs.emplace_back(std::minmax(topics[i].second, topics[later].second,
                                     [](const auto* a, const auto* b) { return *a < *b; }));
    }
  }
  return pairs;
}

}  // namespace

absl::StatusOr<TopicLinks> LinkTopics(const Tallies& tallies,
                                      const std::map<std::string, std::string>& labels,
                                      const StopList& stop_list, WordSplitter* splitter,
                                      const TopicLinkArguments& arguments) {
  LIAISON_RETURN_IF_ERROR(CheckArguments(arguments));
  TopicLinks result;
  std::set<std::string> stopped;
  for (const auto& [topic, tally] : tallies) {
    if (!IsStopped(topic, labels, stop_list, splitter)) continue;
    stopped.insert(topic);
    result.left_out.push_back({topic, Say("link.stopped")});
  }
  const Ground ground = Gather(tallies, stopped, arguments.most_topics, &result.left_out);
  const Factorials factorials(ground.organisations);
  for (const auto& [first, second] :
       Pairs(ground, arguments.fewest_organisations, &result.complete)) {
    const std::set<std::string>& a = ground.by_topic.at(*first);
    const std::set<std::string>& b = ground.by_topic.at(*second);
    std::vector<std::string> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    if (both.size() < arguments.fewest_organisations) continue;
    TopicLink link;
    link.chance = factorials.Chance(ground.organisations, a.size(), b.size(), both.size());
    if (link.chance > arguments.most_chance) continue;
    link.first = *first;
    link.second = *second;
    link.both = both.size();
    link.raise_first = a.size();
    link.raise_second = b.size();
    link.of = ground.organisations;
    const auto of = static_cast<double>(link.of);
    link.expected = static_cast<double>(a.size()) * static_cast<double>(b.size()) / of;
    link.strength = Strength(of, static_cast<double>(a.size()), static_cast<double>(b.size()),
                             static_cast<double>(both.size()));
    for (const std::string& organisation : both) {
      link.evidence.push_back(EvidenceOf(organisation, *tallies.at(*first).Find(organisation),
                                         *tallies.at(*second).Find(organisation)));
      link.together += link.evidence.back().together.empty() ? 0 : 1;
    }
    result.links.push_back(std::move(link));
  }
  std::sort(result.links.begin(), result.links.end(), [](const TopicLink& a, const TopicLink& b) {
    if (a.chance != b.chance) return a.chance < b.chance;
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  return result;
}

std::vector<pb::Sentence> Explain(const TopicLink& link) {
  std::vector<pb::Sentence> names;
  std::set<std::string> regions;
  for (const LinkEvidence& evidence : link.evidence) {
    regions.insert(evidence.region);
    if (names.size() < kNamedOrganisations) names.push_back(AsItIs(evidence.organisation));
  }
  const uint64_t more = link.evidence.size() - names.size();
  if (more > 0) names = {Say("list.and_more").With("list", std::move(names)).With("n", more)};
  std::vector<pb::Sentence> from;
  for (const std::string& region : regions) {
    from.push_back(Say("list.word").Word("word", absl::StrCat("region_", region)));
  }
  return {Say("link.both")
              .With("n", link.both)
              .With("names", std::move(names))
              .With("regions", std::move(from))
              .With("together", link.together),
          Say("link.chance")
              .With("n", link.of)
              .With("raise_first", link.raise_first)
              .With("first", link.first)
              .With("raise_second", link.raise_second)
              .With("second", link.second)
              .Decimal("expected", link.expected, 1)
              .Decimal("times", std::min(1e9, 1 / std::max(link.chance, 1e-12)), 0)};
}

}  // namespace liaison::domain
