#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/columns.h"
#include "server/domain/radar.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

namespace {

// Organisations named in one sentence.
constexpr size_t kNamedVoices = 5;

// The key of proto/words for a column or a kind; empty for anything else.
std::string KeyOf(absl::string_view name) {
  const auto is_it = [&](const auto& column) { return column.name == name; };
  const auto groups = GroupColumns();
  const auto regions = RegionColumns();
  if (std::any_of(groups.begin(), groups.end(), is_it)) return absl::StrCat("group_", name);
  if (std::any_of(regions.begin(), regions.end(), is_it) || name == "multiple" ||
      name == "unspecified") {
    return absl::StrCat("region_", name);
  }
  pb::OrganisationKind kind;
  const bool is_kind = pb::OrganisationKind_Parse(
      absl::StrCat("ORGANISATION_KIND_", absl::AsciiStrToUpper(name)), &kind);
  return is_kind ? absl::StrCat("kind_", name) : "";
}

pb::Sentence CountedAsOne(absl::string_view name) {
  if (name == "now") return Say("counted.now");
  if (name == "before") return Say("counted.before");
  if (name == "on what it is compared with") return Say("counted.compared");
  if (name == "nri") return Say("counted.nri");
  if (name == "in progress") return Say("counted.in_progress");
  if (const std::string key = KeyOf(name); !key.empty()) {
    return Say("list.word").Word("word", key);
  }
  return AsItIs(name);
}

// `5`, `-2`; breadth to two decimals.
Say&& WithCount(Say&& sentence, absl::string_view name, const RadarComponent& component) {
  if (component.part == RadarPart::kBreadth) {
    return std::move(sentence).Decimal(name, component.count, 2);
  }
  return std::move(sentence).Signed(name, static_cast<int64_t>(component.count));
}

// `African: org/a, org/b; Western Europe and others: org/c and 5 more`.
pb::Sentence Named(const RadarComponent& component) {
  std::vector<pb::Sentence> list;
  size_t named = 0;
  size_t all = 0;
  for (const Evidence& one : component.evidence) {
    // What nobody stands behind is named itself.
    const size_t of_it = std::max<uint64_t>(one.total_organisations, 1);
    all += of_it;
    if (named == kNamedVoices) continue;
    const size_t take = std::min(kNamedVoices - named, one.organisations.size());
    if (take == 0) {
      list.push_back(Say("list.text").With("text", CountedAs(one.as)));
    } else {
      std::vector<pb::Sentence> who;
      for (size_t i = 0; i < take; ++i) who.push_back(AsItIs(one.organisations[i]));
      list.push_back(Say("list.apart").With("as", CountedAs(one.as)).With("who", std::move(who)));
    }
    named += std::max<size_t>(take, 1);
  }
  if (list.empty()) return Say("list.nobody");
  if (all == named) return Say("list.text").Apart("text", std::move(list));
  return Say("list.and_more").Apart("list", std::move(list)).With("n", uint64_t{all - named});
}

pb::Sentence Compare(const RadarTopic& a, const RadarTopic& b, size_t part) {
  const RadarComponent& of_a = a.components[part];
  const RadarComponent& of_b = b.components[part];
  return WithCount(WithCount(Say("radar.compare")
                                 .With("first", a.topic)
                                 .With("second", b.topic)
                                 .With("meaning", Say(RadarParts()[part].meaning)),
                             "count", of_a)
                       .With("named", Named(of_a)),
                   "other_count", of_b)
      .With("other_named", Named(of_b))
      .Decimal("points", of_a.points, 1)
      .Decimal("other_points", of_b.points, 1);
}

void ExplainUncounted(const RadarTopic& topic, std::vector<pb::Sentence>* sentences) {
  const RadarComponent& raised = topic.component(RadarPart::kOrganisations);
  if (raised.weighs_as < raised.count) {
    const auto most = std::max_element(raised.evidence.begin(), raised.evidence.end(),
                                       [](const Evidence& a, const Evidence& b) {
                                         return a.total_organisations < b.total_organisations;
                                       });
    sentences->push_back(Say("radar.one_voice")
                             .With("n", static_cast<uint64_t>(raised.count))
                             .With("topic", topic.topic)
                             .Decimal("weight", raised.weighs_as, 1)
                             .With("most", most->total_organisations)
                             .With("as", CountedAs(most->as)));
  }
  const auto loudest =
      std::max_element(topic.contributors.begin(), topic.contributors.end(),
                       [](const RaisedBy& a, const RaisedBy& b) { return a.events < b.events; });
  if (loudest != topic.contributors.end() && loudest->events > 1) {
    sentences->push_back(Say("radar.messages")
                             .With("n", loudest->events)
                             .With("organisation", loudest->contributor->organisation)
                             .With("topic", topic.topic));
  }
  const RadarIndividuals& apart = topic.individuals;
  if (apart.events > apart.unregistered_events) {
    sentences->push_back(Say("radar.individuals")
                             .With("n", apart.events - apart.unregistered_events)
                             .With("topic", topic.topic));
  }
  if (apart.unregistered_events > 0) {
    sentences->push_back(
        Say("radar.unregistered")
            .With("inputs", Say("count.inputs").With("n", apart.unregistered_events))
            .With("topic", topic.topic)
            .With("names", Say("count.names").With("n", apart.unregistered_names)));
  }
  if (!topic.objects.empty()) {
    sentences->push_back(Say("radar.objections")
                             .With("n", uint64_t{topic.objects.size()})
                             .With("topic", topic.topic));
  }
}

}  // namespace

std::vector<pb::Sentence> CountedAs(absl::string_view as) {
  std::vector<pb::Sentence> sentences;
  for (absl::string_view name : absl::StrSplit(as, ", ", absl::SkipEmpty())) {
    sentences.push_back(CountedAsOne(name));
  }
  return sentences;
}

std::vector<pb::Sentence> Explain(const RadarTopic& a, const RadarTopic& b) {
  std::vector<pb::Sentence> sentences;
  sentences.push_back(a.score == b.score ? Say("radar.equal")
                                               .With("first", a.topic)
                                               .With("second", b.topic)
                                               .Decimal("points", a.score, 1)
                                         : Say("radar.above")
                                               .With("first", a.topic)
                                               .With("second", b.topic)
                                               .Decimal("points", a.score, 1)
                                               .Decimal("other_points", b.score, 1));
  std::vector<std::pair<double, size_t>> differences;
  for (size_t part = 0; part < a.components.size(); ++part) {
    differences.emplace_back(a.components[part].points - b.components[part].points, part);
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const auto& x, const auto& y) { return x.first > y.first; });
  for (const auto& [difference, part] : differences) {
    if (difference > 0) sentences.push_back(Compare(a, b, part));
  }
  for (auto it = differences.rbegin(); it != differences.rend(); ++it) {
    if (it->first < 0) sentences.push_back(Compare(b, a, it->second));
  }
  ExplainUncounted(a, &sentences);
  ExplainUncounted(b, &sentences);
  return sentences;
}

}  // namespace liaison::domain
